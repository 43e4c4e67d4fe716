"""Plain numbers from records, and axes that keep still while a number on them moves."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float


@runtime_checkable
class TensorLike(Protocol):
    """The part of a tensor's interface that figures use."""

    def numpy(self, *, force: bool) -> np.ndarray:
        """The values as an array, from any device."""


@runtime_checkable
class GaussianLike(Protocol):
    """The part of `DiagonalGaussian` that figures use: mean and variance, each of shape (batch, latent)."""

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


def lowest(x: Float[np.ndarray, " steps"], y: Float[np.ndarray, " steps"]) -> tuple[float, float]:
    """The lowest point of a curve over positive x: between steps, of the parabola in log x through three of them."""
    best = int(y.argmin())
    if best in (0, len(y) - 1):
        return float(x[best]), float(y[best])
    before, after = np.log(x[best - 1] / x[best]), np.log(x[best + 1] / x[best])
    rises = (y[best - 1] - y[best]) / before, (y[best + 1] - y[best]) / after
    bend = (rises[1] - rises[0]) / (after - before)
    slope = rises[0] - bend * before
    if bend <= 0:  # flat: three equal values
        return float(x[best]), float(y[best])
    return float(x[best] * np.exp(-slope / (2 * bend))), float(y[best] - slope**2 / (4 * bend))


def stage(needed: float, base: float) -> float:
    """The smallest of base, 2·base, 4·base, … that is at least `needed`.

    An axis of one of these lengths keeps still while a point moves a little, and grows when the point moves far.
    """
    return base if needed <= base else float(base * 2 ** np.ceil(np.log2(needed / base)))


def decades(low: float, high: float) -> dict[str, list]:
    """Range, tick values and tick texts of a logarithmic axis from low to high, with a tick at every power of ten."""
    ends = [float(np.log10(end)) for end in (low, high)]
    ticks = [10.0**power for power in range(int(np.ceil(ends[0] - 1e-9)), int(np.floor(ends[1] + 1e-9)) + 1)]
    return {"range": ends, "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def round_ticks(low: float, high: float, about: int = 6) -> Float[np.ndarray, " ticks"]:
    """Multiples of 1, 2 or 5 times a power of ten between low and high, roughly `about` of them."""
    coarse = (high - low) / about
    power = 10 ** np.floor(np.log10(coarse))
    step = power * min(m for m in (1, 2, 5, 10) if m * power >= coarse)
    return step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
