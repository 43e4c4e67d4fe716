"""log p(x) = log ∫ p(x|z) p(z) dz in one or two dimensions, by splitting cells where the posterior is.

Posteriors of trained models are a hundredth of the prior's width, and may have several modes: every rule that trusts one
place, or one spacing, fails silently. Here the shared lattice is searched everywhere; each of its cells that can hold a
part of the mass is split in three along every axis, and again, until the sums themselves show that they have converged.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.evaluate.quadrature.beside_jumps import lost, seen_between, split_beside, with_neighbours
from vaecore.evaluate.quadrature.cells import DEPTH, Cells, log_volume_of, split_cells
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import DecodedLattice, SinhAxis, product

Columns = tuple[Float[Tensor, "points latent"], Float[Tensor, " points"], Float[Tensor, " points"]]
"""Of cells: their centres, log p(x, z) there, and the logarithm of their size in z."""

TOLERANCE = 1e-4
_EMPTY = math.log(0.1 * TOLERANCE)  # share of the mass that may be left where it is not resolved
_ACCIDENT = 1e-7  # nats: the least error that is reported where only three strands agree
# Second difference over a cell above which it may hide a peak: a Gaussian that bends by 4 over a spacing has a standard
# deviation of half of it, and the sum over any lattice of that spacing finds its mass to 1.5 % (2 exp(−π²/2)).
_BEND = 4.0
_OF_CHANGE = 0.5  # of what the last splitting has changed, the least error that is reported where the decoder jumps
_FARTHEST = 1e5  # deviations of the prior: beyond, p(z) alone costs five billion nats
# 3⁹ = 20,000: cells of 2e-6. Beyond, few are split, those of a posterior that is narrower still: the decoder's rounding
# makes sums of many disagree for ever.
_USUAL_LEVELS, _FEW_SPLITS = 9, 3000
_UNRESOLVED = 0.5  # nats by which sums disagree if a single cell holds most of the mass: its peak may be narrower than it
_CLASSES = {1: 4, 2: 2}  # of the index along every axis, by number of latents: four sums that check each other
_MOST_SPLITS = 100_000  # cells of one level, 800,000 points to decode: some seconds


@dataclass(frozen=True, eq=False)
class Integral:
    """log p(x) of one image (float64), a bound on its error, and the cells that it was summed over."""

    value: Float[Tensor, ""]
    error: Float[Tensor, ""]
    axis: SinhAxis
    first: Float[Tensor, " cells"]  # log p(x, z) at the centres of the lattice's cells
    split: Bool[Tensor, " cells"]  # which of these are split
    finer: Columns

    @property
    def table(self) -> Columns:
        """The cells that are not split, of all levels."""
        _, z, log_volume, _ = _of_every_image(self.axis, self.finer[0].shape[1], self.first.device)
        whole = ~self.split
        return (
            torch.cat([z[whole], self.finer[0]]),
            torch.cat([self.first[whole], self.finer[1]]),
            torch.cat([log_volume[whole], self.finer[2]]),
        )


@runtime_checkable
class SharedImage(Protocol):
    """An image on the shared lattice."""

    lattice: DecodedLattice
    projected: ProjectedImage

    def grids(self, decoder: PointDecoder, *, all_strands: bool = True) -> LogLikelihoodGrids:
        """log p(x|z) on the lattice's first strand or on all."""


def integrate(decoder: PointDecoder, known: SharedImage) -> Integral:
    """log p(x) of one image by hierarchical refinement, from log p(x|z) on the shared lattice."""
    image, axis, jumps = known.projected, known.lattice.axis, known.lattice.jumps
    cells, shared = _first_cells(axis, known.grids(decoder, all_strands=False).values[0]), axis
    # No mass worth having can lie beyond this radius, where the prior alone is too small.
    farthest = (2 * (image.log_maximum - cells.log_joint.max() + DEPTH)).sqrt()
    while axis.reach < farthest and _touches_boundary(cells, axis):
        if axis.reach > _FARTHEST:
            raise ValueError(
                f"p(x, z) has its mass farther than {_FARTHEST:g} from the prior's mean: these images are too large for "
                "this decoder and σₓ. Are they scaled as in training?"
            )
        axis = SinhAxis.to_reach(2 * axis.reach, axis.spacing, axis.stretch)
        cells = _first_cells(axis, _decoded_on(decoder, image, axis))
    first, split = cells.log_joint, torch.zeros_like(cells.log_joint, dtype=torch.bool)
    settled = [cells[split]]  # so far none
    rest = cells.log_joint.new_full((), -math.inf)  # the logarithm of their mass
    before = highest = rest  # what p(x) was on the level above, and the highest point of the other strands
    if jumps and axis is shared:
        seen, highest = seen_between(known.grids(decoder), axis, DEPTH)
    while True:
        log_mass = cells.log_mass
        value = torch.logaddexp(log_mass.logsumexp(0), rest)
        # The highest point is always of the finest level: its cell matters, and keeps its centre when it is split.
        peak = cells.log_joint.max()
        matters = cells.may_matter(peak)
        error = _disagreement(cells, log_mass, value)
        if jumps:
            if cells.level == 0 and axis is shared:
                matters |= seen
            matters, unseen = with_neighbours(cells.index, 3**cells.level * axis.half, matters, log_mass - value)
            # Beside a step sums may agree by accident; what the last splitting has changed says more.
            error = error.maximum(_OF_CHANGE * (value - before).abs()) + unseen + lost(highest, peak)
            before = value
        # At the first level a sum may look converged because a peak hides between its points: cells that bend by more
        # than a few nats over their width are split whatever the sums say.
        bending = matters & (cells.bend > _BEND)
        hidden = cells.level == 0 and bool(bending.any())
        if cells.level == 0 and axis is shared and not jumps and log_mass[bending].logsumexp(0) < value + _EMPTY:
            error = error.minimum(_spread(known.grids(decoder)))
            if hidden and error <= TOLERANCE:
                # They alone are looked into, where there is a chance that they are as empty as they seem.
                inside = split_cells(decoder, image, axis, cells[bending])
                hidden = bool(inside.log_mass.logsumexp(0) > value + _EMPTY)
        most = _MOST_SPLITS if cells.level < _USUAL_LEVELS else _FEW_SPLITS
        if not hidden and (error <= TOLERANCE or _as_small_as_rounding(cells, decoder) or matters.sum() > most):
            if error > _UNRESOLVED:
                error = error + cells.bend[log_mass.argmax()]
            break
        parts = [split_cells(decoder, image, axis, cells[matters])]
        if jumps:
            matters = split_beside(decoder, image, axis, cells, matters, parts)
        if cells.level:
            settled.append(cells[~matters])
        else:
            split = matters
        rest = torch.logaddexp(rest, log_mass[~matters].logsumexp(0))
        cells = Cells.joined(parts)
    if cells.level:
        settled.append(cells)
    columns = zip(*((level.z, level.log_joint, level.log_volume) for level in settled), strict=True)
    z, log_joint, log_volume = map(torch.cat, columns)
    return Integral(value, error, axis, first, split, (z, log_joint, log_volume))


def _decoded_on(decoder: PointDecoder, image: ProjectedImage, axis: SinhAxis) -> Float[Tensor, "..."]:
    """log p(x|z) of one image along an axis for which there is no shared lattice."""
    axes = [axis.coordinate(axis.index)] * decoder.model.latent_dim
    return decoder.log_likelihood(image, product(axes)).reshape([len(along) for along in axes])


def _first_cells(axis: SinhAxis, values: Float[Tensor, "..."]) -> Cells:
    """Every cell of the shared lattice."""
    index, z, log_volume, log_prior = _of_every_image(axis, values.ndim, values.device)
    log_joint = values + log_prior.reshape(values.shape)
    return Cells(0, index, z, log_volume, log_joint.flatten(), _bend(log_joint).flatten())


@lru_cache(maxsize=8)
def _of_every_image(axis: SinhAxis, dimensions: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Indices, centres, log-volumes and log p(z) of the cells of an axis, which no image changes."""
    index = product([axis.index.to(device, torch.float64)] * dimensions)
    z = axis.coordinate(index)
    return index.long(), z, log_volume_of(axis, z, 0), standard_normal_log_prob(z)


def _bend(log_joint: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Σ over axes of |second difference|, the largest in each point's neighbourhood."""
    bend = torch.zeros_like(log_joint)
    for dimension in range(log_joint.ndim):
        inner = bend.narrow(dimension, 1, bend.shape[dimension] - 2)
        inner += log_joint.diff(n=2, dim=dimension).abs()
    pool = torch.nn.functional.max_pool1d if bend.ndim == 1 else torch.nn.functional.max_pool2d
    return pool(bend[None], 3, stride=1, padding=1)[0]


def _disagreement(cells: Cells, log_mass: Float[Tensor, " cells"], value: Tensor) -> Float[Tensor, ""]:
    """A bound on the error of `value`: how far the sums over every second or fourth cell of the finest level differ.

    Each of these is a rule of its own, of a multiple of the spacing, whose error is many times larger.
    """
    dimensions = cells.index.shape[1]
    classes = _CLASSES[dimensions]
    shares = log_mass.new_zeros([classes] * dimensions)
    shares = shares.index_put((cells.index % classes).unbind(-1), (log_mass - value).exp(), accumulate=True)
    return (shares.numel() * (shares - shares.mean()).abs().max()).log1p()


def _spread(grids: LogLikelihoodGrids) -> Float[Tensor, ""]:
    """How far log p(x) differs from strand to strand of the shared lattice: quadratures of the same spacing, shifted."""
    terms = grids.values
    for dimension, (axis, log_spacing) in enumerate(zip(grids.axes, grids.log_spacings, strict=True)):
        log = standard_normal_log_prob(axis[..., None]) + log_spacing[:, 0]
        terms = terms + (log if terms.ndim == 2 else log.unsqueeze(2 - dimension))
    ends = terms.flatten(1).logsumexp(-1).aminmax()
    # Three sums may agree by accident, and then by more than they are right.
    return (ends.max - ends.min).clamp_min(_ACCIDENT)


def _as_small_as_rounding(cells: Cells, decoder: PointDecoder) -> bool:
    """Whether the decoder no longer tells the highest cell from those beside it."""
    highest = cells.log_joint.argmax()
    width = (cells.log_volume[highest] / cells.z.shape[1]).exp()
    return bool(width <= torch.finfo(decoder.model.dtype).eps * (1 + cells.z[highest].abs().amax()))


def _touches_boundary(cells: Cells, axis: SinhAxis) -> bool:
    outermost = (cells.index.abs() >= axis.half - 1).any(-1)
    return bool((outermost & cells.may_matter(cells.log_joint.max())).any())
