"""The steps of a sweep: in groups, as indices, and where the choice of what resolves each is made."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

_SCALE_GROUP = 1.7  # range of standard deviations that share one small lattice


def on_cpu(mean: Tensor, variances: Tensor) -> tuple[Float[np.ndarray, " latent"], Float[np.ndarray, "steps latent"]]:
    """Mean and variances where the choice of what resolves q is made: one copy, each would make a GPU wait."""
    both = torch.cat([mean[None], variances]).numpy(force=True)
    return both[0], both[1:]


def indices_of(chosen: Bool[np.ndarray, " steps"], device: torch.device) -> slice | Tensor:
    """The indices of the chosen ones: a slice, which copies nothing, where they follow one another."""
    indices = chosen.nonzero()[0]
    first, last = int(indices[0]), int(indices[-1])
    return slice(first, last + 1) if last - first + 1 == len(indices) else torch.from_numpy(indices).to(device)


def scale_groups(deviations: Float[Tensor, "steps latent"], wanted: Tensor) -> Iterator[Tensor]:
    """Indices of the wanted steps, in groups whose standard deviations lie within `_SCALE_GROUP` on every axis."""
    indices = wanted.nonzero()[:, 0]
    if not len(indices):
        return
    logs = deviations[indices].log()
    low, span = logs.amin(0), logs.amax(0) - logs.amin(0)
    count = (span / math.log(_SCALE_GROUP)).ceil().clamp_min(1)
    group = ((logs - low) / span.clamp_min(1e-12) * count).floor().minimum(count - 1)
    for key in group.unique(dim=0):
        yield indices[(group == key).all(-1)]
