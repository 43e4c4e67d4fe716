"""Monte Carlo averages with control variates whose coefficients come from other samples, so that no bias is added.

A control is a function of the noise whose mean is known to be 0. Subtracting the best multiple of it takes the variance that
it explains out of an average. Fitted to the same points, that multiple would bias the average where points are few. Here
each scramble's multiples are fitted to all the other scrambles, which are independent of it (cross-fitting).
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

_RIDGE = 1e-12  # of the sums of squares: lets a control be 0 everywhere


def cross_fitted(
    values: Float[Tensor, "steps scrambles columns points"],
    controls: Sequence[Float[Tensor, "#steps #scrambles #columns _ points"]],
) -> Float[Tensor, "steps scrambles columns"]:
    """The average of every scramble's values, less what the controls explain, which come in blocks of some rows."""
    shape = values.shape[:-1]
    rows = [torch.ones_like(values)[..., None, :], *(block.expand(*shape, -1, -1) for block in controls)]
    design = torch.cat(rows, dim=-2)
    gram = design @ design.mT
    products = (design @ values[..., None])[..., 0]
    found = gram[..., 0, 1:] / values.shape[-1]  # the controls' averages, where 0 is known to be the mean
    average = products[..., 0] / values.shape[-1]
    # The sums over all scrambles but one's own.
    gram, products = gram.sum(1, keepdim=True) - gram, products.sum(1, keepdim=True) - products
    squares = gram.diagonal(dim1=-1, dim2=-2)
    squares += _RIDGE * squares + torch.finfo(squares.dtype).tiny
    coefficients = torch.cholesky_solve(products[..., None], torch.linalg.cholesky(gram))[..., 0]
    return average - (found * coefficients[..., 1:]).sum(-1)
