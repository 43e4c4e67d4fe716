"""One or two latents: every number within a thousandth of a nat of brute force, for networks drawn at random.

The reference (oracle_brute_force) shares no code with vaecore, and is itself tested here on what can be solved.
"""

import functools
import gc
import itertools
import math
import weakref
from dataclasses import dataclass, fields

import pytest
import torch
from torch import nn

from tests.oracle_brute_force import BruteEvidence, BruteExpectation, BruteForce, images_of, random_network
from vaecore import (
    VAE,
    Accuracy,
    BernoulliPixels,
    DiagonalGaussian,
    Forces,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    forces,
    gap,
    log_joint,
    sweep_gap,
    sweep_variance,
)
from vaecore.evaluate.quadrature import evidence as evidence_module

NATS, SHARE = 1e-3, 1e-5  # what is promised: a thousandth of a nat, or this share of the value where that is more
SLOPES_SHARE = 1e-3  # the same of slopes, per standard deviation or unit of log variance: NATS, or this share
ROUNDING = 1e-11  # of a float64 sum, as a share of its value; far above n·2⁻⁵³ for the sums here
UNSURE = (
    4  # times the last halving's step: all that is left to a smooth integrand is far less, to a kinked one a share of it
)


@dataclass(frozen=True)
class Problem:
    """A random decoder and a few images for it."""

    latent: int
    pixels: int
    widths: tuple[int, ...]
    activation: type[nn.Module]
    scale: float  # of weights and biases; 1 is torch's default
    noise: float | None  # σₓ, None for Bernoulli pixels
    images: str = "own"  # of the prior's points; "far": of points outside [−5, 5]; "foreign": not of this decoder
    seed: int = 0

    def __str__(self) -> str:
        noise = "bernoulli" if self.noise is None else f"sigma{self.noise}"
        shape = "x".join(map(str, (self.latent, *self.widths, self.pixels)))
        return f"{shape}-{self.activation.__name__}-scale{self.scale}-{noise}-{self.images}-{self.seed}"

    def model(self, dtype: torch.dtype = torch.float64) -> VAE:
        sizes = (self.latent, *self.widths, self.pixels)
        likelihood = BernoulliPixels() if self.noise is None else GaussianPixels(self.noise**2)
        return VAE(random_network(sizes, self.activation, self.scale, self.seed, dtype), likelihood, self.latent)

    def x(self, count: int = 3) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1000 + self.seed)
        z = torch.randn(count, self.latent, generator=generator, dtype=torch.float64)
        if self.images == "far":
            z = torch.tensor([[6.5, -5.7], [-6.0, 0.5], [5.5, 6.5]], dtype=torch.float64)[:count, : self.latent]
        if self.images == "foreign":
            grey = torch.rand(count, self.pixels, generator=generator, dtype=torch.float64)
            return (grey > 0.7).double() if self.noise is None else grey
        return images_of(self.model(), z, self.seed)

    def states(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Means and variances of q: corners of what is promised, and draws between them, isotropic and not."""
        generator = torch.Generator().manual_seed(2000 + self.seed)
        latent = self.latent
        corners = [([4.0, -4.0], [4.0, 4.0]), ([0.3, -0.2], [1e-4, 1e-4]), ([-1.0, 4.0], [4.0, 1e-4])]
        states = [(torch.tensor(m[:latent]).double(), torch.tensor(v[:latent]).double()) for m, v in corners]
        for _ in range(4):
            mean = 8 * torch.rand(latent, generator=generator, dtype=torch.float64) - 4
            log_variance = math.log(1e-4) + math.log(4e4) * torch.rand(latent, generator=generator, dtype=torch.float64)
            states.append((mean, log_variance.exp()))
        return states


PROBLEMS = [
    Problem(1, 1, (32,), nn.Tanh, 3, 0.1),
    Problem(1, 1, (64,), nn.SiLU, 4, 0.3, seed=1),
    Problem(1, 2, (16, 16), nn.ReLU, 3, 0.2, seed=2),
    Problem(1, 20, (32,), nn.Tanh, 4, 0.5, seed=3),
    Problem(1, 100, (32, 32), nn.SiLU, 2, 0.1, seed=4),
    Problem(1, 784, (128,), nn.Tanh, 1, 0.1, seed=5),
    Problem(1, 784, (64, 64), nn.ReLU, 1, 1.0, seed=6),
    Problem(1, 784, (64,), nn.SiLU, 2, None, seed=7),
    Problem(1, 30, (32,), nn.Tanh, 4, None, seed=8),
    Problem(1, 30, (16,), nn.SiLU, 3, 0.3, "far", seed=9),
    Problem(1, 50, (32,), nn.ReLU, 2, 0.5, "foreign", seed=10),
    Problem(2, 1, (32,), nn.Tanh, 3, 0.1, seed=11),
    Problem(2, 1, (32,), nn.SiLU, 4, 0.1, seed=12),
    Problem(2, 2, (64,), nn.Tanh, 4, 0.3, seed=13),
    Problem(2, 4, (16, 16), nn.Tanh, 4, 0.2, seed=14),
    Problem(2, 3, (16,), nn.ReLU, 3, 0.3, seed=15),
    Problem(2, 30, (16,), nn.SiLU, 2, 0.1, seed=16),
    Problem(2, 100, (32,), nn.Tanh, 3, 0.2, seed=17),
    Problem(2, 784, (32,), nn.Tanh, 2, 0.1, seed=18),
    Problem(2, 784, (64,), nn.SiLU, 3, 0.3, seed=19),
    Problem(2, 784, (64, 64), nn.Tanh, 1, 1.0, seed=20),
    Problem(2, 784, (128,), nn.SiLU, 1, 0.1, seed=21),
    Problem(2, 784, (32,), nn.ReLU, 1, 0.3, seed=22),
    Problem(2, 30, (32,), nn.Tanh, 4, None, seed=23),
    Problem(2, 60, (16,), nn.SiLU, 3, None, seed=24),
    Problem(2, 784, (16,), nn.SiLU, 1, 0.1, "far", seed=25),
    Problem(2, 100, (32,), nn.ReLU, 1.5, 0.2, "far", seed=26),
    Problem(2, 30, (16, 16), nn.Tanh, 2, 0.3, "foreign", seed=27),
    Problem(2, 784, (32,), nn.SiLU, 2, 0.5, "foreign", seed=28),
    Problem(2, 40, (16,), nn.Tanh, 3, None, "foreign", seed=29),
    # Kinks, on which several lattices may agree by accident: found by drawing problems at random for minutes.
    Problem(2, 30, (64,), nn.ReLU, 3, 0.5, "far", seed=821126),
    Problem(2, 5, (32, 32), nn.ReLU, 3, 0.1, seed=516267),
    Problem(2, 10, (16, 16), nn.ReLU, 2, 0.3, "far", seed=515193),
]
every_problem = pytest.mark.parametrize("problem", PROBLEMS, ids=str)
# One of each kind, for claims that cost more.
some_problems = pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (2, 8, 13, 18, 23, 25)], ids=str)


@functools.cache
def brute_evidence(problem: Problem):
    reference = BruteForce(problem.model(), problem.x()).evidence()
    assert (reference.uncertainty < 1e-5).all(), "the reference itself is not sure enough to judge"
    return reference


@functools.cache
def brute_terms(problem: Problem) -> list[tuple[BruteExpectation, BruteExpectation]]:
    """The reconstruction and its slopes in every state of the problem."""
    brute = BruteForce(problem.model(), problem.x())
    return [brute.reconstruction_and_slopes(mean, variance) for mean, variance in problem.states()]


def promised(truth: torch.Tensor) -> torch.Tensor:
    return (SHARE * truth.abs()).clamp_min(NATS)


def batch_of(mean: torch.Tensor, variance: torch.Tensor, images: int) -> DiagonalGaussian:
    return DiagonalGaussian(mean.expand(images, -1).clone(), variance.expand(images, -1).clone())


def all_terms(model: VAE, x: torch.Tensor, states: list[tuple[torch.Tensor, torch.Tensor]]):
    return [elbo(model, x, batch_of(mean, variance, len(x))) for mean, variance in states]


# --- the judge is judged -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latent", "pixels", "noise"), [(1, 3, 0.5), (2, 5, 0.3), (2, 784, 0.1), (2, 40, 0.1), (1, 784, 0.1)]
)
def test_brute_force_gives_the_known_answers_of_linear_decoders(latent, pixels, noise):
    net = random_network([latent, pixels], nn.Identity, 1.0, seed=0)
    model = VAE(net, GaussianPixels(noise**2), latent)
    x = images_of(model, 2 * torch.randn(3, latent, generator=torch.Generator().manual_seed(0)).double(), seed=0)
    weight, bias = net[0].weight.detach(), net[0].bias.detach()
    covariance = weight @ weight.T + noise**2 * torch.eye(pixels, dtype=torch.float64)
    truth = torch.distributions.MultivariateNormal(bias, covariance).log_prob(x)
    brute = BruteForce(model, x)
    assert (brute.evidence().value - truth).abs().max() < 1e-8  # Cholesky of a 784 × 784 matrix costs 1e-11

    mean, variance = torch.tensor([0.7, -1.2][:latent]).double(), torch.tensor([0.3, 1.5][:latent]).double()
    # E‖x − Wz − b‖² = ‖x − W mean − b‖² + Σ variance ‖W‖².
    squares = (x - weight @ mean - bias).square().sum(-1) + (variance * weight.square().sum(0)).sum()
    truth = -squares / (2 * noise**2) - pixels / 2 * math.log(2 * math.pi * noise**2)
    assert (brute.reconstruction(mean, variance).value / truth - 1).abs().max() < 1e-12


def test_brute_force_sees_the_same_through_fewer_pixels():
    model = Problem(2, 784, (32,), nn.SiLU, 2, 0.3, seed=40).model()
    x = images_of(model, torch.zeros(2, 2), seed=0)
    z = 3 * torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    directly = -((x[:, None] - model.decode(z)).square().sum(-1) / 0.18 + 392 * math.log(2 * math.pi * 0.09))
    assert torch.allclose(BruteForce(model, x).log_likelihood(z).T, directly.detach(), rtol=1e-11, atol=1e-9)


def test_the_problems_contain_what_was_promised_to_be_solved():
    """Posteriors as narrow as sd 0.008, posteriors outside [−5, 5], posteriors of several modes."""
    references = [brute_evidence(problem) for problem in PROBLEMS]
    assert min(float(reference.posterior_sd.min()) for reference in references) < 0.008
    far = [brute_evidence(problem) for problem in PROBLEMS if problem.images == "far" and problem.latent == 2]
    assert all(float(reference.posterior_mean[0].abs().min()) > 5 for reference in far)
    # A posterior far wider than its own curvature at the mode would make it has more than one mode, or is a ridge.
    assert max(float(reference.posterior_sd.max()) for reference in references) > 0.5


# --- what is promised ------------------------------------------------------------------------------------------------


@every_problem
def test_evidence_is_brute_forces_evidence(problem):
    reference, result = brute_evidence(problem), evidence(problem.model(), problem.x())
    wrong = (result.value - reference.value).abs()
    assert result.accuracy == Accuracy.BOUNDED
    assert (wrong <= promised(reference.value)).all(), f"wrong by {wrong.tolist()} at {reference.value.tolist()}"
    allowance = UNSURE * reference.uncertainty + ROUNDING * reference.value.abs()
    assert (result.error + allowance >= wrong).all(), f"says {result.error.tolist()}, is {wrong.tolist()}"
    assert (result.error <= promised(reference.value)).all(), f"not sure of itself: {result.error.tolist()}"


@every_problem
def test_elbo_is_brute_forces_elbo(problem):
    references = [reconstruction for reconstruction, _ in brute_terms(problem)]
    truth = torch.stack([reference.value for reference in references])
    uncertainty = torch.stack([reference.uncertainty for reference in references])
    assert (uncertainty < 0.1 * promised(truth)).all(), "the reference itself is not sure enough to judge"
    results = all_terms(problem.model(), problem.x(), problem.states())
    value = torch.stack([result.reconstruction for result in results])
    error = torch.stack([result.error for result in results])
    wrong = (value - truth).abs()
    assert (wrong <= promised(truth)).all(), f"wrong by {(wrong / promised(truth)).max():.3g} times what is allowed"
    short = (wrong - UNSURE * uncertainty - ROUNDING * truth.abs() - error).max()
    assert short <= 0, f"error says {short:.3g} nats less than the truth"
    for result, (mean, variance) in zip(results, problem.states(), strict=True):
        kl = 0.5 * (mean.square() + variance - 1 - variance.log())
        assert torch.allclose(result.kl, kl.expand_as(result.kl), rtol=1e-13, atol=1e-13)
        assert torch.equal(result.elbo, result.reconstruction - result.kl.sum(-1))


def in_units_of_q(found: Forces, variances: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(images, steps, 2 · latent): slopes by mean / sd, then by log variance, and their errors."""
    units = torch.cat([variances.sqrt(), variances], dim=-1)
    slopes = torch.cat([found.reconstruction_by_mean, found.reconstruction_by_variance], dim=-1)
    return slopes * units, torch.cat([found.mean_error, found.variance_error], dim=-1) * units


@every_problem
def test_slopes_of_the_reconstruction_are_brute_forces(problem):
    """Here, and not with the other tests of slopes, as brute force finds them together with the reconstruction above."""
    model, x = problem.model(), problem.x()
    for (mean, variance), (_, truth) in zip(problem.states(), brute_terms(problem), strict=True):
        found = forces(model, x, mean.expand(len(x), -1), variance[None])
        assert found.accuracy == Accuracy.BOUNDED
        slopes, errors = (columns[:, 0].T for columns in in_units_of_q(found, variance[None]))
        wrong, allowance = (slopes - truth.value).abs(), UNSURE * truth.uncertainty + ROUNDING * 1e3 * truth.value.abs()
        allowed = (SLOPES_SHARE * truth.value.abs()).clamp_min(NATS)
        assert (wrong <= allowed + allowance).all(), f"{mean}, {variance}: {wrong} of {truth}"
        assert (wrong <= errors + allowance).all(), f"{mean}, {variance}: says {errors}, is {wrong}"


@some_problems
def test_elbo_plus_divergence_from_the_true_posterior_is_the_evidence(problem):
    """Three routes: elbo and evidence by vaecore, KL(q ‖ p(z|x)) on the brute-force lattice."""
    model, x = problem.model(), problem.x()
    brute, value = BruteForce(model, x), evidence(model, x).value
    for mean, variance in problem.states()[:5]:
        divergence = brute.divergence_from_posterior(mean, variance, brute_evidence(problem))
        total = elbo(model, x, batch_of(mean, variance, len(x))).elbo + divergence.value
        allowed = 2 * promised(divergence.value) + divergence.uncertainty
        assert ((total - value).abs() <= allowed).all(), f"books out by {(total - value).tolist()}"


@some_problems
def test_gap_is_the_divergence_from_the_true_posterior(problem):
    model, x = problem.model(), problem.x()
    brute, known = BruteForce(model, x), evidence(model, x)
    for mean, variance in problem.states()[:5]:
        q = batch_of(mean, variance, len(x))
        found, divergence = gap(model, x, q, known), brute.divergence_from_posterior(mean, variance, brute_evidence(problem))
        wrong = (found.value - divergence.value).abs()
        assert found.accuracy == Accuracy.BOUNDED
        assert (wrong <= promised(divergence.value) + UNSURE * divergence.uncertainty).all(), f"wrong by {wrong.tolist()}"
        allowance = UNSURE * divergence.uncertainty + ROUNDING * divergence.value.abs()
        assert (wrong <= found.error + allowance).all(), f"says {found.error.tolist()}, is {wrong.tolist()}"
        # And the books: three sums over three lattices.
        terms = elbo(model, x, q)
        residual = (known.value - terms.elbo - found.value).abs()
        assert (residual <= known.error + terms.error + found.error + allowance).all()


@some_problems
def test_a_sweep_of_gaps_is_the_divergence_from_the_true_posterior(problem):
    """And every step closes the books with the sweep of the ELBO."""
    model, x = problem.model(), problem.x()
    known = evidence(model, x)
    known_truth = brute_evidence(problem)
    mean = known_truth.posterior_mean.clamp(-4, 4)
    variances = torch.logspace(-4, math.log10(4), 25, dtype=torch.float64)
    sweep, terms = sweep_gap(model, x, mean, variances, known), sweep_variance(model, x, mean, variances)
    assert sweep.accuracy == Accuracy.BOUNDED
    assert sweep.value.shape == sweep.error.shape == (3, 25)
    residual = (known.value[:, None] - terms.elbo - sweep.value).abs()
    rounding = ROUNDING * terms.reconstruction.abs()
    assert (residual <= known.error[:, None] + terms.error + sweep.error + rounding).all()
    for step in range(0, 25, 6):
        one = gap(model, x, DiagonalGaussian(mean, variances[step].expand_as(mean)), known)
        assert ((sweep.value[:, step] - one.value).abs() <= sweep.error[:, step] + one.error + rounding[:, step]).all()
        for row in range(len(x)):
            brute = BruteForce(model, x[row : row + 1])
            reference = BruteEvidence(
                *(getattr(brute_evidence(problem), f.name)[row : row + 1] for f in fields(BruteEvidence))
            )
            truth = brute.divergence_from_posterior(mean[row], variances[step].expand(problem.latent), reference)
            wrong = (sweep.value[row, step] - truth.value).abs()
            assert wrong <= promised(truth.value) + UNSURE * truth.uncertainty


BOUND_PROBLEMS = [
    Problem(1, 3, (32,), nn.Tanh, 4, 0.2, seed=50),
    Problem(2, 3, (16,), nn.Tanh, 4, 0.3, seed=51),
    Problem(2, 20, (16,), nn.ReLU, 2, 0.5, seed=52),
    Problem(2, 25, (16,), nn.SiLU, 3, None, seed=53),
]


@pytest.mark.parametrize("problem", BOUND_PROBLEMS, ids=str)
def test_elbo_is_a_lower_bound_in_a_thousand_random_states(problem):
    model, x = problem.model(), problem.x(13)
    value = evidence(model, x).value
    generator = torch.Generator().manual_seed(problem.seed)
    means = [best_gaussian(model, x).mean]  # where the bound is tightest
    means += [8 * torch.rand(13, problem.latent, generator=generator, dtype=torch.float64) - 4 for _ in range(4)]
    for mean in means:
        log_variances = math.log(1e-4) + math.log(4e4) * torch.rand(16, problem.latent, generator=generator).double()
        above = sweep_variance(model, x, mean, log_variances.exp()).elbo - value[:, None]
        assert above.max() <= 1e-3, f"ELBO above log p(x) by {above.max():.3g} nats"


# --- the several ways to ask the same ------------------------------------------------------------------------------


@some_problems
def test_a_sweep_is_elbo_step_by_step(problem):
    model, x = problem.model(), problem.x()
    generator = torch.Generator().manual_seed(3)
    mean = 4 * torch.rand(len(x), problem.latent, generator=generator, dtype=torch.float64) - 2
    variances = torch.logspace(-4, math.log10(4), 25, dtype=torch.float64)
    sweep = sweep_variance(model, x, mean, variances)
    assert sweep.reconstruction.shape == sweep.error.shape == (3, 25)
    assert sweep.kl.shape == (3, 25, problem.latent)
    assert torch.equal(sweep.variances, variances[:, None].expand(25, problem.latent))
    for step in range(0, 25, 3):
        terms = elbo(model, x, DiagonalGaussian(mean, sweep.variances[step].expand(3, -1)))
        assert torch.allclose(sweep.kl[:, step], terms.kl, rtol=1e-13, atol=1e-13)
        # Two rules may serve one step; each must be within what it says of itself.
        apart = (sweep.reconstruction[:, step] - terms.reconstruction).abs()
        assert (apart <= sweep.error[:, step] + terms.error + ROUNDING * terms.reconstruction.abs()).all()
        assert (apart <= promised(terms.reconstruction)).all()


def test_a_sweep_takes_one_list_of_variances_per_dimension():
    problem = PROBLEMS[13]
    model, x = problem.model(), problem.x()
    variances = torch.tensor([[0.01, 1.0], [0.5, 0.001], [4.0, 1e-4], [1e-4, 1e-4]], dtype=torch.float64)
    mean = torch.tensor([[0.5, -1.0]], dtype=torch.float64).expand(3, -1)
    sweep = sweep_variance(model, x, mean, variances)
    assert torch.equal(sweep.variances, variances)
    for step, variance in enumerate(variances):
        truth = BruteForce(model, x).reconstruction(mean[0], variance).value
        assert ((sweep.reconstruction[:, step] - truth).abs() <= promised(truth)).all()


@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (3, 16, 18, 21, 24)], ids=str)
def test_a_sweep_is_brute_force_from_one_end_to_the_other(problem):
    """Every rule change along the sweep is a place to be wrong: 33 variances from 1e-4 to 4 at the posterior's mean."""
    model, x = problem.model(), problem.x(1)
    mean = brute_evidence(problem).posterior_mean[:1].clamp(-4, 4)
    variances = torch.logspace(-4, math.log10(4), 33, dtype=torch.float64)
    sweep, brute = sweep_variance(model, x, mean, variances), BruteForce(model, x)
    for step in range(33):
        reference = brute.reconstruction(mean[0], variances[step].expand(problem.latent))
        wrong = (sweep.reconstruction[:, step] - reference.value).abs()
        allowance = UNSURE * reference.uncertainty + ROUNDING * reference.value.abs()
        assert (wrong <= promised(reference.value)).all(), f"step {step}: {wrong.item():.3g}"
        assert (wrong <= sweep.error[:, step] + allowance).all(), f"step {step}: {wrong.item():.3g}"


@some_problems
def test_a_batch_is_its_images_one_by_one(problem):
    model, x = problem.model(), problem.x()
    generator = torch.Generator().manual_seed(4)
    mean = 2 * torch.randn(len(x), problem.latent, generator=generator, dtype=torch.float64)
    q = DiagonalGaussian(mean, torch.rand(mean.shape, generator=generator, dtype=torch.float64) + 0.01)
    together, value = elbo(model, x, q), evidence(model, x).value
    for row in range(len(x)):
        here = slice(row, row + 1)
        alone = elbo(model, x[here], DiagonalGaussian(q.mean[here], q.variance[here]))
        # The rule may be chosen for the whole batch, so both stay within their errors, not bit for bit.
        allowed = together.error[here] + alone.error + ROUNDING * alone.reconstruction.abs()
        assert ((together.reconstruction[here] - alone.reconstruction).abs() <= allowed).all()
        assert (evidence(model, x[here]).value - value[here]).abs() < 2e-4


@some_problems
def test_the_table_of_the_evidence_integrates_to_it_and_shows_the_posterior(problem):
    result, reference = evidence(problem.model(), problem.x()), brute_evidence(problem)
    assert len(result.tables) == len(problem.x())
    for row, table in enumerate(result.tables):
        total = (table.log_joint + table.log_volume).double().logsumexp(0)
        # float64 here, so only the extrapolation of the sum to its limit may stand between the two: the error.
        assert (total - result.value[row]).abs() <= result.error[row] + 1e-3
        assert table.posterior_mass.sum().item() == pytest.approx(1, abs=1e-12)
        assert table.z.shape == (*table.log_joint.shape, problem.latent)
        mean = table.posterior_mass @ table.z
        # A thousandth of the mass misplaced by one sd moves the mean by a thousandth of an sd; we allow ten.
        assert ((mean - reference.posterior_mean[row]).abs() <= 0.01 * reference.posterior_sd[row] + 1e-6).all()
        brute = BruteForce(problem.model(), problem.x()[row : row + 1]).log_joint(table.z)[:, 0]
        assert torch.allclose(table.log_joint, brute, rtol=1e-9, atol=1e-7)


@some_problems
def test_log_joint_is_the_density_that_is_integrated(problem):
    model, x = problem.model(), problem.x()
    z = 3 * torch.randn(40, problem.latent, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    truth = BruteForce(model, x).log_joint(z)
    for row in range(len(x)):
        assert torch.allclose(log_joint(model, x[row : row + 1], z), truth[:, row], rtol=1e-10, atol=1e-8)


# --- other decoders ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [1, 2])
def test_a_linear_decoder_in_a_network_agrees_with_the_closed_form(latent):
    net = random_network([latent, 30], nn.Identity, 3.0, seed=latent)
    disguised = VAE(net, GaussianPixels(0.09), latent)
    plain = VAE(LinearDecoder(net[0].weight, net[0].bias), GaussianPixels(0.09), latent)
    x = images_of(disguised, torch.randn(4, latent, generator=torch.Generator().manual_seed(1)).double(), seed=1)
    quadrature, exact = evidence(disguised, x), evidence(plain, x)
    assert (quadrature.accuracy, exact.accuracy) == (Accuracy.BOUNDED, Accuracy.EXACT)
    assert (quadrature.value - exact.value).abs().max() < 1e-3
    for mean, variance in Problem(latent, 30, (), nn.Identity, 3, 0.3).states():
        q = batch_of(mean, variance, 4)
        truth, result = elbo(plain, x, q), elbo(disguised, x, q)
        wrong = (result.reconstruction - truth.reconstruction).abs()
        assert (wrong <= promised(truth.reconstruction)).all()
        assert (wrong <= result.error + ROUNDING * truth.reconstruction.abs()).all()
    best, true_best = best_gaussian(disguised, x), best_gaussian(plain, x)
    lost = elbo(plain, x, true_best).elbo - elbo(plain, x, best).elbo
    assert (lost.abs() < 1e-3).all()


class Warped(nn.Module):
    """A decoder that is no chain of layers: waves, a product and a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = random_network([2, 16, 12], nn.Tanh, 2.0, seed=5)
        self.gain = nn.Parameter(torch.tensor(0.8, dtype=torch.float64))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.gain * self.inner(z) + (1.7 * z[..., :1]).sin() * z[..., 1:]


class Residual(nn.Sequential):
    """Looks like a chain that ends in a linear layer, and does more than its parts."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return super().forward(z) + z.sum(-1, keepdim=True)


def with_hook() -> nn.Module:
    net = random_network([2, 16, 12], nn.Tanh, 2.0, seed=6)
    net[-1].register_forward_hook(lambda module, inputs, output: 2 * output)
    return net


def with_outer_hook() -> nn.Module:
    net = random_network([2, 16, 12], nn.Tanh, 2.0, seed=6)
    net.register_forward_hook(lambda module, inputs, output: output + 0.5)
    return net


def with_nested_chain() -> nn.Module:
    return nn.Sequential(
        random_network([2, 16, 8], nn.Tanh, 2.0, seed=6), nn.Tanh(), nn.Linear(8, 12).double(), nn.Sigmoid()
    )


def without_bias() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 9).double(), nn.Tanh(), nn.Linear(9, 12, bias=False).double())


@pytest.mark.parametrize(
    "build",
    [
        Warped,
        lambda: Residual(*random_network([2, 16, 12], nn.Tanh, 2.0, seed=6)),
        with_hook,
        with_outer_hook,
        with_nested_chain,
        without_bias,
    ],
    ids=["module", "subclass", "hook", "outer-hook", "nested", "without-bias"],
)
@pytest.mark.parametrize("likelihood", [GaussianPixels(0.09), BernoulliPixels()], ids=["gaussian", "bernoulli"])
@pytest.mark.filterwarnings("ignore:BernoulliPixels takes logits")  # one of them does end in a sigmoid
def test_any_module_may_be_the_decoder(build, likelihood):
    torch_state = torch.random.get_rng_state()
    with torch.random.fork_rng():
        torch.manual_seed(0)  # nn.Linear offers no other way to seed its weights
        decoder = build()
    assert torch.equal(torch_state, torch.random.get_rng_state())
    model = VAE(decoder, likelihood, 2)
    x = images_of(model, torch.tensor([[0.5, -0.5], [1.5, 1.0]]).double(), seed=0)
    brute = BruteForce(model, x)
    truth = brute.evidence()
    assert (evidence(model, x).value - truth.value).abs().max() < 1e-3
    for mean, variance in PROBLEMS[29].states():
        reference = brute.reconstruction(mean, variance)
        wrong = (elbo(model, x, batch_of(mean, variance, 2)).reconstruction - reference.value).abs()
        assert (wrong <= promised(reference.value)).all()


def test_a_decoder_in_training_mode_is_taken_as_it_evaluates_or_refused():
    """Dropout makes a random decoder; numbers must be one function of z, and asking must not change the mode."""
    net = nn.Sequential(*random_network([2, 16], nn.Tanh, 2.0, 0), nn.Tanh(), nn.Linear(16, 6).double())
    model = VAE(net, GaussianPixels(0.1), 2).train()
    evidence(model, torch.zeros(1, 6, dtype=torch.float64))
    assert model.training and net[0].training


def test_changed_weights_give_new_numbers():
    """Decoded lattices may be kept; they must not outlive the weights that they were decoded with."""
    problem = PROBLEMS[13]
    model, x = problem.model(), problem.x()
    q = batch_of(*problem.states()[3], len(x))

    def numbers(which: VAE) -> torch.Tensor:
        sweep = sweep_variance(which, x, q.mean, torch.tensor([0.01, 1.0], dtype=torch.float64))
        return torch.stack([evidence(which, x).value, elbo(which, x, q).elbo, *sweep.elbo.unbind(1)])

    before = numbers(model)
    with torch.no_grad():
        model.decoder[-1].bias.add_(0.25)
    after = numbers(model)
    fresh = problem.model()
    with torch.no_grad():
        fresh.decoder[-1].bias.add_(0.25)
    assert torch.equal(after, numbers(fresh))
    assert not torch.allclose(after, before, atol=1e-3)
    with torch.no_grad():
        model.decoder[0].weight.mul_(1.5)
        fresh.decoder[0].weight.mul_(1.5)
    assert torch.equal(numbers(model), numbers(fresh))
    fresh.decoder.load_state_dict(problem.model().decoder.state_dict())
    assert torch.equal(numbers(fresh), before)
    # Through .data, the way of old, a tensor's version does not count what happens to it: replaced, scaled, turned round.
    changes = [
        lambda decoder: setattr(decoder[0].weight, "data", 1.5 * decoder[0].weight.data),
        lambda decoder: decoder[0].weight.data.mul_(1.5),
        lambda decoder: decoder[-1].bias.data.copy_(decoder[-1].bias.data.flip(0)),
    ]
    for change in changes:
        used, untouched = problem.model(), problem.model()
        numbers(used)
        change(used.decoder)
        change(untouched.decoder)
        assert torch.equal(numbers(used), numbers(untouched))


def test_another_noise_gives_new_numbers_from_the_same_networks():
    problem = PROBLEMS[13]
    model, x = problem.model(), problem.x()
    evidence(model, x)
    for noise in (0.1, 0.3, 1.0):
        quieter = model.with_likelihood(GaussianPixels(noise**2))
        truth = BruteForce(quieter, x).evidence()
        assert (evidence(quieter, x).value - truth.value).abs().max() < 1e-3


@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (3, 5, 8, 13, 16, 19, 24, 25)], ids=str)
def test_float32_models_agree_with_their_float64_twins(problem):
    """The weights are those of the float32 model in both; the twin is judged by brute force in float64."""
    model = problem.model(torch.float32)
    x = problem.x().float()
    truth = BruteForce(model, x).evidence()
    result = evidence(model, x)
    assert result.value.dtype == result.error.dtype == torch.float32
    wrong = (result.value.double() - truth.value).abs()
    # The result itself is rounded to float32, 6e-8 of it.
    allowance = UNSURE * truth.uncertainty + 1.2e-7 * truth.value.abs()
    assert (wrong <= promised(truth.value)).all(), f"{wrong.tolist()}"
    assert (wrong <= result.error.double() + allowance).all(), f"says {result.error.tolist()}, is {wrong.tolist()}"
    brute = BruteForce(model, x)
    for mean, variance in problem.states():
        reference = brute.reconstruction(mean.float(), variance.float())
        terms = elbo(model, x, batch_of(mean.float(), variance.float(), len(x)))
        assert terms.reconstruction.dtype == terms.kl.dtype == terms.elbo.dtype == torch.float32
        wrong = (terms.reconstruction.double() - reference.value).abs()
        allowance = UNSURE * reference.uncertainty + 1.2e-7 * reference.value.abs()
        assert (wrong <= promised(reference.value)).all(), f"{(wrong / promised(reference.value)).max()}"
        assert (wrong <= terms.error.double() + allowance).all(), f"says {terms.error.tolist()}, is {wrong.tolist()}"


@pytest.mark.parametrize("problem", [PROBLEMS[i] for i in (5, 18, 21, 23)], ids=str)
def test_float64_images_close_a_float32_models_books_to_less_than_float32_can_tell(problem):
    """x and q in float64: the residual is that of three sums, of a decoder that rounds alike in all of them."""
    model, x = problem.model(torch.float32), problem.x().float().double()
    known, best = evidence(model, x), best_gaussian(model, x)
    assert known.value.dtype == known.tables[0].log_joint.dtype == best.mean.dtype == torch.float64
    for widening in (1.0, 3.0, 30.0):
        q = DiagonalGaussian(best.mean, (widening * best.variance).clamp_max(4))
        terms, room = elbo(model, x, q), gap(model, x, q, known)
        assert terms.reconstruction.dtype == terms.kl.dtype == room.value.dtype == room.error.dtype == torch.float64
        residual = (known.value - terms.elbo - room.value).abs()
        assert (residual <= known.error + terms.error + room.error).all()
        # What log p(x|z) is rounded by in float32, each at its own, would be 6e-8 of it and more.
        assert (residual <= (5e-8 * terms.reconstruction.abs()).clamp_min(3e-5)).all(), f"{residual.tolist()}"
    z = torch.zeros(2, problem.latent, dtype=torch.float64)
    assert log_joint(model, x[:1], z).dtype == torch.float64


@pytest.mark.parametrize("latent", [1, 2])
def test_what_is_kept_of_an_image_or_a_layer_is_that_images_and_that_layers(latent):
    """Many pixels, so that the last layer is folded; images, noises and weights in turns."""
    problem = Problem(latent, 60, (12,), nn.Tanh, 2, 0.3, seed=60)
    x, variances = problem.x(6), torch.tensor([0.01, 1.0], dtype=torch.float64)
    mean = torch.zeros(1, latent, dtype=torch.float64)

    def numbers(model: VAE, row: int) -> torch.Tensor:
        image = x[row : row + 1]
        return torch.cat([evidence(model, image).value, sweep_variance(model, image, mean, variances).elbo[0]])

    def fresh(change: float, noise: float, row: int) -> torch.Tensor:
        model = problem.model().with_likelihood(GaussianPixels(noise))
        with torch.no_grad():
            model.decoder[-1].weight.add_(change)
        return numbers(model, row)

    used = problem.model()
    for change, turns in ((0.0, range(6)), (0.1, (0, 5, 0, 1, 0))):
        with torch.no_grad():
            used.decoder[-1].weight.add_(change)
        for row in turns:
            for noise in (0.09, 0.2):
                assert torch.equal(numbers(used.with_likelihood(GaussianPixels(noise)), row), fresh(change, noise, row))


def test_what_is_kept_lives_no_longer_than_its_network():
    problem = Problem(1, 30, (8,), nn.Tanh, 2, 0.3, seed=61)
    model = problem.model()
    best_gaussian(model, problem.x())
    networks = [weakref.ref(model.decoder), weakref.ref(model.decoder[-1])]
    del model
    gc.collect()
    assert [network() for network in networks] == [None, None]


# --- the best q --------------------------------------------------------------------------------------------------------


@some_problems
def test_no_small_change_improves_the_best_gaussian(problem):
    model, x = problem.model(), problem.x()
    best = best_gaussian(model, x)
    top = elbo(model, x, best)
    generator = torch.Generator().manual_seed(7)
    for size in (0.01, 0.1, 0.5):
        for _ in range(6):
            step, stretch = torch.randn(2, *best.mean.shape, generator=generator, dtype=torch.float64) * size
            other = DiagonalGaussian(best.mean + best.variance.sqrt() * step, best.variance * stretch.exp())
            assert (elbo(model, x, other).elbo <= top.elbo + 1e-3).all()


@some_problems
def test_the_best_gaussian_beats_random_ones_and_lies_below_the_evidence(problem):
    """A global claim: two hundred draws about the true posterior's own mass find nothing better."""
    model, x = problem.model(), problem.x()
    top, value = elbo(model, x, best_gaussian(model, x)).elbo, evidence(model, x)
    assert (top <= value.value + 1e-3).all()
    generator = torch.Generator().manual_seed(8)
    for row, table in enumerate(value.tables):
        drawn = torch.multinomial(table.posterior_mass, 20, replacement=True, generator=generator)
        log_variances = torch.rand(20, 10, generator=generator, dtype=torch.float64) * 8 - 7
        for mean, steps in zip(table.z[drawn], log_variances, strict=True):
            sweep = sweep_variance(model, x[row : row + 1], mean[None], steps.exp())
            assert sweep.elbo.max() <= top[row] + 1e-3


def test_a_heavier_beta_makes_the_best_gaussian_worse_at_reconstructing():
    problem = PROBLEMS[13]
    model, x = problem.model(), problem.x()
    terms = [elbo(model, x, best_gaussian(model, x, beta)) for beta in (0.25, 1.0, 4.0)]
    for light, heavy in itertools.pairwise(terms):
        # Optimality of each at its own β, added up: the standard exchange argument.
        assert (heavy.kl.sum(-1) <= light.kl.sum(-1) + 1e-3).all()
        assert (heavy.reconstruction <= light.reconstruction + 4e-3).all()


def test_beta_and_noise_are_one_knob_for_the_best_gaussian():
    problem = PROBLEMS[16]
    model, x = problem.model(), problem.x()
    beta = 3.0
    noisier = model.with_likelihood(GaussianPixels(beta * problem.noise**2))
    ours, theirs = best_gaussian(model, x, beta), best_gaussian(noisier, x)
    lost = elbo(noisier, x, theirs).elbo - elbo(noisier, x, ours).elbo
    assert (lost.abs() <= 1e-3).all()


# --- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked_shapes")
def test_an_image_of_another_size_is_refused():
    model = PROBLEMS[13].model()
    q = batch_of(torch.zeros(2).double(), torch.ones(2).double(), 1)
    for ask in (lambda x: evidence(model, x), lambda x: elbo(model, x, q), lambda x: best_gaussian(model, x)):
        for pixels in (1, 3):  # one pixel would broadcast without a murmur
            with pytest.raises(ValueError, match="pixels"):
                ask(torch.zeros(1, pixels, dtype=torch.float64))


def test_grey_pixels_are_refused_by_a_bernoulli_model():
    model = PROBLEMS[23].model()
    x = torch.full((1, 30), 0.5, dtype=torch.float64)
    q = batch_of(torch.zeros(2).double(), torch.ones(2).double(), 1)
    for ask in (lambda: evidence(model, x), lambda: elbo(model, x, q), lambda: best_gaussian(model, x)):
        with pytest.raises(ValueError, match="0 or 1"):
            ask()


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_q_of_another_shape_is_refused():
    model, x = PROBLEMS[13].model(), PROBLEMS[13].x(2)
    with pytest.raises(ValueError):
        elbo(model, x, batch_of(torch.zeros(3).double(), torch.ones(3).double(), 2))
    with pytest.raises(ValueError):
        elbo(model, x, batch_of(torch.zeros(2).double(), torch.ones(2).double(), 3))
    with pytest.raises(ValueError):
        sweep_variance(model, x, torch.zeros(2, 2).double(), torch.tensor([0.1, -0.1]).double())


# --- where a search could miss the mass ---------------------------------------------------------------------------------


@pytest.mark.parametrize("latent", [1, 2])
def test_a_posterior_far_outside_every_lattice_is_found(latent):
    """Images decoded from |z| = 25, where the prior is a hundred and fifty nats down: a linear decoder knows the truth."""
    net = random_network([latent, 60], nn.Identity, 2.0, seed=30 + latent)
    disguised = VAE(net, GaussianPixels(0.04), latent)
    plain = VAE(LinearDecoder(net[0].weight, net[0].bias), GaussianPixels(0.04), latent)
    x = images_of(disguised, torch.tensor([[25.0, -3.0], [-19.0, 21.0]]).double()[:, :latent], seed=0)
    truth, result = evidence(plain, x), evidence(disguised, x)
    assert (best_gaussian(plain, x).mean[:, 0].abs() > 17.5).all()
    assert ((result.value - truth.value).abs() <= promised(truth.value)).all()
    assert ((best_gaussian(disguised, x).mean - best_gaussian(plain, x).mean).abs() < 0.01).all()


class Burrow(nn.Module):
    """A decoder that says much the same everywhere, but for one spot of width 0.1 about `centre`.

    The first two pixels rise by 12 per unit there (with σₓ = 0.1: a posterior of sd 0.008) and fall back; the third has a
    bump; the fourth tells the half of the plane with the spot from the other.
    """

    def __init__(self, centre: torch.Tensor) -> None:
        super().__init__()
        self.centre = nn.Parameter(centre)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        offset = z - self.centre
        squares = offset.square().sum(-1, keepdim=True)
        slope = 12 * offset * (-squares / (2 * 0.12**2)).exp()
        bump = 1.1 * (-squares / (2 * 0.06**2)).exp()
        return torch.cat([slope, bump, 0.4 * z[..., :1].tanh()], dim=-1)


def test_a_narrow_peak_below_a_lattices_notice_is_found_beside_a_broad_one():
    """The broad mode is seen at once and converges at once; the spot, thirty nats higher, lies between the points.

    Wherever a lattice has its points: the spot is tried at eight places.
    """
    generator = torch.Generator().manual_seed(0)
    for centre in torch.rand(8, 2, generator=generator, dtype=torch.float64) + torch.tensor([1.0, 0.0]):
        model = VAE(Burrow(centre), GaussianPixels(0.01), 2)
        x = torch.tensor([[0.0, 0.0, 1.1, -0.36]], dtype=torch.float64)
        truth = BruteForce(model, x).evidence()
        assert (truth.posterior_mean[0] - centre).norm() < 0.05, "the spot was to hold the mass"
        assert (evidence(model, x).value - truth.value).abs() <= promised(truth.value), f"missed at {centre.tolist()}"


def test_a_posterior_that_the_shared_lattice_resolves_is_summed_there_and_nowhere_else(monkeypatch):
    """Wide posteriors of which every second point is not enough: splitting thousands of cells would change nothing."""
    monkeypatch.setattr(evidence_module, "split_cells", lambda *_: pytest.fail("a cell was split"))
    problem = Problem(2, 30, (16,), nn.Tanh, 2, 0.5, seed=62)
    model, x = problem.model(), problem.x(5)
    result, truth = evidence(model, x), BruteForce(model, x).evidence()
    assert (result.error < 1e-6).all()
    assert ((result.value - truth.value).abs() <= result.error + UNSURE * truth.uncertainty).all()


def test_a_decoder_that_gives_no_numbers_is_refused_with_a_sentence():
    model = PROBLEMS[13].model()
    with torch.no_grad():
        model.decoder[0].weight[0, 0] = math.nan
    with pytest.raises(ValueError, match="the decoder must give finite pixels; it failed at"):
        evidence(model, PROBLEMS[13].x())
    q = DiagonalGaussian(torch.zeros(3, 2, dtype=torch.float64), torch.full((3, 2), 0.01, dtype=torch.float64))
    with pytest.raises(ValueError, match="the decoder must give finite pixels"):
        elbo(model, PROBLEMS[13].x(), q)
