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

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal
from vaecore.core.interpolation import Columns, along
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module
from vaecore.core.optimum import ExpectedDerivatives, LocalOptimum, best_of, maximise
from vaecore.core.records import Accuracy, Evidence
from vaecore.core.smoothness import is_smooth
from vaecore.evaluate.control_variates import cross_fitted
from vaecore.evaluate.importance import WeightedEstimate
from vaecore.evaluate.sampled_evidence import sampled_evidence
from vaecore.evaluate.sobol_points import normal_sobol, points_for, whitened_sobol
from vaecore.evaluate.summits import summits

_SCRAMBLES = 8
STUDENT = math.sqrt((_SCRAMBLES - 1) / (_SCRAMBLES - 3))
"""Standard deviation of Student's t: scores by a spread over so few scrambles are that much wider than Gaussian ones."""
_SCALE, _PLACES = 0.1, 512  # distance in z over which smoothness is measured, and at how many places
_NEAR, _RISE = 1e-1, 1e-4  # nats: changes of the objective that end the search with a quarter of the points, and with all
_MOST_OPTIMA, _NARROW = 8, 0.01  # of one image; variance with which the search begins at a summit
_AT_ONCE = 2048  # points whose gradients are computed together
_NUMBERS_AT_ONCE = 2**22  # of control variates in memory
_STEP = 0.02  # in z, for the second differences of log p(x|z) at q's mean; they only steer control variates


class SobolSampling:
    """The `Evaluator` for models with more latents than a lattice can hold."""

    accuracy = Accuracy.ESTIMATED

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
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
        proportional = torch.arange(2 * self.model.latent_dim, device=self.decoder.device) < self.model.latent_dim

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            hessian = self._hessian(image, m)
            return along(lambda nodes: self._gradients(image, m, nodes, hessian), v, proportional, self.smooth)

        value, error = self._estimates(of, x, mean, variances)
        error = error + value.abs() * torch.finfo(self.model.dtype).eps
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
        value, error, k = (
            torch.stack([getattr(one, name) for one in found]).to(x) for name in ("value", "error", "pareto_k")
        )
        return Evidence(value, error, Accuracy.LOWER_BOUND, None, k)

    def weighted(self, x: Float[Tensor, "batch pixels"]) -> list[WeightedEstimate]:
        """The importance weights of each image."""
        return [
            sampled_evidence(self.decoder, self.decoder.project(image), self._optima(image, q, 1.0, of_every_mode=True))
            for image, q in zip(x, self._encoded(x), strict=True)
        ]

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, searched from the prior's centre and the encoder's q, or without one from every mode."""
        alone = self.model.encoder is None
        pairs = zip(x, self._encoded(x), strict=True)
        found = [best_of(self._optima(image, q, beta, of_every_mode=alone)) for image, q in pairs]
        mean, variance = (torch.stack([getattr(one, name) for one in found]).to(x) for name in ("mean", "variance"))
        return DiagonalGaussian(mean, variance)

    def _encoded(self, x: Float[Tensor, "batch pixels"]) -> list[tuple[Tensor, Tensor] | None]:
        """The encoder's q of each image; None without an encoder."""
        if self.model.encoder is None:
            return [None] * len(x)
        with torch.no_grad():
            q = self.model.encode(x.to(self.model.device, self.model.dtype))
        return list(zip(q.mean.to(self.noise), q.variance.to(self.noise), strict=True))

    def _optima(
        self, image: Tensor, encoded: tuple[Tensor, Tensor] | None, beta: float, *, of_every_mode: bool
    ) -> list[LocalOptimum]:
        """The local maxima of the objective that the starts lead to; from as many modes of the posterior as can be found."""
        projected = self.decoder.project(image)
        centre = torch.zeros(self.model.latent_dim, dtype=torch.float64, device=self.decoder.device)
        # Narrow ones before the prior's centre: a q that is wide enough for several modes would hide them.
        tops = [(mean, torch.full_like(mean, _NARROW)) for mean in summits(self.decoder, projected)] if of_every_mode else []
        starts = [*([] if encoded is None else [encoded]), *tops, (centre, torch.full_like(centre, 0.1))]
        # A quarter of the points brings the search near a maximum; all of them finish it.
        few, all_of_them = (
            partial(self._derivatives, noise.flatten(0, 1), projected)
            for noise in (self.search_noise[:2], self.search_noise)
        )
        optima: list[LocalOptimum] = []
        for mean, variance in starts:
            if len(optima) >= _MOST_OPTIMA or any(optimum.close_to(mean) for optimum in optima):
                continue
            near = maximise(few, mean, variance, beta, _NEAR, optima)
            if near not in optima:
                optima.append(maximise(all_of_them, near.mean, near.variance, beta, _RISE))
        return optima

    def _expectations(self, noise: Tensor, x: Tensor, mean: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """E_q[log p(x|z)] over this noise and its error, (batch, steps), float64."""
        proportional = torch.ones(1, dtype=torch.bool, device=self.decoder.device)

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            hessian = self._hessian(image, m)
            return along(lambda nodes: self._values(noise, image, m, nodes, hessian), v, proportional, self.smooth)

        value, error = (columns[..., 0] for columns in self._estimates(of, x, mean, variances))
        return value, error + value.abs() * torch.finfo(self.model.dtype).eps

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
        return columns.mean(2), STUDENT * columns.std(2) / math.sqrt(_SCRAMBLES) + added

    def _values(self, noise: Tensor, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        """E_q[log p(x|z)] by each scramble, in one column."""
        if not variances.any():
            return self.decoder.log_likelihood(image, mean[None]).expand(len(variances), _SCRAMBLES)[..., None]
        deviations = variances.sqrt()[:, None, None, :]
        z = mean + deviations * noise
        values = self.decoder.log_likelihood(image, z.flatten(0, 2)).reshape(z.shape[:-1])
        # Every dimension's noise and its square, and what the curvature at the mean makes of their products.
        scaled = deviations * noise
        products = (scaled * (scaled @ hessian)).sum(-1, keepdim=True)
        controls = torch.cat([torch.cat([noise, noise.square() - 1], -1).expand(*z.shape[:-1], -1), products], -1)
        return cross_fitted(values[:, :, None], controls[:, :, None])

    def _gradients(self, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        """∂/∂mean and ∂/∂variance of each scramble's estimate."""
        together = max(1, _NUMBERS_AT_ONCE // (6 * self.noise.numel()))  # three controls of two columns per dimension
        return torch.cat([self._few_gradients(image, mean, some, hessian) for some in variances.split(together)])

    def _few_gradients(self, image: ProjectedImage, mean: Tensor, variances: Tensor, hessian: Tensor) -> Columns:
        deviations = variances.sqrt()[:, None, None, :]
        noise = self.noise.expand(len(variances), -1, -1, -1)
        z = mean + deviations * noise
        chunks = [self.decoder.log_likelihood_and_gradient(image, chunk)[1] for chunk in z.flatten(0, 2).split(_AT_ONCE)]
        gradient = torch.cat(chunks).reshape(z.shape)
        # By the noise of its own dimension, its square, and the other dimensions' part of a quadratic's gradient.
        others, squares = (deviations * noise) @ hessian, noise.square() - 1
        by_mean = torch.stack([noise, squares, others], -1)
        by_variance = torch.stack([noise, squares, others * noise], -1)
        values = torch.cat([gradient, 0.5 * gradient * noise / deviations], -1).transpose(-1, -2)
        return cross_fitted(values, torch.cat([by_mean, by_variance], -2).transpose(-2, -3))

    def _hessian(self, image: ProjectedImage, mean: Tensor) -> Float[Tensor, "latent latent"]:
        """∇∇ᵀ log p(x|z) at q's mean by differences, without its diagonal: how latents depend on each other."""
        steps = _STEP * torch.eye(len(mean)).to(mean)
        _, gradients = self.decoder.log_likelihood_and_gradient(image, torch.cat([mean + steps, mean[None]]))
        hessian = (gradients[:-1] - gradients[-1]) / _STEP
        hessian = 0.5 * (hessian + hessian.T)
        return hessian - hessian.diagonal().diag()

    def _derivatives(self, noise: Tensor, image: ProjectedImage, mean: Tensor, variance: Tensor) -> ExpectedDerivatives:
        deviation = variance.sqrt()
        values, gradient = self.decoder.log_likelihood_and_gradient(image, mean + deviation * noise)
        # Stein's identity turns E[∇∇ᵀ] into E[noise · ∇ᵀ] / sd, so that no second derivative is needed.
        hessian = (noise / deviation).T @ gradient / len(noise)
        return ExpectedDerivatives(values.mean(), gradient.mean(0), 0.5 * (hessian + hessian.T))
