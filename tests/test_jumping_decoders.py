"""Decoders that move in steps: signs, rounding, thresholds, the largest features; judged by float64 sums."""

import copy
import math

import pytest
import torch
from torch import Tensor, nn

import vaecore
from tests.oracle_brute_force import random_network
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels
from vaecore.core.decoding import PointDecoder
from vaecore.evaluate.quadrature.beside_jumps import lost, seen_between, with_neighbours
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import SHIFTS, SinhAxis
from vaecore.evaluate.quadrature.memory import ModelMemory
from vaecore.evaluate.quadrature.shared_lattice import shared_lattice


class Steps(nn.Module):
    """A layer that jumps."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, h: Tensor) -> Tensor:
        match self.kind:
            case "sign":
                return h.sign()
            case "floor":
                return (3 * h).floor() / 3
            case "fraction":
                return h.frac()
            case "threshold":
                return (h > 0.3).to(h.dtype)
            case "shrink":
                return nn.functional.hardshrink(h, 0.4)
            case "winner":
                return nn.functional.one_hot(h.argmax(-1), h.shape[-1]).to(h.dtype)
        least = h.topk(h.shape[-1] // 4, -1).values[..., -1:]
        return h.where(h >= least, 0.0)


class Sum(nn.Module):
    """Something smooth and something that jumps."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, z: Tensor) -> Tensor:
        return sum(part(z) for part in self.parts)  # type: ignore[return-value]


KINDS = ("sign", "floor", "fraction", "threshold", "shrink", "winner", "largest")


def jumping(kind: str, latents: int, pixels: int, seed: int) -> nn.Module:
    """A decoder with steps at its beginning, in its middle, beside something smooth, or at its end."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = nn.Linear(latents, 16), nn.Linear(16, pixels)
        decoders = [
            nn.Sequential(first, Steps(kind), last),
            nn.Sequential(first, nn.Tanh(), nn.Linear(16, 16), Steps(kind), last, nn.SiLU(), nn.Linear(pixels, pixels)),
            Sum(
                nn.Sequential(first, nn.SiLU(), last),
                nn.Sequential(nn.Linear(latents, 4), Steps(kind), nn.Linear(4, pixels)),
            ),
            nn.Sequential(first, nn.SiLU(), last, Steps(kind)),
        ]
        decoder = decoders[seed % 4]
        for layer in decoder.modules():
            if isinstance(layer, nn.Linear):
                layer.weight.data.mul_(2.0)
    return decoder


def problem(kind: str, latents: int, pixels: int, seed: int, noise: float | None) -> tuple[VAE, Tensor, Tensor]:
    """A model, an image of it, and the latent that the image was made from."""
    decoder = jumping(kind, latents, pixels, seed)
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(1, latents, generator=generator)
    with torch.no_grad():
        decoded = decoder(z)
    if noise is None:
        return VAE(decoder, BernoulliPixels(), latents), (decoded > 0).double(), z
    x = decoded + math.sqrt(noise) * torch.randn(1, pixels, generator=generator)
    return VAE(decoder, GaussianPixels(noise), latents), x.double(), z


class Sums:
    """Midpoint sums over one model and one image, in float64."""

    def __init__(self, model: VAE, x: Tensor) -> None:
        self.decoder = copy.deepcopy(model.decoder).double()
        self.x, self.latents, self.likelihood = x, model.latent_dim, model.likelihood

    @torch.no_grad()
    def log_likelihood(self, z: Tensor) -> Tensor:
        found = []
        for some in z.split(20_000):
            decoded = self.decoder(some)
            if isinstance(self.likelihood, GaussianPixels):
                density = torch.distributions.Normal(decoded, math.sqrt(float(self.likelihood.variance)))
            else:
                density = torch.distributions.Bernoulli(logits=decoded)
            found.append(density.log_prob(self.x).sum(-1))
        return torch.cat(found)

    def evidence(self, points: int) -> tuple[float, float]:
        """log p(x), and how far another choice of the points moves it."""
        first, second = (self._evidence(points, offset) for offset in (0.0, 0.37))
        return first, abs(first - second)

    def _evidence(self, points: int, offset: float) -> float:
        nodes = int((points / 4) ** (1 / self.latents))
        spacing = 16.0 / nodes
        axis = -8.0 + spacing * (torch.arange(nodes).double() + 0.5 + offset)
        z = torch.cartesian_prod(*[axis] * self.latents).reshape(-1, self.latents)
        table = self._log_joint(z)
        # The cells within two of one that counts, each in as many parts as there are points for.
        pool = nn.functional.max_pool1d if self.latents == 1 else nn.functional.max_pool2d
        near = pool(table.reshape(1, 1, *[nodes] * self.latents), 5, 1, 2).flatten() > table.max() - 35
        parts = max(1, int((points / near.sum()) ** (1 / self.latents)))
        inner = ((torch.arange(parts).double() + 0.5) / parts - 0.5) * spacing
        inner = torch.cartesian_prod(*[inner] * self.latents).reshape(-1, self.latents)
        fine = self._log_joint((z[near][:, None] + inner).flatten(0, 1)) - self.latents * math.log(parts)
        return float(torch.cat([table[~near], fine]).logsumexp(0)) + self.latents * math.log(spacing)

    def _log_joint(self, z: Tensor) -> Tensor:
        return self.log_likelihood(z) - 0.5 * z.square().sum(-1) - 0.5 * self.latents * math.log(2 * math.pi)

    def reconstruction(self, q: DiagonalGaussian, points: int) -> tuple[float, float]:
        """E_q[log p(x|z)], and how far another choice of the points moves it."""
        nodes = int(points ** (1 / self.latents))
        found = []
        for offset in (0.0, 0.37):
            t = 16.0 / nodes * (torch.arange(nodes).double() + 0.5 + offset) - 8.0
            weights = (-0.5 * t.square()).softmax(0)
            noise = torch.cartesian_prod(*[t] * self.latents).reshape(-1, self.latents)
            share = torch.cartesian_prod(*[weights] * self.latents).reshape(-1, self.latents).prod(-1)
            found.append(float(share @ self.log_likelihood(q.at(noise))))
        return found[0], abs(found[0] - found[1])


@pytest.mark.parametrize("latents", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_decoder_with_steps_is_seen_to_jump_wherever_they_are(kind, latents):
    for seed in range(8):
        decoder = jumping(kind, latents, 6, seed)
        lattice = shared_lattice(PointDecoder(VAE(decoder, GaussianPixels(0.01), latents)), ModelMemory())
        assert lattice.jumps and not lattice.smooth, f"seed {seed}"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("latents", [1, 2])
@pytest.mark.parametrize("activation", [nn.SiLU, nn.Tanh, nn.ReLU, nn.LeakyReLU, nn.Identity])
def test_no_decoder_without_steps_is_however_steep(activation, latents, dtype):
    for seed in range(4):
        for steepness in (1.0, 30.0):
            decoder = random_network([latents, 32, 32, 9], activation, 2.0, seed, dtype)
            next(decoder.parameters()).data.mul_(steepness)
            assert not shared_lattice(PointDecoder(VAE(decoder, GaussianPixels(0.01), latents)), ModelMemory()).jumps


NOISES = (1 / 255**2, 0.01, None)
ONE_LATENT = [(kind, 4 * i + j, NOISES[(i + j) % 3]) for i, kind in enumerate(KINDS) for j in (i % 2, 2 + i % 2)]


@pytest.mark.parametrize(("kind", "seed", "noise"), ONE_LATENT)
def test_errors_are_true_where_a_decoder_of_one_latent_jumps(kind, seed, noise):
    check(*problem(kind, 1, (4, 12, 6)[seed % 3], seed, noise), (0.1, 1e-5)[seed % 2], points=400_000)


@pytest.mark.parametrize(
    ("kind", "seed", "noise"),
    [*((kind, i, NOISES[i % 3]) for i, kind in enumerate(KINDS)), ("winner", 8, 0.01), ("floor", 9, 1 / 255**2)],
)
def test_errors_are_true_where_a_decoder_of_two_latents_jumps(kind, seed, noise):
    check(*problem(kind, 2, 6, seed, noise), (0.1, 1e-5)[seed % 2], points=1_500_000)


def check(model: VAE, x: Tensor, z: Tensor, variance: float, points: int) -> None:
    sums, found = Sums(model, x), vaecore.evidence(model, x)
    truth, unsure = sums.evidence(points)
    assert abs(found.value.item() - truth) <= found.error.item() + 3 * unsure, "evidence"
    assert found.error <= 0.05
    q = DiagonalGaussian(z.double() + 0.05, torch.full_like(z, variance).double())
    terms, gap = vaecore.elbo(model, x, q), vaecore.gap(model, x, q, found)
    mean, doubt = sums.reconstruction(q, points // 2)
    assert abs(terms.reconstruction.item() - mean) <= terms.error.item() + 3 * doubt, "reconstruction"
    exact = truth - mean + terms.kl.sum().item()
    assert abs(gap.value.item() - exact) <= gap.error.item() + 3 * (doubt + unsure), "gap"


@pytest.mark.parametrize("latents", [1, 2])
def test_every_second_point_is_a_strand_of_its_own(latents):
    axes = [torch.rand(3, 7 - 2 * i).double().sort().values for i in range(latents)]
    values = axes[0] if latents == 1 else 10 * axes[0][..., None] + axes[1][:, None]
    halved = LogLikelihoodGrids.of(axes, [axis.exp() for axis in axes], values).every_second()
    for axis, logs, half in zip(halved.axes, halved.log_spacings, (3, 2), strict=False):
        assert axis.shape == (3 * 2**latents, half) and torch.allclose(axis, logs[:, 0])
    expected = halved.axes[0] if latents == 1 else 10 * halved.axes[0][..., None] + halved.axes[1][:, None]
    assert torch.allclose(halved.values, expected)
    whole = values[:, :6] if latents == 1 else values[:, :6, :4]
    assert torch.allclose(halved.values.flatten().sort().values, whole.flatten().sort().values)


def test_a_neighbour_that_was_not_split_may_hold_as_much_as_the_cell_beside_it():
    index, matters = torch.tensor([[-1], [0], [1], [2]]), torch.tensor([True, False, False, True])
    chosen, unseen = with_neighbours(index, 2, matters, torch.tensor([0.1, 0.2, 0.3, 0.4]).log())
    assert chosen.tolist() == [True, True, True, True]
    assert math.isclose(unseen, math.log1p(0.1), rel_tol=1e-6)  # −2 is not there; 3 lies beyond the lattice


def test_a_peak_between_a_strands_points_is_seen_by_another_and_missed_with_a_large_error():
    axis = SinhAxis(0.1, 100.0, 40)
    along = axis.coordinate(axis.index + torch.tensor(SHIFTS[1]).double())
    values = torch.where((along - 1.226).abs() < 0.003, 50.0, -100.0)  # a point of the second strand, beside 1.2
    grids = LogLikelihoodGrids.of([along], [axis.spacing_at(along)], values)
    cells, highest = seen_between(grids, axis, 25.0)
    assert cells.nonzero()[:, 0].tolist() == [40 + 12]
    assert math.isclose(highest, 50 - 0.5 * 1.225**2 - 0.5 * math.log(2 * math.pi), abs_tol=1e-3)
    assert lost(highest, highest - 30) == 30 and lost(highest, highest - 0.5) == 0
