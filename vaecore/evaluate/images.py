"""What q's images look like: E[x|z] averaged over q, and single draws."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.decoding import split_last_linear
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.core.records import ImageSweep
from vaecore.evaluate.sobol import points_for, whitened_sobol

Layers = Callable[[Tensor], Tensor]

_AT_ONCE = 2048  # points per pass


@torch.no_grad()
def sweep_images(
    model: VAE,
    mean: Float[Tensor, "batch latent"],
    variances: Float[Tensor, "steps latent"],
    *,
    samples: int = 8,
    seed: int = 0,
    points: int = 256,
) -> ImageSweep:
    """E[x|z] averaged over q at every variance, and of single draws with frozen noise; in the dtype of the decoder.

    Args:
        model: the model.
        mean: q's mean, held still.
        variances: of every step.
        samples: how many draws are shown.
        seed: of these draws.
        points: how many whitened Sobol points the average is over; at least twice as many as latents are taken.

    Raises:
        ValueError: there is nothing to average over.
    """
    if points < 1:
        raise ValueError(f"points must be at least 1; got {points}.")
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(samples, model.latent_dim, generator=generator, dtype=torch.float64)
    even = whitened_sobol(model.latent_dim, max(points, points_for(model.latent_dim)), 1)[0]
    noise = torch.cat([drawn, even]).to(model.device, model.dtype)
    deviations = variances.detach().to(noise).sqrt()
    before, after = _at_the_average(model)
    averages, pictures = [], []
    for centre in mean.detach().to(noise):
        for some in deviations.split(max(1, _AT_ONCE // len(noise))):
            z = centre + some[:, None] * noise
            decoded = _in_rows(before, z)
            shown = torch.cat([decoded[:, samples:].mean(1, keepdim=True), decoded[:, :samples]], dim=1)
            shown = _in_rows(after, shown)
            averages.append(shown[:, 0])
            pictures.append(shown[:, 1:])
    shape = (len(mean), len(variances))
    return ImageSweep(torch.cat(averages).unflatten(0, shape), torch.cat(pictures).unflatten(0, shape))


def _at_the_average(model: VAE) -> tuple[Layers, Layers]:
    """The way from z to E[x|z] in two parts, the second of which is linear.

    The average of what a linear layer gives is what it gives for the average: far fewer rows for the widest layer.
    """
    body, last = split_last_linear(model.decoder)
    if last is not None and isinstance(model.likelihood, GaussianPixels):
        return body, last
    return lambda z: model.likelihood.mean(model.decode(z)), nn.Identity()


def _in_rows(layers: Layers, values: Float[Tensor, "steps points _"]) -> Float[Tensor, "steps points _"]:
    """Decoders need to take no more than rows of latents."""
    return layers(values.flatten(0, 1)).unflatten(0, values.shape[:2])
