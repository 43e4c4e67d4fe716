"""Averages over q of one image's log p(x|z), each on the lattice that q needs.

    q wide     the lattice that the model shares, where it resolves q
    q narrow   a small lattice about q's mean for each factor of 1.7 in its standard deviation

and again at half the spacing until the strands of the lattice agree.
"""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.optimum import ExpectedDerivatives
from vaecore.evaluate.quadrature.evidence import Integral, integrate
from vaecore.evaluate.quadrature.lattice import FINENESS, SHIFTS, TAIL, DecodedLattice, LogLikelihoodGrids

ABSOLUTE_TOLERANCE = 5e-4  # nats, half of what is promised
_PROMISED = 1.9  # tolerances are half of what is promised; a little is left for the decoder's rounding
_NEST = 1.7  # range of standard deviations that share one small lattice
_MOST_POINTS = 300_000
_RECENT = 4  # images whose tables are kept, a few megabytes each at most


@dataclass(frozen=True)
class Integrand:
    """What is averaged over q, and how well."""

    over: Callable[[LogLikelihoodGrids, Tensor, Tensor], tuple[Tensor, Tensor]]  # its columns for each variance, with errors
    columns: Callable[[int], int]  # how many there are, by number of latents
    share: float  # of a column, half of what is promised: its tolerance where that is more than `ABSOLUTE_TOLERANCE`
    offset: float = 0.0  # of the small lattices from q's mean, in spacings

    def converged(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is known well enough to stop."""
        return (error <= tolerance(value, self.share)).all(-1)

    def acceptable(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is as good as is promised; there is nothing to gain from another lattice."""
        return (error <= _PROMISED * tolerance(value, self.share)).all(-1)


EXPECTATION = Integrand(LogLikelihoodGrids.expectation, lambda latents: 1, 5e-6)
DIVERGENCE = Integrand(LogLikelihoodGrids.divergence, lambda latents: 1, 5e-6, offset=0.2)
SLOPES = Integrand(LogLikelihoodGrids.slopes, lambda latents: 1 + 2 * latents, 5e-4)


class ImageOnLattice:
    """One image on the shared lattice, in float64: each made once, when first asked for."""

    def __init__(self, lattice: DecodedLattice, projected: ProjectedImage) -> None:
        self.lattice = lattice
        self.projected = projected
        self._integral: Integral | None = None

    @cached_property
    def tables(self) -> LogLikelihoodGrids:
        """log p(x|z) on every strand."""
        return self.lattice.tables(self.projected, SHIFTS[self.lattice.dimensions])

    def integral(self, decoder: PointDecoder) -> Integral:
        """log p(x)."""
        if self._integral is None:
            self._integral = integrate(decoder, self.projected, self.lattice.axis, self.tables)
        return self._integral


class RecentImages:
    """The images that were last asked for: as q moves, the image stays."""

    def __init__(self) -> None:
        self._images: list[ImageOnLattice] = []
        self._lock = threading.Lock()

    def on(self, lattice: DecodedLattice, projected: ProjectedImage) -> ImageOnLattice:
        """The image on the lattice, with what is known of it."""
        with self._lock:
            known = [one for one in self._images if one.lattice is lattice and one.projected.same_as(projected)]
            image = known[0] if known else ImageOnLattice(lattice, projected)
            self._images = [image, *(one for one in self._images if one is not image)][:_RECENT]
        return image


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
        value = variances.new_full((len(variances), average.columns(len(mean))), math.nan)
        error = torch.full_like(value, math.inf)
        shared = self._resolved(mean, deviations)
        if shared.any():
            value[shared], error[shared] = average.over(self.image.tables, mean, variances[shared])
        # A lattice of its own for a q as wide as the latent space may take a second: only where the promise asks for it.
        for steps in _nests(deviations, ~average.acceptable(value, error)):
            spacing = self._local_spacing(mean, deviations[steps].amin(0))
            if shared[steps].any():
                # The shared lattice was tried and was too coarse.
                spacing = spacing.minimum(0.5 * self.lattice.axis.spacing_at(mean))
            self._refine(average, mean, variances, steps, spacing, value, error)
        return value, error

    def moments(
        self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"], *, strands: int | None = None
    ) -> ExpectedDerivatives:
        """E_q[log p(x|z)] and what it does as q moves, from so many strands; all of them if not said."""
        deviation = variance.sqrt()
        if self._resolved(mean, deviation[None]).all():
            return LogLikelihoodGrids(self.image.tables.strands[:strands]).moments(mean, variance)
        spacing = self._local_spacing(mean, deviation)
        return self._local_tables(mean, TAIL * deviation, spacing, strands).moments(mean, variance)

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
            tables = self._local_tables(mean + average.offset * spacing, half_width, spacing)
            value[steps], error[steps] = average.over(tables, mean, variances[steps])
            steps = steps[~average.converged(value[steps], error[steps])]
            spacing = spacing / 2

    def _local_tables(
        self, centre: Tensor, half_width: Tensor, spacing: Tensor, strands: int | None = None
    ) -> LogLikelihoodGrids:
        shifts = SHIFTS[len(centre)][:strands]
        return LogLikelihoodGrids.about(self.decoder, self.image.projected, centre, half_width, spacing, shifts)

    def _local_spacing(self, mean: Tensor, deviation: Float[Tensor, " latent"]) -> Float[Tensor, " latent"]:
        """What q's width asks for, and no more than the spacing at which the decoder is known to be smooth."""
        return torch.minimum(FINENESS * deviation, self.lattice.axis.spacing_at(mean))

    def _resolved(self, mean: Tensor, deviations: Float[Tensor, "steps latent"]) -> Tensor:
        """For which widths of q the shared lattice is wide and fine enough."""
        axis = self.lattice.axis
        # Three deviations out the spacing still counts; beyond that, little mass meets the wider one.
        fine = axis.spacing_at(mean.abs() + 3 * deviations) <= FINENESS * deviations
        return (fine & (mean.abs() + TAIL * deviations <= axis.reach)).all(-1)


def tolerance(value: Tensor, share: float) -> Tensor:
    """The largest error that ends a refinement."""
    return (share * value.abs()).clamp_min(ABSOLUTE_TOLERANCE)


def _nests(deviations: Float[Tensor, "steps latent"], wanted: Tensor) -> Iterator[Tensor]:
    """Indices of the wanted steps, in groups whose standard deviations lie within a factor of `_NEST` on every axis."""
    indices = wanted.nonzero()[:, 0]
    if not len(indices):
        return
    logs = deviations[indices].log()
    low, span = logs.amin(0), logs.amax(0) - logs.amin(0)
    count = (span / math.log(_NEST)).ceil().clamp_min(1)
    nest = ((logs - low) / span.clamp_min(1e-12) * count).floor().minimum(count - 1)
    for key in nest.unique(dim=0):
        yield indices[(nest == key).all(-1)]
