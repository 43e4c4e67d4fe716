"""Networks as people bring them, trained for a moment here and judged by float64 sums that share no code with vaecore.

two latents       convolutions with batch normalisation, left in train mode      a grid of 201² points
one latent        dropout and Bernoulli pixels, left in train mode               a grid of 40,001 points
64 latents        a class of one's own whose output depends on an attribute      adaptive importance sampling
"""

import copy
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import vaecore
from tests.oracle_brute_force import random_network
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels, LinearDecoder
from vaecore.evaluate.inputs import weight_of

PROMISED = 1e-3  # nats, or the error that is reported where that is more


def blobs(count: int, side: int, seed: int = 0) -> Tensor:
    """Bright spots at random places, (count, side²), between 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    centres = side * (0.2 + 0.6 * torch.rand(count, 2, 1, generator=generator))
    axis = torch.arange(side) + 0.5
    rows, columns = ((-((axis - centres[:, i]) ** 2) / 4).exp() for i in range(2))
    return (rows[:, :, None] * columns[:, None, :]).flatten(1)


def trained(decoder: nn.Module, encoder: nn.Module, x: Tensor, latents: int, loss) -> nn.Module:
    """A few steps of minus the ELBO, in train mode; the decoder stays in it."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for network in (decoder, encoder):
            for layer in network.modules():
                if hasattr(layer, "reset_parameters"):
                    layer.reset_parameters()
        optimiser = torch.optim.Adam([*decoder.parameters(), *encoder.parameters()], 1e-2)
        for _ in range(60):
            mean, log_variance = encoder(x).chunk(2, -1)
            z = mean + (0.5 * log_variance).exp() * torch.randn(len(x), latents)
            kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
            optimiser.zero_grad()
            (loss(decoder(z).flatten(1), x).sum(-1) + kl).mean().backward()
            optimiser.step()
    return decoder.train()


def tensors_of(decoder: nn.Module) -> list[Tensor]:
    return [value.clone() for value in decoder.state_dict().values()]


@torch.no_grad()
def grid_values(
    decoder: nn.Module, x: Tensor, q: DiagonalGaussian, likelihood, nodes: int, reach: float
) -> tuple[float, float]:
    """ELBO and log p(x) of one image, from an even grid and the decoder's own forward in float64."""
    axis = torch.linspace(-reach, reach, nodes, dtype=torch.float64)
    latents = q.mean.shape[1]
    z = torch.cartesian_prod(*[axis] * latents).reshape(-1, latents)
    exact = copy.deepcopy(decoder).double().eval()
    values = torch.cat([likelihood(x.double(), exact(part).flatten(1)) for part in z.split(20_000)])
    volume = latents * math.log(2 * reach / (nodes - 1))
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    of_q = torch.distributions.Normal(q.mean.double(), q.variance.double().sqrt()).log_prob(z).sum(-1)
    elbo = (of_q.exp() * (values + prior - of_q)).sum() * math.exp(volume)
    return float(elbo), float((values + prior).logsumexp(0)) + volume


def gaussian(variance: float):
    return lambda x, decoded: torch.distributions.Normal(decoded, math.sqrt(variance)).log_prob(x).sum(-1)


def bernoulli(x: Tensor, decoded: Tensor) -> Tensor:
    return torch.distributions.Bernoulli(logits=decoded).log_prob(x).sum(-1)


def check(model: VAE, x: Tensor, q: DiagonalGaussian, elbo: float, evidence: float) -> None:
    """Every term of the identity, each within what it says of itself, and nothing of the model changed by asking."""
    before, modes = tensors_of(model.decoder), [module.training for module in model.decoder.modules()]
    found, known = vaecore.elbo(model, x, q), vaecore.evidence(model, x)
    gap = vaecore.gap(model, x, q, known)
    for value, error, truth in (
        (found.elbo, found.error, elbo),
        (known.value, known.error, evidence),
        (gap.value, gap.error, evidence - elbo),
    ):
        assert abs(value.item() - truth) <= max(PROMISED, 1.1 * error.item()), (value, error, truth)
        assert error.item() < 0.02
    assert all(torch.equal(a, b) for a, b in zip(before, tensors_of(model.decoder), strict=True))
    assert modes == [module.training for module in model.decoder.modules()] and any(modes)


def test_convolutions_with_batch_normalisation_left_in_train_mode():
    x = blobs(64, 8)
    decoder = nn.Sequential(
        nn.Linear(2, 32), nn.Unflatten(1, (8, 2, 2)), nn.BatchNorm2d(8), nn.SiLU(),
        nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.SiLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1),
    )  # fmt: skip
    trained(decoder, nn.Linear(64, 4), x, 2, lambda decoded, x: (decoded - x) ** 2 / 0.1)
    q = DiagonalGaussian(torch.tensor([[0.3, -0.4]]), torch.tensor([[0.2, 0.1]]))
    model = VAE(decoder, GaussianPixels(0.05), 2)
    check(model, x[:1].reshape(1, 1, 8, 8), q, *grid_values(decoder, x[:1], q, gaussian(0.05), 201, 6.0))


def test_dropout_and_bernoulli_pixels_left_in_train_mode():
    x = (blobs(64, 6) > 0.5).float()
    decoder = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Dropout(0.3), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 36))
    trained(
        decoder,
        nn.Linear(36, 2),
        x,
        1,
        lambda decoded, x: nn.functional.binary_cross_entropy_with_logits(decoded, x, reduction="none"),
    )
    q = DiagonalGaussian(torch.tensor([[-0.5]]), torch.tensor([[0.05]]))
    check(VAE(decoder, BernoulliPixels(), 1), x[:1], q, *grid_values(decoder, x[:1], q, bernoulli, 40_001, 10.0))


class Sharpened(nn.Module):
    """A decoder of 64 latents whose contrast is a plain number."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 36))
        self.contrast = 1.0

    def forward(self, z: Tensor) -> Tensor:
        return self.contrast * self.body(z)


def long_importance_sampling(decoder: nn.Module, x: Tensor, variance: float) -> tuple[float, float]:
    """log p(x) and its standard error: t distributions about the highest point, fitted three times to 40,000 weights."""
    exact, likelihood = copy.deepcopy(decoder).double().eval().requires_grad_(False), gaussian(variance)
    latents, freedom = 64, 12

    def log_joint(z: Tensor) -> Tensor:
        return likelihood(x.double(), exact(z)) - 0.5 * (z.square().sum(-1) + latents * math.log(2 * math.pi))

    mean = torch.zeros(latents, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([mean], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        search.zero_grad()
        value = -log_joint(mean[None]).sum()
        value.backward()
        return value

    search.step(closure)
    mean = mean.detach()
    hessian = torch.autograd.functional.hessian(lambda z: -log_joint(z[None]).sum(), mean)
    covariance = torch.linalg.inv(0.5 * (hessian + hessian.T))
    generator = torch.Generator().manual_seed(5)
    for _ in range(4):
        factor = torch.linalg.cholesky(covariance)
        normal = torch.randn(40_000, latents, generator=generator, dtype=torch.float64)
        squares = torch.randn(40_000, freedom, generator=generator, dtype=torch.float64).square().sum(-1, keepdim=True)
        offsets = normal / (squares / freedom).sqrt()
        z = mean + offsets @ factor.T
        constant = (
            math.lgamma((freedom + latents) / 2) - math.lgamma(freedom / 2) - 0.5 * latents * math.log(freedom * math.pi)
        )
        log_q = constant - factor.diagonal().log().sum()
        log_q = log_q - 0.5 * (freedom + latents) * (offsets.square().sum(-1) / freedom).log1p()
        logs = log_joint(z) - log_q
        weights = logs.softmax(0)
        mean = weights @ z
        covariance = ((z - mean) * weights[:, None]).T @ (z - mean) + 1e-6 * torch.eye(latents).double()
    value = logs.logsumexp(0) - math.log(len(logs))
    return float(value), float((logs - value).exp().std() / math.sqrt(len(logs)))


@pytest.mark.parametrize("contrast", [1.0, 1.6])
def test_sixty_four_latents_whose_decoder_depends_on_an_attribute(contrast):
    x = blobs(64, 6)
    decoder = trained(Sharpened(), nn.Linear(36, 128), x, 64, lambda decoded, x: (decoded - x) ** 2 / 0.1)
    model = VAE(decoder, GaussianPixels(0.05), 64)
    before = vaecore.evidence(model, x[:1])
    decoder.contrast = contrast
    found = vaecore.evidence(model, x[:1])
    truth, error = long_importance_sampling(decoder, x[:1], 0.05)
    assert error < 0.02 and found.error.item() < 0.05
    assert abs(found.value.item() - truth) < 4 * math.hypot(error, found.error.item())
    assert torch.equal(before.value, found.value) == (contrast == 1.0)
    bounds = vaecore.evidence_bounds(model, x[:1])
    assert bounds.lower.item() - 4 * bounds.lower_error.item() < truth < bounds.upper.item() + 4 * bounds.upper_error.item()


class TwoOutputs(nn.Module):
    """Means and variances of all pixels, as one tensor or as two."""

    def __init__(self, together: bool) -> None:
        super().__init__()
        self.net, self.together = nn.Linear(2, 32), together

    def forward(self, z: Tensor):
        return self.net(z) if self.together else tuple(self.net(z).chunk(2, -1))


class Casts(nn.Module):
    """A decoder whose output is of another type than its weights."""

    def __init__(self, cast) -> None:
        super().__init__()
        self.net, self.cast = nn.Linear(2, 16), cast

    def forward(self, z: Tensor) -> Tensor:
        return self.cast(self.net(z))


@pytest.mark.parametrize(
    ("cast", "kind", "sentence"),
    [
        (lambda image: torch.complex(image, image), TypeError, "floating-point numbers; got torch.complex64"),
        (lambda image: image.round().long(), TypeError, "floating-point numbers; got torch.int64"),
        (lambda image: image.half(), ValueError, r"weights in torch.float32 but returns torch.float16"),
    ],
)
def test_an_output_of_another_type_is_refused_with_a_sentence(cast, kind, sentence):
    with pytest.raises(kind, match=sentence):
        vaecore.evidence(VAE(Casts(cast), GaussianPixels(0.1), 2), torch.rand(1, 16))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_decoder_comes_back_in_train_mode():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        plain = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Dropout(0.4), nn.Linear(24, 16))
    scripted = torch.jit.script(plain.train())
    x = torch.rand(1, 16, generator=torch.Generator().manual_seed(3))
    found, right = (vaecore.evidence(VAE(decoder, GaussianPixels(0.05), 2), x) for decoder in (scripted, plain))
    assert abs(found.value.item() - right.value.item()) < PROMISED
    assert all(module.training for module in scripted.modules())


@pytest.mark.parametrize("latents", [1, 2, 3])
@pytest.mark.parametrize("linear", [True, False], ids=["linear", "mlp"])
def test_a_known_variance_of_every_pixel_is_a_change_of_units(latents, linear, tmp_path):
    """Every number is that of x / σ and f(z) / σ with variance 1, less Σ log σ; for a linear decoder that one is exact."""
    generator = torch.Generator().manual_seed(latents)
    weight = torch.randn(10, latents, generator=generator, dtype=torch.float64)
    bias = torch.randn(10, generator=generator, dtype=torch.float64)
    variance = 0.02 + torch.rand(10, generator=generator, dtype=torch.float64)
    sigma = variance.sqrt()
    x = torch.randn(2, 10, generator=generator, dtype=torch.float64)
    if linear:
        decoder, scaled = LinearDecoder(weight, bias), LinearDecoder(weight / sigma[:, None], bias / sigma)
    else:
        decoder = random_network([latents, 16, 10], nn.Tanh, 2.0, latents)
        scaled = copy.deepcopy(decoder)
        with torch.no_grad():
            scaled[-1].weight /= sigma[:, None]
            scaled[-1].bias /= sigma
    model, other = VAE(decoder, GaussianPixels(variance), latents), VAE(scaled, GaussianPixels(1.0), latents)
    q = DiagonalGaussian(0.3 * torch.ones(2, latents).double(), 0.05 * torch.ones(2, latents).double())
    lost = float(sigma.log().sum())
    for found, expected in (
        (vaecore.evidence(model, x), vaecore.evidence(other, x / sigma)),
        (
            vaecore.gap(model, x, q, vaecore.evidence(model, x)),
            vaecore.gap(other, x / sigma, q, vaecore.evidence(other, x / sigma)),
        ),
    ):
        shift = lost if isinstance(found, vaecore.Evidence) else 0.0
        assert ((found.value + shift - expected.value).abs() <= 4 * (found.error + expected.error) + 1e-3).all()
    mine, its = vaecore.elbo(model, x, q), vaecore.elbo(other, x / sigma, q)
    assert ((mine.elbo + lost - its.elbo).abs() <= 4 * (mine.error + its.error) + 1e-3).all()
    # Another set of variances for the same networks is another function: nothing that is kept may be taken for it.
    doubled = vaecore.elbo(model.with_likelihood(GaussianPixels(2 * variance)), x, q)
    assert ((doubled.elbo - mine.elbo).abs() > 0.1).all()
    if not linear:
        model.save(tmp_path / "model.safetensors")
        assert torch.equal(VAE.load(tmp_path / "model.safetensors").likelihood.variance, variance)


def test_a_variance_of_every_pixel_is_refused_with_a_sentence(unchecked_shapes):
    x, q = torch.rand(1, 16), DiagonalGaussian(torch.zeros(1, 2), torch.ones(1, 2))
    with pytest.raises(TypeError, match="variance for every pixel are not supported"):
        vaecore.elbo(VAE(TwoOutputs(False), GaussianPixels(0.1), 2), x, q)
    with pytest.raises(ValueError, match="variance for every pixel are not supported"):
        vaecore.elbo(VAE(TwoOutputs(True), GaussianPixels(0.1), 2), x, q)


class Exponential(nn.Module):
    """Pixels that grow without bound, as rates do: a · exp(z₁), and z₂."""

    def __init__(self, latents: int) -> None:
        super().__init__()
        self.latents = latents
        self.factors = nn.Parameter(torch.tensor([1.0, 2.0]))

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([z[:, :1].exp() * self.factors, z[:, 1:]], -1)


@pytest.mark.parametrize("latents", [1, 2])
def test_a_decoder_that_grows_exponentially_keeps_its_digits(latents):
    """At the edge of the lattice log p(x|z) is −10¹⁶, in the middle −1: E[exp z] and E[exp 2z] are known in closed form."""
    noise, model = 0.1, VAE(Exponential(latents), GaussianPixels(0.1), latents)
    x = torch.tensor([[1.9, 3.7, 0.4][: 1 + latents]])
    mean = torch.tensor([[0.6, -0.2][:latents]])
    variances = torch.tensor([0.005, 0.1, 1.0, 2.0])
    m, v = mean[0].double(), variances.double()

    def moment(power: int) -> Tensor:
        return (power * m[0] + 0.5 * power**2 * v).exp()

    squares = sum(
        float(target) ** 2 - 2 * float(target) * factor * moment(1) + factor**2 * moment(2)
        for target, factor in zip(x[0, :2], (1.0, 2.0), strict=True)
    )
    if latents == 2:
        squares = squares + (float(x[0, 2]) - m[1]) ** 2 + v
    truth = -squares / (2 * noise) - 0.5 * x.shape[1] * math.log(2 * math.pi * noise)
    found = vaecore.sweep_variance(model, x, mean, variances)
    promised = (1e-5 * truth.abs()).clamp_min(PROMISED)
    assert ((found.reconstruction[0] - truth).abs() <= found.error[0]).all()
    assert (found.error[0] <= promised).all()
    slopes = vaecore.forces(model, x, mean, variances)
    by_mean = -sum(
        2 * factor**2 * moment(2) - 2 * float(target) * factor * moment(1)
        for target, factor in zip(x[0, :2], (1.0, 2.0), strict=True)
    ) / (2 * noise)  # fmt: skip
    assert ((slopes.reconstruction_by_mean[0, :, 0] - by_mean).abs() <= (1e-3 * by_mean.abs()).clamp_min(PROMISED)).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_best_gaussian_of_a_decoder_that_grows_exponentially_is_where_all_slopes_are_zero(dtype):
    model = VAE(Exponential(1).to(dtype), GaussianPixels(0.1), 1)
    best = vaecore.best_gaussian(model, torch.tensor([[1.9, 3.7]], dtype=dtype))
    m, v = best.mean[0, 0].double(), best.variance[0, 0].double()
    by_mean = -(5 * (2 * m + 2 * v).exp() - 9.3 * (m + 0.5 * v).exp()) / 0.1 - m
    by_variance = -(5 * (2 * m + 2 * v).exp() - 4.65 * (m + 0.5 * v).exp()) / 0.1 - 0.5 * (1 - 1 / v)
    assert abs(by_mean) * v.sqrt() < 0.01 and abs(by_variance) * v < 0.01


@pytest.mark.parametrize("beta", ["2", None, [1.0], torch.ones(2), 1j])
def test_a_weight_that_is_no_number_is_named(beta):
    with pytest.raises(TypeError, match=f"beta must be a number; got {type(beta).__name__}"):
        weight_of(beta)
    assert [weight_of(known) for known in (2, torch.tensor([2.0]), np.float32(2))] == [2.0, 2.0, 2.0]


def test_an_image_so_large_that_no_q_can_be_told_from_another_has_no_best_q():
    """At 10⁹ log p(x, z) is −10²⁰, where float64 has steps of 16,384 nats."""
    model = VAE(random_network((2, 16, 20), nn.Tanh, 1.0, 0, torch.float32), GaussianPixels(0.1), 2)
    x = torch.full((1, 20), 1e9)
    with pytest.raises(ValueError, match=r"the best q cannot be found: log p\(x\|z\) is -1e\+20 nats"):
        vaecore.best_gaussian(model, x)
    known, q = vaecore.evidence(model, x), DiagonalGaussian(torch.zeros(1, 2), torch.ones(1, 2))
    bound = vaecore.elbo(model, x, q)
    assert float(bound.elbo - known.value) <= float(known.error + bound.error)
