"""The numbers, texts and formulas of the lesson, judged by torch.distributions, by scipy and by brute force."""

import functools
import itertools
import math
import random
import re
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import torch
from scipy import integrate
from scipy.special import logsumexp
from scipy.stats import norm
from torch.distributions import Normal, kl_divergence

import vaecore
from pages.parts.compute import cached, models, resolve
from pages.parts.derivation import closing_links, sweeps
from pages.parts.derivation.sequence import SHORT, STEPS, TITLES
from pages.parts.derivation.static_layer import picture_of
from pages.parts.derivation.steps import expanding, integral, jensen, objective, toy_models
from pages.parts.quiz.question import with_unique_keys
from pages.parts.state import parameters
from pages.parts.tradeoff import controls
from vaecore.core.gaussian import entropy, expected_log_prior
from vaecore.evaluate.naive_grid import grid_evidence
from vaecore.evaluate.weights import importance_ladder, log_mean
from vaecore.losses.batch_objective import dropped_constant, squares_over_q

every_step = pytest.mark.parametrize("number", STEPS)
SIX = 6  # standard errors
SINGLE = 2e-6  # sixteen roundings of a decoder that computes in float32
STEEP = 1e-4  # where f = z² = 16: its rounding, 1e-6, times |x − f|/σx²


def normal(mean: float, variance: float) -> Normal:
    """torch's own Gaussian, in float64."""
    return Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(variance, dtype=torch.float64).sqrt())


def random_places(number: int, count: int = 6) -> list[dict[str, float]]:
    """Somewhere on every slider of the step, at a stop."""
    rng = random.Random(number)
    return [{slider.name: rng.choice(slider.stops) for slider in STEPS[number].sliders} for _ in range(count)]


def at(number: int, place: dict[str, float], choice: str = "") -> tuple[dict[str, float], bool]:
    """What the step says at a place; of every slider's sweep, which must all say the same."""
    step = STEPS[number]
    choice = choice or (str(step.choice.control.default) if step.choice else "")
    whole = {slider.name: float(slider.default) for slider in step.sliders} | place
    told = []
    for slider in step.sliders:
        table = sweeps.along(number, slider, tuple(whole.items()), choice)
        own = sweeps.stops_of(slider, whole[slider.name]).index(whole[slider.name])
        told.append(({name: float(column[own]) for name, column in table.numbers.items()}, bool(table.done[own])))
    for (one, _), (other, _) in itertools.pairwise(told):
        assert one == pytest.approx(other, abs=2e-3, rel=1e-9)
    return told[0]


# ---- step 1 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", random_places(1), ids=str)
def test_both_divergences_are_those_of_torch(place: dict[str, float]) -> None:
    q, p = normal(place["m"], place["v"]), normal(0, 1)
    numbers, done = at(1, place)
    assert numbers["forward"] == pytest.approx(float(kl_divergence(q, p)), abs=1e-9)
    assert numbers["reverse"] == pytest.approx(float(kl_divergence(p, q)), abs=1e-9)
    assert min(numbers["forward"], numbers["reverse"]) >= 0
    assert done == (abs(numbers["forward"] - numbers["reverse"]) >= 1)


def test_the_shaded_curve_is_q_log_q_over_p() -> None:
    table = sweeps.along(1, STEPS[1].sliders[0], (("m", 0.4), ("v", 0.5)), "")
    own = sweeps.stops_of(STEPS[1].sliders[0], 0.4).index(0.4)
    z = STEPS[1].picture("").x["integrand"]
    q, p = norm(0.4, math.sqrt(0.5)), norm(0, 1)
    assert table.curves["integrand"][own] == pytest.approx(q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), abs=1e-12)
    assert np.trapezoid(table.curves["integrand"][own], z) == pytest.approx(
        at(1, {"m": 0.4, "v": 0.5})[0]["forward"], abs=1e-3
    )


def test_the_numbers_in_the_texts_of_step_1() -> None:
    equal, _ = at(1, {"m": 1, "v": 1})
    assert (equal["forward"], equal["reverse"]) == pytest.approx((0.5, 0.5), abs=1e-12)
    narrow, _ = at(1, {"m": 1, "v": 0.5})
    assert (round(narrow["forward"], 3), round(narrow["reverse"], 3)) == (0.597, 1.153)
    assert all(number in str(STEPS[1].question) for number in ("0.597", "1.153"))
    assert at(1, {"m": 0, "v": 1})[0]["forward"] == 0


# ---- step 2 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nodes", [4, 16, 50])
def test_the_grid_is_the_sum_that_one_would_write(nodes: int) -> None:
    model, x = models.model_of(integral.BENCH), cached.image(integral.BENCH)
    axis = np.linspace(-4, 4, nodes)
    z = np.array(list(itertools.product(axis, axis)))
    decoded = model.decode(torch.from_numpy(z).float()).double().numpy()
    variance = float(model.likelihood.variance)
    terms = norm.logpdf(x.numpy(), decoded, math.sqrt(variance)).sum(1) + norm.logpdf(z).sum(1)
    expected = logsumexp(terms) + 2 * math.log(axis[1] - axis[0])
    numbers, _ = at(2, {"n": nodes, "D": 2})
    assert numbers["grid"] == pytest.approx(expected, abs=2e-3)  # the decoder's float32
    assert numbers["error"] == pytest.approx(abs(expected - numbers["evidence"]), abs=3e-3)


def test_what_a_grid_costs() -> None:
    numbers, _ = at(2, {"n": 64, "D": 32})
    assert numbers["exponent"] == pytest.approx(32 * math.log10(64))
    assert pytest.approx(10**54, rel=0.6) == 64**30 and "10⁵⁴" in str(STEPS[2].question)
    assert float(f"{64**32:.0e}") == 6e57 and "6 · 10⁵⁷" in str(STEPS[2].question)
    assert integral.duration(1e6) == "1 seconds"
    assert integral.duration(64**2) == "4.1 milliseconds"
    assert integral.duration(1e6 * 3600 * 24 * 3) == "3 days"
    assert "ages of the universe" in integral.duration(64.0**32)


def test_some_grid_is_good_enough_and_the_first_is_not() -> None:
    slider = STEPS[2].sliders[0]
    assert not at(2, {"n": slider.default, "D": 32})[1]
    table = sweeps.along(2, slider, (("n", slider.default), ("D", 32.0)), "")
    assert table.done.any()
    assert not sweeps.along(2, slider, (("n", slider.default), ("D", 2.0)), "").done.any()


def test_a_grid_refuses_what_it_cannot_do() -> None:
    bench = integral.LINEAR
    with pytest.raises(ValueError, match="one or two latents; got 32"):
        grid_evidence(models.model_of(bench), cached.image(bench), (4,))
    with pytest.raises(ValueError, match="2 or more; got 1"):
        grid_evidence(models.model_of(integral.BENCH), cached.image(integral.BENCH), (1,))


# ---- steps 3 and 4 ----------------------------------------------------------------------------------------------------


def toy_log_joint(toy: str, z: np.ndarray) -> np.ndarray:
    """log p(x, z), written out."""
    if toy == "number":
        return norm.logpdf(2, z, 1) + norm.logpdf(z)
    return norm.logpdf(2, z**2, 0.5) + norm.logpdf(z)


@pytest.mark.parametrize("toy", toy_models.BENCHES)
@pytest.mark.parametrize("place", random_places(3, 4), ids=str)
def test_gap_and_weight_agree_with_an_integral(toy: str, place: dict[str, float]) -> None:
    q = norm(place["m"], math.sqrt(place["v"]))
    total = math.log(integrate.quad(lambda z: math.exp(toy_log_joint(toy, z)), -12, 12, limit=400, points=[-1.4, 0, 1.4])[0])
    low, high = q.ppf([1e-13, 1 - 1e-13])
    gap = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - toy_log_joint(toy, z)), low, high, limit=400)[0] + total
    numbers, done = at(3, place, toy)
    assert numbers["evidence"] == pytest.approx(total, abs=1e-3)
    assert numbers["gap"] == pytest.approx(gap, abs=1e-3)
    assert numbers["elbo"] == pytest.approx(total - gap, abs=1e-3)
    assert done == (toy == "number" and gap < 0.01)
    table = sweeps.along(3, STEPS[3].sliders[0], tuple(place.items()), toy)
    own = STEPS[3].sliders[0].stops.index(place["m"])
    z = STEPS[3].picture(toy).x["weight"]
    expected = toy_log_joint(toy, z) - q.logpdf(z)
    drawn = np.isfinite(table.curves["weight"][own])
    assert drawn.any()
    assert table.curves["weight"][own][drawn] == pytest.approx(expected[drawn], abs=STEEP, rel=SINGLE)
    assert table.curves["rare"][own][~drawn] == pytest.approx(expected[~drawn], abs=STEEP, rel=SINGLE)


def test_the_weight_is_flat_where_q_is_the_posterior() -> None:
    numbers, done = at(3, {"m": 1, "v": 0.5})
    assert done and numbers["gap"] == pytest.approx(0, abs=1e-12)
    table = sweeps.along(3, STEPS[3].sliders[0], (("m", 1.0), ("v", 0.5)), "number")
    weight = table.curves["weight"][STEPS[3].sliders[0].stops.index(1.0)]
    assert np.nanmax(weight) - np.nanmin(weight) < SINGLE * 20
    assert np.nanmean(weight) == pytest.approx(-2.2655121234846454, abs=SINGLE)


def test_on_two_humps_a_gaussian_pays_about_log_2() -> None:
    assert toy_models.best_gap("humps") == pytest.approx(math.log(2), abs=0.05)
    mean, variance = cached.q_of(cached.best(toy_models.BENCHES["humps"], 1.0))
    assert abs(mean[0]) == pytest.approx(math.sqrt(2), abs=0.1) and variance[0] < 0.1


def test_the_ladder_climbs_through_its_known_values() -> None:
    for size, expected in ((1, -3.4189385332046727), (2, -2.7579018481), (3, -2.5607588852)):
        numbers, _ = at(4, {"K": size, "m": 0, "v": 1})
        assert numbers["ladder"] == pytest.approx(expected, abs=SIX * numbers["ladder_error"] / 2)
        assert 0 < numbers["ladder_error"] < 0.1


@pytest.mark.parametrize("place", random_places(4), ids=str)
def test_jensen_holds_for_every_draw_and_every_mean(place: dict[str, float]) -> None:
    numbers, done = at(4, place)
    assert numbers["mean_of_logs"] <= numbers["log_of_mean"] + 1e-12
    assert numbers["elbo"] + numbers["gap"] == pytest.approx(numbers["evidence"], abs=1e-10)
    gap = kl_divergence(normal(place["m"], place["v"]), normal(1, 0.5))
    assert numbers["gap"] == pytest.approx(float(gap), abs=1e-5)
    assert numbers["elbo"] - SIX * numbers["ladder_error"] <= numbers["ladder"]
    assert numbers["ladder"] <= numbers["evidence"] + SIX * numbers["ladder_error"]
    assert done == (float(gap) < 0.01)


def test_equality_where_all_weights_are_the_same() -> None:
    numbers, done = at(4, {"K": 7, "m": 1, "v": 0.5})
    assert done
    same = (numbers["evidence"], numbers["elbo"], numbers["ladder"])
    assert same == pytest.approx((-2.2655121234846454,) * 3, abs=SINGLE)
    assert (numbers["log_of_mean"], numbers["mean_of_logs"], numbers["ladder_error"]) == pytest.approx((0, 0, 0), abs=SINGLE)


def test_the_samples_on_the_curve_are_k_weights_of_q() -> None:
    slider = STEPS[4].sliders[0]
    table = sweeps.along(4, slider, (("K", 8.0), ("m", 0.0), ("v", 1.0)), "")
    row = slider.stops.index(8.0)
    weights = table.curves["weights"][row]
    assert np.isfinite(weights).sum() == 8
    noise = torch.randn(8192, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)[:8, 0].numpy()
    expected = np.exp(toy_log_joint("number", noise) - norm.logpdf(noise) + 2.2655121234846454)
    assert weights[:8] == pytest.approx(expected, rel=SINGLE)
    assert table.numbers["mean_weight"][row] == pytest.approx(expected.mean(), rel=SINGLE)
    assert table.numbers["mean_of_logs"][row] == pytest.approx(np.log(expected).mean(), rel=SINGLE)


def test_a_ladder_uses_all_draws_and_refuses_too_few() -> None:
    logs = torch.randn(12, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    ladder = importance_ladder(logs, (1, 3))
    assert torch.allclose(ladder.value[:, 0], logs.mean(0))
    groups = torch.stack([log_mean(logs[3 * i : 3 * i + 3]) for i in range(4)])
    assert torch.allclose(ladder.value[:, 1], groups.mean(0))
    assert torch.allclose(ladder.error[:, 1], groups.std(0) / 2)
    with pytest.raises(ValueError, match="half of the 12 draws"):
        importance_ladder(logs, (7,))


# ---- step 5 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", "0379")
def test_three_sums_are_one_number(digit: str) -> None:
    slider = STEPS[5].sliders[0]
    numbers = expanding.terms(digit, slider.stops)
    bound = 2e-3 + 1e-5 * np.abs(numbers["reconstruction"])  # what is promised of each
    for one, other in (("evidence", -numbers["gap"]), ("reconstruction", -numbers["kl"]), ("joint", numbers["entropy"])):
        assert (np.abs(numbers[one] + other - numbers["elbo"]) < bound).all(), one
    assert sweeps.along(5, slider, (("v", slider.default),), digit).done.any()


def test_the_parts_of_the_third_sum_are_those_of_torch() -> None:
    mean, variance = torch.tensor([0.3, -1.2], dtype=torch.float64), torch.tensor([0.02, 3.0], dtype=torch.float64)
    q = Normal(mean, variance.sqrt())
    assert torch.allclose(entropy(variance), q.entropy())
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    for j in range(2):
        z = float(mean[j]) + math.sqrt(float(variance[j])) * nodes
        average = (weights * norm.logpdf(z)).sum() / weights.sum()
        assert float(expected_log_prior(mean, variance)[j]) == pytest.approx(average, abs=1e-12)
    assert float(entropy(torch.tensor(1 / (2 * math.pi * math.e)))) == pytest.approx(0, abs=1e-9)


# ---- step 6 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", random_places(6), ids=str)
def test_the_closed_form_is_that_of_torch_in_every_dimension(place: dict[str, float]) -> None:
    numbers, done = at(6, place)
    expected = [float(kl_divergence(normal(place[f"mean{j}"], place[f"variance{j}"]), normal(0, 1))) for j in (1, 2)]
    assert [numbers["kl1"], numbers["kl2"]] == pytest.approx(expected, abs=1e-9)
    assert numbers["kl"] == pytest.approx(sum(expected), abs=1e-9)
    assert numbers["mean_part1"] + numbers["variance_part1"] == pytest.approx(numbers["kl1"], abs=1e-12)
    assert not done


def test_the_worked_example_is_three_quarters_and_the_task() -> None:
    numbers, done = at(6, {"mean1": 1, "mean2": 0, "variance1": 0.5, "variance2": 2})
    assert done and numbers["kl"] == pytest.approx(0.75, abs=1e-12)
    parts = [numbers[name] for name in ("mean_part1", "variance_part1", "mean_part2", "variance_part2")]
    assert parts == pytest.approx([0.5, 0.0965735902799727, 0, 0.1534264097200273], abs=1e-12)
    assert "0.0966" in str(STEPS[6].question) and "0.1534" in str(STEPS[6].question)


# ---- step 7 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_variance", [-5.0, -2.0, 0.0])
def test_the_sampled_loss_agrees_with_samples_within_six_standard_errors(log_variance: float) -> None:
    numbers, _ = at(7, {"log_variance": log_variance, "e": 1.0})
    model, x, mean = models.model_of(objective.Setup("digits-2")), objective.batch(), objective.means()
    noise = torch.randn(1500, *mean.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        decoded = model.decode((mean + math.exp(log_variance / 2) * noise).float()).double()
    squares = (x - decoded).square().sum(-1).mean(-1)
    error = float(squares.std()) / math.sqrt(len(squares))
    assert numbers["squares"] == pytest.approx(float(squares.mean()), abs=SIX * error)
    kl = kl_divergence(Normal(mean, math.exp(log_variance / 2)), Normal(0.0, 1.0)).sum(-1).mean()
    assert numbers["kl"] == pytest.approx(float(kl), abs=1e-9)
    assert numbers["loss"] == pytest.approx(numbers["squares"] + numbers["kl"], abs=1e-12)


def test_one_noise_is_decoded_as_it_stands() -> None:
    numbers, _ = at(7, {"log_variance": -2.0, "e": -1.5})
    model, x, mean = models.model_of(objective.Setup("digits-2")), objective.batch(), objective.means()
    with torch.no_grad():
        one, centre = (model.decode((mean + shift).float()).double() for shift in (-1.5 * math.exp(-1), 0.0))
    assert numbers["loss_of_noise"] == pytest.approx(float((x - one).square().sum(-1).mean()) + numbers["kl"], abs=1e-4)
    assert numbers["loss_at_mean"] == pytest.approx(float((x - centre).square().sum(-1).mean()) + numbers["kl"], abs=1e-4)


def test_the_loss_is_minus_the_elbo_at_half_a_noise_less_the_constant() -> None:
    numbers, _ = at(7, {"log_variance": -3.0, "e": 0.0})
    model = models.model_of(objective.Setup("digits-2")).with_likelihood(vaecore.GaussianPixels(0.5))
    mean = objective.means()
    q = vaecore.DiagonalGaussian(mean, torch.full_like(mean, math.exp(-3)))
    assert numbers["elbo"] == pytest.approx(float(vaecore.elbo(model, objective.batch(), q).elbo.mean()), abs=1e-3)
    assert numbers["loss"] == pytest.approx(-numbers["elbo"] - 392 * math.log(math.pi), abs=1e-3)
    assert numbers["constant"] == pytest.approx(448.73411525296484, abs=1e-9)


def test_decoded_at_the_mean_the_best_variance_is_1_and_sampled_it_is_not() -> None:
    slider = STEPS[7].sliders[0]
    table = sweeps.along(7, slider, (("log_variance", -2.0), ("e", 1.0)), "")
    assert slider.stops[int(table.numbers["loss_at_mean"].argmin())] == 0
    best = int(table.numbers["loss"].argmin())
    assert slider.stops[best] < -4
    assert table.done[best] and not table.done[slider.stops.index(-2.0)]


def test_ten_lines_of_loss_agree_with_the_core_within_six_standard_errors() -> None:
    defined: dict = {}
    exec(objective.CODE, defined)
    body = objective.CODE[objective.CODE.index("def loss") :].strip().splitlines()
    assert len(body) <= 10
    generator = torch.Generator().manual_seed(5)
    weight = torch.randn(6, 2, generator=generator, dtype=torch.float64)
    linear = vaecore.LinearDecoder(weight, torch.zeros(6, dtype=torch.float64)).requires_grad_(False)
    x = torch.randn(4, 6, generator=generator, dtype=torch.float64)
    mean = torch.randn(4, 2, generator=generator, dtype=torch.float64)
    log_variance = torch.randn(4, 2, generator=generator, dtype=torch.float64) - 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        losses = torch.stack([defined["loss"](x, lambda x: torch.cat([mean, log_variance], 1), linear) for _ in range(4000)])
    model = vaecore.VAE(linear, vaecore.GaussianPixels(0.5), 2)
    elbo = vaecore.elbo(model, x, vaecore.DiagonalGaussian(mean, log_variance.exp())).elbo.mean()
    error = float(losses.std()) / math.sqrt(len(losses))
    assert float(losses.mean()) == pytest.approx(float(-elbo) - dropped_constant(6), abs=SIX * error)


def test_gradients_of_the_ten_lines_reach_the_encoder() -> None:
    defined: dict = {}
    exec(objective.CODE, defined)
    encoder = torch.nn.Linear(784, 4)
    model = models.model_of(objective.Setup("digits-2"))
    defined["loss"](objective.batch().float(), encoder, model.decode).backward()
    assert encoder.weight.grad is not None and encoder.weight.grad.abs().sum() > 0


def test_squares_over_q_of_a_linear_decoder_have_a_closed_form() -> None:
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    model = vaecore.VAE(vaecore.LinearDecoder(weight, torch.zeros(5, dtype=torch.float64)), vaecore.GaussianPixels(0.1), 3)
    x, mean = (torch.randn(4, size, generator=generator, dtype=torch.float64) for size in (5, 3))
    variances = torch.tensor([0.1, 1.0], dtype=torch.float64)
    squares, error = squares_over_q(model, x, mean, variances)
    expected = (x - mean @ weight.T).square().sum(-1).mean() + variances * weight.square().sum()
    assert torch.allclose(squares, expected, atol=1e-9) and error.max() == 0


# ---- texts, formulas, sliders -----------------------------------------------------------------------------------------


def formula_of(number: int) -> ET.Element:
    return ET.fromstring(f"<div>{STEPS[number].formula}</div>")


def choices_of(number: int) -> tuple[str, ...]:
    choice = STEPS[number].choice
    return choice.control.options[:2] if choice else ("",)


@every_step
def test_formulas_are_well_formed_and_name_only_what_there_is(number: int) -> None:
    step = STEPS[number]
    declared = {quantity.name for quantity in step.quantities}
    nodes = list(formula_of(number).iter())
    assert {node.attrib["data-number"] for node in nodes if "data-number" in node.attrib} <= declared
    assert {node.attrib["data-symbol"] for node in nodes if "data-symbol" in node.attrib} <= step.symbols.keys()
    assert not [
        node.text
        for formula in formula_of(number).iter("math")
        for node in formula.iter()
        if node.text and re.search(r"[{}_^<>]|\w:\w", node.text)
    ]
    symbols = {slider.symbol for slider in step.sliders} | {quantity.symbol for quantity in step.quantities}
    assert symbols - {""} <= step.symbols.keys()
    for choice in choices_of(number):
        picture = step.picture(choice)
        assert {layer.symbol for layer in picture.layers} <= step.symbols.keys()
        assert {trace["legendgroup"] for trace in picture.chart["data"]} <= step.symbols.keys()
        table = sweeps.along(number, step.sliders[0], sweeps.place_of(step.sliders, {}), choice)
        assert declared <= table.numbers.keys() | table.texts.keys()
        assert set(picture.x) <= table.curves.keys()
        for layer in picture.layers:
            named = [name for name in (layer.x, layer.y, layer.base) if isinstance(name, str) and name]
            assert all(name in table.numbers or name in table.curves for name in named), layer
        assert picture_of(number, choice)


@every_step
def test_sliders_stop_at_their_default_and_at_what_is_notable(number: int) -> None:
    step = STEPS[number]
    for slider in step.sliders:
        stops = slider.stops
        assert all(low < high for low, high in itertools.pairwise(stops))
        assert {slider.default, *slider.notable} <= set(stops)
        assert slider.low <= stops[0] and stops[-1] <= slider.high
        assert slider.control.refusal(str(int(slider.default) if slider.whole else slider.default)) is None
    for preset in step.presets:
        for name, value in preset.values.items():
            assert value in next(slider for slider in step.sliders if slider.name == name).stops


@every_step
def test_no_task_is_done_before_anything_moved(number: int) -> None:
    for choice in choices_of(number):
        assert not at(number, {}, choice)[1]


@every_step
def test_the_chart_in_words_has_the_numbers_of_the_place(number: int) -> None:
    for choice in choices_of(number):
        numbers, texts, _ = sweeps.at(number, sweeps.place_of(STEPS[number].sliders, {}), choice)
        words = STEPS[number].words(numbers, texts, choice)
        words = functools.reduce(lambda text, known: text.replace(known, ""), texts.values(), words)
        said = {float(text.replace("−", "-")) for text in re.findall(r"−?\d+\.\d+", words)}
        assert said and all(any(abs(value - number) < 0.006 for number in numbers.values()) for value in said)


def test_there_are_nine_steps_with_a_question_and_a_task_for_each_that_moves() -> None:
    assert list(TITLES) == list(SHORT) == list(range(1, 10))
    questions = with_unique_keys(step.question for step in STEPS.values())
    assert [question.key for question in questions] == [f"lesson/{number}/question" for number in STEPS]
    assert all(step.task for step in STEPS.values())


@pytest.mark.parametrize("door", closing_links.DOORS, ids=lambda door: door.key)
def test_every_door_opens_a_screen_that_takes_all_of_its_link(door: closing_links.Door) -> None:
    parts = urlsplit(door.link)
    link = dict(parse_qsl(parts.query))
    assert parts.path == "/tradeoff"
    bench, beta, _ = controls.bench_of(link)
    chosen = resolve.read(link, bench, beta)
    assert bench.model == link["model"]
    assert chosen.whose == link.get("q", "encoder")
    assert not parameters.refused({"predict": link.get("predict", "false")}, (parameters.PREDICT,))


def test_the_questions_that_open_a_screen_open_one_that_takes_the_link() -> None:
    for step in STEPS.values():
        if step.question.see:
            bench, beta, _ = controls.bench_of(link := dict(parse_qsl(urlsplit(step.question.see).query)))
            resolve.read(link, bench, beta)


def test_the_question_on_jensen_opens_a_tight_bound() -> None:
    bench, beta, _ = controls.bench_of(link := dict(parse_qsl(urlsplit(STEPS[4].question.see).query)))
    q = resolve.read(link, bench, beta)
    assert float(cached.gap(bench, q.mean, q.variance).value) < 1e-9
    assert bench.model == jensen.TOY
