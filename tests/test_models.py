"""The bench's models: building them, loading the shipped ones, and that their files say what they reach."""

import hashlib
import json

import pytest
import torch
from safetensors import safe_open
from torch import nn

from tests.oracle_brute_force import random_network
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
    load,
    names,
    sweep_images,
)
from vaecore.data import digits
from vaecore.data.mnist import black_and_white, grey
from vaecore.data.model_card import MODELS, model_card
from vaecore.data.pretrained import half_precision, save
from vaecore.evaluate.sobol_points import whitened_sobol
from vaecore.tools import zoo

SHIPPED = [
    "number", "humps", "digits-linear-2", "digits-linear-8", "digits-linear-32", "digits-2", "digits-2-binary", "digits-16",
]  # fmt: skip
LATENTS = dict(zip(SHIPPED, (1, 1, 2, 8, 32, 2, 2, 16), strict=True))
DIGITS = [name for name in SHIPPED if name.startswith("digits")]
TRAINED = {  # SHA-256 of the tensors, its first 16 digits
    "number": "4ac82469b9096e83",
    "humps": "a72fa75c4c5084e0",
    "digits-linear-2": "b7c0e2ad40c6c0de",
    "digits-linear-8": "e1c38c684d04d5e5",
    "digits-linear-32": "558d87586362cb82",
    "digits-2": "396ed96294925da7",
    "digits-2-binary": "a26a23ad3daaa1cf",
    "digits-16": "50dc5c89c282e4d9",
}
every_model = pytest.mark.parametrize("name", SHIPPED)
every_digit_model = pytest.mark.parametrize("name", DIGITS)


def digits_for(model: VAE, every: int = 20) -> torch.Tensor:
    images = digits.test_digits().images[::every]
    return black_and_white(images) if isinstance(model.likelihood, BernoulliPixels) else grey(images)


# --- building --------------------------------------------------------------------------------------------------------


def test_a_linear_decoder_is_its_matrix_and_its_bias():
    weight, bias = torch.arange(6.0).reshape(3, 2), torch.tensor([1.0, 2.0, 3.0])
    decoder = LinearDecoder(weight, bias)
    z = torch.tensor([[1.0, -1.0], [0.5, 2.0]])
    assert torch.equal(decoder(z), torch.stack([weight @ row + bias for row in z]))
    weight.zero_()
    assert decoder.weight.any(), "the decoder must own its weights"


def test_encoding_reads_means_and_log_variances():
    encoder = nn.Linear(3, 4)
    model = VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2, encoder)
    x = torch.rand(5, 3, generator=torch.Generator().manual_seed(0))
    q, output = model.encode(x), encoder(x)
    assert isinstance(q, DiagonalGaussian)
    assert torch.equal(q.mean, output[:, :2])
    assert torch.allclose(q.variance.log(), output[:, 2:], atol=1e-6)


def test_decoding_keeps_leading_dimensions():
    model = VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2)
    assert model.decode(torch.zeros(4, 2)).shape == (4, 3)
    assert model.decode(torch.zeros(7, 4, 2)).shape == (7, 4, 3)


def test_another_likelihood_shares_the_networks():
    model = VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2, nn.Linear(3, 4))
    other = model.with_likelihood(GaussianPixels(0.25))
    assert other.decoder is model.decoder and other.encoder is model.encoder
    assert (float(model.likelihood.variance), float(other.likelihood.variance)) == (1.0, 0.25)


def test_a_model_knows_where_it_lives():
    model = VAE(nn.Linear(2, 3).double(), GaussianPixels(1.0), 2)
    assert (model.dtype, model.device) == (torch.float64, torch.device("cpu"))


@pytest.mark.parametrize(
    ("build", "kind", "sentence"),
    [
        (lambda: VAE(nn.Linear(2, 3), "gaussian", 2), TypeError, "GaussianPixels or BernoulliPixels; got str"),
        (lambda: VAE(nn.Linear(2, 3), GaussianPixels(1.0), 0), ValueError, "latent_dim must be a positive integer; got 0"),
        (lambda: VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2.0), ValueError, "positive integer; got 2.0"),
        (
            lambda: VAE(LinearDecoder(torch.ones(3, 2), torch.ones(3)), GaussianPixels(1.0), 3),
            ValueError,
            "must be 2.*got 3",
        ),
        (lambda: LinearDecoder(torch.ones(3, 2), torch.ones(2)), ValueError, r"\(3, 2\).*\(2,\)"),
        (lambda: LinearDecoder(torch.ones(3), torch.ones(3)), ValueError, r"\(pixels, latent\).*\(3,\)"),
        (lambda: VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2).encode(torch.ones(1, 3)), ValueError, "no encoder"),
        (lambda: VAE(nn.Linear(2, 3), GaussianPixels(1.0), 2).decode(torch.ones(1, 3)), ValueError, r"2 latent.*\(1, 3\)"),
    ],
)
@pytest.mark.usefixtures("unchecked_shapes")
def test_what_makes_no_model_is_refused_with_a_sentence(build, kind, sentence):
    with pytest.raises(kind, match=sentence):
        build()


# --- the shipped models ------------------------------------------------------------------------------------------------


def test_the_list_of_models_is_the_one_that_was_promised():
    assert names() == SHIPPED


@every_model
def test_a_shipped_model_is_ready_to_evaluate(name):
    model = load(name)
    assert model.latent_dim == LATENTS[name]
    assert model.dtype == torch.float32 and not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert isinstance(model.likelihood, BernoulliPixels if name == "digits-2-binary" else GaussianPixels)
    assert isinstance(model.decoder, LinearDecoder) == ("linear" in name or name == "number")
    pixels = 784 if name in DIGITS else 1
    assert model.decode(torch.zeros(2, model.latent_dim)).shape == (2, pixels)
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    assert load(name) is not model


@every_digit_model
def test_a_digit_model_encodes_and_decodes_digits(name):
    model = load(name)
    x = digits_for(model, every=1)
    q = model.encode(x)
    assert q.mean.shape == q.variance.shape == (len(x), LATENTS[name])
    assert model.decode(q.mean).shape == x.shape
    image = model.likelihood.mean(model.decode(q.mean))
    # The first principal components of MNIST's training images explain this share of their variance. A linear model
    # does that and no better; a network must do better than lines. Shrinkage and other digits: a tenth more is left.
    explained = {2: 0.168, 8: 0.438, 16: 0.598, 32: 0.745}[LATENTS[name]]
    assert (image - x).square().mean() < 1.1 * (1 - explained) * (x - x.mean(0)).square().mean()


@pytest.mark.parametrize("name", ["number", "humps"])
def test_the_toys_take_one_number(name):
    model, x = load(name), torch.ones(1, 1)
    value = evidence(model, x).value
    terms = elbo(model, x, best_gaussian(model, x))
    assert value.shape == (1,) and terms.elbo <= value + 1e-3
    z = torch.tensor([[1.5]])
    assert model.decode(z).item() == (
        2.25 if name == "humps" else model.decoder.weight.item() * 1.5 + model.decoder.bias.item()
    )


@every_digit_model
def test_the_books_of_a_shipped_model_balance_in_order(name):
    """encoder's answer ≤ best q ≤ log p(x), as far as each is known."""
    model = load(name)
    x = digits_for(model)[:4]
    own, best, value = elbo(model, x, model.encode(x)), elbo(model, x, best_gaussian(model, x)), evidence(model, x)
    assert (own.elbo <= best.elbo + 1e-3 + 6 * (own.error + best.error)).all()
    assert (best.elbo <= value.value + 1e-3 + 6 * (value.error + best.error)).all()
    if name == "digits-16":
        assert (own.accuracy, value.accuracy) == (Accuracy.ESTIMATED, Accuracy.LOWER_BOUND)
    else:
        assert own.accuracy == value.accuracy == (Accuracy.EXACT if "linear" in name else Accuracy.BOUNDED)


@every_model
def test_a_models_file_says_where_it_comes_from_and_is_small(name):
    path = MODELS / f"{name}.safetensors"
    assert path.stat().st_size <= 1_000_000
    card = model_card(name)
    chosen = zoo.parser().parse_args(card.command.removeprefix("python -m vaecore.tools.zoo ").split())
    assert (chosen.command, chosen.name, chosen.seed) == ("train", name, card.seed)
    with safe_open(path, framework="pt") as file:
        kinds = {file.get_tensor(key).dtype for key in file.keys() if key != "noise_variance"}  # noqa: SIM118
        json.dumps(dict(file.metadata()))
    assert kinds <= {torch.float16}
    if name in DIGITS:
        assert {"elbo", "kl", "reconstruction"} <= set(card.figures)


@every_model
def test_the_weights_in_a_models_file_are_those_that_were_trained(name):
    """Whatever is corrected in the metadata, the bytes after the header stay as training wrote them."""
    content = (MODELS / f"{name}.safetensors").read_bytes()
    header = int.from_bytes(content[:8], "little")
    assert hashlib.sha256(content[8 + header :]).hexdigest()[:16] == TRAINED[name]


@every_model
def test_a_models_card_agrees_with_the_loaded_model(name):
    card, model = model_card(name), load(name)
    assert card.latents == model.latent_dim == LATENTS[name]
    assert card.has_encoder == (model.encoder is not None) == (name in DIGITS)
    assert card.pixels == ("bernoulli" if isinstance(model.likelihood, BernoulliPixels) else "gaussian")
    if card.pixels == "bernoulli":
        assert card.sigma_x is None
    else:
        assert card.sigma_x == float(model.likelihood.variance) ** 0.5
        # The metadata's figure was rounded to no more than float32.
        assert card.sigma_x == pytest.approx(card.figures["noise_deviation"], rel=1e-7)


@every_model
def test_a_model_that_is_saved_and_loaded_again_is_the_same(name, tmp_path, monkeypatch):
    card, model = model_card(name), load(name)
    save(tmp_path / f"{name}.safetensors", half_precision(model), card)
    monkeypatch.setattr("vaecore.data.model_card.MODELS", tmp_path)
    model_card.cache_clear()
    assert model_card(name) == card
    again = load(name)
    model_card.cache_clear()
    for key, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], value)
    assert again.likelihood == model.likelihood or again.likelihood.variance == model.likelihood.variance


def test_the_shipped_models_reach_what_they_were_to_reach():
    assert model_card("digits-2").figures["log_evidence"] >= 195
    assert model_card("digits-2-binary").figures["elbo"] >= -141


@pytest.mark.parametrize("name", [name for name in DIGITS if name != "digits-16"])
def test_the_figures_in_a_models_file_are_those_of_the_gallery_within_sampling(name):
    """The file's means are over 10,000 test digits, ours over a sample of them by class: six standard errors."""
    model, figures = load(name), model_card(name).figures
    x = digits_for(model, every=4)
    terms = elbo(model, x, model.encode(x))
    ours = {"elbo": terms.elbo, "reconstruction": terms.reconstruction, "kl": terms.kl.sum(-1)}
    for key, value in ours.items():
        assert abs(value.mean().item() - figures[key]) < 6 * value.std().item() / len(x) ** 0.5


@pytest.mark.parametrize("name", ["", "digits-3", "../humps", "HUMPS"])
def test_an_unknown_model_is_refused_with_the_names_there_are(name):
    with pytest.raises(ValueError, match=r"number, humps.*digits-16; got '" + name.replace(".", r"\.")):
        load(name)


# --- images along a sweep -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_model() -> VAE:
    generator = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((5, 2), (5,)))
    return VAE(LinearDecoder(weight, bias), GaussianPixels(1.0), 2)


def test_the_mean_image_of_a_linear_decoder_is_its_decoded_mean(small_model):
    mean = torch.tensor([[0.5, -1.0], [2.0, 0.0]]).double()
    variances = torch.tensor([[0.01, 0.01], [1.0, 4.0]]).double()
    images = sweep_images(small_model, mean, variances, samples=3)
    assert images.mean_image.shape == (2, 2, 5) and images.samples.shape == (2, 2, 3, 5)
    expected = small_model.decode(mean)[:, None].expand(2, 2, 5)
    # Whitened points have mean 0 exactly, so a linear decoder's average is exact.
    assert torch.allclose(images.mean_image, expected, atol=1e-12)


def test_samples_move_with_the_deviation_and_do_not_flicker(small_model):
    mean = torch.tensor([[0.5, -1.0]]).double()
    images = sweep_images(small_model, mean, torch.tensor([[0.25, 0.25], [1.0, 1.0]]).double(), samples=4, seed=1)
    centre = small_model.decode(mean)[:, None]
    assert torch.allclose(2 * (images.samples[:, 0] - centre), images.samples[:, 1] - centre, atol=1e-12)
    again = sweep_images(small_model, mean, torch.tensor([[0.25, 0.25]]).double(), samples=4, seed=1)
    assert torch.equal(again.samples[:, 0], images.samples[:, 0])
    other = sweep_images(small_model, mean, torch.tensor([[0.25, 0.25]]).double(), samples=4, seed=2)
    assert not torch.allclose(other.samples, again.samples)


def test_samples_are_draws_from_q(small_model):
    mean, variance = torch.tensor([[0.5, -1.0]]).double(), torch.tensor([[0.25, 2.0]]).double()
    drawn = sweep_images(small_model, mean, variance, samples=20_000, seed=3).samples[0, 0]
    weight = small_model.decoder.weight.detach()
    covariance = weight @ torch.diag(variance[0]) @ weight.T
    spread = covariance.diagonal()
    assert ((drawn.mean(0) - small_model.decode(mean)[0]).abs() < 6 * (spread / 20_000).sqrt()).all()
    assert ((drawn.var(0) - spread).abs() < 6 * spread * (2 / 20_000) ** 0.5).all()


@pytest.mark.parametrize("likelihood", [GaussianPixels(0.1), BernoulliPixels()], ids=["gaussian", "bernoulli"])
@pytest.mark.parametrize("points", [1, 64, 300])
def test_the_mean_image_is_the_mean_of_the_decoded_points(likelihood, points):
    """Whatever is averaged before the last layer, and however many steps are decoded at once."""
    model = VAE(random_network([3, 16, 7], nn.Tanh, 2.0, 0), likelihood, 3)
    mean, variances = torch.tensor([[0.5, -1.0, 0.2], [0.0, 1.0, 0.0]]).double(), torch.rand(40, 3).double() + 0.01
    images = sweep_images(model, mean, variances, samples=2, points=points)
    noise = whitened_sobol(3, max(points, 32), 1)[0]
    z = mean[:, None, None] + variances.sqrt()[:, None] * noise
    decoded = model.decode(z.flatten(0, 2)).detach().reshape(*z.shape[:-1], 7)
    shown = decoded.sigmoid() if isinstance(likelihood, BernoulliPixels) else decoded
    assert torch.allclose(images.mean_image, shown.mean(2), rtol=1e-12, atol=1e-12)
    assert images.samples.shape == (2, 40, 2, 7)


def test_images_need_points_to_average_over(small_model):
    with pytest.raises(ValueError, match=r"points must be at least 1.*0"):
        sweep_images(small_model, torch.zeros(1, 2).double(), torch.ones(1, 2).double(), points=0)


def test_a_bernoulli_models_images_are_probabilities():
    decoder = LinearDecoder(torch.full((4, 2), 3.0), torch.zeros(4))
    model = VAE(decoder, BernoulliPixels(), 2)
    images = sweep_images(model, torch.zeros(1, 2), torch.ones(1, 2), samples=50)
    for pixels in (images.mean_image, images.samples):
        assert (pixels >= 0).all() and (pixels <= 1).all()
    # Odd logits about 0: each pixel is a fair coin in the mean, to the Sobol points' symmetry.
    assert (images.mean_image - 0.5).abs().max() < 0.02
