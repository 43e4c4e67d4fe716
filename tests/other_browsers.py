"""Firefox and WebKit as a smoke test drives them: one window, a script, and a mouse."""

import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Page, Playwright
from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.visiting import PATIENCE

SIZE = (1280, 720)
EVERY_BROWSER = "ELBO_ROOM_EVERY_BROWSER"
"""The environment variable that says, if set, that a browser which is missing is a failure."""

_DARK = {"ui.systemUsesDarkTheme": 1, "layout.css.prefers-color-scheme.content-override": 0}


class BrowserMissingError(Exception):
    """A browser is not installed; the sentence says how to install it."""


class Window(Protocol):
    """A browser's window."""

    def open(self, address: str) -> None:
        """Load a page; whether it is there is to be asked."""

    def run(self, body: str, *arguments: Any) -> Any:
        """What the body of a JavaScript function returns, with `arguments` as in a function."""

    def press(self, x: float, y: float) -> None:
        """Move the mouse there, and hold its button down."""

    def move(self, x: float, y: float) -> None:
        """Move the mouse, in a few steps."""

    def release(self) -> None:
        """Let go of the mouse's button."""


def wait_for(window: Window, body: str, *arguments: Any) -> Any:
    """Ask again and again until the answer is true, and return it.

    Raises:
        TimeoutError: it has not become so; with what was asked for.
    """
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        if answer := window.run(body, *arguments):
            return answer
        time.sleep(0.05)
    raise TimeoutError(f"This has not become true: {body} {arguments}")


class _Firefox:
    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        self.page.goto(address)

    def run(self, body: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(given) => (function () {{ {body} }})(...given)", list(arguments))

    def press(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)
        self.page.mouse.down()

    def move(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y, steps=5)

    def release(self) -> None:
        self.page.mouse.up()


@contextmanager
def firefox(playwright: Playwright) -> Iterator[Window]:
    """A window of Debian's Firefox, in the dark theme.

    Raises:
        BrowserMissingError: there is none.
    """
    path = next((found for name in ("firefox-esr", "firefox") if (found := shutil.which(name))), None)
    if path is None:
        raise BrowserMissingError("This test needs Firefox: install the package firefox-esr (apt-get install firefox-esr).")
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=path, headless=True, firefox_user_prefs=_DARK
    )  # Playwright's own option for the colour scheme is not known to a Firefox that it has not built
    try:
        yield _Firefox(browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}))
    finally:
        browser.close()


class _WebKit:
    def __init__(self, driver: WebKitGTK) -> None:
        self.driver = driver

    def open(self, address: str) -> None:
        self.driver.get(address)

    def run(self, body: str, *arguments: Any) -> Any:
        return self.driver.execute_script(body, *arguments)

    def press(self, x: float, y: float) -> None:
        self._mouse(x, y).pointer_action.pointer_down()
        self.builder.perform()

    def move(self, x: float, y: float) -> None:
        self._mouse(x, y)
        self.builder.perform()

    def _mouse(self, x: float, y: float) -> ActionBuilder:
        self.builder = ActionChains(self.driver, duration=100).w3c_actions
        self.builder.pointer_action.move_to_location(round(x), round(y))
        return self.builder

    def release(self) -> None:
        ActionChains(self.driver).release().perform()


@contextmanager
def webkit() -> Iterator[Window]:
    """A window of WebKitGTK on a screen that nobody sees.

    Raises:
        BrowserMissingError: WebKitGTK or Xvfb is not installed.
    """
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = sorted(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")))
    if not (driver and screen and browsers):
        raise BrowserMissingError(
            "This test needs WebKitGTK and a screen for it: install the packages webkit2gtk-driver and xvfb "
            "(apt-get install webkit2gtk-driver xvfb)."
        )
    options = Options()
    options.binary_location = browsers[-1]
    options.add_argument("--automation")
    options.page_load_strategy = "none"  # a page that keeps a websocket open is not always called loaded
    with _screen(screen) as display:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Selenium about itself
            opened = WebKitGTK(options=options, service=Service(driver, env={**os.environ, "DISPLAY": display}))
        try:
            opened.set_script_timeout(PATIENCE / 1000)
            opened.set_window_size(*SIZE)
            yield _WebKit(opened)
        finally:
            opened.quit()


@contextmanager
def _screen(path: str) -> Iterator[str]:
    command = [path, "-displayfd", "1", "-screen", "0", "{}x{}x24".format(*SIZE), "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()
