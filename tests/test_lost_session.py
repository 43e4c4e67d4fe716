"""The server is killed while a visitor moves something, and started again: it knows no session, and nothing is lost."""

import os
import signal

from playwright.sync_api import Browser

from tests.visiting import PATIENCE, TABLE, Visit, free_port, running_app

# As a program moves a slider: over a page that has lost its server Streamlit soon lays a dialog, which takes the mouse.
MOVE = """(range, by) => { range.value = Number(range.value) + by;
                         for (const kind of ["input", "change"]) range.dispatchEvent(new Event(kind)) }"""


def test_what_is_moved_while_the_server_is_gone_is_kept(chromium: Browser) -> None:
    """On both pages nothing was committed before: the new server has never heard of what moves."""
    port = free_port()
    with running_app(port=port) as first:
        tradeoff = Visit.to(chromium, first.address, "?digit=3&q=hand&mean=0 0&variance=0.5")
        lesson = Visit.to(chromium, first.address, "derivation?step=6", table=False)
        lesson.page.wait_for_selector('.lesson[data-rests="true"]', timeout=PATIENCE)
        slider = lesson.page.locator(".lesson input[type=range]").first
        before = tradeoff.state()["variance"], slider.input_value()
        os.kill(first.pid, signal.SIGKILL)
        tradeoff.slider("variance").evaluate(MOVE, -20)
        slider.evaluate(MOVE, -1)
        tradeoff.page.wait_for_selector(f'{TABLE}:not([data-variance="{before[0]}"])', timeout=PATIENCE)
        lesson.page.wait_for_selector(f'.lesson[data-k="{int(before[1]) - 1}"]', timeout=PATIENCE)
        wanted = tradeoff.state()["variance"], slider.input_value()
    with running_app(port=port):
        tradeoff.wait_for_link(variance=wanted[0], mean="0 0", digit="3")
        lesson.page.wait_for_function("() => [...new URLSearchParams(location.search)].length > 1", timeout=PATIENCE)
        tradeoff.settle()
        assert (tradeoff.state()["variance"], slider.input_value()) == wanted
        for opened in (tradeoff, lesson):
            opened.page.reload()
        tradeoff.wait_for(variance=wanted[0], mean="0 0")
        slider.wait_for()
        assert slider.input_value() == wanted[1]
    for opened in (tradeoff, lesson):
        opened.page.context.close()
