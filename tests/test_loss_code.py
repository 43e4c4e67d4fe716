"""The code that the screen Your loss shows: run as it stands, and judged by torch.distributions and by vaecore."""

import itertools
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import vaecore
from pages.parts.loss import log, payload, snippets
from pages.parts.loss.digits import three_digits
from pages.parts.loss.form import PRESETS
from vaecore.losses.form import DataTerm, Decoded, LossForm, Reduction

SUM, MEAN = Reduction.SUM, Reduction.MEAN
BATCH, PIXELS, LATENTS = 5, 12, 3

EVERY_FORM = [
    LossForm(data, factor, *reductions, kl_weight, decoded, grey, PIXELS, LATENTS, BATCH)
    for data in DataTerm
    for factor in ((1.0, 0.5) if data is DataTerm.SQUARES else (1.0,))
    for reductions in itertools.product(Reduction, repeat=4)
    for kl_weight, decoded, grey in ((1.0, Decoded.SAMPLE, True), (0.03, Decoded.MEAN, False))
]


def networks(seed: int = 0) -> tuple[nn.Module, nn.Module, Tensor]:
    """A small encoder and decoder in float64 with a batch of images between 0 and 1."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = nn.Sequential(nn.Linear(PIXELS, 8), nn.Tanh(), nn.Linear(8, 2 * LATENTS)).double()
        decoder = nn.Sequential(nn.Linear(LATENTS, 8), nn.Tanh(), nn.Linear(8, PIXELS)).double()
        x = torch.rand(BATCH, PIXELS, dtype=torch.float64)
    return encoder, decoder, x


@pytest.mark.parametrize("form", EVERY_FORM, ids=lambda form: snippets.your_loss(form).splitlines()[2][:60])
def test_the_code_of_a_form_weighs_its_terms_as_the_form_says(form: LossForm) -> None:
    encoder, decoder, x = networks()
    mean, log_variance = encoder(x).chunk(2, dim=1)
    log_noise = torch.tensor(-1.2, dtype=torch.float64)
    scope: dict[str, Any] = {"torch": torch, "F": F, "x": x, "decoder": decoder}
    scope |= {"mean": mean, "log_variance": log_variance, "log_noise": log_noise}
    with torch.random.fork_rng():
        torch.manual_seed(1)
        exec(snippets.your_loss(form), scope)
        torch.manual_seed(1)
        noise = torch.randn_like(mean)
    sampled = form.decoded is Decoded.SAMPLE
    x_hat = decoder(mean + (0.5 * log_variance).exp() * noise if sampled else mean)
    match form.data:
        case DataTerm.SQUARES:
            data = (x - x_hat).square()
        case DataTerm.CROSS_ENTROPY:
            data = -x * x_hat.sigmoid().log() - (1 - x) * (1 - x_hat.sigmoid()).log()
        case _:
            data = (x - x_hat).square() / (2 * log_noise.exp()) + 0.5 * log_noise
    q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros_like(mean), 1.0))
    expected = form.weight_of_data * data.sum() + form.weight_of_kl * kl.sum()
    assert scope["loss"].item() == pytest.approx(expected.item(), rel=1e-12)


def gradient(loss: Tensor, *parts: nn.Module | nn.Parameter) -> Tensor:
    """All slopes of a loss in one row."""
    parameters = [p for part in parts for p in (part.parameters() if isinstance(part, nn.Module) else [part])]
    return torch.cat([slope.flatten() for slope in torch.autograd.grad(loss, parameters)])


@pytest.mark.parametrize(
    ("form", "learned"),
    [
        (LossForm(), False),
        (LossForm(), True),
        (LossForm(over_pixels=MEAN, kl_weight=1e-4), False),
        (LossForm(decoded=Decoded.MEAN), False),
        (LossForm(data=DataTerm.LEARNED_NOISE), True),
        (LossForm(data=DataTerm.CROSS_ENTROPY, grey=False), True),
        (LossForm(data=DataTerm.CROSS_ENTROPY, grey=True), True),
    ],
)
def test_the_corrected_code_has_the_value_and_the_slopes_of_minus_the_elbo(form: LossForm, learned: bool) -> None:
    encoder, decoder, x = networks()
    scope: dict[str, Any] = {}
    exec(snippets.corrected(form, learned), scope)
    log_noise = scope.get("log_noise")
    extra = () if log_noise is None else (log_noise,)
    binary = form.data is DataTerm.CROSS_ENTROPY
    if binary and not form.grey:
        x = x.round()
    with torch.random.fork_rng():
        torch.manual_seed(2)
        loss = scope["negative_elbo"](encoder, decoder, x, *extra)
        torch.manual_seed(2)
        x = torch.bernoulli(x) if binary and form.grey else x
        mean, log_variance = encoder(x).chunk(2, dim=1)
        noise = torch.randn_like(mean)
    q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    decoded = decoder(q.mean + q.stddev * noise)
    pixels: torch.distributions.Distribution
    if binary:
        pixels = torch.distributions.Bernoulli(logits=decoded)
    else:
        fixed = None if form.level is None else torch.tensor(form.noise_variance(), dtype=torch.float64)
        noise_variance = fixed if log_noise is None else log_noise.exp().double()
        pixels = torch.distributions.Normal(decoded, noise_variance.sqrt())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros_like(mean), 1.0))
    expected = -(pixels.log_prob(x).sum(1) - kl.sum(1)).mean()
    # The noise is a float32 parameter, and its slope is rounded to float32.
    exact = 1e-10 if log_noise is None else 1e-5
    # What the loss implies is written with ten digits.
    assert loss.item() == pytest.approx(expected.item(), rel=1e-8)
    slopes = gradient(loss, encoder, decoder, *extra), gradient(expected, encoder, decoder, *extra)
    assert slopes[0].double().numpy() == pytest.approx(slopes[1].double().numpy(), rel=1e-4 if extra else 1e-8, abs=exact)


def test_the_corrected_code_averages_to_the_elbo_of_the_core() -> None:
    """A linear decoder, whose squared errors average exactly over the draws ±√D along each axis."""
    generator = torch.Generator().manual_seed(4)
    weight = torch.randn(PIXELS, LATENTS, generator=generator, dtype=torch.float64)
    x = torch.rand(2, PIXELS, generator=generator, dtype=torch.float64)
    decoder = vaecore.LinearDecoder(weight, torch.zeros(PIXELS, dtype=torch.float64))
    encoder, _, _ = networks()
    scope: dict[str, Any] = {}
    form = LossForm(factor=0.5, kl_weight=0.1)
    exec(snippets.corrected(form, learned=False), scope)
    axes = math.sqrt(LATENTS) * torch.eye(LATENTS, dtype=torch.float64)
    values = []
    for draw in torch.cat([axes, -axes]):

        class Draws:
            """torch, but for this one draw."""

            randn_like = staticmethod(lambda like, draw=draw: draw.expand_as(like))

        scope["torch"] = Draws
        values.append(scope["negative_elbo"](encoder, decoder, x).item())
    mean, log_variance = encoder(x).chunk(2, dim=1)
    model = vaecore.VAE(decoder, vaecore.GaussianPixels(form.noise_variance()), LATENTS)
    core = vaecore.elbo(model, x, vaecore.DiagonalGaussian(mean, log_variance.exp())).elbo.mean().item()
    assert sum(values) / len(values) == pytest.approx(-core, rel=1e-9)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.5, "0.5"), (392.0, "392"), (0, "0"), (11453.9, "11\u202f500"), (0.00361, "0.00361"), (0.000361, "3.61·10⁻⁴"),
        (5.02e5, "5.02·10⁵"), (1e-6, "1·10⁻⁶"), (999.6, "1\u202f000"), (0.0999, "0.0999"),
    ],
)  # fmt: skip
def test_a_number_is_written_with_three_digits(number: float, text: str) -> None:
    assert three_digits(number) == text


def test_every_form_of_the_list_has_a_name_of_its_own_and_differs() -> None:
    assert len({tuple(sorted(preset.items())) for preset in PRESETS.values()}) == len(PRESETS)


def test_what_a_log_quotes_is_shown_as_it_is() -> None:
    rows, findings_text, unread = log.reading("recon 30 kl 5\n<b>*x*</b> [a](b)", LossForm())
    assert len(rows) == 1 and findings_text == ()
    assert "\\<b\\>\\*x\\*" in log.shortened(unread)
    assert "<b>" not in log.table(rows)


def test_a_long_log_is_cut_and_says_so() -> None:
    rows, findings_text, _ = log.reading("recon 30 kl -5\n" * 500, LossForm())
    assert log.table(rows).count("<tr>") == 201
    assert "the last 200 of 500 lines" in log.table(rows)
    assert findings_text[0].startswith("Lines 1, 2, 3, 4, 5, 6 and 494 more: KL is below zero")
    _, _, unread = log.reading("nothing\n" * 9, LossForm())
    assert log.shortened(unread).endswith("And 3 more lines.")


def test_the_slider_has_a_stop_at_one_and_at_every_weight_of_a_link() -> None:
    assert payload.WEIGHTS[0] == 1e-6 and payload.WEIGHTS[-1] == 1e3 and 1.0 in payload.WEIGHTS
    table = payload.table(LossForm(kl_weight=0.001276), 0.185)
    assert table["weights"][table["own"]] == "0.001276"
    assert len(table["weights"]) == len(payload.WEIGHTS) + 1
