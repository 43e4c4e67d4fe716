"""Finding the best diagonal Gaussian of one image, whichever rule computes its expectations.

At the maximum of E_q[log p(x|z)] − β KL(q ‖ p) over mean and variance (Opper & Archambeau 2009, eqs. 7 and 8)

    mean = slope / β          1 / variance = 1 − diag(bend) / β

with slope = E_q[∇ log p(x|z)] and bend = E_q[∇∇ᵀ log p(x|z)]. The step there, the variances by these equations and the mean
by Newton's, is exact for a Gaussian posterior; otherwise it is shortened until the objective rises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.gaussian import kl_to_standard_normal

_MOST_EVALUATIONS = 120


@dataclass(frozen=True, eq=False)
class ExpectedDerivatives:
    """E_q[log p(x|z)] of one image and what it does as q moves."""

    value: Float[Tensor, ""]
    slope: Float[Tensor, " latent"]  # ∂value/∂mean = E_q[∂ log p(x|z)/∂z]
    bend: Float[Tensor, "latent latent"]  # E_q[∇∇ᵀ log p(x|z)]; its diagonal is 2 ∂value/∂variance


@dataclass(frozen=True, eq=False)
class LocalOptimum:
    """Where an ascent ended: q and reconstruction / β − kl there."""

    mean: Float[Tensor, " latent"]
    variance: Float[Tensor, " latent"]
    objective: Float[Tensor, ""]

    def close_to(self, mean: Float[Tensor, " latent"]) -> bool:
        """Whether a mean lies within one standard deviation of this one, in every dimension."""
        return bool(((mean - self.mean).abs() < self.variance.sqrt()).all())


def maximise(
    moments: Callable[[Tensor, Tensor], ExpectedDerivatives],
    mean: Float[Tensor, " latent"],
    variance: Float[Tensor, " latent"],
    beta: float,
    tolerance: float,
    known: Sequence[LocalOptimum] = (),
) -> LocalOptimum:
    """The nearest local maximum of reconstruction / β − kl, from a starting q.

    Args:
        moments: (mean, variance) → `ExpectedDerivatives`.
        mean: of the starting q.
        variance: of the starting q.
        beta: weight of the KL term.
        tolerance: change of the objective, in nats, below which a full step ends the ascent.
        known: summits, on the way to one of which the ascent ends: it is returned.
    """

    def evaluate(mean: Tensor, variance: Tensor) -> tuple[ExpectedDerivatives, Tensor]:
        here = moments(mean, variance)
        return here, here.value / beta - kl_to_standard_normal(mean, variance).sum()

    here, objective = evaluate(mean, variance)
    step = 1.0
    for _ in range(_MOST_EVALUATIONS):
        curvature = torch.eye(len(mean)).to(mean) - here.bend / beta
        precision = (1 - step) / variance + step * curvature.diagonal()
        # Where log p(x|z) curves upwards the formula asks for a negative precision: widen, but not without end.
        precision = precision.maximum(0.25 / variance)
        ahead = mean + step * _towards_the_top(here.slope / beta - mean, curvature, precision)
        there, height = evaluate(ahead, 1 / precision)
        rise = height - objective
        # At a summit the objective falls as often as it rises, by rounding; shorter steps would not find it any higher.
        arrived = step == 1 and rise.abs() < tolerance
        if not rise >= 0 and not arrived:
            step /= 3
            if step < 1e-4:
                break
            continue
        mean, variance, here, objective = ahead, 1 / precision, there, height
        if arrived:
            break
        met = next((summit for summit in known if summit.close_to(mean)), None)
        if met is not None:
            return met
        step = min(1.0, 2 * step)
    return LocalOptimum(mean, variance, objective)


def _towards_the_top(slope: Tensor, curvature: Tensor, precision: Tensor) -> Float[Tensor, " latent"]:
    """Newton's step where the objective is concave in the mean, and otherwise a step uphill."""
    factor, failed = torch.linalg.cholesky_ex(curvature)
    if failed:
        return slope / precision
    return torch.cholesky_solve(slope[:, None], factor)[:, 0]


def highest(summits: list[LocalOptimum]) -> LocalOptimum:
    """The summit with the largest objective."""
    return summits[int(torch.stack([summit.objective for summit in summits]).argmax())]
