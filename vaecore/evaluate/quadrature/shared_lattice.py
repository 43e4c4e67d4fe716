"""The lattice that a model's images share: decoded once per decoder and process, whatever σₓ is."""

from dataclasses import replace

import torch

from vaecore.core.decoding import DecodedPoints, PointDecoder
from vaecore.core.decoding_budget import budget_factor
from vaecore.core.jumps import jumps
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.smoothness import bend, is_smooth
from vaecore.evaluate.quadrature.lattice import SHIFTS, DecodedLattice, SinhAxis, product
from vaecore.evaluate.quadrature.memory import ModelMemory

_REACH = 17.5  # mean 4 and six and a half standard deviations of 2, and a little more
# Spacing in the middle of a strand and its stretch, by number of latents: the rougher the decoder the finer, and the rough
# part of a trained decoder is its middle.
_CHOICES = {1: ((0.04, 4.0), (0.01, 2.0)), 2: ((0.14, 4.0), (0.07, 2.0), (0.04, 1.0), (0.025, 1.0))}
# The same for two latents and a decoder with convolutions, each of whose points takes as long as fifty of others.
_SPACINGS, _STRETCHES = (0.28, 0.14, 0.07, 0.04, 0.025), (3.0, 2.0, 1.0)
_MOST_COST = 1.2e11  # multiply-adds of such a lattice: one to two seconds of one thread
_PLACES, _PLACES_OF_CONVOLUTIONS = 2048, 128  # at which it is measured how much the decoder bends
# Second difference of the decoded image over its first, above which features hide between points. Logits bend further than
# grey values for the same picture, and log p(x|z) with them.
_SMOOTH: dict[type, float] = {GaussianPixels: 0.3, BernoulliPixels: 0.15}
_FINE_FOR_JUMPS = 0.001, 2.0  # spacing and stretch along one latent where the decoder jumps
_FEW_EACH = {1: 100, 2: 10}  # points on either side of 0 that are decoded to see jumps where no lattice is kept
_MOST_NUMBERS = 38e6  # features that a lattice may keep: 152 MB in float32; the coarsest of 28 × 28 pixels fits


def shared_lattice(decoder: PointDecoder, memory: ModelMemory) -> DecodedLattice:
    """The lattice of the decoder's model, decoded now or before."""
    key = "lattice", budget_factor() if decoder.convolves else 1.0
    return memory.features.get([key], lambda _: [_decode(decoder)], _size)[0]


def _decode(decoder: PointDecoder) -> DecodedLattice:
    """The widest lattice on which the decoder bends little from one point to the next, if there is room for it."""
    model, latents = decoder.model, decoder.model.latent_dim
    limit, places = _SMOOTH[type(model.likelihood)], _PLACES_OF_CONVOLUTIONS if decoder.convolves else _PLACES
    for axis in _axes(decoder):
        bends = bend(model, axis.spacing, places)
        if bends.quantile(0.95) < limit:
            break
    if decoder.convolves:
        # Many small kinks look smooth from afar; they are what a lattice with few points cannot see.
        smooth = bool(bends.quantile(0.95) < limit) and is_smooth(model, axis.spacing / 4, places)
    else:
        smooth = is_smooth(model, axis.spacing, places, bends)
    lattice = DecodedLattice(axis, latents, smooth, None, too_coarse=decoder.convolves and not smooth)
    known = _points(axis, latents) * decoder.features <= _MOST_NUMBERS
    first = decoder.decode(lattice.latents(0)) if known else None
    if _jumps(decoder, lattice, first):
        # Between its points a step may be anywhere: as fine as there is room for.
        lattice = replace(lattice, axis=_finest(decoder, axis), smooth=False, jumps=True)
        first = decoder.decode(lattice.latents(0)) if known else None
    if first is None:
        return lattice
    strands = [first, *(decoder.decode(lattice.latents(strand)) for strand in range(1, len(SHIFTS[latents])))]
    points = DecodedPoints(
        *(torch.cat(columns) for columns in zip(*((s.features, s.log_partition) for s in strands), strict=True))
    )
    return replace(lattice, points=points)


def _jumps(decoder: PointDecoder, lattice: DecodedLattice, first: DecodedPoints | None) -> bool:
    """Whether the decoder jumps: seen on the lattice's first strand, or on a smaller one where none is kept."""
    axes = [axis[0] for axis in lattice.axes]
    if first is None:
        middle, few = lattice.axis.half, _FEW_EACH[lattice.dimensions]
        axes = [axis[max(0, middle - few) : middle + few + 1] for axis in axes]
        first = decoder.decode(product(axes))
    features = first.features.reshape(*(len(axis) for axis in axes), -1)
    return jumps(lambda z: decoder.decode(z).features, axes, features)


def _finest(decoder: PointDecoder, usual: SinhAxis) -> SinhAxis:
    """The finest axis there is room for."""
    if decoder.model.latent_dim == 1:
        fine = SinhAxis.to_reach(_REACH, *_FINE_FOR_JUMPS)
        return fine if _points(fine, 1) * decoder.features <= _MOST_NUMBERS else usual
    return min(_axes(decoder), key=lambda axis: axis.spacing)


def _axes(decoder: PointDecoder) -> list[SinhAxis]:
    """Those there is room for, the coarsest first; the coarsest of all where there is room for none."""
    latents = decoder.model.latent_dim
    dear = decoder.convolves and latents == 2
    choices = [(spacing, _STRETCHES) for spacing in _SPACINGS] if dear else [(h, (s,)) for h, s in _CHOICES[latents]]
    most = _MOST_NUMBERS / decoder.features
    if dear:
        most = min(most, budget_factor() * _MOST_COST / decoder.multiply_adds)
    axes = [[SinhAxis.to_reach(_REACH, spacing, stretch) for stretch in stretches] for spacing, stretches in choices]
    fitting = [next((axis for axis in some if _points(axis, latents) <= most), None) for some in axes]
    return [axis for axis in fitting if axis is not None] or axes[0][-1:]


def _points(axis: SinhAxis, latents: int) -> int:
    """Of all strands of a lattice with this axis."""
    return len(SHIFTS[latents]) * (2 * axis.half + 1) ** latents


def _size(lattice: DecodedLattice) -> int:
    points = lattice.points
    return 0 if points is None else points.features.nbytes + points.log_partition.nbytes
