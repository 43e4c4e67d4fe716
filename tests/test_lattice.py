"""Lattices: what the spread of their strands proves, and that reconstruction and gap do not share their errors."""

import itertools
import math

import pytest
import torch
from torch import nn

from tests.oracle_brute_force import images_of, random_network
from vaecore import VAE, GaussianPixels, evidence
from vaecore.core.decoding import PointDecoder
from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.images import image_on_lattice
from vaecore.evaluate.quadrature.lattice import SHIFTS, DecodedLattice
from vaecore.evaluate.quadrature.memory import ModelMemory
from vaecore.evaluate.quadrature.shared_lattice import shared_lattice


@pytest.mark.parametrize("latents", [1, 2])
def test_the_spread_of_the_strands_bounds_the_error_of_their_mean(latents):
    """For the waves of one cycle per spacing, the slowest ones that a lattice cannot tell from a constant, at any phase."""
    shifts = torch.tensor(SHIFTS[latents], dtype=torch.float64)
    phases = torch.linspace(0, 2 * math.pi, 721, dtype=torch.float64)
    for wave in itertools.product((-1, 0, 1), repeat=latents):
        if any(wave):
            errors = (2 * math.pi * shifts @ torch.tensor(wave, dtype=torch.float64) + phases[:, None]).cos()
            spread = errors.amax(1) - errors.amin(1)
            assert (errors.mean(1).abs() <= 0.61 * spread + 1e-12).all(), f"wave {wave}"


@pytest.mark.parametrize("latents", [1, 2])
def test_an_error_of_one_strand_shows_in_the_residual(latents):
    """Reconstruction and gap on the shared lattice: one strand is made wrong by a nat, and they no longer agree."""
    model = VAE(random_network([latents, 16, 9], nn.Tanh, 2.0, 0), GaussianPixels(0.1), latents)
    decoder = PointDecoder(model)
    memory = ModelMemory.of(model)
    lattice = shared_lattice(decoder, memory)
    x = images_of(model, torch.zeros(1, latents), seed=0)[0]
    grids = image_on_lattice(decoder, memory, lattice, decoder.project(x)).grids(decoder)
    mean, variances = torch.full((latents,), 0.3).double(), torch.tensor([0.3, 1.0]).double()[:, None].expand(2, latents)
    kl = 0.5 * (mean.square() + variances - 1 - variances.log()).sum(-1)

    def residual(of: LogLikelihoodGrids) -> torch.Tensor:
        # E_q[log p(x|z)] − KL(q ‖ p) + E_q[log q − log p(x, z)], which is 0.
        return (of.expectation(mean, variances)[0] + of.divergence(mean, variances)[0])[:, 0] - kl

    assert (residual(grids).abs() < 1e-6).all()
    values = grids.values.clone()
    values[0] += 1
    wrong = residual(LogLikelihoodGrids.of(grids.axes, [log[:, 0].exp() for log in grids.log_spacings], values))
    assert torch.allclose(wrong, torch.tensor(1 / len(values)).double(), atol=1e-6)


def test_two_threads_may_make_an_images_strands_at_the_same_time(monkeypatch):
    """While the other strands are made, another question makes and keeps all of them: both have the same values."""
    model = VAE(random_network([2, 16, 9], nn.Tanh, 2.0, 0), GaussianPixels(0.1), 2)
    decoder = PointDecoder(model)
    memory = ModelMemory.of(model)
    image = image_on_lattice(
        decoder, memory, shared_lattice(decoder, memory), decoder.project(images_of(model, torch.zeros(1, 2), seed=1)[0])
    )
    values, meanwhile = DecodedLattice.values, []

    def interrupted(self, decoder, projected, strands):
        if strands.start and not meanwhile:
            meanwhile.append(None)
            meanwhile.append(image.grids(decoder))
        return values(self, decoder, projected, strands)

    monkeypatch.setattr(DecodedLattice, "values", interrupted)
    image.grids(decoder, all_strands=False)
    assert torch.equal(image.grids(decoder).values, meanwhile[1].values)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU])
@pytest.mark.parametrize("pixels", [16, 64])
def test_the_evidence_of_a_sharp_likelihood_is_found(activation, pixels):
    """The noise of one grey level of 255: every cell of a level may matter, and none is left over."""
    for seed in range(4):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            x = torch.rand(1, pixels)
            layers = [nn.Linear(1, 64), activation(), nn.Linear(64, 64), activation(), nn.Linear(64, pixels)]
        model = VAE(nn.Sequential(*layers), GaussianPixels(1 / 255**2), 1)
        z = torch.linspace(-8, 8, 100_001, dtype=torch.float64)[:, None]
        with torch.no_grad():
            exact = nn.Sequential(*layers).double()
            squares = torch.cat([(x.double() - exact(some)).square().sum(-1) for some in z.split(10_000)])
            nn.Sequential(*layers).float()
        density = -0.5 * squares * 255**2 - 0.5 * pixels * math.log(2 * math.pi / 255**2)
        truth = (density - 0.5 * z[:, 0].square()).logsumexp(0) + math.log(16 / 100_000) - 0.5 * math.log(2 * math.pi)
        found = evidence(model, x.double())
        # The decoder rounds its pixels to 6e-8, which a variance of 1.5e-5 multiplies.
        assert (found.value[0] - truth).abs() <= found.error[0] + 2e-6 * truth.abs(), f"seed {seed}"


@pytest.mark.parametrize("reach", [6.5, 7.5, 9.0, 12.0])
def test_what_lies_beyond_a_lattice_is_in_the_errors_and_no_more_than_it_can_be(reach):
    """f(z) = z² with a mean far from 0, cut off so many deviations from it, by sums so fine that nothing else is missing."""
    mean, deviation = torch.tensor([3.0], dtype=torch.float64), 0.5
    axis = mean + deviation * torch.arange(-4 * reach, 4 * reach + 1, dtype=torch.float64)[None] / 4
    grids = LogLikelihoodGrids.of([axis], [torch.full_like(axis, deviation / 4)], 1e6 * axis.square())
    variance = torch.full((1, 1), deviation**2, dtype=torch.float64)
    # E[z²] = m² + v; by t = (z − m) / sd its slopes are 2 m sd, and v by log variance.
    m, v = 3.0, deviation**2
    true = 1e6 * torch.tensor([m * m + v, 2 * m * deviation, v], dtype=torch.float64)
    value, error = grids.slopes(mean, variance)
    rounding = 1e-14 * float(true.max())
    assert ((value[0] - true).abs() <= error[0] + rounding).all()
    value, error = grids.expectation(mean, variance)
    assert abs(value - true[0]) <= error + rounding
    # The share of N(0, 1) beyond the reach, times its square for values that grow: an error is not that of a nearer end.
    share = math.erfc(reach / math.sqrt(2))
    spread = float(grids.values.max() - grids.values.min())
    assert error <= (80 * (reach / 6.5) ** 4 * share + 1.1e-13) * spread
