"""Slopes of reconstruction and KL: brute force, finite differences and autograd judge them; at the best q they balance."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor, nn

from tests.oracle_brute_force import BruteForce, images_of, random_network
from tests.oracle_screen import pretrained
from tests.test_quadrature import (
    NATS,
    PROBLEMS,
    ROUNDING,
    SLOPES_SHARE,
    UNSURE,
    batch_of,
    brute_evidence,
    in_units_of_q,
    some_problems,
)
from tests.test_sobol import linear_pair, network, prior_images, product_rule, random_q
from vaecore import (
    VAE,
    Accuracy,
    DiagonalGaussian,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    forces,
    sweep_gap,
)
from vaecore.data import digits, mnist


@some_problems
def test_a_sweep_of_forces_is_brute_force_from_one_end_to_the_other(problem):
    """Every change of lattice along the sweep is a place to be wrong."""
    model, x = problem.model(), problem.x(1)
    mean = brute_evidence(problem).posterior_mean[:1].clamp(-4, 4)
    variances = torch.logspace(-4, math.log10(4), 25, dtype=torch.float64)[:, None].expand(-1, problem.latent)
    found, brute = forces(model, x, mean, variances), BruteForce(model, x)
    slopes, errors = in_units_of_q(found, variances)
    for step in range(25):
        truth = brute.slopes(mean[0], variances[step])
        wrong = (slopes[0, step] - truth.value[:, 0]).abs()
        allowance = UNSURE * truth.uncertainty[:, 0] + 1e3 * ROUNDING * truth.value[:, 0].abs()
        assert (wrong <= (SLOPES_SHARE * truth.value[:, 0].abs()).clamp_min(NATS) + allowance).all(), f"step {step}"
        assert (wrong <= errors[0, step] + allowance).all(), f"step {step}: says {errors[0, step]}, is {wrong}"


@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (3, 7, 13, 18, 23)], ids=str)
def test_forces_are_the_slopes_of_the_elbos_two_terms(problem):
    """By central differences of `elbo` itself: no identity of Stein's in between."""
    model, x = problem.model(), problem.x(1)
    mean, variance = problem.states()[4]
    found = forces(model, x, mean[None], variance[None])
    step = 0.03  # standard deviations, or of log variance: the values' own 1e-5 makes 2e-4 of a slope
    for j, axis in enumerate(torch.eye(problem.latent, dtype=torch.float64)):
        for slope, moved, unit in (
            ("by_mean", lambda s: (mean + s * axis * variance.sqrt(), variance), variance[j].sqrt()),  # noqa: B023
            ("by_variance", lambda s: (mean, variance * (s * axis).exp()), variance[j]),  # noqa: B023
        ):
            terms = {s: elbo(model, x, batch_of(*moved(s), 1)) for s in (step, -step, 2 * step, -2 * step)}
            for part, column in (("reconstruction", "reconstruction"), ("kl", "kl")):
                values = {s: getattr(term, column).sum() for s, term in terms.items()}
                near, far = ((values[h] - values[-h]) / (2 * h) for h in (step, 2 * step))
                # Richardson: what is left is a fraction of the difference of the two.
                truth, unsure = (4 * near - far) / 3, 0.3 * (near - far).abs()
                slopes = getattr(found, f"{part}_{slope}")[0, 0, j] * unit
                assert (slopes - truth).abs() <= unsure + (SLOPES_SHARE * truth.abs()).clamp_min(NATS), f"{part} {slope} {j}"


@pytest.mark.parametrize("latent", [1, 2, 8])
def test_forces_of_a_linear_decoder_are_autograds(latent):
    net = random_network([latent, 20], nn.Identity, 2.0, seed=latent)
    model = VAE(LinearDecoder(net[0].weight, net[0].bias), GaussianPixels(0.2), latent)
    x, q = images_of(model, torch.ones(2, latent).double(), 0), random_q(latent, 2, 1)
    mean, variances = q.mean.requires_grad_(), torch.stack([q.variance[0], 3 * q.variance[0]]).requires_grad_()
    found = forces(model, x, mean, variances)
    assert found.accuracy == Accuracy.EXACT and not found.mean_error.any() and not found.variance_error.any()
    weight, bias = model.decoder.weight.detach(), model.decoder.bias.detach()
    for image in range(2):
        for step in range(2):
            squares = (x[image] - bias - weight @ mean[image]).square().sum() + variances[step] @ weight.square().sum(0)
            kl = torch.distributions.kl_divergence(
                torch.distributions.Normal(mean[image], variances[step].sqrt()), torch.distributions.Normal(0.0, 1.0)
            ).sum()
            for value, name in ((-squares / 0.4, "reconstruction"), (kl, "kl")):
                by_mean, by_variance = torch.autograd.grad(value, (mean, variances), retain_graph=True)
                assert torch.allclose(getattr(found, f"{name}_by_mean")[image, step], by_mean[image], rtol=1e-12)
                assert torch.allclose(getattr(found, f"{name}_by_variance")[image, step], by_variance[step], rtol=1e-12)


@pytest.mark.parametrize("latent", [3, 16])
def test_a_linear_decoder_in_a_network_has_the_closed_forms_forces(latent):
    """Whitened points are exact for a quadratic, and so are the slopes over them."""
    sampled, solved = linear_pair(latent)
    x, q = prior_images(solved, 2, 1), random_q(latent, 2, 2)
    found, truth = (forces(model, x, q.mean, q.variance) for model in (sampled, solved))
    assert found.accuracy == Accuracy.ESTIMATED
    for name in ("reconstruction_by_mean", "reconstruction_by_variance", "kl_by_mean", "kl_by_variance"):
        assert torch.allclose(getattr(found, name), getattr(truth, name), rtol=1e-9, atol=1e-9), name


def test_forces_of_a_network_of_three_latents_are_a_product_rules_slopes():
    scores = []
    for seed in range(12):
        model = network(3, seed=seed)
        x, q = prior_images(model, 1, seed), random_q(3, 1, seed, low=0.01, high=0.25)
        found = forces(model, x, q.mean, q.variance)
        slopes, errors = in_units_of_q(found, q.variance)
        step, truth = 1e-3, []
        for axis in torch.eye(3, dtype=torch.float64):
            ends = [DiagonalGaussian(q.mean + s * axis * q.variance.sqrt(), q.variance) for s in (step, -step)]
            truth.append(product_rule(model, x, ends[0], 24) - product_rule(model, x, ends[1], 24))
        for axis in torch.eye(3, dtype=torch.float64):
            ends = [DiagonalGaussian(q.mean, q.variance * (s * axis).exp()) for s in (step, -step)]
            truth.append(product_rule(model, x, ends[0], 24) - product_rule(model, x, ends[1], 24))
        scores.append((slopes[0, 0] - torch.cat(truth) / (2 * step)) / errors[0, 0])
    scores = torch.stack(scores)
    # Six standard errors from eight scrambles: Student's t with seven degrees of freedom, once in two thousand.
    assert (scores.abs() < 6).float().mean() > 0.95 and scores.abs().max() < 12
    assert 0.3 < scores.square().mean().sqrt() < 2


def balance(model: VAE, x: Tensor, beta: float) -> Tensor:
    """What is left over of the two forces at the best q, per standard deviation and per unit of log variance."""
    best = best_gaussian(model, x, beta)
    left = []
    for row in range(len(x)):
        here = slice(row, row + 1)
        found = forces(model, x[here], best.mean[here], best.variance[here])
        by_mean = found.reconstruction_by_mean - beta * found.kl_by_mean
        by_variance = found.reconstruction_by_variance - beta * found.kl_by_variance
        units = best.variance[here]
        left.append(torch.cat([by_mean[0] * units.sqrt(), by_variance[0] * units], dim=-1))
        # The forces that cancel are far larger.
        assert (found.kl_by_variance[0] * units).abs().max() > 0.1
    return torch.cat(left)


@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("name", ["humps", "digits-linear-8", "digits-2", "digits-16"])
def test_at_the_best_gaussian_the_forces_balance(name, beta):
    """What an ascent leaves: steps that no longer change the objective by 1e-5 β nats (1e-4 where noise is frozen).

    Near the summit the objective bends by 1 per squared standard deviation of the mean at least (q is as wide as that), so
    that a slope s is worth s² / 2 at most: √(2 · 1e-5) = 0.0045, or 0.014.
    """
    model = pretrained(name)
    if name == "humps":
        x = torch.tensor([[1.0]], dtype=torch.float64)
    else:
        x = mnist.grey(digits.test_digits().images[[0, 60, 120]]).double()
    allowed = 2 * beta * math.sqrt(2 * (1e-4 if name == "digits-16" else 1e-5))
    assert balance(model, x, beta).abs().max() < allowed


def test_forces_come_in_the_dtype_of_x_and_carry_no_gradient():
    model, x = pretrained("digits-2"), mnist.grey(digits.test_digits().images[:2])
    for dtype in (torch.float32, torch.float64):
        mean = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
        found = forces(model, x.to(dtype), mean, torch.tensor([0.01, 0.1, 1.0]))
        for field in dataclasses.fields(found)[:-1]:
            value = getattr(found, field.name)
            assert value.dtype == dtype and value.shape == (2, 3, 2) and not value.requires_grad


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_does_not_fit_is_refused():
    model, x = PROBLEMS[13].model(), PROBLEMS[13].x(2)
    mean = torch.zeros(2, 2, dtype=torch.float64)
    for variances in (torch.tensor([0.1, -0.1]), torch.ones(2, 3), torch.ones(2, 2, 2), torch.tensor([math.nan])):
        with pytest.raises(ValueError):
            forces(model, x, mean, variances.double())
        with pytest.raises(ValueError):
            sweep_gap(model, x, mean, variances.double(), evidence(model, x))
    with pytest.raises(ValueError, match="batch size"):
        sweep_gap(model, x, mean, torch.ones(3).double(), evidence(model, x[:1]))
    with pytest.raises(ValueError, match="x and q must have the same batch size; got 2 and 3"):
        forces(model, x, torch.zeros(3, 2, dtype=torch.float64), torch.ones(3).double())
