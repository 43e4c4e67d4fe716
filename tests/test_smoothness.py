"""Which decoders count as smooth: linear ones, and networks of smooth units; not those with kinks."""

import pytest
import torch
from torch import nn

from tests.oracle_brute_force import random_network
from vaecore import VAE, GaussianPixels
from vaecore.core.smoothness import bend, is_smooth

DISTANCES = (0.14, 0.1, 0.025, 1e-3)  # lattices' spacings, that of sampling, and one where rounding is all there is
every_type = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def decoder_model(sizes: list[int], activation: type[nn.Module], dtype: torch.dtype) -> VAE:
    return VAE(random_network(sizes, activation, 2.0, 1, dtype), GaussianPixels(1.0), sizes[0])


@every_type
@pytest.mark.parametrize("sizes", [[2, 64, 32], [16, 64, 64, 64, 48]])
def test_an_exactly_linear_decoder_is_smooth_although_only_rounding_bends_it(sizes, dtype):
    model = decoder_model(sizes, nn.Identity, dtype)
    for distance in DISTANCES:
        assert not bend(model, distance).any()
        assert is_smooth(model, distance)


@every_type
@pytest.mark.parametrize("activation", [nn.SiLU, nn.Tanh])
def test_networks_of_smooth_units_are_smooth(activation, dtype):
    assert all(is_smooth(decoder_model([3, 64, 32], activation, dtype), distance) for distance in DISTANCES)


@every_type
@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU])
def test_networks_with_kinks_are_not(activation, dtype):
    assert not any(is_smooth(decoder_model([3, 64, 32], activation, dtype), distance) for distance in DISTANCES[:3])


def test_bend_is_second_difference_over_first():
    """For f(z) = (z, z²) at z = c with step d: second difference 2d², first (2d, 4cd)."""

    class Parabola(nn.Module):
        def forward(self, z):
            return torch.cat([z, z.square()], dim=-1)

    d = 0.3
    found = bend(VAE(Parabola().double(), GaussianPixels(1.0), 1), d, places=500)
    centres, _ = torch.randn(2, 500, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = 2 * d**2 / (2 * d * (1 + 4 * centres[:, 0].square()).sqrt())
    assert torch.allclose(found, expected.to(found), rtol=1e-4, atol=1e-4)  # float32, less 32 roundings
