"""log p(x) from both sides: a lower and an upper bound, each with its error."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.models import VAE
from vaecore.core.rounding import rounding_of
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.inputs import Array, pixels_of
from vaecore.evaluate.sobol import SobolSampling


@dataclass(frozen=True, eq=False)
class EvidenceBounds:
    """Two bounds on log p(x) of each image, in nats.

    Above two latents both are Monte Carlo estimates of bounds: the logarithm of the mean weight, and the χ² bound of Dieng
    et al. (2017), half the logarithm of the mean square weight. Where `pareto_k` is above 0.7 the draws miss a part of the
    posterior, and neither can be relied on.
    """

    lower: Float[Tensor, " batch"]
    upper: Float[Tensor, " batch"]
    lower_error: Float[Tensor, " batch"]  # one standard error; 0 where the bound is no estimate
    upper_error: Float[Tensor, " batch"]
    pareto_k: Float[Tensor, " batch"] | None


@in_evaluation_mode
def evidence_bounds(model: VAE, x: Array) -> EvidenceBounds:
    """A lower and an upper bound on log p(x) of each image.

    For linear decoders both are log p(x); for one or two latents it is their middle, as `evidence` has it with its error.

    Raises:
        ValueError: x does not fit the model.

    Example:
        >>> import vaecore
        >>> from vaecore.data import digits, mnist
        >>> found = vaecore.evidence_bounds(vaecore.load("digits-16"), mnist.grey(digits.test_digits().images[:2]))
        >>> bool((found.upper - found.lower < 0.5).all())
        True
    """
    x = pixels_of(model, x)
    evaluator = evaluator_for(model, x)
    if isinstance(evaluator, SobolSampling):
        rows = [[w.value, w.upper, w.error, w.upper_error, w.pareto_k] for w in evaluator.weighted(x)]
        lower, upper, *errors, k = (torch.stack(column) for column in zip(*rows, strict=True))
        lower_error, upper_error = (error + rounding_of(model, x, lower) for error in errors)
        return EvidenceBounds(*(column.to(x) for column in (lower, upper, lower_error, upper_error, k)))
    known = evaluator.evidence(x)
    none = torch.zeros_like(known.error)
    return EvidenceBounds(known.value - known.error, known.value + known.error, none, none, None)
