"""The budget of a question: it bounds what is decoded, and where it ends a refinement the error says what was reached."""

import math

import pytest
import torch
from torch import nn

import vaecore
from tests.oracle_brute_force import BruteForce
from tests.test_quadrature import PROBLEMS, ROUNDING, UNSURE, in_units_of_q, promised
from vaecore import VAE, GaussianPixels
from vaecore.core import decoding_budget
from vaecore.core.decoding import PointDecoder
from vaecore.data import digits, mnist
from vaecore.evaluate.quadrature.graded import GradedLattice
from vaecore.evaluate.quadrature.lattice import SinhAxis

STEPS = 9


def wide_and_narrow(low: float = 1e-3) -> torch.Tensor:
    """Variances of a sweep that moves the first dimension, the second being as wide as the prior or wider."""
    moving = torch.logspace(math.log10(low), math.log10(4), STEPS, dtype=torch.float64)
    return torch.stack([moving, torch.full_like(moving, 4.0)], dim=1)


@pytest.mark.parametrize("mean", [[0.0, -8.0], [1.5, -0.5]])
def test_a_question_decodes_no_more_than_its_budget(monkeypatch, mean):
    """Far out these took a million points and a minute; near the prior's centre the promise is kept within the budget."""
    model, x = vaecore.load("digits-2"), mnist.grey(digits.test_digits().images[:1]).double()
    mean = torch.tensor([mean], dtype=torch.float64)
    vaecore.sweep_variance(model, x, mean, torch.ones(1, dtype=torch.float64))  # decodes the shared lattice
    rows, decode = [], PointDecoder._features
    monkeypatch.setattr(PointDecoder, "_features", lambda self, z: rows.append(len(z)) or decode(self, z))
    found = vaecore.sweep_variance(model, x, mean, wide_and_narrow())
    budget = decoding_budget._USUAL / sum(weight.numel() for weight in model.decoder.parameters())
    assert 1000 < sum(rows) < 1.3 * budget  # points are counted by the area of an ellipse, without its margin
    assert (found.error <= promised(found.reconstruction)).all()
    values = sum(rows)
    vaecore.forces(model, x, mean, wide_and_narrow())
    assert sum(rows) - values < 1.3 * budget


@pytest.mark.parametrize("points", [1_000, 6_000])
@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (13, 15, 16, 23)], ids=str)
def test_an_error_is_never_understated_when_the_budget_is_spent(monkeypatch, problem, points):
    model, x, mean = problem.model(), problem.x(1), torch.tensor([[0.7, -3.0]], dtype=torch.float64)
    weights = sum(weight.numel() for weight in model.decoder.parameters())
    monkeypatch.setattr(decoding_budget, "_USUAL", points * weights)
    graded, lattices = GradedLattice.decoded, []
    monkeypatch.setattr(GradedLattice, "decoded", lambda self, *given: lattices.append(self) or graded(self, *given))
    variances = wide_and_narrow(1e-4)
    swept, forces = vaecore.sweep_variance(model, x, mean, variances), vaecore.forces(model, x, mean, variances)
    assert lattices, "the budget was enough; this test shows nothing"
    slopes, errors = in_units_of_q(forces, variances)
    brute = BruteForce(model, x)
    for step in (0, 5):
        truth = brute.reconstruction(mean[0], variances[step])
        wrong = (swept.reconstruction[0, step] - truth.value[0]).abs()
        assert wrong <= swept.error[0, step] + UNSURE * truth.uncertainty[0], f"says {swept.error[0, step]}, is {wrong}"
        truth = brute.slopes(mean[0], variances[step])
        wrong = (slopes[0, step] - truth.value[:, 0]).abs()
        allowance = UNSURE * truth.uncertainty[:, 0] + 1e3 * ROUNDING * truth.value[:, 0].abs()
        assert (wrong <= errors[0, step] + allowance).all(), f"says {errors[0, step]}, is {wrong}"


def test_with_hardly_any_budget_the_error_says_so(monkeypatch):
    problem = PROBLEMS[13]
    model, x, mean = problem.model(), problem.x(1), torch.tensor([[0.7, -3.0]], dtype=torch.float64)
    monkeypatch.setattr(decoding_budget, "_USUAL", 1.0)
    found = vaecore.sweep_variance(model, x, mean, wide_and_narrow(1e-4))
    assert (found.error > promised(found.reconstruction)).any()


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize("variance", [1e-6, 1e-3, 0.3, 4.0])
def test_a_graded_axis_resolves_a_gaussian_of_any_width(variance):
    """The average of a wave of k radians per standard deviation is exp(−k² / 2)."""
    mean, variances = torch.tensor([1.3], dtype=torch.float64), torch.tensor([[1e-6], [4.0]], dtype=torch.float64)
    lattice = GradedLattice(SinhAxis.to_reach(20.0, 10.0, 4.0), mean, variances.sqrt(), math.inf, 0.0)
    assert lattice.points < 4 * 120

    class Wave:
        """A decoder whose log p(x|z) is a wave in (z − mean) / sd."""

        def __init__(self, k):
            self.k = k

        def log_likelihood(self, image, z):
            return (self.k * (z[:, 0] - 1.3) / variance**0.5).cos()

    for k in (0.5, 1.0, 2.0):
        grids = lattice.decoded(Wave(k), None)
        value, error = grids.expectation(mean, torch.tensor([[variance]], dtype=torch.float64))
        wrong = abs(value.item() - math.exp(-0.5 * k**2))
        assert wrong < 1e-5
        assert wrong <= error.item() + ROUNDING


def test_who_allows_more_points_gets_smaller_errors_and_nobody_else_does():
    """Of a decoder with kinks and convolutions, whose usual points are few; against float64 lattices of another making."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        decoder = nn.Sequential(
            nn.Linear(2, 24), nn.Unflatten(1, (6, 2, 2)), nn.ReLU(), nn.ConvTranspose2d(6, 4, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Flatten(),
        )  # fmt: skip
        for layer in (decoder[0], decoder[3], decoder[5]):
            nn.init.kaiming_normal_(layer.weight)
    model = VAE(decoder, GaussianPixels(0.01), 2)
    x, mean = torch.full((1, 64), 0.2, dtype=torch.float64), torch.tensor([[0.3, 1.1]], dtype=torch.float64)
    variances = torch.tensor([0.01, 0.3], dtype=torch.float64)
    usual = vaecore.sweep_variance(model, x, mean, variances)
    with vaecore.decoding_budget(0.01):
        poor = vaecore.sweep_variance(model, x, mean, variances)
    again = vaecore.sweep_variance(model, x, mean, variances)
    assert torch.equal(usual.reconstruction, again.reconstruction) and torch.equal(usual.error, again.error)
    assert (poor.error > 3 * usual.error).all()
    brute = BruteForce(model, x)
    for step, variance in enumerate(variances):
        truth = brute.reconstruction(mean[0], variance.expand(2))
        for found in (poor, usual):
            wrong = (found.reconstruction[0, step] - truth.value[0]).abs()
            assert wrong <= found.error[0, step] + UNSURE * truth.uncertainty[0]


@pytest.mark.parametrize("factor", [0.0, -1.0, math.inf, math.nan])
def test_a_budget_that_is_none_is_refused(factor):
    with pytest.raises(ValueError, match=r"the factor must be positive and finite; got"), vaecore.decoding_budget(factor):
        pass
