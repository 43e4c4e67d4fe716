"""Averages over q of one image's log p(x|z), each from what resolves q.

    q wide       the lattice that the model shares
    q narrow     polynomials on the tiles about q's mean, where the decoder is smooth; along one axis it may be wide
    otherwise    a small lattice about q's mean for each factor of 1.7 in its standard deviation
    if that is too much for the budget, one graded lattice for all widths of q

and where their errors are too large, again on small lattices, at half the spacing until the strands of the lattice agree or
the budget of the question is spent. Its error then says how far that went.
"""

import math
from functools import lru_cache, partial

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from vaecore.core.decoding import PointDecoder
from vaecore.core.decoding_budget import affordable_points
from vaecore.core.interpolation import bounded_along
from vaecore.core.optimum import ExpectedDerivatives
from vaecore.evaluate.quadrature.doubt import averaged
from vaecore.evaluate.quadrature.graded import GradedLattice
from vaecore.evaluate.quadrature.grids import FINENESS, TAIL, LogLikelihoodGrids
from vaecore.evaluate.quadrature.images import ImageOnLattice
from vaecore.evaluate.quadrature.integrands import Integrand
from vaecore.evaluate.quadrature.lattice import points_within
from vaecore.evaluate.quadrature.patch import TILED, WIDTHS, TilePatch
from vaecore.evaluate.quadrature.steps import indices_of, on_cpu, scale_groups
from vaecore.evaluate.quadrature.tiles import NODES, Tile, TileGrid

# Nats per deviation of q that derivatives may err by on the way to an optimum, and at its end: half a square is lost by it.
_SEARCHED, _SETTLED = 1e-2, 2e-3
_MOST_POINTS = 300_000  # of a strand
# Variances of a sweep that are evaluated, on the lattice and on tiles; between them a twentieth of the tolerance is added.
_NODES_SHARED, _NODES_TILED = 33, 17
_TILE_BYTES, _FEWEST_TILES = 35e6, 32  # that the decoded tiles of a q may take, unless it is narrow along both axes
_FIRST_SPREAD = 3.0  # times the strands' spread is the error on the first graded lattice
# What resolves a q, beside the numbers of `WIDTHS` for tiles: the shared lattice, or nothing that is known yet.
_SHARED, _NONE = len(WIDTHS), -1
_OF_CHANGE = 0.125  # halving the spacing makes the error of a smooth integrand smaller than that


class GaussianExpectations:
    """Averages over q of one image's log p(x|z), in float64."""

    def __init__(self, decoder: PointDecoder, image: ImageOnLattice) -> None:
        self.decoder = decoder
        self.lattice = image.lattice
        self.image = image

    def average(
        self, average: Integrand, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """The average over N(mean, diag(variance)) for each variance, and bounds on its errors."""
        place, known = on_cpu(mean, variances)
        widths = np.sqrt(known)
        sources = self._sources(place, widths)
        value = variances.new_full((len(variances), average.columns[len(mean) - 1]), math.nan)
        error = torch.full_like(value, math.inf)
        parts: list[tuple[slice | Tensor, LogLikelihoodGrids | TilePatch]] = []
        for number in np.unique(sources[sources != _NONE]).tolist():
            here, shared = sources == number, number == _SHARED
            source = self.image.grids(self.decoder) if shared else self._patch(place, widths[here].max(0), number)
            steps, nodes = indices_of(here, value.device), _NODES_SHARED if shared else _NODES_TILED
            parts.append((steps, source))
            over = partial(average.over, source, mean)
            found = bounded_along(over, known[here], nodes, value.device) if self.lattice.smooth else None
            value[steps], error[steps] = found or averaged(average, source, mean, variances[steps], self.lattice)
        wanted = ~average.acceptable(value, error)
        if not wanted.any():  # asked once, since each such question makes a GPU wait
            return value, error
        if self.lattice.smooth:  # what interpolation leaves too uncertain is evaluated itself
            for steps, source in parts:
                if wanted[steps].any():
                    value[steps], error[steps] = averaged(average, source, mean, variances[steps], self.lattice)
            wanted = ~average.acceptable(value, error)
        # A lattice of its own for a q as wide as the latent space may take a second: only where the promise asks for it.
        if not wanted.any():
            return value, error
        deviations = variances.sqrt()
        groups = [
            (steps, self._group_spacing(mean, deviations, steps, sources)) for steps in scale_groups(deviations, wanted)
        ]
        costs = [points_within(2 * TAIL * deviations[steps].amax(0), spacing) for steps, spacing in groups]
        left = self._affordable_points() - sum(costs)
        tiled = widths[(sources > 0) & (sources != _SHARED)]
        if len(tiled):
            left -= float(self._tile_points(tiled).max())
        if left < 0:
            self._refine_graded(average, mean, variances, wanted.nonzero()[:, 0], value, error)
            return value, error
        for number, ((steps, spacing), cost) in enumerate(zip(groups, costs, strict=True)):
            share = left / (len(groups) - number)
            left -= self._refine(average, mean, variances, steps, spacing, cost + share, value, error) - cost
        return value, error

    def moments(
        self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"], *, strands: int | None = None
    ) -> ExpectedDerivatives:
        """E_q[log p(x|z)] and what it does as q moves, from so many strands; if not said, for the end of a search, from all.

        Where tiles serve q they are as good, unless it is very narrow: a polynomial then curves as the decoder rounds.
        """
        deviation = variance.sqrt()
        place, known = on_cpu(mean, variance[None])
        widths = np.sqrt(known)
        if self._resolved(place, widths)[0]:
            return self.image.grids(self.decoder).first(strands).moments(mean, variance)
        tiled = int(self._tile_class(widths)[0])
        if tiled != _NONE:
            found, error = self._patch(place, widths[0], tiled).moments(mean, variance)
            if error <= (_SETTLED if strands is None else _SEARCHED):
                return found
        spacing = self._local_spacing(mean, deviation)
        return self.image.about(self.decoder, mean, TAIL * deviation, spacing, strands).moments(mean, variance)

    def _refine(
        self,
        average: Integrand,
        mean: Tensor,
        variances: Tensor,
        steps: Tensor,
        spacing: Float[Tensor, " latent"],
        affordable: float,
        value: Tensor,
        error: Tensor,
    ) -> float:
        """Fill in `value` and `error` at `steps`, all from one lattice about the mean, ever finer; returns its points."""
        spent = 0.0
        while len(steps):
            half_width = TAIL * variances[steps].amax(0).sqrt()
            excess = float((2 * half_width / spacing + 1).prod()) / _MOST_POINTS
            known = error[steps].isfinite().all()
            if known and (excess > 1 or spent + points_within(2 * half_width, spacing) > affordable):
                break  # what could be had, and its error says how good that is
            if excess > 1:
                spacing = spacing * excess ** (1 / len(mean))
            spent += points_within(2 * half_width, spacing)
            grids = self.image.about(self.decoder, mean + average.offset * spacing, half_width, spacing)
            value[steps], error[steps] = averaged(average, grids, mean, variances[steps], self.lattice)
            steps = steps[~average.converged(value[steps], error[steps])]
            spacing = spacing / 2
        return spent

    def _refine_graded(
        self, average: Integrand, mean: Tensor, variances: Tensor, steps: Tensor, value: Tensor, error: Tensor
    ) -> None:
        """Improve `value` and `error` at `steps` by lattices whose spacing grows with the distance from the mean.

        They begin coarser than the decoder's smoothness asks for, where strands may agree by accident: an error is no
        smaller than a share of what the last halving of the spacing has changed.
        """
        left, before = self._affordable_points(), None
        lattice = GradedLattice(self.lattice.axis, mean, variances[steps].sqrt(), left / 5, average.offset)
        while len(steps) and (before is None or lattice.points <= left):
            left -= lattice.points
            found, unsure = averaged(average, self.image.graded(self.decoder, lattice), mean, variances[steps], self.lattice)
            unsure = _FIRST_SPREAD * unsure if before is None else unsure.maximum(_OF_CHANGE * (found - before).abs())
            better = unsure < error[steps]
            value[steps], error[steps] = found.where(better, value[steps]), unsure.where(better, error[steps])
            unfinished = ~average.converged(found, unsure)
            steps, before = steps[unfinished], found[unfinished]
            lattice.halve()

    def tiles_about(self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]) -> set[Tile]:
        """The tiles on which `average` evaluates some of these variances, whatever the image is."""
        tiles = self.image.unscaled.tiles
        place, known = on_cpu(mean, variances)
        widths = np.sqrt(known)
        sources = self._sources(place, widths)
        found: set[Tile] = set()
        for number in np.unique(sources[(sources != _SHARED) & (sources != _NONE)]).tolist():
            assert tiles is not None, "this model has no tiles"
            found.update(tiles.grid.within(place.tolist(), (TILED * widths[sources == number].max(0)).tolist()))
        return found

    def _sources(
        self, mean: Float[np.ndarray, " latent"], deviations: Float[np.ndarray, "steps latent"]
    ) -> Int[np.ndarray, " steps"]:
        """What resolves q: `_SHARED`, the number of a class of tiles, or `_NONE`."""
        return np.where(self._resolved(mean, deviations), _SHARED, self._tile_class(deviations))

    def _patch(
        self, mean: Float[np.ndarray, " latent"], deviation: Float[np.ndarray, " latent"], tile_class: int
    ) -> TilePatch:
        return self.image.patch(self.decoder, mean.tolist(), deviation.tolist(), WIDTHS[tile_class])

    def _group_spacing(
        self, mean: Tensor, deviations: Tensor, steps: Tensor, sources: Int[np.ndarray, " steps"]
    ) -> Float[Tensor, " latent"]:
        spacing = self._local_spacing(mean, deviations[steps].amin(0))
        if (sources[steps.cpu().numpy()] == _SHARED).any():
            # The shared lattice was tried and was too coarse.
            spacing = spacing.minimum(0.5 * self.lattice.axis.spacing_at(mean))
        return spacing

    def _affordable_points(self) -> float:
        return affordable_points(self.decoder.multiply_adds, convolves=self.decoder.convolves)

    def _local_spacing(self, mean: Tensor, deviation: Float[Tensor, " latent"]) -> Float[Tensor, " latent"]:
        """What q's width asks for, and no more than the spacing at which the decoder is known to be smooth."""
        return torch.minimum(FINENESS * deviation, self.lattice.axis.spacing_at(mean))

    def _resolved(
        self, mean: Float[np.ndarray, " latent"], deviations: Float[np.ndarray, "steps latent"]
    ) -> Bool[np.ndarray, " steps"]:
        """For which widths of q the shared lattice is wide and fine enough."""
        axis, distance = self.lattice.axis, np.abs(mean)
        # Three deviations out the spacing still counts; beyond that, little mass meets the wider one.
        fine = axis.spacing_at(distance + 3 * deviations) <= FINENESS * deviations
        return (fine & (distance + TAIL * deviations <= axis.reach)).all(-1)

    def _tile_class(self, deviations: Float[np.ndarray, "steps latent"]) -> Int[np.ndarray, " steps"]:
        """Which of `WIDTHS` a width of q belongs to; `_NONE` where there are no tiles, or it would take too many.

        Tiles serve a q that is narrow along one axis, and would take a fine lattice, and wide along the other.
        """
        tiles = self.image.unscaled.tiles
        if tiles is None:
            return np.full(len(deviations), _NONE)
        fitting = max(_TILE_BYTES / tiles.grid.bytes_of_tile(self.decoder), _FEWEST_TILES)
        most = min(fitting * NODES**2, self._affordable_points())
        return _tile_classes(deviations.tobytes(), tiles.grid, most)

    def _tile_points(self, deviations: Float[np.ndarray, "steps latent"]) -> Float[np.ndarray, " steps"]:
        """About how many points there are in the tiles of a q."""
        tiles = self.image.unscaled.tiles
        assert tiles is not None, "this model has no tiles"
        return NODES**2 * tiles.grid.number_within(TILED * deviations)


@lru_cache(maxsize=256)  # many means share a slider, and so its variances
def _tile_classes(deviations: bytes, grid: TileGrid, most_points: float) -> Int[np.ndarray, " steps"]:
    """For standard deviations of q, shape (steps, 2), float64, and for tiles of so many points."""
    widths = np.frombuffer(deviations).reshape(-1, 2)
    found = np.searchsorted(WIDTHS, widths.max(-1) / grid.half)
    fit = NODES**2 * grid.number_within(TILED * widths) <= most_points
    return np.where((fit | (found == 0)) & (found < len(WIDTHS)), found, _NONE)
