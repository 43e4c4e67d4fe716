"""Step 1: what KL is, that it is never negative, and that it is not symmetric."""

from collections.abc import Mapping

import numpy as np
import torch

from pages.parts.derivation.steps.formula import expectation, fraction, half, line
from pages.parts.derivation.steps.static_curve import static_curve
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import DiagonalGaussian, kl_between, kl_to_standard_normal, standard_normal_log_prob
from vaecore.figures.theme import Colour, dress

_REACH = 8.0
_Z = np.linspace(-_REACH, _REACH, 281)
_WANTED = 1.0  # nats between the two directions

_FORMULA = "".join(
    (
        line(
            "forward:KL ( q:q ‖ p:p ) =", expectation("q"), "[", "log", fraction("q:q ( z )", "p:p ( z )"), "] = {forward}",
            why="the shaded area; below zero it counts as negative",
        ),
        line(
            "reverse:KL ( p:p ‖ q:q ) =", expectation("p"), "[", "log", fraction("p:p ( z )", "q:q ( z )"), "] = {reverse}",
            why="q and p swapped: in general a different number",
        ),
        line(
            "forward:KL ( q:q ‖ p:p ) =", half(), "( q:μ^2 + q:σ^2 - 1 - log q:σ^2 )",
            why="closed form for these two Gaussians",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/1/question",
    "For q = N(1, 1) and p = N(0, 1), KL(q‖p) and KL(p‖q) are both 0.5 nats. What happens when the variance of q is halved, "
    "to 0.5?",
    (
        Answer(
            "they stay equal, at another value",
            False,
            "They were equal by coincidence: with equal variances both are (difference of means)²/(2σ²). Now KL(q‖p) is "
            "0.597 and KL(p‖q) is 1.153.",
        ),
        Answer(
            "KL(q‖p) becomes the larger one",
            False,
            "KL(q‖p) averages over q, so the places that the narrow q no longer reaches hardly count: it is 0.597. KL(p‖q) "
            "is 1.153.",
        ),
        Answer(
            "KL(p‖q) becomes the larger one",
            True,
            "1.153 against 0.597: KL(p‖q) averages over p, which has mass where the narrow q has almost none.",
        ),
    ),
)

_STORY = """
The Kullback–Leibler divergence KL(q ‖ p) is the average of log q(z)/p(z), **with z drawn from q**. It measures how far q is
from p. With the natural logarithm its unit is the **nat**; one nat is 1.44 bits.

- It is never negative, though the integrand (the curve in the right chart) dips below zero in places.
- It is zero only if q and p are the same distribution.
- It is **not symmetric**: in general swapping q and p changes its value, so it is not a distance. KL(q ‖ p) averages over
  q; places where q is almost zero hardly count.
"""


def _picture(_choice: str) -> Picture:
    z = torch.from_numpy(_Z)[:, None]
    p = standard_normal_log_prob(z).exp().numpy()
    layers = (
        Layer("curve", y="q", symbol="q", label="q(z)"),
        Layer("area", y="integrand", symbol="forward", label="q(z) · log q(z)/p(z)", axes="2"),
    )
    layout = {
        "xaxis": {"range": [-_REACH, _REACH], "domain": [0, 0.44], "title": {"text": "z"}},
        "xaxis2": {"range": [-_REACH, _REACH], "domain": [0.56, 1], "anchor": "y2", "title": {"text": "z"}},
        "yaxis": {"range": [0, 1.35], "title": {"text": "density"}},
        # The peak stays below for every σ² from 0.2 on; at 0.1 and a distant mean it leaves the panel.
        "yaxis2": {"range": [-0.4, 2.4], "anchor": "x2", "title": {"text": "nats per unit of z"}},
    }
    chart = dress([static_curve(p, _Z, "p(z) = N(0, 1)", "p", Colour.PRIOR, "dash")], layout, height=300)
    second = {"xaxis": "x2", "yaxis": "y2", "showlegend": False}
    # Plotly draws the second pair of axes only if a trace lies on it.
    chart["data"].append(static_curve(np.zeros(2), np.array([-_REACH, _REACH]), "", "p", Colour.PRIOR, "dot", **second))
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
        f"Left: the densities of q and of p = N(0, 1). Right: q times log q/p, whose area is KL(q‖p), "
        f"{minus(numbers['forward'], 3)} nats. KL(p‖q) is {minus(numbers['reverse'], 3)} nats."
    )


STEP = Step(
    title="KL: how far one distribution is from another",
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
    task="Find a q for which KL(q‖p) and KL(p‖q) differ by 1 nat or more.",
    seen="The more q and p differ in width, the more the two divergences differ. The larger one averages over the wider "
    "distribution, which has mass where the other has almost none.",
    how="both divergences: computed exactly",
    presets=(
        Preset("q = N(1, 1)", {"m": 1, "v": 1}),
        Preset("q = N(1, 0.5)", {"m": 1, "v": 0.5}),
        Preset("q = p", {"m": 0, "v": 1}),
    ),
)
