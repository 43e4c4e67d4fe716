"""The app as a visitor has it: a fresh server, a real browser, every control moved, every number computed a second time."""

import math
import shutil
from collections.abc import Callable

import numpy as np
import pytest
import torch

import vaecore
from pages.parts.permalink import GRID
from tests.visiting import Visit, running_chromium
from vaecore import gallery, mnist

Open = Callable[..., Visit]

SIZES = ((1280, 720), (1920, 1080), (390, 844))


def expected(state: dict[str, str]) -> dict[str, float]:
    """What the table must say, from its state by direct calls into vaecore, without the app."""
    model = vaecore.load(state["model"])
    if state["sigma"] != "None":
        model = model.with_likelihood(vaecore.GaussianPixels(float(state["sigma"]) ** 2))
    digits = gallery.test_digits()
    row = [i for i, label in enumerate(digits.labels.tolist()) if label == int(state["digit"])][int(state["example"]) - 1]
    binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
    x = (mnist.black_and_white if binary else mnist.grey)(digits.images[row : row + 1])
    mean = torch.tensor([[float(word) for word in state["mean"].split()]])
    variance = torch.tensor([[float(word) for word in state["variance"].split()]]).expand_as(mean)
    q = vaecore.DiagonalGaussian(mean, variance)
    terms, evidence = vaecore.elbo(model, x, q), vaecore.evidence(model, x)
    return {
        "reconstruction": float(terms.reconstruction),
        "kl": float(terms.kl.sum()),
        "elbo": float(terms.elbo),
        "evidence": float(evidence.value),
        "gap": float(evidence.value - terms.elbo),
    }


def assert_books(visit: Visit) -> None:
    """The numbers on the page are those of the state on the page, to the promised thousandth and float32's rounding."""
    shown = visit.numbers()
    for name, value in expected(visit.state()).items():
        assert shown[name] == pytest.approx(value, abs=2e-3 + 1e-5 * abs(value)), name


def slide(visit: Visit, key: str, *presses: str) -> None:
    """Press keys on the slider of that name."""
    thumb = visit.page.locator(f".st-key-{key} input[type=range]")
    for press in presses:
        thumb.press(press)


def choose_model(visit: Visit, name: str) -> None:
    """Pick another model from the list."""
    visit.page.locator(".st-key-model input").click()
    visit.page.get_by_role("option", name=name, exact=True).click()
    visit.wait_for(model=name)


@pytest.mark.parametrize("path", ["", "tradeoff", "numbers"])
def test_every_screen_opens_cold_without_a_complaint_and_without_leaving_the_host(visit: Open, path: str) -> None:
    opened = visit(path, table=path != "numbers")
    opened.page.get_by_text("About the numbers").first.wait_for()
    assert not opened.page.get_by_text("Page not found").is_visible()
    # Below the root, Streamlit tries two addresses of its own before it finds where the server is.
    probes = (f"/{path}/_stcore/health", f"/{path}/_stcore/host-config")
    assert [text for text in opened.complaints if not any(probe in text for probe in probes)] == []
    hosts = (opened.address + "/", opened.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(hosts)] == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(visit: Open, size: tuple[int, int], scheme: str) -> None:
    opened = visit(size=size, scheme=scheme)
    widths = opened.page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert widths == [0, 0]


def test_a_projector_shows_controls_charts_images_and_numbers_without_scrolling(visit: Open) -> None:
    opened = visit(size=(1280, 720))
    bottoms = opened.page.eval_on_selector_all(
        ".st-key-hand_variance, [class*=st-key-frame_]:not(.st-key-frame_kl), .strip, [data-panel=numbers]",
        "parts => parts.map(part => part.getBoundingClientRect().bottom)",
    )
    assert len(bottoms) == 6
    assert max(bottoms) <= 720


def test_the_variance_slider_moves_all_variances_to_its_step(visit: Open) -> None:
    opened = visit("?mean=0.3 -0.2&variance=0.1&q=hand")
    slide(opened, "hand_variance", "ArrowRight")
    step = f"{GRID[GRID.index(float(np.float32(0.1))) + 1]:.3g}"
    opened.wait_for(variance=step, mean="0.3 -0.2")
    opened.wait_for_link(variance=step, q="hand")
    assert_books(opened)


def test_quick_presses_of_a_key_all_count(visit: Open) -> None:
    opened = visit("?mean=0.3 -0.2&variance=0.1&q=hand")
    slide(opened, "hand_variance", *["ArrowLeft"] * 5)
    step = f"{GRID[GRID.index(float(np.float32(0.1))) - 5]:.3g}"
    opened.wait_for(variance=step)
    assert_books(opened)


@pytest.mark.parametrize("dimension", [0, 1])
def test_a_mean_slider_moves_its_dimension_and_leaves_all_else(visit: Open, dimension: int) -> None:
    opened = visit("?q=hand&mean=0.3 -0.2&variance=0.1")
    slide(opened, f"hand_mean_{dimension}", "ArrowRight")
    mean = ("0.31 -0.2", "0.3 -0.19")[dimension]
    opened.wait_for(mean=mean, variance="0.1")
    opened.wait_for_link(mean=mean)
    assert_books(opened)


def test_a_variance_slider_for_each_dimension(visit: Open) -> None:
    opened = visit("?q=hand&mean=0.3 -0.2&variance=0.1&each=true")
    slide(opened, "hand_variance_1", "ArrowRight")
    step = f"{GRID[GRID.index(float(np.float32(0.1))) + 1]:.3g}"
    opened.wait_for(variance=f"0.1 {step}")
    assert_books(opened)


def test_the_buttons_give_the_encoders_answer_the_best_q_and_the_prior(visit: Open) -> None:
    opened = visit()
    model = vaecore.load("digits-2")
    encoder = opened.state()
    assert_books(opened)
    assert opened.numbers()["gap"] >= -1e-3
    opened.page.locator(".st-key-q").get_by_text("prior", exact=True).click()
    opened.wait_for(mean="0.0 0.0", variance="1.0")
    opened.wait_for_link(q="prior")
    assert opened.numbers()["kl"] == 0
    assert_books(opened)
    opened.page.locator(".st-key-q").get_by_text("best", exact=True).click()
    opened.wait_until_not(mean="0.0 0.0")
    opened.wait_for_link(q="best")
    assert_books(opened)
    digits = gallery.test_digits()
    x = mnist.grey(digits.images[(digits.labels == 7).nonzero()[0]])
    best = vaecore.best_gaussian(model, x)
    assert opened.numbers()["elbo"] == pytest.approx(float(vaecore.elbo(model, x, best).elbo), abs=2e-3)
    opened.page.locator(".st-key-q").get_by_text("encoder", exact=True).click()
    opened.wait_for(mean=encoder["mean"], variance=encoder["variance"])
    assert_books(opened)


def test_the_hand_takes_over_where_q_was_and_the_link_repeats_every_digit(visit: Open) -> None:
    opened = visit("?q=best&digit=3")
    before = opened.numbers()
    state = opened.state()
    opened.page.locator(".st-key-q").get_by_text("hand", exact=True).click()
    opened.wait_for_link(q="hand", mean=state["mean"], variance=state["variance"])
    opened.settle()
    assert opened.numbers() == before
    again = visit(opened.page.url)
    assert again.state() == opened.state()
    assert again.numbers() == before


def test_another_digit_another_example_another_noise(visit: Open) -> None:
    opened = visit()
    opened.page.locator(".st-key-digit button").nth(3).click()
    opened.wait_for(digit="3")
    opened.wait_for_link(digit="3")
    assert_books(opened)
    opened.page.get_by_role("button", name="Another").click()
    opened.wait_for(digit="3", example="2")
    opened.wait_for_link(example="2")
    assert_books(opened)
    slide(opened, "sigma_x", "ArrowRight")
    opened.wait_until_not(sigma="None")
    assert_books(opened)
    assert opened.state()["sigma"] == opened.link()["sigma_x"]


def test_beta_adds_its_objective_and_says_when_it_is_no_bound(visit: Open) -> None:
    opened = visit()
    slide(opened, "beta", "ArrowLeft")
    opened.wait_for(beta="0.5")
    opened.wait_for_link(beta="0.5")
    shown = opened.numbers()
    assert shown["objective"] == pytest.approx(shown["reconstruction"] - 0.5 * shown["kl"], abs=1e-4)
    assert opened.page.get_by_text("not a bound").first.is_visible()
    slide(opened, "beta", "ArrowRight", "ArrowRight")
    opened.wait_for(beta="2")
    assert not opened.page.get_by_text("not a bound").first.is_visible()


@pytest.mark.parametrize("name", [name for name in vaecore.names() if name.startswith("digits")])
def test_every_model_of_digits_opens_from_the_list_with_the_right_numbers(visit: Open, name: str) -> None:
    opened = visit("?model=number")
    choose_model(opened, name)
    opened.wait_for_link(model=name) if name != "digits-2" else opened.settle()
    if name == "digits-16":
        # Estimates: equal seeds give equal points, so only the estimates' own errors may lie between.
        shown = opened.numbers()
        assert shown["elbo"] <= shown["evidence"]
        assert opened.page.get_by_text("estimated ±").first.is_visible()
    else:
        assert_books(opened)


def test_one_number_agrees_with_its_closed_form_while_every_slider_moves(visit: Open) -> None:
    opened = visit("?model=number&q=hand&mean=0.4&variance=0.5&x=1.5&w=1.2&b=0.3&sigma_x=0.8")
    for key in ("w", "b", "x", "sigma_x", "hand_mean_0", "hand_variance"):
        before = opened.numbers()
        slide(opened, key, "ArrowRight")
        opened.page.wait_for_function(
            "before => document.querySelector('[data-quantity=elbo]').dataset.value !== String(before)",
            arg=opened.page.get_attribute("[data-quantity=elbo]", "data-value") if before is None else repr(before["elbo"]),
            timeout=60_000,
        )
        opened.settle()
        link = {"x": "1", "w": "1", "b": "0", "sigma_x": "1"} | opened.link()
        x, w, b, noise = (float(link[name]) for name in ("x", "w", "b", "sigma_x"))
        state = opened.state()
        mean, variance = float(state["mean"]), float(state["variance"])
        # E[(x − wz − b)²] = (x − w·mean − b)² + w²·variance; p(x) = N(b, w² + σx²).
        reconstruction = -0.5 * math.log(2 * math.pi * noise**2) - ((x - w * mean - b) ** 2 + w**2 * variance) / (
            2 * noise**2
        )
        kl = 0.5 * (mean**2 + variance - 1 - math.log(variance))
        total = w**2 + noise**2
        evidence = -0.5 * math.log(2 * math.pi * total) - (x - b) ** 2 / (2 * total)
        shown = opened.numbers()
        assert shown["reconstruction"] == pytest.approx(reconstruction, abs=1e-5)
        assert shown["kl"] == pytest.approx(kl, abs=1e-5)
        assert shown["evidence"] == pytest.approx(evidence, abs=1e-5)
        assert shown["gap"] == pytest.approx(evidence - reconstruction + kl, abs=1e-5)
        assert abs(shown["residual"]) < 1e-5


def test_two_humps_agree_with_a_sum_over_z(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=0.7&variance=0.1&x=1&sigma_x=0.5")
    z = np.linspace(-8, 8, 400_001)
    log_joint = -0.5 * math.log(2 * math.pi * 0.25) - (1 - z**2) ** 2 / 0.5 - 0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    shown = opened.numbers()
    assert shown["evidence"] == pytest.approx(math.log(np.exp(log_joint).sum() * (z[1] - z[0])), abs=1e-3)
    # E[(1 − z²)²] under N(m, v), from the moments of a Gaussian.
    m, v = 0.7, 0.1
    squares = 1 - 2 * (m**2 + v) + m**4 + 6 * m**2 * v + 3 * v**2
    assert shown["reconstruction"] == pytest.approx(-0.5 * math.log(2 * math.pi * 0.25) - squares / 0.5, abs=1e-3)


def test_a_link_copied_to_another_visitor_shows_the_same_numbers(visit: Open) -> None:
    first = visit("?model=digits-linear-8&digit=5&example=3&sigma_x=0.35&beta=2&q=hand&variance=0.02")
    second = visit(first.page.url)
    assert second.state() == first.state()
    assert second.numbers() == first.numbers()


def test_a_bad_link_is_named_replaced_by_defaults_and_all_else_kept(visit: Open) -> None:
    opened = visit("?model=digits-9000&digit=12&sigma_x=nan&beta=2&mean=1 2 3&q=prior&example=4")
    warning = opened.page.locator('[data-testid="stAlert"]').inner_text()
    for name in ("model", "digit", "sigma_x", "mean"):
        assert f"{name} must be" in warning
    assert opened.state() | {"panel": ""} == {
        "panel": "",
        "model": "digits-2",
        "digit": "7",
        "example": "4",
        "sigma": "None",
        "beta": "2",
        "mean": "0.0 0.0",
        "variance": "1.0",
    }
    assert opened.link() == {"beta": "2", "q": "prior", "example": "4"}
    assert_books(opened)


def test_the_state_is_still_there_after_a_look_at_the_other_screen(visit: Open) -> None:
    opened = visit("?digit=3&beta=2&q=hand&mean=0.3 -0.2&variance=0.1")
    before, state = opened.numbers(), opened.state()
    opened.page.get_by_role("link", name="About the numbers").click()
    opened.page.get_by_text("How a number is had").wait_for()
    opened.page.get_by_role("link", name="Trade-off").click()
    opened.page.wait_for_selector('[data-panel="numbers"]')
    opened.settle()
    assert opened.state() == state
    assert opened.numbers() == before


def test_without_a_browser_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="install the package chromium"), running_chromium():
        pass
