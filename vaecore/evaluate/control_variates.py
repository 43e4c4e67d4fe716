"""Monte Carlo averages with control variates whose coefficients come from other samples, so that no bias is added.

A control is a function of the noise whose mean is known to be 0. Subtracting the best multiple of it takes the variance that
it explains out of an average. Fitted to the same points, that multiple would bias the average where points are few. Here
each scramble's multiples are fitted to all the other scrambles, which are independent of it (cross-fitting).

Most controls are functions of the noise alone, the same for every q: their normal equations are factorised once, and each q
adds one row to them.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

_RIDGE = 1e-12  # of the sums of squares: lets a control be 0 everywhere


@dataclass(frozen=True, eq=False)
class FixedControls:
    """Controls that no q changes, and what fits them to all scrambles but one's own; the first of the rows is 1."""

    rows: Float[Tensor, "scrambles columns rows points"]
    factor: Float[Tensor, "scrambles columns rows rows"]  # Cholesky's, of the sums over all scrambles but one's own

    @staticmethod
    def of(controls: Float[Tensor, "scrambles columns controls points"]) -> "FixedControls":
        """From the controls, without the constant."""
        rows = torch.cat([torch.ones_like(controls[:, :, :1]), controls], dim=2)
        gram = _of_the_others(rows @ rows.mT)
        squares = gram.diagonal(dim1=-1, dim2=-2)
        squares += _RIDGE * squares + torch.finfo(squares.dtype).tiny
        return FixedControls(rows, torch.linalg.cholesky(gram))


def cross_fitted(
    values: Float[Tensor, "steps scrambles columns points"],
    fixed: FixedControls,
    last: Float[Tensor, "steps scrambles columns points"],
) -> Float[Tensor, "steps scrambles columns"]:
    """The average of every scramble's values, less what the fixed controls and one that differs from q to q explain."""
    count, rows = values.shape[-1], fixed.rows
    # By the normal equations of the fixed rows, bordered by the last one; (scrambles, columns, rows, steps).
    of_values, of_last = (rows @ part.permute(1, 2, 3, 0) for part in (values, last))
    squares, products = (last * part for part in (last, values))
    square, product = (_of_the_others(part.sum(-1).permute(1, 2, 0)) for part in (squares, products))
    border = _of_the_others(of_last)
    solved = torch.cholesky_solve(torch.cat([_of_the_others(of_values), border], dim=-1), fixed.factor)
    by_values, by_last = solved.chunk(2, dim=-1)
    smallest = _RIDGE * square + torch.finfo(square.dtype).tiny
    coefficient = (product - (border * by_values).sum(2)) / (square - (border * by_last).sum(2)).maximum(smallest)
    coefficients = by_values - by_last * coefficient[:, :, None]
    # The controls' averages, where 0 is known to be the mean; the first row is 1, and its product the sum of the values.
    averages = rows.mean(-1)[:, :, 1:, None]
    explained = (averages * coefficients[:, :, 1:]).sum(2) + of_last[:, :, 0] / count * coefficient
    return (of_values[:, :, 0] / count - explained).permute(2, 0, 1)


def _of_the_others(sums: Float[Tensor, "scrambles ..."]) -> Float[Tensor, "scrambles ..."]:
    """The sum over all scrambles but one's own, for each."""
    return sums.sum(0, keepdim=True) - sums
