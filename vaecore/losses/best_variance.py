"""The variance of q at which an objective is best, found between the steps of a sweep.

A sweep knows every term at some variances σ². The objective is smooth in log σ², so that a polynomial through the steps
nearest to its minimum gives the minimum itself: at 52 steps per decade to well within 0.001 nat.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from vaecore.core.records import VarianceSweep
from vaecore.losses.terms import WrittenKL

_STEPS = 7  # through which the polynomial goes, of degree 6: its error is of the order of the seventh power of 0.13
_FINE = 2001  # places between two neighbours of the lowest step


@dataclass(frozen=True)
class BestVariance:
    """Where an objective is smallest along a sweep."""

    variance: float
    lost: float  # nats of the ELBO there, below its own best variance on the same sweep
    at_low_end: bool = False  # the objective is still falling where the sweep begins
    at_high_end: bool = False  # or where it ends


def written_kl(sweep: VarianceSweep, form: WrittenKL) -> Float[Tensor, "batch steps"]:
    """Σ_j ½ (μ² + σ²ᵃ − 1 − b log σ²) of every step, in nats: KL as a loss writes it, right or wrong.

    Example:
        >>> import torch, vaecore
        >>> model, x, steps = vaecore.load("number"), torch.tensor([[2.0]]), torch.logspace(-2, 1, 61, dtype=torch.float64)
        >>> sweep = vaecore.sweep_variance(model, x, torch.tensor([[1.0]]), steps)
        >>> torch.equal(written_kl(sweep, WrittenKL.RIGHT), sweep.kl.sum(-1))
        True
    """
    if form is WrittenKL.RIGHT:
        return sweep.kl.sum(-1)
    a, b = form.powers
    widths = 0.5 * (sweep.variances**a - 1 - b * sweep.variances.log()).sum(-1)
    return 0.5 * sweep.mean.square().sum(-1, keepdim=True) + widths


def cost_of(sweep: VarianceSweep, beta: float, form: WrittenKL = WrittenKL.RIGHT) -> Float[Tensor, "batch steps"]:
    """−reconstruction / beta + KL of every step, in nats in which KL counts once; with beta = inf, KL alone.

    Example:
        >>> import torch, vaecore
        >>> model, x, mean = vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]])
        >>> sweep = vaecore.sweep_variance(model, x, mean, torch.tensor([0.5]))
        >>> torch.equal(cost_of(sweep, beta=1.0), -sweep.elbo)
        True
    """
    kl = written_kl(sweep, form)
    return kl if math.isinf(beta) else kl - sweep.reconstruction / beta


def excess_over_minimum(
    sweep: VarianceSweep, beta: float, form: WrittenKL = WrittenKL.RIGHT
) -> Float[Tensor, "batch steps"]:
    """How far −reconstruction / beta + KL lies above its lowest step, in nats in which KL counts once.

    So scaled, objectives of different β share the slope that KL gives them at narrow q.

    Example:
        >>> import torch, vaecore
        >>> variances = torch.tensor([0.25, 0.5, 1.0])
        >>> sweep = vaecore.sweep_variance(vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]]), variances)
        >>> [round(value, 4) for value in excess_over_minimum(sweep, beta=1.0)[0].tolist()]
        [0.0966, 0.0, 0.1534]
    """
    cost = cost_of(sweep, beta, form)
    return cost - cost.amin(-1, keepdim=True)


def best_variance(
    scales: Float[np.ndarray, " steps"], cost: Float[np.ndarray, " steps"], elbo: Float[np.ndarray, " steps"]
) -> BestVariance:
    """Where `cost` is smallest, and what the ELBO loses there against its own maximum.

    Args:
        scales: the variance of every step, ascending; the one that all dimensions share.
        cost: what is minimised, in nats; its constants and scale do not matter.
        elbo: in nats.

    Raises:
        ValueError: fewer than seven steps.

    Example:
        >>> import torch, vaecore
        >>> steps = torch.logspace(-2, 1, 157, dtype=torch.float64)
        >>> sweep = vaecore.sweep_variance(vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]]), steps)
        >>> cost = cost_of(sweep, beta=2.0)[0].numpy()
        >>> found = best_variance(steps.numpy(), cost, sweep.elbo[0].double().numpy())
        >>> round(found.variance, 2), round(found.lost, 2)
        (0.67, 0.02)
    """
    if len(scales) < _STEPS:
        raise ValueError(f"scales must have {_STEPS} steps or more; got {len(scales)}.")
    logs = np.log(scales)
    place, highest = _minimum(logs, cost), _minimum(logs, -elbo)
    lost = _through(logs, elbo, highest) - _through(logs, elbo, place)
    last = len(scales) - 1
    lowest_step = int(cost.argmin())
    return BestVariance(float(math.exp(place)), max(float(lost), 0.0), lowest_step == 0, lowest_step == last)


def _minimum(logs: Float[np.ndarray, " steps"], values: Float[np.ndarray, " steps"]) -> float:
    """The log σ² at which the values are smallest; the end itself if that is at an end."""
    lowest = int(values.argmin())
    if lowest in (0, len(values) - 1):
        return float(logs[lowest])
    places = np.linspace(logs[lowest - 1], logs[lowest + 1], _FINE)
    return float(places[_polynomial(logs, values, logs[lowest])(places).argmin()])


def _through(logs: Float[np.ndarray, " steps"], values: Float[np.ndarray, " steps"], place: float) -> float:
    return float(_polynomial(logs, values, place)(place))


def _polynomial(
    logs: Float[np.ndarray, " steps"], values: Float[np.ndarray, " steps"], place: float
) -> np.polynomial.Polynomial:
    """The polynomial through the steps nearest to a place."""
    first = int(np.clip(np.searchsorted(logs, place) - _STEPS // 2, 0, len(logs) - _STEPS))
    near = slice(first, first + _STEPS)
    return np.polynomial.Polynomial.fit(logs[near], values[near], _STEPS - 1)
