"""The scales on which a class guesses a value: the same for every image of a model, and their values lie on them."""

import math

import pytest
from scipy.stats import norm

import vaecore
from pages.parts.compute.guess_scales import guess_scales
from pages.parts.state.setup import Setup
from vaecore.data import digits, mnist
from vaecore.data.model_card import names

BIT = 1.4426950408889634  # bits per nat


@pytest.mark.parametrize("model", names())
def test_the_scale_of_a_guess_is_the_same_for_every_image_and_ends_at_round_numbers(model: str) -> None:
    scales = guess_scales(Setup(model, digit=0), 1.0)
    assert all(
        scales == guess_scales(Setup(model, digit, example, x=float(digit)), 1.0) for digit, example in ((3, 1), (9, 25))
    )
    for per_nat in (1.0, BIT):
        for low, high in guess_scales(Setup(model), per_nat).values():
            assert low < high
            for end in (low, high):
                assert float(f"{end:.2g}") == end, "two figures at most, and zeros"


@pytest.mark.parametrize(
    ("model", "every"), [("digits-linear-2", 1), ("digits-linear-32", 1), ("digits-2", 5), ("digits-2-binary", 25)]
)
def test_log_p_of_every_image_and_kl_of_its_best_q_lie_on_the_scale(model: str, every: int) -> None:
    trained, scales = vaecore.load(model), guess_scales(Setup(model), 1.0)
    images = digits.test_digits().images[::every]
    x = mnist.black_and_white(images) if model.endswith("binary") else mnist.grey(images)
    evidence = vaecore.evidence(trained, x).value
    low, high = scales["evidence"]
    assert low < float(evidence.min()) < float(evidence.max()) < high
    few = x[:: max(1, len(x) // 10)]
    kl = vaecore.elbo(trained, few, vaecore.best_gaussian(trained, few)).kl.sum(-1)
    assert 0 < float(kl.min()) < float(kl.max()) < scales["kl"][1]


@pytest.mark.parametrize("sigma_x", [0.1, 0.4, 1.0])
def test_what_the_model_of_one_number_may_well_generate_lies_on_its_scale(sigma_x: float) -> None:
    low, high = guess_scales(Setup("number", weight=1.5, bias=0.5, sigma_x=sigma_x), 1.0)["evidence"]
    spread = math.hypot(1.5, sigma_x)
    for away in (0.0, 4.0):
        assert low < norm.logpdf(0.5 + away * spread, loc=0.5, scale=spread) < high
