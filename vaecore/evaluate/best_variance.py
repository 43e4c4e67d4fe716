"""The best variances of q about a given mean, every dimension free: what a wrong width costs is measured from there."""

import math
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.core.models import VAE
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.inputs import weight_of
from vaecore.evaluate.sobol import SobolSampling
from vaecore.evaluate.sweeps import sweep_variance

_VARIANCE_GRID = (1e-7, 4.0, 27)  # low, high, steps: the search for the best variances starts at the best and stays within
_VARIANCE_STEPS = 60  # of the fixed point at most; near-Gaussian posteriors need 3 to 6
_SMALL_STEP = 1e-4  # of a log variance: a shorter one that does not rise ends it as well
_LONGEST_STEP = math.log(4)  # of a log variance


@in_evaluation_mode
def best_variance(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    mean: Float[Tensor, "batch latent"],
    beta: float = 1.0,
    start: Float[Tensor, "batch latent"] | None = None,
    small_rise: float = 1e-7,
) -> Float[Tensor, "batch latent"]:
    """The variances, every dimension free, that maximise reconstruction − beta · KL about a given mean.

    At the maximum 1 / variance_j = 1 − (2 / beta) · ∂E_q[log p(x|z)]/∂variance_j (Opper & Archambeau 2009, eq. 8): iterated
    from a start; once the objective has not risen, by secants of every log variance.

    Args:
        model: the model.
        x: images.
        mean: of each q.
        beta: the weight of KL.
        start: variances that are good already; without them, the best common variance of a grid.
        small_rise: nats by which a step must raise the objective for the search to go on.

    Raises:
        TypeError: beta is no number.
        ValueError: x or mean do not fit the model or each other, or beta is not positive.
    """
    beta = weight_of(beta)
    if start is None:
        low, high, steps = _VARIANCE_GRID
        grid = torch.logspace(math.log10(low), math.log10(high), steps, dtype=torch.float64, device=x.device)
        swept = sweep_variance(model, x, mean, grid)  # checks what was given
        start = grid[swept.best_step(beta)][:, None].expand(-1, model.latent_dim)
    rows = [_settle(model, x[i : i + 1], mean[i : i + 1], start[i : i + 1], beta, small_rise) for i in range(len(x))]
    return torch.cat(rows).to(x) if rows else x.new_zeros(0, model.latent_dim)


def _settle(
    model: VAE, x: Tensor, mean: Tensor, variance: Tensor, beta: float, small_rise: float
) -> Float[Tensor, "1 latent"]:
    """The fixed point of the variances of one image, from a start."""
    evaluator = evaluator_for(model, x)

    def objective(at: Tensor) -> Tensor:
        kl = kl_to_standard_normal(mean.detach().to(at), at).sum()
        return evaluator.reconstruction(x, mean, at[:, None])[0].to(at).sum() - beta * kl

    def slope_of(at: Tensor) -> Tensor:
        return slopes(x, mean, at[:, None])[0][1][:, 0].to(at)

    # The slopes of the objective itself, noise included; what they decode it finds.
    slopes = partial(evaluator.slopes, independent=False) if isinstance(evaluator, SobolSampling) else evaluator.slopes
    variance = variance.double()
    slope, height = slope_of(variance), objective(variance)
    low, high, _ = _VARIANCE_GRID
    failures, other = 0, None  # steps in turn that did not rise; once one did not, another place with its slope
    for _ in range(_VARIANCE_STEPS):
        precision = 1 - 2 * slope / beta
        # Where log p(x|z) curves upwards the formula asks for a negative precision: widen, but not without end.
        step = (1 / precision.maximum(0.25 / variance)).clamp(low, high).div(variance).log()
        if other is not None:
            step = _newton((variance, slope), other, beta, step)
        ahead = (variance * (0.5 ** max(0, failures - 1) * step).exp()).clamp(low, high)
        slope_there, there = slope_of(ahead), objective(ahead)
        if there < height:
            failures, other = failures + 1, (ahead, slope_there)
            if (ahead / variance).log().abs().max() < _SMALL_STEP:
                break
            continue
        rise, other = there - height, other and (variance, slope)
        failures, variance, slope, height = 0, ahead, slope_there, there
        if rise < small_rise:
            break
    return variance


def _newton(here: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], beta: float, otherwise: Tensor) -> Tensor:
    """A step of every log variance by itself, from how the objective's slope along it differs between two places.

    Where a fixed point overshoots along one dimension, shortening all steps alike would hold the others up. Where the slope
    does not fall from the one place to the other, the step is that of the fixed point.
    """
    (variance, slope), (elsewhere, slope_elsewhere) = here, other
    pull = variance * slope - 0.5 * beta * (variance - 1)  # ∂(reconstruction − β · KL)/∂ log variance
    bend = (elsewhere * slope_elsewhere - 0.5 * beta * (elsewhere - 1) - pull) / (elsewhere / variance).log()
    return torch.where(bend < 0, (-pull / bend).clamp(-_LONGEST_STEP, _LONGEST_STEP), otherwise)
