"""What q's images look like: E[x|z] averaged over q, and single draws."""

from collections.abc import Callable
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.decoder_layers import split_decoder
from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.finite import NotFiniteError, all_finite
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.core.records import ImageSweep
from vaecore.evaluate.inputs import Array, latents_of, variances_of, whole_number
from vaecore.evaluate.sobol_points import points_for, whitened_sobol

Layers = Callable[[Tensor], Tensor]

_AT_ONCE = 2048  # points per pass


@in_evaluation_mode
def sweep_images(
    model: VAE,
    mean: Array,
    variances: Array,
    *,
    samples: int = 8,
    seed: int = 0,
    points: int = 256,
) -> ImageSweep:
    """E[x|z] averaged over q at every variance, and of single draws with the same noise at each; in the decoder's dtype.

    Args:
        model: the model.
        mean: q's mean of each image, the same at every step.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).
        samples: how many draws are shown.
        seed: of these draws.
        points: how many whitened Sobol points the average is over; at least twice as many as latents are taken.

    Raises:
        ValueError: there is nothing to average over, a mean is not finite, or a variance is not positive and finite.

    Example:
        >>> import torch, vaecore
        >>> images = vaecore.sweep_images(
        ...     vaecore.load("digits-2"), torch.zeros(1, 2), torch.tensor([0.01, 1.0]), samples=3
        ... )
        >>> images.mean_image.shape, images.samples.shape
        (torch.Size([1, 2, 784]), torch.Size([1, 2, 3, 784]))
    """
    mean, variances = latents_of(model, mean, "q's mean"), variances_of(model, variances)
    points, samples = whole_number(points, "points", 1), whole_number(samples, "samples", 0)
    seed = whole_number(seed, "seed", -(2**63))
    noise = _noise(model.latent_dim, samples, seed, points).to(model.device, model.dtype)
    deviations = variances.to(noise).sqrt()
    before, after = _at_the_average(model)
    averages, pictures = [], []
    for centre in mean.to(noise):
        for some in deviations.split(max(1, _AT_ONCE // len(noise))):
            z = centre + some[:, None] * noise
            decoded = _in_rows(before, z)
            shown = torch.cat([decoded[:, samples:].mean(1, keepdim=True), decoded[:, :samples]], dim=1)
            shown = _in_rows(after, shown)
            if not all_finite(shown):
                raise NotFiniteError("the decoder must give finite pixels; some of these images are not.")
            averages.append(shown[:, 0])
            pictures.append(shown[:, 1:])
    if not averages:
        none = noise.new_empty(0, len(variances), samples + 1, model.pixels)
        return ImageSweep(none[:, :, 0], none[:, :, 1:])
    shape = (len(mean), len(variances))
    return ImageSweep(torch.cat(averages).unflatten(0, shape), torch.cat(pictures).unflatten(0, shape))


@lru_cache(maxsize=64)  # one for each seed; all steps and all means share it
def _noise(latents: int, samples: int, seed: int, points: int) -> Float[Tensor, "points latent"]:
    """The draws, and the points that the average is over."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(samples, latents, generator=generator, dtype=torch.float64)
    return torch.cat([drawn, whitened_sobol(latents, max(points, points_for(latents)), 1)[0]])


def _at_the_average(model: VAE) -> tuple[Layers, Layers]:
    """The way from z to E[x|z] in two parts, the second of which is linear.

    The average of what a linear layer gives is what it gives for the average: far fewer rows for the widest layer.
    """
    layers = split_decoder(model)
    if layers.body is not None and layers.last is not None and isinstance(model.likelihood, GaussianPixels):
        return layers.body, layers.last
    return lambda z: model.likelihood.mean(model.decode(z)), nn.Identity()


def _in_rows(layers: Layers, values: Float[Tensor, "steps points _"]) -> Float[Tensor, "steps points _"]:
    """Decoders are only asked to take rows of latents."""
    return layers(values.flatten(0, 1)).unflatten(0, values.shape[:2])
