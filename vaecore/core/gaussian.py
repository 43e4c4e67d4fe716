"""The approximate posterior q(z|x) = N(mean, diag(variance)) and its divergence from the prior N(0, I)."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch._C._functorch import is_functorch_wrapped_tensor


@dataclass(frozen=True, eq=False)
class DiagonalGaussian:
    """A batch of Gaussians with independent dimensions, N(mean, diag(variance)).

    Args:
        mean: means, shape (batch, latent).
        variance: variances (not standard deviations), shape (batch, latent), positive and finite.

    Raises:
        TypeError: mean or variance is no tensor of real numbers.
        ValueError: the shapes differ or are not (batch, latent), a mean is not finite, or a variance is not
            positive and finite.

    Example:
        >>> q = DiagonalGaussian(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.25, 1.0]]))
        >>> q.at(torch.tensor([[2.0, -1.0]])).tolist()  # mean + sd · noise
        [[2.0, -1.0]]
    """

    mean: Float[Tensor, "batch latent"]
    variance: Float[Tensor, "batch latent"]

    def __post_init__(self) -> None:
        for name, values in (("mean", self.mean), ("variance", self.variance)):
            if not isinstance(values, Tensor) or values.is_complex():
                kind = str(values.dtype) if isinstance(values, Tensor) else type(values).__name__
                raise TypeError(f"{name} must be a tensor of real numbers; got {kind}.")
        if self.mean.shape != self.variance.shape:
            raise ValueError(
                "mean and variance must have the same shape; "
                f"got mean.shape={tuple(self.mean.shape)} and variance.shape={tuple(self.variance.shape)}."
            )
        if self.mean.ndim != 2:
            raise ValueError(f"mean must have shape (batch, latent); got mean.shape={tuple(self.mean.shape)}.")
        if is_functorch_wrapped_tensor(self.mean) or is_functorch_wrapped_tensor(self.variance):
            return  # inside torch.func's grad or vmap, where numbers cannot be looked at
        refuse_outside(self.mean, -math.inf, "mean must be finite")
        refuse_outside(self.variance, 0.0, "variance must be positive and finite")

    @property
    def latent_dim(self) -> int:
        """Number of latent dimensions."""
        return self.mean.shape[-1]

    def at(self, noise: Float[Tensor, "*#points latent"]) -> Float[Tensor, "*#points latent"]:
        """The reparametrised points mean + sd · noise (Kingma & Welling 2014, section 2.4).

        The noise broadcasts with the batch: its shape is (batch, latent), (samples, batch, latent) or, for a batch of one,
        (samples, latent).
        """
        return self.mean + self.variance.sqrt() * noise

    def log_prob(self, z: Float[Tensor, "*#points latent"]) -> Float[Tensor, "*#points"]:
        """log q(z), in nats, summed over the latent dimensions; the points broadcast with the batch."""
        squares = (z - self.mean).square() / self.variance
        return -0.5 * (squares + (2 * torch.pi * self.variance).log()).sum(-1)


def standard_normal_log_prob(z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch"]:
    """log p(z) of the prior N(0, I), in nats, summed over the latent dimensions.

    Example:
        >>> round(standard_normal_log_prob(torch.zeros(1, 2)).item(), 4)  # −log 2π
        -1.8379
    """
    return -0.5 * (z.square() + torch.log(torch.tensor(2 * torch.pi, dtype=z.dtype))).sum(-1)


def kl_to_standard_normal(mean: Float[Tensor, "*#batch"], variance: Float[Tensor, "*#batch"]) -> Float[Tensor, "*#batch"]:
    """KL(N(mean, variance) ‖ N(0, 1)) of each latent dimension, in nats; elementwise, and the arguments broadcast.

    Closed form of Kingma & Welling (2014), appendix B: (mean² + variance − 1 − log variance) / 2.

    Example:
        >>> kl = kl_to_standard_normal(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.5]]))
        >>> [round(value, 4) for value in kl[0].tolist()]
        [0.5, 0.0966]
    """
    mean_part, variance_part = kl_parts(mean, variance)
    return mean_part + variance_part


def kl_parts(
    mean: Float[Tensor, "*#batch"], variance: Float[Tensor, "*#batch"]
) -> tuple[Float[Tensor, "*#batch"], Float[Tensor, "*#batch"]]:
    """The two parts of `kl_to_standard_normal`: mean² / 2, and (variance − 1 − log variance) / 2.

    Example:
        >>> mean_part, variance_part = kl_parts(torch.tensor(2.0), torch.tensor(1.0))
        >>> mean_part.item(), variance_part.item()
        (2.0, 0.0)
    """
    excess = variance - 1
    # Near 1, the variance of an unused dimension, variance − 1 − log(variance) cancels and log1p keeps the digits; near 0
    # variance − 1 has already lost them (in float32 this costs 3e-4 nats at a variance of 1e-4), and log keeps them.
    log_variance = torch.where(excess.abs() < 0.5, excess.clamp(-0.5, 0.5).log1p(), variance.log())
    # Rounding can leave −1e-15 where the exact value is 1e-15; a divergence is never negative.
    return 0.5 * mean.square(), 0.5 * (excess - log_variance).clamp_min(0)


def kl_between(q: DiagonalGaussian, p: DiagonalGaussian) -> Float[Tensor, "batch latent"]:
    """KL(q ‖ p) of each latent dimension, in nats; KL(p ‖ q) differs from it.

    The substitution z = p's mean + p's sd · u leaves the divergence unchanged and turns p into N(0, I), so that
    `kl_to_standard_normal` applies.

    Raises:
        ValueError: q and p differ in shape.

    Example:
        >>> q, p = (DiagonalGaussian(torch.tensor([[mean]]), torch.tensor([[1.0]])) for mean in (3.0, 1.0))
        >>> kl_between(q, p).item()
        2.0
    """
    if q.mean.shape != p.mean.shape:
        raise ValueError(f"q and p must have the same shape; got {tuple(q.mean.shape)} and {tuple(p.mean.shape)}.")
    return kl_to_standard_normal((q.mean - p.mean) / p.variance.sqrt(), q.variance / p.variance)


def kl_slopes(
    mean: Float[Tensor, "*#batch"], variance: Float[Tensor, "*#batch"]
) -> tuple[Float[Tensor, "*#batch"], Float[Tensor, "*#batch"]]:
    """∂/∂mean and ∂/∂variance of `kl_to_standard_normal`: mean, and (1 − 1 / variance) / 2.

    Example:
        >>> by_mean, by_variance = kl_slopes(torch.tensor(0.3), torch.tensor(0.5))
        >>> round(by_mean.item(), 4), round(by_variance.item(), 4)
        (0.3, -0.5)
    """
    # Written as a quotient, which does not cancel near a variance of 1.
    return mean, 0.5 * (variance - 1) / variance


def entropy(variance: Float[Tensor, "*#batch"]) -> Float[Tensor, "*#batch"]:
    """−E_q[log q] of each dimension, in nats: ½ log(2πe · variance). A differential entropy: it may be negative.

    Cover & Thomas (2006), theorem 8.4.1.

    Example:
        >>> round(entropy(torch.tensor(1.0)).item(), 4)
        1.4189
    """
    return 0.5 * ((2 * torch.pi * variance).log() + 1)


def expected_log_prior(mean: Float[Tensor, "*#batch"], variance: Float[Tensor, "*#batch"]) -> Float[Tensor, "*#batch"]:
    """E_q[log p(z)] of each dimension, in nats: −½ (log 2π + mean² + variance). Kingma & Welling (2014), appendix B.

    Example:
        >>> round(expected_log_prior(torch.tensor(0.0), torch.tensor(1.0)).item(), 4)
        -1.4189
    """
    return -0.5 * (mean.square() + variance + torch.log(torch.tensor(2 * torch.pi, dtype=variance.dtype)))


def refuse_outside(values: Tensor, low: float, demand: str) -> tuple[float, float]:
    """Refuse what is not between `low` and infinity; the least and the largest of what is, 0 where there is nothing.

    Raises:
        ValueError: a number is not; `demand` says what must hold.

    Example:
        >>> refuse_outside(torch.tensor([[0.5, 0.0]]), 0.0, "variance must be positive and finite")
        Traceback (most recent call last):
        ValueError: variance must be positive and finite; got 0 in row 0, dimension 1.
    """
    if not values.numel():
        return 0.0, 0.0
    # NaN is the least and the largest where there is one, and every comparison with it is false.
    least, largest = torch.stack(values.detach().aminmax()).tolist()
    if not (least > low and largest < math.inf):
        row, dimension = (~((values > low) & (values < math.inf))).nonzero()[0].tolist()
        raise ValueError(f"{demand}; got {values[row, dimension].item():g} in row {row}, dimension {dimension}.")
    return least, largest
