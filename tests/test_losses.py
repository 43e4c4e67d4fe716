"""What a loss optimises, judged by minimising the loss itself, written as a training script writes it with torch alone."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import vaecore
from vaecore.losses.best_variance import excess_over_minimum
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, PixelModel, Reduction

SUM, MEAN = Reduction.SUM, Reduction.MEAN
BATCH, PIXELS, LATENTS = 4, 6, 3
SIZES = {"pixels": PIXELS, "latents": LATENTS, "batch": BATCH}

# One way to write each form down, and what it must come to.
SQUARES = {
    "sum of squares": LossForm(**SIZES),
    "half the sum of squares": LossForm(factor=0.5, **SIZES),
    "mean over pixels": LossForm(over_pixels=MEAN, **SIZES),
    "mean over latents": LossForm(over_latents=MEAN, **SIZES),
    "both means": LossForm(over_pixels=MEAN, over_latents=MEAN, **SIZES),
    "everything summed": LossForm(data_over_batch=SUM, kl_over_batch=SUM, **SIZES),
    "mse_loss as it comes, KL summed over the batch": LossForm(over_pixels=MEAN, kl_over_batch=SUM, **SIZES),
    "sum of squares over the batch, KL as a mean over everything": LossForm(data_over_batch=SUM, over_latents=MEAN, **SIZES),
    "KL weight": LossForm(kl_weight=0.07, **SIZES),
    "all at once": LossForm(factor=0.5, over_pixels=MEAN, over_latents=MEAN, kl_over_batch=SUM, kl_weight=0.3, **SIZES),
}


def linear_bench(seed: int, latents: int = LATENTS) -> tuple[Tensor, Tensor, Tensor]:
    """A random linear decoder's weight and bias, and a batch of images between 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(PIXELS, latents, generator=generator, dtype=torch.float64)
    bias, x = (torch.rand(*shape, generator=generator, dtype=torch.float64) for shape in ((PIXELS,), (BATCH, PIXELS)))
    return weight, bias, x


def written_loss(form: LossForm, x: Tensor, decoded: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """The loss of one draw, spelt with the reductions that torch.nn.functional offers."""
    data = F.mse_loss if form.data is DataTerm.SQUARES else F.binary_cross_entropy_with_logits
    match form.over_pixels, form.data_over_batch:
        case Reduction.MEAN, Reduction.MEAN:
            data_term = data(decoded, x, reduction="mean")
        case Reduction.SUM, Reduction.SUM:
            data_term = data(decoded, x, reduction="sum")
        case Reduction.SUM, Reduction.MEAN:
            data_term = data(decoded, x, reduction="none").sum(1).mean()
        case _:
            data_term = data(decoded, x, reduction="none").mean(1).sum()
    kl = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp())
    kl = kl.sum(1) if form.over_latents is SUM else kl.mean(1)
    kl = kl.sum() if form.kl_over_batch is SUM else kl.mean()
    return form.factor * data_term + form.kl_weight * kl


def minimised(
    form: LossForm, weight: Tensor, bias: Tensor, x: Tensor, nodes: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    """The q at which the loss, averaged over weighted draws of its noise, is smallest: mean and variance."""
    latents = weight.shape[1]
    mean = torch.zeros(BATCH, latents, dtype=torch.float64, requires_grad=True)
    log_variance = torch.full((BATCH, latents), -1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [mean, log_variance], max_iter=3000, tolerance_grad=1e-13, tolerance_change=1e-18, line_search_fn="strong_wolfe"
    )
    scale = 1 / (form.weight_of_data + form.weight_of_kl)  # no influence on the optimum, but on when the search stops

    def of_one_draw(noise: Tensor) -> Tensor:
        z = mean + (0.5 * log_variance).exp() * noise if form.decoded is Decoded.SAMPLE else mean
        return written_loss(form, x, z @ weight.T + bias, mean, log_variance)

    def loss() -> Tensor:
        optimizer.zero_grad()
        draws, shares = nodes
        total = scale * shares @ torch.func.vmap(of_one_draw)(draws)
        total.backward()
        return total

    for _ in range(3):
        optimizer.step(loss)
    return mean.detach(), log_variance.detach().exp()


def cubature(latents: int) -> tuple[Tensor, Tensor]:
    """Draws of the noise over which polynomials up to degree three, a squared error is one, average exactly."""
    axes = math.sqrt(latents) * torch.eye(latents, dtype=torch.float64)
    return torch.cat([axes, -axes]), torch.full((2 * latents,), 0.5 / latents, dtype=torch.float64)


def gauss_hermite(latents: int, count: int = 24) -> tuple[Tensor, Tensor]:
    """Draws of the noise over which smooth functions average to rounding."""
    points, weights = np.polynomial.hermite_e.hermegauss(count)
    shares = torch.from_numpy(weights / weights.sum())
    grid = torch.cartesian_prod(*([torch.from_numpy(points)] * latents)).reshape(-1, latents)
    return grid, torch.cartesian_prod(*([shares] * latents)).reshape(-1, latents).prod(1)


@pytest.mark.parametrize("name", SQUARES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_squares_have_their_optimum_where_the_elbo_of_the_implied_noise_has_it(name: str, seed: int) -> None:
    form = SQUARES[name]
    weight, bias, x = linear_bench(seed)
    mean, variance = minimised(form, weight, bias, x, cubature(LATENTS))
    for beta in (1.0, 0.4):
        likelihood = vaecore.GaussianPixels(form.noise_variance(beta))
        model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), likelihood, LATENTS)
        best = vaecore.best_gaussian(model, x, beta)
        # At a gradient of 1e-9 of the loss, whose curvature in log σ² is of order 0.1, q is known to 1e-7 or so.
        assert variance.numpy() == pytest.approx(best.variance.numpy(), rel=2e-6)
        assert mean.numpy() == pytest.approx(best.mean.numpy(), abs=2e-6)
    other = form.beta_for(0.034)
    assert form.noise_variance(other) == pytest.approx(0.034)


@pytest.mark.parametrize(
    ("form", "level"),
    [
        (LossForm(), 0.5),
        (LossForm(factor=0.5), 1.0),
        (LossForm(over_pixels=MEAN), 392.0),
        (LossForm(over_latents=MEAN), 0.025),
        (LossForm(over_pixels=MEAN, over_latents=MEAN), 19.6),
        (LossForm(kl_weight=0.1), 0.05),
        (LossForm(over_pixels=MEAN, kl_over_batch=SUM), 392.0 * 128),
        (LossForm(data_over_batch=SUM, kl_over_batch=SUM), 0.5),
        (LossForm(data_over_batch=SUM, over_latents=MEAN), 0.5 / 20 / 128),
    ],
)
def test_the_usual_forms_come_to_these_levels(form: LossForm, level: float) -> None:
    assert form.level == pytest.approx(level, rel=1e-14)


@pytest.mark.parametrize(
    ("form", "of_squares"),
    [
        (LossForm(), (1 / 3, 0.047619, 0.0049751)),
        (LossForm(factor=0.5), (0.5, 0.0909091, 0.0099010)),
        (LossForm(over_pixels=MEAN), (0.9974555, 0.9751244, 0.7967480)),
    ],
)
def test_the_best_variance_in_one_linear_dimension(form: LossForm, of_squares: tuple[float, float, float]) -> None:
    for squared_length, expected in zip((1, 10, 100), of_squares, strict=True):
        weight = torch.full((784, 1), math.sqrt(squared_length / 784), dtype=torch.float64)
        decoder = vaecore.LinearDecoder(weight, torch.zeros(784, dtype=torch.float64))
        model = vaecore.VAE(decoder, vaecore.GaussianPixels(form.noise_variance()), 1)
        best = vaecore.best_gaussian(model, torch.zeros(1, 784, dtype=torch.float64))
        assert best.variance.item() == pytest.approx(expected, rel=2e-5)  # as many digits as were written down


def test_the_value_of_the_loss_is_minus_the_elbo_and_a_constant() -> None:
    """‖x − x̂‖² + KL at σₓ² = ½: a constant of (P/2) log π, the same for every q."""
    weight = torch.tensor([[1, 0], [0.5, 1], [0, -1]], dtype=torch.float64)
    bias, x = torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64), torch.tensor([[1, 0.5, -0.5]], dtype=torch.float64)
    q = vaecore.DiagonalGaussian(torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[0.5, 2.0]]).double())
    form = LossForm(pixels=3, latents=2, batch=1)
    draws = zip(*cubature(2), strict=True)
    value = sum(
        share * written_loss(form, x, q.at(noise) @ weight.T + bias, q.mean, q.variance.log()) for noise, share in draws
    )
    model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), vaecore.GaussianPixels(form.noise_variance()), 2)
    assert float(value) == pytest.approx(6.065, abs=1e-12)
    assert float(value) == pytest.approx(-vaecore.elbo(model, x, q).elbo.item() - 1.5 * math.log(math.pi), abs=1e-12)


CROSS_ENTROPY = {
    "summed": LossForm(data=DataTerm.CROSS_ENTROPY, grey=False, pixels=PIXELS, latents=2, batch=BATCH),
    "mean over pixels": LossForm(
        data=DataTerm.CROSS_ENTROPY, grey=False, over_pixels=MEAN, pixels=PIXELS, latents=2, batch=BATCH, kl_weight=0.1
    ),
    "mean over everything, KL summed": LossForm(
        data=DataTerm.CROSS_ENTROPY, grey=False, over_pixels=MEAN, kl_over_batch=SUM, pixels=PIXELS, latents=2, batch=BATCH,
        kl_weight=0.02,
    ),
    "mean over latents": LossForm(
        data=DataTerm.CROSS_ENTROPY, grey=False, over_latents=MEAN, pixels=PIXELS, latents=2, batch=BATCH
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CROSS_ENTROPY)
def test_cross_entropy_on_black_and_white_pixels_is_the_bernoulli_elbo_with_this_beta(name: str) -> None:
    form = CROSS_ENTROPY[name]
    assert form.pixel_model is PixelModel.BERNOULLI
    weight, bias, x = linear_bench(3, latents=2)
    x = (x > 0.5).double()
    mean, variance = minimised(form, weight, bias, x, gauss_hermite(2))
    model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), vaecore.BernoulliPixels(), 2)
    q = vaecore.DiagonalGaussian(mean, variance)
    assert form.beta is not None
    best = vaecore.best_gaussian(model, x, form.beta)
    reached, possible = (
        terms.reconstruction - form.beta * terms.kl.sum(-1)
        for terms in (vaecore.elbo(model, x, q), vaecore.elbo(model, x, best))
    )
    # Both are maxima of the same objective if neither is better, to what the quadrature promises; and near a maximum whose
    # curvature in log σ² is that of β·KL, 0.002 of the objective is a shift of log σ² below 0.2.
    assert reached.numpy() == pytest.approx(possible.numpy(), abs=2e-3)
    assert mean.numpy() == pytest.approx(best.mean.numpy(), abs=1e-3)
    assert variance.numpy() == pytest.approx(best.variance.numpy(), rel=1e-3)


def test_cross_entropy_on_grey_pixels_is_its_mean_over_random_binarisations() -> None:
    form = LossForm(data=DataTerm.CROSS_ENTROPY, grey=True, **SIZES)
    assert form.pixel_model is PixelModel.BINARISED
    _, _, x = linear_bench(4)
    logits = torch.randn(BATCH, PIXELS, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    expected = torch.zeros(BATCH, dtype=torch.float64)
    for bits in itertools.product((0.0, 1.0), repeat=PIXELS):
        binary = torch.tensor(bits, dtype=torch.float64).expand(BATCH, -1)
        probability = torch.distributions.Bernoulli(x).log_prob(binary).sum(1).exp()
        expected -= probability * torch.distributions.Bernoulli(logits=logits).log_prob(binary).sum(1)
    nothing = torch.zeros(BATCH, LATENTS, dtype=torch.float64)
    assert written_loss(form, x, logits, nothing, nothing).item() == pytest.approx(expected.mean().item(), abs=1e-12)


def test_cross_entropy_on_grey_pixels_is_no_normalised_density() -> None:
    grid = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    for logit in (-3.0, 0.0, 1.0):
        density = (-F.binary_cross_entropy_with_logits(torch.full_like(grid, logit), grid, reduction="none")).exp()
        assert torch.trapezoid(density, grid) < 0.8
    assert torch.trapezoid(0.5 ** torch.ones_like(grid), grid).item() == pytest.approx(0.5)


@pytest.mark.parametrize("data", [DataTerm.SQUARES, DataTerm.CROSS_ENTROPY])
def test_decoded_at_the_mean_the_best_variance_is_one_in_every_dimension(data: DataTerm) -> None:
    form = LossForm(data=data, decoded=Decoded.MEAN, kl_weight=0.3, **SIZES)
    weight, bias, x = linear_bench(6)
    _, variance = minimised(form, weight, bias, x, cubature(LATENTS))
    assert variance.numpy() == pytest.approx(np.ones((BATCH, LATENTS)), abs=1e-6)
    assert (form.level, form.beta, form.pixel_model) == (None, None, PixelModel.NONE)
    assert form.beta_on_variances(0.034) == math.inf
    with pytest.raises(ValueError, match="squared errors at a sample"):
        form.noise_variance()


@pytest.mark.parametrize("over_pixels", [SUM, MEAN])
@pytest.mark.parametrize("kl_weight", [1.0, 0.05])
def test_a_learned_noise_settles_at_the_mean_squared_error_of_a_pixel(over_pixels: Reduction, kl_weight: float) -> None:
    """gaussian_nll_loss with the noise among the parameters, q and noise minimised together."""
    form = LossForm(data=DataTerm.LEARNED_NOISE, over_pixels=over_pixels, kl_weight=kl_weight, **SIZES)
    assert form.beta == pytest.approx(kl_weight * (PIXELS if over_pixels is MEAN else 1))
    weight, bias, x = linear_bench(7)
    mean = torch.zeros(BATCH, LATENTS, dtype=torch.float64, requires_grad=True)
    log_variance = torch.full((BATCH, LATENTS), -1.0, dtype=torch.float64, requires_grad=True)
    log_noise = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [mean, log_variance, log_noise], max_iter=4000, tolerance_grad=1e-13, tolerance_change=1e-18,
        line_search_fn="strong_wolfe",
    )  # fmt: skip
    nodes = list(zip(*cubature(LATENTS), strict=True))

    def decoded(noise: Tensor) -> Tensor:
        return (mean + (0.5 * log_variance).exp() * noise) @ weight.T + bias

    def loss() -> Tensor:
        optimizer.zero_grad()
        total = torch.zeros((), dtype=torch.float64)
        for noise, share in nodes:
            nll = F.gaussian_nll_loss(decoded(noise), x, log_noise.exp().expand_as(x), reduction="none", eps=1e-12)
            data = nll.sum(1).mean() if over_pixels is SUM else nll.mean()
            q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
            kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros_like(mean), 1.0)).sum(1).mean()
            total = total + share * (data + kl_weight * kl)
        total.backward()
        return total

    for _ in range(4):
        optimizer.step(loss)
    noise_variance = log_noise.detach().exp().item()
    with torch.no_grad():
        squares = sum(share * (decoded(noise) - x).square().mean() for noise, share in nodes)
    assert noise_variance == pytest.approx(float(squares), rel=1e-5)
    model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), vaecore.GaussianPixels(noise_variance), LATENTS)
    best = vaecore.best_gaussian(model, x, form.beta)
    assert log_variance.detach().exp().numpy() == pytest.approx(best.variance.numpy(), rel=1e-4)


def test_objectives_above_their_lowest_touch_zero_at_their_own_best_variance() -> None:
    weight, bias, x = linear_bench(8)
    model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), vaecore.GaussianPixels(0.1), LATENTS)
    best = vaecore.best_gaussian(model, x)
    variances = torch.logspace(-4, 0.5, 181, dtype=torch.float64)
    swept = vaecore.sweep_variance(model, x, best.mean, variances)
    for level in (0.01, 0.5, 30.0):
        form = replace(LossForm(**SIZES), kl_weight=level / LossForm(**SIZES).level)
        height = excess_over_minimum(swept, form.beta_on_variances(0.1))
        # The same from the loss itself at σₓ² = level: squared errors over 2·level, and KL once.
        for row in range(BATCH):
            squares = [
                (x[row] - bias - weight @ best.mean[row]).square().sum() + v * weight.square().sum() for v in variances
            ]
            cost = torch.stack(squares) / (2 * level) + swept.kl[row].sum(-1)
            assert height[row].numpy() == pytest.approx((cost - cost.min()).numpy(), abs=1e-9 * max(1, 1 / level))
    kl_alone = excess_over_minimum(swept, math.inf)
    assert variances[kl_alone.argmin(-1)].numpy() == pytest.approx(np.ones(BATCH), rel=0.03)  # half a step of the grid


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kl_weight": 0.0}, "kl_weight must be positive and finite; got 0."),
        ({"pixels": 0}, "pixels must be positive"),
        ({"kl_weight": math.nan}, "kl_weight must be positive"),
        ({"factor": -0.5}, "factor must be positive and finite; got -0.5."),
    ],
)
def test_a_form_that_is_none_is_refused(wrong: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LossForm(**wrong)


def test_a_noise_or_a_beta_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="beta must be positive"):
        LossForm().noise_variance(0.0)
    with pytest.raises(ValueError, match="noise_variance must be positive"):
        LossForm().beta_for(-1.0)
