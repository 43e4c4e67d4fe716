"""log p(x|z) of one image as polynomials on tiles of the latent plane, decoded once for every image and q.

Tiles are squares in the indices of the shared lattice, and the farther from the middle the larger, as its spacing is: a
trained decoder is rough in the middle.

    decoded points    at n × n Chebyshev points of a tile: belong to the model
    coefficients      of the polynomial through log p(x|z) at them: belong to an image, whatever σₓ is

The coefficients of a smooth function fall geometrically (Trefethen 2013, "Approximation Theory and Approximation Practice",
chapter 8), so that the last of them stand for all that are missing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import DecodedPoints, PointDecoder, ProjectedImage
from vaecore.evaluate.quadrature.lattice import SinhAxis
from vaecore.evaluate.quadrature.memory import IMAGES, ModelMemory, Store

Tile = tuple[int, int]

NODES = 14  # along each axis of a tile
# Half the width of a tile in spacings of the shared lattice, which measure how much the decoder bends. Measured on a quarter
# of the gallery for `digits-2` and `digits-2-binary`: no narrow q about the encoder's means then needs a lattice of its own;
# with 2.6 or 3 a few do, and little is saved elsewhere.
_HALF = 2.4


@dataclass(frozen=True)
class TileGrid:
    """Tiles (i, j) with centres at the places (2i + 1, 2j + 1) · half, which cover the plane.

    A latent z is at the place stretch · asinh(z / stretch): the index of the shared lattice there, times its spacing.
    """

    half: float
    stretch: float

    @staticmethod
    def on(axis: SinhAxis) -> "TileGrid":
        """Tiles for a decoder with this shared lattice."""
        return TileGrid(_HALF * axis.spacing, axis.stretch)

    def place(self, z: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """The places of latents, in half-widths of a tile."""
        return (z / self.stretch).asinh() * (self.stretch / self.half)

    def within(self, mean: Sequence[float], half_width: Sequence[float]) -> list[Tile]:
        """The tiles that an ellipse with these half-widths about the mean meets, row by row."""
        (rows, columns) = (range(self._index(m - w), self._index(m + w) + 1) for m, w in zip(mean, half_width, strict=True))

        def distance(index: int, m: float, w: float) -> float:
            return max(0.0, self._edge(index) - m, m - self._edge(index + 1)) / w

        near = [[distance(i, m, w) ** 2 for i in axis] for axis, m, w in zip((rows, columns), mean, half_width, strict=True)]
        return [
            (i, j) for i, a in zip(rows, near[0], strict=True) for j, b in zip(columns, near[1], strict=True) if a + b <= 1
        ]

    def _index(self, z: float) -> int:
        return math.floor(math.asinh(z / self.stretch) * self.stretch / (2 * self.half))

    def _edge(self, index: int) -> float:
        return self.stretch * math.sinh(2 * index * self.half / self.stretch)

    def number_within(self, half_widths: Float[np.ndarray, "steps 2"]) -> Float[np.ndarray, " steps"]:
        """About how many tiles meet an ellipse with these half-widths in the middle; elsewhere they are fewer."""
        return math.pi / 4 * (half_widths / self.half + 2).prod(-1)

    @staticmethod
    def bytes_of_tile(decoder: PointDecoder) -> int:
        """What the decoded points of a tile take."""
        return NODES**2 * (decoder.model.dtype.itemsize * decoder.features + 8)

    def points(self, tiles: Sequence[Tile]) -> Float[Tensor, "points 2"]:
        """The Chebyshev points of every tile, one tile after the other."""
        u = self.half * chebyshev_points(NODES)
        square = torch.stack(torch.meshgrid(u, u, indexing="ij"), dim=-1).reshape(-1, 2)
        centres = self.half * (2 * torch.tensor(tiles, dtype=torch.float64) + 1)
        return self.stretch * ((centres[:, None] + square).reshape(-1, 2) / self.stretch).sinh()


class ImageTiles:
    """Coefficients of one image, tile by tile: of x · f(z) − log_partition, which σₓ does not change.

    Args:
        grid: the tiles of the model.
        image: the projected image.
        memory: of the model.
    """

    def __init__(self, grid: TileGrid, image: ProjectedImage, memory: ModelMemory) -> None:
        self.grid = grid
        self.unscaled = replace(image, dispersion=1.0, log_base_measure=torch.zeros_like(image.log_base_measure))
        self._decoded = memory.features
        self._store = Store(IMAGES)

    def coefficients(self, decoder: PointDecoder, tiles: Sequence[Tile]) -> Float[Tensor, "tiles n n"]:
        """Σ c[k, l] T_k(u) T_l(v) is x · f(z) − log_partition where the place is centre + half · (u, v)."""
        return torch.stack(self._store.get(tiles, lambda missing: self._make(decoder, missing), lambda c: 8 * c.numel()))

    def _make(self, decoder: PointDecoder, tiles: list[Tile]) -> list[Tensor]:
        points = decoded_tiles(decoder, self._decoded, self.grid, tiles)
        values = torch.cat([some.log_likelihood(self.unscaled) for some in points]).reshape(-1, NODES, NODES)
        transform = to_coefficients(NODES).to(values)
        # Copies: what is kept of a tile must not keep its neighbours.
        return [tile.clone() for tile in transform @ values @ transform.T]


def decoded_tiles(decoder: PointDecoder, store: Store, grid: TileGrid, tiles: Sequence[Tile]) -> list[DecodedPoints]:
    """The Chebyshev points of each tile, decoded now or before."""

    def make(missing: list[tuple[TileGrid, Tile]]) -> list[DecodedPoints]:
        found = decoder.decode(grid.points([tile for _, tile in missing]))
        parts = zip(found.features.split(NODES**2), found.log_partition.split(NODES**2), strict=True)
        return [DecodedPoints(rows.clone(), partition.clone()) for rows, partition in parts]

    def size(points: DecodedPoints) -> int:
        return points.features.nbytes + points.log_partition.nbytes

    return store.get([(grid, tile) for tile in tiles], make, size)


def chebyshev_points(count: int) -> Float[Tensor, " count"]:
    """The zeros of the Chebyshev polynomial of this degree, float64."""
    return torch.cos(math.pi * (torch.arange(count, dtype=torch.float64) + 0.5) / count)


@lru_cache
def to_coefficients(count: int) -> Float[Tensor, "count count"]:
    """The matrix that turns values at the Chebyshev points into coefficients of T₀ … T_{count−1}."""
    degree = torch.arange(count, dtype=torch.float64)
    angles = math.pi * (torch.arange(count, dtype=torch.float64) + 0.5) / count
    return torch.cos(degree[:, None] * angles) * torch.where(degree == 0, 1.0, 2.0)[:, None] / count
