"""The weight w(z) = p(x, z) / q(z), whose mean under q is p(x): what Jensen's inequality is applied to.

    log p(x)  =  log E_q[w]  ≥  E_q[log w]  =  ELBO        with equality only where w is the same for all z that q can draw

and between the two, with the mean of K weights in place of one, the importance bounds (Burda et al. 2016, eq. 8).
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.models import VAE
from vaecore.core.records import ImportanceBound
from vaecore.evaluate.api import log_joint


def common_random_numbers(draws: int, latents: int, seed: int) -> Float[Tensor, "draws latent"]:
    """Standard normal noise, float64, the same for the same seed."""
    return torch.randn(draws, latents, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def log_weights(
    model: VAE, x: Float[Tensor, "1 pixels"], q: DiagonalGaussian, z: Float[Tensor, "points batch latent"]
) -> Float[Tensor, "points batch"]:
    """log p(x, z) − log q(z), in nats, of one image and several q, each at its own points.

    Raises:
        ValueError: x is not one image of the model, or z does not have its latents.
    """
    joint = log_joint(model, x, z.expand(-1, len(q.mean), -1).flatten(0, 1)).reshape(len(z), -1)
    return joint - q.log_prob(z)


def log_mean(log_weights: Float[Tensor, "draws ..."]) -> Float[Tensor, "..."]:
    """log of the mean weight over the draws, in nats: by Jensen's inequality never less than `log_weights.mean(0)`."""
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def importance_ladder(log_weights: Float[Tensor, "draws batch"], samples: Sequence[int]) -> ImportanceBound:
    """L_K for each K in `samples`, from the same draws cut into groups of K, with one standard error: shape (batch, rungs).

    Raises:
        ValueError: there are not at least two groups of the largest K.
    """
    draws = len(log_weights)
    if min(samples) < 1 or 2 * max(samples) > draws:
        raise ValueError(f"samples must be from 1 to half of the {draws} draws; got {min(samples)} to {max(samples)}.")
    values, errors = [], []
    for size in samples:
        groups = draws // size
        bounds = log_mean(log_weights[: groups * size].reshape(groups, size, -1).transpose(0, 1))
        values.append(bounds.mean(0))
        errors.append(bounds.std(0) / math.sqrt(groups))
    return ImportanceBound(torch.stack(values, -1), torch.stack(errors, -1))
