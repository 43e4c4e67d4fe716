"""More than two latents: estimates that know how wrong they are, judged by closed forms, product rules and Pyro."""

import math

import numpy as np
import pyro
import pytest
import torch
from pyro.distributions import Normal
from pyro.infer import RenyiELBO, TraceMeanField_ELBO
from torch import Tensor, nn

from tests.oracle_brute_force import images_of, random_network
from vaecore import (
    VAE,
    Accuracy,
    BernoulliPixels,
    DiagonalGaussian,
    Evidence,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    forces,
    gap,
    importance_bound,
    sweep_gap,
    sweep_variance,
)

SIX = 6.0  # standard errors: one false alarm in 5e8 were the errors Gaussian; estimated ones have wider tails
ROUNDING = 1e-11


def linear_pair(latent: int, pixels: int = 20, noise_variance: float = 0.2, seed: int = 0) -> tuple[VAE, VAE]:
    """The same linear decoder as a network, which must be sampled, and as itself, which is solved."""
    net = random_network([latent, pixels], nn.Identity, 2.0, seed)
    likelihood = GaussianPixels(noise_variance)
    return VAE(net, likelihood, latent), VAE(LinearDecoder(net[0].weight, net[0].bias), likelihood, latent)


def network(latent: int, seed: int = 0, pixels: int = 12, noise_variance: float = 0.2, scale: float = 2.0) -> VAE:
    net = random_network([latent, 16, pixels], nn.Tanh, scale, seed)
    return VAE(net, GaussianPixels(noise_variance), latent)


def random_q(latent: int, count: int, seed: int, low: float = 1e-3, high: float = 1.0) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(count, latent, generator=generator, dtype=torch.float64)
    logs = torch.rand(count, latent, generator=generator, dtype=torch.float64)
    return DiagonalGaussian(mean, low * (high / low) ** logs)


def prior_images(model: VAE, count: int, seed: int) -> Tensor:
    z = torch.randn(count, model.latent_dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return images_of(model, z, seed)


@torch.no_grad()
def product_rule(model: VAE, x: Tensor, q: DiagonalGaussian, nodes: int) -> Tensor:
    """E_q[log p(x|z)] of image i under q i by Gauss–Hermite in every dimension: nodes^latent points."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    grid = torch.cartesian_prod(*[torch.from_numpy(points)] * q.latent_dim)
    mass = torch.cartesian_prod(*[torch.from_numpy(weights / weights.sum())] * q.latent_dim).prod(-1)
    values = []
    for image, mean, variance in zip(x, q.mean, q.variance, strict=True):
        decoded = model.decoder(mean + variance.sqrt() * grid)
        noise = float(model.likelihood.variance)
        squares = (image - decoded).square().sum(-1)
        values.append(mass @ (-squares / (2 * noise) - 0.5 * x.shape[-1] * math.log(2 * math.pi * noise)))
    return torch.stack(values)


@pytest.mark.parametrize("latent", [3, 8, 16, 32])
def test_elbo_of_a_linear_decoder_in_a_network_agrees_with_the_closed_form(latent):
    sampled, solved = linear_pair(latent)
    x, q = prior_images(solved, 4, seed=1), random_q(latent, 4, seed=2)
    estimate, truth = elbo(sampled, x, q), elbo(solved, x, q)
    assert (estimate.accuracy, truth.accuracy) == (Accuracy.ESTIMATED, Accuracy.EXACT)
    wrong = (estimate.elbo - truth.elbo).abs()
    assert (wrong <= SIX * estimate.error + ROUNDING * truth.reconstruction.abs()).all()
    assert torch.equal(estimate.kl, truth.kl)
    assert estimate.error.shape == (4,) and (estimate.error >= 0).all()


@pytest.mark.parametrize("latent", [3, 8, 16, 32])
def test_estimates_are_exact_where_the_log_likelihood_is_quadratic(latent):
    sampled, solved = linear_pair(latent)
    x, q = prior_images(solved, 4, seed=1), random_q(latent, 4, seed=2)
    estimate, truth = elbo(sampled, x, q), elbo(solved, x, q)
    # Control variates explain a quadratic completely.
    assert torch.allclose(estimate.reconstruction, truth.reconstruction, rtol=ROUNDING, atol=0)
    assert (estimate.error <= ROUNDING * truth.reconstruction.abs()).all()


@pytest.mark.parametrize("latent", [3, 8, 16])
def test_evidence_of_a_linear_decoder_in_a_network_agrees_with_the_closed_form(latent):
    sampled, solved = linear_pair(latent)
    x = prior_images(solved, 4, seed=3)
    estimate, truth = evidence(sampled, x), evidence(solved, x)
    assert estimate.accuracy == Accuracy.LOWER_BOUND and estimate.tables is None
    # An importance bound lies below in the mean; its spread tells by how much a single one may stray upwards.
    assert (estimate.value <= truth.value + SIX * estimate.error).all()
    # And it is worth its name: a thousand weighted draws close at least three quarters of the best Gaussian's gap.
    room = truth.value - elbo(solved, x, best_gaussian(solved, x)).elbo
    assert (truth.value - estimate.value <= 0.25 * room).all()


@pytest.mark.parametrize("latent", [3, 8, 16])
def test_gap_of_a_linear_decoder_in_a_network_agrees_with_the_closed_form(latent):
    sampled, solved = linear_pair(latent)
    x, q = prior_images(solved, 4, seed=1), random_q(latent, 4, seed=2)
    known, exact = evidence(sampled, x), evidence(solved, x)
    found, truth = gap(sampled, x, q, known), gap(solved, x, q, exact)
    assert (found.accuracy, truth.accuracy) == (Accuracy.LOWER_BOUND, Accuracy.EXACT)
    # The evidence is a bound from below here, and its shortfall is the gap's.
    short = exact.value - known.value
    allowed = SIX * found.error + ROUNDING * truth.value.abs() + short.clamp_min(0)
    assert ((found.value - truth.value).abs() <= allowed).all()


def test_gap_has_noise_of_its_own_and_says_how_much():
    """log p(x) cancels, so the books are out by two independent estimates of one average; z as in the eighty problems."""
    scores = []
    for seed in range(80):
        model = network(3, seed=seed, scale=1.5)
        x, q = prior_images(model, 1, seed=seed), random_q(3, 1, seed=seed, low=0.01, high=0.3)
        known = Evidence(torch.zeros(1).double(), torch.zeros(1).double(), Accuracy.ESTIMATED, None)
        terms, room = elbo(model, x, q), gap(model, x, q, known)
        scores.append(float((terms.elbo + room.value) / (terms.error.square() + room.error.square()).sqrt()))
    # Between those of a t of 7 and of 14 degrees of freedom, 1.4 and 1.17, with 80 draws' own spread.
    assert 0.5 < np.mean(np.square(scores)) < 3


def test_another_noise_of_the_pixels_gives_the_numbers_that_a_fresh_model_gives():
    """What is kept of one σₓ serves every other: the numbers must not remember which came first."""
    model, variances = network(5, seed=25), torch.logspace(-4, 0, 40, dtype=torch.float64)
    x, mean = prior_images(model, 1, seed=3), random_q(5, 1, seed=4).mean

    def asked(model: VAE) -> list[Tensor]:
        known = evidence(model, x)
        slopes, room = forces(model, x, mean, variances), sweep_gap(model, x, mean, variances, known)
        swept, best = sweep_variance(model, x, mean, variances), best_gaussian(model, x)
        both = [swept.reconstruction, swept.error, slopes.reconstruction_by_mean, slopes.reconstruction_by_variance]
        return [*both, slopes.mean_error, room.value, room.error, known.value, best.mean, best.variance]

    asked(model)
    others = asked(model.with_likelihood(GaussianPixels(0.02)))
    fresh = asked(network(5, seed=25, noise_variance=0.02))
    for other, one in zip(others, fresh, strict=True):
        assert torch.allclose(other, one, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("latent", [3, 4])
def test_elbo_of_a_network_agrees_with_a_product_rule(latent):
    nodes = {3: 40, 4: 18}[latent]
    model = network(latent, seed=latent)
    x, q = prior_images(model, 4, seed=4), random_q(latent, 4, seed=5, high=0.25)
    truth = product_rule(model, x, q, nodes)
    estimate = elbo(model, x, q)
    # How far the product rule itself still moves between two sizes.
    unsure = (truth - product_rule(model, x, q, nodes - 4)).abs()
    assert (unsure < 0.1 * estimate.error + 1e-6).all()
    assert ((estimate.reconstruction - truth).abs() <= SIX * estimate.error + unsure).all()


@pytest.mark.parametrize("latent", [5, 16])
def test_elbo_of_a_network_agrees_with_a_million_plain_samples(latent):
    model = network(latent, seed=10 + latent)
    x, q = prior_images(model, 1, seed=6), random_q(latent, 1, seed=7)
    noise = torch.randn(10**6, latent, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    with torch.no_grad():
        values = torch.cat([
            model.likelihood.log_prob(x, model.decode(q.mean + q.variance.sqrt() * part)) for part in noise.split(50_000)
        ])  # fmt: skip
    estimate = elbo(model, x, q)
    error = math.sqrt(float(estimate.error) ** 2 + float(values.var()) / len(values))
    assert abs(float(estimate.reconstruction) - float(values.mean())) <= SIX * error
    # What Sobol points are for: no worse than this many plain samples would be for the number of points they are.
    assert float(estimate.error) < float(values.std()) / math.sqrt(64)


def test_bernoulli_elbo_agrees_with_plain_samples():
    net = random_network([6, 16, 20], nn.SiLU, 2.0, 3)
    model = VAE(net, BernoulliPixels(), 6)
    x, q = prior_images(model, 1, seed=6), random_q(6, 1, seed=7)
    noise = torch.randn(400_000, 6, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
    with torch.no_grad():
        values = torch.distributions.Bernoulli(logits=net(q.mean + q.variance.sqrt() * noise)).log_prob(x).sum(-1)
    estimate = elbo(model, x, q)
    error = math.sqrt(float(estimate.error) ** 2 + float(values.var()) / len(values))
    assert abs(float(estimate.reconstruction) - float(values.mean())) <= SIX * error


def test_standard_errors_are_honest_over_eighty_problems():
    """z = (estimate − truth) / error must have a mean square near 1: χ² bounds for 80 independent draws.

    Errors come from a handful of scrambles, so z follows Student's t rather than a Gaussian: with ν ≥ 7 its mean square is
    at most 7/5. Whitening adds a bias of order 1/points. Both are in the upper bound, at odds of one in a million.
    """
    scores = []
    for seed in range(80):
        model = network(3, seed=seed, scale=1.5)
        x, q = prior_images(model, 1, seed=seed), random_q(3, 1, seed=seed, low=0.01, high=0.3)
        estimate, truth = elbo(model, x, q), product_rule(model, x, q, 24)
        scores.append(float((estimate.reconstruction - truth) / estimate.error))
    squares = np.mean(np.square(scores))
    student = np.random.default_rng(0).standard_t(7, (200_000, 80))
    means = np.square(student).mean(-1)
    # Extremes of 200,000 sets of 80 draws from t₇: odds of 5e-6 on either side.
    assert means.min() * 0.25 < squares < means.max(), f"mean square {squares:.2f}"


@pytest.mark.parametrize("latent", [3, 16])
def test_a_sweep_is_elbo_step_by_step(latent):
    model = network(latent, seed=20)
    x, mean = prior_images(model, 3, seed=9), random_q(latent, 3, seed=10).mean
    sweep = sweep_variance(model, x, mean, torch.logspace(-4, math.log10(4), 9, dtype=torch.float64))
    for step in range(9):
        terms = elbo(model, x, DiagonalGaussian(mean, sweep.variances[step].expand_as(mean).clone()))
        # The noise is frozen, so the same points give the same number, rounding aside.
        assert torch.allclose(sweep.reconstruction[:, step], terms.reconstruction, rtol=1e-12)
        assert torch.allclose(sweep.error[:, step], terms.error, rtol=1e-6, atol=1e-10)


def test_frozen_noise_makes_a_curve_smooth():
    model = network(8, seed=21)
    x, mean = prior_images(model, 1, seed=11), torch.zeros(1, 8, dtype=torch.float64)
    variances = torch.logspace(-1, 0, 200, dtype=torch.float64)
    sweep = sweep_variance(model, x, mean, variances)
    jitter = sweep.reconstruction[0].diff(n=2).abs().max()
    # Second differences of a curve of fresh estimates would be √6 of its standard error.
    assert jitter < 0.1 * sweep.error.max()


def test_a_batch_is_its_images_one_by_one():
    model = network(5, seed=22)
    x, q = prior_images(model, 3, seed=12), random_q(5, 3, seed=13)
    together, bound = elbo(model, x, q), importance_bound(model, x, q, 10, 0)
    for row in range(3):
        here = slice(row, row + 1)
        one = DiagonalGaussian(q.mean[here], q.variance[here])
        assert torch.allclose(elbo(model, x[here], one).elbo, together.elbo[here], rtol=1e-12)
        assert torch.allclose(importance_bound(model, x[here], one, 10, 0).value, bound.value[here], rtol=1e-12)


def test_float32_models_agree_with_their_float64_twins():
    double = network(6, seed=23, noise_variance=0.01)
    single = VAE(random_network([6, 16, 12], nn.Tanh, 2.0, 23, torch.float32), GaussianPixels(0.01), 6)
    x, q = prior_images(double, 3, seed=14), random_q(6, 3, seed=15)
    near = elbo(single, x.float(), DiagonalGaussian(q.mean.float(), q.variance.float()))
    assert near.reconstruction.dtype == near.error.dtype == torch.float32
    truth = elbo(double, x, q).reconstruction
    # Images, weights, q and every unit are rounded to 6e-8; a few of those in the residual, doubled by the square.
    assert ((near.reconstruction.double() - truth).abs() <= 50 * 2.0**-24 * truth.abs() + 1e-3).all()


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_the_best_gaussian_of_a_linear_decoder_in_a_network_is_the_closed_forms(beta):
    sampled, solved = linear_pair(4)
    x = prior_images(solved, 3, seed=16)
    ours, truth = best_gaussian(sampled, x, beta), best_gaussian(solved, x, beta)

    def objective(q: DiagonalGaussian) -> Tensor:
        terms = elbo(solved, x, q)
        return terms.reconstruction - beta * terms.kl.sum(-1)

    assert (objective(truth) - objective(ours)).max() < 1e-3 * max(1.0, beta)


def test_no_small_change_improves_the_best_gaussian():
    model = network(4, seed=24)
    x = prior_images(model, 3, seed=17)
    best = best_gaussian(model, x)
    top = elbo(model, x, best)
    generator = torch.Generator().manual_seed(18)
    for size in (0.03, 0.1, 0.3):
        for _ in range(10):
            step, stretch = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64) * size
            other = elbo(model, x, DiagonalGaussian(best.mean + best.variance.sqrt() * step, best.variance * stretch.exp()))
            assert (other.elbo <= top.elbo + 1e-3 + 2 * (top.error + other.error)).all()


def best_by_product_rule(model: VAE, x: Tensor, start: DiagonalGaussian) -> DiagonalGaussian:
    """The best q of three latents by L-BFGS on the ELBO of ten Gauss–Hermite nodes per dimension."""
    points, weights = np.polynomial.hermite_e.hermegauss(10)
    grid = torch.cartesian_prod(*[torch.from_numpy(points)] * 3)
    mass = torch.cartesian_prod(*[torch.from_numpy(weights / weights.sum())] * 3).prod(-1)
    mean, logs = (value.clone().requires_grad_() for value in (start.mean, start.variance.log()))
    search = torch.optim.LBFGS([mean, logs], max_iter=100, line_search_fn="strong_wolfe", tolerance_change=1e-12)

    def minus_elbo() -> Tensor:
        search.zero_grad()
        decoded = model.decoder(mean[:, None] + (0.5 * logs).exp()[:, None] * grid)
        squares = (x[:, None] - decoded).square().sum(-1) @ mass
        value = (squares / (2 * float(model.likelihood.variance))).sum() + 0.5 * (
            mean.square() + logs.exp() - 1 - logs
        ).sum()
        value.backward()
        return value

    search.step(minus_elbo)
    return DiagonalGaussian(mean.detach(), logs.detach().exp())


def test_the_best_gaussian_loses_less_than_a_thousandth_of_a_nat_on_average():
    """By the noise of its points: a quarter of them would lose three times as much."""
    lost = []
    for seed in range(6):
        model = network(3, seed=seed)
        x = prior_images(model, 4, seed=seed)
        found = best_gaussian(model, x)
        elbos = [
            product_rule(model, x, q, 10) - 0.5 * (q.mean.square() + q.variance - 1 - q.variance.log()).sum(-1)
            for q in (best_by_product_rule(model, x, found), found)
        ]
        lost.append(elbos[0] - elbos[1])
    assert torch.cat(lost).min() > -1e-6 and torch.cat(lost).mean() < 1e-3


# --- the importance bound --------------------------------------------------------------------------------------------


def problem_c() -> tuple[VAE, Tensor, DiagonalGaussian]:
    weight = torch.tensor([[1, 0], [0.5, 1], [0, -1]], dtype=torch.float64)
    decoder = LinearDecoder(weight, torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64))
    x = torch.tensor([[1, 0.5, -0.5]], dtype=torch.float64)
    q = DiagonalGaussian(torch.tensor([[1.0, 0]]).double(), torch.tensor([[0.5, 2]]).double())
    return VAE(decoder, GaussianPixels(0.5), 2), x, q


def test_the_bound_of_one_sample_is_the_elbo():
    model, x, q = problem_c()
    bound = importance_bound(model, x, q, 1, seed=0, replicates=20_000)
    assert abs(bound.value - elbo(model, x, q).elbo) < SIX * bound.error


def test_the_bound_rises_with_the_samples_towards_the_evidence():
    model, x, q = problem_c()
    bounds = [importance_bound(model, x, q, samples, seed=1, replicates=4000) for samples in (1, 3, 10, 30, 100)]
    value, error = (torch.cat([getattr(bound, field) for bound in bounds]) for field in ("value", "error"))
    # These rises are ten and more standard errors, so each single one must show.
    assert (value.diff() > 0).all()
    truth = evidence(model, x).value
    assert (value <= truth + SIX * error).all()
    assert (truth - value[-1]) < 0.2 * (truth - value[0])


def test_the_bound_is_tight_from_the_posterior_itself():
    decoder = LinearDecoder(torch.ones(1, 1).double(), torch.zeros(1).double())
    model, x = VAE(decoder, GaussianPixels(1.0), 1), torch.full((1, 1), 2.0).double()
    bound = importance_bound(model, x, DiagonalGaussian(torch.ones(1, 1).double(), torch.full((1, 1), 0.5).double()), 5, 0)
    # Every weight is p(x): no variance at all.
    assert bound.value.item() == pytest.approx(-2.2655121234846454, abs=1e-12)
    assert bound.error.item() < 1e-12


@pytest.mark.parametrize("latent", [3, 12])
def test_the_bound_lies_below_the_evidence_in_more_latents(latent):
    sampled, solved = linear_pair(latent)
    x = prior_images(solved, 5, seed=19)
    best = best_gaussian(solved, x)
    wide = DiagonalGaussian(best.mean, 1.3 * best.variance)
    bound = importance_bound(sampled, x, wide, 200, seed=2)
    assert (bound.value <= evidence(solved, x).value + SIX * bound.error).all()
    assert (bound.value >= elbo(solved, x, wide).elbo - SIX * bound.error).all()


def test_a_seed_gives_the_same_bound_and_another_seed_another():
    model, x, q = problem_c()
    first, again, other = (importance_bound(model, x, q, 5, seed) for seed in (7, 7, 8))
    assert torch.equal(first.value, again.value) and torch.equal(first.error, again.error)
    assert not torch.equal(first.value, other.value)


def test_the_seed_leaves_torchs_own_generator_alone():
    model, x, q = problem_c()
    before = torch.random.get_rng_state()
    importance_bound(model, x, q, 5, seed=7)
    evidence(network(3), torch.zeros(1, 12).double())
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_error_of_the_bound_is_its_spread_over_seeds():
    model, x, q = problem_c()
    bounds = [importance_bound(model, x, q, 4, seed, replicates=64) for seed in range(200)]
    spread = torch.cat([bound.value for bound in bounds]).std()
    said = torch.cat([bound.error for bound in bounds]).square().mean().sqrt()
    # A standard deviation of 200 draws is known to 5 %, its judge likewise; the weights' tails double that.
    assert 0.6 < spread / said < 1.6


def test_what_cannot_be_drawn_is_refused():
    model, x, q = problem_c()
    with pytest.raises(ValueError, match=r"samples must be at least 1; got 0"):
        importance_bound(model, x, q, 0, seed=0)
    with pytest.raises(ValueError, match=r"replicates must be at least 2; got 1"):
        importance_bound(model, x, q, 5, seed=0, replicates=1)


# --- Pyro, an independent library ------------------------------------------------------------------------------------


def pyro_model(x: Tensor) -> None:
    weight = torch.tensor([[1, 0], [0.5, 1], [0, -1]], dtype=torch.float64)
    bias = torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64)
    z = pyro.sample("z", Normal(torch.zeros(2).double(), torch.ones(2).double()).to_event(1))
    # Pyro's vectorised particles put a dimension to the left of everything.
    pyro.sample("x", Normal(z @ weight.T + bias, math.sqrt(0.5)).to_event(1), obs=x)


def pyro_guide(x: Tensor) -> None:
    scale = torch.tensor([0.5, 2], dtype=torch.float64).sqrt()
    pyro.sample("z", Normal(torch.tensor([1.0, 0]).double(), scale).to_event(1))


@pytest.fixture
def pyro_seed():
    """Pyro knows only torch's global seed; it is put back."""
    state = torch.random.get_rng_state()
    pyro.set_rng_seed(0)
    yield
    torch.random.set_rng_state(state)


def pyro_estimates(objective, repeats: int) -> Tensor:
    _, x, _ = problem_c()
    return torch.tensor([-objective.loss(pyro_model, pyro_guide, x[0]) for _ in range(repeats)])


def test_pyros_mean_field_elbo_agrees_on_problem_c(pyro_seed):
    model, x, q = problem_c()
    objective = TraceMeanField_ELBO(num_particles=2000, vectorize_particles=True, max_plate_nesting=0)
    values = pyro_estimates(objective, 30)
    assert abs(values.mean() - elbo(model, x, q).elbo.item()) < SIX * values.std() / math.sqrt(30)


def test_pyros_importance_bound_agrees_on_problem_c(pyro_seed):
    model, x, q = problem_c()
    values = pyro_estimates(RenyiELBO(alpha=0, num_particles=5, vectorize_particles=True, max_plate_nesting=0), 2000)
    bound = importance_bound(model, x, q, 5, seed=3, replicates=4000)
    error = math.sqrt(float(values.var()) / 2000 + float(bound.error) ** 2)
    assert abs(values.mean() - bound.value.item()) < SIX * error
