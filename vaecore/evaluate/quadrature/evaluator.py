"""One or two latents, any decoder: every expectation is a sum over a lattice fine enough to be trusted.

    q wide     the lattice that the model shares: decoded once, it serves every image and every q
    q narrow   small lattices about q's mean, one for each factor of 1.7 in its standard deviation
    log p(x)   the shared lattice, its cells split again and again where the posterior is (`refinement`)

Each sum comes with a bound on its error, and is repeated at half the spacing until that bound is small enough.
"""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.decoding import PointDecoder
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.models import VAE
from vaecore.core.optimum import LocalOptimum, best_of, maximise
from vaecore.core.records import Evidence, JointTable
from vaecore.core.rounding import refuse_beyond_rounding, rounding_of
from vaecore.evaluate.quadrature.evidence import Columns
from vaecore.evaluate.quadrature.expectations import GaussianExpectations
from vaecore.evaluate.quadrature.images import image_on_lattice
from vaecore.evaluate.quadrature.integrands import DIVERGENCE, EXPECTATION, SLOPES, Integrand, tolerance
from vaecore.evaluate.quadrature.memory import ModelMemory
from vaecore.evaluate.quadrature.modes import PosteriorMode, posterior_modes
from vaecore.evaluate.quadrature.shared_lattice import shared_lattice
from vaecore.evaluate.quadrature.tiles import decoded_tiles

_MOST_MODES = 6  # from which the best q is sought
_FAR = 200.0  # nats below the highest point at which points are left out of tables: all of them together hold nothing
_MARGIN = 1.0  # nats by which a summit must be higher than what a basin can hold, for q's tails leave it
# Of the objective, below which a search ends: the decoder's rounding.
_RISE = {torch.float32: 1e-5, torch.float64: 1e-11}


class LatticeQuadrature:
    """The `Evaluator` for models with one or two latents."""

    accuracy = Accuracy.BOUNDED

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.memory = ModelMemory.of(model)
        self.lattice = shared_lattice(self.decoder, self.memory)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and a bound on its error."""
        value, error = self._averages(EXPECTATION, x, mean, variances)
        return value[..., 0].to(x), self._reported_error(value, error, value, x)[..., 0]

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of the reconstruction, and bounds on their errors."""
        value, error = self._averages(SLOPES, x, mean, variances)
        error = self._reported_error(value, error, value[..., :1], x, SLOPES.share)
        units = self._to_sums(variances)
        units = torch.stack([units.sqrt(), units])
        by_mean, by_variance = value[..., 1:].chunk(2, dim=-1)
        errors = torch.stack(error[..., 1:].chunk(2, dim=-1))
        return (torch.stack([by_mean, by_variance]) / units).to(x), (errors / units).to(x)

    def gap(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        known: Evidence,
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """KL(q ‖ p(z|x)) by a sum of its own, over lattices that lie elsewhere, and a bound on its error."""
        value, error = (column[..., 0] for column in self._averages(DIVERGENCE, x, mean, variances))
        error = self._reported_error(value, error, -value, x) + known.error[:, None]
        return (value + known.value.to(value)[:, None]).to(x), error

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), a bound on its error and the table of log p(x, z)."""
        rows = [self._image(image).image.integral(self.decoder) for image in x]
        tables = tuple(_shown(row.table, x) for row in rows)
        value = torch.stack([row.value for row in rows])
        error = torch.stack([row.error for row in rows])
        return Evidence(value.to(x), self._reported_error(value, error, value, x), self.accuracy, tables)

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, from the encoder's answer and from the highest modes of the posterior."""
        rows = [self._best_of(image, beta) for image in x]
        return DiagonalGaussian(*(torch.stack(column).to(x) for column in zip(*rows, strict=True)))

    def decode_ahead(
        self, x: Float[Tensor, " pixels"], means: Float[Tensor, "means latent"], variances: Float[Tensor, "steps latent"]
    ) -> None:
        """Decode the tiles that sweeps of any image over these variances need about these means: x, say."""
        expectations = self._image(x)
        about = [expectations.tiles_about(m, self._to_sums(variances)) for m in self._to_sums(means)]
        needed = sorted(set().union(*about))
        tiles = expectations.image.unscaled.tiles
        if tiles is not None and needed:
            decoded_tiles(self.decoder, self.memory.features, tiles.grid, needed)

    def _best_of(self, x: Float[Tensor, " pixels"], beta: float) -> tuple[Tensor, Tensor]:
        image = self._image(x)
        integral = image.image.integral(self.decoder)
        refuse_beyond_rounding(self.model, x, integral.value, beta)
        starts = posterior_modes(integral, _MOST_MODES, beta)
        if self.model.encoder is not None:
            with torch.no_grad():
                q = self.model.encode(x[None].to(self.model.device, self.model.dtype))
            starts.append(PosteriorMode(self._to_sums(q.mean[0]), self._to_sums(q.variance[0]), starts[-1].log_mass))
        rise = _RISE.get(self.model.dtype, 1e-5)
        # On the way up one strand is enough where the decoder is smooth; the last steps are taken with all of them.
        few = partial(image.moments, strands=1) if self.lattice.smooth else image.moments
        summits: list[LocalOptimum] = []
        for start in starts:
            low = any(summit.objective > start.log_mass + _MARGIN for summit in summits)
            if not low and not any(summit.close_to(start.mean) for summit in summits):
                summits.append(maximise(few, start.mean, start.variance, beta, 10 * rise, summits))
        best = best_of(summits)
        best = maximise(image.moments, best.mean, best.variance, beta, rise)
        return best.mean, best.variance

    def _averages(self, average: Integrand, x: Tensor, mean: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, steps, columns), in float64: the columns of this average and their errors."""
        pairs = zip(x, self._to_sums(mean), self._to_sums(variances), strict=True)
        rows = [self._image(image).average(average, m, v) for image, m, v in pairs]
        value, error = (torch.stack(column) for column in zip(*rows, strict=True))
        return value, error

    def _reported_error(
        self, value: Tensor, error: Tensor, scale: Tensor, x: Tensor, share: float = EXPECTATION.share
    ) -> Tensor:
        """The error to tell: with the cost of the decoder's precision, a share of log p(x|z), and of that of x."""
        if not self.lattice.smooth:
            error = error.maximum(tolerance(value, share))
        rounding = rounding_of(self.model, x, scale).maximum(value.abs() * torch.finfo(x.dtype).eps)
        return (error + rounding).to(x)

    def _image(self, x: Float[Tensor, " pixels"]) -> GaussianExpectations:
        image = image_on_lattice(self.decoder, self.memory, self.lattice, self.decoder.project(x))
        return GaussianExpectations(self.decoder, image)

    def _to_sums(self, tensor: Tensor) -> Tensor:
        return tensor.detach().to(self.decoder.device, torch.float64)


def _shown(table: Columns, like: Tensor) -> JointTable:
    high = table[1] >= table[1].max() - _FAR
    return JointTable(*(column[high].to(like) for column in table))
