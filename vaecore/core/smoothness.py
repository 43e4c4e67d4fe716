"""How smooth a decoder is, measured at random places: what lattices and interpolation rely on."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.models import VAE

# Ratio of `bend` over half the distance to that over the whole, above which a decoder counts as having kinks. In the limit
# it is ½ for a smooth decoder and 1 across a kink. At the distances in use, random networks of 2 to 16 latents show at most
# 0.50 with SiLU and tanh units and at least 0.76 with ReLU and LeakyReLU units; the shipped ones show at most 0.60.
_KINK = 0.65
# Second differences below this many roundings of the decoded image are noise. Random linear networks of 2 to 5 layers, up to
# 512 units wide, show up to 15.
_ROUNDINGS = 32


def is_smooth(model: VAE, distance: float, places: int = 2048, known: Float[Tensor, " places"] | None = None) -> bool:
    """Whether the decoder is smooth at this scale and below.

    Halving the distance halves the bend of a smooth decoder everywhere, and leaves it as it is across a kink. An exactly
    linear decoder bends nowhere and is smooth.

    Args:
        model: the model.
        distance: the scale.
        places: how many are looked at.
        known: `bend` over this distance there, if it has been measured.
    """
    whole = bend(model, distance, places) if known is None else known
    return bool(bend(model, distance / 2, places).quantile(0.99) <= _KINK * whole.quantile(0.99))


@torch.no_grad()
def bend(model: VAE, distance: float, places: int = 2048) -> Float[Tensor, " places"]:
    """How much the decoded image bends over a distance, at random places: its second difference over its first.

    Second differences that rounding alone could explain count as 0.
    """
    generator = torch.Generator().manual_seed(0)
    centres, directions = torch.randn(2, places, model.latent_dim, generator=generator, dtype=torch.float64)
    steps = distance * nn.functional.normalize(directions, dim=-1)
    before, at, after = (model.decode((centres + step).to(model.device, model.dtype)) for step in (-steps, 0, steps))
    rounding = _ROUNDINGS * torch.finfo(at.dtype).eps * at.norm(dim=-1)
    second = ((before - 2 * at + after).norm(dim=-1) - rounding).clamp_min(0)
    return second / (after - before).norm(dim=-1).clamp_min(1e-12)
