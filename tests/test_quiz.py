"""The quiz: every number that it states is computed, and every link opens the state that it promises."""

import math
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

import vaecore
from pages.parts.challenges.questions import Attempt, attempt_at
from pages.parts.compute import cached, models
from pages.parts.quiz.sequence import PARTS, QUESTIONS
from pages.parts.state.state import State
from tests.visiting import ROOT, TABLE, Visit
from vaecore.core.gaussian import kl_parts
from vaecore.data import digits, mnist
from vaecore.losses.water_filling import mnist_spectrum

Open = Callable[..., Visit]

BY_KEY = {question.key.removeprefix("quiz/"): question for question in QUESTIONS}


def words(key: str) -> str:
    """All that a question, its answers and their reasons say."""
    question = BY_KEY[key]
    return " ".join([question.text, *(f"{answer.text} {answer.reason}" for answer in question.answers)])


def row(*numbers: float) -> torch.Tensor:
    return torch.tensor([numbers], dtype=torch.float64)


def q(mean: tuple[float, ...], variance: tuple[float, ...]) -> vaecore.DiagonalGaussian:
    return vaecore.DiagonalGaussian(row(*mean), row(*variance))


def link_of(key: str) -> dict[str, str]:
    """The parameters of the question's link."""
    return dict(parse_qsl(urlsplit(BY_KEY[key].see).query))


def held(key: str) -> Attempt:
    return attempt_at(State.from_valid_link(link_of(key)))


# ---- what it says -----------------------------------------------------------------------------------------------------


def test_three_come_first_and_at_least_nine_follow() -> None:
    assert len(PARTS[0].questions) == 3
    assert PARTS[0].questions[0].key == "quiz/tight", "what the bound means comes before how it is derived"
    assert len(QUESTIONS) >= 12
    assert all(question.key.startswith("quiz/") and question.see for question in QUESTIONS)


def test_every_answer_to_the_closed_form_is_what_its_reason_says() -> None:
    example, prior = q((2, 0), (1, 0.1)), q((0, 0), (1, 1))
    of_mean = kl_parts(example.mean, example.variance)[0]
    per_dimension = vaecore.kl_to_standard_normal(example.mean, example.variance)
    taken_for_deviations = vaecore.kl_to_standard_normal(example.mean, example.variance.square())
    values = {
        "2": float(of_mean.sum()),
        "2.70": float(per_dimension.sum()),
        "3.81": float(taken_for_deviations.sum()),
        "5.35": float(vaecore.kl_between(prior, example).sum()),
        "5.40": 2 * float(per_dimension.sum()),
    }
    question = BY_KEY["closed-form"]
    assert question.right.text == "2.70"
    assert {answer.text: pytest.approx(float(answer.text), abs=0.005) for answer in question.answers} == values
    for share in (per_dimension[0, 0], per_dimension[0, 1]):
        assert f"{float(share):.4f}" in question.right.reason


def test_a_narrower_q_costs_what_the_answers_say() -> None:
    variance = 0.01
    rise = float(kl_of(torch.tensor(variance / math.e**2).double()) - kl_of(torch.tensor(variance).double()))
    text = words("narrower")
    assert rise == pytest.approx(1 - (variance - variance / math.e**2) / 2, abs=1e-7)
    assert f"falls by only {1 - rise:.4f}" in text
    assert f"e² = {math.e**2:.2f}" in text
    assert f"{variance / math.e**2:.5f}" in BY_KEY["narrower"].see


@pytest.mark.parametrize(("weight", "noise"), [(1.0, "½"), (0.5, "1"), (0.25, "2")])
def test_a_weight_of_the_squares_is_the_noise_that_the_answer_says(weight: float, noise: str) -> None:
    """A log density falls by weight · ‖x − x̂‖² when its σₓ² is 1 / (2 · weight)."""
    likelihood = vaecore.GaussianPixels({"½": 0.5, "1": 1.0, "2": 2.0}[noise])
    x, decoded = row(0.3, 0.9, 0.1), row(0.1, 0.4, 0.8)
    fell = likelihood.log_prob(x, x) - likelihood.log_prob(x, decoded)
    assert float(fell) == pytest.approx(weight * float((x - decoded).square().sum()), abs=1e-12)
    answers = {answer.text: answer for answer in BY_KEY["sum-of-squares"].answers}
    assert answers[f"σₓ² = {noise}"].right == (weight == 1)


def test_a_mean_over_pixels_assumes_more_noise_than_all_pixels_vary_by() -> None:
    pixels = 784
    x, decoded = torch.rand(2, 1, pixels, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    likelihood = vaecore.GaussianPixels(392.0)
    fell = likelihood.log_prob(x, x) - likelihood.log_prob(x, decoded)
    assert float(fell) == pytest.approx(float(torch.nn.functional.mse_loss(decoded, x)), abs=1e-12)
    assert "784 / 2 = 392" in words("mean-or-sum")
    assert mnist.grey(digits.test_digits().images).double().var(0).sum() < 392


def test_a_log_variance_becomes_the_deviation_that_the_right_answer_says() -> None:
    h = math.log(0.01)
    assert math.exp(0.5 * h) == pytest.approx(0.1)
    assert BY_KEY["log-variance"].right.text == "`mean + (0.5 * h).exp() * eps`"
    z = q((0,), (0.01,)).at(torch.ones(1, 1, 1, dtype=torch.float64))
    assert float(z) == pytest.approx(math.exp(0.5 * h))


def test_the_gaps_of_the_amortisation_question_are_those_of_its_screen() -> None:
    now = held("amortisation")
    encoder = now.gap
    best = float(cached.gap(now.setup, *cached.best_q(now.setup, 1.0)).value)
    text = BY_KEY["amortisation"].text
    assert f"{encoder:.2f} nats" in text
    assert f"one of {best:.2f}" in text
    assert f"{encoder - best:.2f}" in text


def test_the_density_of_the_seven_is_as_large_as_the_answers_say() -> None:
    now = held("positive")
    assert f"{now.evidence:.2f} nats" in BY_KEY["positive"].text
    likelihood = models.model_of(now.setup).likelihood
    one = float(likelihood.log_maximum(torch.zeros(1, 1, dtype=torch.float64)))
    all_ = float(likelihood.log_maximum(cached.image(now.setup)))
    noise = models.sigma_x_of(now.setup)
    assert noise is not None
    for said in (f"σₓ = {noise:.4f}", f"can reach {math.exp(one):.2f}", f"all 784 pixels {all_:.0f} nats"):
        assert said in words("positive")


def test_missing_one_of_two_humps_costs_about_log_2() -> None:
    assert f"log 2 = {math.log(2):.2f} nats" in words("humps")
    assert held("humps").gap == pytest.approx(math.log(2), abs=0.03)


def test_kl_of_1_1_and_0_1_happens_to_be_symmetric_and_others_are_not() -> None:
    one, other = q((1,), (1,)), q((0,), (1,))
    assert float(vaecore.kl_between(one, other)) == pytest.approx(float(vaecore.kl_between(other, one)), abs=1e-12)


def test_a_sample_that_has_a_gradient_is_the_mean_and_noise_times_the_deviation() -> None:
    mean, sd = torch.tensor(0.7, requires_grad=True), torch.tensor(0.3, requires_grad=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        eps = torch.randn(())
        torch.manual_seed(0)
        z = Normal(mean, sd).rsample()
    assert z.item() == pytest.approx((mean + sd * eps).item(), abs=1e-6)
    assert [float(g) for g in torch.autograd.grad(z, (mean, sd))] == pytest.approx([1.0, float(eps)])


def test_cross_entropy_on_grey_values_does_not_integrate_to_1() -> None:
    grey, logit = torch.linspace(0, 1, 20_001, dtype=torch.float64), 1.3
    density = (grey * logit - math.log1p(math.exp(logit))).exp()
    assert abs(float(torch.trapezoid(density, grey)) - 1) > 0.3
    # In expectation over pixels drawn black or white with that grey as probability it is the same number.
    drawn = grey * logit - math.log1p(math.exp(logit))
    white, black = (float(vaecore.BernoulliPixels().log_prob(row(v), row(logit))) for v in (1, 0))
    assert torch.allclose(drawn, grey * white + (1 - grey) * black)


def test_the_importance_bound_grows_and_stays_below() -> None:
    model, x = vaecore.load("number"), row(1.0)
    wide = q((0,), (1,))
    evidence = float(vaecore.evidence(model, x).value)
    bounds = [vaecore.importance_bound(model, x, wide, samples=k, seed=0, replicates=4000) for k in (1, 8, 64)]
    values, errors = [float(b.value) for b in bounds], [float(b.error) for b in bounds]
    assert values[0] == pytest.approx(float(vaecore.elbo(model, x, wide).elbo), abs=6 * errors[0])
    assert values[0] < values[1] < values[2] < evidence + 6 * errors[2]


def variance_with_the_least(loss: Callable[[torch.Tensor], torch.Tensor]) -> float:
    """Where, from 1e-4 to 1e4, a loss of a variance is smallest."""
    variances = torch.logspace(-4, 4, 4001, dtype=torch.float64)
    return float(variances[loss(variances).argmin()])


def kl_of(variance: torch.Tensor) -> torch.Tensor:
    """KL(N(0, variance) ‖ N(0, 1)) by torch."""
    return kl_divergence(Normal(torch.zeros_like(variance), variance.sqrt()), Normal(torch.zeros(()).double(), 1.0))


def right_of_jensen() -> str:
    """Two steps are equalities and one is not, for x = 2 under z ~ N(0, 1), x ~ N(z, 1), and q = N(0, 1)."""
    draws = torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    log_w = Normal(draws, 1.0).log_prob(torch.tensor(2.0, dtype=torch.float64))  # p(z) and q(z) cancel
    evidence = float(Normal(0.0, math.sqrt(2)).log_prob(torch.tensor(2.0)))
    multiplied_and_divided = float(log_w.logsumexp(0)) - math.log(len(draws))
    assert multiplied_and_divided == pytest.approx(evidence, abs=0.02)
    assert float(log_w.mean()) < evidence - 1
    return "Moving the log inside the expectation"


def right_of_tight() -> str:
    """With q the posterior the bound is tight; at KL 0, and at the q that reconstructs best, it is not."""
    model, x = vaecore.load("number"), row(2.0)
    evidence = float(vaecore.evidence(model, x).value)
    elbo = {
        "When q is the true posterior": q((1,), (0.5,)),
        "When KL(q ‖ p(z)) is 0": q((0,), (1,)),
        "When x is reconstructed perfectly": q((2,), (1e-6,)),
    }
    (tight,) = (text for text, one in elbo.items() if float(vaecore.elbo(model, x, one).elbo) > evidence - 1e-6)
    return tight


def right_of_amortisation() -> str:
    now = held("amortisation")
    best = float(cached.gap(now.setup, *cached.best_q(now.setup, 1.0)).value)
    return "One encoder serves all images" if now.gap - best > best else "A Gaussian is too simple"


def right_of_humps() -> str:
    """Two equal modes at ±3 of deviation 0.3: KL(q ‖ p) by a sum over z, for q on one and for the best q across both."""
    z = torch.linspace(-12, 12, 48_001, dtype=torch.float64)
    p = torch.logaddexp(Normal(3.0, 0.3).log_prob(z), Normal(-3.0, 0.3).log_prob(z)) - math.log(2)

    def divergence(mean: float, deviation: float) -> float:
        log_q = Normal(mean, deviation).log_prob(z)
        return float(torch.trapezoid(log_q.exp() * (log_q - p), z))

    across = min(divergence(0, deviation) for deviation in (0.3, 1.0, 2.0, 3.0, 4.0))
    return "On one of them" if divergence(3, 0.3) < across - 1 else "Across both"


def right_of_mean_or_sum() -> str:
    """A mean over 784 pixels: the most that a code can improve it by, in nats, against KL."""
    most = float(mnist_spectrum().sum()) / 784
    assert f"53 / (2 · 392) = {most:.2f} nats" in words("mean-or-sum")
    assert round(float(mnist_spectrum().sum())) == 53
    return "KL counts too much" if most < 0.1 else "Reconstruction counts too much"


def right_of_sign() -> str:
    """A reconstruction that falls with the variance, and KL with either sign: only one loss has a minimum inside."""
    inside = {sign: 1e-3 < variance_with_the_least(lambda v, s=sign: 5 * v + s * kl_of(v)) < 1e3 for sign in (1, -1)}
    assert inside == {1: True, -1: False}
    return "loss = −reconstruction + KL"


def right_of_log_variance() -> str:
    """Samples with h = −3 whose variance is the one that the KL terms belong to."""
    h, eps = (
        torch.tensor(-3.0, dtype=torch.float64),
        torch.randn(200_000, generator=torch.Generator().manual_seed(1)).double(),
    )
    assert float(0.5 * (h.exp() - 1 - h)) == pytest.approx(float(kl_of(h.exp())), abs=1e-12)
    samples = {"h.exp() * eps": h.exp() * eps, "(0.5 * h).exp() * eps": (0.5 * h).exp() * eps, "h * eps": h * eps}
    (code,) = (code for code, z in samples.items() if abs(float(z.var() / h.exp()) - 1) < 0.02)
    return f"`mean + {code}`"


def right_of_without_gradient() -> str:
    """Gradient descent on both losses, for x = 2 and a decoder f(z) = z with σₓ² = 0.1, whose posterior is N(1.82, 0.09)."""
    learnt = {}
    for draw in ("sample", "rsample"):
        mean, log_sd = (torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in (1.0, -1.0))
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for _ in range(500):
                z = getattr(Normal(mean, log_sd.exp()), draw)((64,))
                kl = kl_divergence(Normal(mean, log_sd.exp()), Normal(0.0, 1.0))
                for value, slope in zip(
                    (mean, log_sd), torch.autograd.grad(((2 - z) ** 2).mean() / 0.2 + kl, (mean, log_sd)), strict=True
                ):
                    value.data -= 0.03 * slope
        learnt[draw] = (mean.item(), log_sd.exp().item())
    assert learnt["rsample"] == pytest.approx((2 / 1.1, math.sqrt(1 / 11)), abs=0.05)
    return "Only to lower KL" if learnt["sample"] == pytest.approx((0, 1), abs=1e-3) else "The same, more slowly"


def right_of_cross_entropy() -> str:
    """The exponential of −BCE summed over the two binary values, and integrated over the grey ones."""
    logit = torch.tensor(0.7, dtype=torch.float64)

    def density(x: torch.Tensor) -> torch.Tensor:
        return (-binary_cross_entropy_with_logits(logit.expand_as(x), x, reduction="none")).exp()

    grey = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    assert float(density(torch.tensor([0.0, 1.0], dtype=torch.float64)).sum()) == pytest.approx(1, abs=1e-12)
    assert abs(float(torch.trapezoid(density(grey), grey)) - 1) > 0.3
    return "No, only for pixels that are 0 or 1"


def right_of_beta() -> str:
    now = held("beta")
    assert now.state.beta < 1
    objective = now.reconstruction - now.state.beta * now.kl
    assert objective > now.evidence > now.reconstruction - now.kl
    return "Nothing: for β < 1 it is not a lower bound"


def right_of_collapse() -> str:
    """KL is 0 only for the prior: of q = N(0, 1), and of a narrow q on a point of its own."""
    prior, point = (vaecore.kl_to_standard_normal(row(mean), row(variance)) for mean, variance in ((0, 1), (2, 0.01)))
    assert float(prior) == 0 < float(point)
    return "q is the prior for every image"


def right_of_importance() -> str:
    """L_1, L_4 and L_∞ of a lognormal weight with mean 1."""
    logs = torch.randn(400_000, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64) - 0.5
    one, four = float(logs.mean()), float((logs.logsumexp(1) - math.log(4)).mean())
    assert one == pytest.approx(-0.5, abs=0.01)
    assert one + 0.2 < four < 0
    assert float((logs.logsumexp(1) - math.log(4)).max()) > 0  # one set of samples may lie above
    return "It brings the bound closer to log p(x), from below"


NOISES = {"½": 0.5, "1": 1.0, "2": 2.0}
RIGHT: dict[str, Callable[[], str]] = {
    "jensen": right_of_jensen,
    "closed-form": lambda: f"{float(kl_of(torch.tensor(0.1).double())) + 2:.2f}",
    "sum-of-squares": lambda: next(f"σₓ² = {name}" for name, noise in NOISES.items() if 1 / (2 * noise) == 1),
    "mean-or-sum": right_of_mean_or_sum,
    "sign": right_of_sign,
    "log-variance": right_of_log_variance,
    "cross-entropy": right_of_cross_entropy,
    "without-gradient": right_of_without_gradient,
    "beta": right_of_beta,
    "collapse": right_of_collapse,
    "narrower": lambda: (
        f"About {float(kl_of(torch.tensor(0.01 / math.e**2).double()) - kl_of(torch.tensor(0.01).double())):.0f} nat"
    ),
    "tight": right_of_tight,
    "amortisation": right_of_amortisation,
    "humps": right_of_humps,
    "positive": lambda: "No" if held("positive").evidence > 396 else "Yes",
    "importance": right_of_importance,
}
"""What the right answer to each question begins with, computed."""


@pytest.mark.parametrize("key", BY_KEY)
def test_the_answer_that_counts_as_right_is_the_computed_one(key: str) -> None:
    assert BY_KEY[key].right.text.startswith(RIGHT[key]())


def test_the_noise_that_a_sum_of_squares_assumes_is_named_for_the_elbo_and_for_any_beta() -> None:
    """The loss and −ELBO at σₓ² = ½ have the same best variance; at β = 4 that of σₓ² = ⅛ has."""
    slope = 3.0  # of a linear decoder: E‖x − x̂‖² grows by slope² · variance

    def best(sigma_squared: float, beta: float) -> float:
        return variance_with_the_least(lambda v: slope**2 * v / (2 * sigma_squared) + beta * kl_of(v))

    loss = variance_with_the_least(lambda v: slope**2 * v + kl_of(v))
    assert loss == best(0.5, 1) == best(0.125, 4) != best(1, 1)
    assert "(β = 1)" in BY_KEY["sum-of-squares"].text
    assert "β·σₓ² = ½" in BY_KEY["sum-of-squares"].right.reason


# ---- where its links lead ---------------------------------------------------------------------------------------------

SHOWN: dict[str, Callable[[Attempt], bool]] = {
    "closed-form": lambda now: now.kl == pytest.approx(2.7013, abs=1e-4),
    "sum-of-squares": lambda now: (now.setup.sigma_x or 0) ** 2 == pytest.approx(0.5, abs=1e-5),
    "mean-or-sum": lambda now: now.state.beta * (now.setup.sigma_x or 0) ** 2 == 100 and now.kl < 0.01,
    "sign": lambda now: now.source == "best",
    "log-variance": lambda now: now.variance == pytest.approx((0.01, 0.01)),
    "narrower": lambda now: now.variance == pytest.approx((0.01, 0.00135)) and now.state.slider_mode == "each",
    "tight": lambda now: abs(now.gap) < 1e-6,
    "collapse": lambda now: now.kl == 0 and now.source == "prior",
    "beta": lambda now: now.reconstruction - now.state.beta * now.kl > now.evidence,
    "without-gradient": lambda now: now.source == "encoder" and now.kl > 1,
    "amortisation": lambda now: now.source == "encoder" and now.gap > 6,
    "humps": lambda now: abs(now.mean[0]) > 1,
    "positive": lambda now: now.evidence > 0,
    "cross-entropy": lambda now: isinstance(models.model_of(now.setup).likelihood, vaecore.BernoulliPixels),
    "importance": lambda now: cached.evidence(now.setup).accuracy is vaecore.Accuracy.LOWER_BOUND,
}  # fmt: skip
"""What must hold in the state that each link to the Trade-off screen opens."""

ELSEWHERE = {"jensen": ("/derivation", {"step": "4"})}
"""The links to other screens: the step of the derivation is one of eleven, and number 4 is Jensen's."""


def test_every_link_is_known_here() -> None:
    assert set(SHOWN) | set(ELSEWHERE) == set(BY_KEY)
    for key, (path, link) in ELSEWHERE.items():
        assert (urlsplit(BY_KEY[key].see).path, link_of(key)) == (path, link)


@pytest.mark.parametrize("key", SHOWN)
def test_a_link_opens_the_state_that_shows_why(key: str) -> None:
    assert urlsplit(BY_KEY[key].see).path == "/tradeoff"
    assert SHOWN[key](held(key))


@pytest.mark.parametrize("key", SHOWN)
def test_a_link_opens_cold_and_nothing_of_it_is_refused(key: str) -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    app.query_params.update(link_of(key))
    app.run()
    assert not app.exception
    assert not app.warning
    assert not app.error


@pytest.mark.parametrize("screen", ["quiz", "challenges", "numbers"])
def test_a_parameter_of_which_a_screen_without_any_makes_no_use_is_named(visit: Open, screen: str) -> None:
    opened = visit(f"{screen}?digit=3", table=False)
    warning = opened.page.get_by_test_id("stAlert")
    assert warning.inner_text().strip().endswith("digit is not a parameter of this screen; got digit=3; it is ignored.")
    assert opened.link() == {}


# ---- in the browser ---------------------------------------------------------------------------------------------------


def test_the_screen_asks_all_and_an_answer_leads_to_the_state_it_names(visit: Open) -> None:
    opened = visit("quiz", table=False)
    page = opened.page
    page.get_by_text(f"0 of {len(QUESTIONS)} done, kept in this browser").wait_for()
    asked = page.locator(".question")
    asked.nth(len(QUESTIONS) - 1).get_by_role("button").first.wait_for()
    assert asked.count() == len(QUESTIONS)
    number = QUESTIONS.index(BY_KEY["closed-form"]) + 1
    one = asked.nth(number - 1)
    one.get_by_role("button", name="5.35", exact=True).click()
    assert "✗ Not quite. That is KL(N(0, I) ‖ q), the other way round" in one.inner_text()
    page.get_by_role("button", name=f"Question {number}: not right yet").wait_for()
    one.get_by_role("button", name="2.70", exact=True).click()
    page.get_by_text(f"1 of {len(QUESTIONS)} done, kept").wait_for()
    one.get_by_role("link", name=re.compile("See this q")).click()
    page.wait_for_selector(TABLE, timeout=60_000)
    opened.settle()
    assert opened.printed()["kl"] == "2.70"
    assert page.locator('[data-testid="stAlert"]').count() == 0
    page.go_back()
    page.get_by_text(f"1 of {len(QUESTIONS)} done, kept").wait_for(timeout=60_000)
    # The right answer was the second one.
    result = page.locator(".result")
    assert "0 of the 1 so far right at the first try." in result.inner_text()
    assert result.get_by_role("button", name=f"Question {number}: right after another answer").count() == 1
    asked.nth(number).get_by_role("button", name="σₓ² = ½", exact=True).click()
    assert "1 of the 2 so far right at the first try." in result.inner_text()
    page.evaluate(
        """keys => localStorage.setItem("elbo-room", JSON.stringify({ tour: true, ...Object.fromEntries(
               keys.flatMap((key, i) => [[key, true], [`${key}/first`, i % 4 > 0]])) }))""",
        [question.key for question in QUESTIONS],
    )
    page.reload()
    result.get_by_text(f"All {len(QUESTIONS)} questions are answered.").wait_for(timeout=60_000)
    assert f"{len(QUESTIONS) - (len(QUESTIONS) + 3) // 4} of {len(QUESTIONS)} right at the first try." in result.inner_text()
    assert "2 of 3 at the first try." in result.locator("section").first.inner_text()
    assert [link.get_attribute("href") for link in result.get_by_role("link").all()] == [part.see for part in PARTS]
    page.get_by_role("button", name="Start over").click()
    assert "Nothing is answered yet." in result.inner_text()


def test_a_link_about_beta_shows_an_objective_above_the_evidence(visit: Open) -> None:
    shown = visit(BY_KEY["beta"].see.removeprefix("/")).numbers()
    assert shown["objective"] > shown["evidence"] > shown["elbo"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(visit: Open, scheme: str) -> None:
    opened = visit("quiz", table=False, scheme=scheme)
    opened.page.get_by_text(QUESTIONS[-1].answers[-1].text).wait_for()
    for number in range(0, len(QUESTIONS), 3):
        opened.page.locator(".question").nth(number).get_by_role("button").nth(number % 2).click()
    for width, height in ((1280, 720), (390, 844)):
        opened.page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(opened.page, context='[data-testid="stMain"]').response["violations"]
        assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
        widths = opened.page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(e => e.scrollWidth - e.clientWidth)"
        )
        assert widths == [0, 0]
