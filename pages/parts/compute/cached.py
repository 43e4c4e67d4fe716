"""The calls into vaecore, cached: what many visitors ask for is computed once.

What is small is kept by number (`lru_cache`), what is large by its bytes (`kept`). Keys are plain values. What comes out is
shared by all sessions, without a copy, and is never changed: frozen records. Images and q are float64 here, so that the
numbers carry no rounding of the networks' float32.
"""

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import vaecore
from pages.parts.compute.kept import kept
from pages.parts.compute.models import model_of
from pages.parts.compute.workers import in_process
from pages.parts.state.parameters import ONE_NUMBER
from pages.parts.state.setup import Setup
from pages.parts.state.sweep_path import SweepPath
from vaecore.core.devices import summation_device
from vaecore.core.gaussian import kl_parts
from vaecore.core.numbers_at_q import NumbersAtQ
from vaecore.core.records import LatentCurves, PosteriorWindow
from vaecore.data import digits, mnist
from vaecore.evaluate import posterior
from vaecore.evaluate.costs import decoded_at
from vaecore.figures.latent_plane import REACH
from vaecore.figures.values import values

Numbers = tuple[float, ...]

SAMPLES = 8
_POINTS = 64  # over which the mean image averages


@cache
def gallery_row(digit: int, example: int) -> int:
    """Where in the gallery the example-th digit of the class is, counted from 1."""
    return int((digits.test_digits().labels == digit).nonzero()[example - 1])


@kept
def image(setup: Setup) -> Tensor:
    """x, shape (1, pixels)."""
    model = model_of(setup)
    if setup.model in ONE_NUMBER:
        return _tensor(setup, [(setup.x,)])
    row = gallery_row(setup.digit, setup.example)
    pixels = digits.test_digits().images[row : row + 1]
    binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
    return (mnist.black_and_white(pixels) if binary else mnist.grey(pixels)).to(_sums_on(setup), torch.float64)


@lru_cache(maxsize=512)
@in_process
def encoder_gaussian(setup: Setup) -> vaecore.DiagonalGaussian | None:
    """The encoder's q; None for a model without encoder."""
    model = model_of(setup)
    if model.encoder is None:
        return None
    with torch.no_grad():
        return model.encode(image(setup).to(model.device, model.dtype))


@lru_cache(maxsize=512)
@in_process
def best_gaussian(setup: Setup, beta: float) -> vaecore.DiagonalGaussian:
    """The q that maximises reconstruction − beta · KL for this image."""
    return vaecore.best_gaussian(model_of(setup), image(setup), beta)


def encoder_q(setup: Setup) -> tuple[Numbers, Numbers] | None:
    """Mean and variance of the encoder's q; None for a model without encoder."""
    gaussian = encoder_gaussian(setup)
    return None if gaussian is None else q_of(gaussian)


def best_q(setup: Setup, beta: float) -> tuple[Numbers, Numbers]:
    """Mean and variance of the q that maximises reconstruction − beta · KL for this image."""
    return q_of(best_gaussian(setup, beta))


@kept  # tables of 1.2 MB each, for `digits-2`
@in_process
def evidence_with_table(setup: Setup) -> vaecore.Evidence:
    """log p(x) and the table of log p(x, z), which few ask for."""
    return vaecore.evidence(model_of(setup), image(setup))


@lru_cache(maxsize=512)
@in_process
def evidence(setup: Setup) -> vaecore.Evidence:
    """log p(x), without the table."""
    return replace(evidence_with_table(setup), tables=None)


def table(setup: Setup) -> vaecore.JointTable:
    """log p(x, z) of a model of one or two latents.

    Raises:
        ValueError: the model has more.
    """
    tables = evidence_with_table(setup).tables
    if tables is None:
        raise ValueError(f"the model must have one or two latents for its posterior to be drawn; {setup.model} has more.")
    return tables[0]


@lru_cache(maxsize=512)
@in_process
def elbo(setup: Setup, mean: Numbers, variance: Numbers) -> vaecore.ElboTerms:
    """The bound at one q."""
    return vaecore.elbo(model_of(setup), image(setup), gaussian(setup, mean, variance))


@kept
@in_process
def sweep(setup: Setup, mean: Numbers, path: SweepPath) -> vaecore.VarianceSweep:
    """Every term at every step of the variance slider."""
    return vaecore.sweep_variance(model_of(setup), image(setup), _tensor(setup, [mean]), _variances(setup, path))


@lru_cache(maxsize=512)
@in_process
def best_along_slider(setup: Setup, beta: float, path: SweepPath) -> float:
    """The largest objective along the variance slider when q's mean is that of the best q, in nats."""
    swept = sweep(setup, best_q(setup, beta)[0], path)
    return float(swept.objective(beta).max())


@kept
@in_process
def gaps(setup: Setup, mean: Numbers, path: SweepPath) -> vaecore.Gap:
    """KL(q ‖ p(z|x)) at every step of the variance slider, on a route of its own."""
    steps = _variances(setup, path)
    return vaecore.sweep_gap(model_of(setup), image(setup), _tensor(setup, [mean]), steps, evidence(setup))


@kept
@in_process
def forces(setup: Setup, mean: Numbers, path: SweepPath) -> vaecore.Forces:
    """The slopes of both terms at every step of the variance slider."""
    return vaecore.forces(model_of(setup), image(setup), _tensor(setup, [mean]), _variances(setup, path))


@kept
@in_process
def forces_at(setup: Setup, mean: Numbers, variance: Numbers) -> vaecore.Forces:
    """The slopes of both terms at one q."""
    return vaecore.forces(model_of(setup), image(setup), _tensor(setup, [mean]), _tensor(setup, [variance]))


@lru_cache(maxsize=512)
@in_process
def gap(setup: Setup, mean: Numbers, variance: Numbers) -> vaecore.Gap:
    """KL(q ‖ p(z|x)), on a route of its own."""
    return vaecore.gap(model_of(setup), image(setup), gaussian(setup, mean, variance), evidence(setup))


@in_process
def numbers_at_q(setup: Setup, mean: Numbers, variance: Numbers) -> NumbersAtQ:
    """Every term of log p(x) = reconstruction − kl + gap at one q, as plain floats."""
    return NumbersAtQ.of(elbo(setup, mean, variance), gap(setup, mean, variance), evidence(setup))


def log_evidence(setup: Setup) -> float:
    """log p(x) in nats, as a plain float."""
    return float(evidence(setup).value[0])


@lru_cache(maxsize=256)
def kl_shares(mean: Numbers, variance: Numbers) -> tuple[Tensor, Tensor]:
    """KL per dimension, split into the share of the mean and that of the variance; each of shape (1, latent)."""
    return kl_parts(torch.tensor([mean], dtype=torch.float64), torch.tensor([variance], dtype=torch.float64))


@kept
@in_process
def picture(setup: Setup, mean: Numbers, variance: Numbers, seed: int) -> vaecore.ImageSweep:
    """The mean image over q and eight samples with frozen noise."""
    return _images(setup, mean, _tensor(setup, [variance]), seed)


def pictures(setup: Setup, mean: Numbers, path: SweepPath, steps: int, seed: int) -> vaecore.ImageSweep:
    """The same at so many steps of the variance slider: the first, the last and evenly between."""
    chosen = torch.linspace(0, len(path.scales) - 1, steps, dtype=torch.float64).round().long()
    return _images(setup, mean, _variances(setup, path)[chosen], seed)


@kept
@in_process
def decoded_mean(setup: Setup, mean: Numbers) -> tuple[Float[np.ndarray, " pixels"], float]:
    """E[x|z] at z = q's mean, and log p(x|z) there in nats."""
    pixels, likelihood = decoded_at(model_of(setup), image(setup), _tensor(setup, [mean]))
    return values(pixels)[0], float(likelihood[0])


@kept
@in_process
def posterior_window(setup: Setup) -> PosteriorWindow:
    """The posterior of a model of two latents, close up."""
    return posterior.posterior_window(model_of(setup), image(setup), table(setup))


@kept
@in_process
def latent_curves(setup: Setup) -> LatentCurves:
    """Prior, likelihood and posterior of a model of one latent, as far as the chart of two latents reaches."""
    return posterior.latent_curves(model_of(setup), image(setup), evidence(setup), table(setup), REACH)


def gaussian(setup: Setup, mean: Numbers, variance: Numbers) -> vaecore.DiagonalGaussian:
    """q from plain numbers."""
    return vaecore.DiagonalGaussian(_tensor(setup, [mean]), _tensor(setup, [variance]))


def q_of(gaussian: vaecore.DiagonalGaussian) -> tuple[Numbers, Numbers]:
    """The mean and the variance of q as plain numbers, to the digits of float32, which are those that a link holds."""
    return tuple(gaussian.mean[0].float().tolist()), tuple(gaussian.variance[0].float().tolist())


def _images(setup: Setup, mean: Numbers, variances: Tensor, seed: int) -> vaecore.ImageSweep:
    centre = _tensor(setup, [mean])
    return vaecore.sweep_images(model_of(setup), centre, variances, samples=SAMPLES, seed=seed, points=_POINTS)


def _tensor(setup: Setup, rows: list[Numbers]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64, device=_sums_on(setup))


@lru_cache(maxsize=256)
def _variances(setup: Setup, path: SweepPath) -> Tensor:
    return torch.tensor(path.variances, device=_sums_on(setup))


@lru_cache(maxsize=256)
def _sums_on(setup: Setup) -> torch.device:
    return summation_device(model_of(setup).device)
