"""The instrument in a real browser: moved by pointer, finger, key and text, and judged by vaecore called directly."""

import io
import json
import math
import random
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, WebSocketRoute, expect

import vaecore
from pages.parts.state.parameters import GRID
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff.model_titles import TITLES
from pages.parts.web.assets import ADDRESS
from tests import oracle_screen
from tests.visiting import PATIENCE, TABLE, Visit
from vaecore.evaluate import costs

Open = Callable[..., Visit]

LATENTS = {name: vaecore.load(name).latent_dim for name in vaecore.names()}
HALF_A_DIGIT = 0.0005 + 1e-6
# Two digits are printed; ELBO, objective and gap are sums of two and three rounded numbers, so that what is printed adds up.
ROUNDED = {"elbo": 0.01, "objective": 0.01, "gap": 0.015, "residual": HALF_A_DIGIT}
PLACE = "?q=hand&mean=0.3 -0.2&variance=0.1"

# Moves a slider as a program does, and reads the table after the next frame, before anything is committed.
MOVE_AND_READ = """async ([slider, value, table]) => {
    const range = document.querySelector(slider);
    range.value = value;
    range.dispatchEvent(new Event("input"));
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const read = (part) => Object.fromEntries([...document.querySelectorAll("[data-quantity]")].map(
        (cell) => [cell.dataset.quantity, part(cell)]));
    const printed = read((cell) => cell.textContent.replace("−", "-"));
    return { state: { ...document.querySelector(table).dataset }, printed, numbers: read((cell) => cell.dataset.value) };
}"""


def random_link(name: str, rng: random.Random) -> dict[str, str]:
    """A link with q anywhere on some bench of this model."""
    latents = LATENTS[name]
    link = {
        "model": name,
        "q": "hand",
        "mean": " ".join(f"{rng.gauss(0, 1):.5g}" for _ in range(latents)),
        "variance": " ".join(f"{math.exp(rng.uniform(math.log(1e-4), math.log(4))):.6g}" for _ in range(latents)),
        "units": rng.choice(("nats", "bits")),
        "beta": rng.choice(("0.5", "1", "2")),
    }
    if name in ("number", "humps"):
        link |= {"x": repr(round(rng.uniform(-4, 4), 2)), "sigma_x": f"{rng.uniform(0.2, 0.9):.3g}"}
        return link | ({"w": repr(round(rng.uniform(-2, 2), 2)), "b": "-0.35"} if name == "number" else {})
    link |= {"digit": str(rng.randrange(10)), "example": str(rng.randint(1, 25))}
    return link if name == "digits-2-binary" or rng.random() < 0.5 else link | {"sigma_x": f"{rng.uniform(0.15, 0.9):.3g}"}


def written(link: dict[str, str]) -> str:
    """The link as an address."""
    return "?" + "&".join(f"{name}={text}" for name, text in link.items())


def assert_printed(printed: dict[str, str], numbers: Mapping[str, Any], expected: dict[str, float]) -> None:
    """Every expected quantity stands on the screen as it is rounded there, and behind it to 0.001 nat.

    The gap is printed as a difference; behind it stands the gap that was computed by itself, which with many latents is
    another estimate.
    """
    for name, value in expected.items():
        there = max(expected["evidence"] - expected["elbo"], 0) if name == "gap" else value
        assert float(printed[name]) == pytest.approx(there, abs=ROUNDED.get(name, 0.005) + 1e-6 + HALF_A_DIGIT), name
        assert float(numbers[name]) == pytest.approx(value, abs=HALF_A_DIGIT), name


def path_of(state: dict[str, str], move: str, dimension: int = 0) -> SweepPath:
    """The path on which the slider moves q."""
    encoder = None
    if oracle_screen.pretrained(state["model"]).encoder is not None:
        encoder = tuple(oracle_screen.encoder_q(state).variance[0].float().tolist())
    variance = oracle_screen.q_of(state)[1][0].tolist()
    return SweepPath.along(SliderMode(move), tuple(variance), dimension, encoder)


def expected_on(path: SweepPath, state: dict[str, str]) -> dict[str, float]:
    """What the core says for the q of the table, which is a step of the path."""
    step = path.passes(tuple(oracle_screen.q_of(state)[1][0].tolist()))
    assert step is not None, state
    return {name: float(column[step]) for name, column in oracle_screen.along(state, path.variances).items()}


def assert_numbers(visit: Visit) -> None:
    """What a resting screen prints is what the core says for the q in its table."""
    assert_printed(visit.printed(), visit.numbers(), oracle_screen.at_rest(visit.link() | visit.state()))


# ---- the numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", vaecore.names())
def test_any_link_and_any_stop_show_the_last_digit_of_the_core(visit: Open, name: str) -> None:
    rng = random.Random(name)
    opened = None
    for turn in range(3):
        link = random_link(name, rng)
        address = written(link | ({"move": "all"} if turn == 2 else {}))
        if opened is None:
            opened = visit(address)
        else:
            opened.go(address)
            opened.wait_for(mean=link["mean"], variance=link["variance"])
        assert {name: opened.state()[name] for name in link} == link
        assert_numbers(opened)
    assert opened is not None
    path = path_of(opened.state(), "all")
    for _ in range(14):
        stop = rng.randrange(int(opened.state()["stops"]))
        read = opened.page.evaluate(MOVE_AND_READ, ["#elbo-room-variance-all", stop, TABLE])
        assert int(read["state"]["stop"]) == stop
        if read["state"]["variance"] != link["variance"]:
            assert_printed(read["printed"], read["numbers"], expected_on(path, read["state"]))
    assert opened.complaints == []


@pytest.mark.parametrize("name", ["digits-2", "digits-16", "digits-linear-8"])
def test_multiples_of_the_encoders_variances_show_the_last_digit_of_the_core(visit: Open, name: str) -> None:
    opened = visit(f"?model={name}&move=encoder&digit=3")
    path = path_of(opened.state(), "encoder")
    rng = random.Random(1)
    for _ in range(6):
        stop = rng.randrange(int(opened.state()["stops"]))
        read = opened.page.evaluate(MOVE_AND_READ, ["#elbo-room-variance-all", stop, TABLE])
        assert_printed(read["printed"], read["numbers"], expected_on(path, read["state"]))
    opened.let_go()
    assert_numbers(opened)


def test_one_dimension_moves_alone_and_the_other_slider_takes_over(visit: Open) -> None:
    opened = visit(f"{PLACE} 0.02&move=each")
    opened.press("variance", 0, "ArrowRight")
    opened.let_go()
    step = f"{GRID[GRID.index(float(np.float32(0.1))) + 1]:.3g}"
    assert opened.state()["variance"] == f"{step} 0.02"
    assert_numbers(opened)
    opened.put("variance", 1, 100)
    opened.wait_for_link(dimension="2")
    opened.let_go()
    assert opened.state()["variance"] == f"{step} {GRID[100]:.3g}"
    assert_numbers(opened)
    assert int(opened.slider("variance", 0).input_value()) == GRID.index(float(np.float32(step)))


@pytest.mark.parametrize("name", ["digits-16", "digits-linear-8"])
def test_many_latents_are_moved_one_at_a_time(visit: Open, name: str) -> None:
    opened = visit(f"?model={name}&q=prior&move=each")
    opened.page.select_option('[data-control="dimension"]', label="3")
    opened.wait_for_link(dimension="3")
    opened.page.wait_for_selector("#elbo-room-mean-2")
    opened.settle()
    opened.put("mean", 2, 1.5)
    opened.let_go()
    opened.put("variance", 2, 100)
    opened.let_go()
    latents = LATENTS[name]
    others = ["0"] * latents
    assert opened.state()["mean"].split() == [*others[:2], "1.5", *others[3:]]
    assert opened.state()["variance"].split() == ["1", "1", f"{GRID[100]:.3g}", *["1"] * (latents - 3)]
    assert_numbers(opened)


def test_a_bar_of_a_dimension_chooses_it(visit: Open) -> None:
    opened = visit("?model=digits-linear-8&move=each")
    bar = opened.page.locator(".latents .over rect.of-variance").nth(4).bounding_box()
    assert bar is not None
    opened.page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] - 3)
    opened.wait_for_link(dimension="5")
    opened.page.wait_for_selector("#elbo-room-mean-4")


@pytest.mark.parametrize(("move", "knob"), [("each", "0"), ("encoder", "all")])
def test_what_the_slider_moves_can_be_chosen_and_q_stays(visit: Open, move: str, knob: str) -> None:
    opened = visit(PLACE)
    before = opened.state()
    opened.page.select_option('[data-control="move"]', move)
    opened.wait_for_link(move=move)
    opened.page.wait_for_selector(f"#elbo-room-variance-{knob}")
    opened.settle()
    after = opened.state()
    assert {name: after[name] for name in ("mean", "variance")} == {name: before[name] for name in ("mean", "variance")}
    assert_numbers(opened)


# ---- moving σ² -------------------------------------------------------------------------------------------------------


def test_keys_move_the_variance_by_steps_leaps_and_to_the_ends(visit: Open) -> None:
    opened = visit(PLACE)
    start = GRID.index(float(np.float32(0.1)))
    for key, stop in (
        ("ArrowRight", start + 1), ("ArrowUp", start + 2), ("ArrowLeft", start + 1), ("ArrowDown", start), ("Home", 0),
        ("PageUp", 24), ("PageDown", 0), ("End", 240),
    ):  # fmt: skip
        opened.press("variance", "all", key)
        opened.page.wait_for_selector(f'{TABLE}[data-stop="{stop}"]')
    opened.let_go()
    assert opened.link()["variance"] == "4"
    assert_numbers(opened)


def test_quick_presses_of_a_key_all_count(visit: Open) -> None:
    opened = visit(PLACE)
    opened.press("variance", "all", *["ArrowLeft"] * 25)
    opened.press("mean", 0, *["ArrowRight"] * 25)
    opened.press("mean", 1, *["PageDown"] * 2, "ArrowUp")
    opened.let_go()
    state = opened.state()
    assert state["variance"] == f"{GRID[GRID.index(float(np.float32(0.1))) - 25]:.3g}"
    assert state["mean"] == "0.55 -0.69"
    assert_numbers(opened)


def middle(visit: Visit, selector: str, part: float = 0.5) -> tuple[float, float]:
    """A point of an element on the screen, `part` of the way from left to right."""
    box = visit.page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + part * box["width"], box["y"] + box["height"] / 2


def thumb(visit: Visit, selector: str) -> tuple[float, float]:
    """Where the knob of a range is."""
    x, y, width = visit.page.eval_on_selector(
        selector,
        """range => { const box = range.getBoundingClientRect(), part = (range.value - range.min) / (range.max - range.min);
                      return [box.left + 11 + part * (box.width - 22), box.top + box.height / 2, box.width] }""",
    )
    assert width > 0
    return x, y


def test_a_pointer_drags_the_variance_and_only_its_release_is_written(visit: Open) -> None:
    opened = visit(PLACE)
    x, y = thumb(opened, "#elbo-room-variance-all")
    mouse = opened.page.mouse
    mouse.move(x, y)
    mouse.down()
    seen = set()
    for step in range(1, 41):
        mouse.move(x - 4 * step, y)
        seen.add(opened.state()["stop"])
    assert len(seen) > 20
    assert opened.link()["variance"] == "0.1"
    mouse.up()
    opened.let_go()
    assert float(opened.link()["variance"]) < 0.05
    assert opened.page.locator('.chip[data-q="hand"]').get_attribute("class") == "chip chosen"
    assert_numbers(opened)


def swipe(page: Page, start: tuple[float, float], by: tuple[float, float], steps: int) -> None:
    """One finger put down, moved in even steps and lifted, as a touch screen reports it."""
    session = page.context.new_cdp_session(page)
    for step in range(steps + 1):
        point = {"x": start[0] + by[0] * step / steps, "y": start[1] + by[1] * step / steps}
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["projector", "phone"])
def test_a_finger_drags_the_variance(visit: Open, size: tuple[int, int]) -> None:
    opened = visit(PLACE, size=size, touch=True)
    opened.slider("variance").scroll_into_view_if_needed()
    x, y = thumb(opened, "#elbo-room-variance-all")
    before = int(opened.state()["stop"])
    swipe(opened.page, (x, y), (-75, 0), 15)
    opened.let_go()
    assert int(opened.state()["stop"]) < before - 10
    assert_numbers(opened)


# ---- moving the mean -------------------------------------------------------------------------------------------------


def centres(visit: Visit) -> list[tuple[float, float]]:
    """Where q's centre stands on the screen, in every view of the plane."""
    return visit.page.eval_on_selector_all(
        ".latents .over circle.centre",
        "all => all.map(c => { const box = c.getBoundingClientRect();"
        " return [box.left + box.width / 2, box.top + box.height / 2] })",
    )


@pytest.mark.parametrize("view", [0, 1], ids=["whole plane", "close up"])
def test_a_pointer_drags_the_mean_over_the_plane(visit: Open, view: int) -> None:
    opened = visit()
    encoder = opened.state()
    x, y = centres(opened)[view]
    mouse = opened.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 13):
        mouse.move(x - 2 * step, y + step)
    mouse.up()
    opened.let_go()
    state = opened.state()
    assert state["variance"] == encoder["variance"]
    assert all(a != b for a, b in zip(state["mean"].split(), encoder["mean"].split(), strict=True))
    there = centres(opened)[view]
    assert there == [pytest.approx(x - 24, abs=1.5), pytest.approx(y + 12, abs=1.5)]
    assert int(state["answers"]) >= 1
    assert_numbers(opened)


def test_a_finger_drags_the_mean_over_the_plane(visit: Open) -> None:
    opened = visit("?digit=3", touch=True)
    x, y = centres(opened)[0]
    swipe(opened.page, (x, y), (-24, 0), 8)
    opened.let_go()
    assert centres(opened)[0] == [pytest.approx(x - 24, abs=1.5), pytest.approx(y, abs=1.5)]
    assert_numbers(opened)


def test_a_pointer_drags_the_mean_along_the_line(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=0.5&variance=0.04")
    x, y = middle(opened, ".latents .over path.q.bell")
    mouse = opened.page.mouse
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 13):
        mouse.move(x - 5 * step, y)
    mouse.up()
    opened.let_go()
    assert float(opened.state()["mean"]) < 0.4
    assert middle(opened, ".latents .over path.q.bell")[0] == pytest.approx(x - 60, abs=2)
    assert_numbers(opened)


def test_arrow_keys_move_the_mean_on_the_plane(visit: Open) -> None:
    opened = visit(PLACE)
    opened.page.locator(".latents .chart").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        opened.page.keyboard.press(key)
    opened.let_go()
    first, second = (float(word) for word in opened.state()["mean"].split())
    assert first > 0.3
    assert second < -0.2
    assert_numbers(opened)


@pytest.mark.parametrize("name", ["digits-2", "digits-linear-2", "digits-16", "number"])
def test_keys_on_a_mean_slider_move_its_dimension_and_nothing_else(visit: Open, name: str) -> None:
    opened = visit(f"?model={name}&q=prior&move=all")
    opened.press("mean", 0, "ArrowRight", "ArrowRight", "PageUp", "ArrowLeft")
    opened.let_go()
    state = opened.state()
    assert state["mean"].split() == ["0.26", *["0"] * (LATENTS[name] - 1)]
    assert state["variance"] == "1"
    assert_numbers(opened)
    opened.press("mean", 0, "End")
    opened.let_go()
    assert opened.state()["mean"].split()[0] == "4"


def test_the_variance_moved_while_an_answer_to_the_mean_is_on_its_way_stays_moved(visit: Open) -> None:
    opened = visit(PLACE)
    opened.page.evaluate(
        """() => { const put = (id, value) => { const range = document.getElementById(id); range.value = value;
                                                range.dispatchEvent(new Event("input")) };
                   put("elbo-room-mean-0", 0.5); put("elbo-room-variance-all", 100) }"""
    )
    opened.let_go()
    opened.wait_for(mean="0.5 -0.2", variance=f"{GRID[100]:.3g}")
    assert_numbers(opened)


# ---- typed ------------------------------------------------------------------------------------------------------------


def type_exact(visit: Visit, kind: str, which: str | int, text: str) -> None:
    """Type into the field beside a slider."""
    field = visit.exact(kind, which)
    field.fill(text)
    field.press("Enter")


def test_what_is_typed_is_q_to_the_last_digit(visit: Open) -> None:
    opened = visit(PLACE)
    type_exact(opened, "mean", 1, "-1.2345678")
    opened.wait_for_link(mean="0.3 -1.2345678")
    opened.let_go()
    type_exact(opened, "variance", "all", "0.01234567")
    opened.wait_for_link(variance="0.01234567")
    opened.let_go()
    assert_printed(opened.printed(), opened.numbers(), oracle_screen.at_rest(opened.link()))
    type_exact(opened, "mean", 0, "−0,5")
    opened.wait_for_link(mean="-0.5 -1.2345678")
    opened.let_go()
    assert_numbers(opened)


NONSENSE = [
    ("mean", 0, "north"), ("mean", 0, "9"), ("mean", 1, ""), ("mean", 1, "-8.01"), ("mean", 0, "1e400"),
    ("variance", "all", "0"), ("variance", "all", "-1"), ("variance", "all", "4.1"), ("variance", "all", "0x"),
    ("variance", "all", "1e-9"),
]  # fmt: skip


def test_nonsense_gets_a_sentence_and_nothing_is_lost(visit: Open) -> None:
    opened = visit(PLACE)
    refusal = opened.page.locator('.instrument [role="alert"]')
    for kind, which, text in NONSENSE:
        before, state = opened.printed(), opened.state()
        type_exact(opened, kind, which, text)
        refusal.filter(has_text=f"{kind} must be a number from").wait_for()
        assert f"got {text or 'nothing'}" in refusal.inner_text()
        opened.page.wait_for_timeout(600)
        assert opened.printed() == before, text
        assert opened.state() == state, text
        assert {"mean": "0.3 -0.2", "variance": state["variance"], "q": "hand"}.items() <= opened.link().items()
        opened.press("variance", "all", "ArrowRight")
        opened.let_go()
        assert opened.state()["variance"] != state["variance"]
        assert refusal.inner_text() == "", text
        number = ["0.3", "-0.2"][int(which)] if kind == "mean" else opened.state()["variance"]
        shown = opened.exact(kind, which).input_value().replace("−", "-")
        assert float(shown) == pytest.approx(float(number), abs=1e-3), text


def test_a_multiple_that_q_cannot_have_gets_a_sentence_too(visit: Open) -> None:
    opened = visit("?model=digits-2&move=encoder&digit=3")
    before, state, said = opened.printed(), opened.state(), ""
    refusal = opened.page.locator('.instrument [role="alert"]')
    for text in ("0", "-1", "1e9"):
        type_exact(opened, "variance", "all", text)
        expect(refusal).not_to_have_text(said)
        expect(refusal).to_contain_text("must be")
        said = refusal.inner_text()
        opened.page.wait_for_timeout(600)
        assert opened.printed() == before, text
        assert {name: opened.state()[name] for name in ("mean", "variance")} == {
            name: state[name] for name in ("mean", "variance")
        }


# ---- the link ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits-2", "digits-16", "digits-linear-8", "humps", "number"])
def test_a_link_opened_by_another_visitor_shows_the_same_numbers_to_the_last_digit(visit: Open, name: str) -> None:
    first = visit(f"?model={name}&units=bits&beta=2")
    first.press("mean", 0, "ArrowRight")
    first.press("variance", "all", "ArrowLeft", "PageDown")
    first.let_go()
    second = visit(first.page.url)
    assert second.printed() == first.printed()
    kept = ("model", "q", "mean", "variance", "beta", "units", "stop", "stops")
    assert {name: second.state()[name] for name in kept} == {name: first.state()[name] for name in kept}


def test_a_reload_keeps_q_and_back_returns_to_the_one_before(visit: Open) -> None:
    opened = visit(PLACE)
    opened.press("variance", "all", "ArrowRight")
    opened.let_go()
    first, shown = opened.state(), opened.printed()
    opened.page.reload()
    opened.wait_for(mean=first["mean"], variance=first["variance"])
    assert opened.printed() == shown
    opened.press("variance", "all", "PageUp")
    opened.let_go()
    assert opened.state()["variance"] != first["variance"]
    opened.page.go_back()
    opened.wait_for(mean=first["mean"], variance=first["variance"])
    assert opened.printed() == shown
    opened.page.go_forward()
    opened.wait_until_not(variance=first["variance"])
    opened.let_go()


def test_the_buttons_give_the_encoders_answer_the_best_q_and_the_prior(visit: Open) -> None:
    opened = visit(f"{PLACE}&digit=3")
    model, x, _ = oracle_screen.bench(opened.state())
    encoder, best = oracle_screen.encoder_q(opened.state()), vaecore.best_gaussian(model, x)
    for name, q in (("encoder", encoder), ("best", best), ("prior", None)):
        opened.page.locator(f'button[data-q="{name}"]').click()
        opened.page.wait_for_function(
            "name => (new URLSearchParams(location.search).get('q') ?? 'encoder') === name", arg=name, timeout=PATIENCE
        )
        opened.wait_for(q=name)
        assert opened.page.locator(f'button[data-q="{name}"]').get_attribute("aria-pressed") == "true"
        mean, variance = ([0.0, 0.0], [1.0, 1.0]) if q is None else (q.mean[0].tolist(), q.variance[0].tolist())
        shown_mean, shown_variance = (part[0].tolist() for part in oracle_screen.q_of(opened.state()))
        assert shown_mean == pytest.approx(mean, rel=1e-6)
        assert shown_variance == pytest.approx(variance, rel=1e-6)
        assert_numbers(opened)
        assert not {"mean", "variance"} & {key for key, text in opened.link().items() if text}
    opened.press("variance", "all", "ArrowLeft")
    opened.let_go()
    assert opened.link()["mean"] == "0 0"


def test_the_hand_takes_over_where_q_was(visit: Open) -> None:
    opened = visit("?digit=3")
    before = opened.state()
    opened.press("mean", 0, "ArrowRight")
    opened.let_go()
    after = opened.state()
    assert after["variance"] == before["variance"]
    assert after["mean"].split()[1] == before["mean"].split()[1]
    assert after["q"] == opened.link()["q"] == "hand"


# ---- play, pin, predict -----------------------------------------------------------------------------------------------


def test_play_moves_the_variance_until_it_is_stopped_and_then_it_is_written(visit: Open) -> None:
    opened = visit(PLACE)
    play = opened.page.locator('[data-act="play"]')
    play.click()
    opened.page.wait_for_selector('[data-act="play"][aria-pressed="true"]', timeout=PATIENCE)
    stops = set()
    while len(stops) < 10:
        opened.page.wait_for_timeout(50)
        stops.add(opened.state()["stop"])
    assert opened.link()["variance"] == "0.1"
    play.click()
    opened.let_go()
    assert play.get_attribute("aria-pressed") == "false"
    assert_numbers(opened)


def test_a_hand_on_the_slider_stops_the_play(visit: Open) -> None:
    opened = visit(PLACE)
    opened.page.locator('[data-act="play"]').click()
    opened.page.wait_for_timeout(200)
    opened.put("variance", "all", 50)
    opened.let_go()
    assert opened.state()["stop"] == "50"
    assert opened.page.locator('[data-act="play"]').get_attribute("aria-pressed") == "false"


def differences(visit: Visit) -> dict[str, str]:
    """The column B − A of the table."""
    rows = visit.page.eval_on_selector_all(
        f"{TABLE} tbody tr",
        "rows => rows.map(row => [row.querySelector('[data-quantity]').dataset.quantity,"
        " row.querySelector('.against').textContent])",
    )
    return {name: text.replace("−", "-") for name, text in rows if text}


@pytest.mark.parametrize("name", ["digits-2", "digits-linear-8", "humps"])
def test_a_pin_keeps_a_and_the_table_shows_what_b_differs_by(visit: Open, name: str) -> None:
    opened = visit(f"?model={name}&beta=2&units=bits&move=all")
    a = opened.state()
    opened.page.locator('[data-act="pin"]').click()
    opened.wait_for_link(pin_mean=a["mean"], pin_variance=a["variance"])
    opened.settle()
    opened.press("variance", "all", "PageUp")
    opened.press("mean", 0, "PageUp")
    opened.let_go()
    worth_a, worth_b = oracle_screen.at_q(a), oracle_screen.at_q(opened.state())
    shown = differences(opened)
    assert {"reconstruction", "kl", "elbo", "objective", "gap"} <= set(shown)
    for quantity in ("reconstruction", "kl", "elbo", "objective"):
        # Both may err by the thousandth that is promised, and two digits are printed.
        assert float(shown[quantity]) == pytest.approx(worth_b[quantity] - worth_a[quantity], abs=0.008), quantity
    again = visit(opened.page.url)
    assert differences(again) == shown
    opened.page.locator('[data-act="pin"]').click()
    opened.page.wait_for_function("() => !new URLSearchParams(location.search).get('pin_mean')", timeout=PATIENCE)
    opened.settle()
    assert differences(opened) == {}


def test_a_prediction_hides_what_would_give_it_away_until_it_is_revealed(visit: Open) -> None:
    opened = visit(PLACE)
    predict = opened.page.locator('[data-act="predict"]')
    predict.click()
    opened.wait_for_link(predict="true")
    opened.settle()
    hidden = opened.printed()
    assert {name: hidden[name] for name in ("reconstruction", "elbo", "gap")} == dict.fromkeys(
        ("reconstruction", "elbo", "gap"), "?"
    )
    assert opened.page.locator(".veil").is_visible()
    curve = opened.page.locator(".tradeoff .scatterlayer").first
    assert curve.evaluate("layer => getComputedStyle(layer).visibility") == "hidden"
    opened.put("variance", "all", 150)
    opened.let_go()
    again = visit(opened.page.url)
    assert again.printed()["elbo"] == "?"
    path = path_of(opened.state(), "all")
    swept = oracle_screen.along(opened.state(), path.variances)["elbo"]
    predict.click()
    opened.page.wait_for_function(
        "() => !['true'].includes(new URLSearchParams(location.search).get('predict'))", timeout=PATIENCE
    )
    opened.settle()
    words = opened.page.locator('[data-panel="sentence"]').text_content()
    assert words is not None
    distance = re.search(r"loses ([\d.]+) nats against the best", words)
    assert distance is not None, words
    assert float(distance[1]) == pytest.approx(swept.max() - swept[150], abs=2 * ROUNDED["elbo"])  # of printed numbers
    # The largest value lies between steps of the slider, no further than half of one from the largest at a step.
    found, steps = re.search(r"σ² = ([\d.e-]+)\.$", words), np.log(GRID)
    assert found is not None, words
    assert abs(np.log(float(found[1])) - steps[int(swept.argmax())]) <= (steps[1] - steps[0]) / 2 + 0.005
    assert opened.page.locator('.instrument > .unseen[role="status"]').text_content() == words
    assert curve.evaluate("layer => getComputedStyle(layer).visibility") == "visible"
    assert opened.printed()["elbo"] != "?"


def test_other_noise_changes_the_samples_and_no_number(visit: Open) -> None:
    opened = visit("?q=prior")
    canvas = opened.page.locator(".images canvas")
    before, shown = canvas.evaluate("c => c.toDataURL()"), opened.printed()
    opened.page.locator('[data-act="noise"]').click()
    opened.wait_for_link(seed="1")
    opened.settle()
    opened.page.wait_for_function(
        "before => document.querySelector('.images canvas').toDataURL() !== before", arg=before, timeout=PATIENCE
    )
    assert opened.printed() == shown


def test_the_sentence_tells_what_the_last_move_did(visit: Open) -> None:
    opened = visit(PLACE)
    before = opened.numbers()
    opened.put("variance", "all", 200)
    opened.let_go()
    after = opened.numbers()
    words = opened.page.locator('[data-panel="sentence"]').text_content()
    assert words is not None
    assert words.startswith(f"σ² 0.1 → {GRID[200]:.3g}: reconstruction fell by ")
    for name in ("reconstruction", "kl", "elbo"):
        assert f"{abs(float(after[name]) - float(before[name])):.2f}" in words
    assert (opened.page.locator(".instrument .waiting").text_content() or "").startswith("Waiting for the server")
    assert opened.page.locator('.instrument > .unseen[role="status"]').text_content() == words


def test_the_view_of_the_sweep_can_be_chosen_and_is_in_the_link(visit: Open) -> None:
    opened = visit()
    for view in ("rate", "variance", "costs"):
        opened.page.locator(f'[data-view="{view}"]').click()
        opened.page.wait_for_function(
            "view => (new URLSearchParams(location.search).get('view') || 'costs') === view", arg=view, timeout=PATIENCE
        )
        opened.page.wait_for_selector(f'[data-view="{view}"][aria-selected="true"]')
        opened.settle()
        assert_numbers(opened)
    # Of the costs: the sum of two costs is no ELBO, and has not its colour; only what sets q has q's.
    colours = opened.page.evaluate(
        """() => { const colour = (part, name) => getComputedStyle(document.querySelector(`.instrument ${part}`))[name];
                   const of = (name) => {
                       const probe = document.createElement("i");
                       probe.style.color = `var(--${name})`;
                       document.querySelector(".instrument").append(probe);
                       return getComputedStyle(probe).color };
                   return [colour(".trace-cost .js-line", "stroke"), colour(".sentence", "color"), of("elbo")] }"""
    )
    assert colours[0] == colours[1] != colours[2]


def test_the_close_up_holds_q_and_the_best_q_wherever_q_is_let_go(visit: Open) -> None:
    opened = visit("?digit=3")  # the encoder's q is 20 of its standard deviations from the best one
    for mean in (None, 3.5):
        if mean is not None:
            opened.put("mean", 0, mean)
            opened.let_go()
            opened.page.wait_for_function(
                "() => document.querySelectorAll('.compass')[1].getAttribute('visibility') === 'hidden'"
            )
        names = opened.page.eval_on_selector_all(
            ".latents .flag.name", "all => all.map((name) => name.textContent).filter((name) => name)"
        )
        assert names == ["q", "best q"]
        frame = opened.page.locator(".latents rect.close-up").nth(1).bounding_box()
        mark = opened.page.locator(".latents .trace-close_x-thin-open .point").bounding_box()
        best = (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
        q = centres(opened)[1]
        assert math.dist(q, best) > 40
        for x, y in (q, best):
            assert frame["x"] + 5 < x < frame["x"] + frame["width"] - 5
            assert frame["y"] + 5 < y < frame["y"] + frame["height"] - 5


def test_another_model_draws_each_chart_once_and_the_close_up_stays_a_square(visit: Open) -> None:
    opened = visit("?model=digits-2-binary")  # its close-up is seven times as wide as that of the next
    opened.page.evaluate(
        """() => { window.drawn = [];
                   for (const plot of document.querySelectorAll(".instrument .plot")) {
                       plot.on("plotly_beforeplot", () => drawn.push(plot.closest(".panel").className)); } }"""
    )
    for model in ("digits-2", "digits-16", "digits-linear-2", "digits-2-binary"):
        opened.page.evaluate("drawn.length = 0")
        opened.page.get_by_label("Model", exact=True).select_option(label=TITLES[model])
        opened.wait_for(model=model)
        opened.page.evaluate("async () => { for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame) }")
        drawn = [name.split()[1] for name in opened.page.evaluate("drawn")]
        assert sorted(drawn) == ["latents", "tradeoff"], model
        if LATENTS[model] == 2:
            frame = opened.page.locator(".latents rect.close-up").nth(1).bounding_box()
            assert frame["width"] == pytest.approx(frame["height"], abs=1.5), model


# Moves the slider, and reads the bars of the chart of costs in pixels with the numbers in the table.
BARS = """async (stop) => {
    const range = document.querySelector("#elbo-room-variance-all");
    range.value = stop;
    range.dispatchEvent(new Event("input"));
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    const box = (part) => {
        const { y, height } = document.querySelector(`.costs .paid.${part}`);
        return [y.baseVal.value, height.baseVal.value];
    };
    const value = (name) => Number(document.querySelector(`[data-quantity=${name}]`).dataset.value);
    // The two bars beside it: their lengths, their upper ends on the screen, and the row where they stand.
    const bar = (name) => {
        const { y, bottom, height } = document.querySelector(`.bars rect.${name}`).getBoundingClientRect();
        return { y, bottom, height };
    };
    const bars = Object.fromEntries(["kl", "lost", "floor", "shape", "mean", "width"].map((name) => [name, bar(name)]));
    const shares = Object.fromEntries([...document.querySelectorAll(".shares tr:not([hidden])")].map(
        ({ cells }) => [cells[0].textContent, cells[1].textContent]));
    const labels = [...document.querySelectorAll(".bars text:not(.share)")].map((label) => label.textContent);
    const { bottom } = document.querySelector(".costs .paid.kl").getBoundingClientRect();
    // The two lines at the best σ²: their middle, and how far they go across and down.
    const slopes = () => ["kl", "lost"].map((name) => document.querySelector(`.costs .slope.${name}`))
        .filter((line) => line.getAttribute("visibility") !== "hidden")
        .map(({ x1, x2, y1, y2 }) => [x1, x2, y1, y2].map(({ baseVal }) => baseVal.value))
        .map(([x, toX, y, toY]) => ({ x: (x + toX) / 2, y: (y + toY) / 2, across: toX - x, down: toY - y }));
    const [, low, high] = document.querySelector(".costs .bracket").getAttribute("d").match(/,([-\\d.]+)H.*V([-\\d.]+)H/);
    const top = document.querySelector(".tradeoff .nsewdrag").y.baseVal.value;
    return { kl: box("kl"), lost: box("lost"), gap: low - high, top, slopes: slopes(),
             bars, shares, labels, bottom,
             nats: { kl: value("kl"), reconstruction: value("reconstruction"), gap: value("gap") } };
}"""


def assert_bars(seen: dict[str, Any], floor: float, link: str) -> None:
    """The bars beside the chart stand on its zero, have its scale, and what is printed in them adds up."""
    bars, (_, kl), (_, lost) = seen["bars"], seen["kl"], seen["lost"]
    assert bars["kl"]["bottom"] == pytest.approx(bars["floor"]["bottom"], abs=0.01)
    assert bars["kl"]["bottom"] == pytest.approx(seen["bottom"], abs=1)
    assert bars["kl"]["height"] + bars["lost"]["height"] == pytest.approx(kl + lost, abs=0.1)
    torn = any("↑" in label for label in seen["labels"])
    if not torn or bars["kl"]["height"] < 0.39 * (kl + lost):  # otherwise KL is torn too
        assert bars["kl"]["height"] == pytest.approx(kl, abs=0.1)
    parts = [bars[name]["height"] for name in ("shape", "mean", "width")]
    assert min(parts) >= 0
    assert bars["floor"]["height"] + sum(parts) == pytest.approx(kl + lost, abs=0.1)  # of equal length
    number = {}
    for name, label in zip(("KL", "lost", "floor", "gap"), seen["labels"], strict=True):
        # In a torn bar that is too narrow for the name stands the number alone.
        printed = re.fullmatch(rf"(?:{name} (?:[≥≤]\u00a0)?)?([\d.]+)(?: ↑)?", label)
        assert printed is not None and (label.startswith(name) or torn), label
        number[name] = Decimal(printed[1])
    assert number["KL"] + number["lost"] == number["floor"] + number["gap"]
    assert sum(Decimal(text.removeprefix("≥\u00a0")) for text in seen["shares"].values()) == number["gap"]
    assert float(number["floor"]) == pytest.approx(floor, abs=0.011 if "16" not in link else 0.1)
    cost = kl + lost
    if not torn:  # nothing leaves the panel
        scale = cost / float(number["KL"] + number["lost"])
        assert bars["floor"]["height"] == pytest.approx(scale * float(number["floor"]), abs=0.3 + 0.02 * scale)
        for name, part in zip(("shape", "mean", "width"), parts, strict=True):
            share = float(seen["shares"][name].removeprefix("≥\u00a0"))
            assert part == pytest.approx(scale * share, abs=0.3 + 0.04 * scale), name


@pytest.mark.parametrize(
    "link", ["?digit=7", "?digit=3", "?model=humps", "?model=number&q=prior", "?model=digits-linear-8", "?model=digits-16"]
)
def test_lengths_in_the_chart_of_costs_are_those_of_the_numbers_on_a_scale_that_holds_still(visit: Open, link: str) -> None:
    opened = visit(link)
    model, x, known = oracle_screen.bench(opened.link() | opened.state())
    best = float(costs.best_code(model, x).log_likelihood)
    opened.page.wait_for_selector(".shares tr:nth-child(2):not([hidden])", timeout=PATIENCE)
    per_pixel = set()
    for stop in range(0, 241, 8):
        seen = opened.page.evaluate(BARS, stop)
        (y, kl), (over, lost), nats = seen["kl"], seen["lost"], seen["nats"]
        assert over + lost == pytest.approx(y, abs=0.01)  # the one stands on the other
        assert_bars(seen, best - float(known.value), link)
        if over <= seen["top"] + 0.5:
            continue  # higher than the chart
        scale = (kl + lost) / (nats["kl"] + best - nats["reconstruction"])
        per_pixel.add(scale)
        assert kl == pytest.approx(scale * nats["kl"], abs=0.02)
        assert seen["gap"] == pytest.approx(scale * max(nats["gap"], 0), abs=0.02 + 0.1 * scale * ("16" in link))
        # At the lowest point one line rises as much as the other falls; towards a wide q it is the KL that falls.
        kl_line, lost_line = seen["slopes"]
        assert {name: kl_line[name] for name in ("x", "y", "across")} == pytest.approx(
            {name: lost_line[name] for name in ("x", "y", "across")}
        )
        assert kl_line["down"] == pytest.approx(-lost_line["down"])
        assert kl_line["down"] * kl_line["across"] > 0
    assert len(per_pixel) > 5
    assert max(per_pixel) == pytest.approx(min(per_pixel), rel=2e-3)
    right = opened.page.eval_on_selector_all(
        ".panel.books, .shares :is(th, td)", "all => all.map(node => node.getBoundingClientRect().right)"
    )
    assert max(right[1:]) <= right[0] + 1, "the table of shares stays inside its panel"


def test_where_the_encoder_costs_much_the_scale_can_be_that_of_the_floor(visit: Open) -> None:
    opened = visit("?digit=2&example=3&q=best")
    model, x, known = oracle_screen.bench(opened.link() | opened.state())
    best, zoom, scales = float(costs.best_code(model, x).log_likelihood), opened.page.locator('[data-act="zoom"]'), []
    for text in ("zoom in", "zoom out"):
        assert zoom.text_content() == text
        seen = opened.page.evaluate(BARS, 40)
        scales.append((seen["kl"][1] + seen["lost"][1]) / (seen["nats"]["kl"] + best - seen["nats"]["reconstruction"]))
        zoom.click()
    floor = best - float(known.value)
    encoder = best - float(vaecore.elbo(model, x, oracle_screen.encoder_q(opened.state())).elbo[0])
    assert scales[1] / scales[0] == pytest.approx(1.15 * encoder / (2.5 * floor), rel=5e-3)
    zoom.click()
    # Where the bar of the gap is torn, each of its shares has its name and its number.
    opened.page.locator('button[data-q="prior"]').click()
    opened.wait_for(q="prior")
    expect(opened.page.locator(".shares tr").nth(1)).to_have_text(re.compile(r"^width\d{3}"), timeout=PATIENCE)
    printed, names = (opened.page.locator(part).all_text_contents() for part in (".shares tr", ".bars text.share"))
    numbers = [re.search(r"[\d.]+", row) for row in printed[:2]]
    assert {f"{name}{number[0]}" for name, number in zip(("mean", "width"), numbers, strict=True) if number} <= set(names)
    assert all(numbers), (names, printed)
    opened.page.locator('[data-act="next"]').click()
    opened.wait_for(example="4")
    assert zoom.is_hidden() or zoom.text_content() == "zoom in", "another image begins with its whole scale"


# Moves the slider, and reads where the marker of the chart is, and where the slider lies.
MARKER = """async ([slider, stop]) => {
    const range = document.querySelector(slider);
    range.dispatchEvent(new Event("pointerdown")); // held: nothing is committed
    range.value = stop;
    range.dispatchEvent(new Event("input"));
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
    const { left, top, width, height } = range.getBoundingClientRect();
    const marker = document.querySelector(".tradeoff .over .now").getBoundingClientRect();
    return { left, top, width, height, marker: marker.left + marker.width / 2 };
}"""


@pytest.mark.parametrize(
    ("link", "size"),
    [("?digit=7", (1280, 720)), ("?digit=7&view=variance", (1920, 1080)), ("?model=digits-16&move=encoder", (390, 844))],
)
def test_the_thumb_stands_under_the_marker_of_the_chart(visit: Open, link: str, size: tuple[int, int]) -> None:
    opened = visit(link, size=size)
    opened.slider("variance").scroll_into_view_if_needed()
    colour = opened.page.eval_on_selector(".instrument", "root => getComputedStyle(root).getPropertyValue('--q')")
    wanted = np.array([int(colour.strip()[i : i + 2], 16) for i in (1, 3, 5)])
    if size == (1920, 1080):  # all type grows with the window, that of the charts too
        size_of = "part => parseFloat(getComputedStyle(document.querySelector(part)).fontSize)"
        assert opened.page.evaluate(size_of, "html") == pytest.approx(20)
        assert opened.page.evaluate(size_of, ".tradeoff .xtick text") == pytest.approx(15 * 1.25)
    stops = int(opened.state()["stops"])
    for stop in [*range(0, stops, stops // 9), stops - 1]:
        seen = opened.page.evaluate(MARKER, ["#elbo-room-variance-all", stop])
        # A row of pixels that meets the thumb, but not the track, which is lower.
        clip = {"x": seen["left"], "y": round(seen["top"] + seen["height"] / 2 - 7), "width": seen["width"], "height": 1}
        pixels = np.asarray(Image.open(io.BytesIO(opened.page.screenshot(clip=clip))).convert("RGB")).astype(int)[0]
        columns = (np.abs(pixels - wanted).max(-1) < 40).nonzero()[0]
        assert len(columns) > 3
        assert seen["left"] + (columns[0] + columns[-1] + 1) / 2 == pytest.approx(seen["marker"], abs=1), stop


# ---- one thing all the time -------------------------------------------------------------------------------------------

# Watches every frame: a chart without curves, a lost node or a table without numbers is a blank frame.
WATCH = """() => {
    const parts = ".instrument, .main-svg, .plot, canvas, svg.over, svg.bars, svg.forces, table, input[type=range]";
    const all = () => [...document.querySelectorAll(".instrument, .instrument :is(" + parts + ")")];
    const lines = () => document.querySelectorAll(".tradeoff .scatterlayer path.js-line").length;
    const known = all(), curves = lines();
    const watch = (window.watch = { replaced: 0, blank: 0, frames: 0, parts: known.length });
    new MutationObserver((changes) => {
        for (const { removedNodes } of changes) for (const node of removedNodes)
            if (node.nodeType === 1 && (node.matches(parts) || node.querySelector(parts))) watch.replaced++;
    }).observe(document.body, { childList: true, subtree: true });
    const frame = () => {
        watch.frames++;
        const numbers = [...document.querySelectorAll("[data-quantity=elbo], [data-quantity=kl]")];
        const whole = numbers.every((cell) => cell.dataset.value) && known.every((node) => node.isConnected);
        if (!whole || lines() < curves) watch.blank++;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def test_no_chart_is_replaced_and_no_frame_is_blank_in_two_hundred_movements(visit: Open) -> None:
    opened = visit("?digit=3")
    opened.page.evaluate(WATCH)
    mouse = opened.page.mouse
    x, y = thumb(opened, "#elbo-room-variance-all")
    mouse.move(x, y)
    mouse.down()
    for step in range(100):
        mouse.move(x + 150 * math.sin(step / 15), y)
    mouse.up()
    opened.let_go()
    x, y = centres(opened)[0]
    mouse.move(x, y)
    mouse.down()
    for step in range(100):
        mouse.move(x + 20 * math.sin(step / 9), y + 20 * math.cos(step / 9))
    mouse.up()
    opened.let_go()
    watched = opened.page.evaluate("() => window.watch")
    assert watched["parts"] >= 12
    assert watched["frames"] > 50
    assert (watched["replaced"], watched["blank"]) == (0, 0)
    assert int(opened.state()["answers"]) > 0


def test_another_digit_keeps_the_charts_that_there_are(visit: Open) -> None:
    opened = visit("?digit=3")
    opened.page.evaluate(WATCH)
    opened.page.get_by_role("radio", name="digit 4").check()
    opened.wait_for(digit="4")
    assert opened.page.evaluate("() => window.watch.replaced") == 0


def test_a_release_whose_answer_is_late_does_not_take_the_hand_back(visit: Open) -> None:
    opened = visit(PLACE)
    opened.page.evaluate(
        """selector => { const table = document.querySelector(selector);
                         window.stops = [];
                         new MutationObserver(() => stops.push(Number(table.dataset.stop)))
                             .observe(table, { attributes: true, attributeFilter: ["data-stop"] }) }""",
        TABLE,
    )
    for stop in (120, 130, 140, 150, 160, 170):
        opened.put("variance", "all", stop)
        opened.page.wait_for_timeout(40)
    opened.wait_for_link(variance=f"{GRID[170]:.3g}")
    opened.settle()
    stops = opened.page.evaluate("() => window.stops")
    assert stops == sorted(stops), "the slider went back on its own"
    assert opened.state()["stop"] == "170"


# ---- the connection ---------------------------------------------------------------------------------------------------


class Line:
    """The line to the server, which can be cut and mended."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.down = False
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("_stcore/stream|/play/stream"), self._socket)

    def _socket(self, socket: WebSocketRoute) -> None:
        # It cannot be closed here: Playwright's own loop runs this, and would wait for itself.
        self.sockets.append(socket)
        if not self.down:
            socket.connect_to_server()

    def cut(self) -> None:
        """Close every socket, and those that are opened afterwards at every `wait`."""
        self.down = True
        self._close()

    def wait(self, milliseconds: int) -> None:
        self.page.wait_for_timeout(milliseconds)
        if self.down:
            self._close()

    def mend(self) -> None:
        self._close()
        self.down = False

    def _close(self) -> None:
        sockets, self.sockets = self.sockets, []
        for socket in sockets:
            socket.close(code=1011)


@pytest.mark.parametrize("released", ["while the line is down", "when it is back"])
def test_a_hand_on_the_variance_survives_a_dropped_connection(visit: Open, released: str) -> None:
    lines: list[Line] = []
    opened = visit(PLACE, before=lambda page: lines.append(Line(page)))
    (line,) = lines
    x, y = thumb(opened, "#elbo-room-variance-all")
    mouse = opened.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 10, y)
    line.cut()
    seen = set()
    for step in range(1, 21):
        mouse.move(x - 10 - 5 * step, y)
        line.wait(50)
        seen.add(opened.state()["stop"])
    assert len(seen) > 15
    if released == "while the line is down":
        mouse.up()
        for _ in range(20):
            line.wait(50)
    line.mend()
    if released == "when it is back":
        opened.page.wait_for_timeout(3000)
        mouse.up()
    wanted = opened.state()["variance"]
    opened.wait_for_link(variance=wanted, q="hand")
    opened.wait_for(variance=wanted)
    assert_numbers(opened)


def test_a_hand_on_the_mean_survives_a_second_without_answers(visit: Open) -> None:
    lines: list[Line] = []
    opened = visit("?digit=3", before=lambda page: lines.append(Line(page)))
    (line,) = lines
    x, y = centres(opened)[0]
    mouse = opened.page.mouse
    mouse.move(x, y)
    mouse.down()
    line.cut()
    for step in range(1, 21):
        mouse.move(x - step, y)
        line.wait(50)
    assert centres(opened)[0][0] == pytest.approx(x - 20, abs=1.5)
    waiting, accuracy = opened.page.locator(".instrument .waiting"), opened.page.locator(".instrument .ledger .how").first
    waiting.wait_for(state="visible")
    assert not accuracy.is_visible(), "numbers of another q must not be called exact"
    line.mend()
    mouse.up()
    opened.wait_for_link(q="hand")
    opened.let_go()
    assert centres(opened)[0][0] == pytest.approx(x - 20, abs=1.5)
    assert_numbers(opened)
    waiting.wait_for(state="hidden")
    assert accuracy.is_visible()


# A line that answers at once; what waits for its turn is forgotten in the moment in which the first answer has come.
FORGETS = """async (address) => {
    window.WebSocket = class {
        constructor() { setTimeout(() => this.onopen()); }
        send() { setTimeout(() => this.onmessage({ data: "{}" })); }
        close() {}
    };
    const { Stream } = await import(`${address}/tradeoff/front/stream.js`), told = [];
    await new Promise((answered) => {
        const stream = new Stream((late) => { told.push(late); setTimeout(() => stream.forget()); });
        for (const question of ["first", "second"]) stream.ask({ question }, answered, () => {});
    });
    await new Promise((wake) => setTimeout(wake, 1000));
    return told;
}"""


def test_what_is_forgotten_before_it_was_asked_is_not_waited_for(scripts: Page) -> None:
    assert scripts.evaluate(FORGETS, ADDRESS) in ([False], [False, False])  # the second may have been asked already


def test_idle_sockets_are_closed_and_opened_again_when_q_moves(visit: Open) -> None:
    opened, closed = [], []

    def watch(page: Page) -> None:
        page.clock.install()
        page.on("websocket", lambda socket: opened.append(socket) if "/play/stream" in socket.url else None)

    seen = visit("?digit=3", before=watch)
    for socket in opened:
        socket.on("close", lambda gone: closed.append(gone))
    seen.page.clock.fast_forward(61_000)
    seen.page.wait_for_timeout(500)
    assert len(closed) == len(opened) == 2
    seen.press("mean", 0, "ArrowRight")
    seen.page.clock.fast_forward(1_000)  # the keys are committed after a pause
    seen.let_go()
    assert len(opened) > 2
    assert_numbers(seen)


# ---- for everyone -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_the_way_of_anyone(visit: Open, scheme: str) -> None:
    opened = visit(scheme=scheme)
    choose = opened.page.get_by_label("Model", exact=True).select_option
    for model in ("digits-2", "humps", "digits-16"):
        choose(label=TITLES[model])
        opened.wait_for(model=model)
        if model == "digits-16":
            opened.page.locator('[data-view="rate"]').click()
            opened.page.locator('[data-act="pin"]').click()
            opened.page.wait_for_function("() => new URLSearchParams(location.search).get('pin_mean')", timeout=PATIENCE)
            opened.settle()
        found = Axe().run(opened.page, context=".instrument").response["violations"]
        serious = [
            (finding["id"], [node["html"][:120] for node in finding["nodes"]])
            for finding in found
            if finding["impact"] in ("serious", "critical")
        ]
        assert serious == [], model


@pytest.mark.parametrize("path", ["", "?move=each&beta=5"])
def test_a_projector_shows_the_whole_instrument_without_scrolling(visit: Open, path: str) -> None:
    opened = visit(path, size=(1280, 720))
    outside = opened.page.evaluate(
        """() => [...document.querySelectorAll(".instrument, .instrument *")].filter((node) => {
               const box = node.getBoundingClientRect();
               const aside = node.closest(".unseen, dialog, defs, .over, .bars, .menu, .plot");
               const within = box.bottom <= innerHeight && box.right <= innerWidth && box.left >= 0 && box.top >= 0;
               return !aside && box.width && box.height && !within;
           }).map((node) => node.outerHTML.slice(0, 100))"""
    )
    assert outside == []
    scrolls = opened.page.evaluate(
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth])"
    )
    assert scrolls == [[0, 0], [0, 0]]


def test_every_control_can_be_reached_by_the_tab_key_and_has_a_name(visit: Open) -> None:
    opened = visit()
    opened.page.locator('.instrument button[data-q="encoder"]').focus()
    reached: list[Any] = []
    for _ in range(40):
        reached.append(
            opened.page.evaluate(
                """() => { const node = document.activeElement;
                           if (!node.closest(".instrument")) return null;
                           return node.dataset.q || node.dataset.act || node.dataset.control || node.dataset.view || node.id
                                  || node.getAttribute("aria-label") || node.textContent.trim() }"""
            )
        )
        opened.page.keyboard.press("Tab")
    assert {
        "encoder", "best", "prior", "play", "pin", "predict", "noise", "move", "Export", "elbo-room-variance-all",
        "elbo-room-mean-0", "elbo-room-mean-1", "costs",
    } <= set(reached)  # fmt: skip
    assert any("Mean of q" in name for name in reached if name)


def test_sliders_say_their_value_in_words(visit: Open) -> None:
    opened = visit(PLACE)
    assert opened.slider("variance").get_attribute("aria-valuetext") == "0.1"
    assert opened.slider("mean", 1).get_attribute("aria-valuetext") == "−0.200"


def test_moving_everything_leaves_the_console_clean_and_asks_no_other_host(visit: Open) -> None:
    opened = visit("?digit=3")
    opened.press("variance", "all", "PageUp")
    opened.press("mean", 0, "PageUp")
    opened.let_go()
    for act in ("pin", "noise", "predict", "predict"):
        opened.page.locator(f'[data-act="{act}"]').click()
        opened.page.wait_for_timeout(300)
        opened.settle()
    opened.page.locator("details.export summary").click()
    opened.page.locator('[data-act="snippet"]').click()
    opened.page.locator("dialog.snippet pre").filter(has_text="vaecore.elbo").wait_for()
    opened.page.keyboard.press("Escape")
    opened.page.get_by_role("radio", name="bits").check()
    opened.wait_for(units="bits")
    assert opened.complaints == []
    hosts = (opened.address + "/", opened.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(hosts)] == []


# ---- undo, redo, reset ------------------------------------------------------------------------------------------------


A_DRAG = """(range, stops) => {
    range.dispatchEvent(new PointerEvent("pointerdown"));
    for (const stop of stops) { range.value = stop; range.dispatchEvent(new Event("input")) }
    for (const kind of ["pointerup", "change"]) range.dispatchEvent(new Event(kind)) }"""


def test_undo_and_redo_go_from_one_committed_q_to_the_next(visit: Open) -> None:
    opened = visit(PLACE)
    undo, redo = (opened.page.locator(f'[data-act="{act}"]') for act in ("undo", "redo"))
    assert undo.is_disabled() and redo.is_disabled()
    places = [opened.state()["variance"]]
    for stop in (150, 90):
        opened.slider("variance").evaluate(A_DRAG, [stop + 20, stop + 10, stop])  # it is one step
        opened.let_go()
        places.append(opened.state()["variance"])
    undo.click()
    opened.wait_for(variance=places[1])
    opened.slider("variance").focus()
    opened.page.keyboard.press("Control+z")
    opened.wait_for(variance=places[0])
    assert_numbers(opened)
    assert undo.is_disabled()
    opened.page.keyboard.press("Control+Shift+Z")
    opened.wait_for(variance=places[1])
    opened.page.keyboard.press("Control+y")
    opened.wait_for(variance=places[2])
    assert redo.is_disabled()
    # Another image is a step like any other: q comes back with it.
    opened.page.locator('.digits input[value="5"]').check(force=True)
    opened.wait_for(digit="5")
    opened.let_go()
    undo.click()
    opened.wait_for(variance=places[2], digit="7")
    assert_numbers(opened)
    redo.click()
    opened.wait_for(digit="5")
    undo.click()
    opened.wait_for(digit="7")
    # A field of text has an undo of its own.
    opened.exact("variance").focus()
    opened.page.keyboard.press("Control+z")
    opened.page.wait_for_timeout(600)
    assert opened.state()["variance"] == places[2]
    # β and σₓ are part of what is set, brought back, and back again.
    for name, text in (("beta", "20"), ("sigma_x", "0.3")):
        field = opened.page.locator(f'[data-dial="{name}"] .exact')
        field.fill(text)
        field.press("Enter")
        opened.wait_for(**{name: text})
    opened.page.locator('[data-act="reset"]').click()
    opened.wait_for(q="encoder", beta="1")
    assert set(opened.link()) <= {"digit", "example"}
    undo.click()
    opened.wait_for(variance=places[2], beta="20", sigma_x="0.3")


def test_a_guess_does_not_start_where_sigma_has_followed_beta_to_the_best(visit: Open) -> None:
    opened = visit("?digit=7&beta=5")
    opened.page.locator(".follow input").check()
    opened.page.locator('[data-dial="beta"] input[type="range"]').press("ArrowRight")
    opened.wait_for(beta="10")
    opened.let_go()
    best = opened.numbers()["objective"]
    opened.page.locator('[data-act="predict"]').click()
    opened.page.wait_for_selector(".instrument.guessing")
    opened.let_go()
    assert float(opened.state()["variance"].split()[0]) == 1.0
    opened.page.locator('[data-act="predict"]').click()
    expect(opened.page.locator('[data-panel="sentence"]')).to_contain_text("against the best for β = 10", timeout=PATIENCE)
    assert opened.numbers()["objective"] < best - 1


GROUND = """veil => ({ opaque: !/rgba|\\//.test(getComputedStyle(veil).backgroundColor), wide: veil.offsetWidth,
    chart: veil.parentElement.offsetWidth })"""


def test_a_guess_is_asked_for_where_one_looks_and_its_words_have_a_ground(visit: Open) -> None:
    """On a phone x, the question, the latent plane and the slider are on the first screen, without a scroll."""
    link = "?digit=3&q=hand&mean=-1.8 -3.5&variance=0.5&predict=true"
    phone = visit(link, size=(390, 844), touch=True)
    asked = phone.page.locator(".instrument > .advice")
    expect(asked).to_have_text(re.compile("^Where on the slider is the ELBO largest"))
    for part in (asked, *(phone.page.locator(name) for name in ("canvas.x", ".latents .chart", ".slider.variance"))):
        box = part.first.bounding_box()
        assert part.first.is_visible() and box and box["y"] >= 0 and box["y"] + box["height"] <= 844
    projector = visit(link)
    expect(projector.page.locator(".instrument > .advice")).to_be_hidden()  # the chart asks
    ground = projector.page.locator(".veil").evaluate(GROUND)
    assert ground["opaque"] and 0 < ground["wide"] < 0.85 * ground["chart"]


def test_a_guess_starts_away_from_the_best_and_is_never_better_than_it(visit: Open) -> None:
    opened = visit("?q=best&digit=2&predict=true")
    opened.wait_for(q="hand")
    path = path_of(opened.state(), "all")
    swept = oracle_screen.along(opened.state(), path.variances)["elbo"]
    assert swept.max() - swept[int(opened.state()["stop"])] > 10
    assert not re.search(r"objective is largest", opened.page.locator(".instrument").inner_text())
    assert opened.page.locator(".tradeoff .twin").evaluate("node => getComputedStyle(node).visibility") == "hidden"
    follow = opened.page.locator(".follow input")
    expect(follow).to_be_disabled()  # σ² would go to the best
    expect(opened.page.locator(".veil")).to_have_text(re.compile("^Where on the slider is the ELBO largest"))
    assert opened.page.locator(".latents .legend span:visible").all_inner_texts() == ["● q, 1–2 sd"], (
        "what is not drawn has no name"
    )
    # Curves that are drawn above the chart while the mean is held are hidden like those that Plotly has drawn.
    thumb, held = opened.slider("mean", 0), opened.state()["mean"]
    box = thumb.bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=4)
    opened.page.wait_for_selector(f'{TABLE}:not([data-mean="{held}"])', state="attached", timeout=PATIENCE)
    sketched = opened.page.locator(".tradeoff .over .curves path")
    sketched.first.wait_for(state="attached", timeout=PATIENCE)
    assert sketched.evaluate_all("all => all.some(path => getComputedStyle(path).visibility !== 'hidden')") is False
    opened.page.mouse.up()
    opened.let_go()
    opened.put("variance", "all", 60)
    opened.let_go()
    assert opened.page.locator('.instrument > .unseen[role="status"]').text_content() == "", (
        "nor is it told to whom the page is read"
    )
    opened.page.locator('[data-act="predict"]').click()
    expect(opened.page.locator('[data-panel="sentence"]')).to_contain_text("nats against the best")
    expect(follow).to_be_enabled()
    # Typed beside the path, with a variance of its own for each dimension, q may be better than the curve: then it says so.
    opened = visit("?q=hand&digit=2&mean=0.282 -2.419&variance=0.00028 0.00105&predict=true")
    opened.page.locator('[data-act="predict"]').click()
    expect(opened.page.locator('[data-panel="sentence"]')).to_contain_text(re.compile(r"σ²"), timeout=PATIENCE)
    assert "−" not in (opened.page.locator('[data-panel="sentence"]').text_content() or "")


@pytest.mark.parametrize("q", ["encoder", "best", "hand"])
def test_what_another_digit_needs_at_rest_is_asked_once_and_before_its_screen_has_come(visit: Open, q: str) -> None:
    """Its path is not known yet: the answers are taken if they turn out to be of it."""
    asked: list[dict[str, str]] = []

    def listen(page: Page) -> None:
        def heard(frame: str | bytes) -> None:
            if isinstance(frame, str) and '"part"' in frame:
                asked.append(json.loads(frame))

        page.on("websocket", lambda socket: socket.on("framesent", heard))

    opened = visit(PLACE if q == "hand" else f"?q={q}", before=listen)
    opened.wait_for(diagnostics="true", pictures="true")
    asked.clear()
    opened.page.locator(".instrument .digits input").nth(5).check(force=True)
    opened.wait_for(digit="5", diagnostics="true", pictures="true")
    opened.settle()
    assert sorted(question["part"] for question in asked) == ["pictures", "rest", "shares"]
    assert {(question["digit"], question["q"]) for question in asked} == {("5", q)}
    screen, truth = opened.numbers(), oracle_screen.at_q(opened.state())
    assert screen["gap"] == pytest.approx(truth["gap"], abs=2e-3)
