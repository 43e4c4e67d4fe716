"""A linear decoder with Gaussian pixels: everything in closed form, in any number of latents.

With r = x − b and the posterior's precision matrix Λ = I + WᵀW / σₓ² (Tipping & Bishop 1999, section 3.3):

    posterior    N(Λ⁻¹ Wᵀr / σₓ², Λ⁻¹)
    log p(x)     −½ [P log 2πσₓ² + log det Λ + ‖r − W m‖² / σₓ² + ‖m‖²],  m the posterior's mean

Nothing larger than latents × latents is ever inverted, and nothing of pixels × pixels is made.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.devices import summation_device
from vaecore.core.gaussian import DiagonalGaussian, standard_normal_log_prob
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE, LinearDecoder, is_plain
from vaecore.core.records import Evidence, JointTable
from vaecore.evaluate.quadrature.lattice import product

_TABLE_HALF, _TABLE_SPACING = 60, 0.1  # of the table of log p(x, z), in standard deviations of the posterior


def linear_gaussian(model: VAE) -> tuple[LinearDecoder, GaussianPixels] | None:
    """Linear decoder and Gaussian pixels of one variance, where a model is made of them; None of other models."""
    decoder, likelihood = model.decoder, model.likelihood
    if is_plain(decoder, LinearDecoder) and isinstance(likelihood, GaussianPixels) and not likelihood.per_pixel:
        return decoder, likelihood
    return None


class ClosedForm:
    """The `Evaluator` for `LinearDecoder` with `GaussianPixels`, computed in float64."""

    accuracy = Accuracy.EXACT

    def __init__(self, decoder: LinearDecoder, likelihood: GaussianPixels) -> None:
        self.device = summation_device(decoder.weight.device)
        self.weight, self.bias = self._to_sums(decoder.weight, decoder.bias)
        self.noise = float(likelihood.variance)

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)], a straight line in every variance, and its error, 0."""
        residual, mean, variances = self._to_sums(x, mean, variances)
        residual = residual - self.bias - mean @ self.weight.T
        spread = variances @ self.weight.square().sum(0)
        squares = residual.square().sum(-1, keepdim=True) + spread
        value = -0.5 * (squares / self.noise + self._log_two_pi_noise())
        return value.to(x), torch.zeros_like(value).to(x)

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of the reconstruction, the same at every variance, and their errors, 0."""
        x64, mean, variances = self._to_sums(x, mean, variances)
        by_mean = (x64 - self.bias - mean @ self.weight.T) @ self.weight / self.noise
        by_variance = -0.5 * self.weight.square().sum(0) / self.noise
        both = torch.stack([by_mean[:, None].expand_as(variances), by_variance.expand_as(variances)])
        return both.to(x), torch.zeros_like(both).to(x)

    def gap(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        known: Evidence,
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """KL(q ‖ p(z|x)) between two Gaussians, from the posterior's mean and precision alone, and its error, 0."""
        x64, mean, variances = self._to_sums(x, mean, variances)
        precision = self._precision(1.0)
        offset = mean - self._posterior_mean(x64 - self.bias, precision)
        squares = variances @ precision.diagonal() + ((offset @ precision) * offset).sum(-1, keepdim=True)
        value = 0.5 * (squares - len(precision) - variances.log().sum(-1) - torch.logdet(precision))
        return value.to(x), torch.zeros_like(value).to(x)

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x) without error and, for one or two latents, the table of log p(x, z)."""
        residual = self._to_sums(x)[0] - self.bias
        precision = self._precision(1.0)
        mean = self._posterior_mean(residual, precision)
        fit = (residual - mean @ self.weight.T).square().sum(-1) / self.noise + mean.square().sum(-1)
        value = -0.5 * (self._log_two_pi_noise() + torch.logdet(precision) + fit)
        tables = None
        if self.weight.shape[1] <= 2:
            tables = tuple(self._table(v, m, precision, x) for v, m in zip(value, mean, strict=True))
        return Evidence(value.to(x), torch.zeros_like(value).to(x), self.accuracy, tables)

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The posterior's mean, with variance β / Λ_jj: the conditional variance, not the (larger) marginal one.

        With β ≠ 1, Λ = β I + WᵀW / σₓ².
        """
        precision = self._precision(beta)
        mean = self._posterior_mean(self._to_sums(x)[0] - self.bias, precision)
        variance = (beta / precision.diagonal()).expand_as(mean)
        return DiagonalGaussian(mean.to(x), variance.to(x))

    def _precision(self, beta: float) -> Float[Tensor, "latent latent"]:
        identity = torch.eye(self.weight.shape[1], dtype=torch.float64, device=self.device)
        return beta * identity + self.weight.T @ self.weight / self.noise

    def _posterior_mean(self, residual: Tensor, precision: Tensor) -> Float[Tensor, "batch latent"]:
        return torch.linalg.solve(precision, (residual @ self.weight / self.noise).T).T

    def _log_two_pi_noise(self) -> float:
        return len(self.bias) * math.log(2 * math.pi * self.noise)

    def _table(self, evidence: Tensor, mean: Tensor, precision: Tensor, x: Tensor) -> JointTable:
        """log p(x, z) = log p(x) + log p(z|x) on an even grid in the posterior's own, whitened coordinates."""
        steps = torch.arange(-_TABLE_HALF, _TABLE_HALF + 1, dtype=torch.float64, device=self.device) * _TABLE_SPACING
        # With Λ = C Cᵀ, z = m + C⁻ᵀ u has covariance Λ⁻¹ where u has I.
        factor = torch.linalg.cholesky(precision)
        whitened = product([steps] * len(mean))
        z = mean + torch.linalg.solve_triangular(factor.T, whitened.T, upper=True).T
        log_stretch = factor.diagonal().log().sum()
        log_joint = evidence + standard_normal_log_prob(whitened) + log_stretch
        log_cell = len(mean) * math.log(_TABLE_SPACING) - log_stretch
        return JointTable(z.to(x), log_joint.to(x), log_cell.expand_as(log_joint).to(x))

    def _to_sums(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensor.detach().to(self.device, torch.float64) for tensor in tensors)
