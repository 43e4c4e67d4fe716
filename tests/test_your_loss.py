"""The screen Your loss: every number computed again, and in a real browser the KL weight, links, logs and all sizes."""

import itertools
import json
import math
import re
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

import vaecore
from tests import oracle_screen
from tests.visiting import PATIENCE, ROOT, Visit
from vaecore.losses import water_filling

Open = Callable[..., Visit]

BOARD = '.loss[data-drawn="true"]'
EIGENVALUES = water_filling.mnist_spectrum()
TRAINED = {"digits-2": float(vaecore.load("digits-2").likelihood.variance), "digits-2-binary": None}


@pytest.fixture
def open_(visit: Open) -> Open:
    """Opens the screen at a link and waits until its element is drawn."""

    def at(link: str = "", **options: object) -> Visit:
        opened = visit(f"loss{link}", table=False, **options)
        opened.page.wait_for_selector(BOARD, timeout=PATIENCE)
        return opened

    return at


def tiles(visit: Visit) -> dict[str, str]:
    """The numbers of the element, as they are printed."""
    return visit.page.eval_on_selector_all(
        ".loss [data-quantity]", "cells => Object.fromEntries(cells.map(c => [c.dataset.quantity, c.textContent]))"
    )


def meant(**link: str) -> tuple[dict[str, str], str]:
    """What the element is given to show for a link: the numbers and the headline."""
    app = AppTest.from_file(str(ROOT / "pages" / "loss.py"), default_timeout=120)
    app.query_params.update(link)
    app.run()
    assert not app.exception and not app.warning and not app.error
    (element,) = app.get("bidi_component")
    (data,) = json.loads(element.proto.json)
    table = json.loads(data["table"])
    own = table["own"]
    return {tile["name"]: tile["texts"][own] for tile in table["tiles"]}, table["headlines"][own]


LOG = ".stTextArea textarea[aria-label^='Lines with']"


def number(text: str) -> float:
    """A number as people write it; at an end of the curve, with the sign that says so."""
    text = text.replace("\u202f", "").removeprefix("≤ ").removeprefix("≥ ")
    base, _, power = text.partition("·10")
    return float(base) * 10.0 ** int((power or "⁰").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))


def best_variance(model: str, beta: float) -> tuple[float, float, float]:
    """Where the objective of this β is best within the slider's range, what the ELBO loses there, and the ELBO's best."""
    link = {"model": model}
    encoder = oracle_screen.encoder_q(link)
    q = {"mean": " ".join(map(str, encoder.mean[0].tolist())), "variance": "1"}

    def best(weight: float) -> tuple[float, float]:
        """The best σ², by ever finer grids of single calls into the core, and the ELBO there."""
        low, high = math.log(1e-4), math.log(4)
        for _ in range(4):
            logs = np.linspace(low, high, 41)
            along = oracle_screen.along(link | q, np.exp(logs)[:, None].repeat(2, 1))
            cost = along["kl"] - (0 if math.isinf(weight) else along["reconstruction"] / weight)
            at = int(cost.argmin())
            low, high = logs[max(at - 1, 0)], logs[min(at + 1, 40)]
        return float(np.exp(logs[at])), float((along["reconstruction"] - along["kl"])[at])

    (at, there), (own, largest) = best(beta), best(1.0)
    return at, largest - there, own


def about(value: float) -> object:
    """Three digits of it, or 0.001 nat more where the core is no more accurate."""
    return pytest.approx(value, rel=5.1e-3, abs=2.1e-3)


def assert_squares(shown: dict[str, str], level: float, latents: int = 20, own: float | None = None) -> None:
    """The tiles of a loss of squared errors with this β·σₓ²."""
    own_variance = round(math.sqrt(TRAINED["digits-2"]), 3) ** 2 if own is None else own**2
    above = np.count_nonzero(level < EIGENVALUES)
    kept = EIGENVALUES[: min(above, latents)]
    variance, lost, _ = best_variance("digits-2", level / TRAINED["digits-2"])
    assert number(shown["noise"]) == about(level)
    assert number(shown["beta"]) == about(level / own_variance)
    assert shown["directions"] == (f"{above}" if above <= latents else f"{latents} of {above}")
    assert number(shown["kl"]) == about(0.5 * np.log(kept / level).sum())
    assert number(shown["variance"]) == about(variance)
    assert number(shown["lost"]) == about(lost)


@pytest.mark.parametrize(
    ("link", "level", "latents", "own"),
    [
        ({}, 0.5, 20, None),
        ({"factor": "1/2", "latent_count": "32"}, 1.0, 32, None),
        ({"over_pixels": "mean"}, 392.0, 20, None),
        ({"over_latents": "mean", "own_sigma_x": "0.5"}, 0.025, 20, 0.5),
        ({"over_pixels": "mean", "over_latents": "mean", "latent_count": "8"}, 49.0, 8, None),
        ({"kl_weight": "1/1568", "over_pixels": "mean"}, 0.25, 20, None),
        ({"factor": "1/0.02", "kl_weight": "3"}, 0.03, 20, None),
        ({"over_pixels": "mean", "kl_over_batch": "sum", "batch_size": "16", "kl_weight": "0.00001"}, 0.06272, 20, None),
    ],
)
def test_a_loss_of_squared_errors_means_what_the_core_says(
    link: dict[str, str], level: float, latents: int, own: float | None
) -> None:
    shown, headline = meant(**link)
    assert_squares(shown, level, latents, own)
    assert headline.startswith("Up to scale and constants your loss is −ELBO with Gaussian pixels of σₓ² = ")
    assert number(headline.split(" = ")[1].split(",")[0]) == about(level)


@pytest.mark.parametrize(
    ("link", "name", "text"),
    [
        ({"pixel_range": "0 to 255"}, "directions", "20 of 617"),
        ({"images": "other"}, "directions", None),
        ({"written_kl": "variance squared"}, "noise", None),
        ({"data_constants": "included"}, "noise", "0.5"),
    ],
)
def test_what_else_the_form_asks_is_taken_from_the_link(link: dict[str, str], name: str, text: str | None) -> None:
    if name == "directions" and text is not None:
        above = np.count_nonzero(EIGENVALUES * 255**2 > 0.5)
        text = f"20 of {above}"
    assert meant(**link)[0].get(name) == text


def test_mnists_directions_are_counted_without_a_limit_of_latents() -> None:
    for link, directions in (({}, "23"), ({"factor": "1/2"}, "12"), ({"over_pixels": "mean"}, "0")):
        assert meant(latent_count="512", **link)[0]["directions"] == directions


@pytest.mark.parametrize(
    ("link", "beta", "words"),
    [
        ({"pixel_values": "binary"}, 1.0, "−ELBO itself: Bernoulli pixels."),
        ({}, 1.0, "images binarised at random"),
        ({"over_pixels": "mean", "kl_weight": "1/784"}, 1.0, "−ELBO itself"),
        ({"factor": "1/2"}, 2.0, "the β-objective with β = 2"),
        ({"over_pixels": "mean", "kl_weight": "0.05"}, 39.2, "the β-objective with β = 39.2: Bernoulli"),
    ],
)
def test_cross_entropy_means_bernoulli_pixels_and_a_beta(link: dict[str, str], beta: float, words: str) -> None:
    shown, headline = meant(data_term="cross-entropy", **link)
    variance, lost, _ = best_variance("digits-2-binary", beta)
    assert set(shown) == {"beta", "variance", "lost"}
    assert (number(shown["beta"]), number(shown["variance"])) == (about(beta), about(variance))
    assert number(shown["lost"]) == about(lost)
    assert words in headline


def test_decoded_at_the_mean_the_best_variance_is_one_whatever_the_weight() -> None:
    for weight in ("1", "0.001"):
        shown, headline = meant(decoded_at="mean", kl_weight=weight)
        assert shown["variance"] == "1"
        assert "no model has this loss as its ELBO" in headline


def test_a_learned_noise_is_that_of_the_linear_model() -> None:
    shown, _ = meant(data_term="learned noise", latent_count="32")
    noise = float(vaecore.load("digits-linear-32").likelihood.variance)
    assert (number(shown["beta"]), number(shown["noise"])) == (1, about(noise))
    assert shown["directions"] == f"32 of {np.count_nonzero(noise < EIGENVALUES)}"


# Moves the slider as a program does and reads the element after the next frame, before anything is committed.
MOVE_AND_READ = """async (stop) => {
    const board = document.querySelector(".loss"), range = board.querySelector("input[type=range]");
    range.value = stop;
    range.dispatchEvent(new Event("input"));
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const level = board.querySelector(".over .level"), best = board.querySelector(".over .best");
    const tiles = [...board.querySelectorAll("[data-quantity]")].map((cell) => [cell.dataset.quantity, cell.textContent]);
    return { weight: board.dataset.weight, y: Number(level.getAttribute("y1")), x: Number(best.getAttribute("cx")),
        tiles: Object.fromEntries(tiles) };
}"""


def test_the_slider_moves_everything_and_nothing_is_drawn_anew(open_: Open) -> None:
    opened = open_()
    opened.page.evaluate("window.kept = [...document.querySelectorAll('.loss .plot, .loss .main-svg, .loss')]")
    places = []
    for stop in (70, 100, 120, 140, 165):
        read = opened.page.evaluate(MOVE_AND_READ, stop)
        assert_squares(read["tiles"], 0.5 * float(read["weight"]))
        places.append((read["y"], read["x"]))
    # A heavier KL: the water rises, the best variance moves to the right.
    assert all(after[0] < before[0] and after[1] > before[1] for before, after in itertools.pairwise(places))
    opened.page.locator(".loss input[type=range]").dispatch_event("change")
    weight = opened.page.locator(".loss").get_attribute("data-weight")
    opened.wait_for_link(kl_weight=weight)
    opened.settle()
    assert opened.page.evaluate("window.kept.every((node) => node.isConnected)")
    code = opened.page.locator("code", has_text="loss = data").inner_text()
    assert f"loss = data + {weight} * kl" in code


def test_keys_commit_once_they_rest_and_a_cold_link_shows_the_same(open_: Open) -> None:
    opened = open_()
    slider = opened.page.get_by_role("slider", name="KL weight")
    assert slider.get_attribute("aria-valuetext") == "1"
    for _ in range(3):
        slider.press("ArrowLeft")
    weight = "0.708"
    opened.page.wait_for_selector(f'.loss[data-weight="{weight}"]')
    opened.wait_for_link(kl_weight=weight)
    again = open_(f"?kl_weight={weight}")
    assert tiles(again) == tiles(opened)
    assert again.page.locator(".loss").get_attribute("data-weight") == weight
    slider.press("End")
    opened.wait_for_link(kl_weight="1000")
    heard = opened.page.locator('.loss [role="status"]')
    heard.get_by_text(re.compile("collapse")).wait_for(state="attached")
    assert "σₓ² = 500" in (heard.text_content() or "")


def test_a_typed_weight_is_a_stop_of_its_own_and_a_wrong_one_is_named(open_: Open) -> None:
    opened = open_("?over_pixels=mean")
    exact = opened.page.locator(".loss .exact")
    exact.fill("0.001276")
    exact.press("Enter")
    opened.page.wait_for_selector('.loss[data-weight="0.001276"]')
    opened.wait_for_link(kl_weight="0.001276")
    assert_squares(tiles(opened), 392 * 0.001276)
    exact.fill("-3")
    exact.press("Enter")
    assert (
        opened.page.locator(".loss .refusal").inner_text()
        == "The KL weight must be a number or a fraction from 1e-06 to 1000."
    )
    assert opened.page.locator(".loss").get_attribute("data-weight") == "0.001276"


def test_what_a_word_means_stands_where_the_word_is(open_: Open) -> None:
    opened = open_()
    tip = opened.page.locator(".loss > .tip")
    assert opened.page.locator(".water .panel-title b").text_content() == "MNIST’s spectrum"
    said = {}
    for term in ("spectrum", "linear", "water", "directions"):
        opened.page.locator(f'.loss [data-term="{term}"]').hover()
        tip.wait_for()
        said[term] = tip.text_content()
        opened.page.mouse.move(2, 2)
        tip.wait_for(state="hidden")
    assert "principal direction" in said["spectrum"] and "decoder is linear" in said["linear"]
    assert "water level is β·σₓ²" in said["water"] and "more than the water level" in said["directions"]
    assert len(set(said.values())) == 4


def test_a_form_from_the_list_sets_the_switches_and_the_link(open_: Open) -> None:
    opened = open_("?kl_weight=3")
    box = opened.page.locator(".st-key-loss_preset input")
    assert box.input_value() == "none of these" or opened.page.get_by_text("none of these").is_visible()
    for name, link in (
        ("½‖x − x̂‖² + KL", {"factor": "1/2"}),
        ("mean of (x − x̂)² over pixels + KL", {"over_pixels": "mean"}),
        ("‖x − x̂‖² + 0.1·KL", {"kl_weight": "0.1"}),
    ):
        opened.page.locator(".st-key-loss_preset").get_by_role("combobox").click()
        opened.page.get_by_role("option", name=name, exact=True).click()
        opened.wait_for_link(**link)
        opened.settle()
        assert opened.link().get("factor", "1") == link.get("factor", "1")
        assert opened.link().get("kl_weight", "1") == link.get("kl_weight", "1")
    opened.page.wait_for_selector('.loss[data-weight="0.1"]')
    assert_squares(tiles(opened), 0.05)


def test_a_bad_link_is_named_and_the_rest_is_kept(open_: Open) -> None:
    opened = open_("?over_pixels=median&factor=1/2&kl_weight=-1&nonsense=1")
    warning = opened.page.get_by_test_id("stAlert").inner_text()
    for sentence in (
        "over_pixels must be one of sum, mean; got median; using sum instead.",
        "kl_weight must be a number or a fraction from 1e-06 to 1000; got -1; using 1 instead.",
        "nonsense is not a parameter of this screen; got nonsense=1; it is ignored.",
    ):
        assert sentence in warning
    assert opened.link() == {"factor": "1/2"}
    assert_squares(tiles(opened), 1.0)


def test_another_screen_and_back_finds_the_form_again(open_: Open) -> None:
    opened = open_("?over_pixels=mean&latent_count=8")
    exact = opened.page.locator(".loss .exact")
    exact.fill("0.002")
    exact.press("Enter")
    opened.wait_for_link(kl_weight="0.002")
    opened.settle()
    opened.page.get_by_role("link", name="About the numbers").click()
    opened.page.get_by_text("How each number is computed").wait_for()
    opened.page.get_by_role("link", name="Your loss").click()
    opened.page.wait_for_selector(BOARD, timeout=PATIENCE)
    opened.wait_for_link(over_pixels="mean", kl_weight="0.002", latent_count="8")
    opened.settle()
    assert not opened.page.get_by_test_id("stAlert").is_visible()
    assert_squares(tiles(opened), 392 * 0.002, latents=8)


def test_a_pasted_log_is_read_in_nats_and_what_is_odd_is_said(open_: Open) -> None:
    opened = open_("?over_pixels=mean")
    opened.page.locator(LOG).fill("starting\nepoch 1 recon 0.035 kl 6.2\nepoch 2 recon 27.4 kl 0.01")
    opened.page.locator(LOG).press("Control+Enter")
    opened.page.wait_for_selector("table.log")
    rows = opened.page.eval_on_selector_all(
        "table.log tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent.replace('−', '-')))"
    )
    heads, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert heads == ["line", "squared error", "-reconstruction", "KL", "ELBO", "best σₓ²", "ELBO with it"]
    squares = 0.035 * 784
    cost = squares / (2 * 392) + 392 * math.log(2 * math.pi * 392)
    best = 392 * (1 + math.log(2 * math.pi * 0.035))
    expected = {"line": 2, "squared error": squares, "-reconstruction": cost, "KL": 6.2, "ELBO": -cost - 6.2,
                "best σₓ²": 0.035, "ELBO with it": -best - 6.2}  # fmt: skip
    assert {name: float(first[name]) for name in heads} == pytest.approx(expected, abs=0.0051)
    alerts = " ".join(opened.page.get_by_test_id("stAlert").all_inner_texts())
    assert "Line 3: The data term is larger than it would be if every pixel were painted mid-grey" in alerts
    assert "Line 3: KL is below 0.1 nat per image" in alerts
    assert "Line 1: expected a data term" in alerts


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_wider_than_the_window_and_nothing_leaves_the_host(open_: Open, size: tuple[int, int]) -> None:
    opened = open_("?" + quote("kl_weight=0.3&latent_count=5", safe="=&"), size=size)
    opened.page.locator(LOG).fill("recon 27.4 kl 6.2")
    opened.page.locator(LOG).press("Control+Enter")
    opened.page.wait_for_selector("table.log")
    widths = opened.page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert widths == [0, 0]
    if size == (1280, 720):
        # A projector shows form and meaning without scrolling.
        for selector in (".loss", ".st-key-batch_size"):
            box = opened.page.locator(selector).bounding_box()
            assert box is not None and box["y"] + box["height"] <= 720, selector
    probes = ("/loss/_stcore/health", "/loss/_stcore/host-config")
    assert [text for text in opened.complaints if not any(probe in text for probe in probes)] == []
    hosts = (opened.address + "/", opened.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(hosts)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_anyone(open_: Open, scheme: str) -> None:
    opened = open_("?over_pixels=mean", scheme=scheme)
    opened.page.locator(LOG).fill("recon 27.4 kl 6.2\nnothing")
    opened.page.locator(LOG).press("Control+Enter")
    opened.page.wait_for_selector("table.log")
    opened.settle()
    found = Axe().run(opened.page, context="[data-testid=stMain]").response["violations"]
    serious = [
        (finding["id"], [node["html"][:120] for node in finding["nodes"]])
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
    assert serious == []
