"""Local maxima of a function, from many starts at once.

torch.optim has L-BFGS, but its first use loads torch's compiler: two seconds and 70 MB of every server. A latent space has
few dimensions, and many starts then cost one pass of the decoder for each step, whichever of them still climbs.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

_PROMISED = 1e-4  # share of what the slope promises by which a step must raise the function (Armijo)
_LENGTHS = tuple(0.3**i for i in range(8))  # the parts of a whole step that are tried; the longest that rises is taken

Heights = Callable[[Float[Tensor, "starts dimensions"]], tuple[Float[Tensor, " starts"], Float[Tensor, "starts dimensions"]]]


def climb(
    heights: Heights, starts: Float[Tensor, "starts dimensions"], most_steps: int, least_rise: float
) -> Float[Tensor, "starts dimensions"]:
    """Where BFGS leads from every start (Nocedal & Wright 2006, algorithm 6.1); no place is lower than its start.

    Args:
        heights: of each point, the function's value and its gradient; what is not finite counts as too low.
        starts: float64.
        most_steps: of each climb.
        least_rise: by which a step must raise the function for its climb to go on.
    """
    ends = starts.clone()
    climbing = torch.arange(len(starts), device=starts.device)
    value, gradient = heights(starts)
    inverse = _steepest(gradient)
    fresh = torch.ones_like(climbing, dtype=torch.bool)  # whose direction is that of the gradient
    for _ in range(most_steps):
        step, there, slope = _step(heights, ends[climbing], value, gradient, inverse)
        ends[climbing] += step
        goes_on = there > value + least_rise
        inverse = torch.where(goes_on[:, None, None], _updated(inverse, step, gradient - slope, fresh), _steepest(slope))
        # Who does not rise any more tries the steepest direction before it ends.
        left = goes_on | ~fresh
        climbing, value, gradient, inverse, fresh = climbing[left], there[left], slope[left], inverse[left], ~goes_on[left]
        if not len(climbing):
            break
    return ends


def _steepest(gradient: Tensor) -> Float[Tensor, "starts rows columns"]:
    """An inverse Hessian, of minus the function, with which no coordinate moves by more than 1."""
    return torch.eye(gradient.shape[1]).to(gradient) / gradient.abs().sum(-1).clamp_min(1)[:, None, None]


def _step(
    heights: Heights, place: Tensor, value: Tensor, gradient: Tensor, inverse: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of each climb the step that is taken, and value and gradient there; nowhere where none raises the function."""
    direction = torch.einsum("nij,nj->ni", inverse, gradient)
    promised = _PROMISED * (direction * gradient).sum(-1)
    step, there, slope = torch.zeros_like(place), value.clone(), gradient.clone()
    left = torch.arange(len(place), device=place.device)
    # Most whole steps are taken; of those that are too long all shorter ones are tried in one pass of the decoder.
    for lengths in (_LENGTHS[:1], _LENGTHS[1:]):
        length = torch.tensor(lengths).to(place)[:, None]
        ahead = length[..., None] * direction[left]
        found, steepness = (part.unflatten(0, ahead.shape[:2]) for part in heights((place[left] + ahead).flatten(0, 1)))
        risen = (found > value[left]) & (found >= value[left] + length * promised[left]) & steepness.isfinite().all(-1)
        some, first = risen.any(0), risen.byte().argmax(0)
        taken, which = left[some], (first[some], some.nonzero()[:, 0])
        step[taken], there[taken], slope[taken] = ahead[which], found[which], steepness[which]
        left = left[~some]
        if not len(left):
            break
    return step, there, slope


def _updated(inverse: Tensor, step: Tensor, bend: Tensor, fresh: Tensor) -> Float[Tensor, "starts rows columns"]:
    """The inverse Hessian after a step over which the gradient fell by `bend` (eq. 6.17); at first it is scaled (6.20)."""
    curvature = (step * bend).sum(-1)
    known = curvature > 1e-12 * step.norm(dim=-1) * bend.norm(dim=-1)  # elsewhere the function does not bend downwards
    eye = torch.eye(step.shape[1]).to(step)
    scale = curvature / bend.square().sum(-1)
    inverse = torch.where((known & fresh)[:, None, None], scale[:, None, None] * eye, inverse)
    share = torch.where(known, 1 / curvature, 0.0)[:, None, None]
    left = eye - share * step[:, :, None] * bend[:, None, :]
    found = left @ inverse @ left.mT + share * step[:, :, None] * step[:, None, :]
    return torch.where(known[:, None, None], found, inverse)
