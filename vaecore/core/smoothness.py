"""How smooth a decoder is, measured: what lattices and interpolation rely on."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.models import VAE

_KINK = 0.65  # bend over half the distance, against that over the whole, above which a decoder counts as having kinks


def is_smooth(model: VAE, distance: float, places: int = 2048) -> bool:
    """Whether the decoder is smooth at this scale and below.

    Halving the distance halves the bend of a smooth decoder everywhere, and leaves it as it is across a kink.
    """
    sharpest, closer = (bend(model, d, places).quantile(0.99) for d in (distance, distance / 2))
    return bool(closer < _KINK * sharpest)


@torch.no_grad()
def bend(model: VAE, distance: float, places: int = 2048) -> Float[Tensor, " places"]:
    """How much the decoded image turns over a distance, at random places: its second difference over its first."""
    generator = torch.Generator().manual_seed(0)
    centres, directions = torch.randn(2, places, model.latent_dim, generator=generator, dtype=torch.float64)
    steps = distance * nn.functional.normalize(directions, dim=-1)
    before, at, after = (model.decode((centres + step).to(model.device, model.dtype)) for step in (-steps, 0, steps))
    return (before - 2 * at + after).norm(dim=-1) / (after - before).norm(dim=-1).clamp_min(1e-12)
