"""Step 4: Jensen's inequality for the log: the average of logs is a lower bound, and K samples inside the log tighten it."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pages.parts.compute import cached, models
from pages.parts.derivation.steps import toy_models
from pages.parts.derivation.steps.formula import expectation, fraction, line, under
from pages.parts.derivation.steps.static_curve import static_curve
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.evaluate.weights import common_random_numbers, importance_bounds, log_mean, log_weights
from vaecore.figures.theme import Colour, dress

TOY = "number"
SAMPLES = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64)
_SEED = 0
_WANTED = 0.01  # nats
_REACH, _NODES = 9.0, 241  # of the quadrature over q: standard deviations to either side, and points

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log", expectation("q"), "[ w ] =", "{evidence}",
            why="step 3: the log of an average",
        ),
        line(
            "≥", expectation("q"), "[ log w ] = elbo:ELBO =", "{elbo}", tied="Jensen",
            why="the log is concave: the average of the logs is lower",
        ),
        line(
            "log w = log evidence:p ( x ) - log", fraction("q:q ( z )", "posterior:p ( z | x )"),
            why="p(x, z) = p(z|x) p(x), divided by q(z)",
        ),
        line(
            "gap:gap = log evidence:p ( x ) - elbo:ELBO = gap:KL ( q:q ‖ posterior:p ( z | x ) ) = {gap}",
            why="the line above, averaged under q",
        ),
        line(
            "bound:L_K =", expectation("q"), "[ log", fraction("1", "K"), under("∑", "k"), "w_k ] =", "{bound}",
            why="K samples inside the log: a tighter bound (IWAE)",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/4/question",
    "When is the average of the logs equal to the log of the average?",
    (
        Answer(
            "never: the log is curved",
            False,
            "The curvature costs nothing if there is nothing to average: all weights are the same.",
        ),
        Answer(
            "when all weights are the same",
            True,
            "Then log and average commute. w = p(x, z)/q(z) is the same for every z exactly if q is the posterior.",
        ),
        Answer(
            "when there are many samples",
            False,
            "More samples estimate both sides more precisely, but the two sides stay different. The bound rises only with "
            "more samples inside the log.",
        ),
    ),
    see="/tradeoff?model=number&x=2&q=best",
    see_label="See a tight bound",
)

_STORY = """
The model is that of step 3, f(z) = z and x = 2. The log of an average is not the average of the logs. The log is
**concave**: the straight line between two points of its curve lies below the curve. So E[log w] ≤ log E[w]. This is
**Jensen’s inequality**, the only inequality in the derivation. The left side is the **ELBO**, the evidence lower bound on
log p(x).

The points in the left chart are K samples of q; each has its weight as a multiple of p(x), and a bar at the chart’s edge is
a sample outside of it. The dotted line stands at their average weight. On it lie the average of their logs and, higher up
on the curve, the log of their average.

Averaging K weights **inside** the log loses less: $L_1$ is the ELBO, and $L_K$ rises towards log p(x) as K grows. It is
a bound on average; with one set of K samples, the log of their average may lie above log p(x).
"""


def _weights(q: DiagonalGaussian, noise: Float[Tensor, "points 1"]) -> Float[Tensor, "points stops"]:
    """log w / p(x) at z = mean + σ · noise, for each q."""
    setup = toy_models.SETUPS[TOY]
    return log_weights(models.model_of(setup), cached.image(setup), q, q.at(noise[:, None, :])) - toy_models.evidence(TOY)


def importance_bounds_of(q: DiagonalGaussian, sizes: Sequence[int]) -> Float[np.ndarray, "stops sizes"]:
    """L_K of each q for each K, in nats: an even grid over z, which is exact to rounding for the Gaussian q."""
    nodes = torch.linspace(-_REACH, _REACH, _NODES, dtype=torch.float64)
    masses = (-0.5 * nodes.square()).softmax(0)
    return importance_bounds(_weights(q, nodes[:, None]), masses, sizes).numpy() + toy_models.evidence(TOY)


def _picture(_choice: str) -> Picture:
    exact = toy_models.evidence(TOY)
    ratio = np.geomspace(0.01, 4, 121)
    layers = (
        Layer("points", x="weights", y="logs", symbol="w", label="K samples", size=4),
        Layer("upright", x="mean_weight", symbol="mean", label="average weight", dash="dot"),
        Layer("mark", x="mean_weight", y="log_of_mean", symbol="evidence", label="log of the average", size=8),
        Layer("mark", x="mean_weight", y="mean_of_logs", symbol="elbo", label="average of the logs", size=8),
        Layer("curve", y="bounds", symbol="bound", label="L_K", axes="2"),
        Layer("mark", x="K", y="bound", symbol="bound", axes="2"),
        Layer("level", y="elbo", symbol="elbo", label="ELBO", dash="dash", axes="2"),
    )
    layout = {
        "xaxis": {"range": [-0.15, 3.6], "domain": [0, 0.5], "title": {"text": "w / p(x)"}},
        "yaxis": {"range": [-4, 1.6], "title": {"text": "log of w / p(x)"}},
        "xaxis2": {"range": np.log10([0.85, 75]).tolist(), "type": "log", "domain": [0.64, 1], "anchor": "y2",
                   "tickvals": [1, 4, 16, 64], "title": {"text": "K, samples"}},
        "yaxis2": {"range": [exact - 2, exact + 0.25], "anchor": "x2", "title": {"text": "nats"}},
    }  # fmt: skip
    curves = [
        static_curve(np.log(ratio), ratio, "log", "log", Colour.PRIOR),
        static_curve(
            np.full(2, exact), np.array([0.85, 75]), "log p(x)", "evidence", Colour.EVIDENCE, "dot", xaxis="x2", yaxis="y2"
        ),
    ]
    return Picture(dress(curves, layout, height=300), layers, {"bounds": np.array(SAMPLES, float)})


def _table(at: Columns, _choice: str) -> Table:
    exact = toy_models.evidence(TOY)
    q = toy_models.q_of(at)
    elbo, gap = toy_models.terms(TOY, q)
    size = at["K"].astype(int)
    weights = _weights(q, common_random_numbers(max(SAMPLES), 1, _SEED))
    sizes = sorted({*SAMPLES, *size.tolist()})
    bounds = importance_bounds_of(q, sizes)
    bound = bounds[np.arange(len(size)), [sizes.index(k) for k in size]]
    shown = torch.from_numpy(np.arange(max(SAMPLES))[None] < size[:, None])
    logs = torch.where(shown, weights.T, torch.nan)
    log_of_mean = np.array([float(log_mean(weights[:k, i])) for i, k in enumerate(size)])
    return Table(
        numbers={
            "evidence": np.full_like(gap, exact), "elbo": elbo, "gap": gap, "K": at["K"], "bound": bound,
            "log_of_mean": log_of_mean, "mean_weight": np.exp(log_of_mean),
            "mean_of_logs": np.array([float(weights[:k, i].mean()) for i, k in enumerate(size)]),
        },
        done=gap < _WANTED,
        curves={"weights": logs.exp().numpy(), "logs": logs.numpy(), "bounds": bounds[:, [sizes.index(k) for k in SAMPLES]]},
    )  # fmt: skip


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], _choice: str) -> str:
    return (
        f"Left: the log, with {numbers['K']:.0f} sampled weights on it. Relative to p(x), the log of their average is "
        f"{minus(numbers['log_of_mean'], 2)} and the average of their logs {minus(numbers['mean_of_logs'], 2)}. Right: the "
        f"bound with K samples inside the log, here {minus(numbers['bound'], 3)} nats, between the ELBO, "
        f"{minus(numbers['elbo'], 3)}, and log p(x), {minus(numbers['evidence'], 3)}."
    )


STEP = Step(
    title="Jensen’s inequality",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "elbo": Colour.ELBO, "gap": Colour.GAP, "bound": Colour.POSTERIOR,
        "posterior": Colour.POSTERIOR,
        "w": Colour.RECONSTRUCTION, "q": Colour.Q, "mean": Colour.PRIOR, "log": Colour.PRIOR, "K": Colour.POSTERIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("K", "samples K", "bound", 1, max(SAMPLES), 4, only=tuple(map(float, SAMPLES)), whole=True),
        Slider("m", "mean μ of q", "q", -2, 3, 0.0, notable=(1.0,), count=101),
        Slider("v", "variance σ² of q", "q", 0.05, 4, 1.0, log=True, notable=(0.1, 0.25, 0.5, 2.0), count=101),
    ),
    quantities=(
        Quantity("evidence", "evidence", 3),
        Quantity("elbo", "elbo", 3, told="ELBO"),
        Quantity("gap", "gap", 3, told="the gap"),
        Quantity("bound", "bound", 3, told="the bound with K samples"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Reach equality, a gap below 0.01 nats. Where on the curve are the samples then?",
    seen="All at the same point: their weights are equal, so there is nothing to average, and the log of the average is the "
    "average of the logs.",
    how="f(z) = z, x = 2, σₓ = 1 · log p(x), ELBO, gap: computed exactly · L_K: accurate to 0.001 nat",
    presets=(Preset("q = prior", {"m": 0, "v": 1}), Preset("narrow", {"m": 1, "v": 0.1})),
)  # fmt: skip
