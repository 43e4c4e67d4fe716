"""Step 5: the ELBO, written as three different sums, and which of their parts can be computed."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float

import vaecore
from pages.parts.compute import cached, models
from pages.parts.compute.workers import in_process
from pages.parts.derivation.steps.formula import expectation, line
from pages.parts.derivation.steps.step import Choice, Columns, Layer, Picture, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import entropy, expected_log_prior
from vaecore.figures.theme import Colour, dress
from vaecore.figures.values import values

_LOW, _HIGH = 1e-4, 1.0
_WANTED = 0.1  # nats above the smallest gap on the slider
_DOWN, _UP = 60, 15  # nats of the window below and above log p(x)

_FORMULA = "".join(
    (
        line(
            "elbo:ELBO =", expectation("q"),
            "[ reconstruction:log reconstruction:p ( x | z ) + log p ( z ) - log q:q ( z | x ) ] =", "{elbo}",
            why="log w, written out",
        ),
        line(
            "= evidence:log evidence:p ( x ) - gap:KL ( q ‖ p ( z | x ) ) =", "{evidence} - {gap}",
            tied="intractable", why="step 4; needs the integral of step 2",
        ),
        line(
            "= reconstruction:reconstruction - kl:KL ( q ‖ p ( z ) ) =", "{reconstruction} - {kl}",
            tied="tractable", why="samples and a closed form",
        ),
        line(
            "=", expectation("q"), "[ joint:log joint:p ( x , z ) ] + entropy:H ( q:q ) =", "{joint} + {entropy}",
            tied="tractable", why="H(q) = −E[log q(z)]: the wider q, the larger",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/5/question",
    "You make q narrower and narrower around its mean. Which of the three sums grows without limit?",
    (
        Answer("reconstruction − KL, since the reconstruction gets sharper", False,
               "The reconstruction settles at log p(x|z) with z the mean of q, while KL grows without limit."),
        Answer("none of them", True,
               "All three are the ELBO, and the ELBO never exceeds log p(x). In each sum one part pays: the gap and KL go "
               "to ∞, the entropy to −∞."),
        Answer("E[log p(x, z)] + entropy, as the entropy gets large", False,
               "The entropy of a narrow q is small: below σ² = 1/(2πe) = 0.0585 it is negative, and it goes to −∞."),
    ),
)  # fmt: skip

_STORY = """
Written out, the ELBO can be split in three ways. The model is again digits-2, the trained network of step 2, with a real
image; the three sums agree at every σ².

- **log p(x) − gap** says what the ELBO *means*: a lower bound, and how far below log p(x) it is. In general neither part can
  be computed. Here both can, each by its own sum over z; they stay hidden until you have done the task without them.
- **reconstruction − KL** is what is *trained*: how well decoded samples fit x, minus the cost of encoding z.
- **E[log p(x, z)] + entropy** shows *why q does not shrink to a point*. The **entropy** of q is the average of −log q(z)
  under q: the wider q, the larger. It is negative for a narrow q, and would go to −∞.
"""


def _bench(digit: str) -> Setup:
    return Setup("digits-2", digit=int(digit))


@lru_cache(maxsize=32)
@in_process
def terms(digit: str, variances: tuple[float, ...]) -> dict[str, Float[np.ndarray, " stops"]]:
    """Every part of the three sums, in nats, with q at the encoder's mean for the first digit of its class."""
    setup, steps = _bench(digit), torch.tensor(variances, dtype=torch.float64)
    model, x, known = models.model_of(setup), cached.image(setup), cached.evidence(setup)
    mean = torch.tensor([cached.q_of(_encoder(setup))[0]], dtype=torch.float64)
    swept = vaecore.sweep_variance(model, x, mean, steps)
    gap = vaecore.sweep_gap(model, x, mean, steps, known)
    spread = steps[:, None].expand(-1, model.latent_dim)
    reconstruction = values(swept.reconstruction)[0]
    return {
        "evidence": np.full(len(variances), float(values(known.value)[0])),
        "gap": values(gap.value)[0],
        "reconstruction": reconstruction,
        "kl": values(swept.kl)[0].sum(-1),
        "elbo": values(swept.elbo)[0],
        "joint": reconstruction + values(expected_log_prior(mean, spread).sum(-1)),
        "entropy": values(entropy(spread).sum(-1)),
    }


def _encoder(setup: Setup) -> vaecore.DiagonalGaussian:
    q = cached.encoder_gaussian(setup)
    if q is None:
        raise ValueError(f"the step needs a model with an encoder; {setup.model} has none.")
    return q


def _picture(digit: str) -> Picture:
    total = float(values(cached.evidence(_bench(digit)).value)[0])
    layers = (
        Layer("bar", y="evidence", base="elbo", x=1, size=0.5, symbol="gap", label="gap", asked=True),
        Layer("bar", y="reconstruction", base="elbo", x=2, size=0.5, symbol="kl", label="KL"),
        Layer("bar", y="joint", base="elbo", x=3, size=0.5, symbol="entropy", label="entropy (downwards if negative)"),
        Layer("level", y="elbo", symbol="elbo", label="ELBO", dash="dash"),
        Layer("mark", x=1, y="evidence", symbol="evidence", label="log p(x)"),
        Layer("mark", x=2, y="reconstruction", symbol="reconstruction", label="reconstruction"),
        Layer("mark", x=3, y="joint", symbol="joint", label="E[log p(x, z)]"),
    )
    layout = {
        "xaxis": {
            "range": [0.5, 3.5], "tickvals": [1, 2, 3],
            "ticktext": [
                "log p(x)<br>− gap", "reconstruction<br>− KL", "E[log p(x, z)]<br>+ entropy",
            ],
            "tickangle": 0,
        },
        "yaxis": {"range": [total - _DOWN, total + _UP], "title": {"text": "nats"}},
    }  # fmt: skip
    return Picture(dress([], layout, height=300), layers)


def _table(at: Columns, digit: str) -> Table:
    numbers = terms(digit, tuple(at["v"].tolist()))
    least = float(terms(digit, STEP.sliders[0].stops)["gap"].min())
    return Table(numbers=numbers, done=numbers["gap"] <= least + _WANTED)


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], digit: str) -> str:
    shown = {name: minus(value, 2) for name, value in numbers.items()}
    bound = "log p(x) minus the gap, both hidden"
    if "gap" in shown:
        bound = f"log p(x), {shown['evidence']}, minus the gap, {shown['gap']}"
    return (
        f"For the {digit}, three bars that all end at the ELBO, {shown['elbo']} nats: {bound}; the reconstruction, "
        f"{shown['reconstruction']}, minus KL, {shown['kl']}; E log p(x, z), {shown['joint']}, plus the entropy, "
        f"{shown['entropy']}."
    )


STEP = Step(
    title="Expanding the bound",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "elbo": Colour.ELBO, "evidence": Colour.EVIDENCE, "gap": Colour.GAP, "reconstruction": Colour.RECONSTRUCTION,
        "kl": Colour.KL, "joint": Colour.POSTERIOR, "entropy": Colour.Q, "q": Colour.Q,
    },
    formula=_FORMULA,
    sliders=(
        Slider("v", "variance σ² of q, both dimensions", "q", _LOW, _HIGH, 0.005, log=True, notable=(1e-3, 0.01, 0.1)),
    ),
    quantities=(
        Quantity("elbo", "elbo", 2, told="ELBO"),
        Quantity("evidence", "evidence", 2, told="log p(x)"),
        Quantity("gap", "gap", 2, told="gap"),
        Quantity("reconstruction", "reconstruction", 2, told="reconstruction"),
        Quantity("kl", "kl", 2, told="KL"),
        Quantity("joint", "joint", 2),
        Quantity("entropy", "entropy", 2, told="entropy"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Without log p(x): find the σ² with the largest ELBO, to within 0.1 nats.",
    seen="log p(x) is the same for every σ², so the largest ELBO is the smallest gap. Training can raise the ELBO without "
    "knowing either.",
    how="digits-2, mean of q from the encoder · KL, entropy: exact · the others: to 0.001 nat or 10⁻⁵ of the value",
    hidden_until_done=("evidence", "gap"),
    choice=Choice(parameters.DIGIT, "The image x", {}),
)  # fmt: skip
