"""What q costs, counted from the decoder's best picture: against scipy's optimisers, dense grids and laws over random q."""

import copy
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
import torch
from torch import nn

import vaecore
from tests.oracle_screen import pretrained
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels, LinearDecoder
from vaecore.data import digits, mnist
from vaecore.evaluate.costs import best_code, best_variance, gap_shares, log_likelihood


def digit(label, model="digits-2"):
    ours = digits.test_digits()
    x = mnist.grey(ours.images[(torch.as_tensor(ours.labels) == label).nonzero()[0]]).double()
    return (x > 0.5).double() if "binary" in model else x


def network(latent, seed, pixels=12, activation=nn.Tanh):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        decoder = nn.Sequential(nn.Linear(latent, 24), activation(), nn.Linear(24, 24), activation(), nn.Linear(24, pixels))
        with torch.no_grad():
            decoder[0].weight.mul_(2.0)
    return decoder.double()


def random_linear(latent, seed, pixels=9):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(pixels, latent, generator=generator, dtype=torch.float64)
    bias, x = torch.randn(2, pixels, generator=generator, dtype=torch.float64)
    return VAE(LinearDecoder(weight, bias), GaussianPixels(0.3), latent), x[None]


def random_q(count, latent, seed, spread=1.5):
    generator = torch.Generator().manual_seed(seed)
    mean = spread * torch.randn(count, latent, generator=generator, dtype=torch.float64)
    return DiagonalGaussian(mean, (1.5 * torch.randn(count, latent, generator=generator, dtype=torch.float64) - 2).exp())


def highest_by_scipy(model, x, starts):
    """max log p(x|z) by scipy's BFGS on a float64 copy, from many starts."""
    decoder = copy.deepcopy(model.decoder).double()

    def minus(z):
        with torch.no_grad():
            return -float(model.likelihood.log_prob(x, decoder(torch.as_tensor(z)[None]))[0])

    return max(-scipy.optimize.minimize(minus, start, method="BFGS").fun for start in starts)


@pytest.mark.parametrize("latent", [1, 2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_code_of_a_linear_decoder_is_numpys_least_squares(latent, seed):
    model, x = random_linear(latent, seed)
    weight, bias = model.decoder.weight.detach().numpy(), model.decoder.bias.detach().numpy()
    z, *_ = np.linalg.lstsq(weight, x[0].numpy() - bias, rcond=None)
    squares = ((x[0].numpy() - bias - weight @ z) ** 2).sum()
    expected = -squares / 0.6 - 0.5 * len(bias) * math.log(2 * math.pi * 0.3)
    found = best_code(model, x)
    assert found.accuracy is vaecore.Accuracy.EXACT
    assert found.log_likelihood.item() == pytest.approx(expected, abs=1e-9)
    assert found.z[0].numpy() == pytest.approx(z, abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("likelihood", [GaussianPixels(0.04), BernoulliPixels()], ids=["gaussian", "bernoulli"])
@pytest.mark.parametrize("latent", [1, 2])
def test_no_point_of_a_dense_grid_is_likelier_than_the_best_code(latent, likelihood, seed):
    model = VAE(network(latent, seed), likelihood, latent)
    x = torch.rand(1, 12, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).round()
    axis = torch.linspace(-6, 6, 4001 if latent == 1 else 241, dtype=torch.float64)
    grid = torch.cartesian_prod(*[axis] * latent).reshape(-1, latent)
    with torch.no_grad():
        likeliest = likelihood.log_prob(x, model.decoder(grid)).max().item()
    found = best_code(model, x)
    assert found.log_likelihood.item() >= likeliest - 1e-9
    assert found.log_likelihood.item() == pytest.approx(log_likelihood(model, x, found.z).item(), abs=1e-9)


@pytest.mark.parametrize(("name", "label"), [("digits-2", 7), ("digits-2", 3), ("digits-2-binary", 7), ("digits-16", 7)])
def test_the_best_code_of_a_pretrained_model_is_as_high_as_scipys(name, label):
    model, x = pretrained(name), digit(label, name)
    with torch.no_grad():
        encoded = model.encode(x.float()).mean[0].double().numpy()
    best = vaecore.best_gaussian(model, x).mean[0].numpy()
    generator = np.random.default_rng(1)
    starts = [encoded, best, *(best + 0.3 * generator.standard_normal((4, len(best))))]
    found = best_code(model, x).log_likelihood.item()
    # The decoder computes in float32 here and in float64 there.
    assert found >= highest_by_scipy(model, x, starts) - 2e-3


@pytest.mark.parametrize("name", ["number", "humps", "digits-linear-2", "digits-2", "digits-2-binary", "digits-16"])
def test_no_q_reconstructs_better_than_the_best_code(name):
    model = pretrained(name)
    x = torch.tensor([[1.0]], dtype=torch.float64) if model.pixels == 1 else digit(4, name)
    top = best_code(model, x).log_likelihood
    centre = vaecore.best_gaussian(model, x)
    generator = torch.Generator().manual_seed(0)
    for _ in range(12):
        # Means near the best and far from it, variances over six decades: a thousand q in all.
        shift = torch.randn(1, model.latent_dim, generator=generator, dtype=torch.float64)
        scale = 10 ** torch.empty(1).uniform_(-3, 0.5, generator=generator).item()
        swept = vaecore.sweep_variance(
            model, x, centre.mean + scale * shift, torch.logspace(-6, 0.5, 84, dtype=torch.float64)
        )
        assert (swept.reconstruction[0] <= top + 3 * swept.error[0] + 1e-6 * top.abs()).all()


@pytest.mark.parametrize("latent", [1, 2, 4])
@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
def test_the_best_variance_of_a_linear_decoder_is_that_of_its_precision(latent, beta):
    model, x = random_linear(latent, seed=latent)
    mean = torch.full((1, latent), 0.7, dtype=torch.float64)
    precision = beta + model.decoder.weight.detach().square().sum(0) / 0.3
    assert best_variance(model, x, mean, beta)[0].tolist() == pytest.approx((beta / precision).tolist(), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_variance_of_a_network_is_as_good_as_scipys(seed):
    model = VAE(network(2, seed), GaussianPixels(0.02), 2)
    x = torch.rand(1, 12, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    mean = torch.tensor([[0.4, -0.3]], dtype=torch.float64)

    def cost(logs):
        q = DiagonalGaussian(mean, torch.as_tensor(logs, dtype=torch.float64).exp()[None])
        return -float(vaecore.elbo(model, x, q).elbo)

    found = best_variance(model, x, mean)
    starts = [found[0].log().numpy() + shift for shift in ([0.0, 0.0], [1.0, -1.0], [-2.0, 1.5])]
    lowest = min(scipy.optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 1e-4}).fun for start in starts)
    assert cost(found[0].log().numpy()) <= lowest + 1e-4


def test_from_a_start_that_is_nearly_best_the_search_ends_at_the_same_variances():
    model, x = pretrained("digits-2"), digit(3, "digits-2")
    mean = torch.tensor([[-1.5, -3.2]], dtype=torch.float64)
    found = best_variance(model, x, mean)
    again = best_variance(model, x, mean, start=0.7 * found)
    height = [float(vaecore.elbo(model, x, DiagonalGaussian(mean, variance)).elbo) for variance in (found, again)]
    assert height[1] == pytest.approx(height[0], abs=1e-4)


@pytest.mark.parametrize("name", ["number", "humps", "digits-linear-8", "digits-2"])
def test_the_shares_are_never_negative_and_add_up_to_the_gap(name):
    model = pretrained(name)
    x = torch.tensor([[1.0]], dtype=torch.float64) if model.pixels == 1 else digit(3, name)
    known, best = vaecore.evidence(model, x), vaecore.best_gaussian(model, x)
    near = random_q(24, model.latent_dim, seed=5, spread=0.3)
    for i in range(24):
        q = DiagonalGaussian(best.mean + near.mean[i : i + 1], near.variance[i : i + 1])
        shares = gap_shares(model, x, q, known, best)
        gap = known.value - vaecore.elbo(model, x, q).elbo
        parts = [shares.mean.item(), shares.width.item(), shares.shape.item()]
        # The best Gaussian of `number` and of the orthogonal linear models is the posterior: its share is 0 up to rounding.
        assert min(parts) > -2e-3
        assert sum(parts) == pytest.approx(gap.item(), abs=1e-6 * max(1.0, gap.abs().item()))


def test_at_the_best_q_only_the_shape_is_left_and_at_its_mean_only_the_width():
    model = pretrained("humps")
    x = torch.tensor([[1.0]], dtype=torch.float64)
    best = vaecore.best_gaussian(model, x)
    alone = gap_shares(model, x, best)
    assert alone.mean.item() == pytest.approx(0, abs=1e-6)
    assert alone.width.item() == pytest.approx(0, abs=1e-6)
    assert alone.shape.item() == pytest.approx(0.7231, abs=1e-3)  # about log 2: one of two modes
    wide = gap_shares(model, x, DiagonalGaussian(best.mean, 5 * best.variance))
    assert wide.mean.item() == pytest.approx(0, abs=1e-6)
    assert wide.width.item() > 0.1


def test_the_encoder_puts_the_three_in_the_wrong_place():
    """The mean holds nearly all of this image's gap of 23.6 nats, and blur hardly any of what reconstruction loses."""
    model, x = pretrained("digits-2"), digit(3)
    with torch.no_grad():
        q = model.encode(x.float())
    q = DiagonalGaussian(q.mean.double(), q.variance.double())
    shares = gap_shares(model, x, q)
    top = best_code(model, x).log_likelihood
    assert shares.mean.item() == pytest.approx(22.8, abs=0.1)
    assert shares.mean.item() + shares.width.item() + shares.shape.item() == pytest.approx(23.587, abs=0.01)
    assert (top - log_likelihood(model, x, q.mean)).item() == pytest.approx(21.36, abs=0.01)


def test_what_does_not_fit_is_refused():
    model, x = random_linear(2, 0)
    with pytest.raises(ValueError, match=r"z must have shape \(1, 2\); got \(1, 3\)"):
        log_likelihood(model, x, torch.zeros(1, 3))
    with pytest.raises(ValueError, match="beta must be positive and finite; got 0"):
        best_variance(model, x, torch.zeros(1, 2), beta=0)
    with pytest.raises(ValueError, match="pixels"):
        best_code(model, torch.zeros(1, 4))


def test_no_search_loads_torchs_compiler():
    # It would take two seconds and 70 MB of every server.
    script = "import sys, torch, vaecore; from vaecore.evaluate.costs import best_code; "
    script += "best_code(vaecore.load('humps'), torch.tensor([[1.0]])); print('torch._dynamo' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
