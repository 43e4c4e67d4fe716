"""Extreme but lawful questions: a right value with a true error, or one sentence.

Linear networks are judged by their exact values in 60 digits; to vaecore they are networks like any other.
"""

import math
from functools import partial

import mpmath
import pytest
import torch
from scipy import integrate, stats
from torch import Tensor, nn

import vaecore
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels

PIXELS = 6


def linear_network(latents: int, dtype: torch.dtype) -> nn.Sequential:
    generator = torch.Generator().manual_seed(latents)
    layer = nn.Linear(latents, PIXELS)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(PIXELS, latents, generator=generator))
        layer.bias.copy_(torch.randn(PIXELS, generator=generator))
    return nn.Sequential(layer.to(dtype))


def image_of(decoder: nn.Sequential, noise: float) -> Tensor:
    layer = decoder[0]
    with torch.no_grad():
        at = decoder(torch.full((1, layer.in_features), 0.4, dtype=layer.weight.dtype))
        return at + noise * torch.randn(PIXELS, generator=torch.Generator().manual_seed(9)).to(at)


def exactly(decoder: nn.Sequential, x: Tensor, variance: float) -> tuple[float, list[float], list[float]]:
    """log p(x) = log N(x; b, W Wᵀ + σₓ²), and mean and variances of the best diagonal q, in 60 digits."""
    with mpmath.workdps(60):
        weight = mpmath.matrix(decoder[0].weight.detach().double().tolist())
        rest = mpmath.matrix((x[0].double() - decoder[0].bias.detach().double()).tolist())
        noise = mpmath.mpf(variance)
        covariance = weight * weight.T + noise * mpmath.eye(PIXELS)
        fit = (rest.T * mpmath.lu_solve(covariance, rest))[0]
        value = -(fit + mpmath.log(mpmath.det(covariance)) + PIXELS * mpmath.log(2 * mpmath.pi)) / 2
        precision = mpmath.eye(weight.cols) + weight.T * weight / noise
        mean = mpmath.lu_solve(precision, weight.T * rest / noise)
        return float(value), [float(m) for m in mean], [float(1 / precision[i, i]) for i in range(weight.cols)]


@pytest.mark.parametrize("noise", [0.0, 0.05], ids=["on the decoder's images", "off them"])
@pytest.mark.parametrize("variance", [1e-8, 1e-10, 1e-12, 1e-15])
@pytest.mark.parametrize("latents", [1, 2, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_likelihood_however_sharp_has_a_true_error_or_is_refused(dtype, latents, variance, noise):
    decoder = linear_network(latents, dtype)
    model, x = VAE(decoder, GaussianPixels(variance), latents), image_of(decoder, noise)
    value, mean, variances = exactly(decoder, x, variance)
    found = vaecore.evidence(model, x)
    # One bound with up to two latents, else four standard errors; float32 has 24 bits.
    allowed = (1 if latents < 3 else 4) * found.error.double().item() + abs(value) * 2**-24
    assert abs(found.value.double().item() - value) <= allowed
    assert math.isfinite(found.error.item())
    try:
        q = vaecore.best_gaussian(model, x)
    except ValueError as problem:
        refused = str(problem)
    else:
        refused = ""
    if refused:
        assert "the best q cannot be found" in refused and f"{dtype}".removeprefix("torch.") in refused
        assert found.error.item() > 1, "only where rounding hides it"
    else:
        deviation = torch.tensor(variances, dtype=torch.float64).sqrt()
        assert ((q.mean[0].double() - torch.tensor(mean, dtype=torch.float64)).abs() < deviation).all()
        assert torch.allclose(q.variance[0].double(), deviation.square(), rtol=0.25)


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_in_float64_a_posterior_of_a_millionth_is_resolved(latents):
    decoder = linear_network(latents, torch.float64)
    model, x = VAE(decoder, GaussianPixels(1e-12), latents), image_of(decoder, 0.0)
    value, mean, variances = exactly(decoder, x, 1e-12)
    found, q = vaecore.evidence(model, x), vaecore.best_gaussian(model, x)
    assert found.error.item() < 0.01 and abs(found.value.item() - value) < 0.01
    assert q.mean[0].tolist() == pytest.approx(mean, abs=1e-2 * min(variances) ** 0.5)
    assert q.variance[0].tolist() == pytest.approx(variances, rel=1e-2)


@pytest.mark.parametrize("variance", [1e30, 1e-24, 1e-6, 1.0])
@pytest.mark.parametrize(("mean", "of_q"), [(0.3, 1e6), (0.3, 1e-30), (1e6, 1.0), (-1e6, 1e6)])
@pytest.mark.parametrize("latents", [1, 2, 3])
def test_a_q_however_wide_narrow_or_far_has_a_true_error(latents, mean, of_q, variance):
    """E_q[log p(x|z)] of a linear network is −½ (‖x − f(mean)‖² + Σ variance ‖column‖²) / σₓ² and its constant."""
    decoder = linear_network(latents, torch.float32)
    model, x = VAE(decoder, GaussianPixels(variance), latents), image_of(decoder, 0.05)
    q = DiagonalGaussian(torch.full((1, latents), mean), torch.full((1, latents), of_q))
    weight, bias = decoder[0].weight.detach().double(), decoder[0].bias.detach().double()
    squares = (x.double() - bias - q.mean.double() @ weight.T).square().sum() + q.variance[0].double() @ weight.square().sum(
        0
    )
    exact = -0.5 * float(squares) / variance - 0.5 * PIXELS * math.log(2 * math.pi * variance)
    found = vaecore.elbo(model, x.double(), q)  # float32 ends at 3e38
    allowed = (1 if latents < 3 else 4) * found.error.double().item() + abs(exact) * 2**-23
    assert abs(found.reconstruction.double().item() - exact) <= allowed
    assert found.error.item() < 1e-3 * abs(exact) + 1, "an error that says something"


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_images_out_of_all_proportion_to_the_noise_are_refused(latents):
    model = VAE(linear_network(latents, torch.float32), GaussianPixels(0.01), latents)
    q = DiagonalGaussian(torch.zeros(1, latents), torch.ones(1, latents))
    sharp = VAE(model.decoder, GaussianPixels(1e-30), latents)
    for asked, x in (
        (model, torch.full((1, PIXELS), 1e20)),
        (model, torch.full((1, PIXELS), 1e200, dtype=torch.float64)),
        (sharp, torch.ones(1, PIXELS)),
    ):
        for ask in (partial(vaecore.elbo, asked, x, q), partial(vaecore.evidence, asked, x)):
            with pytest.raises(ValueError, match=r"its largest pixel is 1.*Are the images scaled as in training"):
                ask()


@pytest.mark.parametrize("latents", [1, 3])
def test_a_beta_so_small_that_rounding_decides_is_refused(latents):
    decoder = nn.Sequential(linear_network(latents, torch.float32), nn.Tanh())
    model, x = VAE(decoder, GaussianPixels(0.01), latents), torch.full((1, PIXELS), 0.3)
    with pytest.raises(ValueError, match=r"moves it by about .*, divided by β .*float64, or a larger σₓ or β"):
        vaecore.best_gaussian(model, x, 1e-12)
    wide = vaecore.best_gaussian(model, x, 1e9)
    assert torch.allclose(wide.variance, torch.ones(1, latents), atol=1e-4)
    assert torch.allclose(wide.mean, torch.zeros(1, latents), atol=1e-4)


class Somewhere(nn.Module):
    """A decoder that gives NaN where z₁ > 0.5."""

    def forward(self, z: Tensor) -> Tensor:
        return torch.where(z[:, :1] > 0.5, math.nan, z.sum(-1, keepdim=True).expand(-1, PIXELS))


@pytest.mark.parametrize("latents", [1, 2, 3])
def test_a_decoder_that_is_not_finite_somewhere_is_refused_by_images_too(latents):
    model, x = VAE(Somewhere(), GaussianPixels(0.1), latents), torch.full((1, PIXELS), 0.3)
    q = DiagonalGaussian(torch.zeros(1, latents), torch.ones(1, latents))
    for ask in (
        lambda: vaecore.elbo(model, x, q),
        lambda: vaecore.evidence(model, x),
        lambda: vaecore.best_gaussian(model, x),
        lambda: vaecore.importance_bound(model, x, q, 8, 0),
        lambda: vaecore.sweep_images(model, q.mean, torch.ones(1)),
        lambda: list(vaecore.mean_elbo(model, x, q=q)),
    ):
        with pytest.raises(ValueError, match="the decoder must give finite pixels"):
            ask()


def test_what_is_no_number_model_or_record_is_refused_with_a_sentence(unchecked_shapes):
    model, x = VAE(linear_network(2, torch.float32), GaussianPixels(0.1), 2), torch.zeros(1, PIXELS)
    q = DiagonalGaussian(torch.zeros(1, 2), torch.ones(1, 2))
    variances = torch.ones(1)
    for ask, sentence in (
        (lambda: vaecore.elbo(model.decoder, x, q), r"model must be a vaecore\.VAE .*; got Sequential"),
        (lambda: vaecore.elbo(model, x, (q.mean, q.variance)), "q must be a DiagonalGaussian; got tuple"),
        (
            lambda: vaecore.gap(model, x, q, torch.ones(1)),
            r"the evidence must be what vaecore\.evidence returns; got Tensor",
        ),
        (lambda: vaecore.best_gaussian(model, x, "1"), "beta must be a number; got str"),
        (lambda: vaecore.importance_bound(model, x, q, 1.5, 0), r"samples must be a whole number; got 1\.5"),
        (lambda: vaecore.importance_bound(model, x, q, 2, None), "seed must be a whole number; got None"),
        (lambda: vaecore.sweep_images(model, q.mean, variances, samples=2.5), r"samples must be a whole number; got 2\.5"),
        (lambda: list(vaecore.mean_elbo(model, x, q=q, chunk="all")), "chunk must be a whole number; got 'all'"),
    ):
        with pytest.raises(TypeError, match=sentence):
            ask()
    with pytest.raises(ValueError, match=r"seed must be at least .* and below"):
        vaecore.importance_bound(model, x, q, 2, 2**70)
    with pytest.raises(ValueError, match="samples must be at least 0; got -1"):
        vaecore.sweep_images(model, q.mean, variances, samples=-1)


def test_logits_beyond_all_measure_keep_their_error():
    """log p(x) of pixels that one latent decides, by SciPy: black where z > 0, white elsewhere."""
    layer = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        layer.weight.fill_(1e6)
    found = vaecore.evidence(VAE(nn.Sequential(layer), BernoulliPixels(), 1), torch.ones(1, 1))
    exact, _ = integrate.quad(
        lambda z: stats.norm.pdf(z) / (1 + math.exp(min(700, -1e6 * z))), -9, 9, points=[-1e-5, 0, 1e-5], limit=500
    )
    assert abs(found.value.item() - math.log(exact)) <= found.error.item() + 1e-4
