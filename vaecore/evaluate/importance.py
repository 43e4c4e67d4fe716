"""The importance-weighted bound, which climbs from the ELBO (K = 1) to log p(x) as K grows."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import DiagonalGaussian, standard_normal_log_prob
from vaecore.core.records import ImportanceBound


def importance_bounds(
    decoder: PointDecoder,
    x: Float[Tensor, "batch pixels"],
    q: DiagonalGaussian,
    samples: int,
    seed: int,
    replicates: int,
) -> ImportanceBound:
    """L_K of each image, averaged over independent replicates, and the standard error of that average.

    Image i of a batch gets the same draws whatever stands beside it.
    """
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(replicates * samples, q.latent_dim, generator=generator, dtype=torch.float64).to(decoder.device)
    if not len(x):
        return ImportanceBound(x.new_empty(0), x.new_empty(0))
    rows = []
    for image, mean, variance in zip(x, q.mean, q.variance, strict=True):
        one = DiagonalGaussian(*(t[None].to(decoder.device, torch.float64) for t in (mean, variance)))
        rows.append(_log_weights(decoder, decoder.project(image), one, noise).reshape(replicates, samples))
    # Log-sum-exp over the K samples of one draw, never over replicates or images.
    bounds = torch.stack(rows).logsumexp(-1) - math.log(samples)
    error = bounds.std(-1) / math.sqrt(replicates)
    return ImportanceBound(bounds.mean(-1).to(x), error.to(x))


def _log_weights(
    decoder: PointDecoder, image: ProjectedImage, q: DiagonalGaussian, noise: Float[Tensor, "draws latent"]
) -> Float[Tensor, " draws"]:
    """log p(x, z) − log q(z) at z = mean + sd · noise."""
    z = q.at(noise)
    return decoder.log_likelihood(image, z) + standard_normal_log_prob(z) - q.log_prob(z)
