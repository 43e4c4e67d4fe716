"""Estimates of log p(x) from weighted draws: importance bounds, and what tells how far such an estimate can be trusted.

With weights w = p(x, z) / r(z), z drawn from any proposal r that covers the posterior, E[w] = p(x). So the logarithm of the
mean of K weights is, in expectation, a lower bound on log p(x) that rises with K (Burda et al. 2016), and half the logarithm
of the mean of w² an upper one (Dieng et al. 2017, the χ² bound).
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import DiagonalGaussian, standard_normal_log_prob
from vaecore.core.records import ImportanceBound

_KEPT = 2**18  # numbers: 2 MB; larger draws are made again


@dataclass(frozen=True, eq=False)
class StudentMixture:
    """A mixture of multivariate t distributions: proposals whose tails are heavier than those of a Gaussian posterior.

    Component c is mean_c + factor_c · t with covariance factor_c factor_cᵀ · freedom / (freedom − 2).
    """

    means: Float[Tensor, "components latent"]
    factors: Float[Tensor, "components latent latent"]  # lower triangular
    shares: Float[Tensor, " components"]  # sum to 1
    freedom: int  # degrees of freedom

    def draw(self, count: int, seed: int) -> Float[Tensor, "count latent"]:
        """So many draws, stratified over the components: each gets its share of them."""
        latents = self.means.shape[1]
        drawn = _drawn if count * latents <= _KEPT else _drawn.__wrapped__
        t, places = (column.to(self.means) for column in drawn(count, latents, self.freedom, seed))
        component = torch.bucketize(places, self.shares.cumsum(0)).clamp_max(len(self.shares) - 1)
        moved = self.means[:, None] + t @ self.factors.mT  # by every component
        return moved[component, torch.arange(count, device=t.device)]

    def log_prob(self, z: Float[Tensor, "points latent"]) -> Float[Tensor, " points"]:
        """log r(z) of the mixture, in nats."""
        latents, squares = z.shape[1], self._squares(z)
        constant = math.lgamma((self.freedom + latents) / 2) - math.lgamma(self.freedom / 2)
        constant -= 0.5 * latents * math.log(self.freedom * math.pi)
        logs = constant - self._log_volume - 0.5 * (self.freedom + latents) * (squares / self.freedom).log1p()
        return (logs + self.shares.log()[:, None]).logsumexp(0)

    def log_gaussian(self, z: Float[Tensor, "points latent"]) -> Float[Tensor, " points"]:
        """log g(z) of the same mixture of Gaussians of covariance factor_c factor_cᵀ."""
        constant = -0.5 * z.shape[1] * math.log(2 * math.pi)
        logs = constant - self._log_volume - 0.5 * self._squares(z)
        return (logs + self.shares.log()[:, None]).logsumexp(0)

    def _squares(self, z: Float[Tensor, "points latent"]) -> Float[Tensor, "components points"]:
        """|factor_c⁻¹ (z − mean_c)|²."""
        offsets = torch.linalg.solve_triangular(self.factors, (z - self.means[:, None]).transpose(1, 2), upper=False)
        return offsets.square().sum(1)

    @property
    def _log_volume(self) -> Float[Tensor, "components 1"]:
        return self.factors.diagonal(dim1=1, dim2=2).log().sum(-1, keepdim=True)


@lru_cache(maxsize=4)  # the first draws for every image of a model are these
def _drawn(
    count: int, latents: int, freedom: int, seed: int
) -> tuple[Float[Tensor, "count latent"], Float[Tensor, " count"]]:
    """Of the multivariate t distribution, and evenly spaced places between 0 and 1; float64, on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    normal = torch.randn(count, latents, generator=generator, dtype=torch.float64)
    squares = torch.randn(count, freedom, generator=generator, dtype=torch.float64).square().sum(-1, keepdim=True)
    places = (torch.arange(count, dtype=torch.float64) + torch.rand(1, generator=generator, dtype=torch.float64)) / count
    return normal / (squares / freedom).sqrt(), places


@dataclass(frozen=True, eq=False)
class WeightedEstimate:
    """What independent log-weights say of log p(x).

    A density g that is like the posterior makes a control variate of g(z) / r(z), whose mean is 1 (Owen & Zhou 2000, "Safe
    and effective importance sampling"): most of what makes weights uneven is that r has heavier tails than either.
    """

    log_weights: Float[Tensor, " draws"]
    log_ratios: Float[Tensor, " draws"] | None = None  # log g(z) / r(z)

    @property
    def value(self) -> Float[Tensor, ""]:
        """The logarithm of the mean weight: in expectation a lower bound."""
        return self._plain + self._controlled.mean().log()

    @property
    def error(self) -> Float[Tensor, ""]:
        """Its standard error, by the delta method: the weights' relative standard deviation over √draws."""
        controlled = self._controlled
        return controlled.std() / (controlled.mean() * math.sqrt(len(controlled)))

    @property
    def _plain(self) -> Float[Tensor, ""]:
        return self.log_weights.logsumexp(0) - math.log(len(self.log_weights))

    @cached_property
    def _controlled(self) -> Float[Tensor, " draws"]:
        """The weights in units of their mean, less what the control explains: by the multiple that fits the other half."""
        weights = (self.log_weights - self._plain).exp()
        if self.log_ratios is None:
            return weights
        control = self.log_ratios.exp() - 1
        controlled = weights.clone()
        for own, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
            apart = control[other] - control[other].mean()
            multiple = (apart * weights[other]).sum() / apart.square().sum().clamp_min(torch.finfo(apart.dtype).tiny)
            controlled[own] -= multiple * control[own]
        return controlled if controlled.mean() > 0 and controlled.std() < weights.std() else weights

    @property
    def upper(self) -> Float[Tensor, ""]:
        """The sampled χ² bound: half the logarithm of the mean square weight."""
        return 0.5 * ((2 * self.log_weights).logsumexp(0) - math.log(len(self.log_weights)))

    @property
    def upper_error(self) -> Float[Tensor, ""]:
        """The standard error of `upper`."""
        squares = (2 * (self.log_weights - self.upper)).exp()
        return 0.5 * squares.std() / math.sqrt(len(self.log_weights))

    @property
    def pareto_k(self) -> Float[Tensor, ""]:
        """k̂, the shape of the generalised Pareto distribution that fits the largest weights.

        Above ½ the weights' variance may be infinite; above 0.7 neither value nor error can be trusted (Vehtari et al. 2024,
        "Pareto smoothed importance sampling"; the fit is that of Zhang & Stephens 2009).
        """
        draws = len(self.log_weights)
        count = min(draws // 5, math.ceil(3 * math.sqrt(draws)))
        tail = self.log_weights.topk(count + 1).values.flip(0)
        excess = ((tail - tail[-1]).exp() - (tail[0] - tail[-1]).exp())[1:]
        if excess[-1] <= 0 or excess[count // 4] <= 0:
            return torch.full_like(self.value, -math.inf)  # all the largest weights are equal
        candidates = 30 + math.isqrt(count)
        grid = torch.arange(1, candidates + 1).to(excess)
        b = 1 / excess[-1] + (1 - (candidates / (grid - 0.5)).sqrt()) / (3 * excess[max(0, round(count / 4) - 1)])
        k = torch.log1p(-b[:, None] * excess).mean(-1)
        score = count * ((-b / k).log() - k - 1)
        mean_b = (score.softmax(0) * b).sum()
        k_hat = torch.log1p(-mean_b * excess).mean()
        # Pulled towards ½ by ten draws' worth, as the reference implementations do.
        return (k_hat * count + 0.5 * 10) / (count + 10)


def weigh(
    decoder: PointDecoder, image: ProjectedImage, proposal: StudentMixture, draws: int, seed: int
) -> tuple[Float[Tensor, "draws latent"], WeightedEstimate]:
    """Draws from a proposal and their weights p(x, z) / r(z)."""
    z = proposal.draw(draws, seed)
    log_joint = decoder.log_likelihood(image, z) + standard_normal_log_prob(z)
    log_prob = proposal.log_prob(z)
    return z, WeightedEstimate(log_joint - log_prob, proposal.log_gaussian(z) - log_prob)


def importance_bounds(
    decoder: PointDecoder,
    x: Float[Tensor, "batch pixels"],
    q: DiagonalGaussian,
    samples: int,
    seed: int,
    replicates: int,
) -> ImportanceBound:
    """L_K of each image, averaged over independent replicates, and the standard error of that average.

    Image i of a batch gets the same draws whatever stands beside it.
    """
    if not len(x):
        return ImportanceBound(x.new_empty(0), x.new_empty(0))
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(replicates * samples, q.latent_dim, generator=generator, dtype=torch.float64).to(decoder.device)
    rows = []
    for image, mean, variance in zip(x, q.mean, q.variance, strict=True):
        one = DiagonalGaussian(*(t[None].to(decoder.device, torch.float64) for t in (mean, variance)))
        rows.append(_log_weights(decoder, decoder.project(image), one, noise).reshape(replicates, samples))
    # Log-sum-exp over the K samples of one draw, never over replicates or images.
    bounds = torch.stack(rows).logsumexp(-1) - math.log(samples)
    error = bounds.std(-1) / math.sqrt(replicates)
    return ImportanceBound(bounds.mean(-1).to(x), error.to(x))


def _log_weights(
    decoder: PointDecoder, image: ProjectedImage, q: DiagonalGaussian, noise: Float[Tensor, "draws latent"]
) -> Float[Tensor, " draws"]:
    """log p(x, z) − log q(z) at z = mean + sd · noise."""
    z = q.mean + q.variance.sqrt() * noise
    return decoder.log_likelihood(image, z) + standard_normal_log_prob(z) - q.log_prob(z[:, None])[:, 0]
