"""The best diagonal Gaussian of one image, however its expectations are computed.

At the maximum of E_q[log p(x|z)] − β KL(q ‖ p) over mean and variance (Opper & Archambeau 2009, eqs. 7 and 8)

    mean = gradient / β          1 / variance = 1 − diag(hessian) / β

with gradient = E_q[∇ log p(x|z)] and hessian = E_q[∇∇ᵀ log p(x|z)]. Each iteration sets the variances by the second equation
and moves the mean by a Newton step. That is exact for a Gaussian posterior; otherwise the step is shortened until the
objective rises.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.finite import NotFiniteError
from vaecore.core.gaussian import kl_to_standard_normal

# Nats below the highest at which optima count as equally high, as far as searches go: mirrored modes of a posterior are, and
# which of them rounding puts first must not decide what a link opens.
_EQUAL = 1e-4
# Searches on the shipped models took at most 40 evaluations; a search that needs more has stalled on rounding.
_MOST_EVALUATIONS = 120
_SHORTEST_STEP = 1e-4  # of a full step: below it the objective only moves by rounding


@dataclass(frozen=True, eq=False)
class ExpectedDerivatives:
    """E_q[log p(x|z)] of one image, and the expected gradient and Hessian of log p(x|z) in z."""

    value: Float[Tensor, ""]
    gradient: Float[Tensor, " latent"]  # E_q[∇ log p(x|z)] = ∂value/∂mean
    hessian: Float[Tensor, "latent latent"]  # E_q[∇∇ᵀ log p(x|z)]; its diagonal is 2 ∂value/∂variance


@dataclass(frozen=True, eq=False)
class LocalOptimum:
    """A local maximum: q, the objective reconstruction / β − kl, and the derivatives of log p(x|z) there."""

    mean: Float[Tensor, " latent"]
    variance: Float[Tensor, " latent"]
    objective: Float[Tensor, ""]
    derivatives: ExpectedDerivatives

    def close_to(self, mean: Float[Tensor, " latent"]) -> bool:
        """Whether a mean lies within one standard deviation of this one, in every dimension."""
        return bool(((mean - self.mean).abs() < self.variance.sqrt()).all())


def maximise(
    derivatives: Callable[[Tensor, Tensor], ExpectedDerivatives],
    mean: Float[Tensor, " latent"],
    variance: Float[Tensor, " latent"],
    beta: float,
    tolerance: float,
    known: Sequence[LocalOptimum] = (),
    start: ExpectedDerivatives | None = None,
) -> LocalOptimum:
    """The local maximum of reconstruction / β − kl that is reached from a starting q.

    Args:
        derivatives: (mean, variance) → `ExpectedDerivatives`.
        mean: of the starting q.
        variance: of the starting q.
        beta: weight of the KL term.
        tolerance: change of the objective, in nats, below which a full step ends the search.
        known: optima found before; the search stops and returns one of them when it comes close to it.
        start: what `derivatives` gives for the starting q, if that is known.
    """

    def evaluate(
        mean: Tensor, variance: Tensor, found: ExpectedDerivatives | None = None
    ) -> tuple[ExpectedDerivatives, Tensor]:
        found = found or derivatives(mean, variance)
        return found, found.value / beta - kl_to_standard_normal(mean, variance).sum()

    current, objective = evaluate(mean, variance, start)
    step = 1.0
    for _ in range(_MOST_EVALUATIONS):
        curvature = torch.eye(len(mean)).to(mean) - current.hessian / beta
        precision = (1 - step) / variance + step * curvature.diagonal()
        # Where log p(x|z) curves upwards the formula asks for a negative precision: widen, but at most twofold in each step.
        precision = precision.maximum(0.25 / variance)
        new_mean = mean + step * _ascent_direction(current.gradient / beta - mean, curvature, precision)
        try:
            proposed, new_objective = evaluate(new_mean, 1 / precision)
        except NotFiniteError:  # the step leads where the decoder overflows
            proposed, new_objective = current, torch.full_like(objective, -math.inf)
        rise = new_objective - objective
        # At a maximum, rounding makes the objective fall as often as rise; shorter steps would not improve it.
        converged = step == 1 and rise.abs() < tolerance
        if not rise >= 0 and not converged:
            step /= 3
            if step < _SHORTEST_STEP:
                break
            continue
        mean, variance, current, objective = new_mean, 1 / precision, proposed, new_objective
        if converged:
            break
        found_again = next((optimum for optimum in known if optimum.close_to(mean)), None)
        if found_again is not None:
            return found_again
        step = min(1.0, 2 * step)
    return LocalOptimum(mean, variance, objective, current)


def best_of(optima: Sequence[LocalOptimum]) -> LocalOptimum:
    """The optimum with the largest objective; of equally high ones that with the highest mean, first in z₁."""
    highest = max(float(optimum.objective) for optimum in optima)
    equal = [optimum for optimum in optima if float(optimum.objective) >= highest - _EQUAL]
    return max(equal, key=lambda optimum: optimum.mean.tolist())


def _ascent_direction(gradient: Tensor, curvature: Tensor, precision: Tensor) -> Float[Tensor, " latent"]:
    """Newton's step where the objective is concave in the mean, otherwise the gradient scaled by the variances."""
    factor, failed = torch.linalg.cholesky_ex(curvature)
    if failed:
        return gradient / precision
    return torch.cholesky_solve(gradient[:, None], factor)[:, 0]
