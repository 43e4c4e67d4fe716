"""Where log p(x, z) is highest, above two latents: what the search of the best Gaussians starts from.

From the encoder's q and from the prior's centre the search reaches one mode each. The other modes of a posterior would be
missed, and log p(x) would be too low by more than its error says. Draws that are a little wider than the prior climb to
some of them; a mode that none of them reaches is not counted, and no error says so.

All of them climb at once, by Levenberg's and Marquardt's method (Nocedal & Wright 2006, section 10.3): log p(x|z) is minus
half a sum of squares, and the Jacobian J of what is squared gives its curvature, about −JᵀJ. Differences are exact enough
for J, so that a step of all climbs takes one pass of the decoder, and needs none of its gradients.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_CLIMBS, _SPREAD = 16, 1.3  # how many draws, and their standard deviation
_STEPS, _LEAST_RISE = 15, 0.1  # of each climb at most; nats: a climb whose next step promises less has arrived
_DIFFERENCE = 0.02  # in z: between the points that give a Jacobian
_DAMPING, _FACTOR = 0.1, 10.0  # of the curvature, at first; by which it falls after a step that rises, or grows
_DEEP = 12.0  # nats below the highest at which a summit holds too little of the posterior
_AT_ONCE = 2048  # points that are decoded together

Residuals = Callable[[Float[Tensor, "points latent"]], Float[Tensor, "points rows"]]


@dataclass(frozen=True, eq=False)
class Places:
    """Some places, and what log p(x, z) is like there."""

    z: Float[Tensor, "places latent"]
    height: Float[Tensor, " places"]  # log p(x, z) short of a constant
    slope: Float[Tensor, "places latent"]
    precision: Float[Tensor, "places latent latent"]  # I + JᵀJ: that of the posterior, as far as it is Gaussian

    def __getitem__(self, chosen: Tensor | list[int]) -> "Places":
        return Places(*(column[chosen] for column in self._columns))

    def where(self, condition: Bool[Tensor, " places"], others: "Places") -> "Places":
        """These where a condition holds, others elsewhere."""
        pairs = zip(self._columns, others._columns, strict=True)
        return Places(*(one.where(condition.reshape(-1, *[1] * (one.ndim - 1)), other) for one, other in pairs))

    @staticmethod
    def joined(parts: Sequence["Places"]) -> "Places":
        """All places of some parts."""
        return Places(*(torch.cat(columns) for columns in zip(*(part._columns for part in parts), strict=True)))

    @property
    def variance(self) -> Float[Tensor, "places latent"]:
        """Of the best diagonal Gaussian about each place, as far as the posterior is Gaussian."""
        return 1 / self.precision.diagonal(dim1=1, dim2=2)

    @property
    def finite(self) -> Bool[Tensor, " places"]:
        """Where all of it is finite."""
        return (self.height + self.slope.sum(-1) + self.precision.sum((1, 2))).isfinite()

    @property
    def _columns(self) -> tuple[Tensor, ...]:
        return self.z, self.height, self.slope, self.precision


def prior_draws(latents: int, seed: int = 0) -> Float[Tensor, "draws latent"]:
    """Where climbs that look for every mode begin."""
    generator = torch.Generator().manual_seed(seed)
    return _SPREAD * torch.randn(_CLIMBS, latents, generator=generator, dtype=torch.float64)


def summits(residuals: Residuals, starts: Float[Tensor, "starts latent"], known: Places | None = None) -> Places:
    """The summits of log p(x, z) that climbs from these starts lead to, each once, the highest first.

    Args:
        residuals: u(z), with log p(x|z) = −½‖u‖² and a constant.
        starts: float64; those at which the decoder is not finite are left out.
        known: summits that are known, of which none is found again.
    """
    climbing, arrived = _at(residuals, starts), []
    climbing = climbing[climbing.finite]
    damping, rise = torch.full_like(climbing.height, _DAMPING), torch.full_like(climbing.height, math.inf)
    known = climbing[[]] if known is None else known
    highest = torch.cat([known.height, climbing.height.new_full((1,), -math.inf)]).amax()
    for left in range(_STEPS, 0, -1):
        damped = climbing.precision + torch.diag_embed(damping[:, None] / climbing.variance)
        step = torch.cholesky_solve(climbing.slope[..., None], torch.linalg.cholesky_ex(damped).L)[..., 0]
        highest = torch.cat([climbing.height, highest[None]]).amax()
        # Who rises so slowly that the steps which are left would not bring it among the highest does not go on either.
        goes_on = (climbing.slope * step).sum(-1) > 2 * _LEAST_RISE
        goes_on &= climbing.height + left * rise > highest - _DEEP
        if not goes_on.all():
            arrived.append(climbing[~goes_on])
            climbing, step, damping, rise = climbing[goes_on], step[goes_on], damping[goes_on], rise[goes_on]
        if not len(step):
            break
        there = _at(residuals, climbing.z + step)
        risen = (there.height > climbing.height) & there.finite
        rise = torch.where(risen, there.height - climbing.height, rise)
        damping = damping * torch.where(risen, 1 / _FACTOR, _FACTOR)
        climbing = there.where(risen, climbing)
    return _each_once(Places.joined([*arrived, climbing]), known)


def _at(residuals: Residuals, z: Float[Tensor, "places latent"]) -> Places:
    """What log p(x, z) is like at these places, from differences around them."""
    latents = z.shape[1]
    around = torch.cat([z.new_zeros(1, latents), _DIFFERENCE * torch.eye(latents).to(z)])
    chunks = [residuals((some[:, None] + around).flatten(0, 1)) for some in z.split(max(1, _AT_ONCE // len(around)))]
    u = torch.cat(chunks).unflatten(0, (len(z), len(around)))
    jacobian = (u[:, 1:] - u[:, :1]) / _DIFFERENCE
    products = jacobian @ torch.cat([jacobian, u[:, :1]], dim=1).mT  # Jᵀ (J, u)
    height = -0.5 * (u[:, 0].square().sum(-1, dtype=torch.float64) + z.square().sum(-1))
    return Places(z, height, -products[..., -1] - z, products[..., :-1] + torch.eye(latents).to(z))


def _each_once(ends: Places, known: Places) -> Places:
    """The highest first, without those that lie much lower, or within a standard deviation of a higher or a known one."""
    ends = ends[ends.height.argsort(descending=True)]
    ends = ends[ends.height >= torch.cat([ends.height, known.height]).amax() - _DEEP] if len(ends.z) else ends
    ends = ends[~_beside(ends, known).any(1)]
    chosen: list[int] = []
    for place, beside in enumerate(_beside(ends, ends).tolist()):
        if not any(beside[other] for other in chosen):
            chosen.append(place)
    return ends[chosen]


def _beside(places: Places, others: Places) -> Bool[Tensor, "places others"]:
    """Which places lie within a standard deviation of which others."""
    between = places.z - others.z[:, None]  # (others, places, latent)
    return ((between @ others.precision) * between).sum(-1).mT < 1
