"""Challenges: none is reached where it starts, each by a solution computed here, and the screen says so and remembers it."""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from streamlit.testing.v1 import AppTest

import vaecore
from pages.parts.challenges.challenge import Standing
from pages.parts.challenges.goals import BY_KEY, CHALLENGES
from pages.parts.challenges.questions import attempt_at
from pages.parts.compute import cached
from pages.parts.state import kinds, parameters
from pages.parts.state.parameters import GRID
from pages.parts.state.state import State
from pages.parts.tradeoff.model_titles import TITLES
from tests import oracle_screen
from tests.visiting import ROOT, TABLE, Visit

Open = Callable[..., Visit]

EVERY = [challenge.key for challenge in CHALLENGES]


def standing(key: str, **changes: str) -> Standing:
    """Where a hand stands that changed this of the start."""
    return BY_KEY[key].standing(attempt_at(State.from_valid_link({**BY_KEY[key].start, **changes})))


def by_hand(mean: tuple[float, ...], variance: tuple[float, ...]) -> dict[str, str]:
    """q as the hand commits it."""
    return {"q": "hand", "mean": kinds.numbers_to_text(mean), "variance": kinds.numbers_to_text(variance)}


def on_sliders(mean: tuple[float, ...], variance: tuple[float, ...]) -> dict[str, str]:
    """The nearest q that the sliders' own steps reach: means in hundredths, variances on the grid."""
    steps = np.array(GRID)
    near = tuple(float(steps[np.abs(np.log(steps / one)).argmin()]) for one in variance)
    return by_hand(tuple(round(one, 2) for one in mean), near)


def best(key: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The best q of the challenge's image, by vaecore alone."""
    model, x, _ = oracle_screen.bench(BY_KEY[key].start)
    found = vaecore.best_gaussian(model, x)
    return tuple(found.mean[0].tolist()), tuple(found.variance[0].tolist())


def solutions(key: str) -> list[dict[str, str]]:
    """Changes of the start that reach the goal; those by hand lie on the sliders' steps."""
    if key in ("tight", "encoder"):
        return [on_sliders(*best(key)), by_hand(*best(key))]
    if key == "free":
        return [{"q": "prior"}, by_hand((0.1, 0), (1.1, 1))]
    if key == "efold":
        # KL of two equal dimensions goes as σ² − log σ²: bisect for 2 nats more, on the narrow side.
        low, high = 1e-4, 0.01
        for _ in range(80):
            middle = math.sqrt(low * high)
            spent = middle - math.log(middle) - (0.01 - math.log(0.01))
            low, high = (low, middle) if spent < 2 else (middle, high)
        return [on_sliders((1.245, 1.643), (low, low)) | {"mean": BY_KEY[key].start["mean"]}]
    if key == "blind":
        start = BY_KEY[key].start
        curve = oracle_screen.along(start | {"variance": "1"}, np.array(GRID)[:, None].repeat(2, 1))["elbo"]
        return [{"variance": f"{GRID[int(curve.argmax())]:.3g}"}]
    if key == "hump":
        (mean,), variance = best(key)
        return [on_sliders((-abs(mean),), variance)]
    if key == "share":
        four = {"digit": "4", "example": "4"}
        model, x, _ = oracle_screen.bench(four)
        found = vaecore.best_gaussian(model, x)
        (variance,) = {tuple(found.variance[0].tolist())}
        one = 2 / sum(1 / v for v in variance)  # the single variance with the least KL to A
        return [by_hand(tuple(found.mean[0].tolist()), variance), by_hand((0.06, 1.71), (one, one))]
    if key == "collapse":
        return [{"beta": "50"}, {"beta": "100"}]
    assert key == "positive"
    return [{"b": "3", "w": "0", "sigma_x": "0.1"}, {"b": "3", "w": "0.2", "sigma_x": "0.2"}]


def test_the_link_knows_every_challenge_and_no_other() -> None:
    assert parameters.CHALLENGE.options == ("none", *EVERY)
    assert len(EVERY) >= 8


@pytest.mark.parametrize("key", EVERY)
def test_the_start_does_not_reach_the_goal(key: str) -> None:
    assert not standing(key).reached


@pytest.mark.parametrize("key", EVERY)
def test_a_solution_reaches_the_goal(key: str) -> None:
    for changes in solutions(key):
        found = standing(key, **changes)
        assert found.reached, (changes, found.sentence)


@pytest.mark.parametrize("key", EVERY)
def test_on_another_bench_the_same_solution_does_not_count_and_what_differs_is_named(key: str) -> None:
    (changes, *_) = solutions(key)
    image = ({"x": "-2.5"}, "x") if "model" in BY_KEY[key].start else ({"example": "3"}, "the image")
    for moved, name in (({"beta": "2"}, "β"), ({"sigma_x": "0.77"}, "σₓ"), image):
        if name in BY_KEY[key].free:
            continue
        found = standing(key, **{**changes, **moved})
        assert not found.reached
        assert found.sentence == f"You changed {name}. Press Start again to continue."


@pytest.mark.parametrize("key", EVERY)
def test_another_model_is_named_and_so_is_the_one_that_the_challenge_is_about(key: str) -> None:
    own = BY_KEY[key].start.get("model", parameters.DEFAULT_MODEL)
    other = "humps" if own != "humps" else "number"
    found = BY_KEY[key].standing(attempt_at(State.from_valid_link({"model": other})))
    assert not found.reached
    assert f"is about the model “{TITLES[own]}”, and you chose “{TITLES[other]}”" in found.sentence
    assert "Press Start again" in found.sentence


@pytest.mark.parametrize("key", [challenge.key for challenge in CHALLENGES if challenge.by_hand])
def test_a_goal_by_hand_is_not_reached_by_a_button(key: str) -> None:
    for button in ("best", "prior"):
        found = standing(key, q=button)
        assert not found.reached
    assert "the buttons under “q comes from” do not count" in standing(key, q="best").sentence


@pytest.mark.parametrize("key", [challenge.key for challenge in CHALLENGES if challenge.same_mean])
def test_a_goal_about_the_variance_alone_is_not_reached_with_another_mean(key: str) -> None:
    (changes, *_) = solutions(key)
    found = standing(key, **{**changes, "mean": "0.5 0.5"})
    assert not found.reached
    assert found.sentence.startswith("You moved the mean")


def test_another_unit_does_not_move_the_goal() -> None:
    for key in ("tight", "free", "positive"):
        (changes, *_) = solutions(key)
        assert standing(key, **changes, units="bits") == standing(key, **changes)


def test_thresholds_are_where_the_goals_say() -> None:
    """One number, w = 1, b = 0, σₓ = 1, x = 1: the posterior is N(½, ½), and the gap ½ (m − ½)² / ½ from the mean alone."""
    for gap, reached in ((0.049, True), (0.051, False)):
        found = standing("tight", **by_hand((0.5 + math.sqrt(gap),), (0.5,)))
        assert found.reached == reached
        printed = re.fullmatch(r"The gap is (0\.0\d+) nats\.", found.sentence)
        assert printed and (float(printed[1]) <= 0.05) == reached, found.sentence
        assert float(printed[1]) == pytest.approx(gap, abs=0.011)
    for kl, reached in ((0.09, True), (0.11, False)):
        assert standing("free", **by_hand((math.sqrt(2 * kl), 0), (1, 1))).reached == reached
    for spent, reached in ((1.94, False), (1.96, True), (2.04, True), (2.06, False)):
        # σ² − log σ² grows by `spent` from 0.01; Newton's steps on a convex function.
        variance = 0.01 * math.exp(-spent)
        for _ in range(20):
            rest = variance - math.log(variance) - (0.01 - math.log(0.01)) - spent
            variance -= rest / (1 - 1 / variance)
        found = standing("efold", **by_hand((1.245, 1.643), (variance,) * 2) | {"mean": BY_KEY["efold"].start["mean"]})
        assert found.reached == reached


def number_in(key: str, before: str) -> float:
    """The number that stands after some words in a goal."""
    return float(re.findall(rf"{before} ([\d.]+)", BY_KEY[key].goal)[0])


def test_the_numbers_in_the_goals_are_the_thresholds() -> None:
    assert [number_in("tight", "within"), number_in("encoder", "below"), number_in("free", "below")] == [0.05, 1, 0.1]
    assert number_in("blind", "within") == 1
    assert number_in("hump", "at most") == 0.75
    assert [float(n) for n in re.findall(r"at most ([\d.]+)", BY_KEY["share"].goal)] == [1, 2]
    assert number_in("collapse", "at most") == 0.2
    assert "2 ± 0.05 nats" in BY_KEY["efold"].goal


def bisected(low: float, high: float, above: Callable[[float], bool]) -> tuple[float, float]:
    """Two neighbouring values: the last at which it does not hold, and the first at which it does."""
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if above(middle) else (middle, high)
    return low, high


@pytest.mark.parametrize(("kl", "reached"), [(0.199, True), (0.201, False)])
def test_the_best_q_has_collapsed_up_to_the_threshold_of_kl(kl: float, reached: bool) -> None:
    """KL is ½ mean² for unit variances. β has no such fine steps: the q is put in place of the best one."""
    now = attempt_at(State.from_valid_link({**BY_KEY["collapse"].start, "beta": "50"}))
    by_mean = attempt_at(State.from_valid_link(by_hand((math.sqrt(2 * kl), 0.0), (1.0, 1.0))))
    now = replace(now, kl=by_mean.kl)
    assert now.kl == pytest.approx(kl, abs=1e-7)  # a link has seven digits of the mean
    found = BY_KEY["collapse"].standing(now)
    assert (found.reached, found.sentence) == (reached, f"At β = 50 the KL of the best q is {kl:.3f} nats.")


@pytest.mark.parametrize(("key", "limit"), [("encoder", 1.0), ("hump", 0.75)])
def test_a_gap_is_reached_at_its_threshold(key: str, limit: float) -> None:
    """From the solution the variance grows until the gap passes the limit."""
    mean, variance = best(key)
    mean = (-abs(mean[0]),) if key == "hump" else mean

    def at(scale: float) -> dict[str, str]:
        return by_hand(mean, tuple(scale * one for one in variance))

    def gap(scale: float) -> float:
        return attempt_at(State.from_valid_link({**BY_KEY[key].start, **at(scale)})).gap

    inside, outside = bisected(1, 9, lambda scale: gap(scale) > limit)
    assert gap(inside) == pytest.approx(limit, abs=0.01)
    assert gap(outside) == pytest.approx(limit, abs=0.01)
    assert standing(key, **at(inside)).reached
    assert not standing(key, **at(outside)).reached
    # However near the limit, what is printed is on the side of it that is judged.
    now = attempt_at(State.from_valid_link({**BY_KEY[key].start, **at(inside)}))
    for beside in (-1e-3, -4e-4, -1e-7, 0.0, 1e-7, 4e-4, 1e-3):
        found = BY_KEY[key].standing(replace(now, gap=limit + beside))
        printed = float(re.findall(r"(\d+\.\d+) nats", found.sentence)[-1])
        assert found.reached == (beside <= 0) == (printed <= limit), found.sentence


def test_two_codes_are_one_up_to_a_nat() -> None:
    """q at A's mean with c times A's variances, in two dimensions: KL(q ‖ A) = c − 1 − log c."""
    pinned = BY_KEY["share"].first.state.pin
    assert pinned is not None
    for wanted in (0.9, 1.1):
        low, _ = bisected(1e-3, 1, lambda scale, wanted=wanted: scale - 1 - math.log(scale) < wanted)
        found = standing("share", **by_hand(pinned[0], tuple(low * one for one in pinned[1])))
        (apart, gap) = (float(text) for text in re.findall(r"\d+\.\d+", found.sentence))
        assert apart == pytest.approx(wanted, abs=0.01)
        assert found.reached == (wanted < 1 and gap <= 2)
    narrow = standing("share", **by_hand(pinned[0], tuple(0.5 * one for one in pinned[1])))
    assert narrow.reached == (float(re.findall(r"\d+\.\d+", narrow.sentence)[1]) <= 2)


def test_the_maximum_of_the_hidden_curve_is_found_to_within_a_nat() -> None:
    start = BY_KEY["blind"].start
    curve = oracle_screen.along(start | {"variance": "1"}, np.array(GRID)[:, None].repeat(2, 1))["elbo"]
    near = {bool(curve.max() - elbo <= 1): step for step, elbo in enumerate(curve) if abs(curve.max() - elbo - 1) < 0.9}
    assert set(near) == {True, False}
    for reached, step in near.items():
        assert standing("blind", variance=f"{GRID[step]:.6g}").reached == reached, curve.max() - curve[step]


def test_revealed_curves_do_not_count_and_a_miss_gives_no_number_away() -> None:
    (changes,) = solutions("blind")
    assert standing("blind", **changes, predict="false").sentence.startswith("The curves are visible")
    assert standing("blind", variance="0.5").sentence == "Not within 1 nat of the maximum."


def test_the_pinned_code_is_that_of_the_four() -> None:
    typed = [number for name in ("pin_mean", "pin_variance") for number in BY_KEY["share"].start[name].split()]
    assert [number for number in typed if f"= {number}" in BY_KEY["share"].hint] == typed, "what is to be typed is said"
    model, x, _ = oracle_screen.bench({"digit": "4", "example": "4"})
    found = vaecore.best_gaussian(model, x)
    pinned = BY_KEY["share"].first.state.pin
    assert pinned is not None
    a = vaecore.DiagonalGaussian(*(torch.tensor([part], dtype=torch.float64) for part in pinned))
    # The start writes three to five digits: a thousandth of a nat.
    assert float(vaecore.kl_between(a, found).sum()) < 1e-3
    gone = standing("share", pin_mean="", pin_variance="")
    assert not gone.reached
    assert gone.sentence.startswith("There is no A any more")


def test_what_the_insights_say_of_numbers_is_so() -> None:
    shrunk = float(np.float32(solutions("efold")[0]["variance"].split()[0]))
    assert shrunk == pytest.approx(0.00135, rel=0.03)
    assert "0.00135" in BY_KEY["efold"].insight
    start = BY_KEY["hump"].first
    assert math.log(2) < start.gap < math.log(2) + 0.02
    wide = vaecore.DiagonalGaussian(torch.zeros(1, 1, dtype=torch.float64), torch.full((1, 1), 1.0, dtype=torch.float64))
    assert float(vaecore.gap(*oracle_screen.bench(BY_KEY["hump"].start)[:2], wide, cached.evidence(start.setup)).value) > 10


@pytest.mark.parametrize("key", EVERY)
def test_a_start_opens_cold_without_a_refusal(key: str) -> None:
    path, query = urlsplit(BY_KEY[key].address)[2:4]
    assert path == "/tradeoff"
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    app.query_params.update(dict(parse_qsl(query)))
    app.run()
    assert not app.exception
    assert not app.warning
    assert not app.error
    assert "challenge_strip" in keys(app)


def keys(app: AppTest) -> set[str]:
    return {element.key for element in app.get("bidi_component")}


def test_a_bad_challenge_is_named_and_the_rest_is_kept() -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    app.query_params.update({"challenge": "fly", "digit": "3"})
    app.run()
    (warning,) = app.warning
    assert warning.value.startswith("challenge must be one of none, tight")
    assert warning.value.endswith("got fly; using none instead.")
    assert "instrument" in keys(app) and "challenge_strip" not in keys(app)
    assert app.query_params["digit"] == "3"


# ---- in the browser ---------------------------------------------------------------------------------------------------


def test_the_hand_reaches_a_goal_and_the_browser_remembers_it(visit: Open) -> None:
    opened = visit("challenges", table=False)
    page = opened.page
    page.get_by_text(f"0 of {len(EVERY)} done, kept in this browser").wait_for()
    page.get_by_role("link", name="Try it: Close the gap").click()
    page.wait_for_selector(TABLE, timeout=60_000)
    opened.settle()
    strip = page.locator(".strip")
    strip.wait_for()
    assert strip.get_attribute("data-reached") == "false"
    opened.put("mean", 0, 0.5)
    opened.let_go()
    assert opened.link()["challenge"] == "tight"
    assert strip.get_attribute("data-reached") == "false"
    opened.put("variance", "all", int(np.abs(np.array(GRID) - 0.5).argmin()))
    opened.let_go()
    page.locator('.strip[data-reached="true"]').wait_for()
    header = re.search(r"gap\s+(\d\.\d\d)\b", page.locator(".identity").inner_text())
    assert header and strip.locator(".standing").inner_text() == f"✓ Reached. The gap is {header[1]} nats."
    assert strip.locator(".more").inner_text() == BY_KEY["tight"].insight
    assert "challenge=encoder" in str(strip.get_by_role("link", name="Next challenge").get_attribute("href"))
    strip.get_by_role("button", name="What it shows").click()
    assert not strip.locator(".more").is_visible()
    page.reload()
    page.locator('.strip[data-reached="true"]').wait_for(timeout=60_000)
    strip.get_by_role("link", name="All challenges").click()
    page.get_by_text(f"1 of {len(EVERY)} done, kept").wait_for(timeout=60_000)
    assert BY_KEY["tight"].insight in page.locator(".card.done").inner_text()


def test_a_goal_is_left_kept_over_another_screen_and_survives_the_bench(visit: Open) -> None:
    opened = visit("tradeoff?q=best&sigma_x=0.5&challenge=collapse")
    page = opened.page
    page.locator('[data-dial="beta"] input[type=range]').press("End")
    opened.wait_for(beta="100")
    page.locator('.strip[data-reached="true"]').wait_for()
    page.get_by_role("link", name="About the numbers").click()
    page.get_by_text("How each number is computed").wait_for()
    page.get_by_role("link", name="Trade-off").click()
    page.locator('.strip[data-reached="true"]').wait_for(timeout=60_000)
    opened.settle()
    page.get_by_role("button", name="Leave the challenge").click()
    page.locator(".strip").wait_for(state="detached")
    assert "challenge" not in opened.link()
    opened.put("variance", "all", 100)
    opened.let_go()
    assert page.locator(".strip").count() == 0


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_the_strip_leaves_the_instrument_in_sight(visit: Open, size: tuple[int, int]) -> None:
    opened = visit(BY_KEY["encoder"].address.removeprefix("/"), size=size)
    page = opened.page
    page.locator(".strip").wait_for()
    slider = "#elbo-room-variance-0"
    for more in (False, True):
        if more:
            page.get_by_role("button", name="Hint").click()
        page.wait_for_timeout(400)  # the charts give the room
        strip = page.locator(".strip").bounding_box()
        for selector in (".identity", ".panel.latents", ".panel.images", ".panel.numbers", ".panel.books", slider):
            panel = page.locator(selector).first.bounding_box()
            assert panel["y"] >= strip["y"] + strip["height"], f"{selector} lies under the strip"
        below = (slider,) if more else (slider, ".pulls-note", ".panel.books .shares")
        for foot in (page.locator(selector).bounding_box() for selector in below):
            assert foot["y"] + foot["height"] <= size[1]
    # Beside A there is a row more.
    page.get_by_role("button", name="Compare with this q").click()
    page.locator(".ledger.pinned").wait_for()
    last = page.locator(".pulls-note").bounding_box()
    assert last["y"] + last["height"] <= size[1]


def test_a_challenge_that_is_reached_moves_nothing_on_a_laptop_and_covers_no_more_of_a_phone(look: Open) -> None:
    start, reached = (
        f"tradeoff?model=humps&x=2&mean={mean}&variance=0.0117&challenge=hump&q=hand" for mean in (1.386, -1.386)
    )
    places = []
    for link in (start, reached):
        page = look(link).page
        page.locator('.strip[data-reached="true"]' if link == reached else ".strip").wait_for()
        assert page.locator(".strip .more").is_visible() == (link == reached)
        page.wait_for_timeout(300)
        places.append([page.locator(part).bounding_box() for part in (".identity", ".latents .chart", ".tradeoff .chart")])
    assert places[0] == places[1]
    heights = []
    for link in (start, reached):
        page = look(link, size=(390, 844), touch=True).page
        page.locator('.strip[data-reached="true"]' if link == reached else ".strip").wait_for()
        box = page.locator(".strip").bounding_box()
        assert box
        heights.append(box["height"])
    assert heights[1] <= heights[0] < 844 / 7
    page.get_by_role("button", name="What it shows").tap()
    assert page.locator(".strip .more").is_visible()


def test_on_a_phone_the_slider_stays_above_whatever_lies_at_the_foot_of_the_window(visit: Open) -> None:
    opened = visit(BY_KEY["encoder"].address.removeprefix("/"), size=(390, 844), touch=True)
    page = opened.page
    page.locator(".strip").wait_for()
    page.locator(".present .foot").wait_for(state="attached")
    # At the end of the page it is lifted by the padding, 16 pixels.
    for setting in ("a challenge", "a challenge that is presented", "a challenge without its goal"):
        if "presented" in setting:
            page.keyboard.press("p")
        if "without" in setting:
            page.keyboard.press("p")
            page.get_by_role("button", name="Leave the challenge").click()
            page.locator(".strip").wait_for(state="detached")
            opened.settle()
        for panel in (".panel.images", ".panel.tradeoff .chart", ".panel.books .bars"):
            page.locator(panel).evaluate(
                """async (node) => { const main = document.querySelector("[data-testid=stMain]");
                                     main.scrollTop += node.getBoundingClientRect().top - 80;
                                     for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame) }"""
            )
            below = [page.locator(selector) for selector in (".strip", ".present .foot", ".class-room .bar")]
            foot = min((box["y"] for one in below if one.count() and (box := one.bounding_box())), default=844)
            slider = page.locator(".tradeoff .widths").bounding_box()
            assert slider["y"] + slider["height"] <= foot + 1, f"{setting}, {panel}: something lies on the slider"
            assert slider["y"] + slider["height"] >= foot - 20, f"{setting}, {panel}: the slider is far from the thumb"


@pytest.mark.parametrize(("path", "selector"), [("challenges", ".list"), (BY_KEY["share"].address[1:], ".strip")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_phone_and_nothing_is_too_wide(
    visit: Open, path: str, selector: str, scheme: str
) -> None:
    opened = visit(path, table=path != "challenges", size=(390, 844), scheme=scheme)
    opened.page.locator(f"{selector} :is(a, button)").first.wait_for()
    found = Axe().run(opened.page, context='[data-testid="stMain"]').response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
