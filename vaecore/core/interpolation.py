"""Curves over a sweep of variances from a few of its points: interpolation in the logarithm of the variance.

Averages of a smooth function over q are smooth functions of log σ², with common random numbers also those that are sampled.
Their values at Chebyshev points then determine them far more precisely than a quadrature or the noise does (Trefethen 2013,
"Approximation Theory and Approximation Practice", chapters 2, 3 and 8).

Where q is so narrow that a decoder is nearly linear over it, averages are nearly linear in σ²: there nothing is gained by
points that lie evenly in log σ². Sampled averages are interpolated in log(σ² + c), with few points where σ² is below c.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

# Number of nodes: more are twice as many less one, so that each set contains the one before.
_FEWEST, _MOST = 19, 97
_SHARE = 0.75  # of the standard error: nodes are added while the interpolation's own error is larger than that and allowed
_MISSING = 4.0  # times the largest of the last four coefficients: what all that are missing may add
_MISSING_OF_SAMPLED, _LAST = 3.0, 5  # the same for averages over scrambles, times the largest of so many
_NARROW = 1e-4  # c: curves that bend at 1e-5 already are still seen to bend
_STRAIGHT = 1e-6  # by how much log variances may leave the path; rounding to float32 moves them by 1e-7

_WORTHWHILE = 1.5  # variances for each node, at least

Columns = Float[Tensor, "steps scrambles columns"]
Bounded = Float[Tensor, "steps columns"]


@dataclass(frozen=True, eq=False)
class VariancePath:
    """Variances start[j] · exp(s) in the dimensions that move and start[j] in the others, for ascending or other s."""

    start: Float[np.ndarray, " latent"]
    moved: Bool[np.ndarray, " latent"]
    s: Float[np.ndarray, " steps"]

    @staticmethod
    def through(variances: Float[np.ndarray, "steps latent"]) -> "VariancePath | None":
        """The path that a sweep takes, or None if the sweep takes no path of this kind."""
        logs = np.log(variances) - np.log(variances[0])
        moved = np.abs(logs).max(0) > _STRAIGHT
        if not moved.any():
            return None
        s = logs[:, moved].mean(-1)
        straight = (np.abs(logs[:, moved] - s[:, None]) <= _STRAIGHT).all()
        return VariancePath(variances[0], moved, s) if straight else None

    def at(self, s: Float[np.ndarray, " any"]) -> Float[np.ndarray, "any latent"]:
        """Variances at any s; all that move are 0 at −∞."""
        return np.where(self.moved, self.start * np.exp(s[:, None]), self.start)


def along(
    evaluate: Callable[[Float[Tensor, "nodes latent"]], Columns],
    variances: Float[Tensor, "steps latent"],
    powers: Float[Tensor, "choices columns"],
    smooth: bool,
    tolerance: Callable[[Bounded], Bounded] = torch.zeros_like,
    fewest: int = _FEWEST,
) -> tuple[Columns, Float[Tensor, "steps columns"]]:
    """What `evaluate` gives at every variance, and a bound on the error that interpolation adds to the mean over scrambles.

    Short sweeps, sweeps along no `VariancePath`, and decoders with kinks are evaluated step by step; that bound is then 0.

    Args:
        evaluate: columns for any variances, zeros included.
        variances: of the sweep.
        powers: what is interpolated of a column is its distance from its value at variance 0, divided by a power of σ² + c,
            to which the error is then in proportion. Of these powers each column takes the one with the smallest bound.
        smooth: whether the decoder is smooth.
        tolerance: of some values, the errors that they may have whatever the noise is.
        fewest: how many variances are evaluated at first.
    """
    on_cpu = variances.numpy(force=True)
    plan = _plan_for(on_cpu, fewest, _NARROW, variances.device) if smooth and len(variances) > fewest + 1 else None
    if plan is None:
        values = evaluate(variances)
        return values, torch.zeros_like(values[:, 0])
    limit = evaluate(plan.limit)
    known = evaluate(plan.variances) - limit
    while True:
        found, error, share = _interpolated(plan, known, limit, powers, tolerance)
        finer = 2 * len(known) - 1
        if (share <= 1).all() or finer > min(_MOST, len(variances)):
            return found, error
        plan = _plan_for(on_cpu, finer, _NARROW, variances.device)
        assert plan is not None, "the sweep takes a path"
        between = evaluate(plan.variances[1::2]) - limit
        known = torch.stack([known, torch.cat([between, known[:1]])], dim=1).flatten(0, 1)[:finer]


def _interpolated(
    plan: "_Plan",
    known: Float[Tensor, "nodes scrambles columns"],
    limit: Float[Tensor, "1 scrambles columns"],
    powers: Float[Tensor, "choices columns"],
    tolerance: Callable[[Bounded], Bounded],
) -> tuple[Columns, Bounded, Float[Tensor, " columns"]]:
    """Values by the best power of each column, bounds on their errors, and the largest as a share of what is allowed.

    Args:
        plan: of the sweep.
        known: distances from the values at variance 0, at the plan's nodes.
        limit: the values at variance 0.
        powers: see `along`.
        tolerance: see `along`.
    """
    choices = []
    for power in powers:
        unit = plan.width[:, None] ** power
        parts = known / plan.width_of_nodes[:, None, None] ** power
        found = limit + unit[:, None] * torch.einsum("sn,n...->s...", plan.interpolating, parts)
        # Coefficients of a smooth function decline geometrically: the last ones bound the sum of those that are missing.
        error = _MISSING_OF_SAMPLED * torch.einsum("kn,nc->kc", plan.last_coefficients, parts.mean(1)).abs().amax(0) * unit
        share = (error / (_SHARE * standard_error(found) + tolerance(found.mean(1)))).amax(0)
        choices.append((found, error, share))
    founds, errors, shares = (torch.stack(column) for column in zip(*choices, strict=True))
    best, columns = shares.argmin(0), torch.arange(shares.shape[1], device=shares.device)
    return founds[best, :, :, columns].permute(1, 2, 0), errors[best, :, columns].T, shares[best, columns]


def bounded_along(
    evaluate: Callable[[Float[Tensor, "nodes latent"]], tuple[Bounded, Bounded]],
    variances: Float[np.ndarray, "steps latent"],
    nodes: int,
    device: torch.device,
) -> tuple[Bounded, Bounded] | None:
    """Values with bounds on their errors at every variance, from those at so many Chebyshev points.

    Args:
        evaluate: values and bounds on their errors for any variances.
        variances: of the sweep.
        nodes: how many are evaluated.
        device: where they are.

    Returns:
        The values, and bounds on their errors, which hold those of the nodes and that of the interpolation, which is read
        off the last coefficients. None where the sweep is too short to gain by it, or takes no `VariancePath`.
    """
    plan = _plan_for(variances, nodes, 0.0, device) if len(variances) > _WORTHWHILE * nodes else None
    if plan is None:
        return None
    known, unsure = evaluate(plan.variances)
    value, error = plan.interpolating @ known, plan.interpolating.abs() @ unsure
    return value, torch.add(error, (plan.last_coefficients[1:] @ known).abs().amax(0), alpha=_MISSING)


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where a sweep is evaluated, and what its values there say of the others."""

    variances: Float[Tensor, "nodes latent"]
    limit: Float[Tensor, "1 latent"]  # all that move are 0
    width_of_nodes: Float[Tensor, " nodes"]  # σ² + c, σ² being the geometric mean of the variances that move
    width: Float[Tensor, " steps"]
    interpolating: Float[Tensor, "steps nodes"]
    last_coefficients: Float[Tensor, "last nodes"]


def _plan_for(variances: Float[np.ndarray, "steps latent"], nodes: int, narrow: float, device: torch.device) -> _Plan | None:
    return _plan(variances.tobytes(), variances.shape[1], nodes, narrow, device)


@lru_cache(maxsize=64)  # many means share a slider, and so its variances; 50 to 200 kB each
def _plan(variances: bytes, latents: int, nodes: int, narrow: float, device: torch.device) -> _Plan | None:
    """In log(σ² + narrow), of variances of shape (steps, latents), float64; None where they take no `VariancePath`."""
    path = VariancePath.through(np.frombuffer(variances).reshape(-1, latents))
    if path is None:
        return None
    at_start = np.exp(np.log(path.start[path.moved]).mean())
    width = at_start * np.exp(path.s) + narrow
    logs = np.log(width)
    middle, half = (logs.max() + logs.min()) / 2, (logs.max() - logs.min()) / 2
    # From −1 to 1 the extrema of the Chebyshev polynomial of the highest degree, and the coefficients of the polynomial that
    # takes some values there: the discrete cosine transform of type I (Trefethen, ch. 3).
    degrees = np.arange(nodes)
    ends = np.where(degrees % (nodes - 1) == 0, 0.5, 1.0)
    to_coefficients = 2 / (nodes - 1) * np.outer(ends, ends) * np.cos(np.outer(degrees, degrees) * (math.pi / (nodes - 1)))
    width_of_nodes = np.exp(middle + half * np.cos(degrees * (math.pi / (nodes - 1))))
    # Rounding must not lead beyond the ends of the sweep.
    growth_of_nodes = np.clip((width_of_nodes - narrow) / at_start, np.exp(path.s.min()), np.exp(path.s.max()))
    # T_k(cos θ) = cos kθ
    places = np.clip((logs - middle) / half, -1, 1)
    interpolating = np.cos(np.outer(np.arccos(places), degrees)) @ to_coefficients
    limit = path.at(np.array([-math.inf]))
    columns = (path.at(np.log(growth_of_nodes)), limit, width_of_nodes, width, interpolating, to_coefficients[-_LAST:])
    return _Plan(*(torch.from_numpy(column).to(device) for column in columns))


def standard_error(columns: Float[Tensor, "... scrambles columns"]) -> Float[Tensor, "... columns"]:
    """Of the mean over scrambles, by their spread."""
    scrambles = columns.shape[-2]
    return ((columns - columns.mean(-2, keepdim=True)).square().sum(-2) / (scrambles * (scrambles - 1))).sqrt()
