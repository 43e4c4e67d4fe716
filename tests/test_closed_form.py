"""Linear decoders in any number of latents: exact, judged by torch's and scikit-learn's full covariances."""

import math
import resource
import sys

import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from vaecore import (
    VAE,
    Accuracy,
    DiagonalGaussian,
    GaussianPixels,
    LinearDecoder,
    best_gaussian,
    elbo,
    evidence,
    gap,
    sweep_variance,
)

CLOSED_FORM = 1e-10  # nats, where the value itself is a few hundred at most
latents = pytest.mark.parametrize("latent", [1, 2, 3, 5, 8, 16, 32])


def random_model(latent: int, pixels: int, noise_variance: float, seed: int = 0) -> VAE:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(pixels, latent, generator=generator, dtype=torch.float64) / math.sqrt(latent)
    bias = torch.randn(pixels, generator=generator, dtype=torch.float64)
    return VAE(LinearDecoder(weight, bias), GaussianPixels(noise_variance), latent)


def random_images(model: VAE, count: int = 5, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return model.decoder.bias.detach() + torch.randn(
        count, len(model.decoder.bias), generator=generator, dtype=torch.float64
    )


def random_q(model: VAE, count: int = 5, seed: int = 2) -> DiagonalGaussian:
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(count, model.latent_dim, generator=generator, dtype=torch.float64)
    return DiagonalGaussian(mean, torch.rand(mean.shape, generator=generator, dtype=torch.float64) * 2 + 0.01)


def pixel_distribution(model: VAE) -> MultivariateNormal:
    """p(x) by its full covariance."""
    weight, noise = model.decoder.weight.detach(), float(model.likelihood.variance)
    covariance = weight @ weight.T + noise * torch.eye(len(weight), dtype=torch.float64)
    return MultivariateNormal(model.decoder.bias.detach(), covariance)


def posterior(model: VAE, x: Tensor) -> MultivariateNormal:
    """p(z|x) by conditioning the joint Gaussian of (z, x) on x: through pixels × pixels, unlike the package."""
    weight = model.decoder.weight.detach()
    gain = torch.linalg.solve(pixel_distribution(model).covariance_matrix, weight).T
    mean = (x - model.decoder.bias.detach()) @ gain.T
    covariance = torch.eye(model.latent_dim, dtype=torch.float64) - gain @ weight
    return MultivariateNormal(mean, 0.5 * (covariance + covariance.T))


def missing(model: VAE, x: Tensor, q: DiagonalGaussian) -> Tensor:
    return evidence(model, x).value - elbo(model, x, q).elbo


@latents
@pytest.mark.parametrize("noise_variance", [0.1, 1.0, 4.0])
def test_elbo_plus_gap_is_the_evidence_on_three_routes(latent, noise_variance):
    model = random_model(latent, 40, noise_variance, seed=latent)
    x, q = random_images(model), random_q(model)
    terms, value = elbo(model, x, q), evidence(model, x)
    assert terms.accuracy == value.accuracy == Accuracy.EXACT
    assert not terms.error.any() and not value.error.any()
    divergence = kl_divergence(MultivariateNormal(q.mean, torch.diag_embed(q.variance)), posterior(model, x))
    judge = pixel_distribution(model).log_prob(x)
    # The judges invert 40 × 40 matrices of condition up to 4e2·: 1e-12 of values up to 1e4.
    scale = judge.abs().clamp_min(1) + divergence
    assert ((value.value - judge).abs() <= CLOSED_FORM * scale.clamp_max(1e3)).all()
    assert ((terms.elbo + divergence - judge).abs() <= CLOSED_FORM * scale.clamp_max(1e3)).all()


@latents
def test_gap_is_torchs_divergence_from_the_posterior(latent):
    model = random_model(latent, 40, 0.5, seed=latent)
    x, q = random_images(model), random_q(model)
    found = gap(model, x, q, evidence(model, x))
    judge = kl_divergence(MultivariateNormal(q.mean, torch.diag_embed(q.variance)), posterior(model, x))
    assert found.accuracy == Accuracy.EXACT and not found.error.any()
    assert torch.allclose(found.value, judge, rtol=1e-10, atol=CLOSED_FORM)
    assert (found.value >= 0).all()


@latents
def test_reconstruction_is_what_moments_of_a_gaussian_say(latent):
    """E‖x − Wz − b‖² from first principles: the square of the mean residual and the trace of W diag(variance) Wᵀ."""
    model = random_model(latent, 30, 0.7)
    x, q = random_images(model), random_q(model)
    weight, bias = model.decoder.weight.detach(), model.decoder.bias.detach()
    squares = torch.stack([
        (image - weight @ m - bias).square().sum() + torch.trace(weight @ torch.diag(v) @ weight.T)
        for image, m, v in zip(x, q.mean, q.variance, strict=True)
    ])  # fmt: skip
    truth = -squares / 1.4 - 15 * math.log(2 * math.pi * 0.7)
    assert torch.allclose(elbo(model, x, q).reconstruction, truth, rtol=1e-13, atol=CLOSED_FORM)


@latents
def test_the_best_gaussian_is_the_posterior_mean_and_the_conditional_variance(latent):
    model = random_model(latent, 40, 0.5)
    x = random_images(model)
    best, judge = best_gaussian(model, x), posterior(model, x)
    assert torch.allclose(best.mean, judge.mean, rtol=0, atol=1e-10)
    conditional = 1 / torch.linalg.inv(judge.covariance_matrix).diagonal(dim1=-2, dim2=-1)
    # The posterior's covariance was had by a subtraction from I and is inverted here: 1e-9 is its own accuracy.
    assert torch.allclose(best.variance, conditional.expand_as(best.variance), rtol=1e-9)
    assert best.variance.shape == (5, latent)


@latents
def test_the_gap_of_the_best_gaussian_is_half_the_precisions_log_diagonal_over_determinant(latent):
    model = random_model(latent, 40, 0.5)
    x = random_images(model)
    weight = model.decoder.weight.detach()
    precision = torch.eye(latent, dtype=torch.float64) + 2 * weight.T @ weight
    expected = 0.5 * (precision.diagonal().log().sum() - torch.linalg.slogdet(precision).logabsdet)
    assert torch.allclose(missing(model, x, best_gaussian(model, x)), expected.expand(5), rtol=0, atol=CLOSED_FORM * 10)


@latents
@pytest.mark.parametrize("beta", [0.1, 1.0, 5.0])
def test_no_perturbation_beats_the_best_gaussian(latent, beta):
    model = random_model(latent, 20, 0.4)
    x = random_images(model)
    best = best_gaussian(model, x, beta)

    def objective(q: DiagonalGaussian) -> Tensor:
        terms = elbo(model, x, q)
        return terms.reconstruction - beta * terms.kl.sum(-1)

    top = objective(best)
    generator = torch.Generator().manual_seed(3)
    for size in (1e-4, 1e-2, 1.0):
        for _ in range(20):
            step, stretch = torch.randn(2, 5, latent, generator=generator, dtype=torch.float64) * size
            # Strictly worse: the objective is strictly concave in the mean and unimodal in each variance.
            assert (objective(DiagonalGaussian(best.mean + step, best.variance * stretch.exp())) < top).all()


@latents
def test_only_the_product_of_beta_and_noise_moves_the_best_gaussian(latent):
    x = random_images(random_model(latent, 20, 0.4))
    for beta in (0.2, 1.0, 7.0):
        ours = best_gaussian(random_model(latent, 20, 0.4), x, beta)
        theirs = best_gaussian(random_model(latent, 20, 0.4 * beta), x)
        assert torch.allclose(ours.mean, theirs.mean, rtol=1e-10, atol=1e-12)
        assert torch.allclose(ours.variance, theirs.variance, rtol=1e-12)


@pytest.mark.parametrize("latent", [2, 5, 32])
def test_turning_the_latents_leaves_the_evidence_and_moves_the_gap(latent):
    model = random_model(latent, 40, 0.5)
    x = random_images(model)
    weight, bias = model.decoder.weight.detach(), model.decoder.bias.detach()
    gaps = []
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        rotation = torch.linalg.qr(torch.randn(latent, latent, generator=generator, dtype=torch.float64)).Q
        turned = VAE(LinearDecoder(weight @ rotation, bias), GaussianPixels(0.5), latent)
        assert torch.allclose(evidence(turned, x).value, evidence(model, x).value, rtol=1e-12, atol=CLOSED_FORM)
        gaps.append(missing(turned, x, best_gaussian(turned, x)))
    assert (torch.stack(gaps).std(0) > 1e-6).all()  # ten thousand times what rounding could do
    principal = torch.linalg.svd(weight, full_matrices=False)
    aligned = VAE(LinearDecoder(principal.U * principal.S, bias), GaussianPixels(0.5), latent)
    assert missing(aligned, x, best_gaussian(aligned, x)).abs().max() < 1e-9  # orthogonal columns: no gap at all


@latents
def test_a_sweep_is_elbo_step_by_step(latent):
    model = random_model(latent, 30, 0.3)
    x, mean = random_images(model), random_q(model).mean
    variances = torch.logspace(-4, math.log10(4), 41, dtype=torch.float64)
    sweep = sweep_variance(model, x, mean, variances)
    assert sweep.accuracy == Accuracy.EXACT and not sweep.error.any()
    for step, variance in enumerate(variances):
        terms = elbo(model, x, DiagonalGaussian(mean, variance.expand_as(mean).clone()))
        assert torch.allclose(sweep.reconstruction[:, step], terms.reconstruction, rtol=1e-13, atol=1e-10)
        assert torch.allclose(sweep.kl[:, step], terms.kl, rtol=1e-13, atol=1e-14)
        assert torch.allclose(sweep.elbo[:, step], terms.elbo, rtol=1e-13, atol=1e-10)
    assert torch.equal(sweep.best_step(), sweep.elbo.argmax(-1))
    assert torch.equal(sweep.best_step(3.0), (sweep.reconstruction - 3 * sweep.kl.sum(-1)).argmax(-1))
    # Heavier KL, wider best q.
    assert (sweep.best_step(3.0) >= sweep.best_step(0.3)).all()


@latents
def test_a_batch_is_its_images_one_by_one(latent):
    model = random_model(latent, 30, 0.3)
    x, q = random_images(model), random_q(model)
    terms, value, best = elbo(model, x, q), evidence(model, x), best_gaussian(model, x)
    for row in range(5):
        here = slice(row, row + 1)
        alone = elbo(model, x[here], DiagonalGaussian(q.mean[here], q.variance[here]))
        assert torch.allclose(alone.elbo, terms.elbo[here], rtol=1e-13, atol=1e-11)
        assert torch.allclose(evidence(model, x[here]).value, value.value[here], rtol=1e-13, atol=1e-11)
        assert torch.allclose(best_gaussian(model, x[here]).mean, best.mean[here], rtol=1e-12, atol=1e-12)


def test_scikit_learns_ppca_score_is_the_mean_evidence():
    generator = torch.Generator().manual_seed(5)
    stretch = torch.linspace(3, 0.2, 12, dtype=torch.float64)
    x = torch.randn(400, 12, generator=generator, dtype=torch.float64) * stretch
    x = x @ torch.linalg.qr(torch.randn(12, 12, generator=generator, dtype=torch.float64)).Q + 1.5
    for latent in (1, 2, 4, 9):
        pca = PCA(latent, svd_solver="full").fit(x.numpy())
        # scikit-learn divides by n − 1 throughout, so we build our decoder from its own eigenvalues and noise.
        noise = float(pca.noise_variance_)
        eigenvalues = torch.from_numpy(pca.explained_variance_)
        weight = torch.from_numpy(pca.components_).T * (eigenvalues - noise).sqrt()
        model = VAE(LinearDecoder(weight, torch.from_numpy(pca.mean_)), GaussianPixels(noise), latent)
        assert evidence(model, x).value.mean().item() == pytest.approx(pca.score(x.numpy()), abs=CLOSED_FORM)


@pytest.mark.parametrize("latent", [1, 2])
def test_the_table_is_the_joint_density_and_integrates_to_the_evidence(latent):
    model = random_model(latent, 30, 0.3)
    x = random_images(model, 3)
    result, judge = evidence(model, x), posterior(model, x)
    for row, table in enumerate(result.tables):
        total = (table.log_joint + table.log_volume).logsumexp(0)
        # Trapezoids at a tenth of a standard deviation out to six: what lies beyond is 4e-9.
        assert (total - result.value[row]).abs() < 1e-8
        assert table.posterior_mass.sum().item() == pytest.approx(1, abs=1e-12)
        density = MultivariateNormal(judge.mean[row], judge.covariance_matrix[row]).log_prob(table.z)
        assert torch.allclose(table.log_joint - result.value[row], density, rtol=1e-8, atol=1e-7)


def test_above_two_latents_there_is_no_table():
    model = random_model(3, 10, 1.0)
    assert evidence(model, random_images(model)).tables is None


@pytest.mark.parametrize("latent", [1, 2, 8, 32])
def test_float32_models_agree_with_their_float64_twins(latent):
    twin = random_model(latent, 200, 0.05).float()
    x, q = random_images(random_model(latent, 200, 0.05)).float(), random_q(random_model(latent, 200, 0.05))
    q32 = DiagonalGaussian(q.mean.float(), q.variance.float())
    double = VAE(LinearDecoder(twin.decoder.weight.double(), twin.decoder.bias.double()), twin.likelihood, latent)
    q64 = DiagonalGaussian(q32.mean.double(), q32.variance.double())
    pairs = [
        (elbo(twin, x, q32).reconstruction, elbo(double, x.double(), q64).reconstruction),
        (elbo(twin, x, q32).kl, elbo(double, x.double(), q64).kl),
        (evidence(twin, x).value, evidence(double, x.double()).value),
        (best_gaussian(twin, x).mean, best_gaussian(double, x.double()).mean),
        (best_gaussian(twin, x).variance, best_gaussian(double, x.double()).variance),
    ]
    for single, exact in pairs:
        assert single.dtype == torch.float32
        # Sums are done in float64, so only the result is rounded; the KL's terms are rounded on their own.
        assert torch.allclose(single.double(), exact, rtol=4 * 2.0**-23, atol=4 * 2.0**-23)


def test_forty_thousand_pixels_need_no_matrix_of_pixels_by_pixels():
    """40,000² float64 would be 12.8 GB; all that is asked here must fit in a twentieth of that."""
    model = random_model(32, 40_000, 0.1)
    x, q = random_images(model, 2), random_q(model, 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    value, terms, best = evidence(model, x), elbo(model, x, q), best_gaussian(model, x)
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes on a Mac
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < 640e6
    assert (elbo(model, x, best).elbo <= value.value).all()
    assert (terms.elbo <= elbo(model, x, best).elbo).all()


def test_a_decoder_that_ignores_its_latents_leaves_the_prior():
    model = VAE(LinearDecoder(torch.zeros(6, 3).double(), torch.zeros(6).double()), GaussianPixels(1.0), 3)
    best = best_gaussian(model, torch.ones(2, 6).double())
    assert torch.equal(best.mean, torch.zeros(2, 3).double())
    assert torch.equal(best.variance, torch.ones(2, 3).double())
    assert missing(model, torch.ones(2, 6).double(), best).abs().max() < 1e-12


@pytest.mark.usefixtures("unchecked_shapes")
def test_what_does_not_fit_is_refused_with_a_sentence():
    model = random_model(3, 10, 1.0)
    x, q = random_images(model), random_q(model)
    with pytest.raises(ValueError, match=r"\(batch, pixels\).*\(10,\)"):
        evidence(model, x[0])
    with pytest.raises(ValueError, match="pixels"):
        evidence(model, x[:, :9])
    # One pixel would broadcast against ten without a murmur.
    for ask in (evidence, best_gaussian, lambda model, x: elbo(model, x, q)):
        for pixels in (1, 9):
            with pytest.raises(ValueError, match="pixels"):
                ask(model, x[:, :pixels])
    with pytest.raises(ValueError, match="finite"):
        evidence(model, x / 0)
    with pytest.raises(ValueError, match="batch"):
        elbo(model, x[:2], q)
    with pytest.raises(ValueError, match="3"):
        elbo(model, x, DiagonalGaussian(q.mean[:, :2], q.variance[:, :2]))
    with pytest.raises(ValueError, match="floating"):
        evidence(model, torch.zeros(1, 10, dtype=torch.uint8))
    with pytest.raises(ValueError, match="beta must be positive"):
        best_gaussian(model, x, 0.0)
    with pytest.raises(ValueError, match=r"positive.*-1"):
        sweep_variance(model, x, q.mean, torch.tensor([1.0, -1.0]).double())
    with pytest.raises(ValueError, match=r"\(steps"):
        sweep_variance(model, x, q.mean, torch.ones(2, 2, 3).double())
