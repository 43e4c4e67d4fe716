"""Models that are saved and loaded compute what they did; what a file cannot describe is refused."""

import doctest

import pytest
import torch
from torch import nn

from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels, LinearDecoder, elbo
from vaecore.core import models
from vaecore.core.models import SquareDecoder


def perceptron(last: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(3, 8), nn.LeakyReLU(0.3), nn.Dropout(0.2), nn.Sequential(nn.Linear(8, 8, bias=False), nn.GELU("tanh")),
        nn.LayerNorm(8), nn.BatchNorm1d(8, momentum=0.3), nn.ELU(0.7), nn.Linear(8, last),
    )  # fmt: skip


def normed(last: int) -> nn.Sequential:
    net = perceptron(last)
    net[5].running_mean.fill_(0.4)
    return net


MODELS = {
    "perceptron": lambda: VAE(normed(5), GaussianPixels(0.07), 3, nn.Sequential(nn.Linear(5, 6))),
    "bernoulli": lambda: VAE(normed(5), BernoulliPixels(), 3),
    "float64": lambda: VAE(normed(5).double(), GaussianPixels(0.07), 3),
    "linear": lambda: VAE(LinearDecoder(torch.randn(5, 3), torch.randn(5)), GaussianPixels(0.3), 3),
    "square": lambda: VAE(SquareDecoder(), GaussianPixels(0.3), 1),
    "images": lambda: VAE(nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (1, 2, 2))), GaussianPixels(0.3), 3),
}


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_loaded_model_computes_what_the_saved_one_does(build, tmp_path):
    model = build()
    model.save(tmp_path / "model.safetensors")
    found = VAE.load(tmp_path / "model.safetensors")
    x = torch.ones(1, model.pixels)
    q = DiagonalGaussian(torch.full((1, model.latent_dim), 0.2), torch.full((1, model.latent_dim), 0.3))
    # Every weight to the last bit. What is computed from them may differ in it: a product depends on where memory lies.
    kept, weights = found.state_dict(), model.state_dict()
    assert kept.keys() == weights.keys() and all(torch.equal(kept[name], weights[name]) for name in weights)
    torch.testing.assert_close(elbo(found, x, q).elbo, elbo(model, x, q).elbo)
    assert not found.training and found.dtype == model.dtype and type(found.decoder) is type(model.decoder)
    if model.encoder is not None:
        torch.testing.assert_close(found.encode(x).mean, model.encode(x).mean)
    torch.testing.assert_close(found.decode(q.mean.to(found.dtype)), model.eval().decode(q.mean.to(model.dtype)))
    if isinstance(model.likelihood, GaussianPixels):
        assert float(found.likelihood.variance) == model.likelihood.variance


def test_a_learned_variance_is_learned_on(tmp_path):
    variance = torch.tensor(0.2, requires_grad=True)
    VAE(nn.Sequential(nn.Linear(2, 4)), GaussianPixels(variance), 2).save(tmp_path / "model.safetensors")
    found = VAE.load(tmp_path / "model.safetensors").likelihood.variance
    assert isinstance(found, torch.Tensor) and found.requires_grad and torch.equal(found, variance)


class Convolutional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 8), nn.ConvTranspose2d(2, 1, 2, 2)

    def forward(self, z):
        return self.second(self.first(z).unflatten(1, (2, 2, 2)))


def build_convolutional() -> VAE:
    return VAE(Convolutional(), GaussianPixels(1.0), 2)


def test_a_convolution_is_refused_and_a_factory_takes_it(tmp_path):
    path, model = tmp_path / "model.safetensors", VAE(Convolutional(), GaussianPixels(0.4), 2)
    with pytest.raises(ValueError, match=r"cannot describe Convolutional \(decoder\); pass factory="):
        model.save(path)
    assert not path.exists()
    nested = VAE(nn.Sequential(nn.Linear(2, 4), nn.Conv1d(1, 1, 1)), GaussianPixels(0.4), 2)
    with pytest.raises(ValueError, match=r"cannot describe Conv1d \(decoder\[1\]\)"):
        nested.save(path)
    model.save(path, factory=build_convolutional)
    with pytest.raises(ValueError, match="weights without an architecture"):
        VAE.load(path)
    found, z = VAE.load(path, factory=build_convolutional), torch.ones(1, 2)
    torch.testing.assert_close(found.decode(z), model.decode(z))
    assert found.likelihood.variance == pytest.approx(0.4)
    with pytest.raises(ValueError, match="must build this model"):
        model.save(path, factory=lambda: VAE(nn.Linear(2, 4), GaussianPixels(1.0), 2))


def test_a_hook_is_not_dropped_in_silence(tmp_path):
    decoder = nn.Sequential(nn.Linear(2, 4))
    decoder[0].register_forward_hook(lambda module, given, out: 2 * out)
    with pytest.raises(ValueError, match="Linear with hooks"):
        VAE(decoder, GaussianPixels(0.4), 2).save(tmp_path / "model.safetensors")


def test_what_is_no_model_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no model file"):
        VAE.load(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("not a model")
    with pytest.raises(ValueError, match="is no model file"):
        VAE.load(tmp_path / "text.safetensors")


def test_the_example_of_saving_runs():
    found = doctest.testmod(models)
    assert found.attempted > 4 and not found.failed
