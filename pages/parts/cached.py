"""The calls into vaecore, cached: what many visitors ask for is computed once.

Keys are plain values. What comes out is shared by all sessions, without a copy, and is never changed: frozen records.
Images and q are float64 here, so that the numbers carry no rounding of the networks' float32.
"""

from functools import cache, lru_cache

import torch
from torch import Tensor

import vaecore
from pages.parts.bench import Bench
from pages.parts.models import ONE_NUMBER, model_of
from pages.parts.paths import Path
from vaecore import gallery, mnist
from vaecore.devices import summation_device
from vaecore.figures.latent_curves import LatentCurves
from vaecore.figures.latent_plane import REACH, PosteriorWindow
from vaecore.gaussian import kl_parts, standard_normal_log_prob

_PLANE_STEPS, _CURVE_STEPS = 61, 801
_DEPTH, _MARGIN = 7.0, 0.2  # of the close-up: e⁻⁷ of the peak, which a Gaussian reaches at 3.7 sd, and a fifth more
SAMPLES = 8
_POINTS = 64  # over which the mean image averages


@cache
def examples_per_digit() -> tuple[int, ...]:
    """How many digits of each class the gallery holds."""
    return tuple(gallery.test_digits().labels.bincount(minlength=10).tolist())


@cache
def gallery_row(digit: int, example: int) -> int:
    """Where in the gallery the example-th digit of the class is, counted from 1."""
    return int((gallery.test_digits().labels == digit).nonzero()[example - 1])


@cache
def thumbnails() -> Tensor:
    """The first digit of each class, in order, as grey values: shape (10, 784)."""
    return mnist.grey(gallery.test_digits().images[[gallery_row(digit, 1) for digit in range(10)]])


@lru_cache(maxsize=512)
def image(bench: Bench) -> Tensor:
    """x, shape (1, pixels)."""
    model = model_of(bench)
    if bench.model in ONE_NUMBER:
        return _tensor(bench, [(bench.x,)])
    row = gallery_row(bench.digit, bench.example)
    pixels = gallery.test_digits().images[row : row + 1]
    binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
    return (mnist.black_and_white(pixels) if binary else mnist.grey(pixels)).to(_sums_on(bench), torch.float64)


@lru_cache(maxsize=512)
def encoder_answer(bench: Bench) -> vaecore.DiagonalGaussian | None:
    """The encoder's q; None for a model without encoder."""
    model = model_of(bench)
    if model.encoder is None:
        return None
    with torch.no_grad():
        return model.encode(image(bench).to(model.device, model.dtype))


@lru_cache(maxsize=512)
def best(bench: Bench, beta: float) -> vaecore.DiagonalGaussian:
    """The q that maximises reconstruction − beta · KL for this image."""
    return vaecore.best_gaussian(model_of(bench), image(bench), beta)


@lru_cache(maxsize=128)
def evidence(bench: Bench) -> vaecore.Evidence:
    """log p(x) and the table of log p(x, z)."""
    return vaecore.evidence(model_of(bench), image(bench))


def table(bench: Bench) -> vaecore.JointTable:
    """log p(x, z) of a model of one or two latents.

    Raises:
        ValueError: the model has more.
    """
    tables = evidence(bench).tables
    if tables is None:
        raise ValueError(f"the model must have one or two latents for its posterior to be drawn; {bench.model} has more.")
    return tables[0]


@lru_cache(maxsize=512)
def elbo(bench: Bench, mean: tuple[float, ...], variance: tuple[float, ...]) -> vaecore.ElboTerms:
    """The bound at one q."""
    return vaecore.elbo(model_of(bench), image(bench), gaussian(bench, mean, variance))


@lru_cache(maxsize=128)
def sweep(bench: Bench, mean: tuple[float, ...], path: Path) -> vaecore.VarianceSweep:
    """Every term at every step of the variance slider."""
    return vaecore.sweep_variance(model_of(bench), image(bench), _tensor(bench, [mean]), _variances(bench, path))


@lru_cache(maxsize=128)
def gaps(bench: Bench, mean: tuple[float, ...], path: Path) -> vaecore.Gap:
    """KL(q ‖ p(z|x)) at every step of the variance slider, on a route of its own."""
    steps = _variances(bench, path)
    return vaecore.sweep_gap(model_of(bench), image(bench), _tensor(bench, [mean]), steps, evidence(bench))


@lru_cache(maxsize=128)
def forces(bench: Bench, mean: tuple[float, ...], path: Path) -> vaecore.Forces:
    """The slopes of both terms at every step of the variance slider."""
    return vaecore.forces(model_of(bench), image(bench), _tensor(bench, [mean]), _variances(bench, path))


@lru_cache(maxsize=512)
def forces_at(bench: Bench, mean: tuple[float, ...], variance: tuple[float, ...]) -> vaecore.Forces:
    """The slopes of both terms at one q."""
    return vaecore.forces(model_of(bench), image(bench), _tensor(bench, [mean]), _tensor(bench, [variance]))


@lru_cache(maxsize=512)
def gap(bench: Bench, mean: tuple[float, ...], variance: tuple[float, ...]) -> vaecore.Gap:
    """KL(q ‖ p(z|x)), on a route of its own."""
    return vaecore.gap(model_of(bench), image(bench), gaussian(bench, mean, variance), evidence(bench))


@lru_cache(maxsize=256)
def kl_shares(mean: tuple[float, ...], variance: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """KL per dimension, split into the share of the mean and that of the variance; each of shape (1, latent)."""
    return kl_parts(torch.tensor([mean], dtype=torch.float64), torch.tensor([variance], dtype=torch.float64))


@lru_cache(maxsize=512)
def picture(bench: Bench, mean: tuple[float, ...], variance: tuple[float, ...], seed: int) -> vaecore.ImageSweep:
    """The mean image over q and eight samples with frozen noise."""
    return _images(bench, mean, _tensor(bench, [variance]), seed)


@lru_cache(maxsize=16)
def pictures(bench: Bench, mean: tuple[float, ...], path: Path, steps: int, seed: int) -> vaecore.ImageSweep:
    """The same at so many steps of the variance slider: the first, the last and evenly between."""
    chosen = torch.linspace(0, len(path.scales) - 1, steps, dtype=torch.float64).round().long()
    return _images(bench, mean, _variances(bench, path)[chosen], seed)


@lru_cache(maxsize=128)
def posterior_window(bench: Bench) -> PosteriorWindow:
    """The posterior of a model of two latents, close up: a grid about the points where its density is not small."""
    joint = table(bench)
    home = joint.z[joint.log_joint > joint.log_joint.max() - _DEPTH]
    low, high = home.min(0).values, home.max(0).values
    centre, half = (low + high) / 2, (0.5 + _MARGIN) * (high - low).max().clamp_min(1e-3)
    steps = torch.linspace(-1, 1, _PLANE_STEPS, dtype=home.dtype, device=home.device) * half
    first, second = centre[0] + steps, centre[1] + steps
    grid = torch.cartesian_prod(second, first).flip(-1)
    log_density = vaecore.log_joint(model_of(bench), image(bench), grid).reshape(_PLANE_STEPS, _PLANE_STEPS)
    return PosteriorWindow(first, second, (log_density - log_density.max()).exp())


@lru_cache(maxsize=64)
def latent_curves(bench: Bench) -> LatentCurves:
    """Prior, likelihood and posterior of a model of one latent."""
    found = evidence(bench)
    # A regular grid, with the posterior's own points, however narrow it is, among them.
    home = table(bench).z.squeeze(-1)
    points = torch.cat([torch.linspace(-REACH, REACH, _CURVE_STEPS).to(home), home]).unique()
    points = points[points.abs() <= REACH].unsqueeze(-1)
    log_prior = standard_normal_log_prob(points)
    log_joint = vaecore.log_joint(model_of(bench), image(bench), points)
    log_likelihood = log_joint - log_prior
    return LatentCurves(
        z=points.squeeze(-1),
        prior=log_prior.exp(),
        likelihood=(log_likelihood - log_likelihood.max()).exp(),
        posterior=(log_joint - found.value).exp(),
    )


def gaussian(bench: Bench, mean: tuple[float, ...], variance: tuple[float, ...]) -> vaecore.DiagonalGaussian:
    """q from plain numbers."""
    return vaecore.DiagonalGaussian(_tensor(bench, [mean]), _tensor(bench, [variance]))


def q_of(gaussian: vaecore.DiagonalGaussian) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and the variance of q as plain numbers, to the digits of float32, which are those that a link holds."""
    return tuple(gaussian.mean[0].float().tolist()), tuple(gaussian.variance[0].float().tolist())


def _images(bench: Bench, mean: tuple[float, ...], variances: Tensor, seed: int) -> vaecore.ImageSweep:
    centre = _tensor(bench, [mean])
    return vaecore.sweep_images(model_of(bench), centre, variances, samples=SAMPLES, seed=seed, points=_POINTS)


def _tensor(bench: Bench, rows: list[tuple[float, ...]]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64, device=_sums_on(bench))


def _variances(bench: Bench, path: Path) -> Tensor:
    return torch.from_numpy(path.variances).to(_sums_on(bench))


def _sums_on(bench: Bench) -> torch.device:
    return summation_device(model_of(bench).device)
