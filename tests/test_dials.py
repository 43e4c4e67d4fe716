"""The settings that are sliders: seen at work while they are dragged, and committed to the link where they are let go."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from pages.parts.tradeoff import payload
from pages.parts.tradeoff.answers import read
from tests import oracle_screen
from tests.visiting import PATIENCE, TABLE, Visit
from vaecore.evaluate import costs

Open = Callable[..., Visit]

# Puts a setting to a stop as a hand does that goes on holding it, and reads the table of numbers once it has changed.
DRAG = """async ([name, stop, quantity]) => {
    const range = document.querySelector(`[data-dial="${name}"] input[type=range]`);
    const cell = document.querySelector(`[data-quantity="${quantity}"]`), before = cell.dataset.value;
    range.dispatchEvent(new Event("pointerdown"));
    range.value = stop;
    range.dispatchEvent(new Event("input"));
    for (let frame = 0; cell.dataset.value === before; frame++) {
      if (frame > 1200) throw new Error(`the ${quantity} has not changed`);
      await new Promise(requestAnimationFrame);
    }
    const cells = [...document.querySelectorAll("[data-quantity]")];
    return Object.fromEntries(cells.map(({ dataset }) => [dataset.quantity, Number(dataset.value)]));
}"""


def dragged(opened: Visit, name: str, stop: int, quantity: str) -> dict[str, float]:
    return opened.page.evaluate(DRAG, [name, stop, quantity])


def let_go(opened: Visit, name: str) -> None:
    opened.page.locator(f'[data-dial="{name}"] input[type=range]').dispatch_event("pointerup")


def test_beta_is_weighed_while_it_is_dragged_and_written_where_it_is_let_go(visit: Open) -> None:
    opened = visit("?digit=3&q=hand&mean=-1.5 -3.2&variance=0.01")
    shown = dragged(opened, "beta", 9, "objective")
    assert shown["objective"] == pytest.approx(shown["reconstruction"] - 10 * shown["kl"], abs=1e-9)
    assert "beta" not in opened.link()
    assert opened.page.locator(".advice").inner_text() == ""  # the best q of this β is not known yet
    assert "best σ² for 10·KL + lost" in (opened.page.locator(".tradeoff .costs").text_content() or "")
    let_go(opened, "beta")
    opened.wait_for_link(beta="10")
    opened.wait_for(beta="10")
    expect(opened.page.locator(".advice")).to_contain_text("β = 10", timeout=PATIENCE)
    assert opened.numbers()["objective"] == pytest.approx(shown["objective"], abs=2e-3)
    assert opened.complaints == []


def test_the_variance_follows_beta_to_the_best_of_its_slider_if_that_is_asked_for(visit: Open) -> None:
    opened = visit("?digit=3&q=hand&mean=-1.5 -3.2&variance=0.01")
    opened.page.get_by_label("σ² follows β").check()
    dragged(opened, "beta", 9, "objective")
    let_go(opened, "beta")
    opened.wait_for_link(beta="10")
    opened.wait_for(beta="10")
    opened.wait_until_not(variance="0.01")
    swept = oracle_screen.along(opened.state(), read(opened.link()).q.path.variances)
    assert opened.numbers()["objective"] == pytest.approx(max(swept["reconstruction"] - 10 * swept["kl"]), abs=3e-3)


def test_an_answer_to_something_else_does_not_take_a_setting_out_of_the_hand(visit: Open) -> None:
    opened = visit("?digit=3&q=hand&mean=-1.5 -3.2&variance=0.01")
    shown = dragged(opened, "beta", 9, "objective")
    opened.page.locator('.units input[value="bits"]').dispatch_event("change")
    opened.wait_for_link(units="bits")
    opened.page.wait_for_timeout(300)  # in which its answer has come
    assert opened.numbers()["objective"] == shown["objective"]
    assert opened.page.locator('[data-dial="beta"] input[type=range]').input_value() == "9"
    let_go(opened, "beta")
    opened.wait_for_link(beta="10", units="bits")
    opened.wait_for(beta="10", units="bits")


def test_the_noise_and_the_data_point_move_the_numbers_while_they_are_dragged(visit: Open) -> None:
    opened = visit("?model=number&q=hand&mean=0.4&variance=0.5")
    low = opened.page.evaluate("document.querySelector('.tradeoff .plot')._fullLayout.yaxis.range[1]")
    for name, stop, value in (("x", 160, "3"), ("sigma_x", 45, "0.5")):
        shown = dragged(opened, name, stop, "evidence")
        expected = oracle_screen.at_rest(
            {**opened.link(), name: value} if name == "x" else {**opened.link(), "sigma_x": value}
        )
        for quantity in ("reconstruction", "kl", "elbo", "gap", "evidence"):
            assert shown[quantity] == pytest.approx(expected[quantity], abs=2e-3), (name, quantity)
        assert name not in opened.link()
        assert opened.page.evaluate("document.querySelector('.tradeoff .plot')._fullLayout.yaxis.range[1]") == low
        let_go(opened, name)
        opened.wait_for_link(**{name: value})
        opened.page.wait_for_selector(f'{TABLE}[data-{name}^="{value}"]', timeout=PATIENCE)
        opened.settle()
        drawn = "document.querySelector('.tradeoff .plot').data.find((trace) => trace.meta === 'cost_floor').y[0]"
        model, x, known = oracle_screen.bench(opened.link() | opened.state())
        floor = float(costs.best_code(model, x).log_likelihood) - float(known.value)
        assert opened.page.evaluate(drawn) == pytest.approx(floor, abs=2e-3)
        higher = opened.page.evaluate("document.querySelector('.tradeoff .plot')._fullLayout.yaxis.range[1]")
        assert higher != low  # the scale follows once it is let go
        low = higher


@pytest.mark.parametrize(
    ("name", "text", "sentence"), [("beta", "3", "β must be one of"), ("sigma_x", "7", "σₓ must be a number")]
)
def test_a_text_that_is_no_value_gets_a_sentence_and_the_old_one_comes_back(
    visit: Open, name: str, text: str, sentence: str
) -> None:
    opened = visit("?digit=3")
    field = opened.page.locator(f'[data-dial="{name}"] .exact')
    before = field.input_value()
    field.fill(text)
    field.press("Enter")
    assert (opened.page.locator(".instrument > .refusal").text_content() or "").startswith(sentence)
    assert field.input_value() == before
    assert name not in opened.link()


@pytest.mark.parametrize(
    "link", [{"model": "digits-2", "digit": "3"}, {"model": "humps", "x": "2"}, {"model": "digits-linear-8"}]
)
def test_a_sweep_brings_log_p_and_the_best_reconstruction_of_its_own_noise(link: dict[str, str]) -> None:
    link = {**link, "sigma_x": "0.4"}
    model, x, known = oracle_screen.bench(link)
    fixed = payload.sweep(read(link))["fixed"]
    assert fixed["evidence"] == pytest.approx(float(known.value), abs=2e-3)
    assert fixed["bestReconstruction"] == pytest.approx(float(costs.best_code(model, x).log_likelihood), abs=2e-3)
