"""Products with upper triangular matrices, by blocks that leave out what is 0: a third less of the work."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

_NARROWEST, _MOST = 64, 4  # columns of a block, and blocks: products of fewer columns are slow


def times_triangle(
    rows: Float[Tensor, "points columns"], triangle: Float[Tensor, "rows columns"], shift: Float[Tensor, " rows"]
) -> Float[Tensor, "points rows"]:
    """R h + r for every h, where R holds 0 below its diagonal; rows beyond its columns hold 0 alone."""
    blocks = _blocks(triangle)
    if len(blocks) == 1:
        return F.linear(rows, triangle, shift)
    parts = [F.linear(rows[:, first:], triangle[first:end, first:], shift[first:end]) for first, end, _ in blocks]
    return torch.cat(parts, dim=1)


def times_transposed(
    rows: Float[Tensor, "points rows"], triangle: Float[Tensor, "rows columns"]
) -> Float[Tensor, "points columns"]:
    """Rᵀ u for every u."""
    blocks = _blocks(triangle)
    if len(blocks) == 1:
        return rows @ triangle
    return torch.cat([rows[:, :last] @ triangle[:last, first:last] for first, _, last in blocks], dim=1)


def _blocks(triangle: Tensor) -> list[tuple[int, int, int]]:
    """First row, end of the rows and end of the columns; one block on devices that are faster with one product."""
    height, width = triangle.shape
    count = max(1, min(_MOST, width // _NARROWEST)) if triangle.device.type == "cpu" else 1
    edges = [round(width * i / count) for i in range(count + 1)]
    return [(first, last if last < width else height, last) for first, last in pairwise(edges)]
