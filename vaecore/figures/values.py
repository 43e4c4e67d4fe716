"""Plain numbers out of records, and windows of a chart that hold still while a number in it moves."""

from typing import Protocol

import numpy as np
from jaxtyping import Float


class TensorLike(Protocol):
    """What the fields of records are; figures need nothing else of them."""

    def numpy(self, *, force: bool) -> np.ndarray:
        """The values, wherever they live."""


class GaussianLike(Protocol):
    """What figures need of q: a mean and a variance, each of shape (batch, latent)."""

    @property
    def mean(self) -> TensorLike:
        """Its means."""

    @property
    def variance(self) -> TensorLike:
        """Its variances."""


def values(array: TensorLike | np.ndarray) -> Float[np.ndarray, "..."]:
    """The float64 values of a record's field."""
    plain = array if isinstance(array, np.ndarray) else array.numpy(force=True)
    return plain.astype(np.float64)


def stage(needed: float, base: float) -> float:
    """The smallest of base, 2·base, 4·base, … that is at least `needed`.

    A chart whose window has one of these sizes holds still while a point moves, and still shows the point when it goes far.
    """
    return base if needed <= base else float(base * 2 ** np.ceil(np.log2(needed / base)))


def round_ticks(low: float, high: float, about: int = 6) -> Float[np.ndarray, " ticks"]:
    """Multiples of 1, 2 or 5 times a power of ten between low and high, roughly `about` of them."""
    coarse = (high - low) / about
    power = 10 ** np.floor(np.log10(coarse))
    step = power * min(m for m in (1, 2, 5, 10) if m * power >= coarse)
    return step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
