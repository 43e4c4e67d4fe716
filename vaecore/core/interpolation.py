"""Curves over a sweep of variances from a few of its points: interpolation in the logarithm of the variance.

Averages of a smooth function over q are smooth functions of log σ², with common random numbers also those that are sampled.
Their values at Chebyshev points then determine them far more precisely than a quadrature or the noise does (Trefethen 2013,
"Approximation Theory and Approximation Practice", chapters 2, 3 and 8).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

# Number of nodes: more are twice as many less one, so that each set contains the one before.
_FEWEST, _MOST = 25, 97
_SHARE = 0.75  # of the standard error: nodes are added while the interpolation's own error is larger than that and allowed
_MISSING = 4.0  # times the largest of the last four coefficients: what all that are missing may add
_MISSING_OF_SAMPLED, _LAST = 3.0, 5  # the same for averages over scrambles, times the largest of so many
_STRAIGHT = 1e-6  # by how much log variances may leave the path; rounding to float32 moves them by 1e-7

_WORTHWHILE = 1.5  # variances for each node, at least

Columns = Float[Tensor, "steps scrambles columns"]
Bounded = Float[Tensor, "steps columns"]


@dataclass(frozen=True, eq=False)
class VariancePath:
    """Variances start[j] · exp(s) in the dimensions that move and start[j] in the others, for ascending or other s."""

    start: Float[Tensor, " latent"]
    moved: Bool[Tensor, " latent"]
    s: Float[Tensor, " steps"]

    @staticmethod
    def through(variances: Float[Tensor, "steps latent"]) -> "VariancePath | None":
        """The path that a sweep takes, or None if the sweep takes no path of this kind."""
        logs = variances.log() - variances[0].log()
        moved = logs.abs().amax(0) > _STRAIGHT
        if not moved.any():
            return None
        s = logs[:, moved].mean(-1)
        straight = ((logs[:, moved] - s[:, None]).abs() <= _STRAIGHT).all()
        return VariancePath(variances[0], moved, s) if straight else None

    @property
    def ends(self) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Middle and half of the range of s."""
        low, high = self.s.aminmax()
        return (high + low) / 2, (high - low) / 2

    def at(self, s: Float[Tensor, " any"]) -> Float[Tensor, "any latent"]:
        """Variances at any s; all that move are 0 at −∞."""
        return torch.where(self.moved, self.start * s[:, None].exp(), self.start)


def along(
    evaluate: Callable[[Float[Tensor, "nodes latent"]], Columns],
    variances: Float[Tensor, "steps latent"],
    proportional: Bool[Tensor, " columns"],
    smooth: bool,
    tolerance: Callable[[Bounded], Bounded] = torch.zeros_like,
    fewest: int = _FEWEST,
) -> tuple[Columns, Float[Tensor, "steps columns"]]:
    """What `evaluate` gives at every variance, and a bound on the error that interpolation adds to the mean over scrambles.

    Short sweeps, sweeps along no `VariancePath`, and decoders with kinks are evaluated step by step; that bound is then 0.

    Args:
        evaluate: columns for any variances, zeros included where `proportional`.
        variances: of the sweep.
        proportional: columns that approach their value at variance 0 in proportion to the variance. What is interpolated is
            their distance from that value, divided by the variance, so that the error vanishes with the variance as well.
        smooth: whether the decoder is smooth.
        tolerance: of some values, the errors that they may have whatever the noise is.
        fewest: how many variances are evaluated at first.
    """
    path = VariancePath.through(variances) if smooth and len(variances) > fewest + 1 else None
    if path is None:
        values = evaluate(variances)
        return values, torch.zeros_like(values[:, 0])
    middle, half = path.ends
    limit = torch.where(proportional, evaluate(path.at(path.s.new_full((1,), -math.inf))), 0.0)

    def reduced(nodes: Tensor) -> Columns:
        s = middle + half * nodes
        return (evaluate(path.at(s)) - limit) / _unit(s, proportional)

    nodes = _chebyshev(fewest).to(path.s)
    known = reduced(nodes)
    unit = _unit(path.s, proportional)
    while True:
        coefficients = _coefficients(known)
        found = limit + unit * _polynomial(coefficients, (path.s - middle) / half)
        # Coefficients of a smooth function decline geometrically: the last ones bound the sum of those that are missing.
        error = _MISSING_OF_SAMPLED * coefficients.mean(1)[-_LAST:].abs().amax(0) * unit[:, 0]
        unsure = _SHARE * standard_error(found)
        finer = 2 * len(nodes) - 1
        if (error <= unsure + tolerance(found.mean(1))).all() or finer > min(_MOST, len(variances)):
            return found, error
        nodes = _chebyshev(finer).to(path.s)
        known = torch.stack([known, torch.cat([reduced(nodes[1::2]), known[:1]])], dim=1).flatten(0, 1)[:finer]


def bounded_along(
    evaluate: Callable[[Float[Tensor, "nodes latent"]], tuple[Bounded, Bounded]],
    variances: Float[Tensor, "steps latent"],
    nodes: int,
) -> tuple[Bounded, Bounded] | None:
    """Values with bounds on their errors at every variance, from those at so many Chebyshev points.

    Args:
        evaluate: values and bounds on their errors for any variances.
        variances: of the sweep.
        nodes: how many are evaluated.

    Returns:
        The values, and bounds on their errors, which hold those of the nodes and that of the interpolation, which is read
        off the last coefficients. None where the sweep is too short to gain by it, or takes no `VariancePath`.
    """
    if len(variances) <= _WORTHWHILE * nodes:
        return None
    plan = _plan(variances.cpu().numpy().tobytes(), variances.shape[1], nodes)
    if plan is None:
        return None
    known, unsure = evaluate(plan.variances.to(variances))
    interpolating = plan.interpolating.to(known)
    value, error = interpolating @ known, interpolating.abs() @ unsure
    return value, error + _MISSING * (plan.last_coefficients.to(known) @ known).abs().amax(0)


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where a sweep is evaluated, and what its values there say of the others."""

    variances: Float[Tensor, "nodes latent"]
    interpolating: Float[Tensor, "steps nodes"]
    last_coefficients: Float[Tensor, "4 nodes"]


@lru_cache(maxsize=128)  # many means share a slider, and so its variances; 64 kB each
def _plan(variances: bytes, latents: int, nodes: int) -> _Plan | None:
    """For variances of a sweep, shape (steps, latents), float64; None where they take no `VariancePath`."""
    path = VariancePath.through(torch.frombuffer(bytearray(variances), dtype=torch.float64).reshape(-1, latents))
    if path is None:
        return None
    middle, half = path.ends
    to_coefficients = _transform(nodes, path.s.device)
    interpolating = _basis(nodes, (path.s - middle) / half) @ to_coefficients
    return _Plan(path.at(middle + half * _chebyshev(nodes)), interpolating, to_coefficients[-4:])


def standard_error(columns: Float[Tensor, "... scrambles columns"]) -> Float[Tensor, "... columns"]:
    """Of the mean over scrambles, by their spread."""
    scrambles = columns.shape[-2]
    return ((columns - columns.mean(-2, keepdim=True)).square().sum(-2) / (scrambles * (scrambles - 1))).sqrt()


def _unit(s: Float[Tensor, " steps"], proportional: Bool[Tensor, " columns"]) -> Float[Tensor, "steps 1 columns"]:
    return torch.where(proportional, s[:, None, None].exp(), 1.0)


def _chebyshev(count: int) -> Float[Tensor, " count"]:
    """The extrema of the Chebyshev polynomial of degree count − 1, from 1 to −1."""
    return torch.cos(torch.arange(count, dtype=torch.float64) * (math.pi / (count - 1)))


def _coefficients(known: Columns) -> Columns:
    """Coefficients of the Chebyshev polynomials in the polynomial that takes the known values at `_chebyshev`'s points."""
    return torch.einsum("kn,n...->k...", _transform(len(known), known.device).to(known), known)


@lru_cache(maxsize=16)
def _transform(count: int, device: torch.device) -> Float[Tensor, "count count"]:
    """From values at `_chebyshev`'s points to coefficients: the discrete cosine transform of type I (Trefethen, ch. 3)."""
    index = torch.arange(count, dtype=torch.float64, device=device)
    ends = torch.ones_like(index)
    ends[[0, -1]] = 0.5
    return (2 / (count - 1)) * ends[:, None] * torch.cos(index[:, None] * index * (math.pi / (count - 1))) * ends


def _polynomial(coefficients: Float[Tensor, "degrees scrambles columns"], at: Float[Tensor, " steps"]) -> Columns:
    """The polynomial with these Chebyshev coefficients, at places from −1 to 1."""
    return torch.einsum("sk,k...->s...", _basis(len(coefficients), at).to(coefficients), coefficients)


def _basis(count: int, at: Float[Tensor, " steps"]) -> Float[Tensor, "steps count"]:
    """T₀ … of the first so many degrees, at places from −1 to 1; T_k(cos θ) = cos kθ."""
    return torch.cos(at.clamp(-1, 1).arccos()[:, None] * torch.arange(count).to(at))
