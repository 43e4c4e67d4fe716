"""What a form of a loss is said to mean: weights, constants, ranges, mistakes in KL, other images; each recomputed."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from torch.nn import functional as F

import vaecore
from pages.parts.loss import log, payload, snippets, verdicts
from pages.parts.loss.log_records import LoggedTerms
from pages.parts.loss.logged_terms import in_nats
from pages.parts.loss.meaning import meaning, reference_curve
from pages.parts.loss.spectrum_input import read_eigenvalues
from pages.parts.loss.training_log import read_log
from pages.parts.loss.weights import Weight, read_weight
from tests import oracle_screen
from vaecore.losses.best_variance import best_variance, written_kl
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, PixelModel, PixelRange, Reduction, WrittenKL
from vaecore.losses.water_filling import mnist_spectrum

SUM, MEAN = Reduction.SUM, Reduction.MEAN
OWN_NOISE = 0.185


def terms_at(log_variance: float) -> tuple[float, float]:
    """Reconstruction and KL of digits-2's first 7, at the encoder's mean and one variance, asked of the core alone."""
    model, x, _ = oracle_screen.bench({"model": "digits-2"})
    q = oracle_screen.encoder_q({"model": "digits-2"})
    variance = torch.full_like(q.mean, math.exp(log_variance))
    terms = vaecore.elbo(model, x, vaecore.DiagonalGaussian(q.mean.double(), variance.double()))
    return float(terms.reconstruction), float(terms.kl.sum())


@pytest.mark.parametrize(
    ("form", "variance", "lost"),
    [(LossForm(), 0.00547, 11.07), (LossForm(over_pixels=MEAN), 0.983, 543.9), (LossForm(kl_weight=0.123), None, None)],
)
def test_the_best_variance_lies_between_the_steps_of_the_slider(
    form: LossForm, variance: float | None, lost: float | None
) -> None:
    beta = form.beta_on_variances(float(vaecore.load("digits-2").likelihood.variance))

    def best(weight: float) -> float:
        cost = lambda log: terms_at(log)[1] - terms_at(log)[0] / weight  # noqa: E731
        return minimize_scalar(cost, bounds=(-9, 1.3), method="bounded", options={"xatol": 1e-5}).x

    place, own = best(beta), best(1.0)
    loss_there = (terms_at(own)[0] - terms_at(own)[1]) - (terms_at(place)[0] - terms_at(place)[1])
    shown = meaning(form, OWN_NOISE)
    # The core's terms are accurate to 0.001 nat; where the curvature is of order 1 nat, so is log σ² to a few 0.001.
    assert shown.best.variance == pytest.approx(math.exp(place), rel=3e-3)
    assert shown.best.lost == pytest.approx(loss_there, abs=4e-3)
    assert shown.elbo_variance == pytest.approx(math.exp(own), rel=3e-3)
    if variance is not None:
        assert float(f"{shown.best.variance:.3g}") == variance
        assert shown.best.lost == pytest.approx(lost, abs=0.5 * 10 ** -(len(str(lost).split(".")[1])))


def test_a_minimum_between_steps_is_found_and_one_beyond_the_ends_is_named() -> None:
    scales = np.geomspace(1e-4, 4, 241)
    logs, elbo = np.log(scales), -((np.log(scales) + 3.0) ** 2)
    inside = best_variance(scales, np.cosh(logs + 4.01234), elbo)
    assert math.log(inside.variance) == pytest.approx(-4.01234, abs=1e-4)
    assert inside.lost == pytest.approx(1.01234**2, abs=2e-4)
    assert best_variance(scales, logs, elbo).at_low_end and best_variance(scales, -logs, elbo).at_high_end
    texts = {tile["name"]: tile["texts"][0] for tile in verdicts.tiles([meaning(LossForm(kl_weight=1e-6), OWN_NOISE)])}
    assert texts["variance"] == "≤ 1·10⁻⁴" and texts["lost"].startswith("≥ ")
    with pytest.raises(ValueError, match="7 steps or more; got 3"):
        best_variance(scales[:3], logs[:3], elbo[:3])


# Slips in KL: an own loss, minimised by brute force in one linear dimension with data weight 1/(2·level)·w²·s.


@pytest.mark.parametrize("written", list(WrittenKL))
def test_each_way_to_write_kl_is_the_code_that_it_names(written: WrittenKL) -> None:
    mean, log_variance = torch.tensor([[0.3, -1.2]]).double(), torch.tensor([[-2.0, 0.7]]).double()
    h = 0.5 * log_variance  # the log of the samples' standard deviation
    in_the_wild = {
        # KL with exp(h) and h where the samples have the standard deviation exp(h).
        WrittenKL.RIGHT: -0.5 * (1 + log_variance - mean**2 - log_variance.exp()),
        WrittenKL.DEVIATION: -0.5 * (1 + h - mean**2 - h.exp()),
        WrittenKL.SQUARED: -0.5 * (1 + 2 * log_variance - mean**2 - (2 * log_variance).exp()),
        WrittenKL.LOG_DEVIATION: -0.5 * (1 + h - mean**2 - log_variance.exp()),
        WrittenKL.MIXED: -0.5 * (1 + log_variance - mean**2 - h.exp()),
    }[written].sum()
    scope: dict = {"mean": mean, "log_variance": log_variance, "torch": torch, "F": F}
    code = snippets.your_loss(LossForm(written_kl=written)).splitlines()[3]
    exec(code, scope)
    assert scope["kl"].item() == pytest.approx(in_the_wild.item(), rel=1e-12)
    model = vaecore.VAE(
        vaecore.LinearDecoder(torch.eye(2).double(), torch.zeros(2).double()), vaecore.GaussianPixels(1.0), 2
    )
    sweep = vaecore.sweep_variance(model, mean, mean, log_variance.exp())
    assert written_kl(sweep, written)[0, 0].item() == pytest.approx(in_the_wild.item(), rel=1e-12)


@pytest.mark.parametrize("written", list(WrittenKL))
def test_the_variance_at_rest_is_the_smallest_place_of_the_written_kl(written: WrittenKL) -> None:
    a, b = written.powers
    found = minimize_scalar(lambda log: math.exp(a * log) - b * log, bounds=(-4, 4), method="bounded").x
    assert written.rest_variance == pytest.approx(math.exp(found), rel=1e-4)
    lowest = 0.5 * (written.rest_variance**a - 1 - b * math.log(written.rest_variance))
    form = LossForm(written_kl=written)
    negative = "falls below 0" in verdicts.verdict(meaning(form, OWN_NOISE))
    # A standard deviation put consistently for σ² never makes KL negative; a mixed substitution does.
    assert negative == (lowest < -1e-9)


def test_a_wrongly_written_kl_has_no_elbo_and_its_best_variance_moves() -> None:
    right = meaning(LossForm(kl_weight=0.1), OWN_NOISE).best.variance
    for written in (WrittenKL.DEVIATION, WrittenKL.SQUARED):
        form = LossForm(kl_weight=0.1, written_kl=written)
        assert (form.level, form.beta, form.pixel_model) == (None, None, PixelModel.NONE)
        assert in_nats(LoggedTerms(1, 30.0, 5.0, None), form).elbo is None
    squared = meaning(LossForm(kl_weight=0.1, written_kl=WrittenKL.SQUARED), OWN_NOISE).best.variance
    # Narrow widths: twice the pull, so twice the variance, up to the curvature of the decoder.
    assert squared == pytest.approx(2 * right, rel=0.05)


@pytest.mark.parametrize("weight", [0.0012755, 0.00127551, 0.0012755102, 1 / 784])
def test_a_beta_that_is_one_to_three_digits_is_one(weight: float) -> None:
    found = meaning(LossForm(data=DataTerm.CROSS_ENTROPY, over_pixels=MEAN, kl_weight=weight), OWN_NOISE)
    assert found.beta == 1
    assert "−ELBO itself" in verdicts.headline(found)
    assert "weighted correctly" in verdicts.verdict(found)


@pytest.mark.parametrize(("beta", "word"), [(1.02, "over-weighted 1.02 times"), (0.98, "it counts 0.98 times")])
def test_a_beta_near_one_is_not_one(beta: float, word: str) -> None:
    assert word in verdicts.verdict(meaning(LossForm(data=DataTerm.CROSS_ENTROPY, kl_weight=beta), OWN_NOISE))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1/784", 1 / 784), ("144/162770", 144 / 162770), (" 2 / 4 ", 0.5), ("0,5", 0.5), ("1e-3", 1e-3), ("1⁄4", 0.25),
     ("1/0", None), ("1/2/3", None), ("", None), ("/", None), ("nan", None), ("P/D", None), ("9" * 41, None)],
)  # fmt: skip
def test_a_weight_may_be_a_fraction(text: str, value: float | None) -> None:
    assert read_weight(text) == value
    weight = Weight("w", 1e-6, 1e3, 1.0)
    assert weight.read(text) == (1.0 if value is None else value)
    assert (weight.error(text) is None) == (value is not None)


def test_a_fraction_stays_a_fraction_on_the_slider() -> None:
    table = payload.table(LossForm(kl_weight=1 / 784), OWN_NOISE, None, "1/784")
    assert table["weights"][table["own"]] == "1/784"


@pytest.mark.parametrize(
    "form",
    [
        LossForm(over_pixels=MEAN, pixels=3136, kl_weight=0.005),
        LossForm(over_pixels=MEAN, pixels=12288, latents=128, batch=144, kl_weight=144 / 162770),
        LossForm(mnist=False),
        LossForm(pixels=3072),
        LossForm(data=DataTerm.LEARNED_NOISE, pixels=784, mnist=False),
    ],
)
def test_verdicts_on_mnists_spectrum_are_for_mnist_at_28_by_28_alone(form: LossForm) -> None:
    found = meaning(form, OWN_NOISE)
    assert found.filling is None
    said = verdicts.verdict(found)
    assert "collapse" not in said and "directions" not in said
    assert "paste its eigenvalues" in said


def test_the_fix_of_a_collapse_names_every_reduction_in_which_the_terms_differ() -> None:
    form = LossForm(over_pixels=Reduction.MEAN, kl_over_batch=Reduction.SUM)
    partly, fixed = replace(form, over_pixels=Reduction.SUM), LossForm()
    assert verdicts.verdict(meaning(form, OWN_NOISE)).endswith("Fix: sum over pixels and average KL over the batch.")
    assert verdicts.verdict(meaning(partly, OWN_NOISE)).endswith("Fix: average KL over the batch.")
    assert verdicts.verdict(meaning(replace(fixed, kl_weight=128), OWN_NOISE)).endswith("Fix: a smaller KL weight.")
    assert fixed.ratio == 1 and "collapse" not in verdicts.verdict(meaning(fixed, OWN_NOISE))


def test_noise_beyond_a_pixels_variance_is_compared_with_the_first_direction_which_survives_it() -> None:
    half = meaning(LossForm(), OWN_NOISE)
    assert half.level == 0.5 > 0.25 and half.filling is not None and half.filling.above == 23
    said = verdicts.verdict(half)
    assert "above the variance that a single pixel can have (¼), but below" in said
    assert f"the first direction ({float(mnist_spectrum().max()):.2f})." in said
    unknown = verdicts.verdict(meaning(LossForm(pixels=3136), OWN_NOISE))
    assert "can have (¼). How much" in unknown and "direction" not in unknown


def test_own_eigenvalues_give_the_verdict_back() -> None:
    """MNIST at 56 × 56, every pixel four times: eigenvalues 4λ, of which those above β·σₓ² are counted."""
    form = LossForm(over_pixels=MEAN, pixels=3136, kl_weight=0.005)
    own = tuple((4 * mnist_spectrum()).tolist())
    found = meaning(form, OWN_NOISE, own)
    assert found.level == pytest.approx(7.84)
    assert found.filling is not None and found.filling.above == int((4 * mnist_spectrum() > 7.84).sum()) == 6
    assert "6 principal directions" in verdicts.verdict(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3 1 0.5", (3.0, 1.0, 0.5)), ("[0.5, 1.0, 3.0]", (3.0, 1.0, 0.5)), ("2\n1e-3\n-1e-9", (2.0, 1e-3, 0.0)),
        ("array([2., 1.])", "got “array”"), ("1 2 3 4 5", "at most one eigenvalue per pixel (4); got 5"),
        ("-1 2", "must not be negative"), ("nan 1", "must be finite"), ("0 0", "not all 0"), (",", "got none"),
    ],
)  # fmt: skip
def test_eigenvalues_are_read_in_any_order_or_refused(text: str, found: tuple[float, ...] | str) -> None:
    read = read_eigenvalues(text, 4)
    if isinstance(found, str):
        assert isinstance(read, str) and found in read
    else:
        assert read == found


@pytest.mark.parametrize(
    ("pixel_range", "scale"),
    [
        (PixelRange.SYMMETRIC, 2.0),
        (PixelRange.BYTES, 255.0),
        (PixelRange.STANDARDISED, 1 / 0.3081),
    ],
)
def test_another_range_is_another_noise_of_the_same_images(pixel_range: PixelRange, scale: float) -> None:
    """The squared error of rescaled images is that of the images themselves times scale², with the same optimum."""
    form = LossForm(pixel_range=pixel_range)
    same = LossForm(factor=scale**2)  # of pixels between 0 and 1
    found, of_unit = meaning(form, OWN_NOISE), meaning(same, OWN_NOISE)
    assert found.filling is not None and of_unit.filling is not None
    assert found.filling.above == of_unit.filling.above
    assert found.filling.kl == pytest.approx(of_unit.filling.kl)
    assert f"{100 * math.sqrt(0.5) / scale:.3g} % of the range" in verdicts.verdict(found)
    # The picture of the spectrum is that of pixels between 0 and 1.
    spectra = [payload.table(one, OWN_NOISE)["spectrum"] for one in (form, LossForm())]
    assert spectra[0]["above"][90] != spectra[1]["above"][90]
    assert spectra[0]["figure"]["data"][0]["y"] == pytest.approx(spectra[1]["figure"]["data"][0]["y"], rel=1e-12)


def test_a_cross_entropy_outside_0_to_1_is_named_as_such() -> None:
    found = meaning(LossForm(data=DataTerm.CROSS_ENTROPY, pixel_range=PixelRange.STANDARDISED), OWN_NOISE)
    assert "Cross-entropy of pixels outside 0 … 1" in verdicts.headline(found)
    assert "Rescale the images" in verdicts.verdict(found)


def test_a_negative_cross_entropy_is_blamed_on_the_range_of_the_pixels() -> None:
    """As in lasagne/recipes#54 and mlpack#3601: standardised images in binary cross-entropy."""
    x = (torch.rand(64, 784, generator=torch.Generator().manual_seed(0)) - 0.13) / 0.31
    value = F.binary_cross_entropy_with_logits(4 * x, x, reduction="none").sum(1).mean().item()
    assert value < 0
    _, found, _ = log.reading(f"recon: {value:.2f} kl: 12.0", LossForm(data=DataTerm.CROSS_ENTROPY))
    assert any("pixels outside that range" in sentence for sentence in found)


@pytest.mark.parametrize("over_pixels", [SUM, MEAN])
@pytest.mark.parametrize("data_over_batch", [SUM, MEAN])
@pytest.mark.parametrize("data", [DataTerm.SQUARES, DataTerm.LEARNED_NOISE])
def test_constants_in_the_printed_term_are_taken_out_once(
    data: DataTerm, over_pixels: Reduction, data_over_batch: Reduction
) -> None:
    """A full Gaussian −log p(x|z), as torch.distributions has it, under any reduction."""
    generator = torch.Generator().manual_seed(1)
    x, decoded = (torch.rand(8, 30, generator=generator, dtype=torch.float64) for _ in range(2))
    noise = 0.07
    cost = -torch.distributions.Normal(decoded, math.sqrt(noise)).log_prob(x)
    per_image = cost.sum(1) if over_pixels is SUM else cost.mean(1)
    printed = per_image.sum() if data_over_batch is SUM else per_image.mean()
    factor = 1.0 if data is DataTerm.LEARNED_NOISE else 1 / (2 * noise)
    form = LossForm(data, factor, over_pixels, data_over_batch, pixels=30, latents=3, batch=8, constants=True)
    nats = in_nats(LoggedTerms(1, printed.item(), 5.0, None), form)
    if data is DataTerm.SQUARES:
        assert nats.squares == pytest.approx((x - decoded).square().sum(1).mean().item(), rel=1e-10)
        if over_pixels is data_over_batch is SUM:
            return
    if form.data is DataTerm.LEARNED_NOISE or (over_pixels is SUM and data_over_batch is MEAN):
        assert nats.minus_reconstruction == pytest.approx(cost.sum(1).mean().item(), rel=1e-10)


def test_the_full_likelihood_of_sigma_vae_is_read_as_it_is() -> None:
    """orybkin/sigma-vae-pytorch prints a full Gaussian −log p(x|z) under the name MSE; P = 3 · 28 · 28."""
    (terms,) = read_log("Train Epoch: 2 [1280/73257 (2%)]\tMSE: -1850.25\tKL: 31.5\tlog_sigma: -1.75").terms
    nats = in_nats(terms, LossForm(data=DataTerm.LEARNED_NOISE, pixels=2352, constants=True))
    assert nats.minus_reconstruction == pytest.approx(-1850.25, abs=1e-9)
    assert nats.elbo == pytest.approx(1850.25 - 31.5, abs=1e-9)


@pytest.mark.parametrize("factor", [0.5, 3.0, 1 / 784])
@pytest.mark.parametrize("data", list(DataTerm))
def test_any_factor_of_the_data_term_divides_beta(data: DataTerm, factor: float) -> None:
    form = LossForm(data=data, factor=factor)
    assert (form.beta if form.level is None else 2 * form.level) == pytest.approx(1 / factor)


def test_decoded_at_the_mean_kl_alone_decides_also_if_it_is_written_wrongly() -> None:
    for written in WrittenKL:
        found = meaning(LossForm(decoded=Decoded.MEAN, written_kl=written), OWN_NOISE)
        assert found.best.variance == pytest.approx(written.rest_variance, rel=1e-4)


def test_the_reference_curve_is_that_of_the_data_term() -> None:
    assert reference_curve(DataTerm.CROSS_ENTROPY).noise_variance is None
    assert reference_curve(DataTerm.LEARNED_NOISE).name == "digits-2"
