"""Averages over q of one image's log p(x|z), each from what resolves q.

    q wide       the lattice that the model shares
    q narrow     polynomials on the tiles about q's mean, where the decoder is smooth
    otherwise    a small lattice about q's mean for each factor of 1.7 in its standard deviation

and where their errors are too large, again on small lattices, at half the spacing until the strands of the lattice agree.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder
from vaecore.core.optimum import ExpectedDerivatives
from vaecore.evaluate.quadrature.grids import FINENESS, TAIL, LogLikelihoodGrids
from vaecore.evaluate.quadrature.images import ImageOnLattice
from vaecore.evaluate.quadrature.patch import WIDEST, TilePatch

ABSOLUTE_TOLERANCE = 5e-4  # nats, half of what is promised
_PROMISED = 1.9  # tolerances are half of what is promised; a little is left for the decoder's rounding
_SEARCHED = 1e-2  # nats per standard deviation of q that derivatives may err by on the way to an optimum
_SCALE_GROUP = 1.7  # range of standard deviations that share one small lattice
_MOST_POINTS = 300_000


@dataclass(frozen=True)
class Integrand:
    """What is averaged over q, and how well."""

    name: str  # of the method of `LogLikelihoodGrids` and `TilePatch`: its columns for each variance, with errors
    columns: tuple[int, int]  # how many there are for one latent and for two
    share: float  # of a column, half of what is promised: its tolerance where that is more than `ABSOLUTE_TOLERANCE`
    offset: float = 0.0  # of the small lattices from q's mean, in spacings

    def over(
        self,
        source: LogLikelihoodGrids | TilePatch,
        mean: Float[Tensor, " latent"],
        variances: Float[Tensor, "steps latent"],
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """Its columns for each variance, and their errors."""
        return getattr(source, self.name)(mean, variances)

    def converged(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is known well enough to stop."""
        return (error <= tolerance(value, self.share)).all(-1)

    def acceptable(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is as good as is promised; there is nothing to gain from another lattice."""
        return (error <= _PROMISED * tolerance(value, self.share)).all(-1)


EXPECTATION = Integrand("expectation", (1, 1), 5e-6)
DIVERGENCE = Integrand("divergence", (1, 1), 5e-6, offset=0.2)
SLOPES = Integrand("slopes", (3, 5), 5e-4)


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
        deviations = variances.sqrt()
        value = variances.new_full((len(variances), average.columns[len(mean) - 1]), math.nan)
        error = torch.full_like(value, math.inf)
        place, widths = self._on_cpu(mean, deviations)
        shared = self._resolved(place, widths)
        tiled = ~shared & self._tiled(widths)
        if shared.any():
            steps = _indices(shared, value)
            value[steps], error[steps] = average.over(self.image.grids(self.decoder), mean, variances[steps])
        if tiled.any():
            steps = _indices(tiled, value)
            value[steps], error[steps] = average.over(self._patch(place, widths[tiled].amax(0)), mean, variances[steps])
        # A lattice of its own for a q as wide as the latent space may take a second: only where the promise asks for it.
        for steps in _scale_groups(deviations, ~average.acceptable(value, error)):
            spacing = self._local_spacing(mean, deviations[steps].amin(0))
            if shared[steps].any():
                # The shared lattice was tried and was too coarse.
                spacing = spacing.minimum(0.5 * self.lattice.axis.spacing_at(mean))
            self._refine(average, mean, variances, steps, spacing, value, error)
        return value, error

    def moments(
        self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"], *, strands: int | None = None
    ) -> ExpectedDerivatives:
        """E_q[log p(x|z)] and what it does as q moves, from so many strands; if not said from all of them, and no tiles.

        The curvature of a polynomial over a very narrow q is that of the decoder's rounding: good enough on the way to an
        optimum, not at its end.
        """
        deviation = variance.sqrt()
        place, widths = self._on_cpu(mean, deviation[None])
        if self._resolved(place, widths).all():
            return self.image.grids(self.decoder).first(strands).moments(mean, variance)
        if strands is not None and self._tiled(widths).all():
            found, error = self._patch(place, widths[0]).moments(mean, variance)
            if error <= _SEARCHED:
                return found
        spacing = self._local_spacing(mean, deviation)
        return self._local_grids(mean, TAIL * deviation, spacing, strands).moments(mean, variance)

    def _refine(
        self,
        average: Integrand,
        mean: Tensor,
        variances: Tensor,
        steps: Tensor,
        spacing: Float[Tensor, " latent"],
        value: Tensor,
        error: Tensor,
    ) -> None:
        """Fill in `value` and `error` at `steps`, all from one lattice about the mean, ever finer."""
        while len(steps):
            half_width = TAIL * variances[steps].amax(0).sqrt()
            excess = float((2 * half_width / spacing + 1).prod()) / _MOST_POINTS
            if excess > 1:
                if error[steps].isfinite().all():
                    return  # what could be had, and its error says how good that is
                spacing = spacing * excess ** (1 / len(mean))
            grids = self._local_grids(mean + average.offset * spacing, half_width, spacing)
            value[steps], error[steps] = average.over(grids, mean, variances[steps])
            steps = steps[~average.converged(value[steps], error[steps])]
            spacing = spacing / 2

    def _local_grids(
        self, centre: Tensor, half_width: Tensor, spacing: Tensor, strands: int | None = None
    ) -> LogLikelihoodGrids:
        return LogLikelihoodGrids.about(self.decoder, self.image.projected, centre, half_width, spacing, strands)

    def _patch(self, mean: Tensor, deviation: Tensor) -> TilePatch:
        return self.image.patch(self.decoder, mean.tolist(), deviation.tolist())

    def _local_spacing(self, mean: Tensor, deviation: Float[Tensor, " latent"]) -> Float[Tensor, " latent"]:
        """What q's width asks for, and no more than the spacing at which the decoder is known to be smooth."""
        return torch.minimum(FINENESS * deviation, self.lattice.axis.spacing_at(mean))

    @staticmethod
    def _on_cpu(mean: Tensor, deviations: Tensor) -> tuple[Tensor, Tensor]:
        """Where the choice of what resolves q is made: one copy, for each would make a GPU wait."""
        both = torch.cat([mean[None], deviations]).cpu()
        return both[0], both[1:]

    def _resolved(self, mean: Tensor, deviations: Float[Tensor, "steps latent"]) -> Bool[Tensor, " steps"]:
        """For which widths of q the shared lattice is wide and fine enough."""
        axis = self.lattice.axis
        # Three deviations out the spacing still counts; beyond that, little mass meets the wider one.
        fine = axis.spacing_at(mean.abs() + 3 * deviations) <= FINENESS * deviations
        return (fine & (mean.abs() + TAIL * deviations <= axis.reach)).all(-1)

    def _tiled(self, deviations: Float[Tensor, "steps latent"]) -> Bool[Tensor, " steps"]:
        """For which widths of q there are tiles."""
        tiles = self.image.unscaled.tiles
        return (deviations <= (-1.0 if tiles is None else WIDEST * tiles.grid.half)).all(-1)


def tolerance(value: Tensor, share: float) -> Tensor:
    """The largest error that ends a refinement."""
    return (share * value.abs()).clamp_min(ABSOLUTE_TOLERANCE)


def _indices(chosen: Bool[Tensor, " steps"], like: Tensor) -> Tensor:
    return chosen.nonzero()[:, 0].to(like.device)


def _scale_groups(deviations: Float[Tensor, "steps latent"], wanted: Tensor) -> Iterator[Tensor]:
    """Indices of the wanted steps, in groups whose standard deviations lie within `_SCALE_GROUP` on every axis."""
    indices = wanted.nonzero()[:, 0]
    if not len(indices):
        return
    logs = deviations[indices].log()
    low, span = logs.amin(0), logs.amax(0) - logs.amin(0)
    count = (span / math.log(_SCALE_GROUP)).ceil().clamp_min(1)
    group = ((logs - low) / span.clamp_min(1e-12) * count).floor().minimum(count - 1)
    for key in group.unique(dim=0):
        yield indices[(group == key).all(-1)]
