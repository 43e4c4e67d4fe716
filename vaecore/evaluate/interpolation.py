"""Curves over a sweep of variances from a few of its points: interpolation in the logarithm of the variance.

Averages over frozen noise are smooth functions of log σ², so that their values at Chebyshev points determine them to more
digits than the noise leaves standing (Trefethen 2013, "Approximation Theory and Approximation Practice", chapters 2, 5, 8).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_FEWEST, _MOST = 25, 97  # nodes: one more than a power-of-two multiple of 24, so that each set contains the one before
_SHARE = 0.3  # of the standard error that the interpolation's own error may be, before there are more nodes
_STRAIGHT = 1e-6  # by how much log variances may leave the path: rounded to float32, they do by 1e-7

Columns = Float[Tensor, "steps scrambles columns"]


@dataclass(frozen=True, eq=False)
class VariancePath:
    """Variances start[j] · exp(s) in the dimensions that move and start[j] in the others, for ascending or other s."""

    start: Float[Tensor, " latent"]
    moved: Bool[Tensor, " latent"]
    s: Float[Tensor, " steps"]

    @staticmethod
    def through(variances: Float[Tensor, "steps latent"]) -> "VariancePath | None":
        """The path that a sweep takes; None if it takes another, along which nothing is interpolated."""
        logs = variances.log() - variances[0].log()
        moved = logs.abs().amax(0) > _STRAIGHT
        if not moved.any():
            return None
        s = logs[:, moved].mean(-1)
        straight = ((logs[:, moved] - s[:, None]).abs() <= _STRAIGHT).all()
        return VariancePath(variances[0], moved, s) if straight else None

    def at(self, s: Float[Tensor, " any"]) -> Float[Tensor, "any latent"]:
        """Variances at any s; all that move are 0 at −∞."""
        return torch.where(self.moved, self.start * s[:, None].exp(), self.start)


def along(
    evaluate: Callable[[Float[Tensor, "nodes latent"]], Columns],
    variances: Float[Tensor, "steps latent"],
    proportional: Bool[Tensor, " columns"],
    smooth: bool,
) -> tuple[Columns, Float[Tensor, "steps columns"]]:
    """What `evaluate` gives at every variance, and how far the mean over scrambles may be off for not being evaluated there.

    Sweeps of few steps, along no `VariancePath` or of a decoder with kinks are evaluated step by step, and nothing is off.

    Args:
        evaluate: columns for any variances, zeros included where `proportional`.
        variances: of the sweep.
        proportional: columns that approach their value at variance 0 in proportion to the variance. Their distance from
            it, over the variance, is what is interpolated: their errors at narrow q are as small as what they measure.
        smooth: whether the decoder is.
    """
    path = VariancePath.through(variances) if smooth and len(variances) > _FEWEST + 1 else None
    if path is None:
        values = evaluate(variances)
        return values, torch.zeros_like(values[:, 0])
    middle, half = (path.s.max() + path.s.min()) / 2, (path.s.max() - path.s.min()) / 2
    limit = torch.where(proportional, evaluate(path.at(path.s.new_full((1,), -math.inf))), 0.0)

    def reduced(nodes: Tensor) -> Columns:
        s = middle + half * nodes
        return (evaluate(path.at(s)) - limit) / _unit(s, proportional)

    nodes = _chebyshev(_FEWEST).to(path.s)
    known = reduced(nodes)
    unit = _unit(path.s, proportional)
    while True:
        found = limit + unit * _interpolate(nodes, known, (path.s - middle) / half)
        # The values of the last coefficients, in decline, stand for all that are missing.
        error = 2 * _coefficients(known.mean(1))[-3:].abs().amax(0) * unit[:, 0]
        standard_error = found.std(1) / math.sqrt(found.shape[1])
        finer = 2 * len(nodes) - 1
        if (error <= _SHARE * standard_error).all() or finer > min(_MOST, len(variances)):
            return found, error
        nodes = _chebyshev(finer).to(path.s)
        known = torch.stack([known, torch.cat([reduced(nodes[1::2]), known[:1]])], dim=1).flatten(0, 1)[:finer]


def _unit(s: Float[Tensor, " steps"], proportional: Bool[Tensor, " columns"]) -> Float[Tensor, "steps 1 columns"]:
    return torch.where(proportional, s[:, None, None].exp(), 1.0)


def _chebyshev(count: int) -> Float[Tensor, " count"]:
    """The extrema of the Chebyshev polynomial of degree count − 1, from −1 to 1."""
    return -torch.cos(torch.arange(count, dtype=torch.float64) * (math.pi / (count - 1)))


def _interpolate(nodes: Tensor, known: Columns, at: Float[Tensor, " steps"]) -> Columns:
    """The polynomial through the nodes, by the barycentric formula (Berrut & Trefethen 2004)."""
    signs = torch.ones_like(nodes)
    signs[1::2] = -1
    signs[[0, -1]] *= 0.5
    apart = at[:, None] - nodes
    weights = signs / apart
    hit = apart == 0
    weights = torch.where(hit.any(-1, keepdim=True), hit.to(weights), weights)
    return torch.einsum("sn,n...->s...", weights / weights.sum(-1, keepdim=True), known)


def _coefficients(known: Float[Tensor, "nodes columns"]) -> Float[Tensor, "nodes columns"]:
    """Of the Chebyshev polynomials in the one through the nodes; signs aside."""
    last = len(known) - 1
    index = torch.arange(last + 1).to(known)
    weights = torch.full_like(index, 2 / last)
    weights[[0, -1]] = 1 / last
    return torch.cos(index[:, None] * index * (math.pi / last)) @ (weights[:, None] * known)
