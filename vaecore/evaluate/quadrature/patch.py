"""Averages over narrow Gaussians about one mean, from the polynomials on the tiles around it: nothing is decoded.

On the tiles about q's mean log p(x|z) = Σ c[i, k, j, l] T_k(u_i) T_l(v_j), where i and j number the rows and columns of
tiles, k and l the degrees. Its average over q is the same sum over averages of Chebyshev polynomials, of each axis alone:

    E_q[log p(x|z)]  =  Σ c[i, k, j, l] E[T_k(u); tile row i] E[T_l(v); tile column j]

which all variances of a sweep share two matrix products for. The averages along an axis are sums over evenly spaced points,
in standard deviations of q.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.optimum import ExpectedDerivatives
from vaecore.evaluate.quadrature.grids import derivatives
from vaecore.evaluate.quadrature.tiles import NODES, ImageTiles, Tile, TileGrid

# Standard deviations of q in half-widths of a tile: up to each of them all q share the points of the sums along an axis, and
# up to the last there are tiles.
WIDTHS = (0.9, 3.0, 10.0, 20.0)
TILED = 6.0  # standard deviations within which there are tiles: all but 1.6e-8 of a disc's mass
_REACH = 6.8  # standard deviations to which the sums along an axis go
_OUTSIDE = 2e-8  # of the largest distance from the centre: what lies beyond the tiles, where the centre is taken
_GROWTH = 10.0  # times that for slopes, which weigh the tails by up to ½ (t² − 1)
# Of the last two degrees: what all higher ones together may be. On 240 tiles of `digits-2` and `digits-2-binary` whose
# coefficients fall as they should, the error of the polynomial was 1.6 times the sum over these degrees at most.
_MISSING = 2.0
_OFFSET = 0.2  # of the points for the gap, in spacings


@dataclass(frozen=True, eq=False)
class TilePatch:
    """log p(x|z) of one image on a rectangle of tiles around one mean."""

    grid: TileGrid
    low: Float[Tensor, "2 1 1"]  # row and column of the first tile
    counts: tuple[int, int]  # rows and columns
    widest: float  # standard deviation of q, in half-widths of a tile
    centre: Float[Tensor, ""]  # taken out of the coefficients, so that differences keep their digits
    coefficients: Float[Tensor, "rows columns"]  # (row of tiles, degree) × (column of tiles, degree)
    last: Float[Tensor, "rows columns"]  # sizes of those of the last two degrees, 0 for the others
    farthest: Float[Tensor, ""]  # bound on |log p(x|z) − centre|

    @staticmethod
    def of(
        decoder: PointDecoder, image: ProjectedImage, tiles: ImageTiles, needed: Sequence[Tile], widest: float
    ) -> "TilePatch":
        """From these tiles, row by row; the others of the rectangle hold nothing that counts: they are taken as constant."""
        found = tiles.coefficients(decoder, needed) / image.dispersion
        rows, columns = zip(*needed, strict=True)
        low = min(rows), min(columns)
        counts = 1 + max(rows) - low[0], 1 + max(columns) - low[1]
        # The middle one of the tiles, row by row, is the mean's or a neighbour of it.
        centre = found[len(needed) // 2, 0, 0].clone()
        found[:, 0, 0] -= centre
        sizes = found.abs()
        last = sizes.clone()
        last[:, :-2, :-2] = 0
        places = torch.tensor([(i - low[0]) * counts[1] + j - low[1] for i, j in needed], device=found.device)
        blocks = found.new_zeros(2, counts[0] * counts[1], NODES, NODES)
        blocks[:, places] = torch.stack([found, last])
        matrices = blocks.reshape(2, *counts, NODES, NODES).transpose(2, 3).reshape(2, counts[0] * NODES, -1)
        corner = torch.tensor(low, dtype=torch.float64, device=found.device)[:, None, None]
        centre, farthest = centre + image.log_base_measure, sizes.sum((1, 2)).max()
        return TilePatch(tiles.grid, corner, counts, widest, centre, matrices[0], matrices[1], farthest)

    def expectation(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """As of `LogLikelihoodGrids`."""
        sums, errors = self._sums_and_errors(self._averages(mean, variances, degrees=1))
        return sums[:, 0] + self.centre, errors[:, 0] + _OUTSIDE * self.farthest

    def divergence(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """As of `LogLikelihoodGrids`. The polynomials are those of `expectation`; the points of the averages are others."""
        sums, errors = self._sums_and_errors(self._averages(mean, variances, degrees=1, offset=_OFFSET))
        points = _points(mean.device, _OFFSET, self.widest)
        # log q − log p(z) along each dimension; the constants of the two densities cancel.
        ratio = (
            (mean + variances.sqrt() * points.t[:, None, None]).square() - points.t[:, None, None].square() - variances.log()
        )
        total = 0.5 * torch.tensordot(points.weights, ratio, 1).sum(-1, keepdim=True) - sums[:, 0] - self.centre
        return total, errors[:, 0] + _OUTSIDE * (self.farthest + ratio.abs().amax())

    def slopes(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """As of `LogLikelihoodGrids`."""
        sums, errors = self._sums_and_errors(self._averages(mean, variances, degrees=3))
        # By degrees (0, 0), (1, 0), (0, 1), (2, 0) and (0, 2) along the two axes.
        chosen, unit = [0, 3, 1, 6, 2], sums.new_tensor([1.0, 1.0, 1.0, 0.5, 0.5])
        value = sums.flatten(1)[:, chosen] * unit
        value[:, 0] += self.centre
        return value, errors.flatten(1)[:, chosen] * unit + _GROWTH * _OUTSIDE * self.farthest

    def moments(
        self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"]
    ) -> tuple[ExpectedDerivatives, Float[Tensor, ""]]:
        """As of `LogLikelihoodGrids`, and a bound on the errors of value, slopes and bends, per standard deviation of q."""
        sums, errors = self._sums_and_errors(self._averages(mean, variance[None], degrees=3))
        return derivatives(sums[0], self.centre, variance.sqrt()), errors[0, :, 0].sum() + errors[0, 0, 1:].sum()

    def _averages(
        self, mean: Tensor, variances: Tensor, degrees: int, offset: float = 0.0
    ) -> tuple[Float[Tensor, "steps degrees rows"], Float[Tensor, "steps degrees columns"]]:
        """E[He_a(t) T_k(u)] over each tile's share of an axis, t = (z − mean) / sd; rows and columns are (tile, k)."""
        points = _points(mean.device, offset, self.widest)
        deviations = variances.T.sqrt()[..., None]
        place = self.grid.place(torch.addcmul(mean[:, None, None], deviations, points.t))
        tile = (0.5 * place).floor() - self.low  # (axes, steps, points)
        polynomials = (place.remainder(2.0) - 1).acos()[..., None] * points.degrees
        inside = tile[:, :, None, None] == torch.arange(max(self.counts)).to(tile)[:, None]
        shares = torch.where(inside, points.hermite[:degrees, None], 0.0)  # (axes, steps, degrees, tiles, points)
        averages = shares.flatten(2, 3) @ polynomials.cos()
        averages = averages.reshape(*averages.shape[:2], degrees, -1)
        return averages[0, ..., : self.counts[0] * NODES], averages[1, ..., : self.counts[1] * NODES]

    def _sums_and_errors(
        self, averages: tuple[Float[Tensor, "steps degrees rows"], Float[Tensor, "steps degrees columns"]]
    ) -> tuple[Float[Tensor, "steps degrees degrees"], Float[Tensor, "steps degrees degrees"]]:
        """E_q[He_a(t₁) He_b(t₂) · (log p(x|z) − centre)] for degrees a and b, and what missing degrees may add to it."""
        rows, columns = averages
        sums = rows @ self.coefficients @ columns.mT
        return sums, _MISSING * (rows.abs() @ self.last @ columns.abs().mT)


@dataclass(frozen=True, eq=False)
class _Points:
    """Of the sums along an axis, in standard deviations of q."""

    t: Float[Tensor, " points"]
    weights: Float[Tensor, " points"]
    hermite: Float[Tensor, "3 points"]  # weights · He_a(t)
    degrees: Float[Tensor, " degrees"]  # 0 … NODES − 1


@lru_cache
def _points(device: torch.device, offset: float, widest: float) -> _Points:
    # A sum over points δ apart mistakes waves of 2π/δ radians per standard deviation for constants. T_k has k/half per unit
    # of z around the middle of its tile; the density adds no more than 6.5, all but e^(−6.5²/2) = 7e-10.
    spacing = 2 * math.pi / (6.5 + (NODES - 1) * widest)
    half = math.ceil(_REACH / spacing)
    t = spacing * (torch.arange(-half, half + 1, dtype=torch.float64, device=device) + offset)
    weights = (-0.5 * t.square()).softmax(0)
    hermite = torch.stack([weights, weights * t, weights * (t.square() - 1)])
    return _Points(t, weights, hermite, torch.arange(NODES, dtype=torch.float64, device=device))
