"""Step 3: the approximate posterior q, and the weight p(x, z) / q(z), which is flat where q is the posterior."""

from collections.abc import Mapping

import numpy as np
import torch

from pages.parts.derivation.steps import toy_models
from pages.parts.derivation.steps.formula import expectation, fraction, line
from pages.parts.derivation.steps.static_curve import still
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.figures.theme import Colour, dress

_Z = np.linspace(-4, 4, 101)
_POINTS = tuple(_Z.tolist())
_WANTED = 0.01  # nats
_HIDDEN = 6.0  # nats below its peak, where q counts as vanished for the shading

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log ∫ joint:p ( x , z ) d z", why="step 2: the sum over all z",
        ),
        line(
            "= log ∫ q:q ( z )", fraction("joint:p ( x , z )", "q:q ( z )"), "d z",
            why="multiply and divide by q: allowed where q(z) > 0",
        ),
        line(
            "= log", expectation("q"), "[ weight:w ( z ) ] =", "{evidence}",
            why="w = p(x, z)/q(z). Whatever q is, its mean under q is p(x)",
        ),
        line(
            "gap:gap = gap:KL ( q:q ‖ posterior:p ( z | x ) ) =", "{gap}", why="zero only where the weight is flat",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/3/question",
    "With the decoder f(z) = z, q is made very narrow, on top of the posterior’s peak. What does the weight p(x, z)/q(z) "
    "do away from the peak?",
    (
        Answer(
            "it goes to 0, as q does",
            False,
            "q stands below the line: where q goes to 0 faster than p(x, z), the ratio grows.",
        ),
        Answer(
            "it grows without limit",
            True,
            "q vanishes there before p(x, z) does. Such points are almost never drawn, and carry much of p(x): the "
            "mean of weights stays right, and no sample shows it.",
        ),
        Answer("nothing: the weight is p(x)", False, "Only if q were exactly the posterior would it be p(x) everywhere."),
    ),
)

_STORY = """
We may put **any** density q into the integral, if we divide by it again. Then log p(x) is the log of a mean under q, and a
mean can be estimated from samples of q. That is all that the *approximate posterior* is for.
In a VAE the **encoder**, a second network, reads x and gives q its mean and variance: q(z) is short for q(z|x).

The weight below says how good q is. Where the curve is **level** across all of q, q is the posterior, every sample says
p(x), and there is no gap. Where it slopes, samples disagree.

One thing is forbidden: q must not vanish where p(x, z) does not. Make q narrow and watch the weight beside it. On `humps` no
single Gaussian can be level: it takes one hump and pays about log 2 = 0.69 nats for the other.
"""


def _picture(toy: str) -> Picture:
    exact = toy_models.evidence(toy)
    posterior = (toy_models.log_joint(toy, _POINTS) - exact).exp().numpy()
    layers = (
        Layer("curve", y="q", symbol="q", label="q(z)"),
        Layer("curve", y="weight", symbol="weight", label="log w(z) where q draws", axes="2"),
        Layer("curve", y="rare", symbol="weight", label="where it almost never does", dash="dot", axes="2"),
    )
    layout = {
        "xaxis": {"range": [-4, 4], "anchor": "y", "showticklabels": False},
        "xaxis2": {"range": [-4, 4], "anchor": "y2", "title": {"text": "z"}},
        "yaxis": {"range": [0, 2.9], "domain": [0.57, 1], "title": {"text": "density"}},
        "yaxis2": {"range": [exact - 6, exact + 6], "domain": [0, 0.5], "title": {"text": "log w, nats"}},
    }
    curves = [
        still(posterior, _Z, "posterior p(z|x)", "posterior", Colour.POSTERIOR, "dash"),
        still(
            np.full(2, exact), np.array([-4.0, 4.0]), "log p(x)", "evidence", Colour.EVIDENCE, "dot", xaxis="x2", yaxis="y2"
        ),
    ]
    return Picture(dress(curves, layout, height=320), layers, {"q": _Z, "weight": _Z, "rare": _Z})


def _table(at: Columns, toy: str) -> Table:
    q = toy_models.q_of(at)
    elbo, gap = toy_models.terms(toy, q)
    log_q = q.log_prob(torch.from_numpy(_Z)[:, None, None]).T
    weight = (toy_models.log_joint(toy, _POINTS) - log_q).numpy()
    drawn = (log_q >= log_q.amax(1, keepdim=True) - _HIDDEN).numpy()
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
    shape = "level" if numbers["gap"] < _WANTED else "not level"
    return (
        f"Above, q and the posterior of {toy}. Below, the log of the weight, which is {shape} where q has its mass; log "
        f"p(x), {minus(numbers['evidence'], 3)} nats, is a line in it. The gap is {minus(numbers['gap'], 3)} nats."
    )


STEP = Step(
    title="The approximate posterior",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "joint": Colour.RECONSTRUCTION, "q": Colour.Q, "weight": Colour.RECONSTRUCTION,
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
    task="With the decoder number: make the weight flat, a gap below 0.01 nat.",
    how="number: computed exactly · humps: computed to 0.001 nat",
    presets=(
        Preset("q = prior", {"m": 0, "v": 1}),
        Preset("too narrow", {"m": 1, "v": 0.03}),
    ),
    choice=toy_models.CHOICE,
)  # fmt: skip
