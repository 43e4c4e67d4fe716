"""log p(x) by the sum that one would write first: an even grid of z over the prior's box.

It needs nodes^D decoded points for D latents, and is wrong, without a sign of it, as long as its spacing is wider than the
posterior. `vaecore.evidence` is what the app computes with; this is what it is compared to.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.models import VAE
from vaecore.evaluate.api import log_joint
from vaecore.evaluate.quadrature.lattice import product

REACH = 4.0
"""Half the width of the box: all but 1e-4 of the prior's mass in two dimensions."""


def grid_evidence(
    model: VAE, x: Float[Tensor, "1 pixels"], nodes: Sequence[int], reach: float = REACH
) -> Float[Tensor, " grids"]:
    """log Σ p(x, z) · volume over nodes^D points that are evenly spaced from −reach to reach in each of D latents, in nats.

    One value for each number of nodes.

    Raises:
        ValueError: x is not one image of the model, the model has more than two latents, or a grid has less than two nodes.

    Example:
        >>> import vaecore
        >>> found = grid_evidence(vaecore.load("number"), torch.tensor([[2.0]]), [3, 41])
        >>> [round(value, 3) for value in found.tolist()]  # three nodes are too few; the truth is −2.266
        [-2.451, -2.266]
    """
    if model.latent_dim > 2:
        raise ValueError(f"a grid needs a model of one or two latents; got {model.latent_dim}.")
    if min(nodes) < 2:
        raise ValueError(f"nodes must be 2 or more; got {min(nodes)}.")
    sums = []
    for count in nodes:
        axis = torch.linspace(-reach, reach, count, dtype=torch.float64)
        log_volume = model.latent_dim * torch.log(axis[1] - axis[0])
        sums.append(log_joint(model, x, product([axis] * model.latent_dim)).logsumexp(0) + log_volume.to(x))
    return torch.stack(sums)
