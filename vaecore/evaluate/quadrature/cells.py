"""Cells of the latent space over which log p(x) is summed, each of which may be split in three along every axis."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.evaluate.quadrature.lattice import SinhAxis, product

DEPTH = 25.0  # nats below the peak at which a point no longer matters: exp(−25) = 1e-11


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one level: of index/3^level on the shared lattice's axes, and a 3^level-th of its spacing wide."""

    level: int
    index: Int[Tensor, "cells latent"]
    z: Float[Tensor, "cells latent"]  # the centres
    log_volume: Float[Tensor, " cells"]  # of the size in z
    log_joint: Float[Tensor, " cells"]  # log p(x, z) at the centre
    bend: Float[Tensor, " cells"]  # Σ over axes of |second difference| of log p(x, z) in and around the cell

    def __getitem__(self, chosen: Tensor) -> "Cells":
        columns = (self.index, self.z, self.log_volume, self.log_joint, self.bend)
        return Cells(self.level, *(column[chosen] for column in columns))

    @staticmethod
    def joined(parts: "list[Cells]") -> "Cells":
        """All cells of some parts of one level."""
        if len(parts) == 1:
            return parts[0]
        names = ("index", "z", "log_volume", "log_joint", "bend")
        return Cells(parts[0].level, *(torch.cat([getattr(part, name) for part in parts]) for name in names))

    @property
    def log_mass(self) -> Float[Tensor, " cells"]:
        """The logarithm of each cell's share of p(x), by the midpoint rule."""
        return self.log_joint + self.log_volume

    def may_matter(self, peak: Tensor) -> Tensor:
        """Which cells may hold a point within `DEPTH` of the peak.

        Where log p(x, z) bends by b from one centre to the next, a point that deep lies in a cell whose centre is at most
        (√depth + √b / 2)² deep. The bend is doubled: it is measured where the lattice happens to lie.
        """
        return self.log_joint >= peak - (math.sqrt(DEPTH) + 0.5 * (2 * self.bend).sqrt()).square()


def log_volume_of(axis: SinhAxis, z: Float[Tensor, "cells latent"], level: int) -> Float[Tensor, " cells"]:
    """The spacing of the axes times that of the index."""
    return (axis.spacing_at(z).log() - level * math.log(3)).sum(-1)


def split_cells(decoder: PointDecoder, image: ProjectedImage, axis: SinhAxis, cells: Cells) -> Cells:
    """Each cell in three along every axis; the middle one keeps the centre and its value."""
    dimensions = cells.index.shape[1]
    offsets = product([torch.arange(-1, 2, device=cells.index.device)] * dimensions)
    index = 3 * cells.index[:, None, :] + offsets
    log_joint = cells.log_joint[:, None].repeat(1, len(offsets))
    level, new = cells.level + 1, (offsets != 0).any(-1)
    z = axis.coordinate(index.double() / 3**level)
    fresh = z[:, new].flatten(0, 1)
    log_joint[:, new] = (decoder.log_likelihood(image, fresh) + standard_normal_log_prob(fresh)).unflatten(0, (len(z), -1))
    bend = (cells.bend / 9)[:, None].expand_as(log_joint)
    z = z.flatten(0, 1)
    return Cells(level, index.flatten(0, 1), z, log_volume_of(axis, z, level), log_joint.flatten(), bend.flatten())
