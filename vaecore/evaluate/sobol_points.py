"""Sobol points as normal noise, in independent scrambles."""

import math
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.quasirandom import SobolEngine


def points_for(latent_dim: int) -> int:
    """Points per scramble: a power of two with twice as many points as dimensions, so that they can be whitened."""
    return max(32, 2 ** math.ceil(math.log2(2 * latent_dim)))


@lru_cache(maxsize=16)
def normal_sobol(dimension: int, points: int, scrambles: int) -> Float[Tensor, "scrambles points dimension"]:
    """Independent scrambles of Sobol points through the inverse normal (float64): every point is exactly N(0, I).

    Owen (1998), "Scrambling Sobol' and Niederreiter–Xing points".
    """
    sets = []
    for seed in range(scrambles):
        uniform = SobolEngine(dimension, scramble=True, seed=seed).draw(points, dtype=torch.float64)
        # Scrambled points may touch 0, where the inverse normal is infinite.
        sets.append(torch.special.ndtri(uniform.clamp(0.5 / 2**30, 1 - 0.5 / 2**30)))
    return torch.stack(sets)


@lru_cache(maxsize=16)
def whitened_sobol(dimension: int, points: int, scrambles: int) -> Float[Tensor, "scrambles points dimension"]:
    """Scrambles moved and stretched to mean 0 and second moment I: no longer exactly normal, by the order of 1/points."""
    normal = normal_sobol(dimension, points, scrambles)
    normal = normal - normal.mean(1, keepdim=True)
    factor = torch.linalg.cholesky(normal.transpose(1, 2) @ normal / points)
    return torch.linalg.solve_triangular(factor, normal.transpose(1, 2), upper=False).transpose(1, 2)
