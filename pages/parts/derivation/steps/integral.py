"""Step 2: log p(x) as an integral, what a grid costs, how wrong it can be, and where a closed form exists."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from pages.parts.compute import cached, models
from pages.parts.derivation.steps.formula import fraction, line, power, text, under
from pages.parts.derivation.steps.static_curve import static_curve
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.state.setup import Setup
from pages.parts.web.number_text import minus
from vaecore.evaluate.naive_grid import REACH, grid_evidence
from vaecore.figures.theme import Colour, dress
from vaecore.figures.values import values

SETUP = Setup("digits-2", digit=7)
LINEAR = Setup("digits-linear-32", digit=7)
RATE = 1e6  # decoded points per second: an illustration, not a measurement
WANTED = 0.1  # nats
FINE = 153
"""The smallest n beyond which the error stays below `WANTED` up to the slider's end; measured, and a test measures again.
Coarser grids come below it here and there by luck: n = 102 does, n = 108 is wrong by 0.42 nats."""
_MOST = 256
_LATENTS = 32
NODES = tuple(sorted({round(float(n)) for n in np.geomspace(4, _MOST, 61)}))

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log ∫ reconstruction:p ( x | z ) prior:p ( z ) d z =", "{evidence}",
            why="digits-2, a digit 7; computed accurately, not on this grid",
        ),
        line(
            "≈ log", under("∑", "i"), "p ( x | z_i ) p ( z_i ) ( Δ z )^2 =", "{grid}",
            why="sum over n × n points from −4 to 4, Δz apart",
        ),
        line("grid:error =", "{error}", text("nats"), why="in log p(x); nothing in the sum warns you"),
        line(
            "points:n^D =", power("nodes", "latents"), "= {points}", why="points for D latents",
        ),
        line(
            fraction("points:n^D", "10^6 / s"), "=", "{time}",
            why="to decode them at a million points per second (illustration)",
        ),
        line(
            "linear:log linear:p_linear ( x ) = {linear}",
            why="another model, digits-linear-32, same digit: exact with D = 32",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/2/question",
    "For 2 latents, a grid of 200 points per dimension is decoded in 0.04 seconds, at a million points per second. How "
    "long does an equally fine grid take for 32 latents?",
    (
        Answer(
            "less than a second",
            False,
            "That is 16 times as long. But each of the 30 new dimensions multiplies the number of points by 200.",
        ),
        Answer(
            "about a year",
            False,
            "A year is enough for 5 latents: 200⁵ is 3 · 10¹¹ points, 4 days. A sixth makes it 2 years, and the other 26 "
            "multiply that by 200 each.",
        ),
        Answer(
            "longer than the universe has existed",
            True,
            "200² is 40,000 points; 200³² is 4 · 10⁷³. Decoding them takes 4 · 10⁶⁷ seconds; the universe has existed for "
            "4 · 10¹⁷.",
        ),
    ),
)

_STORY = """
A VAE generates an image x from a few hidden numbers z, the **latents**: z is drawn from the **prior** p(z) = N(0, I), and
the **decoder**, a neural network, turns z into a distribution over images, p(x|z).

How well does the model explain a given image? The answer is p(x), the density of x averaged over **all** z: an integral
(being a density, it may exceed 1, and its log 0). It has no closed form, because the decoder is a neural network. Summing
over a grid works only for few latents:

- only a tiny region of z explains x; a coarse grid misses it, the sum is wrong, and **nothing warns you**;
- every additional latent is another dimension of the grid.

It is **not** always intractable: with one or two latents a careful sum is accurate, and with a *linear* decoder it has a
closed form for any number of latents. The last line of the formula is exact, with D = 32.
"""


_SINGULAR = {"years": "year", "days": "day", "hours": "hour", "minutes": "minute", "seconds": "second",
             "ages of the universe": "age of the universe"}  # fmt: skip


@lru_cache(maxsize=256)
def grid(nodes: int) -> float:
    """log p(x) from a grid with this many points per dimension, in nats."""
    return float(grid_evidence(models.model_of(SETUP), cached.image(SETUP), (nodes,), REACH)[0])


def evidence_of(setup: Setup) -> float:
    """log p(x), in nats."""
    return float(values(cached.evidence(setup).value)[0])


def duration(points: float) -> str:
    """How long decoding this many points takes, in words."""
    seconds = points / RATE
    for size, unit in ((31_557_600 * 13.8e9, "ages of the universe"), (31_557_600, "years"), (86_400, "days"),
                       (3600, "hours"), (60, "minutes"), (1, "seconds")):  # fmt: skip
        if seconds >= size:
            count = _number(seconds / size)
            return f"{count} {unit if count != '1' else _SINGULAR[unit]}"
    return f"{_number(1000 * seconds)} milliseconds"


def _number(value: float) -> str:
    if value < 1e5:
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    figures, exponent = f"{value:.1e}".split("e")
    return f"{figures} · 10{''.join('⁰¹²³⁴⁵⁶⁷⁸⁹'[int(digit)] for digit in str(int(exponent)))}"


def _picture(_choice: str) -> Picture:
    exact = evidence_of(SETUP)
    nodes = np.array(NODES, float)
    sums = np.array([grid(count) for count in NODES])
    layers = (
        Layer("mark", x="nodes", y="grid", symbol="grid"),
        Layer("curve", y="counts", symbol="points", label="log₁₀ of the points", axes="2"),
        Layer("mark", x="latents", y="exponent", symbol="points", axes="2"),
    )
    layout = {
        "xaxis": {"range": np.log10([3.6, 285]).tolist(), "type": "log", "domain": [0, 0.42],
                  "tickvals": [4, 16, 64, 256],
                  "title": {"text": "n, points per dimension"}},
        "yaxis": {"range": [exact - 90, exact + 20], "title": {"text": "log p(x), nats"}},
        "xaxis2": {"range": [0.3, 32.7], "domain": [0.6, 1], "anchor": "y2", "title": {"text": "D, latents"}},
        "yaxis2": {"range": [0, 80], "anchor": "x2", "title": {"text": "log₁₀ of the points"}},
    }  # fmt: skip
    chart = dress(
        [
            static_curve(sums, nodes, "log p(x) from the grid", "grid", Colour.RECONSTRUCTION),
            static_curve(np.full(2, exact), np.array([3.6, 285]), "log p(x)", "evidence", Colour.EVIDENCE, "dot"),
            static_curve(
                np.full(2, np.log10(RATE * 31_557_600)), np.array([0.3, 32.7]), "one year of decoding", "year", Colour.PRIOR,
                "dash", xaxis="x2", yaxis="y2",
            ),
        ],
        layout,
        height=300,
    )  # fmt: skip
    return Picture(chart, layers, {"counts": np.arange(1, _LATENTS + 1, dtype=float)})


def _table(at: Columns, _choice: str) -> Table:
    exact = evidence_of(SETUP)
    sums = np.array([grid(int(n)) for n in at["n"]])
    exponent = at["D"] * np.log10(at["n"])
    error = np.abs(sums - exact)
    points = [float(int(n) ** int(d)) for n, d in zip(at["n"], at["D"], strict=True)]
    linear = np.full_like(sums, evidence_of(LINEAR))
    return Table(
        numbers={"linear": linear, "evidence": np.full_like(sums, exact), "grid": sums,
                 "error": error, "nodes": at["n"], "latents": at["D"],
                 "exponent": exponent},
        done=(at["n"] >= FINE) & (error < WANTED) & (at["D"] == _LATENTS),
        curves={"counts": np.log10(at["n"])[:, None] * np.arange(1, _LATENTS + 1)},
        texts={"points": [_number(count) for count in points], "time": [duration(count) for count in points]},
    )  # fmt: skip


def _words(numbers: Mapping[str, float], texts: Mapping[str, str], _choice: str) -> str:
    return (
        f"With {numbers['nodes']:.0f} points per dimension the grid gives {minus(numbers['grid'], 2)} nats; log p(x) is "
        f"{minus(numbers['evidence'], 2)}, so the error is {minus(numbers['error'], 2)}. With "
        f"{numbers['latents']:.0f} latents it would need {texts['points']} points: {texts['time']} of decoding."
    )


STEP = Step(
    title="The problem: an integral",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "linear": Colour.EVIDENCE, "reconstruction": Colour.RECONSTRUCTION,
        "prior": Colour.PRIOR,
        "grid": Colour.RECONSTRUCTION, "points": Colour.KL, "year": Colour.PRIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("n", "points per dimension, n", "grid", 4, _MOST, 16, only=NODES, whole=True),
        Slider("D", "latents, D", "points", 1, _LATENTS, 2, whole=True, count=_LATENTS),
    ),
    quantities=(
        Quantity("evidence", "evidence", 2),
        Quantity("linear", "linear", 2),
        Quantity("grid", "grid", 2, told="log p(x) from the grid"),
        Quantity("error", "grid", 2, told="its error"),
        Quantity("nodes", "points", 0),
        Quantity("latents", "points", 0),
        Quantity("points", "points"),
        Quantity("time", "points"),
        Quantity("exponent", "", 1, told="log₁₀ of the points"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Find an n beyond which the error stays below 0.1 nats; then set D = 32.",
    seen="Below n = 153 some grids are right by luck, and a finer one is wrong again: nothing in the sum tells. With 32 "
    "latents such a grid takes longer than the universe has existed.",
    how="log p(x): accurate to 0.005 nats · grid sum: as it comes out · times: illustration",
)  # fmt: skip
