"""Step 6: KL to the prior in closed form, derived for one dimension, summed over two."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Bool, Float

from pages.parts.derivation.steps.formula import expectation, fraction, half, line, text
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import kl_parts
from vaecore.figures.theme import Colour, dress

_SYMBOLS = {
    "mean": Colour.Q,
    "variance": Colour.Q,
    "mean_part": Colour.KL,
    "variance_part": Colour.KL,
    "kl": Colour.KL,
    "prior": Colour.PRIOR,
}

_FORMULA = "".join(
    (
        line(
            "kl:KL =", expectation("q"), "[ log mean:q ( z ) - log prior:p ( z ) ]",
            why="the definition, for one dimension",
        ),
        line(
            "=", expectation("q"), "[ -", half(), "log 2 π variance:σ^2 -",
            fraction("( z - mean:μ )^2", "2 variance:σ^2"), "+", half(), "log 2 π +", half(), "z^2 ]",
            why="both densities are Gaussian; log 2π cancels",
        ),
        line(
            "= -", half(), "log variance:σ^2 -", half(), "+", half(), "( mean:μ^2 + variance:σ^2 )",
            why="E(z − μ)² = σ² and E z² = μ² + σ²",
        ),
        line(
            "=", half(), "mean_part:μ^2 +", half(), "( variance_part:σ^2 - 1 - variance_part:log variance_part:σ^2 )",
            why="cost of the mean, plus cost of the variance",
        ),
        line(
            text("dimension 1:"), "{mean_part1} + {variance_part1} = {kl1}",
            why="½ μ₁² and ½ (σ₁² − 1 − log σ₁²)",
        ),
        line(text("dimension 2:"), "{mean_part2} + {variance_part2} = {kl2}", why="the same for the second"),
        line("kl:KL =", "{kl1} + {kl2} = {kl}", why="independent dimensions: their KLs add up"),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/6/question",
    "Start from q = p, so that KL = 0. Which change of one variance costs more KL: halving or doubling it?",
    (
        Answer(
            "halving, because the density of q gets higher",
            False,
            "½(0.5 − 1 − log 0.5) = 0.0966, and ½(2 − 1 − log 2) = 0.1534: doubling costs more.",
        ),
        Answer(
            "doubling",
            True,
            "It costs ½(2 − 1 − log 2) = 0.1534 nats, halving only 0.0966. A wide q pays about σ²/2, a narrow q only about "
            "½ log(1/σ²): ten times the variance costs 3.35 nats, a tenth of it 0.70.",
        ),
        Answer(
            "both cost the same",
            False,
            "They would if KL contained only |log σ²|. The term σ² breaks the symmetry: 0.1534 against 0.0966 nats.",
        ),
    ),
)

_STORY = """
For a Gaussian q with independent dimensions and the prior N(0, I), KL needs no sampling: it has a closed form. The
formula derives it for **one** dimension; the KLs of independent dimensions add up.

In each dimension, the **mean** costs ½μ² for being away from 0. The **variance** costs ½(σ² − 1 − log σ²). This is zero only
at σ² = 1, and it has no limit on either side.

The formula is in **variances**. Code that puts σ for σ² *everywhere* computes the KL of another q: never negative, so
nobody notices. Code that *mixes* them can fall below 0, which no KL does: ½(σ − 1 − log σ²) is −0.19 at σ = 2.
"""


def _picture(_choice: str) -> Picture:
    layers = (
        Layer("bar", y="mean_part1", x=1, size=0.5, symbol="mean_part", label="cost of the mean"),
        Layer("bar", y="kl1", base="mean_part1", x=1, size=0.5, symbol="variance_part", pattern="hatched",
              label="cost of the variance, on top"),
        Layer("bar", y="mean_part2", x=2, size=0.5, symbol="mean_part"),
        Layer("bar", y="kl2", base="mean_part2", x=2, size=0.5, symbol="variance_part", pattern="hatched"),
        Layer("bar", y="mean_part", x=3, size=0.5, symbol="mean_part"),
        Layer("bar", y="kl", base="mean_part", x=3, size=0.5, symbol="variance_part", pattern="hatched"),
    )  # fmt: skip
    layout = {
        "xaxis": {"range": [0.5, 3.5], "tickvals": [1, 2, 3], "ticktext": ["dimension 1", "dimension 2", "both"]},
        "yaxis": {"range": [0, 6.2], "title": {"text": "KL, nats"}, "rangemode": "tozero"},
    }
    return Picture(dress([], layout, height=300), layers)


def _table(at: Columns, _choice: str) -> Table:
    mean, variance = (torch.from_numpy(_pair(at, name)) for name in ("mean", "variance"))
    mean_part, variance_part = (part.numpy() for part in kl_parts(mean, variance))
    kl = mean_part + variance_part
    goal = {"mean1": 1.0, "mean2": 0.0, "variance1": 0.5, "variance2": 2.0}
    return Table(
        numbers={
            "mean_part1": mean_part[:, 0], "mean_part2": mean_part[:, 1], "mean_part": mean_part.sum(1),
            "variance_part1": variance_part[:, 0], "variance_part2": variance_part[:, 1],
            "variance_part": variance_part.sum(1),
            "kl1": kl[:, 0], "kl2": kl[:, 1], "kl": kl.sum(1),
        },
        done=_all_near(at, goal),
    )  # fmt: skip


def _pair(at: Columns, name: str) -> Float[np.ndarray, "stops 2"]:
    return np.stack([at[f"{name}1"], at[f"{name}2"]], axis=1)


def _all_near(at: Columns, goal: Mapping[str, float]) -> Bool[np.ndarray, " stops"]:
    return np.all([np.abs(at[name] - value) < 0.005 for name, value in goal.items()], axis=0)


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], _choice: str) -> str:
    parts = [
        f"Dimension {j}: its mean costs {minus(numbers[f'mean_part{j}'], 3)}, its variance "
        f"{minus(numbers[f'variance_part{j}'], 3)}, together {minus(numbers[f'kl{j}'], 3)} nats."
        for j in (1, 2)
    ]
    return " ".join((*parts, f"KL is {minus(numbers['kl'], 3)} nats."))


STEP = Step(
    title="The closed form",
    story=_STORY,
    question=_QUESTION,
    symbols=_SYMBOLS,
    formula=_FORMULA,
    sliders=(
        Slider("mean1", "mean μ₁", "mean", -2, 2, 1.5, notable=(0.0, 1.0, -1.0)),
        Slider("mean2", "mean μ₂", "mean", -2, 2, -0.5, notable=(0.0, 1.0, -1.0)),
        Slider("variance1", "variance σ²₁", "variance", 0.05, 4, 1.0, log=True, notable=(0.1, 0.2, 0.5, 2.0)),
        Slider("variance2", "variance σ²₂", "variance", 0.05, 4, 0.25, log=True, notable=(0.1, 0.2, 0.5, 1.0, 2.0)),
    ),
    quantities=(
        *(Quantity(f"mean_part{j}", "mean_part", 4) for j in ("1", "2", "")),
        *(Quantity(f"variance_part{j}", "variance_part", 4) for j in ("1", "2", "")),
        Quantity("kl1", "kl", 4),
        Quantity("kl2", "kl", 4),
        Quantity("kl", "kl", 4, told="KL"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Set the means to (1, 0) and the variances to (0.5, 2), and see how KL = 0.75 adds up.",
    seen="The first dimension costs 0.5 for its mean and 0.0966 for its variance, the second 0.1534 for its variance alone.",
    how="KL, in nats: computed exactly",
    presets=(
        Preset("q = p", {"mean1": 0, "mean2": 0, "variance1": 1, "variance2": 1}),
        Preset("one variance halved", {"mean1": 0, "mean2": 0, "variance1": 0.5, "variance2": 1}),
        Preset("one variance doubled", {"mean1": 0, "mean2": 0, "variance1": 1, "variance2": 2}),
    ),
)
