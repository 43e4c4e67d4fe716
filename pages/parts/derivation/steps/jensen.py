"""Step 4: Jensen's inequality for the log: the mean of logs is a lower bound, and K samples at once make it tighter."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from pages.parts.compute import cached, models
from pages.parts.derivation.steps import toy_models
from pages.parts.derivation.steps.formula import expectation, fraction, line, under
from pages.parts.derivation.steps.static_curve import still
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web.number_text import minus
from vaecore.evaluate.weights import common_random_numbers, importance_ladder, log_mean, log_weights
from vaecore.figures.theme import Colour, dress

TOY = "number"
SAMPLES = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64)
_DRAWS, _SEED = 8192, 0
_WANTED = 0.01  # nats

_FORMULA = "".join(
    (
        line(
            "evidence:log evidence:p ( x ) = log", expectation("q"), "[ w ] =", "{evidence}",
            why="step 3: the log of a mean",
        ),
        line(
            "≥", expectation("q"), "[ log w ] = elbo:ELBO =", "{elbo}", tied="Jensen",
            why="the log is concave: the mean of logs lies below",
        ),
        line(
            "gap:gap = gap:KL ( q ‖ p ( z | x ) ) =", "{gap}", why="what is lost; none where w is constant",
        ),
        line(
            "ladder:L_K =", "E", "[ log", fraction("1", "K"), under("∑", "k"), "w_k ] =",
            "{ladder} ± {ladder_error}", why="K samples inside the log; estimated, ± 2 standard errors",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/4/question",
    "When is the mean of the logs exactly the log of the mean?",
    (
        Answer(
            "never: the log bends", False, "The bend costs nothing where there is nothing to average over: constant weights."
        ),
        Answer(
            "when all weights are the same",
            True,
            "Then mean and log change places freely. w = p(x, z)/q(z) is constant in z exactly where q is the posterior.",
        ),
        Answer(
            "when there are many samples",
            False,
            "More samples estimate both sides better, and the sides differ. Only with K samples inside the log does the "
            "bound rise.",
        ),
    ),
    see="/tradeoff?model=number&x=2&q=best",
    see_label="See a bound that is tight",
)

_STORY = """
Means and logs do not change places. The log is **concave**: between any two points of the curve below the chord runs under
it. So the mean of log w lies below the log of the mean of w, and this is the only inequality in the whole derivation.

The points are K samples of q, each with its weight (in multiples of p(x)). On the dotted line through their mean
weight lie the mean of their logs and, above it on the curve, the log of their mean.

What is lost on average is exactly KL(q ‖ p(z|x)). Averaging K weights **before** the log loses less: L₁ is the ELBO, and L_K
rises to log p(x). It is a bound in the mean; one draw of K may well lie above log p(x).
"""


@lru_cache(maxsize=4)  # megabytes each
def _weights(mean: tuple[float, ...], variance: tuple[float, ...]) -> Tensor:
    """log w of every draw, for each q: (draws, stops)."""
    q = toy_models.q_of({"m": np.array(mean), "v": np.array(variance)})
    z = q.at(common_random_numbers(_DRAWS, 1, _SEED)[:, None, :])
    return log_weights(models.model_of(toy_models.BENCHES[TOY]), cached.image(toy_models.BENCHES[TOY]), q, z)


def _picture(_choice: str) -> Picture:
    exact = toy_models.evidence(TOY)
    ratio = np.geomspace(0.01, 4, 121)
    rungs = np.array(SAMPLES, float)
    layers = (
        Layer("points", x="weights", y="logs", symbol="w", label="K samples", size=4),
        Layer("upright", x="mean_weight", symbol="mean", dash="dot"),
        Layer("mark", x="mean_weight", y="log_of_mean", symbol="evidence", label="log of their mean", size=8),
        Layer("mark", x="mean_weight", y="mean_of_logs", symbol="elbo", label="mean of their logs", size=8),
        Layer("curve", y="rungs", symbol="ladder", label="L_K", axes="2"),
        Layer("mark", x="K", y="ladder", symbol="ladder", axes="2"),
        Layer("level", y="elbo", symbol="elbo", label="ELBO", dash="dash", axes="2"),
    )
    layout = {
        "xaxis": {"range": [0, 3.6], "domain": [0, 0.52], "title": {"text": "w / p(x)"}},
        "yaxis": {"range": [-4, 1.6], "title": {"text": "log of w / p(x)"}},
        "xaxis2": {"range": np.log10([0.85, 75]).tolist(), "type": "log", "domain": [0.64, 1], "anchor": "y2",
                   "tickvals": [1, 4, 16, 64], "title": {"text": "K"}},
        "yaxis2": {"range": [exact - 2, exact + 0.25], "anchor": "x2", "title": {"text": "nats"}},
    }  # fmt: skip
    curves = [
        still(np.log(ratio), ratio, "log", "log", Colour.PRIOR),
        still(
            np.full(2, exact), np.array([0.85, 75]), "log p(x)", "evidence", Colour.EVIDENCE, "dot", xaxis="x2", yaxis="y2"
        ),
    ]
    return Picture(dress(curves, layout, height=300), layers, {"rungs": rungs})


def _table(at: Columns, _choice: str) -> Table:
    exact = toy_models.evidence(TOY)
    elbo, gap = toy_models.terms(TOY, toy_models.q_of(at))
    size = at["K"].astype(int)
    weights = _weights(tuple(at["m"].tolist()), tuple(at["v"].tolist())) - exact
    sizes = sorted({*SAMPLES, *size.tolist()})
    bounds = importance_ladder(weights, sizes)
    rung = np.array([sizes.index(k) for k in size])
    rungs = [sizes.index(k) for k in SAMPLES]
    stops = np.arange(len(size))
    most = max(SAMPLES)
    shown = torch.from_numpy(np.arange(most)[None] < size[:, None])
    logs = torch.where(shown, weights[:most].T, torch.nan)
    log_of_mean = np.array([float(log_mean(weights[:k, i])) for i, k in enumerate(size)])
    return Table(
        numbers={
            "evidence": np.full_like(gap, exact), "elbo": elbo, "gap": gap, "K": at["K"],
            "ladder": bounds.value.numpy()[stops, rung] + exact, "ladder_error": 2 * bounds.error.numpy()[stops, rung],
            "log_of_mean": log_of_mean, "mean_weight": np.exp(log_of_mean),
            "mean_of_logs": np.array([float(weights[:k, i].mean()) for i, k in enumerate(size)]),
        },
        done=gap < _WANTED,
        curves={"weights": logs.exp().numpy(), "logs": logs.numpy(), "rungs": bounds.value.numpy()[:, rungs] + exact},
    )  # fmt: skip


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], _choice: str) -> str:
    return (
        f"On the left the log, with {numbers['K']:.0f} samples of w on it: relative to p(x) the log of their mean is "
        f"{minus(numbers['log_of_mean'], 2)}, the mean of their logs {minus(numbers['mean_of_logs'], 2)}. On the right L_K "
        f"against K, {minus(numbers['ladder'], 3)} ± {numbers['ladder_error']:.3f} nats here, between the ELBO, "
        f"{minus(numbers['elbo'], 3)}, and log p(x), {minus(numbers['evidence'], 3)}."
    )


STEP = Step(
    title="Jensen’s inequality",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "evidence": Colour.EVIDENCE, "elbo": Colour.ELBO, "gap": Colour.GAP, "ladder": Colour.POSTERIOR,
        "w": Colour.RECONSTRUCTION, "q": Colour.Q, "mean": Colour.PRIOR, "log": Colour.PRIOR, "K": Colour.POSTERIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("K", "samples, K", "ladder", 1, max(SAMPLES), 4, only=tuple(map(float, SAMPLES)), whole=True),
        Slider("m", "mean μ of q", "q", -2, 3, 0.0, notable=(1.0,), count=101),
        Slider("v", "variance σ² of q", "q", 0.05, 4, 1.0, log=True, notable=(0.1, 0.25, 0.5, 2.0), count=101),
    ),
    quantities=(
        Quantity("evidence", "evidence", 3),
        Quantity("elbo", "elbo", 3, told="ELBO"),
        Quantity("gap", "gap", 3, told="the gap"),
        Quantity("ladder", "ladder", 3, told="L_K"),
        Quantity("ladder_error", "ladder", 3),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Reach equality: a gap below 0.01 nat. Where are all the samples then?",
    how="log p(x), ELBO, gap: computed exactly, f(z) = z, x = 2, σx = 1 · L_K: estimated · samples: frozen noise",
    presets=(Preset("q = prior", {"m": 0, "v": 1}), Preset("narrow", {"m": 1, "v": 0.1})),
)  # fmt: skip
