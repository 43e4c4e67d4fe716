"""Whether a decoder is a function of z, seen at a few fixed points at which every decoder is decoded at every call."""

import warnings
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.likelihoods import BernoulliPixels
from vaecore.core.models import VAE
from vaecore.core.module_cache import agree

HALF = (torch.float16, torch.bfloat16)
"""Floating types in which nothing is computed."""
_SCALES = (
    0.3,
    0.6,
    1.0,
    1.5,
    2.0,
    3.0,
    4.5,
    6.0,
)  # distances of the probe's points from the prior's mean, in its deviations


@lru_cache(maxsize=16)
def probe_of(latent_dim: int) -> Float[Tensor, "points latent"]:
    """Fixed points, near and far, at which every decoder is decoded at every call."""
    directions = torch.randn(len(_SCALES), latent_dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return directions * torch.tensor(_SCALES, dtype=torch.float64)[:, None]


def check_function(model: VAE, probe: Float[Tensor, "points latent"], output: Float[Tensor, "points pixels"]) -> None:
    """That the decoder is a function of z: of nothing random, and of each z alone.

    Args:
        model: the model, in evaluation mode.
        probe: points of the latent space.
        output: what the decoder gives there.

    Raises:
        ValueError: it is none.
    """
    if output.dtype in HALF:
        raise ValueError(
            f"the decoder has weights in {model.dtype} but returns {output.dtype}, of three digits: leave the conversion in "
            "its forward out, or convert the whole decoder, which is then evaluated as a float32 copy."
        )
    if not agree(output, model.decode(probe)):
        raise ValueError(
            "the decoder must give the same image for the same z; in evaluation mode this one still gives a random one "
            "(functional dropout without training=self.training, noise that is added in forward, or a forward that writes "
            "into its z?)."
        )
    if not agree(output[:3], model.decode(probe[:3])):
        raise ValueError(
            "the decoder must map every z on its own; in evaluation mode the images of this one still depend on what else "
            "is in the batch (a batch norm with track_running_stats=False?)."
        )
    if isinstance(model.likelihood, BernoulliPixels) and 0 < output.min() < output.max() < 1:
        warnings.warn(
            "BernoulliPixels takes logits, which may be any numbers, but every output of this decoder lies between 0 and 1. "
            "If it ends in a sigmoid, leave that out.",
            stacklevel=2,
        )
