"""Whether a decoder jumps: layers that round, compare, or keep the largest features move in steps.

A sum over points knows nothing of what lies beside a step, however smooth both of its sides are.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

_SUDDENEST, _LARGEST = 12, 4  # along each axis: neighbours on a lattice that are looked between
_ROUNDS, _HALVINGS = 4, 3  # of the way between them, by 4,096 in all
_STEP = 0.3  # share of a change that three halvings leave of a step; of a smooth change they leave 1/8
_ROUNDINGS = 32  # of the decoded features: smaller changes are noise
_SHARE = 1e-3  # of the mean change, below which one is not sudden, whatever the pairs beside it do
_NEAR = 8.0  # deviations of the prior: farther out, a 4,096th of the spacing is a few roundings of z


@torch.no_grad()
def jumps(
    decode: Callable[[Float[Tensor, "points latent"]], Float[Tensor, "points features"]],
    axes: list[Float[Tensor, " _"]],
    features: Float[Tensor, "*lattice features"],
) -> bool:
    """Whether a decoder moves in steps between neighbours of a lattice, as far as the suddenest of its changes show.

    Halving the way between two neighbours again and again, always towards the half that changes more, leaves less and less
    of a change that is smooth, however steep, and all of a step.

    Args:
        decode: the features of any points.
        axes: coordinates along each dimension of the lattice.
        features: what the decoder gives at every point of the lattice.

    Example:
        >>> axis = torch.linspace(-4, 4, 161, dtype=torch.float64)
        >>> steep, step = lambda z: (50 * z).tanh(), lambda z: (z > 0.7).float()
        >>> [jumps(decode, [axis], decode(axis[:, None])) for decode in (steep, step)]
        [False, True]
    """
    low, high = _suspects(axes, features)
    below, above = decode(low), decode(high)
    change = (above - below).norm(dim=-1)
    for _ in range(_ROUNDS):
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            at = decode(middle)
            upper = ((above - at).norm(dim=-1) > (at - below).norm(dim=-1))[:, None]
            low, below = middle.where(upper, low), at.where(upper, below)
            high, above = high.where(upper, middle), above.where(upper, at)
        left = (above - below).norm(dim=-1)
        noise = _ROUNDINGS * torch.finfo(below.dtype).eps * below.norm(dim=-1)
        still = (left > _STEP * change) & (left > noise)
        if not still.any():
            return False
        low, high, below, above, change = (each[still] for each in (low, high, below, above, left))
    return True


def _suspects(
    axes: list[Float[Tensor, " _"]], features: Float[Tensor, "*lattice features"]
) -> tuple[Float[Tensor, "pairs latent"], Float[Tensor, "pairs latent"]]:
    """Neighbours along an axis between which the features change most, and most in comparison with the pairs beside them."""
    ends: list[tuple[Tensor, Tensor]] = []
    axes = [axis.to(features.device) for axis in axes]
    for dimension, axis in enumerate(axes):
        pairs = len(axis) - 1
        change = (features.narrow(dimension, 1, pairs) - features.narrow(dimension, 0, pairs)).norm(dim=-1)
        change.movedim(dimension, -1)[..., axis[:-1].abs() >= _NEAR] = 0.0
        beside = F.pad(change.movedim(dimension, -1), (1, 1))
        beside = beside[..., :-2].maximum(beside[..., 2:]).movedim(-1, dimension)
        sudden = change / (beside + _SHARE * change.mean() + torch.finfo(change.dtype).tiny)
        for score, count in ((sudden, _SUDDENEST), (change, _LARGEST)):
            highest = score.flatten().topk(min(count, score.numel())).indices
            # torch's own function would load its compiler.
            index = [torch.from_numpy(place) for place in np.unravel_index(highest.numpy(force=True), score.shape)]
            low = torch.stack([along[i] for along, i in zip(axes, index, strict=True)], dim=-1)
            high = low.clone()
            high[:, dimension] = axis[index[dimension] + 1]
            ends.append((low, high))
    low, high = (torch.cat(column) for column in zip(*ends, strict=True))
    return low, high
