"""q(z|x) and its divergence from the prior."""

import math

import hypothesis
import pytest
import torch
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from vaecore import DiagonalGaussian, kl_between, kl_to_standard_normal
from vaecore.core.gaussian import kl_parts, standard_normal_log_prob

EPSILON_32 = 2.0**-23


def random_states(count: int = 20_000, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    """Means to ±10 and variances from 1e-6 to 1e4, a tenth of them within 1e-9 … 1e-1 of the prior."""
    generator = torch.Generator().manual_seed(0)
    draws = torch.rand(4, count, generator=generator, dtype=torch.float64)
    mean, variance = 20 * draws[0] - 10, 10 ** (10 * draws[1] - 6)
    tiny = 10 ** (8 * draws[2] - 9) * torch.where(draws[3] < 0.5, -1, 1)
    near = count // 10
    mean[:near], variance[:near] = tiny[:near], 1 + tiny[:near].flip(0)
    return mean.to(dtype), variance.to(dtype)


def test_kl_is_that_of_torch_distributions():
    mean, variance = random_states()
    truth = kl_divergence(Normal(mean, variance.sqrt()), Normal(torch.zeros(()).double(), torch.ones(()).double()))
    # torch subtracts 1 and the logarithm from the variance: its own rounding is the tolerance.
    assert torch.allclose(kl_to_standard_normal(mean, variance), truth, rtol=1e-13, atol=1e-15)


def test_kl_between_any_two_is_that_of_torch_distributions_both_ways():
    mean, variance = random_states()
    q, p = (
        DiagonalGaussian(*(part.reshape(-1, 2)[half] for part in (mean, variance)))
        for half in (slice(5000), slice(5000, None))
    )
    for one, other in ((q, p), (p, q)):
        expected = kl_divergence(Normal(one.mean, one.variance.sqrt()), Normal(other.mean, other.variance.sqrt()))
        # torch subtracts numbers as large as 1 + log(variance ratio) from each other, to machine precision.
        torch.testing.assert_close(kl_between(one, other), expected, rtol=1e-12, atol=1e-13)


def test_kl_between_a_q_and_itself_is_zero_and_to_the_prior_it_is_that_of_the_prior():
    mean, variance = (part.reshape(-1, 2) for part in random_states())
    q = DiagonalGaussian(mean, variance)
    prior = DiagonalGaussian(torch.zeros_like(mean), torch.ones_like(variance))
    assert (kl_between(q, q) == 0).all()
    assert torch.equal(kl_between(q, prior), kl_to_standard_normal(mean, variance))
    assert kl_between(prior, q).sum() != kl_between(q, prior).sum()


@pytest.mark.usefixtures("unchecked_shapes")
def test_kl_between_gaussians_of_different_shapes_is_refused():
    one, two = (DiagonalGaussian(torch.zeros(1, latents), torch.ones(1, latents)) for latents in (1, 2))
    with pytest.raises(ValueError, match="q and p must have the same shape; got"):
        kl_between(one, two)


def test_kl_keeps_its_digits_next_to_the_prior():
    excess = torch.tensor([1e-3, -1e-3, 1e-5, -1e-5, 1e-7], dtype=torch.float64)
    # (e − log(1 + e)) / 2 = e²/4 − e³/6 + e⁴/8 − e⁵/10 + …; with |e| ≤ 1e-3 the next term is below 1e-12 of the first.
    series = excess**2 / 4 - excess**3 / 6 + excess**4 / 8 - excess**5 / 10
    kl = kl_to_standard_normal(torch.zeros_like(excess), 1 + excess)
    # 1 + e is rounded to 2⁻⁵³ before we see it, which moves kl by 2⁻⁵³ e / 2; both sides round as much again.
    assert ((kl - series).abs() <= 2.0**-51 * excess.abs()).all()


def test_kl_is_never_negative_and_zero_only_at_the_prior():
    mean, variance = random_states()
    kl = kl_to_standard_normal(mean, variance)
    assert (kl >= 0).all()
    away = (mean.abs() > 1e-7) | ((variance - 1).abs() > 1e-7)
    assert (kl[away] > 0).all()
    zero = kl_to_standard_normal(torch.zeros(3), torch.ones(3))
    assert zero.tolist() == [0, 0, 0]
    assert not zero.signbit().any()


@hypothesis.given(st.floats(-1e3, 1e3), st.floats(1e-12, 1e12))
def test_kl_is_finite_and_its_parts_are_not_negative_for_any_state(mean, variance):
    parts = kl_parts(torch.tensor(mean, dtype=torch.float64), torch.tensor(variance, dtype=torch.float64))
    for part in parts:
        assert math.isfinite(part.item()) and part.item() >= 0 and not part.signbit()
    assert parts[0].item() == pytest.approx(mean * mean / 2, rel=1e-15)


@pytest.mark.parametrize(("low", "high"), [(1e-4, 1e-2), (1e-2, 0.5), (0.5, 2), (2, 100), (100, 1e4)])
def test_float32_kl_is_float64_kl_to_its_own_precision(low, high):
    generator = torch.Generator().manual_seed(1)
    variance = (low * (high / low) ** torch.rand(5000, generator=generator)).float()
    mean = (4 * torch.randn(5000, generator=generator)).float()
    single = kl_to_standard_normal(mean, variance).double()
    double = kl_to_standard_normal(mean.double(), variance.double())
    # A handful of roundings of terms no larger than the variance, the squared mean and the logarithm.
    scale = 0.5 * (mean.double().square() + variance.double() + variance.double().log().abs() + 1)
    assert ((single - double).abs() <= 4 * EPSILON_32 * scale).all()


def test_float32_kl_is_right_relative_to_itself_near_one():
    variance = (1 + torch.linspace(-0.45, 0.45, 2001)).float()
    variance = variance[(variance - 1).abs() > 1e-4]
    single = kl_to_standard_normal(torch.zeros_like(variance), variance).double()
    double = kl_to_standard_normal(torch.zeros_like(variance).double(), variance.double())
    # e − log1p(e) ≈ e²/2 is formed from terms of size e: relative rounding of order ε/e, not ε/e².
    assert ((single / double - 1).abs() <= 4 * EPSILON_32 / (variance.double() - 1).abs()).all()


@pytest.mark.parametrize("shape", [(), (5,), (3, 2), (4, 3, 2)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kl_has_the_shape_and_type_of_its_inputs(shape, dtype):
    kl = kl_to_standard_normal(torch.zeros(shape, dtype=dtype), torch.full(shape, 0.5, dtype=dtype))
    assert (kl.shape, kl.dtype) == (shape, dtype)


def test_kl_pulls_the_mean_by_itself_and_the_variance_by_half_of_one_minus_its_inverse():
    mean, variance = (values.clone().requires_grad_() for values in random_states(2000))
    kl_to_standard_normal(mean, variance).sum().backward()
    assert torch.allclose(mean.grad, mean.detach(), rtol=1e-14, atol=0)
    expected = 0.5 * (1 - 1 / variance.detach())
    # Within rounding of 1 and 1/variance, whose difference it is.
    assert ((variance.grad - expected).abs() <= 2.0**-50 * (1 + 1 / variance.detach())).all()


def test_kl_has_a_gradient_at_both_ends_in_float32():
    variance = torch.tensor([1e-30, 1e-4, 0.5, 1.0, 1.5, 1e30], requires_grad=True)
    kl_to_standard_normal(torch.zeros(6), variance).sum().backward()
    assert variance.grad.isfinite().all()


def test_log_prob_is_that_of_torch_distributions():
    generator = torch.Generator().manual_seed(2)
    mean, z = (3 * torch.randn(7, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    variance = torch.rand(7, 4, generator=generator, dtype=torch.float64) * 3 + 1e-3
    q = DiagonalGaussian(mean, variance)
    judge = Independent(Normal(mean, variance.sqrt()), 1)
    assert torch.allclose(q.log_prob(z), judge.log_prob(z), rtol=1e-13, atol=1e-12)
    many = torch.randn(5, 7, 4, generator=generator, dtype=torch.float64)
    assert torch.allclose(q.log_prob(many), judge.log_prob(many), rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-14), (torch.float32, 4 * EPSILON_32)])
def test_log_prior_is_that_of_torch_distributions(dtype, tolerance):
    z = 3 * torch.randn(6, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64).to(dtype)
    judge = Independent(Normal(torch.zeros(5, dtype=dtype), 1), 1).log_prob(z)
    assert torch.allclose(standard_normal_log_prob(z), judge, rtol=tolerance, atol=tolerance)
    assert standard_normal_log_prob(z).dtype == dtype


def test_points_lie_a_noise_of_standard_deviations_from_the_mean():
    q = DiagonalGaussian(torch.tensor([[1.0, -2.0]]), torch.tensor([[4.0, 0.25]]))
    assert torch.equal(q.at(torch.tensor([[1.0, -1.0]])), torch.tensor([[3.0, -2.5]]))
    assert q.at(torch.zeros(7, 1, 2)).shape == (7, 1, 2)
    assert q.latent_dim == 2


def test_mean_and_variance_of_points_are_those_of_q():
    q = DiagonalGaussian(torch.tensor([[1.0, -2.0]]).double(), torch.tensor([[4.0, 0.25]]).double())
    z = q.at(torch.randn(200_000, 1, 2, generator=torch.Generator().manual_seed(4), dtype=torch.float64))
    standard_error = (q.variance / len(z)).sqrt()
    assert ((z.mean(0) - q.mean).abs() < 6 * standard_error).all()
    assert ((z.var(0) - q.variance).abs() < 6 * q.variance * math.sqrt(2 / len(z))).all()


@pytest.mark.parametrize(
    ("mean", "variance", "sentence"),
    [
        (torch.zeros(2, 3), torch.ones(2, 2), r"same shape.*\(2, 3\).*\(2, 2\)"),
        (torch.zeros(3), torch.ones(3), r"\(batch, latent\).*\(3,\)"),
        (torch.zeros(1, 1, 3), torch.ones(1, 1, 3), r"\(batch, latent\).*\(1, 1, 3\)"),
        (torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), r"positive.*got 0.*row 0, dimension 1"),
        (torch.zeros(2, 2), torch.tensor([[1.0, 1.0], [-0.3, 1.0]]), r"positive.*got -0\.3.*row 1, dimension 0"),
        (torch.zeros(1, 2), torch.tensor([[1.0, math.nan]]), r"variance must be positive and finite; got nan"),
        (torch.zeros(1, 2), torch.tensor([[math.inf, 1.0]]), r"variance must be positive and finite; got inf"),
        (torch.tensor([[0.0, math.nan]]), torch.ones(1, 2), r"mean must be finite; got nan.*dimension 1"),
        (torch.tensor([[-math.inf, 0.0]]), torch.ones(1, 2), r"mean must be finite; got -inf.*dimension 0"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_is_no_gaussian_is_refused_with_a_sentence(mean, variance, sentence):
    with pytest.raises(ValueError, match=sentence):
        DiagonalGaussian(mean, variance)
