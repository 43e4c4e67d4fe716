"""Step 2: log p(x) as an integral, what a grid costs and how it errs, and where there is nothing to fear."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from pages.parts.compute import cached, models
from pages.parts.derivation.steps.formula import fraction, line, power, text, under
from pages.parts.derivation.steps.static_curve import still
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.state.setup import Setup
from pages.parts.web.number_text import minus
from vaecore.evaluate.naive_grid import REACH, grid_evidence
from vaecore.figures.theme import Colour, dress
from vaecore.figures.values import values

BENCH = Setup("digits-2", digit=7)
LINEAR = Setup("digits-linear-32", digit=7)
RATE = 1e6  # decoded points a second: an illustration, not a measurement
_WANTED = 0.1  # nats
_MOST = 128
_LATENTS = 32
NODES = tuple(sorted({round(float(n)) for n in np.geomspace(4, _MOST, 61)}))

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log ∫ reconstruction:p ( x | z ) prior:p ( z ) d z =", "{evidence}",
            why="digits-2, a digit 7: computed to 0.001 nat",
        ),
        line(
            "≈ log", under("∑", "i"), "p ( x | z_i ) p ( z_i ) · Δ z =", "{grid}",
            why="on n × n points from −4 to 4",
        ),
        line("grid:error =", "{error}", text("nats"), why="in log p(x); the sum itself says nothing of it"),
        line(
            "points:n^D =", power("nodes", "latents"), "= {points}", why="points for D latents",
        ),
        line(
            fraction("points:n^D", "10^6 / s"), "=", "{time}",
            why="of decoding, at a million points a second (illustration)",
        ),
        line(
            "evidence:log evidence:p ( x ) = {linear}",
            why="the same digit in digits-linear-32: linear, so exact with 32 latents",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/2/question",
    "Suppose 64 points per dimension are fine enough, and you have 2 latents. What does the same grid need for 32?",
    (
        Answer(
            "16 times as many points", False, "It is not the number of dimensions that multiplies, but 64 per dimension."
        ),
        Answer(
            "64³⁰ times as many: about 10⁵⁴",
            True,
            "64² is 4,096 points; 64³² is 6 · 10⁵⁷. Every latent multiplies the work by 64.",
        ),
        Answer(
            "2³⁰ times as many: about 10⁹",
            False,
            "That would be so with 2 points per dimension, which is no grid at all. With 64 it is 64³⁰.",
        ),
    ),
)

_STORY = """
A VAE makes an image from a few hidden numbers z, its **latents**: z is drawn from the **prior** p(z) = N(0, I), and the
**decoder**, a network, turns it into p(x|z).

How well does a model explain an image? By how much probability it gives it, whatever z was: an integral over **all** z.
Nobody can write this integral down: the decoder is a network. One may sum it over a grid, but:

- the posterior is a needle: between two nodes it is missed, and the sum is wrong **without a sign of it**;
- each latent multiplies the number of points: n to the power D.

It is **not** intractable everywhere. With one or two latents a careful sum is exact enough. With a *linear* decoder the
integral is Gaussian and has a closed form, in any number of latents: the last line is exact, for 32 of them.
"""


@lru_cache(maxsize=256)
def grid(nodes: int) -> float:
    """log p(x) by the grid of so many nodes per dimension."""
    return float(grid_evidence(models.model_of(BENCH), cached.image(BENCH), (nodes,), REACH)[0])


def evidence_of(setup: Setup) -> float:
    """log p(x)."""
    return float(values(cached.evidence(setup).value)[0])


def duration(points: float) -> str:
    """How long so many points take, in words."""
    seconds = points / RATE
    for size, unit in ((31_557_600 * 13.8e9, "ages of the universe"), (31_557_600, "years"), (86_400, "days"),
                       (3600, "hours"), (60, "minutes"), (1, "seconds")):  # fmt: skip
        if seconds >= size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(1000 * seconds)} milliseconds"


def _number(value: float) -> str:
    if value < 1e5:
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    figures, exponent = f"{value:.1e}".split("e")
    return f"{figures} · 10{''.join('⁰¹²³⁴⁵⁶⁷⁸⁹'[int(digit)] for digit in str(int(exponent)))}"


def _picture(_choice: str) -> Picture:
    exact = evidence_of(BENCH)
    nodes = np.array(NODES, float)
    sums = np.array([grid(count) for count in NODES])
    layers = (
        Layer("mark", x="nodes", y="grid", symbol="grid"),
        Layer("curve", y="counts", symbol="points", label="log₁₀ of the points", axes="2"),
        Layer("mark", x="latents", y="exponent", symbol="points", axes="2"),
    )
    layout = {
        "xaxis": {"range": np.log10([3.6, 140]).tolist(), "type": "log", "domain": [0, 0.46],
                  "tickvals": [4, 8, 16, 32, 64, 128],
                  "title": {"text": "n, points per dimension"}},
        "yaxis": {"range": [exact - 90, exact + 20], "title": {"text": "log p(x), nats"}},
        "xaxis2": {"range": [0.3, 32.7], "domain": [0.58, 1], "anchor": "y2", "title": {"text": "D, latents"}},
        "yaxis2": {"range": [0, 70], "anchor": "x2", "title": {"text": "log₁₀ of the points"}},
    }  # fmt: skip
    chart = dress(
        [
            still(sums, nodes, "the grid’s log p(x)", "grid", Colour.RECONSTRUCTION),
            still(np.full(2, exact), np.array([3.6, 140]), "log p(x)", "evidence", Colour.EVIDENCE, "dot"),
            still(
                np.full(2, np.log10(RATE * 31_557_600)), np.array([0.3, 32.7]), "one year of decoding", "year", Colour.PRIOR,
                "dash", xaxis="x2", yaxis="y2",
            ),
        ],
        layout,
        height=300,
    )  # fmt: skip
    return Picture(chart, layers, {"counts": np.arange(1, _LATENTS + 1, dtype=float)})


def _table(at: Columns, _choice: str) -> Table:
    exact = evidence_of(BENCH)
    sums = np.array([grid(int(n)) for n in at["n"]])
    exponent = at["D"] * np.log10(at["n"])
    error = np.abs(sums - exact)
    points = [float(int(n) ** int(d)) for n, d in zip(at["n"], at["D"], strict=True)]
    linear = np.full_like(sums, evidence_of(LINEAR))
    return Table(
        numbers={"linear": linear, "evidence": np.full_like(sums, exact), "grid": sums,
                 "error": error, "nodes": at["n"], "latents": at["D"],
                 "exponent": exponent},
        done=(error < _WANTED) & (at["D"] == _LATENTS),
        curves={"counts": np.log10(at["n"])[:, None] * np.arange(1, _LATENTS + 1)},
        texts={"points": [_number(count) for count in points], "time": [duration(count) for count in points]},
    )  # fmt: skip


def _words(numbers: Mapping[str, float], texts: Mapping[str, str], _choice: str) -> str:
    return (
        f"With {numbers['nodes']:.0f} points per dimension the grid says {minus(numbers['grid'], 2)} nats where log p(x) is "
        f"{minus(numbers['evidence'], 2)}: an error of {minus(numbers['error'], 2)}. For {numbers['latents']:.0f} latents "
        f"it would take {texts['points']} points, {texts['time']}."
    )


STEP = Step(
    title="The problem: an integral",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "reconstruction": Colour.RECONSTRUCTION, "prior": Colour.PRIOR,
        "grid": Colour.RECONSTRUCTION, "points": Colour.KL, "year": Colour.PRIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("n", "points per dimension, n", "grid", 4, _MOST, 16, only=NODES, whole=True),
        Slider("D", "latents, D", "points", 1, _LATENTS, 2, whole=True, count=_LATENTS),
    ),
    quantities=(
        Quantity("evidence", "evidence", 2),
        Quantity("linear", "evidence", 2),
        Quantity("grid", "grid", 2, told="the grid’s log p(x)"),
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
    task="Bring the grid’s error below 0.1 nat, then see what the same n costs for 32 latents.",
    how="log p(x): computed to 0.001 nat · the grid’s sum: computed as it stands · durations: illustration",
)  # fmt: skip
