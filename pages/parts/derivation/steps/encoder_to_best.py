"""q on the way from the encoder's to the best one: ELBO, gap and decoded image, for the first test digit of a class."""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from pages.parts.compute import cached, models
from pages.parts.derivation.steps.bounds import bounds_and_gaps
from pages.parts.state.setup import Setup
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.figures.values import values

MODEL = "digits-2"


def setup_of(digit: str) -> Setup:
    """The first test digit of a class, for the model with two latents."""
    return Setup(MODEL, digit=int(digit))


@lru_cache(maxsize=16)
def ends(digit: str) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Mean and variance of the encoder's q, then of the best q; each of shape (2,), float64."""
    setup = setup_of(digit)
    encoder = cached.encoder_q(setup)
    if encoder is None:
        raise ValueError(f"the step needs a model with an encoder; {MODEL} has none.")
    (mean0, variance0), (mean1, variance1) = (
        tuple(torch.tensor(part, dtype=torch.float64) for part in q) for q in (encoder, cached.best_q(setup, 1.0))
    )
    return (mean0, variance0), (mean1, variance1)


def between(digit: str, mean: Float[np.ndarray, " stops"], variance: Float[np.ndarray, " stops"]) -> DiagonalGaussian:
    """q at these shares of the way from the encoder's q (0) to the best one (1).

    Means and log variances are linear in their shares.
    """
    (mean0, variance0), (mean1, variance1) = ends(digit)
    of_mean, of_variance = (torch.from_numpy(np.asarray(share, float))[:, None] for share in (mean, variance))
    logs = variance0.log() + of_variance * (variance1.log() - variance0.log())
    return DiagonalGaussian(mean0 + of_mean * (mean1 - mean0), logs.exp())


@lru_cache(maxsize=64)
def terms(
    digit: str, mean: tuple[float, ...], variance: tuple[float, ...]
) -> tuple[Float[np.ndarray, " stops"], Float[np.ndarray, " stops"]]:
    """ELBO and gap of the q at every pair of shares, each by a sum of its own over z, in nats."""
    return bounds_and_gaps(setup_of(digit), between(digit, np.array(mean), np.array(variance)))


@lru_cache(maxsize=16)
def of_ends(digit: str) -> tuple[float, float]:
    """The approximation gap and the amortisation gap of the digit, in nats."""
    bounds, gaps = terms(digit, (0.0, 1.0), (0.0, 1.0))
    return float(gaps[1]), float(bounds[1] - bounds[0])


def decoded(digit: str, q: DiagonalGaussian) -> UInt8[np.ndarray, "stops pixels"]:
    """The decoded image at the mean of every q, as grey values."""
    model = models.model_of(setup_of(digit))
    with torch.no_grad():
        pixels = model.likelihood.mean(model.decode(q.mean.to(model.device, model.dtype)))
    return grey_bytes(pixels)


def grey_bytes(pixels: Float[Tensor, "images pixels"]) -> UInt8[np.ndarray, "images pixels"]:
    """Grey values from 0 to 255."""
    return np.rint(255 * values(pixels).clip(0, 1)).astype(np.uint8)
