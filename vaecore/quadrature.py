"""One or two latents, any decoder: every expectation is a sum over a lattice fine enough to be trusted.

    q wide     the lattice that the model shares: decoded once, it serves every image and every q
    q narrow   small lattices about q's mean, one for each factor of 1.7 in its standard deviation
    log p(x)   the shared lattice, its cells split again and again where the posterior is (`refinement`)

Each sum comes with a bound on its error, and is repeated at half the spacing until that bound is small enough.
"""

import math
from collections.abc import Callable, Iterator
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.ascent import Moments, Summit, ascend, highest
from vaecore.decoding import PointDecoder
from vaecore.gaussian import DiagonalGaussian
from vaecore.lattice import FINENESS, SHIFTS, TAIL, DecodedLattice, LikelihoodTables
from vaecore.model import VAE
from vaecore.records import Evidence, JointTable, Provenance
from vaecore.refinement import Integral, basins, integrate
from vaecore.shared_lattice import shared_lattice

ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE = 5e-4, 5e-6  # half of what is promised
_NEST = 1.7  # range of standard deviations that share one small lattice
_MOST_POINTS = 300_000
_MOST_MODES = 6  # from which the best q is sought
_RISE = {
    torch.float32: 1e-5,
    torch.float64: 1e-11,
}  # of the objective below which a search ends: the decoder's rounding


class LatticeQuadrature:
    """The `Rule` for models with one or two latents."""

    provenance = Provenance.QUADRATURE

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.lattice = shared_lattice(self.decoder)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and a bound on its error."""
        means, variances = self._to_sums(mean), self._to_sums(variances)
        rows = [self._image(image).expectation(m, v) for image, m, v in zip(x, means, variances, strict=True)]
        value, error = (torch.stack(column) for column in zip(*rows, strict=True))
        return value.to(x), self._told(value, error, x)

    def gap(
        self, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian, known: Evidence
    ) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
        """KL(q ‖ p(z|x)) by a sum of its own, over lattices that lie elsewhere, and a bound on its error."""
        pairs = zip(x, self._to_sums(q.mean), self._to_sums(q.variance)[:, None], strict=True)
        rows = [self._image(image).divergence(mean, variance) for image, mean, variance in pairs]
        value, error = (torch.cat(column) for column in zip(*rows, strict=True))
        return (value + known.value.to(value)).to(x), self._told(value, error, x) + known.error

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), a bound on its error and the table of log p(x, z)."""
        rows = [self._image(image).integral for image in x]
        tables = tuple(JointTable(*(column.to(x) for column in row.table)) for row in rows)
        value = torch.stack([row.value for row in rows])
        error = torch.stack([row.error for row in rows])
        return Evidence(value.to(x), self._told(value, error, x), self.provenance, tables)

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, from the encoder's answer and from the highest modes of the posterior."""
        rows = [self._best_of(image, beta) for image in x]
        return DiagonalGaussian(*(torch.stack(column).to(x) for column in zip(*rows, strict=True)))

    def _best_of(self, x: Float[Tensor, " pixels"], beta: float) -> tuple[Tensor, Tensor]:
        image = self._image(x)
        starts = basins(image.integral, self.lattice.axis, _MOST_MODES)
        if self.model.encoder is not None:
            with torch.no_grad():
                q = self.model.encode(x[None].to(self.model.device, self.model.dtype))
            starts.append((self._to_sums(q.mean[0]), self._to_sums(q.variance[0])))
        rise = _RISE.get(self.model.dtype, 1e-5)
        summits: list[Summit] = []
        for mean, variance in starts:
            if not any(((mean - s.mean).abs() < s.variance.sqrt()).all() for s in summits):
                summits.append(ascend(image.moments, mean, variance, beta, rise))
        best = highest(summits)
        return best.mean, best.variance

    def _told(self, value: Tensor, error: Tensor, x: Tensor) -> Tensor:
        """The error to tell: with the cost of the decoder's precision and of that of x, in which the value is told."""
        if not self.lattice.smooth:
            error = error.maximum(_tolerance(value))
        return (error + value.abs() * max(torch.finfo(kind).eps for kind in (self.model.dtype, x.dtype))).to(x)

    def _image(self, x: Float[Tensor, " pixels"]) -> "ImageQuadrature":
        return ImageQuadrature(self.decoder, self.lattice, x)

    def _to_sums(self, tensor: Tensor) -> Tensor:
        return tensor.detach().to(self.decoder.device, torch.float64)


class ImageQuadrature:
    """The sums of one image, in float64; its table on the shared lattice is made once, when first asked for."""

    def __init__(self, decoder: PointDecoder, lattice: DecodedLattice, x: Float[Tensor, " pixels"]) -> None:
        self.decoder = decoder
        self.lattice = lattice
        self.projected = decoder.project(x)

    @cached_property
    def tables(self) -> LikelihoodTables:
        """log p(x|z) on the shared lattice."""
        return self.lattice.tables(self.projected, SHIFTS[self.lattice.dimensions])

    @cached_property
    def integral(self) -> Integral:
        """log p(x)."""
        return integrate(self.decoder, self.projected, self.lattice.axis, self.tables.strands[0])

    def expectation(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
        """E[log p(x|z)] over N(mean, diag(variance)) for each variance, and a bound on its error."""
        return self._average(LikelihoodTables.expectation, mean, variances, offset=0.0)

    def divergence(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
        """E[log q(z) − log p(x, z)] over q = N(mean, diag(variance)) for each variance, and a bound on its error."""
        return self._average(LikelihoodTables.divergence, mean, variances, offset=0.2)

    def _average(
        self, over: Callable, mean: Tensor, variances: Tensor, offset: float
    ) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
        """An average over q for each variance; the centres of its small lattices lie `offset` spacings off the mean."""
        value = torch.full_like(variances[:, 0], math.nan)
        error = torch.full_like(value, math.inf)
        deviations = variances.sqrt()
        shared = self._resolved(mean, deviations)
        if shared.any():
            value[shared], error[shared] = over(self.tables, mean, variances[shared])
        for steps in _nests(deviations, ~_good(value, error)):
            spacing = self._local_spacing(mean, deviations[steps].amin(0))
            if shared[steps].any():
                # The shared lattice was tried and was too coarse.
                spacing = spacing.minimum(0.5 * self.lattice.axis.spacing_at(mean))
            self._refine(over, offset, mean, variances, steps, spacing, value, error)
        return value, error

    def moments(self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"]) -> Moments:
        """E_q[log p(x|z)] and what it does as q moves."""
        deviation = variance.sqrt()
        if self._resolved(mean, deviation[None]).all():
            return self.tables.moments(mean, variance)
        spacing = self._local_spacing(mean, deviation)
        return self._local_tables(mean, TAIL * deviation, spacing).moments(mean, variance)

    def _refine(
        self,
        over: Callable,
        offset: float,
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
            tables = self._local_tables(mean + offset * spacing, half_width, spacing)
            value[steps], error[steps] = over(tables, mean, variances[steps])
            steps = steps[~_good(value[steps], error[steps])]
            spacing = spacing / 2

    def _local_tables(self, centre: Tensor, half_width: Tensor, spacing: Tensor) -> LikelihoodTables:
        return LikelihoodTables.about(self.decoder, self.projected, centre, half_width, spacing)

    def _local_spacing(self, mean: Tensor, deviation: Float[Tensor, " latent"]) -> Float[Tensor, " latent"]:
        """What q's width asks for, and no more than the spacing at which the decoder is known to be smooth."""
        return torch.minimum(FINENESS * deviation, self.lattice.axis.spacing_at(mean))

    def _resolved(self, mean: Tensor, deviations: Float[Tensor, "steps latent"]) -> Tensor:
        """For which widths of q the shared lattice is wide and fine enough."""
        axis = self.lattice.axis
        # Three deviations out the spacing still counts; beyond that, little mass meets the wider one.
        fine = axis.spacing_at(mean.abs() + 3 * deviations) <= FINENESS * deviations
        return (fine & (mean.abs() + TAIL * deviations <= axis.reach)).all(-1)


def _tolerance(value: Tensor) -> Tensor:
    return (RELATIVE_TOLERANCE * value.abs()).clamp_min(ABSOLUTE_TOLERANCE)


def _good(value: Tensor, error: Tensor) -> Tensor:
    return error <= _tolerance(value)


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
