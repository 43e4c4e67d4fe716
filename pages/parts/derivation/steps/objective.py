"""Step 7: the loss over a batch, what it assumes, and why it must decode a sample of q and not its mean."""

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pages.parts.compute import cached, models
from pages.parts.compute.workers import in_process
from pages.parts.derivation.steps.formula import fraction, half, line, text, under
from pages.parts.derivation.steps.static_curve import static_curve
from pages.parts.derivation.steps.step import Columns, Layer, Picture, Preset, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.state.setup import Setup
from pages.parts.web.number_text import minus
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.data import mnist
from vaecore.data.digits import test_digits
from vaecore.figures.theme import Colour, dress
from vaecore.figures.values import values
from vaecore.losses.batch_objective import dropped_constant, kl_over_batch, squares_of_samples, squares_over_q

MODEL = "digits-2"
_LOW, _HIGH = -9.0, 1.0
_LOGS = np.linspace(_LOW, _HIGH, 51)
_WANTED = 0.1  # nats above the smallest loss on the slider
_PIXELS = 784

CODE = (Path(__file__).parent / "loss.txt").read_text("utf-8")
"""A loss in ten lines; the tests run it."""

_FORMULA = "".join(
    (
        line(
            "loss:loss =", fraction("1", "n"), under("∑", "i"),
            "[ ‖ x_i - reconstruction:x̂_i ‖^2 + kl:KL ] =", "{squares} + {kl} = {loss}",
            why="averaged over a batch: n = 10 digits, one per class",
        ),
        line(
            "- log reconstruction:p ( x | z ) =", fraction("‖ x - x̂ ‖^2", "2 σ_x^2"), "+", fraction("P", "2"),
            "log 2 π σ_x^2",
            why="Gaussian pixels: weight 1 means σₓ² = ½",
        ),
        line(
            "loss:loss = - elbo:ELBO -", "{constant}", text("with"), "elbo:ELBO =", "{elbo}",
            why="the constant (784/2) log π has no gradient",
        ),
        line(
            "q:z = mean:μ + exp (", half(), "log_variance:log log_variance:σ^2 )", "noise:ε", "= mean:μ + {sd} * {e}",
            why="a sample of q; gradients flow through μ and log σ²",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/7/question",
    "A colleague decodes at the mean, x̂ = f(μ), and adds the same KL. What variance will the encoder learn?",
    (
        Answer("the same as before: on average z is μ", False, "On average z is μ, but the squared error of f(μ) is not the "
               "average squared error of f(z)."),
        Answer("1, for every image and every dimension", True,
               "The squared error no longer depends on σ², so KL alone decides, and KL is smallest at σ² = 1: the trade-off "
               "is gone."),
        Answer("0: the sharpest code", False, "KL grows without limit as σ² goes to 0, and nothing else depends on σ²."),
    ),
    see="/tradeoff?model=digits-2&q=hand&variance=1",
    see_label="See images decoded with σ² = 1",
)  # fmt: skip

_STORY = """
Training minimises −ELBO, averaged over a **batch**, with constants dropped. The usual one-line loss hides three choices.

- *Squared error plus KL* is −ELBO for Gaussian pixels with **σₓ²\u00a0=\u00a0½**. Half of that error means
  σₓ²\u00a0=\u00a01, its mean over 784 pixels 392. A linear decoder uses z only for principal components of variance above
  σₓ²: for MNIST 23 at ½, 12 at 1, none at 392, as the largest is 5.1. Then q becomes the prior, and z carries no
  information. (For black and white pixels, **Bernoulli**, −log p(x|z) is the binary cross-entropy; of grey values that is no
  density.)
- The squared error must be that of a decoded **sample** of q. This is what makes a wide q expensive.
- The sample is **reparametrised**: z = μ + σε with noise ε drawn independently, so the loss is differentiable in μ and σ²
  and gradients reach the encoder. PyTorch’s `.rsample()` does so; `.sample()` passes no gradient on. Networks output
  **log σ²**, which may be any real number; σ is exp(½ log σ²).
"""


@lru_cache(maxsize=1)
def batch() -> Tensor:
    """The first test digit of each class, (10, 784), float64."""
    rows = [cached.gallery_row(digit, 1) for digit in range(10)]
    return mnist.grey(test_digits().images[rows]).double()


@lru_cache(maxsize=1)
def means() -> Tensor:
    """The encoder's mean for each of them, (10, latent), float64."""
    model = models.model_of(Setup(MODEL))
    with torch.no_grad():
        return model.encode(batch().to(model.device, model.dtype)).mean.to(batch())


@lru_cache(maxsize=8)
@in_process
def over_q(logs: tuple[float, ...]) -> tuple[Float[np.ndarray, " stops"], Float[np.ndarray, " stops"]]:
    """Squared error averaged over q, and KL, at every log σ²: both averaged over the batch, in nats."""
    variances = torch.tensor(logs, dtype=torch.float64).exp()
    squares, _ = squares_over_q(models.model_of(Setup(MODEL)), batch(), means(), variances)
    return values(squares), values(kl_over_batch(means(), variances))


@lru_cache(maxsize=64)
def of_noise(logs: tuple[float, ...], noises: tuple[float, ...]) -> Float[np.ndarray, "noises stops"]:
    """Squared error of one z per image, with the same ε in both dimensions, for every ε and every log σ²."""
    model = models.model_of(Setup(MODEL))
    draws = torch.tensor(noises, dtype=torch.float64)[:, None, None].expand(-1, *means().shape)
    spreads = [torch.full_like(means(), math.exp(log)) for log in logs]
    columns = [squares_of_samples(model, batch(), DiagonalGaussian(means(), spread), draws) for spread in spreads]
    return values(torch.stack(columns, dim=-1))


def _picture(_choice: str) -> Picture:
    squares, kl = over_q(tuple(_LOGS.tolist()))
    layers = (
        Layer("curve", y="decoded_at_mean", symbol="at_mean", label="at the mean: x̂ = f(μ)", dash="dash"),
        Layer("curve", y="one", symbol="noise", label="one ε", dash="dot"),
        Layer("upright", x="log_variance", symbol="q"),
        Layer("mark", x="log_variance", y="loss", symbol="loss"),
        Layer("mark", x="log_variance", y="loss_at_mean", symbol="at_mean"),
        Layer("mark", x="log_variance", y="loss_of_noise", symbol="noise"),
    )
    layout = {
        "xaxis": {"range": [_LOW, _HIGH], "title": {"text": "log σ², the output of the network"}},
        "yaxis": {"range": [0, 90], "title": {"text": "loss, nats"}},
    }
    curves = [
        static_curve(squares + kl, _LOGS, "sampled: average over ε", "loss", Colour.ELBO),
        static_curve(kl, _LOGS, "KL alone", "kl", Colour.KL, "dot"),
    ]
    return Picture(dress(curves, layout, height=300), layers, {"one": _LOGS, "decoded_at_mean": _LOGS})


def _table(at: Columns, _choice: str) -> Table:
    logs, noises = at["log_variance"], at["e"]
    squares, kl = over_q(tuple(logs.tolist()))
    best = float(np.add(*over_q(STEP.sliders[0].stops)).min())
    # One of the two is constant: decode each different value once.
    (log_kinds, log_of), (noise_kinds, noise_of) = (np.unique(column, return_inverse=True) for column in (logs, noises))
    single = of_noise(tuple(log_kinds.tolist()), tuple(noise_kinds.tolist()))[noise_of, log_of]
    kl_curve = over_q(tuple(_LOGS.tolist()))[1]
    curves = of_noise(tuple(_LOGS.tolist()), tuple(noise_kinds.tolist())) + kl_curve
    loss, at_mean = squares + kl, of_noise((0.0,), (0.0,))[0, 0]
    return Table(
        numbers={
            "squares": squares, "kl": kl, "loss": loss, "constant": np.full_like(loss, dropped_constant(_PIXELS)),
            "elbo": -loss - dropped_constant(_PIXELS), "log_variance": logs, "sd": np.exp(logs / 2), "e": noises,
            "loss_at_mean": at_mean + kl, "loss_of_noise": single + kl,
        },
        done=loss <= best + _WANTED,
        curves={"one": curves[noise_of], "decoded_at_mean": np.tile(at_mean + kl_curve, (len(logs), 1))},
    )  # fmt: skip


def _words(numbers: Mapping[str, float], _texts: Mapping[str, str], _choice: str) -> str:
    shown = {name: minus(value, 2) for name, value in numbers.items()}
    return (
        f"The loss against log σ². At log σ² = {shown['log_variance']}: averaged over samples {shown['loss']}, with one ε "
        f"{shown['loss_of_noise']}."
    )


STEP = Step(
    title="The loss over a batch",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "loss": Colour.ELBO, "elbo": Colour.ELBO, "reconstruction": Colour.RECONSTRUCTION, "kl": Colour.KL, "q": Colour.Q,
        "mean": Colour.Q, "log_variance": Colour.Q, "noise": Colour.POSTERIOR, "at_mean": Colour.PRIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("log_variance", "log σ² of q, both dimensions", "log_variance", _LOW, _HIGH, -2.0, notable=(0.0,), count=101),
        Slider("e", "noise ε", "noise", -2.5, 2.5, 1.0, notable=(0.0, -1.0), count=41),
    ),
    quantities=(
        Quantity("squares", "reconstruction", 2, told="squared error"),
        Quantity("kl", "kl", 2, told="KL"),
        Quantity("loss", "loss", 2, told="loss"),
        Quantity("constant", "", 2),
        Quantity("elbo", "elbo", 2),
        Quantity("sd", "log_variance", 3),
        Quantity("e", "noise", 2),
        Quantity("loss_at_mean", "at_mean", 2, told="decoded at the mean"),
        Quantity("loss_of_noise", "noise", 2, told="with this one ε"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Find the log σ² with the smallest sampled loss, to within 0.1 nats. Where is the dashed curve smallest?",
    seen="The sampled loss is smallest near log σ² = −5, the dashed curve at log σ² = 0. Only a decoded sample gives a "
    "narrow q something to gain.",
    how="digits-2 at σₓ² = ½, means from the encoder · squared error: accurate to 0.001 nat · KL: exact",
    presets=(
        Preset("σ² = 1", {"log_variance": 0, "e": 1}),
        Preset("ε = 0: the sample is the mean", {"log_variance": -2, "e": 0}),
    ),
    hidden_until_answered=("decoded_at_mean", "loss_at_mean"),
    after="**The same loss in PyTorch**: sum over pixels, sum over latents, mean over the batch only.",
    code=CODE,
)  # fmt: skip
