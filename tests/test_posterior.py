"""The posterior as it is charted: in one latent a density, in two a window that holds all of its mass."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from vaecore import VAE, GaussianPixels, LinearDecoder, best_gaussian, evidence, load
from vaecore.evaluate.posterior import latent_curves, posterior_window


def line(sigma_x: float) -> tuple[VAE, torch.Tensor, Normal]:
    """f(z) = 2z + 1 at x = 2.5, whose posterior is N(2 · 1.5, σₓ²) / (4 + σₓ²), (Tipping & Bishop 1999, eq. 7)."""
    model = VAE(LinearDecoder(torch.tensor([[2.0]]).double(), torch.tensor([1.0]).double()), GaussianPixels(sigma_x**2), 1)
    scale = 4 + sigma_x**2
    mean, deviation = torch.tensor([3 / scale, sigma_x / math.sqrt(scale)], dtype=torch.float64)
    truth = Normal(mean, deviation)
    return model, torch.tensor([[2.5]]).double(), truth


@pytest.mark.parametrize("sigma_x", [1.0, 0.1, 1e-3])
def test_the_curves_of_one_latent_are_the_true_densities_however_narrow_the_posterior(sigma_x):
    model, x, truth = line(sigma_x)
    known = evidence(model, x)
    curves = latent_curves(model, x, known, known.tables[0], reach=4.5)
    assert (curves.z.diff() > 0).all() and curves.z[0] == -4.5 and curves.z[-1] == 4.5
    assert torch.allclose(curves.prior, Normal(0.0, 1.0).log_prob(curves.z).exp(), rtol=1e-12)
    assert torch.allclose(curves.posterior, truth.log_prob(curves.z).exp(), rtol=1e-7, atol=1e-12)
    likelihood = (-0.5 * ((x[0] - 2 * curves.z - 1) / sigma_x).square()).exp()
    assert torch.allclose(curves.likelihood, likelihood / likelihood.max(), rtol=1e-6, atol=1e-12)
    # The trapezoidal rule over the drawn points finds all of the mass, so no peak lies between them.
    assert float(torch.trapezoid(curves.posterior, curves.z)) == pytest.approx(1, abs=2e-3)


def test_both_modes_of_a_bimodal_posterior_are_in_its_curves():
    model, x = load("humps"), torch.tensor([[1.0]]).double()
    known = evidence(model, x)
    curves = latent_curves(model, x, known, known.tables[0], reach=4.5)
    left, right = curves.posterior[curves.z < 0].max(), curves.posterior[curves.z > 0].max()
    assert torch.allclose(left, right, rtol=1e-3)
    assert float(torch.trapezoid(curves.posterior, curves.z)) == pytest.approx(1, abs=2e-3)


def test_the_window_of_two_latents_shows_the_true_posterior_out_to_where_it_has_vanished():
    weight, bias = torch.tensor([[3.0, 0.5], [1.0, 2.0], [0.0, -1.0]]).double(), torch.tensor([0.1, -0.2, 0.3]).double()
    model, x = VAE(LinearDecoder(weight, bias), GaussianPixels(0.01), 2), torch.tensor([[2.0, 0.5, -0.5]]).double()
    precision = torch.eye(2).double() + weight.T @ weight / 0.01
    mean = torch.linalg.solve(precision, weight.T @ (x[0] - bias) / 0.01)
    truth = MultivariateNormal(mean, precision_matrix=precision)
    window = posterior_window(model, x, evidence(model, x).tables[0])
    grid = torch.stack(torch.meshgrid(window.second, window.first, indexing="ij")[::-1], -1)
    log_density = truth.log_prob(grid)
    assert torch.allclose(window.density, (log_density - log_density.max()).exp(), atol=1e-9)
    edge = torch.cat([window.density[0], window.density[-1], window.density[:, 0], window.density[:, -1]])
    assert edge.max() < math.exp(-7), "the mass above e⁻⁷ of the peak is inside, with a margin"
    width, height = (float(axis[-1] - axis[0]) for axis in (window.first, window.second))
    assert width == pytest.approx(height), "a square: directions look as they are"
    # e⁻⁷ of the peak is √14 standard deviations away; with a fifth on either side the window is 1.4 times as wide as that.
    expected = 1.4 * 2 * math.sqrt(14) * float(torch.linalg.inv(precision).diagonal().sqrt().max())
    assert width == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("latents", "sentence"), [(1, "two latents.*it has 1"), (2, "one latent.*it has 2")])
def test_a_chart_of_another_number_of_latents_is_refused(latents, sentence):
    model = VAE(LinearDecoder(torch.ones(3, latents), torch.zeros(3)), GaussianPixels(1.0), latents)
    x = torch.zeros(1, 3).double()
    known = evidence(model, x)
    with pytest.raises(ValueError, match=sentence):
        if latents == 1:
            posterior_window(model, x, known.tables[0])
        else:
            latent_curves(model, x, known, known.tables[0], reach=4.5)


@pytest.mark.parametrize("x", [0.8, 1.0, 1.5, 2.0, 3.0, 4.0])
def test_of_two_mirrored_modes_the_best_gaussian_is_always_in_the_right_one(x):
    """With f(z) = z² both are equally high; which of them a link opens must not depend on rounding."""
    mean = best_gaussian(load("humps"), torch.tensor([[x]], dtype=torch.float64)).mean
    assert mean > 0
