"""The app as a visitor has it: a fresh server of its own, a real Chromium, and a way to open and read the screen."""

import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, sync_playwright

ROOT = Path(__file__).parent.parent
TABLE = '[data-panel="numbers"]'
PATIENCE = 60_000  # milliseconds, for machines that are busy; no test asserts a time

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--process-per-site",
)  # fmt: skip

# In the page, before its own scripts: a browser that has seen the introduction of the first visit.
TOUR_DONE = """try {
    if (!localStorage.getItem("elbo-room")) localStorage.setItem("elbo-room", '{"tour": true}');
} catch {}"""


@dataclass
class Visit:
    """The app open in one browser tab, with all that it asked for and complained about."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def to(
        cls,
        browser: Browser,
        server: str,
        path: str = "",
        *,
        size: tuple[int, int] = (1280, 720),
        scheme: str = "light",
        table: bool = True,
        touch: bool = False,
        tour: bool = False,
        before: Callable[[Page], None] = lambda page: None,
        context: BrowserContext | None = None,
    ) -> "Visit":
        """Open an address of the app in a context of its own and wait until it has been drawn; `before` sees it empty.

        The browser is one that has seen the introduction of the first visit, unless `tour` asks for it. A `context` that is
        given was made for these options (`Contexts`).
        """
        opened = cls((context or _context(browser, size, scheme, touch, tour)).new_page(), server)
        before(opened.page)
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on(
            "console", lambda m: opened.complaints.append(f"{m.text} {m.location}") if m.type == "error" else None
        )
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.goto(path if path.startswith("http") else f"{server}/{path}")
        if table:
            opened.page.wait_for_selector(TABLE, state="attached", timeout=PATIENCE)  # the introduction may hide it
        opened.page.wait_for_selector('[data-testid="stApp"]', timeout=PATIENCE)
        opened.settle()
        return opened

    def go(self, path: str) -> None:
        """Show another address of the app as the browser's Back shows one: the page is not loaded again.

        That takes a third of the work of a visit. It is for what is only looked at: what a hand has left, stays.
        """
        self.page.evaluate(
            """async ([path, patience]) => {
                const app = document.querySelector('[data-testid="stApp"]'), back = new PopStateEvent("popstate");
                history.pushState({}, "", path);
                await new Promise((done, failed) => {
                    let began = false;
                    const observer = new MutationObserver((seen) => {
                        const rests = app.dataset.testScriptState === "notRunning";
                        began ||= seen.length > 1 || !rests;
                        if (began && rests) { clearInterval(again); observer.disconnect(); done() }
                    });
                    observer.observe(app, { attributeFilter: ["data-test-script-state"] });
                    dispatchEvent(back);
                    // On a busy machine a run may begin and end between two frames, unseen.
                    const again = setInterval(() => { if (!began) dispatchEvent(back) }, 3000);
                    setTimeout(() => failed(new Error(`no script ran for ${path}`)), patience);
                });
            }""",
            [f"/{path}", PATIENCE],
        )
        self.settle()
        self.page.evaluate("async () => { for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame) }")

    def numbers(self) -> dict[str, float]:
        """The full values in the table of numbers."""
        texts = self.page.eval_on_selector_all(
            "[data-quantity]", "cells => Object.fromEntries(cells.map(c => [c.dataset.quantity, c.dataset.value]))"
        )
        return {name: float(text) if text else math.nan for name, text in texts.items()}

    def printed(self) -> dict[str, str]:
        """What the table of numbers prints, with a plain minus sign."""
        texts = self.page.eval_on_selector_all(
            "[data-quantity]", "cells => Object.fromEntries(cells.map(c => [c.dataset.quantity, c.textContent]))"
        )
        return {name: text.replace("−", "-") for name, text in texts.items()}

    def state(self) -> dict[str, str]:
        """The state to which these numbers belong, as the table says it."""
        return self.page.eval_on_selector(TABLE, "table => ({...table.dataset})")

    def link(self) -> dict[str, str]:
        """The parameters of the address."""
        return {name: texts[-1] for name, texts in parse_qs(urlsplit(self.page.url).query).items()}

    def wait_for(self, **state: str) -> None:
        """Wait until the table of numbers belongs to this state."""
        self._wait_for_table("".join(f'[data-{name}="{value}"]' for name, value in state.items()))

    def wait_until_not(self, **state: str) -> None:
        """Wait until the table of numbers has left this state."""
        self._wait_for_table("".join(f':not([data-{name}="{value}"])' for name, value in state.items()))

    def _wait_for_table(self, condition: str) -> None:
        self.page.wait_for_selector(f"{TABLE}{condition}", state="attached", timeout=PATIENCE)
        self.settle()

    def wait_for_link(self, **parameters: str) -> None:
        """Wait until the address holds these parameters."""
        self.page.wait_for_function(
            """wanted => { const link = new URLSearchParams(location.search);
                           return Object.entries(wanted).every(([name, text]) => link.get(name) === text) }""",
            arg=parameters,
            timeout=PATIENCE,
        )

    def settle(self) -> None:
        """Wait until the script is done, the instrument has all that a resting hand needs, and every chart is drawn."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=PATIENCE)
        if self.page.locator(TABLE).count():
            self.page.wait_for_selector(
                f'{TABLE}[data-diagnostics="true"][data-pictures="true"]', state="attached", timeout=PATIENCE
            )
            self.page.wait_for_function(
                "() => [...document.querySelectorAll('.instrument .plot')].every(plot => plot.querySelector('.main-svg'))",
                timeout=PATIENCE,
            )

    def slider(self, kind: str, which: str | int = "all") -> Locator:
        """The range of the variance ("all" or a dimension from 0) or of the mean."""
        return self.page.locator(f"#elbo-room-{kind}-{which}")

    def exact(self, kind: str, which: str | int = "all") -> Locator:
        """The field beside that slider."""
        return self.page.locator(f'[data-knob="{kind}-{which}"] .exact')

    def press(self, kind: str, which: str | int, *keys: str) -> None:
        """Press keys on a slider."""
        for key in keys:
            self.slider(kind, which).press(key)

    def put(self, kind: str, which: str | int, value: float) -> None:
        """Set a slider as a program does: its value, then the two events that a hand would have caused."""
        self.slider(kind, which).evaluate(
            """(range, value) => { range.value = value;
                                   for (const kind of ["input", "change"]) range.dispatchEvent(new Event(kind)) }""",
            value,
        )

    def let_go(self) -> None:
        """Wait until what the sliders hold is in the table and in the link, and the script has answered."""
        self.page.evaluate("async () => { for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame) }")
        self.page.wait_for_function(
            """selector => {
                const { mean, variance } = document.querySelector(selector).dataset;
                const link = new URLSearchParams(location.search), means = mean.split(" ").map(Number);
                const held = [...document.querySelectorAll("[id^=elbo-room-mean-]")].every((range) => {
                    const there = Math.min(Math.max(means[range.id.split("-").at(-1)], range.min), range.max);
                    return Math.abs(range.value - there) < 1e-5;
                });
                return held && link.get("mean") === mean && link.get("variance") === variance;
            }""",
            arg=TABLE,
            timeout=PATIENCE,
        )
        self.settle()


def _context(browser: Browser, size: tuple[int, int], scheme: str, touch: bool, tour: bool) -> BrowserContext:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, has_touch=touch)
    if not tour:
        context.add_init_script(TOUR_DONE)
    return context


class Contexts:
    """Contexts of the browser that visits use one after the other, each as empty as a new one.

    A page that opens where another has been finds the scripts fetched and compiled, in a process that already runs: that
    is half of the work of a first visit. A page at the server's origin keeps the process, and empties the storage.
    """

    def __init__(self, browser: Browser, server: str):
        """Contexts in this browser, for visits to this server."""
        self._browser = browser
        self._server = server
        self._idle: dict[tuple[object, ...], list[BrowserContext]] = {}
        self._lent: dict[BrowserContext, tuple[object, ...]] = {}

    def lend(
        self, size: tuple[int, int] = (1280, 720), scheme: str = "light", touch: bool = False, tour: bool = False
    ) -> BrowserContext:
        """A context with these options that nobody else uses, its storage empty."""
        options = (size, scheme, touch, tour)
        idle = self._idle.setdefault(options, [])
        if idle:
            context = idle.pop()
        else:
            context = _context(self._browser, size, scheme, touch, tour)
            context.new_page().goto(f"{self._server}/_stcore/health")
        context.clear_cookies()
        context.pages[0].evaluate("() => (localStorage.clear(), sessionStorage.clear())")
        self._lent[context] = options
        return context

    def give_back(self, context: BrowserContext) -> None:
        """Close the pages of a context that was lent; it may be lent again."""
        for page in context.pages[1:]:
            page.close()
        context.unroute_all()
        context.set_offline(False)
        self._idle[self._lent.pop(context)].append(context)

    def close(self) -> None:
        """Close all that is idle."""
        for idle in self._idle.values():
            for context in idle:
                context.close()


@dataclass(frozen=True)
class Server:
    """A running server of the app."""

    address: str
    pid: int


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    script: Path = ROOT / "app.py", base: str = "", descriptors: int = 0, port: int = 0, warm_up: bool = True
) -> Iterator[Server]:
    """A fresh server of the app, or of another script, on this port or else a free one; with the base path that it is set
    to, if any, and with no more open files than this number, if it is not 0. Without the warm-up it starts sooner, which
    is worth it for a few visits.

    Raises:
        RuntimeError: it did not become healthy; with what it said.
    """
    port = port or free_port()
    address = f"http://localhost:{port}"
    options = ["--server.port", str(port), "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    if descriptors:
        command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
    with TemporaryDirectory() as folder, (Path(folder) / "log.txt").open("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                "ELBO_ROOM_CLASSES": "memory",
                "ELBO_ROOM_WARM_UP": str(int(warm_up)),
                **os.environ,
                "PYTHONPATH": str(ROOT),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _healthy(process, f"{address}{base}/_stcore/health"):
                log.seek(0)
                raise RuntimeError(f"The server did not become healthy:\n{log.read()[-4000:]}")
            yield Server(address, process.pid)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium of this machine, for who drives no other browser.

    Raises:
        RuntimeError: there is none; the sentence says what to install.
    """
    path = _chromium_path()
    with sync_playwright() as playwright, launched_chromium(playwright, path) as browser:
        yield browser


@contextmanager
def launched_chromium(playwright: Playwright, path: str = "") -> Iterator[Browser]:
    """The same, driven by a Playwright that may drive other browsers too: a thread has room for one Playwright only.

    Raises:
        RuntimeError: there is none; the sentence says what to install.
    """
    browser = playwright.chromium.launch(executable_path=path or _chromium_path(), args=list(_FLAGS))
    yield browser
    browser.close()


def _chromium_path() -> str:
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError(
            "The browser tests need Chromium: install the package chromium (apt-get install chromium), or Google Chrome."
        )
    return path


def _healthy(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + 4 * PATIENCE / 1000  # the warm-up computes, and the machine may be busy
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.read() == b"ok":
                    return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    return False
