"""Numbers derived by hand and by other programs, without this project's code; closed forms are held to 1e-10.

Problem C: W = [[1, 0], [.5, 1], [0, −1]], b = (.1, −.2, .3), x = (1, .5, −.5), q = N((1, 0), diag(.5, 2)).
Toy T: f(z) = z, σₓ² = 1, x = 2.
"""

import math

import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor, nn

from vaecore import (
    VAE,
    Accuracy,
    BernoulliPixels,
    DiagonalGaussian,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    importance_bound,
    kl_to_standard_normal,
    load,
    log_joint,
    sweep_variance,
)
from vaecore.core.gaussian import kl_parts

CLOSED_FORM = 1e-10


def tensor(*values) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def problem_c(noise_variance: float = 0.5) -> VAE:
    decoder = LinearDecoder(tensor([1, 0], [0.5, 1], [0, -1]), tensor(0.1, -0.2, 0.3))
    return VAE(decoder, GaussianPixels(noise_variance), 2)


X_OF_C = tensor([1, 0.5, -0.5])


def q_of_c() -> DiagonalGaussian:
    return DiagonalGaussian(tensor([1, 0]), tensor([0.5, 2]))


def toy_t() -> VAE:
    return VAE(LinearDecoder(tensor([1]), tensor(0)), GaussianPixels(1.0), 1)


def close(value: Tensor | float, *expected: float) -> bool:
    return torch.allclose(torch.as_tensor(value).flatten(), tensor(*expected), rtol=0, atol=CLOSED_FORM)


def test_1_kl_of_two_dimensions_and_its_reverse():
    q = q_of_c()
    assert close(kl_to_standard_normal(q.mean, q.variance), 0.5965735902799727, 0.1534264097200273)
    assert close(kl_to_standard_normal(q.mean, q.variance).sum(), 0.75)
    # The mean costs dimension 1 half a nat, the rest is for the variances: doubling costs more than halving.
    mean_part, variance_part = kl_parts(q.mean, q.variance)
    assert close(mean_part, 0.5, 0)
    assert close(variance_part, 0.0965735902799727, 0.1534264097200273)
    # Reversed, KL(N(0, 1) ‖ N(m, v)) = KL(N(−m/s, 1/v) ‖ N(0, 1)), seen from q's own scale.
    assert close(kl_to_standard_normal(-q.mean / q.variance.sqrt(), 1 / q.variance).sum(), 1.25)


@pytest.mark.parametrize(
    ("mean", "variance", "kl"),
    [(0, 1e-4, 4.105220185988091), (3, 0.01, 6.307585092994046), (0, 1, 0), (1, 1, 0.5)],
)
def test_2_kl_at_four_points(mean, variance, kl):
    value = kl_to_standard_normal(tensor(mean), tensor(variance))
    assert close(value, kl)
    assert math.copysign(1, value.item()) == 1


def test_3_the_books_of_problem_c():
    terms, value = elbo(problem_c(), X_OF_C, q_of_c()), evidence(problem_c(), X_OF_C)
    assert close(terms.reconstruction, -7.032094828774101)
    assert close(terms.kl.sum(-1), 0.75)
    assert close(terms.elbo, -7.782094828774101)
    assert close(value.value, -3.6118053222576707)
    assert close(value.value - terms.elbo, 4.170289506516429)
    assert terms.accuracy == value.accuracy == Accuracy.EXACT
    assert terms.error.tolist() == value.error.tolist() == [0]


def test_4_posterior_of_problem_c():
    z = tensor([0, 0], [1, 0], [0, 1], [-1, 0], [0, -1], [1, 1])
    density = log_joint(problem_c(), X_OF_C, z)
    # log p(z|x) is a quadratic, so six points give its slope and curvature; its maximum is the mean.
    centre, east, north, west, south, corner = density
    slope = torch.stack([(east - west) / 2, (north - south) / 2])
    cross = -(corner - east - north + centre)
    precision = torch.stack(
        [torch.stack([2 * centre - east - west, cross]), torch.stack([cross, 2 * centre - north - south])]
    )
    assert close(precision, 3.5, 1, 1, 5)
    assert close(torch.linalg.solve(precision, slope), 19 / 33, 16 / 33)
    table = evidence(problem_c(), X_OF_C).tables[0]
    mean = table.posterior_mass @ table.z
    assert close(mean, 19 / 33, 16 / 33)
    # The table holds ±6 sd of the posterior; the second moment beyond is 3e-7 of the whole.
    second = (table.z - mean).T @ (table.posterior_mass[:, None] * (table.z - mean))
    assert torch.allclose(second, torch.linalg.inv(tensor([3.5, 1], [1, 5])), rtol=1e-6)


def test_5_best_diagonal_q_of_problem_c():
    best = best_gaussian(problem_c(), X_OF_C)
    assert close(best.mean, 19 / 33, 16 / 33)
    assert close(best.variance, 2 / 7, 1 / 5)
    top = elbo(problem_c(), X_OF_C, best).elbo
    assert close(top, -3.6412255722691373)
    assert close(evidence(problem_c(), X_OF_C).value - top, 0.029420250011466642)


def test_6_the_loss_squared_error_plus_kl_is_a_gaussian_of_variance_one_half():
    terms = elbo(problem_c(0.5), X_OF_C, q_of_c())
    assert close(-terms.elbo - 1.5 * math.log(math.pi), 6.065)


def test_7_evidence_and_posterior_of_toy_t():
    x = tensor([2])
    assert close(evidence(toy_t(), x).value, -2.2655121234846454)
    best = best_gaussian(toy_t(), x)
    assert close(best.mean, 1)
    assert close(best.variance, 0.5)


@pytest.mark.parametrize(
    ("mean", "variance", "bound", "gap"),
    [(0, 1, -3.4189385332046727, 1.1534264097200273), (1, 0.5, -2.2655121234846454, 0),
     (1, 1, -2.4189385332046727, 0.1534264097200273)],
)  # fmt: skip
def test_8_elbo_and_gap_of_toy_t(mean, variance, bound, gap):
    x = tensor([2])
    terms = elbo(toy_t(), x, DiagonalGaussian(tensor([mean]), tensor([variance])))
    assert close(terms.elbo, bound)
    assert close(evidence(toy_t(), x).value - terms.elbo, gap)


@pytest.mark.parametrize(("samples", "bound"), [(2, -2.7579018481), (3, -2.5607588852)])
def test_9_importance_bounds_of_toy_t_from_the_prior(samples, bound):
    prior = DiagonalGaussian(tensor([0]), tensor([1]))
    estimates = [importance_bound(toy_t(), tensor([2]), prior, samples, seed, replicates=4000) for seed in range(10)]
    value = torch.cat([estimate.value for estimate in estimates])
    error = torch.cat([estimate.error for estimate in estimates])
    assert abs(value.mean() - bound) < 6 * error.mean() / math.sqrt(10)


@pytest.mark.parametrize(
    ("noise_variance", "variances"),
    [(0.5, (1 / 3, 0.047619047619047616, 0.004975124378109453)), (1.0, (1 / 2, 1 / 11, 1 / 101)),
     (392.0, (392 / 393, 392 / 402, 392 / 492))],
    ids=["sum-of-squares", "half-of-it", "mean-over-784"],
)  # fmt: skip
def test_10_best_variance_of_one_linear_dimension_by_what_the_loss_averages(noise_variance, variances):
    for squares, variance in zip((1, 10, 100), variances, strict=True):
        decoder = LinearDecoder(
            torch.full((784, 1), math.sqrt(squares / 784), dtype=torch.float64), torch.zeros(784).double()
        )
        x = torch.zeros(1, 784, dtype=torch.float64)
        assert close(best_gaussian(VAE(decoder, GaussianPixels(noise_variance), 1), x).variance, variance)
        # And through β: the product β·σₓ² is what counts.
        half = best_gaussian(VAE(decoder, GaussianPixels(0.5 * noise_variance), 1), x, beta=2.0)
        assert close(half.variance, variance)
    assert variances[0] == pytest.approx({0.5: 1 / 3, 1.0: 0.5, 392.0: 0.9974555}[noise_variance], abs=1e-7)
    assert variances[2] == pytest.approx({0.5: 0.0049751, 1.0: 0.0099010, 392.0: 0.7967480}[noise_variance], abs=1e-7)


def spectrum_decoder(eigenvalues: Tensor, noise_variance: float) -> VAE:
    """The decoder that explains a covariance diag(eigenvalues) down to the noise (Tipping & Bishop 1999, eq. 7)."""
    active = eigenvalues > noise_variance
    weight = torch.diag((eigenvalues - noise_variance).clamp_min(0).sqrt())[:, active]
    decoder = LinearDecoder(weight, torch.zeros_like(eigenvalues))
    return VAE(decoder, GaussianPixels(noise_variance), weight.shape[1])


@pytest.mark.parametrize(("level", "rate", "squared_error"), [(1.0, math.log(2), 2.25), (0.5, 2 * math.log(2), 1.25)])
def test_12_rate_and_squared_error_of_a_spectrum_are_shannons(level, rate, squared_error):
    eigenvalues = tensor(4, 1, 0.25)
    model = spectrum_decoder(eigenvalues, level)
    # Two images per direction, ± √(3 λ), have exactly the covariance diag(λ).
    x = torch.cat([torch.diag((3 * eigenvalues).sqrt()), -torch.diag((3 * eigenvalues).sqrt())])
    terms = elbo(model, x, best_gaussian(model, x))
    assert close(terms.kl.sum(-1).mean(), rate)
    squares = -2 * level * (terms.reconstruction + 1.5 * math.log(2 * math.pi * level))
    assert close(squares.mean(), squared_error)


def test_13_ppca_with_one_latent():
    model = spectrum_decoder(tensor(4, 0.625, 0.625), 0.625)
    assert close(model.decoder.weight.square().sum(), 3.375)
    eigenvalues = tensor(4, 1, 0.25)
    x = torch.cat([torch.diag((3 * eigenvalues).sqrt()), -torch.diag((3 * eigenvalues).sqrt())])
    assert close(evidence(model, x).value.mean(), -4.479959150928227)
    assert close(best_gaussian(model, x).variance, *[0.15625] * 6)


class Square(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return z.square()


def elbo_of_two_humps(mean: float, log_variance: float, noise_variance: float) -> float:
    """Closed form for f(z) = z² and x = 1: E(1 − z²)² needs no more than a Gaussian's fourth moment."""
    variance = math.exp(log_variance)
    squares = 1 - 2 * (mean**2 + variance) + mean**4 + 6 * mean**2 * variance + 3 * variance**2
    reconstruction = -squares / (2 * noise_variance) - 0.5 * math.log(2 * math.pi * noise_variance)
    return reconstruction - 0.5 * (mean**2 + variance - 1 - log_variance)


def best_of_two_humps(noise_variance: float) -> tuple[float, float, float]:
    """|mean|, variance and ELBO of the best Gaussian, by climbing the closed form from fifteen places."""
    starts = [(mean, log_variance) for mean in (0, 0.3, 0.6, 0.8, 1.0) for log_variance in (-5, -2, -0.5)]
    climbs = [minimize(lambda p: -elbo_of_two_humps(*p, noise_variance), start, tol=1e-12) for start in starts]
    best = min(climbs, key=lambda climb: climb.fun)
    return abs(best.x[0]), math.exp(best.x[1]), -best.fun


def test_14_a_gaussian_on_one_of_two_humps():
    model = VAE(Square(), GaussianPixels(0.25), 1)
    x = tensor([1])
    mean, variance, bound = 0.7071067811865476, 0.125, -1.921762123484645
    assert elbo_of_two_humps(mean, math.log(variance), 0.25) == pytest.approx(bound, abs=1e-14)
    # E(1 − z²)² is a polynomial of the fourth degree, so quadrature owes us far more than its thousandth of a nat.
    both = DiagonalGaussian(tensor([mean], [-mean]), tensor([variance], [variance]))
    assert torch.allclose(elbo(model, x.expand(2, 1), both).elbo, tensor(bound), rtol=0, atol=1e-7)
    # No small step improves it: it is a summit, though at this σₓ not the highest.
    for step, stretch in ((1e-2, 0), (-1e-2, 0), (0, 1e-2), (0, -1e-2)):
        assert elbo_of_two_humps(mean + step, math.log(variance) + stretch, 0.25) < bound


@pytest.mark.parametrize("noise", [0.5, 0.4, 0.3, 0.2])
@pytest.mark.parametrize("decoder", ["its own", "shipped"])
def test_14_the_best_gaussian_of_two_humps_is_astride_when_noise_is_wide_and_on_one_when_it_is_narrow(noise, decoder):
    own = VAE(Square(), GaussianPixels(noise**2), 1)
    model = own if decoder == "its own" else load("humps").with_likelihood(GaussianPixels(noise**2))
    x = tensor([1])
    mean, variance, bound = best_of_two_humps(noise**2)
    assert (mean < 1e-3) == (noise == 0.5)
    best = best_gaussian(model, x)
    assert elbo(model, x, best).elbo.item() == pytest.approx(bound, abs=1e-3)
    # A maximum is flat: a thousandth of a nat leaves √(2e-3 / curvature) of play, and the curvature in the mean is at
    # least 1 (the prior's) and in the log variance at least that of −½ log, ½.
    assert abs(best.mean.abs().item() - mean) < math.sqrt(2e-3)
    assert abs(best.variance.log().item() - math.log(variance)) < math.sqrt(4e-3)


def test_14_on_one_of_two_narrow_humps_the_gap_is_log_two():
    model = VAE(Square(), GaussianPixels(0.01), 1)
    x = tensor([1])
    gap = evidence(model, x).value - elbo(model, x, best_gaussian(model, x)).elbo
    # And a little for the humps' own skewness, of the order of σₓ².
    assert math.log(2) - 1e-3 < gap.item() < math.log(2) + 0.01


@pytest.mark.parametrize(("noise_variance", "constant"), [(1.0, 720.4478100324634), (0.5, 448.73411525296484)])
def test_15_constants_of_784_pixels(noise_variance, constant):
    x = torch.zeros(1, 784, dtype=torch.float64)
    assert close(-GaussianPixels(noise_variance).log_prob(x, x), constant)
    blank = VAE(LinearDecoder(torch.zeros(784, 2).double(), torch.zeros(784).double()), GaussianPixels(noise_variance), 2)
    assert close(-evidence(blank, x).value, constant)


def test_15_constant_of_784_fair_coins():
    x = torch.zeros(1, 784, dtype=torch.float64)
    assert close(BernoulliPixels().log_prob(x, x), -784 * math.log(2))


def test_a_sweep_of_problem_c_is_a_line_in_the_variance_minus_kl():
    variances = tensor([0.5, 2], [1, 2], [0.5, 3], [1e-4, 4])
    sweep = sweep_variance(problem_c(), X_OF_C, tensor([1, 0]), variances)
    # ‖W_1‖² = 1.25 and ‖W_2‖² = 2, each over 2 σₓ² = 1.
    start = -7.032094828774101
    assert close(sweep.reconstruction, start, start - 0.625, start - 2, start + 1.25 * 0.4999 - 2 * 2)
    assert close(sweep.objective(3.0), *(sweep.reconstruction - 3 * sweep.kl.sum(-1))[0].tolist())
    assert close(sweep.elbo[:, 0], -7.782094828774101)
