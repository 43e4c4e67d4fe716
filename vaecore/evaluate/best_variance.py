"""The best variances of q about a given mean, every dimension free: what a wrong width costs is measured from there."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.core.models import VAE
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.sweeps import sweep_variance

_VARIANCE_GRID = (1e-7, 4.0, 27)  # low, high, steps: the search for the best variances starts at the best and stays within
_VARIANCE_STEPS = 60  # of the fixed point at most; near-Gaussian posteriors need 3 to 6
_SMALL_RISE = 1e-7  # nats: a rise of the objective that ends the search for the best variances


@in_evaluation_mode
def best_variance(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    mean: Float[Tensor, "batch latent"],
    beta: float = 1.0,
    start: Float[Tensor, "batch latent"] | None = None,
) -> Float[Tensor, "batch latent"]:
    """The variances, every dimension free, that maximise reconstruction − beta · KL about a given mean.

    At the maximum 1 / variance_j = 1 − (2 / beta) · ∂E_q[log p(x|z)]/∂variance_j (Opper & Archambeau 2009, eq. 8): iterated
    from a start, and shortened where the objective does not rise.

    Args:
        model: the model.
        x: images.
        mean: of each q.
        beta: the weight of KL.
        start: variances that are good already; without them, the best common variance of a grid.

    Raises:
        ValueError: x or mean do not fit the model or each other, or beta is not positive.
    """
    if not 0 < beta < math.inf:
        raise ValueError(f"beta must be positive and finite; got {beta:g}.")
    if start is None:
        low, high, steps = _VARIANCE_GRID
        grid = torch.logspace(math.log10(low), math.log10(high), steps, dtype=torch.float64, device=x.device)
        swept = sweep_variance(model, x, mean, grid)  # checks what was given
        start = grid[swept.best_step(beta)][:, None].expand(-1, model.latent_dim)
    rows = [_settle(model, x[i : i + 1], mean[i : i + 1], start[i : i + 1], beta) for i in range(len(x))]
    return torch.cat(rows).to(x) if rows else x.new_zeros(0, model.latent_dim)


def _settle(model: VAE, x: Tensor, mean: Tensor, variance: Tensor, beta: float) -> Float[Tensor, "1 latent"]:
    """The fixed point of the variances of one image, from a start."""
    evaluator = evaluator_for(model, x)

    def objective(at: Tensor) -> Tensor:
        kl = kl_to_standard_normal(mean.detach().to(at), at).sum()
        return evaluator.reconstruction(x, mean, at[:, None])[0].to(at).sum() - beta * kl

    variance = variance.double()
    height, step = objective(variance), 1.0
    low, high, _ = _VARIANCE_GRID
    for _ in range(_VARIANCE_STEPS):
        (_, slope), _ = evaluator.slopes(x, mean, variance[:, None])
        precision = 1 - 2 * slope[:, 0].to(variance) / beta
        # Where log p(x|z) curves upwards the formula asks for a negative precision: widen, but not without end.
        aim = (1 / precision.maximum(0.25 / variance)).clamp(low, high)
        ahead = variance * (aim / variance) ** step
        there = objective(ahead)
        if there < height:
            step /= 2
            if step < 1e-3:
                break
            continue
        rise, variance, height = there - height, ahead, there
        if rise < _SMALL_RISE * step:  # a shortened step rises in proportion
            break
        step = min(1.0, 2 * step)
    return variance
