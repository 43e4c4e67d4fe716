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
from vaecore.core.interpolation import Columns, along, standard_error
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module
from vaecore.core.optimum import best_of
from vaecore.core.records import Evidence
from vaecore.core.rounding import refuse_beyond_rounding, rounding_of
from vaecore.core.smoothness import is_smooth
from vaecore.evaluate.control_variates import cross_fitted
from vaecore.evaluate.importance import WeightedEstimate
from vaecore.evaluate.sampled_evidence import sampled_evidence
from vaecore.evaluate.sampled_optima import local_optima
from vaecore.evaluate.sobol_points import normal_sobol, points_for, whitened_sobol

_SCRAMBLES = 8
STUDENT = math.sqrt((_SCRAMBLES - 1) / (_SCRAMBLES - 3))
"""Standard deviation of Student's t: scores by a spread over so few scrambles are that much wider than Gaussian ones."""
_SCALE, _PLACES = 0.1, 512  # distance in z over which smoothness is measured, and at how many places
# Of a sweep, variances that are evaluated at first; nats, and nats for a standard deviation and for a log variance of q, by
# which interpolation may be off whatever the noise is: half of what is promised for one or two latents.
_NODES, _NODES_OF_SLOPES, _TOLERANCE = 19, 23, 5e-4
_POWERS = torch.tensor([[1.0], [1.5]])  # of the variance, with which interpolation of values may go: see `along`
_NUMBERS_AT_ONCE = 2**22  # of control variates in memory
_STEP = 0.02  # in z, for the second differences of log p(x|z) at q's mean; they only steer control variates


class SobolSampling:
    """The `Evaluator` for models with more latents than a lattice can hold."""

    accuracy = Accuracy.ESTIMATED

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.rounding = torch.finfo(model.dtype).eps  # of log p(x|z) and its slopes, as a share of them
        self.smooth = cached_on_module(model.decoder, "smooth", lambda: is_smooth(model, _SCALE, _PLACES))
        points = points_for(model.latent_dim)
        noise = normal_sobol(model.latent_dim, points, 2 * _SCRAMBLES).to(self.decoder.device)
        self.noise, self.other_noise = noise.chunk(2)
        self.search_noise = whitened_sobol(model.latent_dim, points, _SCRAMBLES).to(self.decoder.device)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and its standard error."""
        value, error = self._expectations(self.noise, x, mean, variances)
        return value.to(x), error.to(x)

    def by_scramble(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variance: Float[Tensor, "batch latent"],
    ) -> Float[Tensor, "batch scrambles"]:
        """E_q[log p(x|z)] as each scramble has it, float64: the same scrambles for every image."""
        rows = []
        for image, m, v in zip(x, mean, variance, strict=True):
            projected = self.decoder.project(image)
            rows.append(self._values(self.noise, projected, m, v[None], self._hessian(projected, m)))
        return torch.cat(rows)[..., 0]

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of the reconstruction, and their standard errors.

        By the reparametrisation gradient (Kingma & Welling 2014, section 2.4).
        """
        by_mean, by_log_variance = _POWERS - 0.5, _POWERS
        powers = torch.cat([by_mean.expand(-1, self.model.latent_dim), by_log_variance.expand(-1, self.model.latent_dim)], 1)

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            hessian = self._hessian(image, m)
            evaluate = partial(self._gradients, image, m, hessian=hessian)
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
        value, error = self._expectations(self.other_noise, x, mean, variances)
        kl = kl_to_standard_normal(*(t.detach().to(value) for t in (mean[:, None], variances))).sum(-1)
        evidence, unsure = known.value.to(value)[:, None], known.error.to(value)[:, None]
        return (evidence - value + kl).to(x), (error.square() + unsure.square()).sqrt().to(x)

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), estimated from below by importance sampling about the best Gaussians, with Pareto k̂ of the weights."""
        found = self.weighted(x)
        value, error, k = (torch.stack([getattr(one, name) for one in found]) for name in ("value", "error", "pareto_k"))
        error = error + rounding_of(self.model, x, value)
        return Evidence(value.to(x), error.to(x), Accuracy.LOWER_BOUND, None, k.to(x))

    def weighted(self, x: Float[Tensor, "batch pixels"]) -> list[WeightedEstimate]:
        """The importance weights of each image."""
        return [
            sampled_evidence(
                self.decoder,
                self.decoder.project(image),
                local_optima(self.decoder, image, self.search_noise, q, 1.0, of_every_mode=True),
            )
            for image, q in zip(x, self._encoded(x), strict=True)
        ]

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, searched from the prior's centre and the encoder's q, or without one from every mode."""
        alone = self.model.encoder is None
        pairs = zip(x, self._encoded(x), strict=True)
        optima = partial(local_optima, self.decoder, noise=self.search_noise, beta=beta, of_every_mode=alone)
        found = [best_of(optima(image, encoded=q)) for image, q in pairs]
        for image, optimum in zip(x, found, strict=True):
            refuse_beyond_rounding(self.model, image, optimum.derivatives.value, beta)
        mean, variance = (torch.stack([getattr(one, name) for one in found]).to(x) for name in ("mean", "variance"))
        return DiagonalGaussian(mean, variance)

    def _encoded(self, x: Float[Tensor, "batch pixels"]) -> list[tuple[Tensor, Tensor] | None]:
        """The encoder's q of each image; None without an encoder."""
        if self.model.encoder is None:
            return [None] * len(x)
        with torch.no_grad():
            q = self.model.encode(x.to(self.model.device, self.model.dtype))
        return list(zip(q.mean.to(self.noise), q.variance.to(self.noise), strict=True))

    def _expectations(self, noise: Tensor, x: Tensor, mean: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """E_q[log p(x|z)] over this noise and its error, (batch, steps), float64."""
        powers = _POWERS.to(self.noise)

        def tolerance(values: Tensor) -> Tensor:
            return _TOLERANCE + self.rounding * values.abs()

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            hessian = self._hessian(image, m)
            evaluate = partial(self._values, noise, image, m, hessian=hessian)
            return along(evaluate, v, powers, self.smooth, tolerance, _NODES)

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
        pairs = zip(x, mean.detach().to(self.noise), variances.detach().to(self.noise), strict=True)
        rows = [of(self.decoder.project(image), m, v) for image, m, v in pairs]
        columns, added = (torch.stack(column) for column in zip(*rows, strict=True))
        return columns.mean(2), STUDENT * standard_error(columns) + added

    def _values(self, noise: Tensor, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        """E_q[log p(x|z)] by each scramble, in one column."""
        if not variances.any():
            return self.decoder.log_likelihood(image, mean[None]).expand(len(variances), _SCRAMBLES)[..., None]
        deviations = variances.sqrt()[:, None, None, :]
        z = mean + deviations * noise
        values = self.decoder.log_likelihood(image, z.flatten(0, 2)).reshape(z.shape[:-1])
        # Every dimension's noise and its square, and what the curvature at the mean makes of their products.
        scaled = deviations * noise
        products = (scaled * (scaled @ hessian)).sum(-1)
        rows = noise.mT[None, :, None]
        controls = [rows, rows.square() - 1, products[:, :, None, None]]
        return cross_fitted(values[:, :, None], controls)

    def _gradients(self, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        """∂/∂mean and ∂/∂log σ² of each scramble's estimate."""
        together = max(1, _NUMBERS_AT_ONCE // (6 * self.noise.numel()))  # three controls of two columns per dimension
        return torch.cat([self._few_gradients(image, mean, some, hessian) for some in variances.split(together)])

    def _few_gradients(self, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        deviations = variances.sqrt()[:, None, :, None]
        noise = self.noise.mT  # (scrambles, latent, points), as everything here
        scaled = deviations * noise
        z = mean + scaled.mT
        gradient = self.decoder.log_likelihood_and_gradient(image, z.flatten(0, 2))[1].reshape(z.shape).mT
        # By the noise of its own dimension, its square, and the other dimensions' part of a quadratic's gradient.
        own, others = [noise[None, :, :, None], noise.square()[None, :, :, None] - 1], hessian @ scaled
        by_mean = cross_fitted(gradient, [*own, others[:, :, :, None]])
        by_variance = cross_fitted(0.5 * gradient * scaled, [*own, (others * noise)[:, :, :, None]])
        return torch.cat([by_mean, by_variance], dim=-1)

    def _hessian(self, image: ProjectedImage, mean: Tensor) -> Float[Tensor, "latent latent"]:
        """∇∇ᵀ log p(x|z) at q's mean by differences, without its diagonal: how latents depend on each other."""
        steps = _STEP * torch.eye(len(mean)).to(mean)
        _, gradients = self.decoder.log_likelihood_and_gradient(image, torch.cat([mean + steps, mean[None]]))
        hessian = (gradients[:-1] - gradients[-1]) / _STEP
        hessian = 0.5 * (hessian + hessian.T)
        return hessian - hessian.diagonal().diag()
