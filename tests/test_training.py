"""Training: on a small set whose best fit is known, the ELBO climbs to it."""

import math

import pytest
import torch
from torch import Tensor, nn

from tests.oracle_brute_force import random_network
from vaecore import VAE, BernoulliPixels, GaussianPixels, LinearDecoder, elbo
from vaecore.core.models import multilayer_perceptron
from vaecore.tools.training import Schedule, train

NOISE_VARIANCE = 0.04


def line_images(count: int = 600) -> Tensor:
    """Images along one line in eight pixels, of known noise: pPCA with one latent."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(count, 1, generator=generator)
    direction = torch.tensor([[1.0, -1, 0.5, 0.5, 0, 0, 2, 0]])
    return z * direction + math.sqrt(NOISE_VARIANCE) * torch.randn(count, 8, generator=generator)


def small_vae(noise_variance: float | None = 1.0, latent: int = 1) -> VAE:
    decoder = random_network([latent, 8], nn.Identity, 1.0, 1, torch.float32)[0]
    encoder = random_network([8, 2 * latent], nn.Identity, 1.0, 2, torch.float32)[0]
    likelihood = BernoulliPixels() if noise_variance is None else GaussianPixels(noise_variance)
    return VAE(LinearDecoder(decoder.weight, decoder.bias), likelihood, latent, encoder)


def run(model: VAE, x: Tensor, epochs: int, seed: int = 0, **schedule) -> list:
    chosen = Schedule(epochs, **{"batch_size": 50, "learning_rate": 3e-2, **schedule})
    return list(train(model, x, chosen, torch.Generator().manual_seed(seed)))


@pytest.fixture(scope="module")
def trained() -> tuple[VAE, list, Tensor]:
    model, x = small_vae(), line_images()
    return model, run(model, x, epochs=80), x


def test_the_elbo_rises(trained):
    _, epochs, _ = trained
    assert [epoch.epoch for epoch in epochs] == list(range(1, 81))
    assert epochs[-1].elbo > epochs[0].elbo + 5
    # Over fifths of the run, where single epochs are noisy.
    fifths = torch.tensor([epoch.elbo for epoch in epochs]).reshape(5, 16).mean(1)
    assert (fifths.diff() > 0).all()


def test_the_terms_of_an_epoch_make_its_elbo(trained):
    for epoch in trained[1]:
        assert epoch.elbo == pytest.approx(epoch.reconstruction - epoch.kl, rel=1e-12)
        assert epoch.kl >= 0


def test_the_noise_is_learned(trained):
    model, epochs, _ = trained
    assert epochs[-1].noise_variance == pytest.approx(float(model.likelihood.variance), rel=1e-6)
    # Maximum likelihood knows a variance from 600 · 7 squares to √(2/4200) = 2.2 %: six of those.
    assert epochs[-1].noise_variance == pytest.approx(NOISE_VARIANCE, rel=6 * math.sqrt(2 / 4200))


def test_training_reaches_the_known_best(trained):
    model, _, x = trained
    mean = elbo(model, x, model.encode(x)).elbo.mean().item()
    x = x.double()
    eigenvalues = torch.linalg.eigvalsh((x - x.mean(0)).T @ (x - x.mean(0)) / len(x))
    noise = eigenvalues[:-1].mean()
    # pPCA's maximum: −½ [P log 2π + log λ₁ + (P − 1) log σ² + P] (Tipping & Bishop 1999, eq. 4 at eqs. 7 and 8).
    best = -0.5 * (8 * math.log(2 * math.pi) + eigenvalues[-1].log() + 7 * noise.log() + 8).item()
    assert mean <= best + 1e-4
    assert mean > best - 0.05


def test_the_reported_terms_are_means_per_image_in_nats(trained):
    """The last epoch's report against the model as it ended: the learning rate has gone to zero by then."""
    model, epochs, x = trained
    terms = elbo(model, x, model.encode(x))
    # One sample per image: its noise, over 600 images, six times.
    noise = 6 * terms.reconstruction.std().item() / math.sqrt(len(x)) + 0.02
    assert abs(epochs[-1].reconstruction - terms.reconstruction.mean().item()) < noise
    assert epochs[-1].kl == pytest.approx(terms.kl.sum(-1).mean().item(), abs=0.02)


def test_the_same_seed_gives_the_same_numbers_and_another_others():
    x = line_images(200)
    first, again, other = (run(small_vae(), x, epochs=2, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_training_leaves_torchs_own_generator_alone():
    before = torch.random.get_rng_state()
    run(small_vae(), line_images(100), epochs=1)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_batch_that_is_not_full_counts_its_images_alone():
    """With a learning rate of all but zero, the report must be the model's own means whatever the batch size."""
    x = line_images(130)
    reports = [run(small_vae(), x, epochs=1, batch_size=size, learning_rate=1e-12)[0] for size in (130, 64, 7)]
    assert [report.kl for report in reports] == pytest.approx([reports[0].kl] * 3, rel=1e-5)
    expected = elbo(small_vae(), x, small_vae().encode(x)).kl.sum(-1).mean().item()
    assert reports[0].kl == pytest.approx(expected, rel=1e-5)


def test_a_bernoulli_model_learns_which_pixels_are_on():
    generator = torch.Generator().manual_seed(5)
    kind = torch.rand(400, 1, generator=generator) < 0.5
    x = (kind == (torch.arange(8) < 4)).float()  # two kinds of image: one half is lit or the other
    encoder = random_network([8, 2], nn.Identity, 1.0, 7, torch.float32)
    model = VAE(random_network([1, 16, 8], nn.Tanh, 1.0, 6, torch.float32), BernoulliPixels(), 1, encoder)
    epochs = run(model, x, epochs=60)
    assert epochs[-1].noise_variance is None
    # Independent fair pixels would cost 8 log 2; two kinds of image cost log 2 at best.
    assert -8 * math.log(2) < epochs[0].elbo + 2
    assert -1.5 < epochs[-1].elbo <= -math.log(2) + 0.05


def test_learning_starts_from_the_given_noise():
    for start in (0.25, 4.0):
        epoch = run(small_vae(start), line_images(100), epochs=1, learning_rate=1e-9)[0]
        assert epoch.noise_variance == pytest.approx(start, rel=1e-5)


def test_a_perceptron_has_units_between_its_layers_and_none_after_the_last():
    net = multilayer_perceptron([2, 5, 7, 3])
    assert [type(layer) for layer in net] == [nn.Linear, nn.SiLU, nn.Linear, nn.SiLU, nn.Linear]
    assert [layer.out_features for layer in net if isinstance(layer, nn.Linear)] == [5, 7, 3]


def test_the_rate_rises_over_one_epoch_and_falls_to_zero_as_a_cosine(monkeypatch):
    """Loshchilov & Hutter (2017), eq. 5, after a warm-up of one epoch: here 4 batches of 8 epochs."""
    rates: list[float] = []
    scheduled = torch.optim.lr_scheduler.LambdaLR

    def recorded(optimizer, factor):
        rates.extend(factor(step) for step in range(32))
        return scheduled(optimizer, factor)

    monkeypatch.setattr(torch.optim.lr_scheduler, "LambdaLR", recorded)
    run(small_vae(), line_images(200), epochs=8)
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:] == pytest.approx([0.5 * (1 + math.cos(math.pi * step / 28)) for step in range(28)])


def test_an_autoencoder_is_trained_without_noise_and_without_kl():
    """Its fit is PCA: the squared error falls to that of the leading direction, and the log-variances keep their weights."""
    model, x = small_vae(), line_images()
    before = model.encoder.weight[1].clone()
    chosen = Schedule(40, batch_size=50, learning_rate=3e-2)
    epochs = list(train(model, x, chosen, torch.Generator().manual_seed(0), autoencoder=True))
    assert all(epoch.kl == 0 and epoch.elbo == epoch.reconstruction for epoch in epochs)
    assert torch.equal(model.encoder.weight[1], before) and not torch.equal(model.encoder.weight[0], before)
    least = torch.linalg.svdvals(x - x.mean(0))[1:].square().sum() / len(x)
    error = (x - model.decode(model.encode(x).mean)).square().sum(1).mean()
    assert float(error.detach()) == pytest.approx(float(least), rel=0.02)
