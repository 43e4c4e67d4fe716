"""A finger on a phone: a swipe scrolls the page whatever it begins on, and q follows the finger that means it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.test_tradeoff import centres, middle, swipe, thumb
from tests.visiting import PATIENCE, Visit

Open = Callable[..., Visit]

PHONE = (390, 844)
LINK = "?digit=2&example=3&q=hand&mean=-0.5 -1&variance=0.0005"
MAIN = "[data-testid=stMain]"


def scrolled(page: Page) -> float:
    return float(page.locator(MAIN).evaluate("main => main.scrollTop"))


def rest(page: Page) -> None:
    """Wait until the page has come to rest after a swipe, and a commit that might follow would have begun."""
    page.wait_for_timeout(700)


def mean_of(opened: Visit) -> list[float]:
    return [float(value) for value in opened.state()["mean"].split()]


def bring_to_the_middle(page: Page, selector: str) -> None:
    page.locator(selector).first.evaluate("node => node.scrollIntoView({ block: 'center' })")
    rest(page)


def away_from_q(opened: Visit, view: int) -> tuple[float, float]:
    """A place in the lower left of the plane (0) or its close-up (1), more than a finger away from ●."""
    box = opened.page.locator(".latents .plot").evaluate(
        """(plot, axes) => { const { left, top } = plot.getBoundingClientRect(), across = plot._fullLayout["xaxis" + axes],
                                 up = plot._fullLayout["yaxis" + axes];
                             return [left + across._offset, top + up._offset, across._length, up._length] }""",
        "2" if view else "",
    )
    place = box[0] + 0.8 * box[2], box[1] + 0.3 * box[3]
    x, y = centres(opened)[view]
    assert abs(place[0] - x) + abs(place[1] - y) > 50
    return place


@pytest.mark.parametrize("start", ["plane", "close-up", "mean", "variance"])
def test_a_swipe_scrolls_the_page_and_leaves_q(visit: Open, start: str) -> None:
    opened = visit(LINK, size=PHONE, touch=True)
    page, before = opened.page, opened.state()
    bring_to_the_middle(page, ".latents .chart")
    at = scrolled(page)
    if start in ("plane", "close-up"):
        place = away_from_q(opened, int(start == "close-up"))
    else:
        box = page.locator(f"#elbo-room-{'mean-0' if start == 'mean' else 'variance-all'}").bounding_box()
        assert box
        place = box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"]
    shown = page.locator(".slider input").evaluate_all("all => all.map((range) => range.value)")
    swipe(page, place, (8, -200), 12)
    rest(page)
    assert scrolled(page) > at + 100
    assert opened.state() == before and "mean=-0.5" in page.url
    assert page.locator(".slider input").evaluate_all("all => all.map((range) => range.value)") == shown, "no thumb moved"
    # Keys reach a slider as before.
    if start == "variance":
        page.locator("#elbo-room-variance-all").press("ArrowRight")
        opened.wait_until_not(variance=before["variance"])
        opened.let_go()
        assert float(opened.link()["variance"]) > 0.0005


@pytest.mark.parametrize("view", [0, 1], ids=["plane", "close-up"])
def test_a_finger_put_down_on_q_drags_it_up_and_the_page_stays(visit: Open, view: int) -> None:
    opened = visit(LINK, size=PHONE, touch=True)
    bring_to_the_middle(opened.page, ".latents .chart")
    at, before, (x, y) = scrolled(opened.page), mean_of(opened), centres(opened)[view]
    swipe(opened.page, (x, y), (0, -20), 8)
    opened.let_go()
    assert scrolled(opened.page) == at
    assert mean_of(opened)[1] > before[1] + 0.05 and mean_of(opened)[0] == pytest.approx(before[0], abs=0.06)


@pytest.mark.parametrize("way", ["tap", "hold still"])
def test_a_finger_that_taps_or_holds_still_places_q(visit: Open, way: str) -> None:
    opened = visit(LINK, size=PHONE, touch=True)
    page = opened.page
    bring_to_the_middle(page, ".latents .chart")
    x, y = away_from_q(opened, 0)
    # The plane may become a little narrower meanwhile: longer numbers stand beside the close-up.
    *place, pixel = page.locator(".latents .plot").evaluate(
        """(plot, [x, y]) => { const { left, top } = plot.getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
                              return [xaxis.p2d(x - left - xaxis._offset), yaxis.p2d(y - top - yaxis._offset),
                                      yaxis.p2d(0) - yaxis.p2d(1)] }""",
        [x, y],
    )
    if way == "tap":
        page.touchscreen.tap(x, y)
    else:
        session = page.context.new_cdp_session(page)
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        rest(page)
        for step in range(1, 9):
            point = {"x": x, "y": y - 3 * step}
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    (across, up), held_up = place, 24 if way == "hold still" else 0
    opened.let_go()
    assert mean_of(opened) == [pytest.approx(across, abs=0.1), pytest.approx(up + held_up * pixel, abs=0.1)]


@pytest.mark.parametrize("slider", ["mean-0", "variance-all"])
@pytest.mark.parametrize("way", ["sideways", "tap"])
def test_a_finger_moves_a_slider_sideways_or_by_a_tap(visit: Open, slider: str, way: str) -> None:
    opened = visit(LINK, size=PHONE, touch=True)
    page = opened.page
    bring_to_the_middle(page, f"#elbo-room-{slider}")
    at, before = scrolled(page), opened.state()
    x, y = thumb(opened, f"#elbo-room-{slider}")
    if way == "tap":
        page.touchscreen.tap(x + 20, y)
    else:
        swipe(page, (x, y), (20, 4), 10)
    opened.let_go()
    there = thumb(opened, f"#elbo-room-{slider}")[0]
    assert there == pytest.approx(x + 20, abs=6 if slider == "variance-all" else 3)
    assert opened.state() != before and scrolled(page) == at


def test_along_the_line_a_finger_moves_q_sideways_only(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=0.5&variance=0.04", size=PHONE, touch=True)
    page = opened.page
    bring_to_the_middle(page, ".latents .chart")
    at, before, (x, y) = scrolled(page), opened.state(), middle(opened, ".latents .over path.q.bell")
    swipe(page, (x, y), (4, -150), 10)
    rest(page)
    assert opened.state() == before and scrolled(page) > at + 80
    bring_to_the_middle(page, ".latents .chart")
    x, y = middle(opened, ".latents .over path.q.bell")
    swipe(page, (x, y), (-60, 4), 12)
    opened.let_go()
    assert middle(opened, ".latents .over path.q.bell")[0] == pytest.approx(x - 60, abs=2)


def test_among_many_latents_a_swipe_scrolls_and_a_tap_chooses_one(visit: Open) -> None:
    opened = visit("?model=digits-16", size=PHONE, touch=True)
    page = opened.page
    bring_to_the_middle(page, ".latents .chart")
    box = page.locator(".latents .chart").bounding_box()
    assert box
    at, place = scrolled(page), (box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
    swipe(page, place, (0, -150), 10)
    rest(page)
    assert scrolled(page) > at + 80 and opened.link().get("dimension", "1") == "1"
    bring_to_the_middle(page, ".latents .chart")
    page.touchscreen.tap(*place)
    opened.settle()
    assert int(opened.link()["dimension"]) > 8


def test_a_swipe_over_a_slider_of_the_derivation_scrolls_it(visit: Open) -> None:
    opened = visit("derivation?step=6", size=PHONE, touch=True, table=False)
    page, slider = opened.page, ".lesson .slider input[type=range]"
    page.locator(slider).first.wait_for()
    bring_to_the_middle(page, slider)
    box, value = page.locator(slider).first.bounding_box(), page.locator(slider).first.input_value()
    assert box
    at, address = scrolled(page), page.url
    swipe(page, (box["x"] + 0.2 * box["width"], box["y"] + 10), (0, 150), 10)
    rest(page)
    assert scrolled(page) != at and page.locator(slider).first.input_value() == value and page.url == address


def test_the_menu_of_a_phone_is_named_and_closes_on_a_choice(visit: Open) -> None:
    page = visit("?digit=2", size=PHONE, touch=True).page
    button, menu = page.locator('[data-testid="stExpandSidebarButton"]'), page.locator('[data-testid="stSidebar"]')
    assert "Menu" in button.evaluate("button => getComputedStyle(button, '::after').content")
    button.tap()
    link = menu.get_by_role("link", name="Quiz")
    link.tap()
    page.wait_for_url("**/quiz")
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().right <= 0", timeout=PATIENCE
    )
