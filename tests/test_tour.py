"""The tour of the first visit: every card is done by doing, any of them may be skipped, and it never comes back."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.visiting import PATIENCE, Visit

Open = Callable[..., Visit]

SIZES = pytest.mark.parametrize(
    ("size", "scheme"), [((1280, 720), "light"), ((390, 844), "dark")], ids=["projector", "phone"]
)


def expect_card(opened: Visit, title: str, number: int) -> None:
    expect(opened.page.locator(".tour .head b")).to_have_text(title, timeout=PATIENCE)
    expect(opened.page.locator(".tour .count")).to_have_text(f"{number} of 5", timeout=PATIENCE)


def is_done(opened: Visit) -> bool:
    return "tour" in (opened.page.evaluate("localStorage.getItem('elbo-room')") or "")


def assert_in_sight_beside_its_target(opened: Visit) -> None:
    opened.page.wait_for_timeout(600)  # the card glides
    card, ring = (opened.page.locator(f".tour .{part}").bounding_box() for part in ("card", "ring"))
    size = opened.page.viewport_size
    assert card["x"] >= 0 and card["y"] >= 0
    assert card["x"] + card["width"] <= size["width"] and card["y"] + card["height"] <= size["height"]
    apart = card["x"] + card["width"] <= ring["x"] or card["x"] >= ring["x"] + ring["width"]
    assert apart or card["y"] + card["height"] <= ring["y"] or card["y"] >= ring["y"] + ring["height"]


def next_card(opened: Visit) -> None:
    opened.page.locator('.tour [data-act="next"]').click()


@SIZES
def test_the_whole_tour_is_done_by_doing(visit: Open, size: tuple[int, int], scheme: str) -> None:
    opened = visit(tour=True, size=size, scheme=scheme)
    page = opened.page
    expect_card(opened, "Make q wide", 1)
    assert_in_sight_beside_its_target(opened)
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
    stop = int(opened.state()["stop"])
    opened.put("variance", "all", stop + 10)
    opened.let_go()
    expect_card(opened, "Make q wide", 1)  # a slip of the hand is not enough
    opened.put("variance", "all", stop + 60)
    expect_card(opened, "✓ Make q wide", 1)
    opened.let_go()
    next_card(opened)
    expect_card(opened, "Move its mean", 2)
    assert_in_sight_beside_its_target(opened)
    opened.put("mean", 0, 0.5)
    expect_card(opened, "✓ Move its mean", 2)
    opened.let_go()
    next_card(opened)
    expect_card(opened, "Close the gap", 3)
    assert_in_sight_beside_its_target(opened)
    page.locator('button[data-q="best"]').click()
    expect_card(opened, "✓ Close the gap", 3)
    opened.settle()
    next_card(opened)
    expect_card(opened, "Compare the two bars", 4)
    assert_in_sight_beside_its_target(opened)
    opened.put("variance", "all", int(opened.state()["stop"]) + 40)
    expect_card(opened, "✓ Compare the two bars", 4)
    opened.let_go()
    page.wait_for_timeout(1500)
    assert_in_sight_beside_its_target(opened)
    next_card(opened)
    expect_card(opened, "Another image", 5)
    assert_in_sight_beside_its_target(opened)
    assert not is_done(opened)
    if size[0] < 900:
        page.locator('[data-testid="stExpandSidebarButton"]').click()
    page.locator(".st-key-digit button").nth(4).click()
    expect_card(opened, "✓ Another image", 5)
    assert is_done(opened)
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".tour")).to_be_hidden()
    page.reload()
    page.wait_for_selector('[data-panel="numbers"]', timeout=PATIENCE)
    opened.settle()
    expect(page.locator(".tour .card")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert opened.complaints == []


@pytest.mark.parametrize("way", ["Escape", "button"])
def test_a_tour_that_was_skipped_does_not_come_back(visit: Open, way: str) -> None:
    opened = visit(tour=True)
    expect_card(opened, "Make q wide", 1)
    if way == "Escape":
        opened.page.keyboard.press("Escape")
    else:
        opened.page.get_by_role("button", name="Skip the tour").focus()
        opened.page.keyboard.press("Enter")
    expect(opened.page.locator(".tour")).to_be_hidden()
    assert is_done(opened)
    opened.put("variance", "all", 100)
    opened.let_go()
    opened.page.reload()
    opened.page.wait_for_selector('[data-panel="numbers"]', timeout=PATIENCE)
    opened.settle()
    expect(opened.page.locator(".tour .card")).to_have_count(0)
    assert opened.complaints == []


@pytest.mark.parametrize("link", ["?predict=true", "?challenge=tight&digit=3", "?model=humps", "?model=digits-16"])
def test_whoever_has_something_else_to_do_sees_no_tour(visit: Open, link: str) -> None:
    opened = visit(link, tour=True)
    opened.page.wait_for_timeout(500)
    expect(opened.page.locator(".tour")).to_be_hidden()
    assert not is_done(opened)


def test_while_presenting_there_is_no_tour_and_escape_leaves_present_alone(visit: Open) -> None:
    opened = visit(tour=True)
    expect_card(opened, "Make q wide", 1)
    opened.page.keyboard.press("p")
    expect(opened.page.locator(".tour")).to_be_hidden()
    opened.page.keyboard.press("Escape")
    assert not is_done(opened)
    expect(opened.page.locator(".tour .card")).to_be_visible()
