"""Step 1: what KL is, that it is never negative, and that it is not symmetric."""

from collections.abc import Mapping

import numpy as np
import torch

from pages.parts.derivation.steps.formula import expectation, fraction, half, line
from pages.parts.derivation.steps.static_curve import still
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import DiagonalGaussian, kl_between, kl_to_standard_normal, standard_normal_log_prob
from vaecore.figures.theme import Colour, dress

_Z = np.linspace(-10, 10, 281)
_WANTED = 1.0  # nats between the two directions

_FORMULA = "".join(
    (
        line(
            "forward:KL ( q:q ‖ p:p ) =", expectation("q"), "[", "log", fraction("q:q ( z )", "p:p ( z )"), "] = {forward}",
            why="the shaded area: positive minus negative",
        ),
        line(
            "reverse:KL ( p:p ‖ q:q ) =", expectation("p"), "[", "log", fraction("p:p ( z )", "q:q ( z )"), "] = {reverse}",
            why="the other way round: another number",
        ),
        line(
            "forward:KL ( q:q ‖ p:p ) =", half(), "( q:μ^2 + q:σ^2 - 1 - log q:σ^2 )", why="for Gaussians, in closed form",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/1/question",
    "q = N(1, 1) and p = N(0, 1): both directions are 0.5 nats. What happens when the variance of q is halved to 0.5?",
    (
        Answer(
            "they stay equal, at another value",
            False,
            "They were equal by accident: with equal variances both are (difference of means)²/(2σ²). Now they are 0.597 "
            "and 1.153.",
        ),
        Answer(
            "KL(q‖p) becomes the larger one",
            False,
            "q now avoids places that p has, and KL(q‖p) looks only where q is: it is 0.597. KL(p‖q) is 1.153.",
        ),
        Answer(
            "KL(p‖q) becomes the larger one",
            True,
            "1.153 against 0.597: KL(p‖q) averages over p, which has mass where the narrow q has almost none.",
        ),
    ),
)

_STORY = """
The Kullback–Leibler divergence KL(q ‖ p) is the mean, **under q**, of the log of how many times more likely a point is under
q than under p. The unit is the nat.

- It is never negative, though the curve below goes under zero in places: the area above always outweighs it.
- It is zero only where q and p are the same.
- It is **not symmetric**: where q has no mass, KL(q ‖ p) does not look. So it is no distance.

N(1, 1) against N(0, 1) gives 0.5 both ways. That is an accident of equal variances.
"""


def _picture(_choice: str) -> Picture:
    z = torch.from_numpy(_Z)[:, None]
    p = standard_normal_log_prob(z).exp().numpy()
    layers = (
        Layer("curve", y="q", symbol="q", label="q(z)"),
        Layer("area", y="integrand", symbol="forward", label="q(z) · log q(z)/p(z)", axes="2"),
    )
    layout = {
        "grid": {"rows": 2, "columns": 1},
        "xaxis": {"range": [-10, 10], "anchor": "y", "showticklabels": False},
        "xaxis2": {"range": [-10, 10], "anchor": "y2", "title": {"text": "z"}},
        "yaxis": {"range": [0, 1.35], "domain": [0.53, 1], "title": {"text": "density"}},
        "yaxis2": {"range": [-0.6, 4.2], "domain": [0, 0.47], "title": {"text": "nats"}},
    }
    chart = dress([still(p, _Z, "p(z) = N(0, 1)", "p", Colour.PRIOR, "dash")], layout, height=300)
    # The second pair of axes is drawn only where something lies on it.
    chart["data"].append(
        still(np.zeros(2), np.array([-10.0, 10.0]), "", "p", Colour.PRIOR, "dot", xaxis="x2", yaxis="y2", showlegend=False)
    )
    return Picture(chart, layers, {"q": _Z, "integrand": _Z})


def _table(at: Columns, _choice: str) -> Table:
    mean, variance = (torch.from_numpy(at[name])[:, None] for name in ("m", "v"))
    q = DiagonalGaussian(mean, variance)
    forward = kl_to_standard_normal(mean, variance)[:, 0].numpy()
    prior = DiagonalGaussian(torch.zeros_like(mean), torch.ones_like(mean))
    reverse = kl_between(prior, q)[:, 0].numpy()
    z = torch.from_numpy(_Z)[:, None, None]
    log_q = q.log_prob(z).T
    log_ratio = log_q - standard_normal_log_prob(z[:, 0])
    difference = np.abs(forward - reverse)
    return Table(
        numbers={"forward": forward, "reverse": reverse, "difference": difference},
        done=difference >= _WANTED,
        curves={"q": log_q.exp().numpy(), "integrand": (log_q.exp() * log_ratio).numpy()},
    )


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], _choice: str) -> str:
    return (
        f"Above, the densities of q and of p = N(0, 1). Below, q times log q/p, whose area is KL of q from p, "
        f"{minus(numbers['forward'], 3)} nats. KL of p from q is {minus(numbers['reverse'], 3)} nats."
    )


STEP = Step(
    title="KL, a refresher",
    story=_STORY,
    question=_QUESTION,
    symbols={"q": Colour.Q, "p": Colour.PRIOR, "forward": Colour.KL, "reverse": Colour.KL},
    formula=_FORMULA,
    sliders=(
        Slider("m", "mean μ of q", "q", -2, 2, 1.0, notable=(0.0, -1.0)),
        Slider("v", "variance σ² of q", "q", 0.1, 4, 1.0, log=True, notable=(0.2, 0.5, 2.0)),
    ),
    quantities=(
        Quantity("forward", "forward", 3, told="KL(q‖p)"),
        Quantity("reverse", "reverse", 3, told="KL(p‖q)"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Find a q whose two divergences differ by 1 nat or more.",
    how="both divergences: computed exactly, in nats",
    presets=(
        Preset("N(1, 1): equal by accident", {"m": 1, "v": 1}),
        Preset("N(1, 0.5): not equal", {"m": 1, "v": 0.5}),
        Preset("q = p", {"m": 0, "v": 1}),
    ),
)
