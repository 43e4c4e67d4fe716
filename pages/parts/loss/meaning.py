"""What one form of a loss means: numbers from the core, for the spectrum of the images and the curve of a model."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from pages.parts.compute import cached
from pages.parts.loss.questions import Eigenvalues
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from vaecore.core.records import VarianceSweep
from vaecore.data.model_card import model_card
from vaecore.figures.values import values
from vaecore.losses import water_filling
from vaecore.losses.best_variance import BestVariance, best_variance, cost_of, excess_over_minimum
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm
from vaecore.losses.water_filling import WaterFilling

CURVE_STRIDE = 3
"""Of the sweep's steps, for the curve that moves: 81 points."""


@dataclass(frozen=True)
class ReferenceCurve:
    """A pretrained model of two latents on its first image, and the sweep of q's variance at the encoder's mean."""

    name: str
    noise_variance: float | None  # σₓ²; None where pixels are black or white
    path: SweepPath
    sweep: VarianceSweep


@dataclass(frozen=True)
class Spectrum:
    """The eigenvalues of the images' pixel covariance, in squared units of the pixels that the loss compares."""

    name: str
    eigenvalues: Float[np.ndarray, " pixels"]  # descending
    unit: float  # eigenvalues and level are divided by it on the chart, to be those of pixels between 0 and 1

    @property
    def whose(self) -> str:
        """The images whose it is, as an owner."""
        return f"{self.name}’" if self.name.endswith("s") else f"{self.name}’s"


@dataclass(frozen=True)
class Meaning:
    """All that one form means. None where the form does not determine it."""

    form: LossForm
    level: float | None  # β·σₓ²
    noise_variance: float | None  # σₓ², with β = 1 or as learned
    beta: float | None  # where the form fixes it
    beta_for_own: float | None  # β if the visitor's own σₓ is meant
    spectrum: str | None  # whose eigenvalues the next field is about
    largest: float | None  # of its eigenvalues
    filling: WaterFilling | None
    best: BestVariance  # of q, on the reference curve
    elbo_variance: float  # where the ELBO is largest on that curve
    height: tuple[float, ...]  # nats above the lowest point, along that curve


@lru_cache(maxsize=2)
def reference_curve(data: DataTerm) -> ReferenceCurve:
    """The pretrained model whose pixels are those of the data term.

    Raises:
        ValueError: the model has no encoder.
    """
    name = "digits-2-binary" if data is DataTerm.CROSS_ENTROPY else parameters.DEFAULT_MODEL
    setup = Setup(name, int(parameters.DIGIT.default))
    encoder = cached.encoder_gaussian(setup)
    if encoder is None:
        raise ValueError(f"the model of this screen must have an encoder; {name} has none.")
    mean, variance = cached.q_of(encoder)
    path = SweepPath.along(SliderMode.ALL, variance, 0, None)
    noise = model_card(name).sigma_x
    return ReferenceCurve(name, None if noise is None else noise**2, path, cached.sweep(setup, mean, path))


def spectrum_of(form: LossForm, own: Eigenvalues | None) -> Spectrum | None:
    """The visitor's own eigenvalues, or MNIST's for MNIST at 28 × 28, in the units of the pixels; None for other images."""
    if own is not None:
        return Spectrum("your images", np.array(own), 1.0)
    if not form.of_mnist or form.range_width is None:
        return None
    unit = form.range_width**2
    return Spectrum("MNIST", water_filling.mnist_spectrum() * unit, unit)


@lru_cache(maxsize=512)
def meaning(form: LossForm, own_noise: float, own_eigenvalues: Eigenvalues | None = None) -> Meaning:
    """All that a loss of this form means.

    Args:
        form: the loss.
        own_noise: the visitor's own σₓ, for the β that the loss has if it is meant.
        own_eigenvalues: of the visitor's own images, descending, one per pixel or the largest ones.
    """
    spectrum, curve = spectrum_of(form, own_eigenvalues), reference_curve(form.data)
    level, noise = form.level, None
    if level is not None:
        noise = form.noise_variance()
    elif form.data is DataTerm.LEARNED_NOISE and form.beta is not None and spectrum is not None:
        noise = _learned_noise(spectrum, form)
        level = None if noise is None else form.beta * noise
    beta = form.beta_on_variances(curve.noise_variance)
    scales, elbo = np.array(curve.path.scales), values(curve.sweep.elbo)[0]
    best = best_variance(scales, values(cost_of(curve.sweep, beta, form.written_kl))[0], elbo)
    height = values(excess_over_minimum(curve.sweep, beta, form.written_kl))[0]
    filling = None
    if level is not None and spectrum is not None:
        filling = water_filling.reverse_water_filling(spectrum.eigenvalues, level, form.latents)
    return Meaning(
        form=form,
        level=level,
        noise_variance=noise,
        beta=form.beta,
        beta_for_own=None if form.level is None else form.beta_for(own_noise**2),
        spectrum=None if spectrum is None else spectrum.name,
        largest=None if spectrum is None else float(spectrum.eigenvalues[0]),
        filling=filling,
        best=best,
        elbo_variance=best_variance(scales, -elbo, elbo).variance,
        height=tuple(height[::CURVE_STRIDE].tolist()),
    )


def _learned_noise(spectrum: Spectrum, form: LossForm) -> float | None:
    """σₓ² that a linear VAE learns; None where it falls to zero, or where not all eigenvalues are known."""
    if len(spectrum.eigenvalues) != form.pixels or form.beta is None:
        return None
    try:
        return water_filling.learned_noise_variance(spectrum.eigenvalues, form.latents, form.beta)
    except ValueError:
        return None
