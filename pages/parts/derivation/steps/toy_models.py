"""The two models with one latent and one number as data on which the derivation shows weights and a bimodal posterior."""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import vaecore
from pages.parts.compute import cached, models
from pages.parts.derivation.steps.bounds import bounds_and_gaps
from pages.parts.derivation.steps.step import Choice, Columns
from pages.parts.state import kinds
from pages.parts.state.setup import Setup
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.figures.values import values

SETUPS = {"number": Setup("number", x=2.0, sigma_x=1.0), "humps": Setup("humps", x=2.0, sigma_x=0.5)}
"""f(z) = z with x = 2 and σₓ = 1, whose posterior is N(1, 0.5); and f(z) = z² with x = 2 and σₓ = 0.5, whose posterior has
two modes, far enough apart for the best Gaussian to cover only one of them."""

_DECODERS = {"number": ("f(z) = z", "one mode"), "humps": ("f(z) = z²", "two modes")}

CHOICE = Choice(
    kinds.Choice("toy", tuple(SETUPS), "number"),
    f"x = {SETUPS['number'].x:g}, decoder",
    {toy: f"{decoder}, σₓ = {SETUPS[toy].sigma_x:g}: {modes}" for toy, (decoder, modes) in _DECODERS.items()},
)


def evidence(toy: str) -> float:
    """log p(x), in nats."""
    return float(values(cached.evidence(SETUPS[toy]).value)[0])


def q_of(at: Columns, mean: str = "m", variance: str = "v") -> DiagonalGaussian:
    """One q of one dimension for each stop."""
    return DiagonalGaussian(*(torch.from_numpy(np.asarray(at[name], float))[:, None] for name in (mean, variance)))


def terms(toy: str, q: DiagonalGaussian) -> tuple[Float[np.ndarray, " stops"], Float[np.ndarray, " stops"]]:
    """ELBO and gap of every q, computed independently of each other, in nats."""
    return bounds_and_gaps(SETUPS[toy], q)


@lru_cache(maxsize=4)
def log_joint(toy: str, z: tuple[float, ...]) -> Tensor:
    """log p(x, z) at these z, in nats."""
    points = torch.tensor(z, dtype=torch.float64)[:, None]
    return vaecore.log_joint(models.model_of(SETUPS[toy]), cached.image(SETUPS[toy]), points)
