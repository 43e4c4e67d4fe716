"""log p(x) = log ∫ p(x|z) p(z) dz in one or two dimensions, by splitting cells where the posterior is.

Posteriors of trained models are a hundredth of the prior's width, and may have several modes: every rule that trusts one
place, or one spacing, fails silently. Here the shared lattice is searched everywhere; each of its cells that can hold a
part of the mass is split in three along every axis, and again, until the sums themselves show that they have converged.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import DecodedLattice, SinhAxis, product

TOLERANCE = 1e-4
_DEPTH = 25.0  # nats below the peak at which a point no longer matters: exp(−25) = 1e-11
_EMPTY = math.log(0.1 * TOLERANCE)  # share of the mass that may be left where it is not resolved
_ACCIDENT = 1e-7  # nats: the least error that is reported where only three strands agree
# Second difference over a cell above which it may hide a peak: a Gaussian that bends by 4 over a spacing has a standard
# deviation of half of it, and the sum over any lattice of that spacing finds its mass to 1.5 % (2 exp(−π²/2)).
_BEND = 4.0
_MOST_LEVELS = 9  # 3⁹ = 20,000: cells of 2e-6, where a decoder in float32 no longer tells neighbours apart
_CLASSES = {1: 4, 2: 2}  # of the index along every axis, by number of latents: four sums that check each other
_MOST_SPLITS = 100_000  # cells of one level, 800,000 points to decode: some seconds


@dataclass(frozen=True, eq=False)
class Integral:
    """log p(x) of one image (float64), a bound on its error, and the cells that it was summed over."""

    value: Float[Tensor, ""]
    error: Float[Tensor, ""]
    table: tuple[Float[Tensor, "points latent"], Float[Tensor, " points"], Float[Tensor, " points"]]


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one level: of index/3^level on the shared lattice's axes, and a 3^level-th of its spacing wide."""

    level: int
    index: Int[Tensor, "cells latent"]
    log_joint: Float[Tensor, " cells"]  # log p(x, z) at the centre
    bend: Float[Tensor, " cells"]  # Σ over axes of |second difference| of log p(x, z) in and around the cell

    def __getitem__(self, chosen: Tensor) -> "Cells":
        return Cells(self.level, self.index[chosen], self.log_joint[chosen], self.bend[chosen])

    def z(self, axis: SinhAxis) -> Float[Tensor, "cells latent"]:
        """The centres."""
        return axis.coordinate(self.index.double() / 3**self.level)

    def log_volume(self, axis: SinhAxis) -> Float[Tensor, " cells"]:
        """Logarithm of the size in z: the spacing of the axes times that of the index."""
        return (axis.spacing_at(self.z(axis)).log() - self.level * math.log(3)).sum(-1)

    def may_matter(self, peak: Tensor) -> Tensor:
        """Which cells may hold a point within `_DEPTH` of the peak.

        Where log p(x, z) bends by b from one centre to the next, a point that deep lies in a cell whose centre is at most
        (√depth + √b / 2)² deep. The bend is doubled: it is measured where the lattice happens to lie.
        """
        return self.log_joint >= peak - (math.sqrt(_DEPTH) + 0.5 * (2 * self.bend).sqrt()).square()


@runtime_checkable
class SharedImage(Protocol):
    """An image on the shared lattice."""

    lattice: DecodedLattice
    projected: ProjectedImage

    def grids(self, decoder: PointDecoder, *, all_strands: bool = True) -> LogLikelihoodGrids:
        """log p(x|z) on the lattice's first strand or on all."""


def integrate(decoder: PointDecoder, known: SharedImage) -> Integral:
    """log p(x) of one image by hierarchical refinement, from log p(x|z) on the shared lattice."""
    image, axis = known.projected, known.lattice.axis
    cells, shared = _first_cells(axis, known.grids(decoder, all_strands=False).values[0]), axis
    # No mass worth having can lie beyond this radius, where the prior alone is too small.
    farthest = (2 * (image.log_maximum - cells.log_joint.max() + _DEPTH)).sqrt()
    while axis.reach < farthest and _touches_boundary(cells, axis):
        axis = SinhAxis.to_reach(2 * axis.reach, axis.spacing, axis.stretch)
        cells = _first_cells(axis, _decoded_on(decoder, image, axis))
    settled: list[Cells] = []
    rest: list[Float[Tensor, " _"]] = []  # the mass of each settled cell
    while True:
        log_mass = cells.log_joint + cells.log_volume(axis)
        value = torch.cat([log_mass, *rest]).logsumexp(0)
        # The highest point is always of the finest level: its cell matters, and keeps its centre when it is split.
        matters = cells.may_matter(cells.log_joint.max())
        error = _disagreement(cells, log_mass, value)
        # At the first level a sum may look converged because a peak hides between its points: cells that bend by more
        # than a few nats over their width are split whatever the sums say.
        bending = matters & (cells.bend > _BEND)
        hidden = cells.level == 0 and bool(bending.any())
        if cells.level == 0 and axis is shared and log_mass[bending].logsumexp(0) < value + _EMPTY:
            error = error.minimum(_spread(known.grids(decoder)))
            if hidden and error <= TOLERANCE:
                # They alone are looked into, where there is a chance that they are as empty as they seem.
                inside = _split(decoder, image, axis, cells[bending])
                hidden = bool((inside.log_joint + inside.log_volume(axis)).logsumexp(0) > value + _EMPTY)
        if not hidden and (error <= TOLERANCE or cells.level == _MOST_LEVELS or matters.sum() > _MOST_SPLITS):
            break
        settled.append(cells[~matters])
        rest.append(log_mass[~matters])
        cells = _split(decoder, image, axis, cells[matters])
    levels = [cells, *settled]
    points = (
        torch.cat([level.z(axis) for level in levels]),
        torch.cat([level.log_joint for level in levels]),
        torch.cat([level.log_volume(axis) for level in levels]),
    )
    return Integral(value, error, points)


@dataclass(frozen=True, eq=False)
class PosteriorMode:
    """The part of the posterior's mass around one of its modes."""

    mean: Float[Tensor, " latent"]
    variance: Float[Tensor, " latent"]
    log_mass: Float[Tensor, ""]  # log ∫ p(x|z)^(1/β) p(z) dz over it: reconstruction / β − kl of no q in it is higher


def posterior_modes(integral: Integral, axis: SinhAxis, most: int, beta: float) -> list[PosteriorMode]:
    """The posterior's mass around each of its highest modes, so many at most, the likeliest first, and all of it."""
    # Lower by so much, whatever β, a point holds nothing.
    high = integral.table[1] > integral.table[1].max() - 2 * _DEPTH * max(1.0, beta)
    z, log_joint, log_volume = (column[high] for column in integral.table)
    mass = (log_joint + log_volume).softmax(0)
    prior = standard_normal_log_prob(z)
    tempered = (log_joint - prior) / beta + prior + log_volume
    nearest = torch.cdist(z, _summits(z, log_joint, axis, most)).argmin(-1)
    regions = [nearest == i for i in range(int(nearest.max()) + 1)]
    parts = [_basin(z[region], mass[region], tempered[region]) for region in regions]
    parts.sort(key=lambda part: float(part.log_mass), reverse=True)
    return [*parts, _basin(z, mass, tempered)] if len(parts) > 1 else parts


def _summits(
    z: Float[Tensor, "points latent"], log_joint: Float[Tensor, " points"], axis: SinhAxis, most: int
) -> Float[Tensor, "summits latent"]:
    """The highest points, so many at most, that have none above them within two spacings."""
    order = log_joint.argsort(descending=True, stable=True)
    z, height = z[order], log_joint[order]
    reach = (2 * axis.spacing_at(z).amax(-1)).square()
    highest = _none_above_beside(z, reach) & (height > height[0] - 2 * _DEPTH)
    found: list[Tensor] = []
    for here in highest.nonzero()[:, 0].tolist():
        if not ((z[:here] - z[here]).square().sum(-1) < reach[here]).any():
            found.append(z[here])
        if len(found) == most:
            break
    return torch.stack(found)


def _none_above_beside(z: Float[Tensor, "points latent"], reach: Float[Tensor, " points"]) -> Bool[Tensor, " points"]:
    """Which of some points, the highest first, are above their two neighbours along each axis: few are, and soon found."""
    above = torch.ones(len(z), dtype=torch.bool, device=z.device)
    for dimension in range(z.shape[1]):
        row = z[:, dimension].argsort(stable=True)
        for other in range(z.shape[1]):
            if other != dimension:
                row = row[z[row, other].argsort(stable=True)]
        squares = z[row].diff(dim=0).square().sum(-1)
        for one, two in ((row[:-1], row[1:]), (row[1:], row[:-1])):
            above[one] &= ~((two < one) & (squares < reach[one]))
    return above


def _basin(
    z: Float[Tensor, "points latent"], mass: Float[Tensor, " points"], tempered: Float[Tensor, " points"]
) -> PosteriorMode:
    share = (mass / mass.sum())[:, None]
    mean = (share * z).sum(0)
    # A mode narrower than the cells about it seems to have no width.
    return PosteriorMode(mean, (share * (z - mean).square()).sum(0).clamp_min(1e-8), tempered.logsumexp(0))


def _decoded_on(decoder: PointDecoder, image: ProjectedImage, axis: SinhAxis) -> Float[Tensor, "..."]:
    """log p(x|z) of one image along an axis for which there is no shared lattice."""
    axes = [axis.coordinate(axis.index)] * decoder.model.latent_dim
    return decoder.log_likelihood(image, product(axes)).reshape([len(along) for along in axes])


def _first_cells(axis: SinhAxis, values: Float[Tensor, "..."]) -> Cells:
    """Every cell of the shared lattice."""
    index = product([axis.index.to(values)] * values.ndim)
    log_joint = values + standard_normal_log_prob(axis.coordinate(index)).reshape(values.shape)
    return Cells(0, index.long(), log_joint.flatten(), _bend(log_joint).flatten())


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


def _touches_boundary(cells: Cells, axis: SinhAxis) -> bool:
    outermost = (cells.index.abs() >= axis.half - 1).any(-1)
    return bool((outermost & cells.may_matter(cells.log_joint.max())).any())


def _split(decoder: PointDecoder, image: ProjectedImage, axis: SinhAxis, cells: Cells) -> Cells:
    """Each cell in three along every axis; the middle one keeps the centre and its value."""
    dimensions = cells.index.shape[1]
    offsets = product([torch.arange(-1, 2, device=cells.index.device)] * dimensions)
    index = 3 * cells.index[:, None, :] + offsets
    log_joint = cells.log_joint[:, None].repeat(1, len(offsets))
    new = (offsets != 0).any(-1)
    z = axis.coordinate(index[:, new].double() / 3 ** (cells.level + 1)).flatten(0, 1)
    fresh = decoder.log_likelihood(image, z) + standard_normal_log_prob(z)
    log_joint[:, new] = fresh.reshape(len(cells.index), -1)
    bend = (cells.bend / 9)[:, None].expand_as(log_joint)
    return Cells(cells.level + 1, index.flatten(0, 1), log_joint.flatten(), bend.flatten())
