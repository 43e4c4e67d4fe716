"""The upper half of the Trade-off screen: the identity, what it lights up, the plane's layers, and what the images cost."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from pages.parts.state.parameters import GRID
from tests import oracle_screen
from tests.visiting import PATIENCE, Visit
from vaecore.evaluate import costs

Open = Callable[..., Visit]


def identity(opened: Visit) -> dict[str, str]:
    """What the line prints, by the name of the term, with a plain minus sign."""
    texts = opened.page.eval_on_selector_all(
        ".identity .term", "terms => Object.fromEntries(terms.map(t => [t.dataset.term, t.querySelector('b').textContent]))"
    )
    return {name: text.replace("−", "-") for name, text in texts.items()}


@pytest.mark.parametrize("path", ["?digit=3", "?model=digits-16&units=bits", "?model=number&q=hand&mean=1&variance=0.01"])
def test_the_identity_follows_q_and_adds_up_as_it_is_printed(visit: Open, path: str) -> None:
    opened = visit(path)
    for stop in (None, 40, 170, 5):
        if stop is not None:
            # As under a hand: nothing is committed yet.
            opened.slider("variance").evaluate(
                "(range, stop) => { range.value = stop; range.dispatchEvent(new Event('input')) }", stop
            )
            opened.wait_for(stop=str(stop))
        printed, table = identity(opened), opened.numbers()
        bounds = {name for name, text in printed.items() if text.startswith("≥\u00a0")}
        assert bounds == ({"evidence", "gap"} if "digits-16" in path else set())
        number = {name: Decimal(text.removeprefix("≥\u00a0")) for name, text in printed.items()}
        assert number["elbo"] == number["reconstruction"] - number["kl"]
        assert number["evidence"] == number["elbo"] + number["gap"]
        for name in ("evidence", "reconstruction", "kl"):
            assert abs(float(number[name]) - table[name]) <= 0.0051, name
        assert abs(float(number["elbo"]) - table["elbo"]) <= 0.0101


def test_a_term_lights_its_panels_and_a_panel_its_terms(visit: Open) -> None:
    page = visit("?digit=3").page
    lit = "() => [...document.querySelectorAll('.instrument .lit')].map(n => n.dataset.term ?? n.className.split(' ')[1])"
    assert page.evaluate(lit) == []
    for term, panels in {
        "kl": {"latents"},
        "reconstruction": {"images"},
        "gap": {"latents", "books"},
        "elbo": {"numbers"},
    }.items():
        page.locator(f'.identity [data-term="{term}"]').focus()
        assert set(page.evaluate(lit)) == {term, *panels}
        page.evaluate("document.activeElement.blur()")
        assert page.evaluate(lit) == []
    page.locator(".panel.images .panel-title b").hover()
    assert page.evaluate(lit) == ["reconstruction"]
    page.locator(".panel.images canvas").hover()
    assert page.evaluate(lit) == [], "whoever looks at a panel asks for no term"
    page.locator(".identity [data-term='evidence']").hover()
    assert set(page.evaluate(lit)) == {"evidence", "books"}


def test_nothing_gives_the_answer_away_before_a_guess_is_revealed(visit: Open) -> None:
    opened = visit("?digit=3&q=hand&mean=0.5 0.5&variance=0.1&predict=true")
    printed = identity(opened)
    assert {name for name, text in printed.items() if text != "?"} == {"kl"}
    assert opened.page.locator(".advice").inner_text() == ""
    assert "costs" not in (opened.page.locator(".images canvas").get_attribute("aria-label") or "")
    for source in ("encoder", "best"):
        assert opened.page.locator(f'button[data-q="{source}"]').is_disabled()
    opened.page.locator('[data-act="predict"]').click()
    expect(opened.page.locator(".advice")).to_contain_text("of gap vanish when you", timeout=PATIENCE)
    assert visit("?challenge=tight&digit=3").page.locator(".advice").inner_text() == ""


BRIGHTNESS_OF_SPREAD = """canvas => {
    const side = Math.floor(canvas.width / 4), pen = canvas.getContext("2d");
    const { data } = pen.getImageData(canvas.width - side, 0, side, side);
    return data.reduce((sum, value, i) => sum + (i % 4 ? 0 : value), 0) / (side * side); }"""


def test_what_the_error_and_the_spread_cost_stands_under_them(visit: Open) -> None:
    opened = visit("?digit=7&q=hand&mean=1.2 1.6&variance=0.02")
    model, x, _ = oracle_screen.bench(opened.state())
    mean, _ = oracle_screen.q_of(opened.state())
    likelihood = float(model.likelihood.log_prob(x, model.decoder.double()(mean)))
    model.decoder.float()
    label = opened.page.locator(".images canvas").get_attribute("aria-label") or ""
    cost = re.search(r"spread of the samples \(it costs ([\d.]+) nats\)", label)
    assert cost is not None, label
    assert float(cost[1]) == pytest.approx(likelihood - opened.numbers()["reconstruction"], abs=0.01)
    misplaced = re.search(r"its error \(it costs ([\d.]+) nats more than that of the best z\)", label)
    assert misplaced is not None, label
    model, x, _ = oracle_screen.bench(opened.link() | opened.state())
    best = float(costs.best_code(model, x).log_likelihood)
    assert float(misplaced[1]) == pytest.approx(best - likelihood, abs=0.01)
    # The spread is drawn on one scale for every q: a seventh of the deviation is seen to be less.
    canvas = opened.page.locator(".images canvas")
    wide = canvas.evaluate(BRIGHTNESS_OF_SPREAD)
    opened.put("variance", "all", min(range(len(GRID)), key=lambda stop: abs(GRID[stop] - 0.0004)))
    opened.let_go()
    assert wide > 1.7 * canvas.evaluate(BRIGHTNESS_OF_SPREAD) > 5


def test_test_digits_are_a_layer_of_the_plane_that_is_asked_for_when_it_is_switched_on(visit: Open) -> None:
    opened = visit("?digit=3")
    page, button = opened.page, opened.page.locator('[data-act="codes"]')
    drawn = "document.querySelector('canvas.under').toDataURL()"
    page.wait_for_function("() => performance.getEntriesByType('resource').some(e => e.name.includes('manifold.png'))")
    page.wait_for_timeout(300)
    without = page.evaluate(drawn)
    assert not any("codes.json" in url for url in opened.requests)
    button.click()
    page.wait_for_function(f"without => {drawn} !== without", arg=without, timeout=PATIENCE)
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    page.wait_for_function(f"without => {drawn} === without", arg=without, timeout=PATIENCE)
    assert [url for url in opened.requests if "codes.json" in url] == [f"{opened.address}/play/codes.json?model=digits-2"]
    assert not visit("?model=humps").page.locator('[data-act="codes"]').is_visible()


def test_another_kind_of_variance_slider_compares_no_variance_with_a_multiple(visit: Open) -> None:
    opened = visit("?digit=3")
    opened.put("variance", "all", 120)
    opened.let_go()
    assert (opened.page.locator('[data-panel="sentence"]').text_content() or "").startswith("σ² ")
    opened.page.locator('[data-control="move"]').select_option("encoder")
    opened.wait_for_link(move="encoder")
    opened.settle()
    assert opened.page.locator('[data-panel="sentence"]').text_content() == ""


def test_a_q_that_is_too_narrow_for_the_line_says_how_high_it_is(visit: Open) -> None:
    opened = visit("?model=humps")
    peak = opened.page.locator(".latents .over .peak")
    assert peak.text_content() == ""  # the best q is seen whole
    opened.put("variance", "all", 0)
    opened.let_go()
    expect(peak).to_contain_text("q’s peak: 40")  # 1 / √(2π · 0.0001) = 39.9


@pytest.mark.parametrize("path", ["", "tradeoff?digit=3"])
def test_the_navigation_marks_the_screen_at_either_of_its_addresses(visit: Open, path: str) -> None:
    link = visit(path).page.get_by_role("link", name="Trade-off")
    assert link.count() == 1
    assert link.get_attribute("aria-current") == "page"
