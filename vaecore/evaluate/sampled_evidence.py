"""log p(x) above two latents: weighted draws from a proposal built on what the search for the best Gaussian found.

At a maximum of the ELBO the posterior's precision is about I − E_q[∇∇ᵀ log p(x|z)], which the search has at hand. It holds
the covariances between latents, which the best diagonal Gaussian leaves out: from that, estimates were up to 0.4 nat low.
Where the weights of a first round are too uneven, the proposal is fitted to them and drawn from again.
"""

import torch
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.optimum import LocalOptimum
from vaecore.evaluate.importance import StudentMixture, WeightedEstimate, weigh

# Measured on digits-16: 4096 draws leave a standard error of 0.002 nat and 0.07 nat between the two bounds, 1024 of 0.004.
_DRAWS, _FEW_DRAWS = 4096, 1024
_FREEDOM, _FITTED_FREEDOM = 20, 8  # of the t distributions: nearly Gaussian at first, heavier tails once that has failed
_ENOUGH = 0.02  # nats of standard error, with which a round is the last
_ENOUGH_OF_FEW = 0.008  # the same of few draws
_EVEN = 0.7  # largest Pareto k̂ with which a round is the last: above it, errors cannot be relied on
_ROUNDS = 4  # at most; each draws twice as often as the one before
_DEEP = 12.0  # nats below the best optimum at which another one holds too little of the posterior to be drawn from
_LEAST_SHARE = 0.05  # of the draws for every other optimum: its mass may be larger than its height says
_NEW_SHARE = 0.8  # of the draws for what is fitted to the last round


def sampled_evidence(
    decoder: PointDecoder, image: ProjectedImage, optima: list[LocalOptimum], seed: int = 0, *, few: bool = False
) -> WeightedEstimate:
    """Weights of independent draws whose logarithmic mean estimates log p(x) of one image from below.

    Args:
        decoder: of the model.
        image: the projected image.
        optima: of the objective, about which is drawn.
        seed: of the draws.
        few: whether few draws may do, where these say that they are as good as many are elsewhere.
    """
    proposal = _about(optima)
    if few:
        _, found = weigh(decoder, image, proposal, _FEW_DRAWS, seed + _ROUNDS)
        if found.error <= _ENOUGH_OF_FEW and found.pareto_k <= _EVEN:
            return found
    for attempt in range(_ROUNDS):
        z, found = weigh(decoder, image, proposal, _DRAWS * 2**attempt, seed + attempt)
        if attempt == _ROUNDS - 1 or (found.error <= _ENOUGH and found.pareto_k <= _EVEN):
            break
        proposal = _fitted(proposal, z, found)
    return found


def _about(optima: list[LocalOptimum]) -> StudentMixture:
    """One component at every optimum that may hold mass, as wide as the posterior is there."""
    heights = torch.stack([optimum.objective for optimum in optima])
    chosen = [optimum for optimum in optima if optimum.objective >= heights.max() - _DEEP]
    shares = torch.stack([optimum.objective for optimum in chosen]).softmax(0).clamp_min(_LEAST_SHARE)
    factors = torch.stack([_factor(optimum) for optimum in chosen])
    return StudentMixture(torch.stack([optimum.mean for optimum in chosen]), factors, shares / shares.sum(), _FREEDOM)


def _factor(optimum: LocalOptimum) -> Tensor:
    """C with C Cᵀ = (I − E_q[∇∇ᵀ log p(x|z)])⁻¹; the best diagonal q's where that is no covariance."""
    precision = torch.eye(len(optimum.mean)).to(optimum.mean) - optimum.derivatives.hessian
    lower, failed = torch.linalg.cholesky_ex(precision)
    if not failed:
        factor, failed = torch.linalg.cholesky_ex(torch.cholesky_inverse(lower))
    return optimum.variance.sqrt().diag() if failed else factor


def _fitted(proposal: StudentMixture, z: Tensor, found: WeightedEstimate) -> StudentMixture:
    """A proposal with the weighted draws' mean and covariance, and a share of the one that they were drawn from."""
    # Weights cut off at √draws times their mean, so that no single draw decides (Ionides 2008).
    weights = (found.log_weights - found.value).exp().clamp_max(len(z) ** 0.5)
    weights = weights / weights.sum()
    mean = weights @ z
    covariance = ((z - mean) * weights[:, None]).T @ (z - mean)
    # What few effective draws say of a covariance is mixed with what was known.
    latents, effective = z.shape[1], 1 / weights.square().sum()
    known = torch.einsum("c,cij,ckj->ik", proposal.shares, proposal.factors, proposal.factors)
    covariance = (effective * covariance + latents * known) / (effective + latents)
    factor = torch.linalg.cholesky(covariance)
    return StudentMixture(
        torch.cat([mean[None], proposal.means]),
        torch.cat([factor[None], proposal.factors]),
        torch.cat([torch.full_like(proposal.shares[:1], _NEW_SHARE), (1 - _NEW_SHARE) * proposal.shares]),
        _FITTED_FREEDOM,
    )
