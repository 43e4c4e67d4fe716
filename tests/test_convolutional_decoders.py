"""Decoders with convolutions: what a point costs, how few are decoded for a sweep, and that errors stay true."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import vaecore
from tests.oracle_brute_force import BruteForce
from vaecore import VAE, BernoulliPixels, GaussianPixels
from vaecore.core.decoding import DecodedPoints, PointDecoder
from vaecore.core.decoding_cost import _Convolutions, convolutions_cost
from vaecore.evaluate.quadrature.doubt import doubted
from vaecore.evaluate.quadrature.memory import ModelMemory
from vaecore.evaluate.quadrature.shared_lattice import shared_lattice


def small(activation: type[nn.Module], seed: int) -> nn.Module:
    """2 latents → 6 × 2 × 2 → 8 × 8."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        decoder = nn.Sequential(
            nn.Linear(2, 24), nn.Unflatten(1, (6, 2, 2)), activation(), nn.ConvTranspose2d(6, 4, 4, 2, 1), activation(),
            nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Flatten(),
        )  # fmt: skip
        for layer in decoder:
            if hasattr(layer, "weight"):
                nn.init.kaiming_normal_(layer.weight)
    return decoder.eval()


def large(activation: type[nn.Module], channels: int) -> nn.Module:
    """2 latents → 128 × 4 × 4 → channels × 32 × 32."""
    return nn.Sequential(
        nn.Linear(2, 128 * 16), nn.Unflatten(1, (128, 4, 4)), activation(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), activation(), nn.ConvTranspose2d(64, 32, 4, 2, 1), activation(),
        nn.ConvTranspose2d(32, channels, 4, 2, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, 3, padding=1),
        nn.Conv2d(4, 6, 3, stride=2, groups=2),
        nn.ConvTranspose2d(4, 6, 4, 2, 1),
        nn.ConvTranspose2d(4, 6, 3, groups=2),
        nn.Conv1d(4, 6, 5, dilation=2),
        nn.ConvTranspose3d(4, 2, 2, 2),
    ],
    ids=str,
)
def test_the_products_of_a_convolution_are_those_that_torch_counts(layer):
    shape = {"Conv1d": (20,), "ConvTranspose3d": (3, 4, 5)}.get(type(layer).__name__, (9, 7))
    image = torch.rand(1, 4, *shape)
    with torch.no_grad(), FlopCounterMode(display=False) as torchs, _Convolutions() as ours:
        out = layer(image)
    assert ours.products == torchs.get_total_flops() / 2
    assert ours.numbers == out.numel()


def test_only_convolutions_cost_more_than_their_weights():
    plain = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 81))
    assert convolutions_cost(VAE(plain, GaussianPixels(1.0), 2)) == 0
    model = VAE(nn.Sequential(plain, nn.Unflatten(1, (1, 9, 9)), nn.Conv2d(1, 2, 3)), GaussianPixels(1.0), 2)
    assert PointDecoder(model).multiply_adds > 1000 * 2 * 7 * 7


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("activation", [nn.SiLU, nn.ReLU])
def test_a_first_sweep_decodes_few_points_of_a_decoder_with_convolutions(monkeypatch, activation, channels):
    """48,000 of the lattice alone took more than ten seconds. Nothing is decoded here: points are counted."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(large(activation, channels), GaussianPixels(0.05), 2)
    decoder, rows = PointDecoder(model), []
    monkeypatch.setattr(PointDecoder, "decode", lambda self, z: rows.append(len(z)) or _nothing(self, z))
    lattice = shared_lattice(decoder, ModelMemory())
    assert lattice.axis.reach >= 17.5
    assert 2_000 < sum(rows) < 7_000 and lattice.points is not None


def test_where_the_lattice_is_too_coarse_no_error_is_smaller_than_those_nearby():
    """Strands that agree by accident at one variance of a sweep; the others are three times their spread."""
    variances = torch.tensor([[0.1, 1.0], [0.101, 1.0], [0.102, 1.0], [0.4, 1.0], [0.1, 3.0]])
    spread = torch.tensor([[0.02], [1e-6], [0.03], [0.001], [0.5]])
    assert torch.allclose(doubted(spread, variances), 3 * torch.tensor([[0.03], [0.03], [0.03], [0.001], [0.5]]))


@pytest.mark.parametrize("activation", [nn.SiLU, nn.ReLU])
def test_errors_are_doubted_where_kinks_leave_the_lattice_too_coarse(monkeypatch, activation):
    monkeypatch.setattr(PointDecoder, "decode", _nothing)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(large(activation, 1), GaussianPixels(0.05), 2)
        for layer in model.decoder:
            if hasattr(layer, "weight"):
                nn.init.kaiming_normal_(layer.weight)
    lattice = shared_lattice(PointDecoder(model), ModelMemory())
    kinks = activation is nn.ReLU
    assert (lattice.too_coarse, lattice.smooth) == (kinks, not kinks)


def _nothing(decoder: PointDecoder, z: Tensor) -> DecodedPoints:
    return DecodedPoints(torch.zeros(len(z), decoder.features), torch.zeros(len(z)).double())


@pytest.mark.parametrize(
    ("activation", "seed", "likelihood", "variances"),
    [
        (nn.SiLU, 0, GaussianPixels(0.05), (1e-4, 0.01, 0.3, 4.0)),
        (nn.SiLU, 1, GaussianPixels(1e-3), (1e-4, 0.05, 4.0)),
        (nn.Tanh, 2, BernoulliPixels(), (1e-4, 0.05, 4.0)),
        (nn.ReLU, 3, GaussianPixels(0.05), (0.01,)),
    ],
)
def test_the_errors_of_a_sweep_are_true(activation, seed, likelihood, variances):
    """Against float64 lattices of another making; where the decoder is smooth, within what is promised."""
    model = VAE(small(activation, seed), likelihood, 2)
    z = torch.tensor([[0.3 - 0.4 * seed, 1.1]])
    with torch.no_grad():
        x = (likelihood.mean(model.decode(z)) > 0.3).double()
    mean, swept = z.double() + 0.1, torch.tensor(variances, dtype=torch.float64)
    found, brute = vaecore.sweep_variance(model, x, mean, swept), BruteForce(model, x)
    for step, variance in enumerate(swept):
        truth = brute.reconstruction(mean[0], variance.expand(2))
        error, wrong = found.error[0, step], (found.reconstruction[0, step] - truth.value[0]).abs()
        assert wrong <= error + 2 * truth.uncertainty[0], f"variance {variance}: says {error}, is {wrong}"
        if activation is not nn.ReLU:
            assert error <= max(1e-3, 1.001e-5 * abs(float(found.reconstruction[0, step])))
