"""What callers pass in, checked against the model and brought into the form that the evaluators take.

NumPy arrays are taken as tensors, images of any shape as their pixels in order, and everything about q in float64 on the
device on which the model's sums are done. Nothing that comes out carries a gradient.
"""

import math
from operator import index
from typing import Protocol, SupportsFloat, SupportsIndex, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.arrays import readable
from vaecore.core.decoder_layers import image_shape
from vaecore.core.devices import summation_device
from vaecore.core.finite import all_finite
from vaecore.core.gaussian import DiagonalGaussian, refuse_outside
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.core.records import Evidence

_WIDEST, _FARTHEST = 1e6, 1e9  # of q's variances and means, where the prior's are 1 and 0
_LARGEST = 1e14  # of an image, in σₓ: float64 has 16 digits, and no fewer than two are left for f(z) − x


@runtime_checkable
class Array(Protocol):
    """A tensor, or an array that NumPy can read; shapes are checked by the functions below."""

    def __array__(self) -> object:
        """The values, as NumPy sees them."""


def pixels_of(model: VAE, x: Array) -> Float[Tensor, "batch pixels"]:
    """Images of the model, one row each. Half precision becomes float32.

    Raises:
        TypeError: x is no array.
        ValueError: x is no batch of the model's images.
    """
    x = _tensor(x, "x")
    shape = image_shape(model)
    if x.ndim < 2:
        raise ValueError(f"x must have shape (batch, pixels); got x.shape={tuple(x.shape)}.")
    if math.prod(x.shape[1:]) != shape.numel():
        problem = f"x must have {shape.numel()} pixels, as the decoder makes them; got x.shape={tuple(x.shape)}."
        if 2 * math.prod(x.shape[1:]) == shape.numel():
            problem += " A mean and a variance for every pixel are not supported: the decoder must give the means alone."
        raise ValueError(problem)
    if not x.is_floating_point():
        raise ValueError(f"x must be of a floating type; got {x.dtype}.")
    x = x.flatten(1).to(torch.promote_types(x.dtype, torch.float32))
    model.likelihood.check(x)
    _refuse_out_of_scale(model, x)
    return x


def q_of(model: VAE, x: Tensor, q: DiagonalGaussian) -> DiagonalGaussian:
    """One q for each image.

    Raises:
        TypeError: q is no Gaussian.
        ValueError: q does not fit the model or the images.
    """
    if not (hasattr(q, "mean") and hasattr(q, "variance")):
        raise TypeError(f"q must be a DiagonalGaussian; got {type(q).__name__}.")
    mean = mean_of(model, x, q.mean)
    found = DiagonalGaussian(mean, _tensor(q.variance, "q's variance").to(mean))
    if len(mean):
        _refuse_beyond(found.variance.max().item(), _WIDEST, "q's variance must be at most {:g}; the prior's is 1")
    return found


def mean_of(model: VAE, x: Tensor, mean: Array) -> Float[Tensor, "batch latent"]:
    """One mean for each image.

    Raises:
        ValueError: the means do not fit the model or the images, are not finite, or far beyond all of the prior.
    """
    found = latents_of(model, mean, "q's mean", finite=False)
    if len(found) != len(x):
        raise ValueError(f"x and q must have the same batch size; got {len(x)} and {len(found)}.")
    farthest = max(map(abs, refuse_outside(found, -math.inf, "q's mean must be finite")))
    _refuse_beyond(farthest, _FARTHEST, "q's mean must lie within {:g} of 0, the prior's mean")
    return found


def variances_of(model: VAE, variances: Array) -> Float[Tensor, "steps latent"]:
    """The variances of a sweep, one for each dimension.

    Raises:
        ValueError: their shape is neither (steps,) nor (steps, latent), or one is not positive and finite.
    """
    found = _tensor(variances, "variances")
    if found.ndim == 1:
        found = found[:, None].expand(-1, model.latent_dim)
    if found.ndim != 2:
        raise ValueError(f"variances must have shape (steps,) or (steps, latent); got {tuple(found.shape)}.")
    if not len(found):
        raise ValueError("variances must have at least one step; got none.")
    found = latents_of(model, found, "variances", finite=False)
    _, widest = refuse_outside(found, 0.0, "variance must be positive and finite")
    _refuse_beyond(widest, _WIDEST, "variances must be at most {:g}; the prior's is 1")
    return found


def latents_of(model: VAE, values: Array, what: str, *, finite: bool = True) -> Float[Tensor, "points latent"]:
    """Points of the latent space.

    Raises:
        ValueError: they do not have the model's latents, or are not finite where they must be.
    """
    found = _tensor(values, what)
    if found.ndim != 2 or found.shape[-1] != model.latent_dim:
        raise ValueError(f"{what} must have {model.latent_dim} columns, one per latent; got shape {tuple(found.shape)}.")
    if finite and not all_finite(found):
        raise ValueError(f"{what} must be finite; got {found[~found.isfinite()][0].item():g}.")
    return found.to(summation_device(model.device), torch.float64)


def evidence_of(x: Tensor, known: Evidence) -> Evidence:
    """What is known of log p(x), one number for each image.

    Raises:
        TypeError: it is no `Evidence`.
        ValueError: there are not as many numbers as images.
    """
    if not isinstance(known, Evidence):
        raise TypeError(f"the evidence must be what vaecore.evidence returns; got {type(known).__name__}.")
    if len(known.value) != len(x):
        raise ValueError(f"x and the evidence must have the same batch size; got {len(x)} and {len(known.value)}.")
    return Evidence(known.value.detach().to(x), known.error.detach().to(x), known.accuracy, None)


def whole_number(value: SupportsIndex, what: str, least: int) -> int:
    """A number of things.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is too small, or does not fit into 64 bits.
    """
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{what} must be a whole number; got {value!r}.") from None
    if not least <= number < 2**63:
        raise ValueError(f"{what} must be at least {least}{'' if number < least else ' and below 2⁶³'}; got {number}.")
    return number


def weight_of(beta: object) -> float:
    """The weight of KL in an objective: a number, or an array that holds one.

    Raises:
        TypeError: it is no number.
        ValueError: it is not positive and finite.
    """
    if not isinstance(beta, SupportsFloat) or math.prod(getattr(beta, "shape", ())) != 1:
        raise TypeError(f"beta must be a number; got {type(beta).__name__}.")
    weight = float(beta)
    if not 0 < weight < math.inf:
        raise ValueError(f"beta must be positive and finite; got {beta}.")
    return weight


def _refuse_out_of_scale(model: VAE, x: Tensor) -> None:
    """Refuse images of which no floating type tells how far the decoder's are, in σₓ."""
    likelihood = model.likelihood
    if not isinstance(likelihood, GaussianPixels) or not x.numel():
        return
    deviation, largest = float(torch.as_tensor(likelihood.variance).detach().min()) ** 0.5, float(x.abs().max())
    if largest * x.shape[1] ** 0.5 > _LARGEST * deviation:
        raise ValueError(
            f"x must be of a size with the decoder's images and σₓ; its largest pixel is {largest:g}, and the smallest σₓ "
            f"{deviation:.2g}. Are the images scaled as in training?"
        )


def _refuse_beyond(most: float, limit: float, demand: str) -> None:
    """Refuse a q so far from the prior, or so wide, that no sum over points of the latent space ends."""
    if most > limit:
        raise ValueError(f"{demand.format(limit)}; got {most:g}.")


def _tensor(values: Array, what: str) -> Tensor:
    if not isinstance(values, Tensor):
        if not isinstance(values, Array):
            raise TypeError(f"{what} must be a tensor or a NumPy array; got {type(values).__name__}.")
        values = torch.as_tensor(readable(values, what))
    if values.layout is not torch.strided or values.is_meta:
        kind = "without values, of the device meta" if values.is_meta else f"of the layout {values.layout}"
        raise ValueError(f"{what} must be a dense tensor with values; got one {kind}.")
    # Tensors of torch's inference mode cannot take part in the gradients that are taken inside.
    return values.clone() if values.is_inference() else values.detach()
