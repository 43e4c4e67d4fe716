"""Above two latents: whether errors are true, judged by moments of Gaussians, closed forms and grids in three dimensions."""

import math

import pytest
import torch
from torch import Tensor, nn

from tests.oracle_brute_force import random_network
from tests.test_sobol import linear_pair, network, prior_images, product_rule, random_q
from vaecore import (
    VAE,
    Accuracy,
    DiagonalGaussian,
    Evidence,
    GaussianPixels,
    elbo,
    evidence,
    evidence_bounds,
    gap,
    load,
    mean_elbo,
    sweep_variance,
)
from vaecore.data import digits, mnist
from vaecore.evaluate.control_variates import FixedControls, cross_fitted
from vaecore.evaluate.importance import StudentMixture, WeightedEstimate
from vaecore.evaluate.sobol import SobolSampling
from vaecore.evaluate.sobol_points import normal_sobol


class Square(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return z.square()


@pytest.mark.parametrize("latents", [4, 16, 64, 256])
@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (0.0, 0.1), (0.7, 0.3)])
def test_few_points_against_latents_leave_no_bias(latents, mean, variance):
    """f(z) = z² about x = 1: E[(z² − 1)²] from the moments of a Gaussian; whitened points were off by 3 to 90 errors."""
    model = VAE(Square().double(), GaussianPixels(0.2), latents)
    q = DiagonalGaussian(torch.full((1, latents), mean).double(), torch.full((1, latents), variance).double())
    second = mean**2 + variance
    fourth = mean**4 + 6 * mean**2 * variance + 3 * variance**2
    truth = -latents * ((fourth - 2 * second + 1) / 0.4 + 0.5 * math.log(2 * math.pi * 0.2))
    terms = elbo(model, torch.ones(1, latents).double(), q)
    # Student's t of seven degrees of freedom exceeds 4 in either direction with a probability of 0.005.
    assert abs(float(terms.reconstruction) - truth) < 4 * float(terms.error)
    assert 0 < float(terms.error) < 0.1 * abs(truth)


def test_sobol_points_are_normal_one_by_one():
    """Over many scrambles every point has mean 0 and variance 1; of whitened points the fourth moment is wrong."""
    points = normal_sobol(5, 32, 400)
    for moment, truth, spread in ((1, 0, 1), (2, 1, 2**0.5), (4, 3, 96**0.5)):
        found = points.pow(moment).mean(0)  # over scrambles, which are independent
        assert ((found - truth).abs() < 5.5 * spread / 20).all()


def test_cross_fitting_adds_no_bias_and_removes_what_controls_explain():
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(4, 2000, 8, generator=generator, dtype=torch.float64)  # scrambles, columns, points
    squares = noise.square() - 1
    linear = FixedControls.of(noise[:, :, None])
    quartic = cross_fitted(noise[None].pow(4), linear, squares[None])[0].mean(0)
    assert abs(quartic.mean() - 3) < 5 * quartic.std() / 2000**0.5
    quadratic = cross_fitted(2 + 3 * noise[None] - noise[None].square(), linear, squares[None])
    assert torch.allclose(quadratic, torch.ones(()).double(), atol=1e-9)
    zeros = torch.zeros_like(noise)
    nothing = cross_fitted(noise[None], FixedControls.of(zeros[:, :, None]), zeros[None])
    assert torch.allclose(nothing[0], noise.mean(-1), atol=1e-12)


def cube_evidence(model: VAE, x: Tensor) -> Tensor:
    """log p(x) of three latents by an even grid of 73³ points that reaches five standard deviations of the prior."""
    axis = torch.linspace(-5, 5, 73, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis, axis)
    noise = float(model.likelihood.variance)
    log_prior = -0.5 * z.square().sum(-1) - 1.5 * math.log(2 * math.pi) + 3 * math.log(10 / 72)
    with torch.no_grad():
        decoded = model.decoder(z)
    squares = torch.cdist(x, decoded).square()
    logs = -squares / (2 * noise) - 0.5 * x.shape[-1] * math.log(2 * math.pi * noise) + log_prior
    return logs.logsumexp(-1)


def test_evidence_lies_within_two_standard_errors_in_nine_of_ten_cases():
    """20 random networks × 10 images; posteriors a few grid spacings wide."""
    scores, reliable = [], []
    for seed in range(20):
        model = network(3, seed=seed, noise_variance=0.5, scale=1.5)
        x = prior_images(model, 10, seed=seed)
        found, truth = evidence(model, x), cube_evidence(model, x)
        assert found.accuracy is Accuracy.LOWER_BOUND
        assert (found.error > 0).all()
        scores.append((found.value - truth) / found.error)
        reliable.append(found.pareto_k <= 0.7)
    z = torch.cat(scores).abs()
    print(f"within 1: {(z <= 1).double().mean():.3f}, within 2: {(z <= 2).double().mean():.3f}")
    assert torch.cat(reliable).double().mean() > 0.8
    # Of 200 independent Gaussian scores 95 % would be within 2 and 68 % within 1.
    assert (z <= 2).double().mean() >= 0.9 and (z <= 1).double().mean() >= 0.55
    assert 0.5 < z.square().mean() < 1.8


@pytest.mark.parametrize("latent", [8, 16, 32])
def test_evidence_of_linear_networks_lies_within_its_error(latent):
    sampled, solved = linear_pair(latent)
    x = prior_images(solved, 12, seed=3)
    found, truth = evidence(sampled, x), evidence(solved, x)
    z = (found.value - truth.value) / found.error
    assert (z.abs() < 4.5).all() and z.square().mean() < 2.5
    assert (found.error < 0.05).all()


def test_errors_of_a_sweep_hold_at_every_width():
    """20 random networks of three latents × 5 images, at variances between the nodes of the interpolation."""
    variances, scores = torch.logspace(-6, 0, 241).double(), []
    for seed in range(20):
        model = network(3, seed=seed, noise_variance=0.5, scale=1.5)
        x, mean = prior_images(model, 5, seed=seed), random_q(3, 5, seed=seed).mean
        sweep = sweep_variance(model, x, mean, variances)
        for step in range(100, 200, 13):  # narrower, rounding decides; wider, the product rule is not exact
            q = DiagonalGaussian(mean, variances[step].expand_as(mean))
            scores.append((sweep.reconstruction[:, step] - product_rule(model, x, q, 20)) / sweep.error[:, step])
    z = torch.stack(scores).abs()
    assert (z <= 2).double().mean() >= 0.9 and 0.3 < z.square().mean() < 1.8


def test_of_a_gaussian_posterior_the_first_draws_are_even_enough():
    """The proposal has the posterior's covariance: one round of draws, each worth nearly a whole one."""
    sampled, solved = linear_pair(8)
    for weights in SobolSampling(sampled).weighted(prior_images(solved, 4, seed=2)):
        relative = (weights.log_weights - weights.value).exp()
        assert len(relative) == 4096
        assert relative.sum() ** 2 / relative.square().sum() > 0.5 * 4096


def test_both_bounds_hold_and_are_near_on_the_digits():
    model = load("digits-16")
    found = evidence_bounds(model, mnist.grey(digits.test_digits().images[::13]))
    assert (found.upper - found.lower <= 0.5).all() and (found.upper > found.lower).all()
    assert (found.lower_error < 0.03).all() and (found.pareto_k < 0.7).all()


def test_the_upper_bound_is_above_the_truth():
    model = network(3, seed=4, noise_variance=0.5, scale=1.5)
    x = prior_images(model, 10, seed=4)
    truth, found = cube_evidence(model, x), evidence_bounds(model, x)
    assert (found.lower <= truth + 4 * found.lower_error).all() and (truth <= found.upper + 4 * found.upper_error).all()
    exact = linear_pair(3)[1]
    same = evidence_bounds(exact, prior_images(exact, 2, seed=1))
    assert torch.equal(same.lower, same.upper)


def test_the_lower_bound_is_what_jensen_says():
    """Weights that are exp of N(0, s²): log of the mean is s²/2, the χ² bound s²."""
    logs = 0.5 * torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = WeightedEstimate(logs)
    assert abs(found.value - 0.125) < 5 * found.error and abs(found.upper - 0.25) < 5 * found.upper_error
    assert abs(found.error - math.sqrt(math.expm1(0.25) / 200_000)) < 0.05 * found.error


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_pareto_k_is_that_of_pareto_weights(shape):
    uniform = torch.rand(100_000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = WeightedEstimate(-shape * uniform.log())  # Pareto weights u^(−k)
    assert abs(float(found.pareto_k) - shape) < 0.15  # its standard error with 949 tail draws is (1 + k) / √949
    assert float(WeightedEstimate(torch.zeros(1000).double()).pareto_k) == -math.inf


def test_draws_of_a_mixture_are_those_of_its_density():
    """E[1] = ∫ r(z) dz = 1 under another density, and the draws' moments are the mixture's."""
    factors = torch.tensor([[[1.0, 0], [0.5, 0.8]], [[0.4, 0], [0, 0.6]]]).double()
    mixture = StudentMixture(torch.tensor([[0.0, 1], [3, 0]]).double(), factors, torch.tensor([0.7, 0.3]).double(), 8)
    z = mixture.draw(200_000, 0)
    assert torch.allclose(z.mean(0), torch.tensor([0.9, 0.7]).double(), atol=0.02)
    axis = torch.linspace(-14, 17, 901, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    assert abs(float(mixture.log_prob(grid).exp().sum()) * (31 / 900) ** 2 - 1) < 2e-3
    within = (grid.norm(dim=-1) < 1).double() @ mixture.log_prob(grid).exp() * (31 / 900) ** 2
    assert abs(float((z.norm(dim=-1) < 1).double().mean() - within)) < 0.005
    # The same mixture of Gaussians: its density, and with it the mean of what controls the weights.
    assert abs(float(mixture.log_gaussian(grid).exp().sum()) * (31 / 900) ** 2 - 1) < 1e-6
    ratio = (mixture.log_gaussian(z) - mixture.log_prob(z)).exp()
    assert abs(ratio.mean() - 1) < 5 * ratio.std() / len(z) ** 0.5


def test_a_control_of_the_weights_adds_no_bias_and_takes_out_what_it_explains():
    """Weights w = 1.5 c + noise, where c has the mean 1: log 1.5, from few draws, again and again."""
    generator = torch.Generator().manual_seed(0)
    found = []
    for _ in range(2000):
        logs, noise = 0.6 * torch.randn(2, 64, generator=generator, dtype=torch.float64)
        weights = 1.5 * (logs - 0.18).exp() * (noise.tanh() * 0.1 + 1)
        found.append(WeightedEstimate(weights.log(), logs - 0.18))
    value, error = (torch.stack([getattr(one, name) for one in found]) for name in ("value", "error"))
    assert abs(value.exp().mean() - 1.5) < 5 * value.exp().std() / 2000**0.5
    assert 0.9 < value.std() / error.square().mean().sqrt() < 1.15
    plain = torch.stack([WeightedEstimate(one.log_weights).value for one in found])
    assert value.std() < 0.25 * plain.std()


def test_the_gaps_error_holds_the_evidences():
    model = network(4, seed=3)
    x, q = prior_images(model, 2, seed=1), random_q(4, 2, seed=2)
    sure, unsure = (
        gap(model, x, q, Evidence(torch.zeros(2).double(), torch.full((2,), e).double(), Accuracy.LOWER_BOUND, None)).error
        for e in (0.0, 30.0)
    )
    assert torch.allclose(unsure, (sure.square() + 900).sqrt(), rtol=1e-6)


def test_the_mean_of_a_batch_has_its_own_error():
    """Images share their noise: naive errors of the mean are too small, the one that is given is right."""
    own, naive = [], []
    for seed in range(30):
        model = network(3, seed=seed, scale=1.5)
        x, q = prior_images(model, 12, seed=seed), random_q(3, 1, seed=seed, low=0.01, high=0.3)
        q = DiagonalGaussian(q.mean.expand(12, -1), q.variance.expand(12, -1))
        *_, found = mean_elbo(model, x, q=q, chunk=5)
        wrong = found.reconstruction - float(product_rule(model, x, q, 24).mean())
        own.append(wrong / found.computing_error)
        naive.append(wrong / (float(elbo(model, x, q).error.square().sum().sqrt()) / 12))
    own, naive = (torch.tensor(scores).square().mean() for scores in (own, naive))
    assert 0.3 < own < 3 < naive


def test_the_mean_of_a_batch_is_the_mean_whatever_the_chunk():
    for model in (
        network(3, seed=5),
        linear_pair(3)[1],
        VAE(random_network([2, 8, 6], nn.Tanh, 1.0, 0), GaussianPixels(0.1), 2),
    ):
        x, q = prior_images(model, 7, seed=1), random_q(model.latent_dim, 7, seed=2)
        steps = list(mean_elbo(model, x, q=q, chunk=3))
        terms = elbo(model, x, q)
        assert [step.images for step in steps] == [3, 6, 7]
        assert abs(steps[-1].elbo - float(terms.elbo.mean())) < 1e-9 * abs(steps[-1].elbo) + 1e-9
        assert abs(steps[-1].sampling_error - float(terms.elbo.std()) / 7**0.5) < 1e-9
        (alone,) = mean_elbo(model, x, q=q)
        assert abs(alone.computing_error - steps[-1].computing_error) < 1e-9
    with pytest.raises(ValueError, match="at least one image"):
        next(mean_elbo(model, x[:0], q=q))
