"""Lattices of latent points for one or two dimensions, decoded once for every image and q.

A lattice is made of strands: the same lattice, shifted against itself (`grids` says why).
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor

from vaecore.core.decoding import DecodedPoints, PointDecoder, ProjectedImage

_CHUNK = 512  # points whose features are turned into float64 at a time: they stay in the processor's cache

Coordinates = TypeVar("Coordinates", Float[Tensor, "*any"], Float[np.ndarray, "*any"])
Shifts = tuple[tuple[float, ...], ...]
# Of the strands, in spacings along each axis, by number of latents. A wave of the integrand with k cycles per spacing along
# the axes errs on a strand in proportion to cos(2π k·shift + phase). For the slowest waves that a lattice misses (one cycle
# per spacing), which decide the error of a smooth integrand, the mean over the strands errs by at most 0.61 of their spread
# in two dimensions, whatever the phase, and not at all in one. Shifts that are no simple fractions keep a kink, whatever its
# direction, from meeting all strands alike.
SHIFTS: dict[int, Shifts] = {
    1: ((0.0,), (0.25,), (0.5,), (0.75,)),
    2: ((0.0, 0.0), (0.625, 0.542), (0.542, 0.917)),
}


def points_within(extent: Float[Tensor, " latent"], spacing: Float[Tensor, " latent"]) -> float:
    """About how many points all strands of a lattice have in an ellipse (interval) of this extent along each axis."""
    shape = 1.0 if len(spacing) == 1 else math.pi / 4
    return len(SHIFTS[len(spacing)]) * shape * float((extent / spacing + 1).prod())


@dataclass(frozen=True)
class SinhAxis:
    """Points z(i) = stretch · sinh(i · spacing / stretch): even in the middle, ever wider outside.

    A smooth change of variable, so that sums over i stay as accurate as over an evenly spaced lattice.
    """

    spacing: float  # in the middle
    stretch: float  # |z| at which the spacing has grown by √2
    half: int  # the index runs from −half to half

    @property
    def index(self) -> Float[Tensor, " points"]:
        """−half … half, float64."""
        return torch.arange(-self.half, self.half + 1, dtype=torch.float64)

    @property
    def reach(self) -> float:
        """The largest coordinate."""
        return self.stretch * math.sinh(self.half * self.spacing / self.stretch)

    def coordinate(self, index: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """z at an index, which may be fractional."""
        return self.stretch * torch.sinh(index * (self.spacing / self.stretch))

    def spacing_at(self, z: Coordinates) -> Coordinates:
        """dz/di, the distance of neighbours around z."""
        return self.spacing * (1 + (z / self.stretch) ** 2) ** 0.5

    @staticmethod
    def to_reach(reach: float, spacing: float, stretch: float) -> "SinhAxis":
        """The shortest axis that reaches |z| = reach."""
        return SinhAxis(spacing, stretch, math.ceil(math.asinh(reach / stretch) * stretch / spacing))


@dataclass(frozen=True, eq=False)
class DecodedLattice:
    """The same `SinhAxis` along every latent dimension, decoded once for each shift.

    `points` holds one strand after the other, each a product lattice with the last dimension fastest; the first strand is
    not shifted. It is None where the features would take too much memory: then they are computed for every image anew.
    """

    axis: SinhAxis
    dimensions: int
    smooth: bool  # whether the decoder is; where it has kinks, strands may agree by accident
    points: DecodedPoints | None
    too_coarse: bool = False  # for the decoder, since its points are dear: errors are then doubted
    jumps: bool = False  # whether the decoder moves in steps: beside them no sum converges fast, and errors are doubted

    @property
    def shape(self) -> list[int]:
        """Points of a strand along each dimension."""
        return [2 * self.axis.half + 1] * self.dimensions

    @property
    def strand_size(self) -> int:
        """Points of a strand."""
        return math.prod(self.shape)

    @cached_property
    def axes(self) -> list[Float[Tensor, "strands _"]]:
        """Coordinates along each dimension, on the CPU."""
        shifts = torch.tensor(SHIFTS[self.dimensions], dtype=torch.float64)
        return [self.axis.coordinate(self.axis.index + shift[:, None]) for shift in shifts.T]

    def latents(self, strand: int) -> Float[Tensor, "points latent"]:
        """Every point of a strand."""
        return product([axis[strand] for axis in self.axes])

    def values(self, decoder: PointDecoder, image: ProjectedImage, strands: range) -> Float[Tensor, "strands ..."]:
        """x · f(z) − log_partition of one image, which σₓ does not change, on some of the strands."""
        if self.points is None:
            image = replace(image, dispersion=1.0, log_base_measure=torch.zeros_like(image.log_base_measure))
            found = torch.cat([decoder.log_likelihood(image, self.latents(strand)) for strand in strands])
        else:
            chosen = slice(strands.start * self.strand_size, strands.stop * self.strand_size)
            rows = self.points.features[chosen]
            found = image.projection.new_empty(len(rows))
            # One piece of memory for all: large ones are new pages of the system each time, which take longer than the sums.
            wide = image.projection.new_empty(min(_CHUNK, len(rows)), rows.shape[1])
            for some, inner in zip(rows.split(_CHUNK), found.split(_CHUNK), strict=True):
                torch.mv(wide[: len(some)].copy_(some), image.projection, out=inner)
            found.add_(image.offset).sub_(self.points.log_partition[chosen])
        return found.reshape(len(strands), *self.shape)


def product(axes: list[Num[Tensor, " _"]]) -> Num[Tensor, "points dimensions"]:
    """Every combination of the axes' coordinates, the last axis fastest."""
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, len(axes))
