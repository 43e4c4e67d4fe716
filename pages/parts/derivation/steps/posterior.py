"""Step 3: the approximate posterior q, and the weight p(x, z) / q(z), which is constant if q is the posterior."""

from collections.abc import Mapping

import numpy as np
import torch

from pages.parts.derivation.steps import toy_models
from pages.parts.derivation.steps.formula import expectation, fraction, line
from pages.parts.derivation.steps.static_curve import static_curve
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.figures.theme import Colour, dress

_Z = np.linspace(-4, 4, 101)
_POINTS = tuple(_Z.tolist())
_WANTED = 0.01  # nats
_RARE = 6.0  # nats below its peak, where q has almost no mass and the curve of the weight is dotted

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log ∫ joint:p ( x , z ) d z", why="step 2: integrate over all z",
        ),
        line(
            "= log ∫ q:q ( z )", fraction("joint:p ( x , z )", "q:q ( z )"), "d z",
            why="multiply and divide by q, which must be positive wherever p(x, z) is",
        ),
        line(
            "= log", expectation("q"), "[ weight:w ( z ) ] =", "{evidence}",
            why="w = p(x, z)/q(z); whatever q is, w averages to p(x)",
        ),
        line(
            "gap:gap = gap:KL ( q:q ‖ posterior:p ( z | x ) ) =", "{gap}",
            why="zero only if w is constant; step 4 shows why",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/3/question",
    "With the decoder f(z) = z, q is made very narrow, centred on the peak of the posterior. What does the weight "
    "w = p(x, z)/q(z) do far from the peak?",
    (
        Answer(
            "it goes to 0, as q does",
            False,
            "q is in the denominator: where q goes to 0 faster than p(x, z), the ratio grows.",
        ),
        Answer(
            "it grows without limit",
            True,
            "q goes to 0 much faster there than p(x, z). Such z are almost never sampled, yet they carry much of p(x): the "
            "average of w is still right, but hardly any sample shows it.",
        ),
        Answer("nothing: it is p(x) everywhere", False, "That would be so only if q were exactly the posterior."),
    ),
)

_STORY = """
*Another model, small enough to be drawn whole:* x is the number 2, z has one dimension, f(z) = z and σₓ = 1: log p(x) is now
−2.27.

Multiply and divide by a density q that is positive wherever p(x, z) is. Now log p(x) is the log of an average under q, and
an average can be estimated from samples of q. That is why we introduce q, the **approximate posterior**. In a VAE a second
network, the **encoder**, reads x and outputs the mean and variance of q, short for q(z|x).

The weight w shows how good q is. If its curve is **flat**, q is the posterior p(z|x), every sample gives the same weight,
p(x), and there is no gap. Where it slopes, samples disagree.

Make q narrow, and watch w on either side of it. With f(z) = z² and σₓ = 0.5 (log p(x) = −2.17) the posterior has two
modes, and no Gaussian makes w flat: the best one covers one mode and leaves a gap of about log 2 = 0.69 nats.
"""


def _picture(toy: str) -> Picture:
    exact = toy_models.evidence(toy)
    posterior = (toy_models.log_joint(toy, _POINTS) - exact).exp().numpy()
    layers = (
        Layer("curve", y="q", symbol="q", label="q(z)"),
        Layer("curve", y="weight", symbol="weight", label="log w(z) where q has its mass", axes="2"),
        Layer("curve", y="rare", symbol="weight", label="where q has almost none", dash="dot", axes="2"),
    )
    layout = {
        "xaxis": {"range": [-4, 4], "domain": [0, 0.44], "title": {"text": "z"}},
        "xaxis2": {"range": [-4, 4], "domain": [0.56, 1], "anchor": "y2", "title": {"text": "z"}},
        "yaxis": {"range": [0, 2.9], "title": {"text": "density"}},
        "yaxis2": {"range": [exact - 6, exact + 6], "anchor": "x2", "title": {"text": "log w, nats"}},
    }
    curves = [
        static_curve(posterior, _Z, "posterior p(z|x)", "posterior", Colour.POSTERIOR, "dash"),
        static_curve(
            np.full(2, exact), np.array([-4.0, 4.0]), "log p(x)", "evidence", Colour.EVIDENCE, "dot", xaxis="x2", yaxis="y2"
        ),
    ]
    return Picture(dress(curves, layout, height=320), layers, {"q": _Z, "weight": _Z, "rare": _Z})


def _table(at: Columns, toy: str) -> Table:
    q = toy_models.q_of(at)
    elbo, gap = toy_models.terms(toy, q)
    log_q = q.log_prob(torch.from_numpy(_Z)[:, None, None]).T
    weight = (toy_models.log_joint(toy, _POINTS) - log_q).numpy()
    drawn = (log_q >= log_q.amax(1, keepdim=True) - _RARE).numpy()
    # The dotted part begins where the other ends.
    edge = drawn & ~(np.roll(drawn, 1, axis=1) & np.roll(drawn, -1, axis=1))
    return Table(
        numbers={"evidence": np.full_like(gap, toy_models.evidence(toy)), "gap": gap, "elbo": elbo},
        done=(gap < _WANTED) & (toy == "number"),
        curves={
            "q": log_q.exp().numpy(),
            "weight": np.where(drawn, weight, np.nan),
            "rare": np.where(~drawn | edge, weight, np.nan),
        },
    )


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], toy: str) -> str:
    shape = "flat" if numbers["gap"] < _WANTED else "not flat"
    return (
        f"Left: q and the posterior of the model {toy}. Right: the log of the weight, which is {shape} where q has its "
        f"mass, and log p(x), {minus(numbers['evidence'], 3)} nats, as a line. The gap is {minus(numbers['gap'], 3)} nats."
    )


STEP = Step(
    title="The approximate posterior",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "joint": Colour.POSTERIOR, "q": Colour.Q, "weight": Colour.RECONSTRUCTION,
        "gap": Colour.GAP, "posterior": Colour.POSTERIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("m", "mean μ of q", "q", -2.5, 2.5, 0.0, notable=(1.0, -1.0)),
        Slider("v", "variance σ² of q", "q", 0.02, 4, 1.0, log=True, notable=(0.03, 0.1, 0.25, 0.5, 2.0)),
    ),
    quantities=(
        Quantity("evidence", "evidence", 3, told="log p(x)"),
        Quantity("gap", "gap", 3, told="the gap"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="With the decoder f(z) = z, make the weight flat: a gap below 0.01 nats.",
    seen="The weight is flat only where q is the posterior, N(1, 0.5). Then every sample of q gives the same weight, p(x).",
    how="f(z) = z: computed exactly · f(z) = z²: accurate to 0.001 nat",
    presets=(
        Preset("q = prior", {"m": 0, "v": 1}),
        Preset("too narrow", {"m": 1, "v": 0.03}),
    ),
    choice=toy_models.CHOICE,
)  # fmt: skip
