"""The lattice that a model's images share: decoded once per decoder and process, whatever σx is."""

import torch

from vaecore.core.decoding import DecodedPoints, PointDecoder
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.smoothness import bend, is_smooth
from vaecore.evaluate.quadrature.lattice import SHIFTS, DecodedLattice, SinhAxis
from vaecore.evaluate.quadrature.memory import ModelMemory

_REACH = 17.5  # mean 4 and six and a half standard deviations of 2, and a little more
# Spacing in the middle of a strand and its stretch, by number of latents: the rougher the decoder the finer, and the rough
# part of a trained decoder is its middle.
_CHOICES = {1: ((0.04, 4.0), (0.01, 2.0)), 2: ((0.14, 4.0), (0.07, 2.0), (0.04, 1.0), (0.025, 1.0))}
# Second difference of the decoded image over its first, above which features hide between points. Logits bend further than
# grey values for the same picture, and log p(x|z) with them.
_SMOOTH: dict[type, float] = {GaussianPixels: 0.3, BernoulliPixels: 0.15}
_MOST_NUMBERS = 38e6  # features that a lattice may keep: 152 MB in float32; the coarsest of 28 × 28 pixels fits


def shared_lattice(decoder: PointDecoder, memory: ModelMemory) -> DecodedLattice:
    """The lattice of the decoder's model, decoded now or before."""
    return memory.features.get(["lattice"], lambda _: [_decode(decoder)], _size)[0]


def _decode(decoder: PointDecoder) -> DecodedLattice:
    """The widest lattice on which the decoder bends little from one point to the next, if there is room for it."""
    latents, smooth = decoder.model.latent_dim, _SMOOTH[type(decoder.model.likelihood)]
    axes = [SinhAxis.to_reach(_REACH, spacing, stretch) for spacing, stretch in _CHOICES[latents]]
    numbers = [len(SHIFTS[latents]) * (2 * axis.half + 1) ** latents * decoder.features for axis in axes]
    chosen = axes[0]
    for axis, count in zip(axes, numbers, strict=True):
        if count > _MOST_NUMBERS:
            break
        chosen = axis
        if bend(decoder.model, axis.spacing).quantile(0.95) < smooth:
            break
    lattice = DecodedLattice(chosen, latents, is_smooth(decoder.model, chosen.spacing), None)
    if numbers[0] > _MOST_NUMBERS:
        return lattice
    strands = [decoder.decode(lattice.latents(strand)) for strand in range(len(SHIFTS[latents]))]
    points = DecodedPoints(
        *(torch.cat(columns) for columns in zip(*((s.features, s.log_partition) for s in strands), strict=True))
    )
    return DecodedLattice(lattice.axis, latents, lattice.smooth, points)


def _size(lattice: DecodedLattice) -> int:
    points = lattice.points
    return 0 if points is None else points.features.nbytes + points.log_partition.nbytes
