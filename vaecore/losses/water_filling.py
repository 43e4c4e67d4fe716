"""The spectrum of images, and the part of it that a linear VAE keeps for a given β·σₓ²: reverse water-filling.

For images whose pixel covariance has the eigenvalues λ, the optimal linear decoder and encoder keep the directions above the
water level, λ > level = β·σₓ², with expected

    KL             ½ Σ log max(1, λ / level)        nats per image
    squared error    Σ min(λ, level)

which is the rate–distortion function of a Gaussian source (Shannon 1959; Cover & Thomas 2006, theorem 10.3.3; with fewer
latents than directions, Tipping & Bishop 1999). Levels and squared errors are in squared grey values.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

SPECTRUM = Path(__file__).parent.parent / "assets" / "spectrum.npz"


@dataclass(frozen=True)
class WaterFilling:
    """What a linear VAE keeps of a spectrum at one water level."""

    level: float  # β·σₓ²
    above: int  # directions above the level
    active: int  # how many of them have a latent
    kl: float  # nats per image
    squared_error: float  # per image


@lru_cache(maxsize=1)
def mnist_spectrum() -> Float[np.ndarray, " pixels"]:
    """Eigenvalues of the pixel covariance of MNIST's training images, descending, with the total variance as their sum.

    Shared and read-only.

    Example:
        >>> spectrum = mnist_spectrum()
        >>> spectrum.shape, round(float(spectrum.sum()), 2)
        ((784,), 52.73)
    """
    with np.load(SPECTRUM) as file:
        eigenvalues = file["eigenvalues"]
    eigenvalues.flags.writeable = False
    return eigenvalues


def reverse_water_filling(
    eigenvalues: Float[np.ndarray, " pixels"], level: float, latents: int | None = None
) -> WaterFilling:
    """What a linear VAE with so many latents (None: as many as needed) keeps above the water level.

    Args:
        eigenvalues: descending.
        level: β·σₓ².
        latents: the largest number of directions that are kept.

    Raises:
        ValueError: the level is not positive, or the eigenvalues are negative or not descending.

    Example:
        >>> kept = reverse_water_filling(np.array([4.0, 1.0, 0.1]), level=0.5)
        >>> kept.above, round(kept.kl, 4), kept.squared_error  # ½ log 8 + ½ log 2, 0.5 + 0.5 + 0.1
        (2, 1.3863, 1.1)
    """
    _check(eigenvalues, level, "level")
    above = int((eigenvalues > level).sum())
    active = above if latents is None else min(above, latents)
    kept = eigenvalues[:active]
    return WaterFilling(
        level=level,
        above=above,
        active=active,
        kl=float(0.5 * np.log(kept / level).sum()),
        squared_error=float(active * level + eigenvalues[active:].sum()),
    )


def learned_noise_variance(eigenvalues: Float[np.ndarray, " pixels"], latents: int, beta: float = 1.0) -> float:
    """The σₓ² that a linear VAE with so many latents learns when KL has the weight beta: its squared error per pixel.

    With `active` directions kept, the squared error is active·β·σₓ² + Σ of the other λ, and equals pixels·σₓ². The solution
    is unique because the squared error is concave in σₓ² (for beta = 1 and as many latents as pixels every σₓ² up to the
    smallest λ is a solution, and this is the largest). For beta = 1 it is the mean of the discarded
    λ (Tipping & Bishop 1999, eq. 8).

    Raises:
        ValueError: beta is not positive, or nothing is left over and σₓ² falls to zero.

    Example:
        >>> learned_noise_variance(np.array([4.0, 1.0, 0.5]), latents=1)  # the mean of what is left over
        0.75
    """
    _check(eigenvalues, beta, "beta")
    pixels, room = len(eigenvalues), min(latents, int((eigenvalues > 0).sum()))
    left_over = np.append(np.cumsum(eigenvalues[::-1])[::-1], 0.0)
    for active in range(room + 1):
        weight = pixels - active * beta
        if weight <= 0:
            break
        noise = float(left_over[active] / weight)
        next_one = 0.0 if active == room else eigenvalues[active]
        if noise > 0 and beta * noise >= next_one:
            return noise
    raise ValueError(f"with {latents} latents and β = {beta:g} nothing of the images is left over, and σₓ² falls to zero.")


def _check(eigenvalues: Float[np.ndarray, " pixels"], positive: float, name: str) -> None:
    if not 0 < positive < float("inf"):
        raise ValueError(f"{name} must be positive and finite; got {positive:g}.")
    if (np.diff(eigenvalues) > 0).any() or (eigenvalues < 0).any():
        raise ValueError("eigenvalues must be none below zero and descend.")
