"""The two pixel likelihoods, against torch.distributions, and that they are normalised."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vaecore import BernoulliPixels, GaussianPixels


def images(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("variance", [1e-4, 0.01, 0.5, 1, 392, 1e4])
def test_gaussian_pixels_are_those_of_torch_distributions(variance):
    x, decoded = images(6, 784), 3 * images(6, 784, seed=1) - 1
    judge = Normal(decoded, math.sqrt(variance)).log_prob(x).sum(-1)
    assert torch.allclose(GaussianPixels(variance).log_prob(x, decoded), judge, rtol=1e-12, atol=1e-9)


def test_bernoulli_pixels_are_those_of_torch_distributions():
    x, decoded = (images(6, 784) > 0.6).double(), 60 * images(6, 784, seed=1) - 30
    judge = Bernoulli(logits=decoded).log_prob(x).sum(-1)
    assert torch.allclose(BernoulliPixels().log_prob(x, decoded), judge, rtol=1e-12, atol=1e-9)


def test_certain_coins_cost_nothing_and_wrong_ones_their_logit():
    decoded = torch.tensor([[1000.0, -1000.0]])
    assert BernoulliPixels().log_prob(torch.tensor([[1.0, 0.0]]), decoded).item() == 0
    assert BernoulliPixels().log_prob(torch.tensor([[0.0, 1.0]]), decoded).item() == -2000


def test_gaussian_pixels_integrate_to_one():
    x = torch.linspace(-9, 11, 4001, dtype=torch.float64)[:, None]
    density = GaussianPixels(0.3).log_prob(x, torch.ones(1, 1, dtype=torch.float64)).exp()
    # Trapezoids of a Gaussian of sd 0.55 at spacing 0.005 are exact to rounding.
    assert density.sum().item() * 0.005 == pytest.approx(1, abs=1e-12)


def test_bernoulli_pixels_sum_to_one():
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 10)
    decoded = 6 * images(1, 10) - 3
    assert BernoulliPixels().log_prob(x, decoded).exp().sum().item() == pytest.approx(1, abs=1e-13)


def test_a_density_may_be_positive():
    x = torch.zeros(1, 784, dtype=torch.float64)
    assert GaussianPixels(0.01).log_prob(x, x).item() == pytest.approx(-392 * math.log(0.02 * math.pi), rel=1e-14)
    assert GaussianPixels(0.01).log_prob(x, x).item() > 0


@pytest.mark.parametrize("likelihood", [GaussianPixels(0.25), BernoulliPixels()], ids=["gaussian", "bernoulli"])
@pytest.mark.parametrize(
    ("x_shape", "decoded_shape", "shape"),
    [((9,), (9,), ()), ((4, 9), (4, 9), (4,)), ((4, 9), (9,), (4,)), ((1, 9), (7, 9), (7,)), ((4, 9), (5, 4, 9), (5, 4)),
     ((4, 1, 9), (1, 5, 9), (4, 5))],
)  # fmt: skip
def test_leading_dimensions_broadcast_and_pixels_are_summed(likelihood, x_shape, decoded_shape, shape):
    x, decoded = (images(*x_shape) > 0.5).double(), images(*decoded_shape, seed=1)
    value = likelihood.log_prob(x, decoded)
    assert value.shape == shape
    one_by_one = likelihood.log_prob(x.expand(*shape, 9), decoded.expand(*shape, 9))
    assert torch.allclose(value, one_by_one, rtol=1e-14)


@pytest.mark.parametrize("likelihood", [GaussianPixels(1.3), BernoulliPixels()], ids=["gaussian", "bernoulli"])
def test_twice_the_image_is_twice_the_nats(likelihood):
    x, decoded = (images(3, 50) > 0.5).double(), images(3, 50, seed=1)
    twice = likelihood.log_prob(torch.cat([x, x], -1), torch.cat([decoded, decoded], -1))
    assert torch.allclose(twice, 2 * likelihood.log_prob(x, decoded), rtol=1e-14)


@pytest.mark.parametrize("variance", [1e-4, 0.5, 1e4])
def test_float32_gaussian_is_float64_gaussian_to_its_own_precision(variance):
    x, decoded = images(20, 784).float(), images(20, 784, seed=1).float()
    single = GaussianPixels(variance).log_prob(x, decoded)
    double = GaussianPixels(variance).log_prob(x.double(), decoded.double())
    # Pairwise float32 sums of 784 positive terms: a few ε of the sum of squares and of the constant.
    squares = (x.double() - decoded.double()).square().sum(-1) / (2 * variance)
    constant = abs(392 * math.log(2 * math.pi * variance))
    assert single.dtype == torch.float32
    assert ((single.double() - double).abs() <= 8 * 2.0**-23 * (squares + constant)).all()


def test_float32_bernoulli_is_float64_bernoulli_to_its_own_precision():
    x, decoded = (images(20, 784) > 0.5).float(), (20 * images(20, 784, seed=1) - 10).float()
    single = BernoulliPixels().log_prob(x, decoded)
    double = BernoulliPixels().log_prob(x.double(), decoded.double())
    terms = decoded.double().abs().sum(-1) + 784 * math.log(2)  # bounds Σ |x f| and Σ softplus(f)
    assert single.dtype == torch.float32
    assert ((single.double() - double).abs() <= 8 * 2.0**-23 * terms).all()


def test_the_variance_may_be_a_float_or_a_scalar_tensor_and_is_learned():
    x, decoded = images(5, 30), images(5, 30, seed=1)
    log_variance = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
    learned = GaussianPixels(log_variance.exp()).log_prob(x, decoded)
    assert torch.allclose(learned, GaussianPixels(math.exp(-1)).log_prob(x, decoded), rtol=1e-14)
    learned.sum().backward()
    # d/d log v of −S / 2v − (P/2) log v is S / 2v − P/2.
    slope = ((x - decoded).square().sum(-1) / (2 * math.exp(-1)) - 15).sum()
    assert log_variance.grad.item() == pytest.approx(slope.item(), rel=1e-12)


def test_the_image_that_is_meant_is_the_decoders_mean():
    decoded = torch.tensor([[-2.0, 0.0, 3.0]])
    assert torch.equal(GaussianPixels(0.1).mean(decoded), decoded)
    assert torch.equal(BernoulliPixels().mean(decoded), decoded.sigmoid())


@pytest.mark.parametrize("variance", [0, -0.3, math.nan, math.inf, torch.tensor(-2.0)])
def test_a_variance_that_is_none_is_refused(variance):
    with pytest.raises(ValueError, match=f"variance must be positive and finite; got {float(variance):g}"):
        GaussianPixels(variance)


@pytest.mark.usefixtures("unchecked_shapes")
def test_variances_in_the_shape_of_an_image_are_refused():
    with pytest.raises(ValueError, match=r"\(pixels,\), one for each pixel in order; got \(3, 3\)"):
        GaussianPixels(torch.ones(3, 3))
    with pytest.raises(ValueError, match="positive and finite; got -1"):
        GaussianPixels(torch.tensor([1.0, -1.0]))
    with pytest.raises(ValueError, match="a variance for each of the 4 pixels; got 3"):
        GaussianPixels(torch.ones(3)).check(torch.ones(2, 4))


def test_a_variance_for_each_pixel_is_a_normal_distribution_for_each():
    x, decoded = images(5, 30), images(5, 30, seed=1)
    variance = torch.linspace(0.1, 3.0, 30, dtype=torch.float64, requires_grad=True)
    pixels = GaussianPixels(variance)
    truth = torch.distributions.Normal(decoded, variance.sqrt()).log_prob(x).sum(-1)
    assert torch.allclose(pixels.log_prob(x, decoded), truth, rtol=1e-13)
    parts = (pixels.statistic(x) * decoded).sum(-1) - pixels.log_partition(decoded)
    assert torch.allclose(parts / pixels.dispersion + pixels.log_base_measure(x), truth, rtol=1e-13)
    assert torch.allclose(pixels.log_maximum(x), pixels.log_prob(x, x), rtol=1e-13)
    (slope,) = torch.autograd.grad(truth.sum(), variance)
    pixels.log_prob(x, decoded).sum().backward()
    assert torch.allclose(variance.grad, slope, rtol=1e-12)


@pytest.mark.parametrize("pixel", [0.5, -1.0, 2.0, math.nan])
def test_grey_pixels_are_refused_as_coins(pixel):
    x = torch.tensor([[0.0, 1.0, pixel]])
    with pytest.raises(ValueError, match=f"0 or 1.*got {pixel:g}"):
        BernoulliPixels().log_prob(x, torch.zeros(1, 3))
    with pytest.raises(ValueError, match=f"0 or 1.*got {pixel:g}"):
        BernoulliPixels().check(x)


@pytest.mark.parametrize("pixel", [math.nan, math.inf])
def test_images_that_are_not_finite_are_refused(pixel):
    with pytest.raises(ValueError, match=f"finite.*got {pixel:g}"):
        GaussianPixels(1.0).check(torch.tensor([[0.0, pixel]]))
