"""The lattice that a model's images share: decoded once per decoder and process, whatever σx is."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.decoding import PointDecoder
from vaecore.kept import kept
from vaecore.lattice import SHIFTS, DecodedLattice, SinhAxis
from vaecore.likelihoods import BernoulliPixels, GaussianPixels

_REACH = 17.5  # mean 4 and six and a half standard deviations of 2, and a little more
# Spacing in the middle of a strand and its stretch, by number of latents: the rougher the decoder the finer, and the rough
# part of a trained decoder is its middle.
_CHOICES = {1: ((0.04, 4.0), (0.01, 2.0)), 2: ((0.14, 4.0), (0.07, 2.0), (0.04, 1.0), (0.025, 1.0))}
# Second difference of the decoded image over its first, above which features hide between points. Logits bend further than
# grey values for the same picture, and log p(x|z) with them.
_SMOOTH: dict[type, float] = {GaussianPixels: 0.3, BernoulliPixels: 0.15}
_KINK = 0.65  # bend over half the distance, against that over the whole, above which a decoder counts as having kinks
_MOST_BYTES = 300e6


def shared_lattice(decoder: PointDecoder) -> DecodedLattice:
    """The lattice of the decoder's model, decoded now or before."""
    model = decoder.model
    return kept(model.decoder, ("lattice", type(model.likelihood)), lambda: _decode(decoder))


def _decode(decoder: PointDecoder) -> DecodedLattice:
    """The widest lattice on which the decoder bends little from one point to the next, if there is room for it."""
    latents, smooth = decoder.model.latent_dim, _SMOOTH[type(decoder.model.likelihood)]
    axes = [SinhAxis.to_reach(_REACH, spacing, stretch) for spacing, stretch in _CHOICES[latents]]
    chosen = axes[0]
    for axis in axes:
        points = len(SHIFTS[latents]) * (2 * axis.half + 1) ** latents
        if 8 * points * decoder.features > _MOST_BYTES:
            break
        chosen = axis
        if _bend(decoder, axis.spacing).quantile(0.95) < smooth:
            break
    # Halving the distance halves the bend of a smooth decoder everywhere, and leaves it as it is across a kink.
    sharpest, closer = (_bend(decoder, distance).quantile(0.99) for distance in (chosen.spacing, chosen.spacing / 2))
    return DecodedLattice.decode(decoder, chosen, SHIFTS[latents], smooth=bool(closer < _KINK * sharpest))


@torch.no_grad()
def _bend(decoder: PointDecoder, distance: float) -> Float[Tensor, " places"]:
    """How much the decoded image turns over a distance, at random places: its second difference over its first."""
    model = decoder.model
    generator = torch.Generator().manual_seed(0)
    centres, directions = torch.randn(2, 2048, model.latent_dim, generator=generator, dtype=torch.float64)
    steps = distance * nn.functional.normalize(directions, dim=-1)
    before, at, after = (model.decode((centres + step).to(model.device, model.dtype)) for step in (-steps, 0, steps))
    return (before - 2 * at + after).norm(dim=-1) / (after - before).norm(dim=-1).clamp_min(1e-12)
