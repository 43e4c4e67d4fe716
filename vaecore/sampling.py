"""More than two latents: estimates from whitened Sobol points, with their standard errors.

The noise is frozen: every q of a model meets the same points, so curves are smooth and differences far more precise than
levels. That hides the error and does not remove it; hence several independent scrambles, whose spread is the error.
Whitening (mean 0, second moment I, exactly) makes the estimate exact for log-likelihoods quadratic in z.
"""

import math
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.quasirandom import SobolEngine

from vaecore.ascent import Moments, ascend, highest
from vaecore.decoding import PointDecoder, ProjectedImage
from vaecore.gaussian import DiagonalGaussian
from vaecore.importance import importance_bounds
from vaecore.model import VAE
from vaecore.records import Evidence, Provenance

_SCRAMBLES = 8
_EVIDENCE_SAMPLES, _EVIDENCE_REPLICATES = 1000, 8
_WIDENING = 1.2  # of the variances from which log p(x) is estimated: importance weights need q's tails to be the heavier
_GAP_SEED, _GAP_DRAWS = 1, 4096
_STEPS_AT_ONCE = 16


class SobolSampling:
    """The `Rule` for models with more latents than a lattice can hold."""

    provenance = Provenance.ESTIMATE

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.decoder = PointDecoder(model)
        self.noise = whitened_sobol(model.latent_dim, points_for(model.latent_dim), _SCRAMBLES).to(self.decoder.device)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and its standard error."""
        rows = [
            torch.cat([self._scrambles(self.decoder.project(image), m, chunk) for chunk in v.split(_STEPS_AT_ONCE)])
            for image, m, v in zip(x, mean.double(), variances.double(), strict=True)
        ]
        estimates = torch.stack(rows)
        return estimates.mean(-1).to(x), (estimates.std(-1) / math.sqrt(_SCRAMBLES)).to(x)

    def gap(
        self, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian, known: Evidence
    ) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]]:
        """KL(q ‖ p(z|x)) from plain draws of its own, and its standard error with that of log p(x)."""
        shortfall = importance_bounds(self.decoder, x, q, 1, _GAP_SEED, _GAP_DRAWS)
        return known.value - shortfall.value, (shortfall.error.square() + known.error.square()).sqrt()

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x), estimated from below by an importance bound around the best Gaussian."""
        best = self.best_gaussian(x, 1.0)
        proposal = DiagonalGaussian(best.mean, best.variance * _WIDENING)
        bound = importance_bounds(self.decoder, x, proposal, _EVIDENCE_SAMPLES, 0, _EVIDENCE_REPLICATES)
        return Evidence(bound.value, bound.error, self.provenance, None)

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
            starts.append((q.mean[0].to(centre), q.variance[0].to(centre)))
        projected = self.decoder.project(image)
        summits = [ascend(lambda m, v: self._moments(projected, m, v), m, v, beta, 1e-4) for m, v in starts]
        best = highest(summits)
        return best.mean, best.variance

    def _scrambles(
        self, image: ProjectedImage, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> Float[Tensor, "steps scrambles"]:
        """The estimate of each scramble, for a few variances at once."""
        z = mean.to(self.noise) + variances.to(self.noise).sqrt()[:, None, None, :] * self.noise
        values = self.decoder.log_likelihood(image, z.flatten(0, 2))
        return values.reshape(z.shape[:-1]).mean(-1)

    def _moments(self, image: ProjectedImage, mean: Tensor, variance: Tensor) -> Moments:
        noise = self.noise.flatten(0, 1)
        deviation = variance.sqrt()
        values, gradient = self.decoder.log_likelihood_and_gradient(image, mean + deviation * noise)
        # Stein's identity turns E[∇∇ᵀ] into E[noise · ∇ᵀ] / sd, so that no second derivative is needed.
        bend = (noise / deviation).T @ gradient / len(noise)
        return Moments(values.mean(), gradient.mean(0), 0.5 * (bend + bend.T))


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
