"""The server stops answering, is killed while a visitor moves something, and is started again: no screen loses anything."""

import functools
import os
import signal
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from pages.parts.challenges.goals import BY_KEY
from pages.parts.state.parameters import GRID
from tests.visiting import PATIENCE, TABLE, Server, Visit, free_port, running_app

# As a program moves a slider: over a page that has lost its server Streamlit soon lays a dialog, which takes the mouse.
MOVE = """(range, by) => { range.value = Number(range.value) + by;
                         for (const kind of ["input", "change"]) range.dispatchEvent(new Event(kind)) }"""
PRESS = "button => button.click()"


def test_what_is_moved_without_a_network_or_while_the_server_is_paused_arrives_later(
    running: Server, visit: Callable[..., Visit]
) -> None:
    """First nothing was committed on these pages before, then something was. Longer than two commits are waited for."""
    tradeoff = visit("?digit=3&q=hand&mean=0 0&variance=0.5")
    lesson = visit("derivation?step=6", table=False)
    loss = visit("loss", table=False)
    lesson.page.wait_for_selector('.lesson[data-rests="true"]', timeout=PATIENCE)
    loss.page.wait_for_selector('.loss[data-drawn="true"]', timeout=PATIENCE)
    moved = (
        (tradeoff, tradeoff.slider("variance"), ".instrument"),
        (lesson, lesson.page.locator(".lesson input[type=range]").first, ".lesson"),
        (loss, loss.page.locator(".loss input[type=range]"), ".loss"),
    )
    for gone in ("network", "server"):
        if gone == "server":
            os.kill(running.pid, signal.SIGSTOP)
        places = []
        try:
            for opened, slider, _ in moved:
                opened.page.context.set_offline(gone == "network")
                places.append(str(int(slider.input_value()) - 5))
                slider.evaluate(MOVE, -5)
            for opened, _, root in moved:  # the page says that it waits
                opened.page.locator(f"{root}.unanswered").wait_for()
            lesson.page.wait_for_timeout(7_000)
        finally:
            os.kill(running.pid, signal.SIGCONT)  # other tests need it
        for opened, _, _ in moved:
            opened.page.context.set_offline(False)
        for (opened, slider, root), place in zip(moved, places, strict=True):
            opened.page.locator(f"{root}:not(.unanswered)").wait_for(timeout=PATIENCE)
            expect(slider, gone).to_have_value(place)
    for (opened, slider, _), place in zip(moved, places, strict=True):
        opened.settle()
        opened.page.reload()
        expect(slider, "after a reload").to_have_value(place, timeout=PATIENCE)


def test_a_reload_in_a_drag_keeps_what_is_shown(visit: Callable[..., Visit]) -> None:
    """Nothing has been released: no commit has been sent, and the address says what was there before."""
    tradeoff = visit("?digit=3&q=hand&mean=0 0&variance=0.5")
    lesson = visit("derivation?step=6", table=False)
    loss = visit("loss", table=False)
    lesson.page.wait_for_selector('.lesson[data-rests="true"]', timeout=PATIENCE)
    lesson.page.get_by_role("button", name="Skip the question").click()
    loss.page.wait_for_selector('.loss[data-drawn="true"]', timeout=PATIENCE)
    for opened, slider in (
        (tradeoff, tradeoff.slider("variance")),
        (lesson, lesson.page.locator(".lesson input[type=range]").first),
        (loss, loss.page.locator(".loss input[type=range]")),
    ):
        address, before, box = opened.page.url, slider.input_value(), slider.bounding_box()
        assert box is not None
        place = float(slider.evaluate("range => (range.value - range.min) / (range.max - range.min)"))
        opened.page.mouse.move(box["x"] + place * box["width"], box["y"] + box["height"] / 2)
        opened.page.mouse.down()
        opened.page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2, steps=4)
        held = slider.input_value()
        assert (held != before, opened.page.url) == (True, address)
        opened.page.reload()
        opened.page.wait_for_function("address => location.href !== address", arg=address, timeout=PATIENCE)
        opened.page.mouse.up()
        slider.wait_for()
        opened.page.wait_for_function(
            "([range, held]) => range.value === held", arg=[slider.element_handle(), held], timeout=PATIENCE
        )
        assert [text for text in opened.complaints if "Error:" in text] == []


def test_what_is_moved_while_the_server_is_gone_is_kept(chromium: Browser) -> None:
    """On the first pages nothing was committed before: the new server has never heard of what moves."""
    port = free_port()
    with running_app(port=port, warm_up=False) as first:
        tradeoff = Visit.to(chromium, first.address, "?digit=3&q=hand&mean=0 0&variance=0.5")
        # The others are tabs of the same browser: their scripts are fetched and compiled already.
        tab = functools.partial(Visit.to, chromium, first.address, context=tradeoff.page.context)
        lesson = tab("derivation?step=6", table=False)
        loss = tab("loss", table=False)
        quiz = tab("quiz", table=False)
        challenge = tab(BY_KEY["tight"].address.removeprefix("/"))
        opened = (tradeoff, lesson, loss, quiz, challenge)
        assert challenge.page.locator(".strip").get_attribute("data-reached") == "false"
        lesson.page.wait_for_selector('.lesson[data-rests="true"]', timeout=PATIENCE)
        loss.page.wait_for_selector('.loss[data-drawn="true"]', timeout=PATIENCE)
        slider, weight = lesson.page.locator(".lesson input[type=range]").first, loss.page.locator(".loss input[type=range]")
        answers = quiz.page.locator('.question[data-key="quiz/jensen"] .answer')

        # A server that does not answer for a while: the screens say so, and the answer comes when it can.
        os.kill(first.pid, signal.SIGSTOP)
        weight.evaluate(MOVE, -3)
        paused = weight.input_value()
        answers.nth(0).evaluate(PRESS)
        loss.page.locator(".loss.unanswered").wait_for()
        assert quiz.page.locator(".question .reason.wrong").count() == 1
        os.kill(first.pid, signal.SIGCONT)
        loss.page.wait_for_function("() => new URLSearchParams(location.search).has('kl_weight')", timeout=PATIENCE)
        loss.page.wait_for_selector(f'.loss:not(.unanswered)[data-stop="{paused}"]', timeout=PATIENCE)

        before = tradeoff.state()["variance"], slider.input_value()
        os.kill(first.pid, signal.SIGKILL)
        tradeoff.slider("variance").evaluate(MOVE, -20)
        slider.evaluate(MOVE, -1)
        weight.evaluate(MOVE, -2)
        answers.nth(1).evaluate(PRESS)
        # The goal of the challenge is where q is the posterior; that it is reached the new server finds.
        challenge.put("mean", 0, 0.5)
        challenge.put("variance", "all", min(range(len(GRID)), key=lambda stop: abs(GRID[stop] - 0.5)))
        tradeoff.page.wait_for_selector(f'{TABLE}:not([data-variance="{before[0]}"])', timeout=PATIENCE)
        lesson.page.wait_for_selector(f'.lesson[data-k="{int(before[1]) - 1}"]', timeout=PATIENCE)
        loss.page.wait_for_selector(f'.loss[data-stop="{int(paused) - 2}"]', timeout=PATIENCE)
        for page in (lesson.page, loss.page):
            page.locator(":is(.lesson, .loss).unanswered").wait_for()
        wanted = (
            tradeoff.state()["variance"],
            slider.input_value(),
            str(loss.page.locator(".loss").get_attribute("data-weight")),
        )
    with running_app(port=port, warm_up=False):
        tradeoff.wait_for_link(variance=wanted[0], mean="0 0", digit="3")
        lesson.page.wait_for_function("() => [...new URLSearchParams(location.search)].length > 1", timeout=PATIENCE)
        loss.wait_for_link(kl_weight=wanted[2])
        lesson.page.wait_for_selector('.lesson:not(.unanswered)[data-rests="true"]', timeout=PATIENCE)
        loss.page.wait_for_selector(f'.loss:not(.unanswered)[data-weight="{wanted[2]}"]', timeout=PATIENCE)
        challenge.page.locator('.strip[data-reached="true"]').wait_for(timeout=PATIENCE)
        challenge.page.get_by_role("link", name="All challenges").click()
        challenge.page.locator(".card.done").wait_for(timeout=PATIENCE)
        tradeoff.settle()
        assert (tradeoff.state()["variance"], slider.input_value()) == wanted[:2]
        for visit in opened:
            visit.page.reload()
        tradeoff.wait_for(variance=wanted[0], mean="0 0")
        lesson.page.wait_for_selector(f'.lesson[data-k="{wanted[1]}"]', timeout=PATIENCE)
        assert slider.input_value() == wanted[1]
        loss.page.wait_for_selector(f'.loss[data-weight="{wanted[2]}"]', timeout=PATIENCE)
        # The quiz has its answers in the browser: the first was wrong, and the question is done.
        quiz.page.locator(".question .reason.right").wait_for(timeout=PATIENCE)
        assert "1 of 16" in quiz.page.locator(".score .count").inner_text()
        assert "0 of the 1 so far" in quiz.page.locator(".result .head").inner_text()
    for visit in opened:
        assert [text for text in visit.complaints if "Error:" in text and "WebSocket" not in text] == []
    tradeoff.page.context.close()
