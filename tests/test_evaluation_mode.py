"""Evaluating a model changes nothing in it, and what is kept of a decoder ends with the function it was computed from."""

import copy
import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, spectral_norm

import vaecore
from tests.oracle_brute_force import random_network
from tests.visiting import ROOT
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels, LinearDecoder
from vaecore.core import evaluation_mode as evaluation

PIXELS = 16
X = torch.rand(1, PIXELS, generator=torch.Generator().manual_seed(9))


def layers(latents: int = 2, seed: int = 1) -> list[nn.Module]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return [nn.Linear(latents, 24), nn.Tanh(), nn.Linear(24, PIXELS)]


def q_for(latents: int) -> DiagonalGaussian:
    return DiagonalGaussian(torch.zeros(1, latents), torch.full((1, latents), 0.5))


def numbers(decoder: nn.Module, latents: int = 2) -> Tensor:
    """Everything that a model can be asked for, in one row."""
    model, q = VAE(decoder, GaussianPixels(0.05), latents), q_for(latents)
    variances = torch.tensor([0.1, 0.5])
    known = vaecore.evidence(model, X)
    sweep = vaecore.sweep_variance(model, X, q.mean, variances)
    images = vaecore.sweep_images(model, q.mean, variances, samples=2)
    asked = [
        vaecore.elbo(model, X, q).elbo, known.value,
        vaecore.gap(model, X, q, known).value, vaecore.best_gaussian(model, X).mean,
        sweep.elbo, images.samples, vaecore.sweep_gap(model, X, q.mean, variances, known).value,
        vaecore.forces(model, X, q.mean, variances).reconstruction_by_mean,
        vaecore.importance_bound(model, X, q, 20, 0).value, vaecore.log_joint(model, X, q.mean),
    ]  # fmt: skip
    return torch.cat([part.flatten() for part in asked])


def brute_force(decoder: nn.Module) -> tuple[float, float]:
    """ELBO under q and log p(x) of two latents by an even grid of a float64 copy in evaluation mode."""
    axis = torch.linspace(-9, 9, 1201, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        decoded = copy.deepcopy(decoder).double().eval()(z)
    value = GaussianPixels(0.05).log_prob(X.double(), decoded)
    log_prior = -0.5 * z.square().sum(1) - math.log(2 * math.pi)
    weights = (-0.5 * z.square().sum(1) / 0.5).softmax(0)
    kl = 0.5 - 1 - math.log(0.5)  # of two dimensions of variance ½
    return float(weights @ value) - kl, float((value + log_prior).logsumexp(0)) + 2 * math.log(18 / 1200)


# --- train mode ---------------------------------------------------------------------------------------------------------


class Noisy(nn.Module):
    """Random in train mode, in a way that only its own code knows."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers())
        self.calls, self.seen = 0, []

    def forward(self, z: Tensor) -> Tensor:
        self.calls += 1
        self.seen.append(len(z))
        noise = torch.randn(PIXELS) if self.training else 0.0
        return self.body(z) + noise


def dropout(latents: int = 2) -> nn.Module:
    first, unit, last = layers(latents)
    return nn.Sequential(first, unit, nn.Dropout(0.3), last)


def batch_norm(latents: int = 2) -> nn.Module:
    first, unit, last = layers(latents)
    norm = nn.BatchNorm1d(24)
    norm.running_mean.fill_(0.2)
    return nn.Sequential(first, norm, unit, last)


def old_spectral_norm(latents: int = 2) -> nn.Module:
    first, unit, last = layers(latents)
    return nn.Sequential(spectral_norm(first), unit, last)


def new_spectral_norm(latents: int = 2) -> nn.Module:
    first, unit, last = layers(latents)
    return nn.Sequential(parametrizations.spectral_norm(first), unit, last)


def weight_norm(latents: int = 2) -> nn.Module:
    first, unit, last = layers(latents)
    return nn.Sequential(first, unit, parametrizations.weight_norm(last))


def everything_of(decoder: nn.Module) -> list:
    """Whatever asking could change: flags, tensors and their versions of gradients, attributes, torch's random state."""
    found: list = [torch.get_rng_state()]
    for name, module in decoder.named_modules():
        found.append((name, module.training, type(module)))
        found += [value.clone() for value in (*module._parameters.values(), *module._buffers.values()) if value is not None]
        found += [None if value is None else value.grad for value in module._parameters.values()]
        found += [value for value in module._parameters.values() if value is not None]
        found += [(key, value) for key, value in vars(module).items() if isinstance(value, int | str)]
        found += [(key, *value) for key, value in vars(module).items() if isinstance(value, list)]
    return found


def same(before: list, after: list) -> bool:
    pairs = zip(before, after, strict=True)
    return all(torch.equal(a, b) if isinstance(a, Tensor) else a == b for a, b in pairs)


@pytest.mark.parametrize("latents", [2, 3])
@pytest.mark.parametrize("build", [dropout, batch_norm, old_spectral_norm, new_spectral_norm, weight_norm])
def test_train_mode_gives_the_numbers_of_evaluation_mode_and_is_left_as_it_was(build, latents):
    decoder = build(latents).train()
    before = everything_of(decoder)
    first, again = numbers(decoder, latents), numbers(decoder, latents)
    assert same(before, everything_of(decoder))
    twin = build(latents).eval()
    twin.load_state_dict(decoder.state_dict())
    assert torch.equal(first, again) and torch.allclose(first, numbers(twin, latents), rtol=1e-5, atol=1e-5)
    if latents == 2:
        elbo, evidence = brute_force(twin) if build is not old_spectral_norm else first[:2].tolist()
        assert abs(first[0] - elbo) < 1e-3 and abs(first[1] - evidence) < 1e-3


def test_several_evaluations_within_one_are_prepared_once_and_leave_the_model_as_it_was(monkeypatch):
    decoder = nn.Sequential(*layers()[:2], nn.Dropout(0.5), *layers()[2:]).train()
    model, prepared, probe = VAE(decoder, GaussianPixels(0.05), 2), [], evaluation.probe_of
    alone = vaecore.elbo(model, X, q_for(2)).elbo
    monkeypatch.setattr(evaluation, "probe_of", lambda latents: prepared.append(latents) or probe(latents))
    with evaluation.evaluation_mode(model) as ready:
        for given in (model, ready, model):
            assert torch.equal(vaecore.elbo(given, X, q_for(2)).elbo, alone)
        assert prepared == [2] and not decoder.training
    assert decoder.training and decoder[2].training
    assert torch.equal(vaecore.elbo(model, X, q_for(2)).elbo, alone)
    assert prepared == [2, 2]


def test_flags_that_differ_from_layer_to_layer_come_back_one_by_one():
    decoder = batch_norm().train()
    decoder[1].eval()  # a frozen batch norm
    numbers(decoder)
    assert [module.training for module in decoder] == [True, False, True, True]


def test_counters_and_records_of_a_decoder_are_not_the_askers():
    decoder = Noisy().train()
    before = everything_of(decoder)
    first = numbers(decoder)
    assert same(before, everything_of(decoder)) and decoder.calls == 0 and decoder.seen == []
    assert torch.equal(first, numbers(decoder))
    elbo, evidence = brute_force(decoder)
    assert abs(first[0] - elbo) < 1e-3 and abs(first[1] - evidence) < 1e-3


def test_reading_the_image_shape_changes_nothing():
    decoder = batch_norm().train()
    model = VAE(decoder, GaussianPixels(0.1), 2, nn.Linear(PIXELS, 4))
    before = everything_of(decoder)
    assert model.pixels == PIXELS and model.encode(X).mean.shape == (1, 2)
    assert same(before, everything_of(decoder))


def test_a_refused_question_puts_everything_back_as_well():
    decoder = batch_norm().train()
    before = everything_of(decoder)
    with pytest.raises(ValueError):
        vaecore.elbo(VAE(decoder, GaussianPixels(0.1), 2), torch.zeros(1, 3), q_for(2))
    assert same(before, everything_of(decoder))


def test_an_encoder_is_evaluated_in_evaluation_mode_too():
    encoder = nn.Sequential(nn.Linear(PIXELS, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 6))
    model = VAE(dropout(3), GaussianPixels(0.05), 3, encoder).train()
    before = everything_of(encoder)
    first, again = (vaecore.best_gaussian(model, X) for _ in range(2))
    assert torch.equal(first.mean, again.mean) and same(before, everything_of(encoder))


# --- what cannot be evaluated -------------------------------------------------------------------------------------------


class AlwaysRandom(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return nn.functional.dropout(z.repeat(1, 8), 0.5)  # its default: training=True


class BatchStatistics(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return (z - z.mean(0)).repeat(1, 8)


@pytest.mark.parametrize(
    ("decoder", "sentence"),
    [
        (AlwaysRandom(), "same image for the same z"),
        (BatchStatistics(), "every z on its own"),
        (
            nn.Sequential(nn.Linear(2, 24), nn.BatchNorm1d(24, track_running_stats=False), nn.Linear(24, PIXELS)),
            "on its own",
        ),
    ],
)
def test_a_decoder_that_is_no_function_of_z_is_refused(decoder, sentence):
    model = VAE(decoder, GaussianPixels(0.1), 2)
    for _ in range(2):
        with pytest.raises(ValueError, match=sentence):
            vaecore.elbo(model, X, q_for(2))


def test_a_lazy_layer_is_refused_and_stays_lazy():
    decoder = nn.Sequential(nn.LazyLinear(8), nn.Linear(8, PIXELS))
    with pytest.raises(ValueError, match="lazy layer"):
        vaecore.evidence(VAE(decoder, GaussianPixels(0.1), 2), X)
    assert isinstance(decoder[0], nn.LazyLinear)


def test_a_sigmoid_before_logits_is_noticed():
    decoder = nn.Sequential(*layers(), nn.Sigmoid())
    with pytest.warns(UserWarning, match="takes logits"):
        vaecore.elbo(VAE(decoder, BernoulliPixels(), 2), X.round(), q_for(2))
    vaecore.elbo(VAE(nn.Sequential(*layers()), BernoulliPixels(), 2), X.round(), q_for(2))
    vaecore.elbo(VAE(nn.Sequential(*layers(), nn.Sigmoid()), GaussianPixels(0.1), 2), X, q_for(2))


# --- what is kept -------------------------------------------------------------------------------------------------------


class Scaled(nn.Module):
    """A decoder that depends on whatever stands in its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers())
        self.gain, self.options, self.table = 1.0, {"shift": [0.0]}, torch.zeros(PIXELS)
        self.unregistered = [layers(PIXELS)[0]]
        self.register_buffer("mask", torch.ones(PIXELS))
        self.unit = torch.nn.functional.silu
        level = {"value": 0.3}
        self.level = level
        self.closure = lambda image: image + level["value"]
        self.bound = partial(torch.mul, other=1.0)

    def forward(self, z: Tensor) -> Tensor:
        image = self.bound(self.closure(self.unit(self.gain * self.body(z)))) + self.options["shift"][0] + self.table
        return self.mask * self.unregistered[0](image)[:, :PIXELS]


def narrow_clamp(decoder: Scaled) -> None:
    decoder.body.register_forward_hook(lambda module, given, out: out.clamp(-0.2, 0.2))


CHANGES = {
    "attribute": lambda d: setattr(d, "gain", 2.0),
    "nested attribute": lambda d: d.options["shift"].__setitem__(0, 0.2),
    "tensor attribute": lambda d: d.table.add_(0.1),
    "unregistered module": lambda d: d.unregistered[0].weight.data.mul_(1.3),
    "buffer": lambda d: d.mask.__setitem__(3, 0.0),
    "function": lambda d: setattr(d, "unit", torch.nn.functional.relu),
    "closure": lambda d: d.level.__setitem__("value", 0.5),
    "partial": lambda d: setattr(d, "bound", partial(torch.mul, other=1.5)),
    "submodule": lambda d: d.body.__setitem__(1, nn.SiLU()),
    "submodule's attribute": lambda d: d.body.__setitem__(1, nn.LeakyReLU(0.3)),
    "hook": lambda d: d.body.register_forward_hook(lambda module, given, out: 2 * out),
    "pre-hook": lambda d: d.body.register_forward_pre_hook(lambda module, given: (0.5 * given[0],)),
    "hook on the last layer": lambda d: d.body[2].register_forward_hook(lambda module, given, out: 2 * out),
    "forward of an instance": lambda d: setattr(d.body[2], "forward", lambda h: h @ d.body[2].weight.T.tanh()),
    "parametrisation": lambda d: parametrize.register_parametrization(d.body[0], "weight", nn.Tanh()),
    "weights": lambda d: d.body[0].weight.data.mul_(1.1),
    "training": lambda d: d.train(),
    "clamp": narrow_clamp,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_any_change_the_numbers_are_those_of_the_changed_decoder(change):
    decoder = Scaled().eval()
    before = numbers(decoder)
    change(decoder)
    after = numbers(decoder)
    fresh = Scaled().eval()
    fresh.load_state_dict(Scaled().state_dict())
    for own, other in zip(decoder.unregistered, fresh.unregistered, strict=True):
        other.load_state_dict(own.state_dict())
    change_is_in_state = change in (CHANGES["unregistered module"],)
    if not change_is_in_state:
        change(fresh)
    assert torch.allclose(after, numbers(fresh), rtol=1e-5, atol=1e-5)
    if change is not CHANGES["training"]:
        assert not torch.allclose(after[:2], before[:2], atol=1e-2)


def test_one_decoder_under_two_likelihoods_keeps_what_belongs_to_each():
    decoder, x, q = nn.Sequential(*layers()), X.round(), q_for(2)
    grey = VAE(decoder, GaussianPixels(0.05), 2)
    vaecore.evidence(grey, x)
    binary, fresh = grey.with_likelihood(BernoulliPixels()), VAE(copy.deepcopy(decoder), BernoulliPixels(), 2)
    assert torch.equal(vaecore.elbo(binary, x, q).elbo, vaecore.elbo(fresh, x, q).elbo)
    assert torch.equal(vaecore.evidence(binary, x).value, vaecore.evidence(fresh, x).value)


def test_what_only_the_probe_can_see_is_seen():
    """A global variable appears in no attribute, no closure and no tensor."""
    decoder = Global()
    before = numbers(decoder)
    Global.level = 0.5
    try:
        assert not torch.allclose(numbers(decoder)[:2], before[:2], atol=1e-2)
    finally:
        Global.level = 0.0


class Global(nn.Module):
    level = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers())

    def forward(self, z: Tensor) -> Tensor:
        return self.body(z) + Global.level


def test_an_unchanged_decoder_is_decoded_once():
    """The lattice is kept: a second question decodes the probe and what depends on the image, far fewer points."""
    decoder, rows = nn.Sequential(*layers()).eval(), []
    model = VAE(decoder, GaussianPixels(0.05), 2)
    decoder[0].register_forward_pre_hook(lambda module, given: rows.append(len(given[0])))
    vaecore.elbo(model, X, q_for(2))
    first = sum(rows)
    rows.clear()
    vaecore.elbo(model, X, q_for(2))
    assert sum(rows) < 100 < 10_000 < first


def test_what_is_kept_is_found_whatever_number_of_threads_asks():
    """BLAS adds in another order for each number of threads: no digest of the weights may be a sum of rounded numbers."""
    wide = nn.Sequential(nn.Linear(2, 256), nn.Tanh(), nn.Linear(256, 784)).eval()
    rows, threads = [], torch.get_num_threads()
    model = VAE(wide, GaussianPixels(0.1), 2)
    x = torch.rand(1, 784)
    wide[0].register_forward_pre_hook(lambda module, given: rows.append(len(given[0])))
    try:
        decoded = []
        for number in (1, 2, 3, 4):
            torch.set_num_threads(number)
            rows.clear()  # the hook's closure belongs to the decoder's state
            vaecore.elbo(model, x, q_for(2))
            decoded.append(sum(rows))
    finally:
        torch.set_num_threads(threads)
    assert max(decoded[1:]) < 100 < 10_000 < decoded[0]


def test_a_linear_decoder_with_a_hook_has_no_closed_form():
    decoder = LinearDecoder(torch.ones(PIXELS, 2), torch.zeros(PIXELS))
    model, q = VAE(decoder, GaussianPixels(0.5), 2), q_for(2)
    assert vaecore.elbo(model, X, q).accuracy == "exact"
    decoder.register_forward_hook(lambda module, given, out: out.tanh())
    found = vaecore.elbo(model, X, q)
    plain = nn.Sequential(nn.Linear(2, PIXELS), nn.Tanh())
    with torch.no_grad():
        plain[0].weight.fill_(1.0), plain[0].bias.zero_()
    assert found.accuracy == "bounded"
    assert torch.allclose(found.elbo, vaecore.elbo(VAE(plain, GaussianPixels(0.5), 2), X, q).elbo, atol=2e-3)


# --- precision ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latents", [2, 3])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gives_the_numbers_of_the_same_weights_in_single(dtype, latents):
    half = nn.Sequential(*layers(latents)).to(dtype)
    single = copy.deepcopy(half).float()
    assert torch.equal(numbers(half, latents), numbers(single, latents))
    assert {p.dtype for p in half.parameters()} == {dtype}
    with torch.no_grad():
        half[0].weight.mul_(1.5), single[0].weight.mul_(1.5)
        single[0].weight.copy_(half[0].weight)  # rounded alike
    assert torch.equal(numbers(half, latents), numbers(single, latents))


def test_half_precision_images_give_single_precision_numbers():
    model = VAE(nn.Sequential(*layers()), GaussianPixels(0.05), 2)
    found, same_image = vaecore.elbo(model, X.half(), q_for(2)), vaecore.elbo(model, X.half().float(), q_for(2))
    assert found.elbo.dtype == torch.float32 and torch.equal(found.elbo, same_image.elbo)


def test_autocast_and_fast_products_outside_do_not_reach_inside():
    decoder = nn.Sequential(*layers())
    right = numbers(decoder)
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(numbers(copy.deepcopy(decoder)), right)
            assert torch.is_autocast_enabled("cpu")
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("latents", [2, 3])
def test_inference_mode_changes_nothing(latents):
    right = numbers(nn.Sequential(*layers(latents)), latents)
    with torch.inference_mode():
        assert torch.allclose(numbers(nn.Sequential(*layers(latents)), latents), right, rtol=1e-6)
        assert torch.is_inference_mode_enabled()


# --- gradients ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("latents", [2, 3])
def test_nothing_that_comes_back_carries_a_gradient(latents):
    decoder = nn.Sequential(*layers(latents)).requires_grad_()
    model = VAE(decoder, GaussianPixels(torch.tensor(0.05, requires_grad=True)), latents)
    x = X.clone().requires_grad_()
    mean, variance = (t.requires_grad_() for t in (torch.zeros(1, latents), torch.full((1, latents), 0.5)))
    q, variances = DiagonalGaussian(mean, variance), torch.tensor([0.1, 0.5], requires_grad=True)
    known, sweep = vaecore.evidence(model, x), vaecore.sweep_variance(model, x, mean, variances)
    terms, force = vaecore.elbo(model, x, q), vaecore.forces(model, x, mean, variances)
    bound, best = vaecore.importance_bound(model, x, q, 5, 0), vaecore.best_gaussian(model, x)
    shares = [vaecore.gap(model, x, q, known), vaecore.sweep_gap(model, x, mean, variances, known)]
    images = vaecore.sweep_images(model, mean, variances, samples=2)
    records = [known, sweep, terms, force, bound, best, images, *shares]
    tensors = [value for record in records for value in vars(record).values() if isinstance(value, Tensor)]
    tensors.append(vaecore.log_joint(model, x, mean))
    assert len(tensors) > 25 and not any(value.requires_grad for value in tensors)
    assert all(p.grad is None and p.requires_grad for p in decoder.parameters()) and x.grad is None


# --- shapes and types ---------------------------------------------------------------------------------------------------


class Images(nn.Module):
    """A decoder of images, (batch, 1, 4, 4), and of nothing but rows of latents."""

    def __init__(self, flat: nn.Module) -> None:
        super().__init__()
        self.flat = flat

    def forward(self, z: Tensor) -> Tensor:
        assert z.ndim == 2
        return self.flat(z).unflatten(1, (1, 4, 4))


@pytest.mark.parametrize("latents", [2, 3])
def test_image_shaped_outputs_are_their_pixels(latents):
    flat = nn.Sequential(*layers(latents))
    assert torch.allclose(numbers(Images(flat), latents), numbers(flat, latents), rtol=1e-5, atol=2e-4)


def test_a_linear_layer_on_rows_of_an_image_is_not_taken_for_one_matrix():
    rows = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Unflatten(1, (4, 3)), nn.Linear(3, 4))
    found = numbers(rows)
    elbo, evidence = brute_force(nn.Sequential(rows, nn.Flatten()))
    assert abs(found[0] - elbo) < 1e-3 and abs(found[1] - evidence) < 1e-3


def test_images_and_arrays_are_taken_as_they_come(unchecked_shapes):
    model, q = VAE(Images(nn.Sequential(*layers())), GaussianPixels(0.05), 2), q_for(2)
    right = vaecore.elbo(model, X, q).elbo
    for x in (X.unflatten(1, (1, 4, 4)), X.numpy(), X.numpy().reshape(1, 4, 4)):
        assert torch.equal(vaecore.elbo(model, x, q).elbo, right)
    sweep = vaecore.sweep_variance(model, X.numpy(), q.mean.numpy(), torch.tensor([0.5]).numpy())
    assert torch.allclose(sweep.elbo[:, 0], right, rtol=1e-6)
    with pytest.raises(TypeError, match="x must be a tensor or a NumPy array; got list"):
        vaecore.elbo(model, X.tolist(), q)


class Pair(nn.Module):
    def __init__(self, kind: type) -> None:
        super().__init__()
        self.net, self.kind = nn.Linear(PIXELS, 4), kind

    def forward(self, x: Tensor):
        return self.kind(self.net(x.flatten(1)).chunk(2, dim=1))


@pytest.mark.parametrize("kind", [tuple, list])
def test_an_encoder_may_return_a_pair(kind):
    encoder = Pair(kind)
    whole = nn.Sequential(nn.Flatten(), encoder.net)
    for decoder in (nn.Sequential(*layers()), Images(nn.Sequential(*layers()))):
        ours, plain = (VAE(decoder, GaussianPixels(0.1), 2, one).encode(X) for one in (encoder, whole))
        assert torch.equal(ours.mean, plain.mean) and torch.equal(ours.variance, plain.variance)


def test_an_encoder_gets_images_in_the_decoders_shape():
    encoder = nn.Sequential(nn.Conv2d(1, 2, 4), nn.Flatten(), nn.Linear(2, 4))
    model = VAE(Images(nn.Sequential(*layers())), GaussianPixels(0.1), 2, encoder)
    assert torch.equal(model.encode(X).mean, model.encode(X.unflatten(1, (1, 4, 4))).mean)
    assert vaecore.best_gaussian(model, X).mean.shape == (1, 2)


class Returns(nn.Module):
    def __init__(self, make) -> None:
        super().__init__()
        self.make = make

    def forward(self, given: Tensor):
        return self.make(given)


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda z: (z, z), TypeError, r"decoder must return one tensor.*tuple of 2 \(Tensor, Tensor\)"),
        (lambda z: torch.distributions.Normal(z, 1.0), TypeError, "decoder must return one tensor.*got Normal"),
        (lambda z: z.sum(), ValueError, r"an image for each z; got shape \(\)"),
        (lambda z: torch.zeros(5, 3), ValueError, r"an image for each z; got shape \(5, 3\) for"),
        (lambda z: z.to_sparse(), TypeError, "must return a dense tensor; got one of the layout torch.sparse_coo"),
        (lambda z: z @ torch.zeros(3, 4), ValueError, r"the decoder failed for z of shape \(8, 2\).*has it 2 latents"),
    ],
)
def test_what_is_no_decoder_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=sentence):
        vaecore.elbo(VAE(Returns(make), GaussianPixels(0.1), 2), X, q_for(2))


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda x: (x, x, x), TypeError, "pair of tensors; got a tuple of 3"),
        (lambda x: torch.distributions.Normal(x, 1.0), TypeError, "pair of tensors; got Normal"),
        (lambda x: x[:, :3], ValueError, r"2 means and 2 log-variances.*\(1, 3\)"),
        (lambda x: (x[:, :3], x[:, :3]), ValueError, r"2 means per image; got shape \(1, 3\)"),
    ],
)
def test_what_is_no_encoder_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=sentence):
        VAE(nn.Linear(2, PIXELS), GaussianPixels(0.1), 2, Returns(make)).encode(X)


def test_what_is_no_model_is_refused_with_a_sentence(unchecked_shapes):
    with pytest.raises(TypeError, match=r"decoder must be a torch\.nn\.Module; got function"):
        VAE(lambda z: z, GaussianPixels(0.1), 2)
    for bad in (None, "0.1", [0.1]):
        with pytest.raises(TypeError, match="variance must be a number or a tensor; got"):
            GaussianPixels(bad)
    with pytest.raises(TypeError, match=r"variance must be real; got torch\.complex64"):
        GaussianPixels(torch.tensor(0.1 + 0j))
    assert torch.isclose(GaussianPixels(np.float32(0.1)).log_prob(X, X), GaussianPixels(0.1).log_prob(X, X)).all()


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (lambda x: x.to_sparse(), ValueError, "x must be a dense tensor with values; got one of the layout"),
        (lambda x: x.to("meta"), ValueError, "x must be a dense tensor with values; got one without values"),
        (
            lambda x: np.ma.masked_array(x.numpy(), mask=x.numpy() > 0.5),
            ValueError,
            "a value in every place; got a masked array",
        ),
        (lambda x: np.array([[None] * PIXELS]), TypeError, "x must be an array of numbers; got one of object"),
    ],
)
def test_what_is_no_image_is_refused_with_a_sentence(change, kind, sentence, unchecked_shapes):
    with pytest.raises(kind, match=sentence):
        vaecore.evidence(VAE(nn.Sequential(*layers()), GaussianPixels(0.1), 2), change(X))


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype(x.dtype.newbyteorder(">")),
        lambda x: np.flip(np.flip(x, 1).copy(), 1),
        lambda x: x.astype(np.longdouble),
        lambda x: np.ma.masked_array(x),
        lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    ],
)
@pytest.mark.filterwarnings("error")
def test_arrays_of_any_layout_are_their_numbers(change, unchecked_shapes):
    model = VAE(nn.Sequential(*layers()), GaussianPixels(0.1), 2)
    assert torch.allclose(vaecore.evidence(model, change(X.numpy())).value.float(), vaecore.evidence(model, X).value)


def test_a_q_beyond_all_measure_and_images_out_of_scale_are_refused_instead_of_computed_for_ever():
    model = VAE(nn.Sequential(*layers()), GaussianPixels(0.1), 2)
    one = torch.ones(1, 2)
    for q, sentence in (
        (DiagonalGaussian(one, 1e30 * one), r"q's variance must be at most 1e\+06; the prior's is 1; got 1e\+30"),
        (DiagonalGaussian(-1e30 * one, one), r"q's mean must lie within 1e\+09 of 0, the prior's mean; got 1e\+30"),
    ):
        with pytest.raises(ValueError, match=sentence):
            vaecore.elbo(model, X, q)
    for sweep in (vaecore.sweep_variance, vaecore.forces):
        with pytest.raises(ValueError, match=r"q's mean must lie within 1e\+09 of 0"):
            sweep(model, X, 1e30 * one, torch.tensor([0.1]))
    with pytest.raises(ValueError, match=r"variances must be at most 1e\+06"):
        vaecore.sweep_variance(model, X, one, torch.tensor([0.1, 1e30]))
    with pytest.raises(ValueError, match="Are they scaled as in training"):
        vaecore.evidence(VAE(LinearInDisguise(), GaussianPixels(0.1), 1), 1e12 * torch.ones(1, 1))


class LinearInDisguise(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return 2 * z


@pytest.mark.parametrize("kind", ["numbers", "complex"])
def test_a_q_of_something_else_is_refused_with_a_sentence(kind, unchecked_shapes):
    bad = np.zeros((1, 2)) if kind == "numbers" else torch.zeros(1, 2, dtype=torch.complex64)
    with pytest.raises(TypeError, match="mean must be a tensor of real numbers; got"):
        DiagonalGaussian(bad, torch.ones(1, 2))


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_a_mean_that_is_not_finite_is_refused(bad):
    mean, variances = torch.tensor([[0.0, bad]]), torch.tensor([0.1])
    for latents, decoder in ((2, nn.Sequential(*layers())), (2, LinearDecoder(torch.ones(PIXELS, 2), torch.zeros(PIXELS)))):
        model = VAE(decoder, GaussianPixels(0.1), latents)
        known = vaecore.evidence(model, X)
        for ask in (
            lambda m=model: vaecore.sweep_variance(m, X, mean, variances),
            lambda m=model: vaecore.forces(m, X, mean, variances),
            lambda m=model, k=known: vaecore.sweep_gap(m, X, mean, variances, k),
            lambda m=model: vaecore.log_joint(m, X, mean),
            lambda m=model: vaecore.sweep_images(m, mean, variances),
        ):
            with pytest.raises(ValueError, match="must be finite; got"):
                ask()


@pytest.mark.parametrize("latents", [2, 3])
@pytest.mark.parametrize("linear", [False, True])
def test_an_empty_batch_gives_empty_results(linear, latents):
    decoder = LinearDecoder(torch.ones(PIXELS, latents), torch.zeros(PIXELS)) if linear else nn.Sequential(*layers(latents))
    model, x, none = VAE(decoder, GaussianPixels(0.1), latents), X[:0], torch.empty(0, latents)
    q, variances = DiagonalGaussian(none, none), torch.tensor([0.1, 0.5, 1.0])
    known = vaecore.evidence(model, x)
    assert known.value.shape == known.error.shape == (0,)
    assert vaecore.elbo(model, x, q).elbo.shape == vaecore.gap(model, x, q, known).value.shape == (0,)
    assert vaecore.best_gaussian(model, x).mean.shape == (0, latents)
    assert vaecore.importance_bound(model, x, q, 10, 0).value.shape == (0,)
    assert vaecore.sweep_variance(model, x, none, variances).elbo.shape == (0, 3)
    assert vaecore.sweep_images(model, none, variances, samples=2).samples.shape == (0, 3, 2, PIXELS)
    assert vaecore.forces(model, x, none, variances).kl_by_mean.shape == (0, 3, latents)
    assert vaecore.sweep_gap(model, x, none, variances, known).value.shape == (0, 3)


def test_random_state_and_threads_share_a_model_in_train_mode():
    """Two threads ask at once: the mode comes back only when the last is done, and both get the right numbers."""
    from concurrent.futures import ThreadPoolExecutor

    decoder = nn.Sequential(*random_network([3, 16], nn.Tanh, 2.0, 0, torch.float32), nn.Dropout(0.5), nn.Linear(16, PIXELS))
    decoder.train()
    model, right = VAE(decoder, GaussianPixels(0.05), 3), None
    right = vaecore.elbo(model, X, q_for(3)).elbo
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: vaecore.elbo(model, X, q_for(3)).elbo, range(40)))
    assert all(torch.allclose(one, right, rtol=1e-6) for one in found)
    assert decoder.training and decoder[1].training


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # torch's own, of the first jvp
@pytest.mark.parametrize(
    "transform",
    [
        lambda evaluate, x: torch.func.grad(lambda y: evaluate(y).sum())(x),
        lambda evaluate, x: torch.func.vmap(lambda y: evaluate(y[None]))(x),
        lambda evaluate, x: torch.func.jvp(evaluate, (x,), (x,)),
        lambda evaluate, x: torch.func.jacrev(evaluate)(x),
        lambda evaluate, x: torch.func.functionalize(evaluate)(x),
    ],
)
@pytest.mark.parametrize("latents", [2, 5])
def test_an_evaluation_inside_torch_func_is_refused_with_a_sentence_and_leaves_nothing_behind(transform, latents):
    decoder = nn.Sequential(nn.Linear(latents, 8), nn.Tanh(), nn.Linear(8, 4))
    model, x = VAE(decoder, GaussianPixels(0.1), latents), torch.rand(2, 4)
    q = DiagonalGaussian(torch.zeros(1, latents), torch.ones(1, latents))
    with pytest.raises(TypeError, match=r"inside torch\.func .* Call them outside: .* vaecore\.forces"):
        transform(lambda y: vaecore.evidence(model, y).value, x)
    with pytest.raises(TypeError, match=r"inside torch\.func"):  # a q of the transform's tensors can be made, not evaluated
        torch.func.grad(lambda mean: vaecore.elbo(model, x[:1], DiagonalGaussian(mean, q.variance)).elbo.sum())(q.mean)
    assert vaecore.elbo(model, x[:1], q).elbo.isfinite()


def test_inside_torch_func_a_q_has_the_gradients_of_its_formulas():
    mean, variance = torch.tensor([[0.3, -1.0]]), torch.tensor([[0.5, 2.0]])
    z = torch.tensor([[1.0, 0.5]])
    slope = torch.func.grad(lambda m: DiagonalGaussian(m, variance).log_prob(z).sum())(mean)
    assert torch.allclose(slope, (z - mean) / variance)


def test_torch_compile_leaves_an_evaluation_as_it_is_and_a_compiled_decoder_is_a_decoder():
    """In a process of its own: where the compiler is loaded, other tests would run beside it."""
    script = """if True:
        import torch
        from tests.oracle_brute_force import random_network
        from vaecore import VAE, DiagonalGaussian, GaussianPixels, elbo, evidence
        decoder = random_network((2, 8, 6), torch.nn.Tanh, 1.0, 3, torch.float32)
        model, x = VAE(decoder, GaussianPixels(0.1), 2), torch.linspace(-1, 1, 6)[None]
        q = DiagonalGaussian(torch.zeros(1, 2), torch.full((1, 2), 0.1))

        def sum_of_both(x):
            y = x.square().sqrt().copysign(x)
            return evidence(model, y).value + elbo(model, y, q).elbo + 0 * y.sum()

        before = sum_of_both(x[:1])
        torch.testing.assert_close(torch.compile(sum_of_both, backend="eager")(x[:1]), before)
        compiled = VAE(torch.compile(decoder, backend="eager"), model.likelihood, 2)
        torch.testing.assert_close(evidence(compiled, x[:1]).value + elbo(compiled, x[:1], q).elbo, before)
    """
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=300)


def test_a_decoder_may_use_torch_func_itself():
    class Mapped(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, z):
            return torch.func.vmap(self.inner)(z)

    inner = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 4))
    x = torch.rand(1, 4)
    one, other = (vaecore.evidence(VAE(decoder, GaussianPixels(0.1), 2), x).value for decoder in (inner, Mapped(inner)))
    assert torch.allclose(one, other, atol=1e-4)
