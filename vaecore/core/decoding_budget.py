"""How many points a question may decode, and how a caller who can wait allows more."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Multiply-adds of the decoder that one question may cost: 30,000 points of that of `digits-2`, a tenth of a second. With
# convolutions the tiles of a sweep alone take more.
_USUAL, _WITH_CONVOLUTIONS = 6e9, 8e10

_factor: ContextVar[float] = ContextVar("factor", default=1.0)


@contextmanager
def decoding_budget(factor: float) -> Iterator[None]:
    """Within it a question about one or two latents may decode so many times as many points as usual.

    It takes longer, up to so many times, and only where errors are larger than promised: those of decoders with kinks and
    with convolutions, whose points are dear. Their errors fall; all others are as small as they are anyway.

    Args:
        factor: of the usual number of points.

    Raises:
        ValueError: the factor is not positive and finite.

    Example:
        >>> import torch, vaecore
        >>> from torch import nn
        >>> decoder = nn.Sequential(nn.Linear(2, 16), nn.Unflatten(1, (1, 4, 4)), nn.ReLU(), nn.Conv2d(1, 1, 3, padding=1))
        >>> model = vaecore.VAE(decoder, vaecore.GaussianPixels(0.01), latent_dim=2)
        >>> x, q = torch.full((1, 16), 0.3), vaecore.DiagonalGaussian(torch.zeros(1, 2), torch.ones(1, 2))
        >>> with vaecore.decoding_budget(20):
        ...     patient = vaecore.elbo(model, x, q)
        >>> bool(patient.error <= vaecore.elbo(model, x, q).error)
        True
    """
    if not 0 < factor < math.inf:
        raise ValueError(f"the factor must be positive and finite; got {factor:g}.")
    token = _factor.set(factor)
    try:
        yield
    finally:
        _factor.reset(token)


def budget_factor() -> float:
    """How many times as many points as usual the questions of this context may decode."""
    return _factor.get()


def affordable_points(multiply_adds: float, *, convolves: bool) -> float:
    """How many points a question may decode: the fewer, the more multiply-adds each takes."""
    return budget_factor() * (_WITH_CONVOLUTIONS if convolves else _USUAL) / max(1, multiply_adds)
