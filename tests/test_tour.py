"""The introduction of the first visit: one question at a time, answered by doing; the best is shown only after the guess."""

import math
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, WebSocket, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.test_misread import belongs
from tests.visiting import PATIENCE, TABLE, Visit

Open = Callable[..., Visit]

ON = '.tour [data-act="on"]'
FIRST, LAST = "A picture in two numbers", "Your turn"
LATER = tuple(f".instrument .{part}" for part in ("ledger", "forces", "tabs", "weight", "model", "export"))


def expect_title(opened: Visit, title: str | re.Pattern[str]) -> None:
    expect(opened.page.locator(".tour h2")).to_have_text(title, timeout=PATIENCE)


def is_done(opened: Visit) -> bool:
    return "tour" in (opened.page.evaluate("localStorage.getItem('elbo-room')") or "")


def text(opened: Visit) -> str:
    return opened.page.locator(".tour .text").inner_text()


def numbers_in(sentence: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+", sentence)]


def seen(opened: Visit, selector: str) -> bool:
    found = opened.page.locator(selector).evaluate_all(
        "nodes => nodes.map((node) => node.checkVisibility({ visibilityProperty: true }))"
    )
    assert found, selector
    return any(found)


def number_of(node: Locator) -> float:
    (number,) = numbers_in(node.inner_text())
    return number


def names_the_axis(opened: Visit) -> bool:
    """Whether the place of the slider, which is not seen, says what the axis is."""
    return bool(
        opened.page.locator(".instrument .widths").evaluate(
            """widths => { const { content, visibility } = getComputedStyle(widths, "::before");
                           return visibility === "visible" && content.includes("σ²") }"""
        )
    )


def assert_nothing_is_covered_or_scrolls(opened: Visit, *selectors: str) -> None:
    page = opened.page
    page.wait_for_timeout(300)
    card = page.locator(".tour .card").bounding_box()
    for selector in selectors:
        box = page.locator(selector).bounding_box()
        beside = box["x"] >= card["x"] + card["width"] - 1 or box["y"] + box["height"] <= card["y"] + 1
        assert beside and box["y"] >= 0, f"{selector} at {box} lies under the card at {card}"
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert (width, height) == (page.viewport_size["width"], page.viewport_size["height"])


def assert_the_button_is_in_view(opened: Visit) -> None:
    box = opened.page.locator(ON).bounding_box()
    assert box["y"] + box["height"] <= opened.page.viewport_size["height"], "within the card, without scrolling"


def shows_what_is_best(opened: Visit) -> bool:
    marks = (".imagelayer image", ".best-name", ".trace-whole_x-thin-open", ".trace-close_x-thin-open", ".legend")
    return any(seen(opened, f".instrument .latents {mark}") for mark in marks)


def assert_lost_is_explained(opened: Visit) -> None:
    """By the errors under the pictures, of which it is the sum."""
    label = opened.page.locator(".instrument canvas.tiles").get_attribute("aria-label") or ""
    error, spread = numbers_in(label)
    lost = numbers_in(text(opened))[1] - opened.numbers()["kl"]
    assert error + spread == pytest.approx(lost, abs=0.021)


def top_of_costs(opened: Visit) -> float:
    return float(opened.page.locator(".tradeoff .plot").evaluate("plot => plot._fullLayout.yaxis.range[1]"))


def step(opened: Visit, way: str, *, enter: bool = True) -> None:
    """Go on: by the key Enter from wherever the focus is, or by pressing the button."""
    if way == "keys" and enter:
        opened.page.keyboard.press("Enter")
    else:
        opened.page.locator(ON).click()


@pytest.mark.parametrize(
    ("size", "scheme", "way"),
    [((1280, 720), "light", "keys"), ((390, 844), "dark", "pointer")],
    ids=["projector, by keys", "phone"],
)
def test_the_introduction_is_done_by_doing(visit: Open, size: tuple[int, int], scheme: str, way: str) -> None:
    opened = visit(tour=True, size=size, scheme=scheme, touch=way != "keys")
    page, alike = opened.page, way == "keys"  # one of the two guesses so wide that its drawings differ

    def to_stop(stop: int, title: str | re.Pattern[str]) -> None:
        if way == "keys":
            assert page.evaluate("document.activeElement.id") == "elbo-room-variance-all", "the slider has the focus"
        opened.put("variance", "all", stop)
        expect_title(opened, title)

    expect_title(opened, FIRST)
    opened.wait_for(q="prior")
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .input", ".instrument .images")
    assert not seen(opened, ".instrument .latents .chart") and not seen(opened, ".instrument .widths")
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
    page.locator(ON).focus()
    step(opened, way)

    expect_title(opened, "How sure should it be?")
    opened.wait_for(q="hand")
    expect(page.locator(".latents .over")).to_contain_text("q’s rings lie outside")  # its rings lie around the close-up
    assert "Now the machine has looked, and says: about here, ●. How sure?" in text(opened) and "σ² = 1" in text(opened)
    assert page.locator(".tour .q-mark").evaluate(
        "mark => getComputedStyle(mark).color !== getComputedStyle(mark.parentNode).color"
    )
    square, true = page.locator(".instrument .latents").evaluate(
        """panel => { const { xaxis, xaxis2 } = panel.querySelector(".plot")._fullLayout, long = ([from, to]) => to - from;
                      return [Number(panel.querySelector("rect.close-up").getAttribute("width")),
                              xaxis._length * long(xaxis2.range) / long(xaxis.range)] }"""
    )
    assert square == pytest.approx(true, abs=0.01), "on the plane the close-up has its true size"
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .images", ".instrument .latents", ".instrument .widths")
    to_stop(110, "✓ The surer, the more alike")
    step(opened, way)

    expect_title(opened, "Then why not be certain?")
    assert seen(opened, ".instrument canvas.x"), "what is drawn is compared with x"
    for panel, title in (("images", "what it draws"), ("latents", "a place is two numbers")):
        said = page.locator(f".{panel} .panel-title")
        content, visible = said.evaluate(
            "title => { const { content, visibility } = getComputedStyle(title, '::before'); return [content, visibility] }"
        )
        assert title in content and visible == "visible" and said.bounding_box()
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .images", ".instrument canvas.x", ".instrument .widths")
    to_stop(3, "✓ Being exact has a price")
    opened.settle()
    assert f"{opened.numbers()['kl']:.2f} nats" in page.locator(".tour .price").inner_text()
    kl, distance = opened.numbers()["kl"], sum(float(value) ** 2 for value in opened.state()["mean"].split()) / 2
    assert numbers_in(text(opened)) == pytest.approx([kl, distance], abs=0.00501)
    assert f"about {kl / math.log(2):.0f} yes/no questions" in text(opened)
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .images", ".instrument .widths")
    assert_the_button_is_in_view(opened)
    # What is best stays hidden: on the plane, under the images, in the curves.
    assert not seen(opened, ".instrument .tradeoff .plot") and not seen(opened, ".instrument .latents .imagelayer image")
    assert "costs" not in page.locator(".instrument canvas.tiles").get_attribute("aria-label")
    step(opened, way)

    expect_title(opened, "Where do both together cost least?")
    expect(page.locator(ON)).to_be_disabled()
    expect(page.locator(ON)).to_have_text("Move σ² first")
    rows = {
        box["y"] for box in (button.bounding_box() for button in page.locator(".tour .ways button:visible").all()) if box
    }
    assert len(rows) == (2 if size[0] > 700 else 1), "on a phone all in one row"
    assert seen(opened, ".instrument canvas.x")
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .images", ".instrument canvas.x", ".instrument .widths")
    opened.put("variance", "all", 141 if alike else 90)
    expect(page.locator(ON)).to_have_text("This is my guess")
    opened.put("variance", "all", 3)  # whoever means the place where the handle stood has moved it
    opened.let_go()
    expect(page.locator(ON)).to_be_enabled()
    opened.put("variance", "all", 90 if alike else 141)
    opened.let_go()
    guessed = opened.numbers()["elbo"]
    before = page.locator(".widths").bounding_box()
    assert not seen(opened, ".instrument .trace-cost") and seen(opened, ".instrument .tradeoff .xtick text")
    step(opened, way, enter=False)
    expect_title(opened, re.compile("nats above the least"))
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .tradeoff", ".instrument canvas.x")
    assert page.locator(".widths").bounding_box() == before, "the slider stays where it is"
    assert page.locator(".widths").evaluate("widths => widths.inert"), "the guess stands, and the next step is not done yet"
    assert not seen(opened, ".instrument .costs .bracket") and not seen(opened, ".instrument .tradeoff > .legend")
    assert not shows_what_is_best(opened)
    assert_lost_is_explained(opened)
    assert "the drawings differ, however little of it is seen" in text(opened)
    belongs(page)
    assert not seen(opened, ".instrument .costs .slope") and not seen(opened, ".instrument .costs .of-slope")
    (missed,), (_, cost, _, least) = numbers_in(page.locator(".tour h2").inner_text()), numbers_in(text(opened))[:4]
    assert cost - least == pytest.approx(missed, abs=1e-6)
    chart = page.locator(".instrument .tradeoff .chart")
    chart.hover(position={"x": 120, "y": 90})
    expect(page.locator(".tradeoff .hoverlayer .hovertext")).not_to_have_count(0)
    # The pointer stays, as a finger's does.
    page.locator(ON).evaluate("button => button.click()")
    expect(page.locator(".tradeoff .hoverlayer .hovertext")).to_have_count(0)

    expect_title(opened, "Go down to the bottom")
    page.locator(".tour").get_by_role("button", name="Back").click()
    expect_title(opened, re.compile("nats above the least"))
    assert f"{missed}" in page.locator(".tour h2").inner_text(), "the guess is kept"
    step(opened, way, enter=False)
    expect_title(opened, "Go down to the bottom")
    assert not shows_what_is_best(opened)
    assert seen(opened, ".instrument .costs .slope") and not names_the_axis(opened)
    to_stop(29, "✓ No q gets below the line")
    opened.settle()
    assert opened.numbers()["elbo"] - guessed == pytest.approx(missed, abs=0.06)  # the bottom is reached within 0.05
    assert seen(opened, ".instrument .latents .imagelayer image") and "posterior" in text(opened)
    assert not seen(opened, ".instrument .latents .best-name") and not seen(opened, ".instrument .latents .legend")
    floor, paid, wasted = numbers_in(text(opened))
    assert floor + wasted == pytest.approx(paid, abs=1e-6)
    assert wasted == pytest.approx(opened.numbers()["gap"], abs=0.05)  # the shown one is rounded with the other terms
    assert seen(opened, ".instrument .costs .bracket")
    step(opened, way)

    expect_title(opened, "Another picture: a 2")
    opened.wait_for(digit="2")
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .latents", ".instrument .images")
    whole = top_of_costs(opened)
    gap, best_gap = numbers_in(text(opened))
    assert gap == pytest.approx(opened.numbers()["gap"], abs=0.05) and best_gap < 0.1
    best = page.locator(".instrument .latents .plot").evaluate(
        """plot => { const [point] = plot.calcdata.find(([{ trace }]) => trace?.name === "best q");
                     return [point.x, point.y] }"""
    )
    assert names_the_axis(opened) == seen(opened, ".instrument .tradeoff .plot")
    waste, close_up = page.locator(".tour .waste span"), "plot => [...plot._fullLayout.xaxis2.range]"
    expect(waste).to_have_text(f"{gap:.2f} nats")
    wide = page.locator(".instrument .latents .plot").evaluate(close_up)
    for j, (here, value) in enumerate(zip(map(float, opened.state()["mean"].split()), best, strict=True)):
        opened.put("mean", j, round((here + value) / 2, 2))
    opened.let_go()
    assert number_of(waste) == pytest.approx(opened.numbers()["gap"], abs=0.011) and number_of(waste) > gap
    assert page.locator(".instrument .latents .plot").evaluate(close_up) == wide, "● does not stand again where it was"
    for j, value in enumerate(best):
        opened.put("mean", j, value)
    expect_title(opened, "✓ Now it draws this 2")
    assert ("chart is enlarged" in text(opened)) == seen(opened, ".instrument .tradeoff .plot")
    opened.settle()
    near = top_of_costs(opened)
    assert near < whole / 4 and near < 50 * opened.numbers()["gap"], "the gap that is left can be seen"
    step(opened, way, enter=False)

    expect_title(opened, "The names")
    for part in (".identity b", ".tradeoff > .legend", ".latents .legend", ".widths input"):
        assert not seen(opened, f".instrument {part}"), part
    for i in range(1, 6):
        expect(page.locator(ON)).to_have_text(f"Name {i} of 5")
        page.locator(ON).click()
    expect_title(opened, LAST)
    assert_the_button_is_in_view(opened)
    assert_nothing_is_covered_or_scrolls(opened, ".instrument .identity", ".instrument .tradeoff")
    card = page.locator(".tour .card")
    assert card.evaluate("card => card.scrollHeight <= card.clientHeight")
    words, about = page.locator(".tour dt").all_inner_texts(), page.locator(".tour dd").all_inner_texts()
    assert [word.split()[0] for word in words] == ["reconstruction", "KL", "log", "ELBO", "gap"]
    assert all(word in page.locator(".identity").inner_text() for word in words if "ELBO" not in word), words
    # From what q costs to the ELBO.
    (best,), (same,) = numbers_in(about[0]), numbers_in(about[3])
    elbo, cost = opened.numbers()["elbo"], opened.numbers()["gap"] + best - opened.numbers()["evidence"]
    assert best == same and best - cost == pytest.approx(elbo, abs=0.011)
    assert "bold line" in text(opened), "what to do first"
    expect(page.locator('.tour [role="status"]')).to_contain_text("the waste", timeout=PATIENCE)
    page.locator(ON).click()
    expect(page.locator(".tour")).to_be_hidden()
    assert is_done(opened)
    # At first only what it spoke of, then everything.
    chart = page.locator(".instrument .tradeoff .chart")
    assert not any(seen(opened, part) for part in LATER) and seen(opened, ".instrument .books .bars")
    narrow = chart.bounding_box()["width"]
    page.get_by_role("button", name="Show all numbers and controls").click()
    assert all(seen(opened, part) for part in LATER) and not seen(opened, '[data-act="everything"]')
    assert page.evaluate("document.activeElement.dataset.act") == "play"
    assert size[0] < 700 or chart.bounding_box()["width"] < 0.8 * narrow
    assert opened.complaints == []


def test_whoever_has_left_it_sees_it_again_only_on_demand(visit: Open) -> None:
    opened = visit(tour=True)
    expect_title(opened, FIRST)
    opened.page.keyboard.press("p")  # presenting is no introduction, and Escape ends the presenting alone
    expect(opened.page.locator(".tour")).to_be_hidden()
    opened.wait_for(q="encoder")  # the screen as it opens, and not the odd state of the step
    assert seen(opened, ".instrument .ledger")
    opened.page.keyboard.press("Escape")
    expect_title(opened, FIRST)
    opened.wait_for(q="prior")
    assert not is_done(opened)
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator(".tour")).to_be_hidden()
    expect(opened.page.locator('[data-act="everything"]')).to_be_visible()
    assert is_done(opened) and not any(seen(opened, part) for part in LATER)
    opened.page.keyboard.press("p")  # a presenter has everything
    expect(opened.page.locator(".instrument .ledger")).to_be_visible()
    opened.page.keyboard.press("Escape")
    expect(opened.page.locator(".instrument .ledger")).to_be_hidden()
    # So it is for whoever comes back, until more is asked for or a link says what to see.
    opened.put("variance", "all", 30)
    opened.let_go()
    opened.page.reload()
    opened.page.wait_for_selector(TABLE, state="attached", timeout=PATIENCE)
    opened.settle()
    expect(opened.page.locator('[data-act="everything"]')).to_be_visible()
    assert "variance=" in opened.page.url and not any(seen(opened, part) for part in LATER)
    opened.page.get_by_role("link", name="Quiz").click()
    opened.page.get_by_role("link", name="Trade-off").click()
    expect(opened.page.locator('[data-act="everything"]')).to_be_visible(timeout=PATIENCE)
    opened.page.goto(f"{opened.address}/?digit=3")
    opened.page.wait_for_selector(TABLE, timeout=PATIENCE)
    expect(opened.page.locator(".instrument .ledger")).to_be_visible(timeout=PATIENCE)
    opened.page.goto(opened.address)
    opened.page.wait_for_selector(TABLE, timeout=PATIENCE)
    opened.settle()
    expect(opened.page.locator(".tour")).to_be_hidden()
    opened.page.get_by_role("button", name="Intro", exact=True).click()
    expect_title(opened, FIRST)
    opened.wait_for(q="prior")
    # What is done before it is asked begins where it is not.
    opened.page.locator(ON).click()
    expect_title(opened, "How sure should it be?")
    opened.wait_for(q="hand")
    opened.put("variance", "all", 3)
    expect_title(opened, "✓ The surer, the more alike")
    opened.page.locator(ON).click()
    expect_title(opened, "Then why not be certain?")
    opened.wait_for_link(variance="0.01")
    opened.page.locator(".tour").get_by_role("button", name="Leave").click()
    opened.wait_for(q="encoder")
    opened.page.wait_for_timeout(600)
    assert opened.page.locator(".instrument .tip:visible").count() == 0, "what lies under the pointer was not asked about"
    assert "σ²" not in opened.page.locator(".sentence").inner_text(), "what the step had set is not said"
    opened.page.get_by_role("button", name="Intro", exact=True).click()
    expect_title(opened, FIRST)
    opened.wait_for(q="prior")
    # Back opens the step before as it begins, whatever has become of the screen since.
    opened.page.locator(ON).click()
    for title in ("How sure should it be?", "Then why not be certain?"):
        expect_title(opened, title)
        opened.page.get_by_role("button", name="Skip this step").click()
    for title, variance in (("Then why not be certain?", "0.01"), ("How sure should it be?", "1")):
        opened.page.locator(".tour").get_by_role("button", name="Back").click()
        expect_title(opened, title)
        opened.wait_for_link(variance=variance)
    opened.page.locator(".tour").get_by_role("button", name="Back").click()
    expect_title(opened, FIRST)
    opened.wait_for(q="prior")
    opened.page.locator(".tour").get_by_role("button", name="Leave").click()
    expect(opened.page.locator(".tour")).to_be_hidden()
    opened.wait_for(q="encoder")  # and not the state of the step
    assert opened.complaints == []


def test_a_first_visit_asks_for_the_first_step_at_once(visit: Open) -> None:
    sent: list[BackMsg] = []

    def listen(page: Page) -> None:
        page.on("websocket", follow)

    def follow(socket: WebSocket) -> None:
        if "_stcore" in socket.url:
            socket.on("framesent", lambda data: sent.append(BackMsg.FromString(data)))

    opened = visit(tour=True, before=listen)
    expect_title(opened, FIRST)
    runs = [message.rerun_script for message in sent if message.WhichOneof("type") == "rerun_script"]
    assert [run.query_string for run in runs] == ["q=prior"], "one run of the script, of the first step's own state"
    assert opened.state()["q"] == "prior" and opened.complaints == []


def test_a_state_that_does_not_come_is_asked_for_again(visit: Open) -> None:
    """What a hand has just moved may reach a busy server together with it, and be what the server goes by."""
    lost: list[BackMsg] = []

    def passed_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(data: str | bytes) -> None:
            message = BackMsg.FromString(data) if isinstance(data, bytes) else BackMsg()
            if '"variance":"1"' in str(message).replace("\\", "").replace(" ", "") and not lost:
                lost.append(message)
            else:
                server.send(data)

        socket.on_message(hear)

    opened = visit(tour=True, before=lambda page: page.route_web_socket(re.compile("_stcore/stream"), passed_on))
    expect_title(opened, FIRST)
    opened.page.locator(ON).click()
    expect_title(opened, "How sure should it be?")
    assert len(lost) == 1 and opened.state()["q"] == "hand"


def test_a_link_with_an_error_says_so_and_has_no_introduction(visit: Open) -> None:
    opened = visit("?digit=99", tour=True)
    assert opened.page.locator(".tour h2:visible").count() == 0
    expect(opened.page.locator('[data-testid="stAlert"]')).to_contain_text("digit")


@pytest.mark.parametrize("link", ["?digit=3", "?embed=true", "?task=Find+q&q=prior"])
def test_a_link_that_says_what_to_see_has_no_introduction(visit: Open, link: str) -> None:
    opened = visit(link, tour=True)
    assert not is_done(opened)
    assert opened.page.locator(".tour h2:visible").count() == 0
    assert seen(opened, ".instrument .ledger")
    again = opened.page.get_by_role("button", name="Intro")
    assert again.count() == (1 if link == "?digit=3" else 0)
