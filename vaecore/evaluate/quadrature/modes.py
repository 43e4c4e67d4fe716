"""The modes of a posterior in one or two dimensions: where the search for the best q begins."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.evaluate.quadrature.cells import DEPTH
from vaecore.evaluate.quadrature.evidence import Integral
from vaecore.evaluate.quadrature.lattice import SinhAxis

_MOST_PEAKS = 1000  # among which the modes are sought: a posterior has a few, the rounding of large numbers has thousands


@dataclass(frozen=True, eq=False)
class PosteriorMode:
    """The part of the posterior's mass around one of its modes."""

    mean: Float[Tensor, " latent"]
    variance: Float[Tensor, " latent"]
    log_mass: Float[Tensor, ""]  # log ∫ p(x|z)^(1/β) p(z) dz over it: reconstruction / β − kl of no q in it is higher


def posterior_modes(integral: Integral, most: int, beta: float) -> list[PosteriorMode]:
    """The posterior's mass around each of its highest modes, so many at most, the likeliest first, and all of it."""
    table = integral.table
    # Lower by so much, whatever β, a point holds nothing.
    high = table[1] >= table[1].max() - 2 * DEPTH * max(1.0, beta)
    z, log_joint, log_volume = (column[high] for column in table)
    mass = (log_joint + log_volume).softmax(0)
    prior = standard_normal_log_prob(z)
    tempered = (log_joint - prior) / beta + prior + log_volume
    nearest = torch.cdist(z, _summits(z, log_joint, integral.axis, most)).argmin(-1)
    regions = [nearest == i for i in range(int(nearest.max()) + 1)]
    parts = [_basin(z[region], mass[region], tempered[region]) for region in regions]
    parts.sort(key=lambda part: float(part.log_mass), reverse=True)
    return [*parts, _basin(z, mass, tempered)] if len(parts) > 1 else parts


def _summits(
    z: Float[Tensor, "points latent"], log_joint: Float[Tensor, " points"], axis: SinhAxis, most: int
) -> Float[Tensor, "summits latent"]:
    """The highest points, so many at most, that have none above them within two spacings."""
    order = log_joint.argsort(descending=True, stable=True)
    z, height = z[order], log_joint[order]
    reach = (2 * axis.spacing_at(z).amax(-1)).square()
    highest = _none_above_beside(z, reach) & (height >= height[0] - 2 * DEPTH)
    found: list[Tensor] = []
    for here in highest.nonzero()[:_MOST_PEAKS, 0].tolist():
        if not ((z[:here] - z[here]).square().sum(-1) < reach[here]).any():
            found.append(z[here])
        if len(found) == most:
            break
    return torch.stack(found)


def _none_above_beside(z: Float[Tensor, "points latent"], reach: Float[Tensor, " points"]) -> Bool[Tensor, " points"]:
    """Which of some points, the highest first, are above their two neighbours along each axis: few are, and soon found."""
    above = torch.ones(len(z), dtype=torch.bool, device=z.device)
    for dimension in range(z.shape[1]):
        row = z[:, dimension].argsort(stable=True)
        for other in range(z.shape[1]):
            if other != dimension:
                row = row[z[row, other].argsort(stable=True)]
        squares = z[row].diff(dim=0).square().sum(-1)
        for one, two in ((row[:-1], row[1:]), (row[1:], row[:-1])):
            above[one] &= ~((two < one) & (squares < reach[one]))
    return above


def _basin(
    z: Float[Tensor, "points latent"], mass: Float[Tensor, " points"], tempered: Float[Tensor, " points"]
) -> PosteriorMode:
    share = (mass / mass.sum())[:, None]
    mean = (share * z).sum(0)
    # A mode narrower than the cells about it seems to have no width.
    return PosteriorMode(mean, (share * (z - mean).square()).sum(0).clamp_min(1e-8), tempered.logsumexp(0))
