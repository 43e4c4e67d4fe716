"""The plain floats at one q are those of the records, with the accuracy and the error of each."""

import pytest
import torch

import vaecore
from vaecore import Accuracy, ElboTerms, Evidence, Gap
from vaecore.core.numbers_at_q import NumbersAtQ, Quantity

TERMS = ElboTerms(
    torch.tensor([-7.0, 1.0]).double(),
    torch.tensor([[0.5, 0.25], [9.0, 9.0]]).double(),
    torch.tensor([0.125, 9.0]).double(),
    Accuracy.ESTIMATED,
)
GAP = Gap(torch.tensor([4.0, 9.0]).double(), torch.tensor([0.25, 9.0]).double(), Accuracy.LOWER_BOUND)
EVIDENCE = Evidence(torch.tensor([-3.0, 9.0]).double(), torch.tensor([0.5, 9.0]).double(), Accuracy.LOWER_BOUND, None)


def test_every_quantity_is_that_of_the_first_image_with_its_own_error_and_accuracy():
    numbers = NumbersAtQ.of(TERMS, GAP, EVIDENCE)
    assert numbers.reconstruction == Quantity(-7.0, 0.125, Accuracy.ESTIMATED)
    assert numbers.kl == Quantity(0.75, 0.0, Accuracy.EXACT)
    assert numbers.elbo == Quantity(-7.75, 0.125, Accuracy.ESTIMATED)
    assert numbers.gap == Quantity(4.0, 0.25, Accuracy.LOWER_BOUND)
    assert numbers.evidence == Quantity(-3.0, 0.5, Accuracy.LOWER_BOUND)
    assert numbers.residual == -3.0 + 7.75 - 4.0


@pytest.mark.parametrize(("beta", "value"), [(0.0, -7.0), (1.0, -7.75), (4.0, -10.0)])
def test_the_objective_weighs_kl_by_beta_and_is_as_accurate_as_the_reconstruction(beta, value):
    assert NumbersAtQ.of(TERMS, GAP, EVIDENCE).objective(beta) == Quantity(value, 0.125, Accuracy.ESTIMATED)


@pytest.mark.parametrize(
    ("name", "reconstruction", "rest"),
    [
        ("digits-linear-8", Accuracy.EXACT, Accuracy.EXACT),
        ("digits-2", Accuracy.BOUNDED, Accuracy.BOUNDED),
        ("digits-16", Accuracy.ESTIMATED, Accuracy.LOWER_BOUND),
    ],
)
def test_above_two_latents_log_p_and_the_gap_are_lower_bounds_and_kl_is_exact(name, reconstruction, rest):
    model = vaecore.load(name)
    x = torch.full((1, 784), 0.1).double()
    q = model.encode(x.float())
    known = vaecore.evidence(model, x)
    numbers = NumbersAtQ.of(vaecore.elbo(model, x, q), vaecore.gap(model, x, q, known), known)
    assert (numbers.reconstruction.accuracy, numbers.elbo.accuracy) == (reconstruction, reconstruction)
    assert (numbers.evidence.accuracy, numbers.gap.accuracy) == (rest, rest)
    assert numbers.kl == Quantity(numbers.kl.value, 0.0, Accuracy.EXACT)
    assert (numbers.evidence.error > 0) == (rest is not Accuracy.EXACT)
    swept = vaecore.sweep_gap(model, x, q.mean, torch.tensor([0.1, 1.0]), known)
    assert swept.accuracy is rest


def test_the_gap_of_a_model_with_more_latents_is_below_the_true_one_by_what_log_p_lacks():
    """A linear decoder hidden in a network has the closed form's gap; the sampled one is smaller, as log p(x) is."""
    solved = vaecore.load("digits-linear-32")
    layer = torch.nn.Linear(32, 784)
    layer.load_state_dict({"weight": solved.decoder.weight, "bias": solved.decoder.bias})
    sampled = vaecore.VAE(torch.nn.Sequential(torch.nn.Identity(), layer.requires_grad_(False)), solved.likelihood, 32)
    x = vaecore.load("digits-linear-32").decode(torch.randn(1, 32, generator=torch.Generator().manual_seed(0))).double()
    q = vaecore.DiagonalGaussian(torch.zeros(1, 32).double(), torch.full((1, 32), 0.1).double())
    known, exact = vaecore.evidence(sampled, x), vaecore.evidence(solved, x)
    found, truth = vaecore.gap(sampled, x, q, known), vaecore.gap(solved, x, q, exact)
    # The expectation lies below log p(x); what is sampled of it, within its standard error of that.
    assert known.value < exact.value + 4 * known.error
    # Control variates average a quadratic log p(x|z) exactly: nothing is missing but what log p(x) lacks.
    assert float(truth.value - found.value) == pytest.approx(float(exact.value - known.value), abs=6 * float(found.error))
