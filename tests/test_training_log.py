"""Reading a training log and turning it into nats: on lines that were written here, and on losses computed here by torch."""

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from pages.parts.loss.log_records import LoggedTerms
from pages.parts.loss.logged_terms import findings, in_nats
from pages.parts.loss.training_log import read_log
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, Reduction

SUM, MEAN = Reduction.SUM, Reduction.MEAN


@pytest.mark.parametrize(
    "line",
    [
        "epoch 3 recon 27.41 kl 6.2 ", "recon=27.41, kl=6.2", "mse: 27.41, kld: 6.2", "27.41 6.2", "27.41, 6.2",
        "27.41\t6.2", "learning rate 0.001 recon 27.41 data time 0.3 kl 6.2",
        '{"epoch": 3, "train/recon_loss": 27.41, "train/kl_loss": 6.2, "val/kl": 9}', "{'recon': 27.41, 'kl': 6.2},",
        "epoch,mse,kl\n3,27.41,6.2", "epoch;kl;recon\n3;6.2;27.41", "step\trecon\tKLD\n3\t27.41\t6.2",
        "[2024-01-02 12:30:01] INFO recon: 27.41, kl: 6.2", "====> Epoch: 3 Recon loss: 27.41 KL divergence: 6.2",
        "kl_weight 0.5 kl 6.2 recon_loss 2.741e1", "step 100 | rec=27.41 | KL=6.2", "reconLoss: 27.41 klLoss: 6.2",
    ],
)  # fmt: skip
def test_both_terms_are_found_whatever_they_are_called(line: str) -> None:
    log = read_log(line)
    assert log.unread == ()
    (terms,) = log.terms
    assert (terms.data, terms.kl, terms.total) == (27.41, 6.2, None)
    assert terms.line == len(line.splitlines())


def test_the_loss_itself_is_kept_beside_them() -> None:
    assert read_log("loss=33.61, mse: 27.41, kld: 6.2").terms == (LoggedTerms(1, 27.41, 6.2, 33.61),)


def test_what_cannot_be_read_is_named_by_its_line_and_the_rest_is_kept() -> None:
    log = read_log("starting\nrecon 30 kl 5\n\nrecon nan kl 5\nrecon 29\n" + "x" * 2000 + "\nrecon 28 kl 6")
    assert [terms.line for terms in log.terms] == [2, 7]
    assert [sentence.split(":")[0] for sentence in log.unread] == ["Line 1", "Line 4", "Line 5", "Line 6"]
    assert log.unread[0] == (
        "Line 1: expected a data term (recon, mse, bce …) and KL (kl, kld …) with a number; got “starting”."
    )
    assert "must be a finite number" in log.unread[1]
    assert "expected KL (kl, kld …) with a number; got “recon 29”" in log.unread[2]
    assert "no more than 1000 characters; got 2000" in log.unread[3]


def test_a_gap_in_a_table_costs_its_line_only() -> None:
    log = read_log("epoch,mse,kl\n1,0.05,3.2\n2,,4\n3,0.04,5")
    assert [terms.line for terms in log.terms] == [2, 4]
    assert len(log.unread) == 1


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    log = read_log(text)
    assert all(math.isfinite(terms.data + terms.kl) for terms in log.terms)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_numbers_are_read_to_their_last_digit(data: float, kl: float) -> None:
    for line in (f"recon {data!r} kl {kl!r}", json.dumps({"recon": data, "kl": kl}), f"{data!r},{kl!r}"):
        (terms,) = read_log(line).terms
        assert (terms.data, terms.kl) == (data, kl)


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images, what was decoded for them, and q's mean and variance."""
    generator = torch.Generator().manual_seed(0)
    x, decoded = (torch.rand(8, 30, generator=generator, dtype=torch.float64) for _ in range(2))
    mean = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    return x, decoded, mean, torch.rand(8, 3, generator=generator, dtype=torch.float64)


def logged(form: LossForm) -> tuple[LoggedTerms, float, float]:
    """What a script with this loss prints for the batch; minus the reconstruction and KL by torch.distributions."""
    x, decoded, mean, variance = batch()
    noise = torch.tensor(0.2, dtype=torch.float64)
    if form.data is DataTerm.SQUARES:
        data = form.factor * F.mse_loss(decoded, x, reduction="none")
        pixels = torch.distributions.Normal(decoded, math.sqrt(form.noise_variance()))
    elif form.data is DataTerm.CROSS_ENTROPY:
        x = (x > 0.5).double()
        data = F.binary_cross_entropy_with_logits(decoded, x, reduction="none")
        pixels = torch.distributions.Bernoulli(logits=decoded)
    else:
        data = F.gaussian_nll_loss(decoded, x, noise.expand_as(x), reduction="none")
        pixels = torch.distributions.Normal(decoded, noise.sqrt())
    q = torch.distributions.Normal(mean, variance.sqrt())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros_like(mean), 1.0))
    per_image = data.sum(1) if form.over_pixels is SUM else data.mean(1)
    of_kl = kl.sum(1) if form.over_latents is SUM else kl.mean(1)
    printed = LoggedTerms(
        1,
        float(per_image.sum() if form.data_over_batch is SUM else per_image.mean()),
        float(of_kl.sum() if form.kl_over_batch is SUM else of_kl.mean()),
        None,
    )
    return printed, float(-pixels.log_prob(x).sum(1).mean()), float(kl.sum(1).mean())


@pytest.mark.parametrize("data", list(DataTerm))
@pytest.mark.parametrize(("over_pixels", "data_over_batch"), [(SUM, MEAN), (MEAN, MEAN), (SUM, SUM), (MEAN, SUM)])
@pytest.mark.parametrize(("over_latents", "kl_over_batch"), [(SUM, MEAN), (MEAN, MEAN), (SUM, SUM)])
def test_the_terms_in_nats_are_those_of_torch(
    data: DataTerm, over_pixels: Reduction, data_over_batch: Reduction, over_latents: Reduction, kl_over_batch: Reduction
) -> None:
    form = LossForm(
        data, 0.5 if data is DataTerm.SQUARES else 1, over_pixels, data_over_batch, over_latents, kl_over_batch, 0.3,
        grey=False, pixels=30, latents=3, batch=8,
    )  # fmt: skip
    printed, cost, kl = logged(form)
    nats = in_nats(printed, form)
    assert nats.minus_reconstruction == pytest.approx(cost, rel=1e-12)
    assert nats.kl == pytest.approx(kl, rel=1e-12)
    assert nats.elbo == pytest.approx(-cost - kl, rel=1e-12)


def test_no_other_noise_makes_the_same_errors_more_likely() -> None:
    form = LossForm(pixels=30, latents=3, batch=8)
    printed, _, kl = logged(form)
    nats = in_nats(printed, form)
    x, decoded, _, _ = batch()
    bounds = [
        float(torch.distributions.Normal(decoded, math.sqrt(noise)).log_prob(x).sum(1).mean()) - kl
        for noise in nats.best_noise_variance * torch.logspace(-0.5, 0.5, 41, dtype=torch.float64)
    ]
    assert nats.best_elbo == pytest.approx(max(bounds), abs=1e-9)
    assert bounds.index(max(bounds)) == 20


def test_decoded_at_the_mean_there_is_no_reconstruction_to_speak_of() -> None:
    nats = in_nats(LoggedTerms(1, 27.0, 6.0, None), LossForm(decoded=Decoded.MEAN))
    assert (nats.minus_reconstruction, nats.elbo) == (None, None)


@pytest.mark.parametrize(
    ("form", "terms", "words"),
    [
        (LossForm(), (27.4, -0.3), "KL is below zero"),
        (LossForm(), (-27.4, 6.0), "squared error is below zero"),
        (LossForm(over_pixels=MEAN), (27.4, 6.0), "summed over pixels rather than averaged"),
        (LossForm(), (27.4 * 128, 6.0), "summed over the batch as well"),
        (LossForm(data=DataTerm.CROSS_ENTROPY, over_pixels=MEAN), (140.0, 6.0), "summed over pixels rather than averaged"),
        (LossForm(), (0.035, 6.0), "averaged rather than summed"),
        (LossForm(), (27.4, 0.001), "posterior collapse"),
        (LossForm(decoded=Decoded.MEAN), (10.0, 0.001), "no collapse"),
        (LossForm(), (27.4, 6.2 * 128), "Was it summed over the batch"),
        (LossForm(), (53.0, 0.001), "the mean image alone"),
        (LossForm(), (27.4, 6.2, 28.02), "KL weight of 0.1"),
    ],
)
def test_numbers_show_a_form_that_is_not_theirs(form: LossForm, terms: tuple[float, ...], words: str) -> None:
    data, kl, *total = terms
    found = findings((LoggedTerms(4, data, kl, total[0] if total else None),), form)
    (finding,) = [finding for finding in found if words in finding.sentence]
    assert finding.lines == (4,)


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (LossForm(), 27.4),
        (LossForm(over_pixels=MEAN), 0.035),
        (LossForm(data=DataTerm.CROSS_ENTROPY), 95.0),
        (LossForm(data=DataTerm.LEARNED_NOISE), -1100.0),
        (LossForm(data_over_batch=SUM, kl_over_batch=MEAN), 27.4 * 128),
    ],
)
def test_numbers_that_fit_raise_no_finding(form: LossForm, data: float) -> None:
    assert findings((LoggedTerms(1, data, 12.0, data + 12.0),), form) == ()
