"""What the sum for log p(x) must look at where the decoder jumps: cells that a step may run through.

The centre of a cell then says nothing of the rest of it. Two things do: the centres of the cells beside it, and the points
of the lattice's other strands.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.evaluate.quadrature.cells import Cells, split_cells
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import SHIFTS, SinhAxis, product

_TRACE = math.log(1e-7)  # share of the mass from which a cell beside a step asks for its neighbours
_LOST = 1.0  # nats: what sums may leave of a peak's height between their points


def with_neighbours(
    index: Int[Tensor, "cells latent"], half: int, matters: Bool[Tensor, " cells"], log_share: Float[Tensor, " cells"]
) -> tuple[Bool[Tensor, " cells"], Float[Tensor, ""]]:
    """Which cells of a level matter or lie beside one that does, and how much log p(x) may lack.

    A neighbour that is not among the cells, since the one around it was not split, may hold as much as the cell beside it.

    Args:
        index: of the cells, from −half to half along every axis.
        half: the largest index.
        matters: which of the cells do.
        log_share: the logarithm of each cell's share of p(x).
    """
    steps = product([torch.arange(-1, 2, device=index.device)] * index.shape[1])
    beside = index[matters][:, None] + steps
    strides = torch.tensor([2 * half + 3, 1], device=index.device)[-index.shape[1] :]
    known, wanted = (index * strides).sum(-1), (beside * strides).sum(-1)
    missing = ~torch.isin(wanted, known) & (beside.abs() <= half).all(-1)
    return torch.isin(known, wanted), (missing.sum(-1) * log_share[matters].exp()).sum().log1p()


def seen_between(
    grids: LogLikelihoodGrids, axis: SinhAxis, depth: float
) -> tuple[Bool[Tensor, " cells"], Float[Tensor, ""]]:
    """Cells in which another strand has a point within `depth` of the highest log p(x, z), and that height."""
    dimensions = len(grids.axes)
    heights = [
        values + standard_normal_log_prob(product(list(along))).reshape(values.shape)
        for values, along in zip(grids.values, zip(*grids.axes, strict=True), strict=True)
    ]
    highest = torch.stack([height.max() for height in heights]).max()
    found = torch.zeros_like(heights[0], dtype=torch.bool)
    for height, shifts in zip(heights[1:], SHIFTS[dimensions][1:], strict=True):
        places = (height >= highest - depth).nonzero()
        nearest = (places + torch.tensor(shifts, device=places.device)).round().long().clamp_max(2 * axis.half)
        found[tuple(nearest.unbind(-1))] = True
    return found.flatten(), highest


def split_beside(
    decoder: PointDecoder,
    image: ProjectedImage,
    axis: SinhAxis,
    cells: Cells,
    split: Bool[Tensor, " cells"],
    parts: list[Cells],
) -> Bool[Tensor, " cells"]:
    """Split the neighbours of cells whose parts turn out to hold something, until none are left.

    Args:
        decoder: of the model.
        image: the image.
        axis: of the shared lattice.
        cells: of one level.
        split: which of them are split already.
        parts: of these, to which those of their neighbours are added.

    Returns:
        Which cells are split then.
    """
    places, half = split.nonzero()[:, 0], 3**cells.level * axis.half
    while len(places):
        held = parts[-1].log_mass.reshape(len(places), -1).logsumexp(1)
        most = torch.stack([part.log_mass.logsumexp(0) for part in parts]).logsumexp(0)
        heavy = torch.zeros_like(split)
        heavy[places[held > most + _TRACE]] = True
        grown = with_neighbours(cells.index, half, heavy, cells.log_mass)[0] & ~split
        places, split = grown.nonzero()[:, 0], split | grown
        if len(places):
            parts.append(split_cells(decoder, image, axis, cells[grown]))
    return split


def lost(highest: Float[Tensor, ""], reached: Float[Tensor, ""]) -> Float[Tensor, ""]:
    """Nats that log p(x) may lack because the cells do not reach a height that was seen."""
    below = highest - reached
    return torch.where(below > _LOST, below, 0.0)
