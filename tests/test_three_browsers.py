"""Firefox (in the dark theme) and WebKit: every screen, a drag and a commit. The depth is tested in Chromium."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Playwright

from pages.parts.derivation.sequence import STEPS
from pages.parts.derivation.step_names import SHORT
from pages.parts.state.screens import OTHERS
from tests import oracle_screen
from tests.other_browsers import EVERY_BROWSER, BrowserMissingError, Window, firefox, wait_for, webkit
from tests.visiting import TABLE

RESTS = """return document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning" """
SETTLED = f"""{RESTS} && Boolean(document.querySelector('{TABLE}[data-diagnostics="true"][data-pictures="true"]'))"""
SCREENS = {
    "derivation": ".lesson[data-rests=true] .main-svg", "loss": ".loss .main-svg", "quiz": ".question .answer",
    "challenges": ".card .way", "numbers": ".models td",
}  # fmt: skip
"""What is there once a screen is drawn."""
PREPARE = """
window.thrown = [];
addEventListener("error", (event) => window.thrown.push(event.message));
addEventListener("unhandledrejection", (event) => window.thrown.push(String(event.reason)));
window.everywhere = (selector, root = document) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
  .reduce((found, node) => found ?? (node.shadowRoot && window.everywhere(selector, node.shadowRoot)), null);
"""
"""Collects errors, and finds elements in shadow trees too."""


@pytest.fixture(params=["firefox", "webkit"])
def window(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Window]:
    """A window of the browser, which skips the test where it is not installed, or fails it where it must be."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(firefox(playwright) if request.param == "firefox" else webkit())
        except BrowserMissingError as missing:
            (pytest.fail if os.environ.get(EVERY_BROWSER) else pytest.skip)(str(missing))
        yield opened


def table(window: Window) -> dict[str, str]:
    return window.run(f"return {{...document.querySelector('{TABLE}').dataset}}")


def link(window: Window) -> dict[str, str]:
    return window.run("return Object.fromEntries(new URLSearchParams(location.search))")


def assert_sound(window: Window) -> None:
    """No error is shown or was thrown, and the page is not wider than the window."""
    assert (
        window.run("""return [...document.querySelectorAll('[data-testid="stAlert"], [data-testid="stException"]')]
        .map((node) => node.textContent)""")
        == []
    )
    assert window.run("return window.thrown") == []
    assert window.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_drag_streams_and_commits_and_every_screen_and_step_is_drawn(window: Window, server: str) -> None:
    window.open(f"{server}/?digit=3&q=encoder&mean=&variance=")
    wait_for(window, SETTLED)
    window.run(PREPARE)

    before = table(window)
    x, y, width = window.run("""const range = document.querySelector("#elbo-room-variance-all");
        range.scrollIntoView({ block: "center" });
        const { left, top, width, height } = range.getBoundingClientRect(), thumb = 22;
        const part = (range.value - range.min) / (range.max - range.min);
        return [left + thumb / 2 + part * (width - thumb), top + height / 2, width]""")
    window.press(x, y)
    window.move(x + 0.2 * width, y)
    moved = wait_for(
        window,
        f"""const {{ variance }} = document.querySelector('{TABLE}').dataset;
                                 return variance !== arguments[0] && variance""",
        before["variance"],
    )
    assert link(window).get("variance") in (None, "")  # nothing is committed while the mouse is held
    window.move(x + 0.3 * width, y)
    window.release()
    wait_for(window, "return new URLSearchParams(location.search).get('variance')")
    wait_for(window, SETTLED)
    after = table(window)
    assert float(after["variance"].split()[0]) > float(moved.split()[0]) > float(before["variance"].split()[0])
    assert link(window)["variance"] == after["variance"] and link(window)["digit"] == "3"
    cells = window.run("""return Object.fromEntries([...document.querySelectorAll("[data-quantity]")]
        .map((cell) => [cell.dataset.quantity, [cell.dataset.value, cell.textContent.replace("−", "-")]]))""")
    for name, value in oracle_screen.at_rest(link(window) | after).items():
        behind, printed = map(float, cells[name])
        assert behind == pytest.approx(value, abs=0.0005 + 1e-6), name
        assert printed == pytest.approx(value, abs=0.02), name  # of two digits; the gap is a sum of three that are rounded
    assert_sound(window)

    for screen in OTHERS:
        window.run(
            """[...document.querySelectorAll('[data-testid="stTopNavLink"]')]
            .find((link) => link.textContent.includes(arguments[0])).click()""",
            screen.title,
        )
        wait_for(
            window,
            f"{RESTS} && location.pathname.endsWith(arguments[0]) && Boolean(everywhere(arguments[1]))",
            screen.address,
            SCREENS[screen.address],
        )
        assert_sound(window)
        if screen.address == "derivation":
            for number in list(SHORT)[1:]:
                wait_for(
                    window, "const next = document.querySelector('.st-key-next button'); next?.click(); return Boolean(next)"
                )
                drawn = SCREENS["derivation"] if number in STEPS else ".doors li"
                wait_for(
                    window,
                    f"""{RESTS} && [...document.querySelectorAll("h2")].some((h) => h.textContent.startsWith(arguments[0]))
                                     && new URLSearchParams(location.search).get("step") === arguments[1]
                                     && Boolean(everywhere(arguments[2]))""",
                    f"{number}.",
                    str(number),
                    drawn,
                )
                assert_sound(window)
