"""More than two latents: Monte Carlo estimates from scrambled Sobol points, with their standard errors.

Common random numbers across q: every q of a model meets the same points, so curves are smooth and differences far more
precise than levels. That hides the error and does not remove it; hence several independent scrambles, whose spread is the
error. For the same reason the errors of different images are not independent of each other.

Control variates remove what is quadratic in z from the noise, so that estimates are exact for quadratic log-likelihoods.
Their coefficients are cross-fitted (`control_variates`). Points whose sample moments are made exact (whitening) do as much
for the variance but are biased where points are few: for f(z) = z² and 256 latents by 90 standard errors. They serve only
to search for the best q, and for average images.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal
from vaecore.core.interpolation import along, standard_error
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module
from vaecore.core.optimum import LocalOptimum, best_of
from vaecore.core.records import Evidence
from vaecore.core.rounding import refuse_beyond_rounding, rounding_of
from vaecore.core.smoothness import is_smooth
from vaecore.evaluate.importance import WeightedEstimate
from vaecore.evaluate.quadrature.memory import ModelMemory, bytes_of
from vaecore.evaluate.sampled_evidence import sampled_evidence
from vaecore.evaluate.sampled_optima import Optima, Search
from vaecore.evaluate.scrambles import OTHER, OWN, SCRAMBLES, ScrambledAverages
from vaecore.evaluate.sobol_points import points_for, whitened_sobol

STUDENT = math.sqrt((SCRAMBLES - 1) / (SCRAMBLES - 3))
"""Standard deviation of Student's t: scores by a spread over so few scrambles are that much wider than Gaussian ones."""
_SCALE, _PLACES = 0.1, 512  # distance in z over which smoothness is measured, and at how many places
# Of a sweep, variances that are evaluated at first: of averages over both sets of scrambles, and of slopes. The gap and the
# slopes share theirs, and what is decoded there.
_NODES, _NODES_OF_SLOPES = {OWN: 19, OTHER: 23}, 23
# Nats, and nats for a standard deviation and for a log variance of q, by which interpolation may be off whatever the noise
# is: half of what is promised for one or two latents.
_TOLERANCE = 5e-4
_POWERS = torch.tensor([[1.0], [1.5]])  # of the variance, with which interpolation of values may go: see `along`


class SobolSampling:
    """The `Evaluator` for models with more latents than a lattice can hold."""

    accuracy = Accuracy.ESTIMATED

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.rounding = torch.finfo(model.dtype).eps  # of log p(x|z) and its slopes, as a share of them
        self.smooth = cached_on_module(model.decoder, "smooth", lambda: is_smooth(model, _SCALE, _PLACES))
        self.memory = ModelMemory.of(model).images
        self.search_noise = whitened_sobol(model.latent_dim, points_for(model.latent_dim), SCRAMBLES).to(self.decoder.device)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and its standard error."""
        value, error = self._expectations(OWN, x, mean, variances)
        return value.to(x), error.to(x)

    def by_scramble(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variance: Float[Tensor, "batch latent"],
    ) -> Float[Tensor, "batch scrambles"]:
        """E_q[log p(x|z)] as each scramble has it, float64: the same scrambles for every image."""
        rows = []
        for image, m, v in zip(x, mean.to(self.search_noise), variance.to(self.search_noise), strict=True):
            rows.append(self._averages(self.decoder.project(image), m).values(OWN, v[None]))
        return torch.cat(rows)[..., 0]

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        *,
        independent: bool = True,
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of the reconstruction, and their standard errors.

        By the reparametrisation gradient (Kingma & Welling 2014, section 2.4), from the points that the gap is averaged over
        as well; or, if they need not be independent, from those of `reconstruction`.
        """
        by_mean, by_log_variance = _POWERS - 0.5, _POWERS
        powers = torch.cat([by_mean.expand(-1, self.model.latent_dim), by_log_variance.expand(-1, self.model.latent_dim)], 1)

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            evaluate = partial(self._averages(image, m).slopes, OTHER if independent else OWN)
            deviations, ones = v.sqrt(), torch.ones_like(v)

            def tolerance(slopes: Tensor) -> Tensor:
                return _TOLERANCE / torch.cat([deviations, ones], dim=1) + self.rounding * slopes.abs()

            columns, added = along(evaluate, v, powers.to(v), self.smooth, tolerance, _NODES_OF_SLOPES)
            units = torch.cat([ones, v], dim=1)
            return columns / units[:, None], added / units

        value, error = self._estimates(of, x, mean, variances)
        error = error + value.abs() * self.rounding
        values, errors = (torch.stack(columns.chunk(2, dim=-1)) for columns in (value, error))
        return values.to(x), errors.to(x)

    def gap(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        known: Evidence,
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """KL(q ‖ p(z|x)) from scrambles of its own, and its standard error with that of log p(x).

        The averages of log q and log p(z) are known exactly: they are the KL to the prior.
        """
        value, error = self._expectations(OTHER, x, mean, variances)
        kl = kl_to_standard_normal(*(t.detach().to(value) for t in (mean[:, None], variances))).sum(-1)
        evidence, unsure = known.value.to(value)[:, None], known.error.to(value)[:, None]
        return (evidence - value + kl).to(x), (error.square() + unsure.square()).sqrt().to(x)

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), estimated from below by importance sampling about the best Gaussians, with Pareto k̂ of the weights."""
        found = self.weighted(x, few=True)
        value, error, k = (torch.stack([getattr(one, name) for one in found]) for name in ("value", "error", "pareto_k"))
        error = error + rounding_of(self.model, x, value)
        return Evidence(value.to(x), error.to(x), Accuracy.LOWER_BOUND, None, k.to(x))

    def weighted(self, x: Float[Tensor, "batch pixels"], *, few: bool = False) -> list[WeightedEstimate]:
        """The importance weights of each image; of few draws, if they may be few and do."""
        return [
            sampled_evidence(self.decoder, self.decoder.project(image), self._optima(image, q, 1.0, True), few=few)
            for image, q in zip(x, self._encoded(x), strict=True)
        ]

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, searched from the prior's centre and the encoder's q, or without one from every mode."""
        alone = self.model.encoder is None
        found = [best_of(self._optima(image, q, beta, alone)) for image, q in zip(x, self._encoded(x), strict=True)]
        for image, optimum in zip(x, found, strict=True):
            refuse_beyond_rounding(self.model, image, optimum.derivatives.value, beta)
        mean, variance = (torch.stack([getattr(one, name) for one in found]).to(x) for name in ("mean", "variance"))
        return DiagonalGaussian(mean, variance)

    def _optima(
        self, x: Float[Tensor, " pixels"], encoded: tuple[Tensor, Tensor] | None, beta: float, of_every_mode: bool
    ) -> list[LocalOptimum]:
        """The local maxima of the objective: those of the usual starts serve the best q and log p(x), and are kept."""
        search = Search(self.decoder, x, self.search_noise, beta)
        start = None if encoded is None else torch.cat(encoded).numpy(force=True).tobytes()
        key = "optima", self.decoder.project(x).key, beta, start
        few: Optima | None = self.memory.found(key)
        if few is None:
            few = search.few_starts(encoded)
            self.memory.put(key, few, bytes_of(few))
        return search.every_mode(few) if of_every_mode else few.all

    def _encoded(self, x: Float[Tensor, "batch pixels"]) -> list[tuple[Tensor, Tensor] | None]:
        """The encoder's q of each image; None without an encoder."""
        if self.model.encoder is None:
            return [None] * len(x)
        with torch.no_grad():
            q = self.model.encode(x.to(self.model.device, self.model.dtype))
        return list(zip(q.mean.to(self.search_noise), q.variance.to(self.search_noise), strict=True))

    def _averages(self, image: ProjectedImage, mean: Tensor) -> ScrambledAverages:
        return ScrambledAverages(self.decoder, image, mean, self.memory)

    def _expectations(self, which: int, x: Tensor, mean: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """E_q[log p(x|z)] over these scrambles and its error, (batch, steps), float64."""
        powers = _POWERS.to(self.search_noise)

        def tolerance(values: Tensor) -> Tensor:
            return _TOLERANCE + self.rounding * values.abs()

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            evaluate = partial(self._averages(image, m).values, which)
            return along(evaluate, v, powers, self.smooth, tolerance, _NODES[which])

        value, error = (columns[..., 0] for columns in self._estimates(of, x, mean, variances))
        return value, error + rounding_of(self.model, x, value)

    def _estimates(
        self,
        of: Callable[[ProjectedImage, Tensor, Tensor], tuple[Tensor, Tensor]],
        x: Tensor,
        mean: Tensor,
        variances: Tensor,
    ) -> tuple[Float[Tensor, "batch steps columns"], Float[Tensor, "batch steps columns"]]:
        """The mean over scrambles of every image's columns, and its standard error with what interpolation adds."""
        pairs = zip(x, mean.detach().to(self.search_noise), variances.detach().to(self.search_noise), strict=True)
        rows = [of(self.decoder.project(image), m, v) for image, m, v in pairs]
        columns, added = (torch.stack(column) for column in zip(*rows, strict=True))
        return columns.mean(2), STUDENT * standard_error(columns) + added
