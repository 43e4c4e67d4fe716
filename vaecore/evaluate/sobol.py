"""More than two latents: estimates from whitened Sobol points, with their standard errors.

The noise is frozen: every q of a model meets the same points, so curves are smooth and differences far more precise than
levels. That hides the error and does not remove it; hence several independent scrambles, whose spread is the error.
Whitening (mean 0, second moment I, exactly) makes the estimate exact for log-likelihoods quadratic in z.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial

import torch
from jaxtyping import Float
from torch import Tensor
from torch.quasirandom import SobolEngine

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module
from vaecore.core.optimum import ExpectedDerivatives, LocalOptimum, best_of, maximise
from vaecore.core.records import Accuracy, Evidence
from vaecore.core.smoothness import is_smooth
from vaecore.evaluate.importance import importance_bounds
from vaecore.evaluate.interpolation import Columns, along

_SCRAMBLES = 8
_EVIDENCE_SAMPLES, _EVIDENCE_REPLICATES = 1000, 8
_WIDENING = 1.2  # of the variances from which log p(x) is estimated: importance weights need q's tails to be the heavier
_SCALE, _PLACES = 0.1, 512  # distance in z at which a decoder shows its kinks, and where it is asked to
_NEAR, _RISE = 1e-1, 1e-4  # nats: changes of the objective that end the way up, and the search
_AT_ONCE = 2048  # points whose gradients are taken together


class SobolSampling:
    """The `Evaluator` for models with more latents than a lattice can hold."""

    accuracy = Accuracy.ESTIMATED

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.smooth = cached_on_module(model.decoder, "smooth", lambda: is_smooth(model, _SCALE, _PLACES))
        noise = whitened_sobol(model.latent_dim, points_for(model.latent_dim), 2 * _SCRAMBLES).to(self.decoder.device)
        self.noise, self.other_noise = noise.chunk(2)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and its standard error."""
        value, error = self._expectations(self.noise, x, mean, variances)
        return value.to(x), error.to(x)

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of the reconstruction, and their standard errors.

        By the reparametrisation gradient (Kingma & Welling 2014, section 2.4): slopes of the estimate in `reconstruction`.
        """
        proportional = torch.arange(2 * self.model.latent_dim, device=self.decoder.device) < self.model.latent_dim

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            return along(lambda nodes: self._gradients(image, m, nodes), v, proportional, self.smooth)

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

        log q and log p(z) are quadratic in z: over whitened points their average is exact, the KL to the prior.
        """
        value, error = self._expectations(self.other_noise, x, mean, variances)
        kl = kl_to_standard_normal(*(t.detach().to(value) for t in (mean[:, None], variances))).sum(-1)
        evidence, unsure = known.value.to(value)[:, None], known.error.to(value)[:, None]
        return (evidence - value + kl).to(x), (error.square() + unsure.square()).sqrt().to(x)

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), estimated from below by an importance bound around the best Gaussian."""
        best = self.best_gaussian(x, 1.0)
        proposal = DiagonalGaussian(best.mean, best.variance * _WIDENING)
        bound = importance_bounds(self.decoder, x, proposal, _EVIDENCE_SAMPLES, 0, _EVIDENCE_REPLICATES)
        return Evidence(bound.value, bound.error, Accuracy.LOWER_BOUND, None)

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The best diagonal q, from the encoder's answer and from the prior's centre."""
        rows = [self._best_of(image, index, x, beta) for index, image in enumerate(x)]
        return DiagonalGaussian(*(torch.stack(column).to(x) for column in zip(*rows, strict=True)))

    def _best_of(self, image: Tensor, index: int, x: Tensor, beta: float) -> tuple[Tensor, Tensor]:
        centre = torch.zeros(self.model.latent_dim, dtype=torch.float64, device=self.decoder.device)
        starts = [(centre, torch.full_like(centre, 0.1))]
        if self.model.encoder is not None:
            with torch.no_grad():
                q = self.model.encode(x[index : index + 1].to(self.model.device, self.model.dtype))
            starts.insert(0, (q.mean[0].to(centre), q.variance[0].to(centre)))
        projected = self.decoder.project(image)
        # A quarter of the noise shows the way up, and all of it the summit.
        few, all_of_it = (partial(self._moments, noise.flatten(0, 1), projected) for noise in (self.noise[:2], self.noise))
        summits: list[LocalOptimum] = []
        for mean, variance in starts:
            near = maximise(few, mean, variance, beta, _NEAR, summits)
            if near not in summits:
                summits.append(maximise(all_of_it, near.mean, near.variance, beta, _RISE))
        best = best_of(summits)
        return best.mean, best.variance

    def _expectations(self, noise: Tensor, x: Tensor, mean: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
        """E_q[log p(x|z)] over this noise and its error, (batch, steps), float64."""
        proportional = torch.ones(1, dtype=torch.bool, device=self.decoder.device)

        def of(image: ProjectedImage, m: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            return along(lambda nodes: self._values(noise, image, m, nodes), v, proportional, self.smooth)

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
        return columns.mean(2), columns.std(2) / math.sqrt(_SCRAMBLES) + added

    def _values(self, noise: Tensor, image: ProjectedImage, mean: Tensor, variances: Tensor) -> Columns:
        """E_q[log p(x|z)] by each scramble, in one column."""
        z = mean + variances.sqrt()[:, None, None, :] * noise
        return self.decoder.log_likelihood(image, z.flatten(0, 2)).reshape(z.shape[:-1]).mean(-1, keepdim=True)

    def _gradients(self, image: ProjectedImage, mean: Tensor, variances: Tensor) -> Columns:
        """∂/∂mean and ∂/∂variance of each scramble's estimate."""
        deviations = variances.sqrt()[:, None, None, :]
        z = mean + deviations * self.noise
        chunks = [self.decoder.log_likelihood_and_gradient(image, chunk)[1] for chunk in z.flatten(0, 2).split(_AT_ONCE)]
        gradient = torch.cat(chunks).reshape(z.shape)
        return torch.cat([gradient.mean(2), (0.5 * gradient * self.noise / deviations).mean(2)], dim=-1)

    def _moments(self, noise: Tensor, image: ProjectedImage, mean: Tensor, variance: Tensor) -> ExpectedDerivatives:
        deviation = variance.sqrt()
        values, gradient = self.decoder.log_likelihood_and_gradient(image, mean + deviation * noise)
        # Stein's identity turns E[∇∇ᵀ] into E[noise · ∇ᵀ] / sd, so that no second derivative is needed.
        bend = (noise / deviation).T @ gradient / len(noise)
        return ExpectedDerivatives(values.mean(), gradient.mean(0), 0.5 * (bend + bend.T))


def points_for(latent_dim: int) -> int:
    """Points per scramble: a power of two with twice as many points as dimensions, so that they can be whitened."""
    return max(32, 2 ** math.ceil(math.log2(2 * latent_dim)))


@lru_cache(maxsize=16)
def whitened_sobol(dimension: int, points: int, scrambles: int) -> Float[Tensor, "scrambles points dimension"]:
    """Independent scrambles of Sobol points through the inverse normal, each with mean 0 and second moment I (float64).

    Owen (1998), "Scrambling Sobol' and Niederreiter–Xing points".
    """
    sets = []
    for seed in range(scrambles):
        uniform = SobolEngine(dimension, scramble=True, seed=seed).draw(points, dtype=torch.float64)
        # Scrambled points may touch 0, where the inverse normal is infinite.
        normal = torch.special.ndtri(uniform.clamp(0.5 / 2**30, 1 - 0.5 / 2**30))
        normal = normal - normal.mean(0)
        factor = torch.linalg.cholesky(normal.T @ normal / points)
        sets.append(torch.linalg.solve_triangular(factor, normal.T, upper=False).T)
    return torch.stack(sets)
