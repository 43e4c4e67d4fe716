"""Reverse water-filling, judged by what a linear VAE does when its loss is minimised, and MNIST's spectrum by MNIST."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

import vaecore
from vaecore.data import digits
from vaecore.data.mnist import grey
from vaecore.losses import water_filling

SMALL = np.array([4.0, 1.0, 0.25])


def minimised(
    eigenvalues: np.ndarray, latents: int, beta: float, noise_variance: float | None
) -> tuple[float, float, np.ndarray]:
    """Squared error, σₓ² and KL per latent at the minimum of a linear VAE's expected loss; σₓ² learned if None is given.

    In the eigenvectors' own coordinates: z = gain·x + noise, x̂ = weight·z, over pixels of these variances; KL from
    torch.distributions.
    """
    pixels = torch.from_numpy(np.array(eigenvalues))
    kept = pixels[:latents]
    generator = torch.Generator().manual_seed(0)
    gain, weight = (torch.rand(latents, generator=generator, dtype=torch.float64) + 0.5 for _ in range(2))
    log_variance, log_noise = torch.full((latents,), -1.0).double(), torch.tensor(-2.0).double()
    learned = [gain, weight, log_variance, *([log_noise] if noise_variance is None else [])]
    for parameter in learned:
        parameter.requires_grad_()
    optimizer = torch.optim.LBFGS(
        learned, max_iter=4000, tolerance_grad=1e-11, tolerance_change=1e-16, history_size=50, line_search_fn="strong_wolfe"
    )

    def terms() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        noise = log_noise.exp() if noise_variance is None else torch.tensor(noise_variance).double()
        variance = log_variance.exp()
        errors = kept * (1 - weight * gain).square() + weight.square() * variance
        squared_error = errors.sum() + pixels[latents:].sum()
        # Averaged over x the KL is the one at the root mean square of q's mean.
        q = torch.distributions.Normal(gain * kept.sqrt(), variance.sqrt())
        prior = torch.distributions.Normal(torch.zeros_like(kept), torch.ones_like(kept))
        return squared_error, noise, torch.distributions.kl_divergence(q, prior)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        squared_error, noise, kl = terms()
        value = squared_error / (2 * noise) + 0.5 * len(pixels) * noise.log() + beta * kl.sum()
        value.backward()
        return value

    for _ in range(4):
        optimizer.step(loss)
    squared_error, noise, kl = (term.detach() for term in terms())
    return float(squared_error), float(noise), kl.numpy()


def test_three_directions_by_hand() -> None:
    one, half = water_filling.reverse_water_filling(SMALL, 1.0), water_filling.reverse_water_filling(SMALL, 0.5)
    assert (one.kl, one.squared_error) == pytest.approx((math.log(2), 2.25))
    assert (half.kl, half.squared_error) == pytest.approx((2 * math.log(2), 1.25))
    # A direction that just touches the surface is not above it.
    assert (one.above, half.above) == (1, 2)


@pytest.mark.parametrize(("beta", "noise_variance"), [(1.0, 0.3), (0.5, 0.6), (3.0, 0.1), (2.0, 1.0), (1.0, 9.0)])
@pytest.mark.parametrize("latents", [2, 5])
def test_a_linear_vae_keeps_what_stands_above_the_water(beta: float, noise_variance: float, latents: int) -> None:
    eigenvalues = np.array([5.0, 2.2, 0.9, 0.35, 0.1, 0.05, 0.01])
    filling = water_filling.reverse_water_filling(eigenvalues, beta * noise_variance, latents)
    squared_error, _, kl = minimised(eigenvalues, latents, beta, noise_variance)
    # Near the surface the loss is flat: its gradient of 1e-6 or so leaves 1e-3 in what is kept of nothing.
    assert squared_error == pytest.approx(filling.squared_error, abs=1e-4)
    assert kl.sum() == pytest.approx(filling.kl, abs=1e-4)
    assert (kl > 1e-3).sum() == filling.active


@pytest.mark.parametrize(("latents", "beta"), [(1, 1.0), (3, 1.0), (3, 0.3), (3, 2.5), (5, 1.0), (2, 40.0)])
def test_a_linear_vae_learns_this_noise(latents: int, beta: float) -> None:
    eigenvalues = np.array([5.0, 2.2, 0.9, 0.35, 0.1, 0.05, 0.01, 0.003, 0.001, 0.001])
    noise = water_filling.learned_noise_variance(eigenvalues, latents, beta)
    squared_error, learned, kl = minimised(eigenvalues, latents, beta, None)
    assert noise == pytest.approx(learned, rel=1e-4)
    # What a learned σₓ² settles at is the mean squared error of a pixel.
    assert noise == pytest.approx(squared_error / len(eigenvalues), rel=1e-4)
    assert (kl > 1e-3).sum() == water_filling.reverse_water_filling(eigenvalues, beta * noise, latents).active


def test_with_beta_one_it_is_the_noise_of_probabilistic_pca() -> None:
    assert water_filling.learned_noise_variance(SMALL, 1) == pytest.approx(0.625)
    x = np.random.default_rng(0).normal(size=(500, 8)) * np.array([3, 2, 1.5, 1, 0.6, 0.5, 0.3, 0.1])
    fitted = PCA(3, svd_solver="full").fit(x)
    eigenvalues = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    assert water_filling.learned_noise_variance(eigenvalues, 3) == pytest.approx(fitted.noise_variance_)


@pytest.mark.parametrize("latents", [2, 8, 32])
def test_the_shipped_linear_models_have_learned_the_noise_of_mnists_spectrum(latents: int) -> None:
    noise = float(vaecore.load(f"digits-linear-{latents}").likelihood.variance)
    # The models keep σₓ² in float32.
    assert water_filling.learned_noise_variance(water_filling.mnist_spectrum(), latents) == pytest.approx(noise, rel=1e-6)


def test_nothing_left_over_is_refused() -> None:
    with pytest.raises(ValueError, match="falls to zero"):
        water_filling.learned_noise_variance(SMALL, 3, beta=0.5)
    with pytest.raises(ValueError, match="level must be positive"):
        water_filling.reverse_water_filling(SMALL, 0.0)
    with pytest.raises(ValueError, match="descend"):
        water_filling.reverse_water_filling(SMALL[::-1], 1.0)


@pytest.mark.parametrize(("level", "active"), [(0.5, 23), (1.0, 12), (392.0, 0)])
def test_so_many_directions_of_mnist_stand_above_the_water(level: float, active: int) -> None:
    filling = water_filling.reverse_water_filling(water_filling.mnist_spectrum(), level)
    assert (filling.above, filling.active) == (active, active)
    assert water_filling.reverse_water_filling(water_filling.mnist_spectrum(), level, latents=20).active == min(active, 20)


def test_the_spectrum_is_that_of_mnists_training_images() -> None:
    eigenvalues = water_filling.mnist_spectrum()
    assert eigenvalues.shape == (784,)
    assert eigenvalues.sum() == pytest.approx(52.725036, abs=1e-6)
    assert eigenvalues[0] == pytest.approx(5.1168, abs=5e-5)
    # The shipped 10,000 of the 60,000: each sample eigenvalue is off by a relative √(2/n), for Gaussian data; images have
    # lighter tails along the leading directions, and six of them are allowed.
    x = grey(digits.training_digits().images).double()
    sample = torch.linalg.eigvalsh(x.T.cov()).flip(0)[:100].numpy()
    assert sample == pytest.approx(eigenvalues[:100], rel=6 * math.sqrt(2 / 10_000))


def test_the_spectrum_is_small_says_where_it_is_from_and_is_not_written_to() -> None:
    assert Path(water_filling.SPECTRUM).stat().st_size < 10_000
    with np.load(water_filling.SPECTRUM) as file:
        assert "MNIST" in str(file["note"])
    with pytest.raises(ValueError, match="read-only"):
        water_filling.mnist_spectrum()[0] = 1
