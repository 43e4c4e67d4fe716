"""The two pixel likelihoods p(x|z), fully normalised: no constant is dropped, so that models can be compared."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from vaecore.core.finite import all_finite

_HALVINGS = 3  # a product of 2³ numbers between 1 and 2 overflows in no floating type


@dataclass(frozen=True, eq=False)
class GaussianPixels:
    """p(x|z) = N(x; f(z), diag(variance)): the decoder outputs the mean of every pixel.

    Args:
        variance: σₓ², the noise variance of a pixel: a float or a scalar tensor, or a tensor of shape (pixels,) with one for
            each; tensors may be learned.

    Raises:
        ValueError: a variance is not positive and finite, or the tensor is neither a scalar nor one number for each pixel.

    Example:
        >>> found = GaussianPixels(0.25).log_prob(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.0]]))
        >>> round(found.item(), 4)  # −0.5² / (2 · 0.25) − log(2π · 0.25)
        -0.9516
    """

    variance: float | Float[Tensor, "*pixels"]

    def __post_init__(self) -> None:
        if not isinstance(self.variance, int | float | np.number | np.ndarray | Tensor):
            raise TypeError(f"variance must be a number or a tensor; got {type(self.variance).__name__}.")
        known = torch.as_tensor(self.variance).detach()
        if known.is_complex():
            raise TypeError(f"variance must be real; got {known.dtype}.")
        if known.ndim > 1 or not known.numel():
            raise ValueError(
                f"variance must be a scalar or have shape (pixels,), one for each pixel in order; got {tuple(known.shape)}."
            )
        if not ((known > 0) & known.isfinite()).all():
            bad = known[~((known > 0) & known.isfinite())].flatten()[0].item()
            raise ValueError(f"variance must be positive and finite; got {bad:g}.")

    @property
    def per_pixel(self) -> bool:
        """Whether every pixel has a variance of its own."""
        return isinstance(self.variance, Tensor) and self.variance.ndim == 1

    @property
    def dispersion(self) -> float | Tensor:
        """The divisor of statistic(x)·f(z) − log_partition in the log density: σₓ², or 1 where each pixel has its own."""
        return 1.0 if self.per_pixel else self.variance

    @property
    def partition_key(self) -> Hashable:
        """What tells this log_partition from others of the class: the variances, where each pixel has its own."""
        return tuple(torch.as_tensor(self.variance).tolist()) if self.per_pixel else None

    def statistic(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch pixels"]:
        """What is multiplied with f(z) in the log density: x, or x / σₓ² where each pixel has its own."""
        return x / self._as(x) if self.per_pixel else x

    def log_prob(
        self, x: Float[Tensor, "*#batch pixels"], decoded: Float[Tensor, "*#batch pixels"]
    ) -> Float[Tensor, "*batch"]:
        """log p(x|z) in nats, summed over pixels; leading dimensions broadcast.

        −Σ (x − f(z))² / (2 σₓ²) − ½ Σ log(2π σₓ²). A density: it may be positive.
        """
        if self.per_pixel:
            return -0.5 * ((x - decoded).square() / self._as(x)).sum(-1) - 0.5 * self._log_two_pi_variance(x)
        squares = (x - decoded).square().sum(-1)
        return -0.5 * squares / self.variance - 0.5 * self._log_two_pi_variance(x)

    def mean(self, decoded: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch pixels"]:
        """E[x|z], the expected image given the decoder's output."""
        return decoded

    def log_partition(self, decoded: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """½‖f(z)‖², the part of −σₓ² · log p(x|z) that depends on z alone; ½ Σ f(z)² / σₓ² where each pixel has its own."""
        squares = decoded.square()
        return 0.5 * (squares / self._as(decoded) if self.per_pixel else squares).sum(-1)

    def log_base_measure(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """The part of log p(x|z) that depends on x alone."""
        squares = (x.square() / self._as(x)).sum(-1) if self.per_pixel else x.square().sum(-1) / self.variance
        return -0.5 * (squares + self._log_two_pi_variance(x))

    def log_maximum(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """The maximum of log p(x|z) over all decoders: its value at f(z) = x."""
        return -0.5 * self._log_two_pi_variance(x).expand(x.shape[:-1])

    def residuals(
        self, x: Float[Tensor, "*#batch pixels"], decoded: Float[Tensor, "*#batch pixels"]
    ) -> Float[Tensor, "*batch pixels"]:
        """u with log p(x|z) = log_maximum(x) − ½ Σ u², pixel by pixel."""
        return (decoded - x) / self._as(x).sqrt()

    def check(self, x: Float[Tensor, "*batch pixels"]) -> None:
        """Accept every finite image.

        Raises:
            ValueError: a pixel is not finite, or there are not as many pixels as variances.
        """
        if self.per_pixel and len(self._as(x)) != x.shape[-1]:
            raise ValueError(f"there must be a variance for each of the {x.shape[-1]} pixels; got {len(self._as(x))}.")
        if not all_finite(x):
            raise ValueError(f"x must be finite; got {x[~x.isfinite()][0].item():g}.")

    def _as(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.variance, dtype=x.dtype, device=x.device)

    def _log_two_pi_variance(self, x: Tensor) -> Tensor:
        """Σ log(2π σₓ²) over all pixels."""
        logs = (2 * torch.pi * self._as(x)).log()
        return logs.sum() if self.per_pixel else x.shape[-1] * logs


@dataclass(frozen=True)
class BernoulliPixels:
    """p(x|z) = Π Bernoulli(x; sigmoid(f(z))) for black and white images: the decoder outputs logits.

    Example:
        >>> found = BernoulliPixels().log_prob(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2))  # logits 0: a fair coin
        >>> round(found.item(), 4)
        -1.3863
    """

    dispersion = 1.0
    partition_key: ClassVar[Hashable] = None

    def statistic(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch pixels"]:
        """What is multiplied with f(z) in the log density: x."""
        return x

    def log_prob(
        self, x: Float[Tensor, "*#batch pixels"], decoded: Float[Tensor, "*#batch pixels"]
    ) -> Float[Tensor, "*batch"]:
        """log p(x|z) in nats, summed over pixels; leading dimensions broadcast.

        Raises:
            ValueError: a pixel is neither 0 nor 1. On grey values this expression is not a normalised density.
        """
        self.check(x)
        return (x * decoded).sum(-1) - self.log_partition(decoded)

    def mean(self, decoded: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch pixels"]:
        """E[x|z], the expected image given the decoder's output."""
        return decoded.sigmoid()

    def log_partition(self, decoded: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """Σ log(1 + exp f(z)): the part of −log p(x|z) that depends on z alone."""
        if decoded.requires_grad or not decoded.numel():
            # torch's softplus is the identity above 20, an error of 2e-9 nats per pixel.
            return -F.logsigmoid(-decoded).sum(-1)
        # log(1 + exp f) = max(f, 0) + log(1 + exp(−|f|)), with one logarithm for a product of 8 factors between 1 and 2:
        # a third of the time of a logarithm for each.
        factors = decoded.abs().neg_().exp_().add_(1)
        if decoded.shape[-1] % 2**_HALVINGS:
            factors = F.pad(factors, (0, -decoded.shape[-1] % 2**_HALVINGS), value=1.0)
        for _ in range(_HALVINGS):
            one, other = factors.chunk(2, dim=-1)
            factors = one * other
        return decoded.clamp_min(0).sum(-1) + factors.log_().sum(-1)

    def log_base_measure(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """The part of log p(x|z) that depends on x alone: none."""
        return x.new_zeros(x.shape[:-1])

    def log_maximum(self, x: Float[Tensor, "*batch pixels"]) -> Float[Tensor, "*batch"]:
        """The supremum of log p(x|z) over all decoders: 0."""
        return x.new_zeros(x.shape[:-1])

    def residuals(
        self, x: Float[Tensor, "*#batch pixels"], decoded: Float[Tensor, "*#batch pixels"]
    ) -> Float[Tensor, "*batch pixels"]:
        """u with log p(x|z) = −½ Σ u², pixel by pixel: deviance residuals, whose signs tell black from white."""
        sign = 1 - 2 * x
        return sign * (2 * F.softplus(sign * decoded)).sqrt()

    def check(self, x: Float[Tensor, "*batch pixels"]) -> None:
        """Accept black and white images only.

        Raises:
            ValueError: a pixel is neither 0 nor 1.
        """
        grey = (x != 0) & (x != 1)
        if grey.any():
            raise ValueError(f"x must be 0 or 1 in every pixel for BernoulliPixels; got {x[grey][0].item():g}.")


Likelihood = GaussianPixels | BernoulliPixels
"""Both have the form log p(x|z) = (statistic(x)·f(z) − log_partition(f(z))) / dispersion + log_base_measure(x)."""
