"""What the browser tests share: one server, one Playwright, one Chromium, and a way to open the app."""

from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.visiting import Visit, launched_chromium, running_app

settings.register_profile("elbo-room", deadline=None)  # no test asserts a time
settings.load_profile("elbo-room")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a fresh server of the app."""
    with running_app() as app:
        yield app.address


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives Chromium and Firefox."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium; without one the tests that ask for it fail with the sentence that says what to install."""
    with launched_chromium(playwright) as browser:
        yield browser


@pytest.fixture
def visit(server: str, chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """`Visit.to` on this server, in contexts that are closed afterwards."""
    visits = []

    def to(path: str = "", **options: Any) -> Visit:
        visits.append(Visit.to(chromium, server, path, **options))
        return visits[-1]

    yield to
    for opened in visits:
        opened.page.context.close()


@pytest.fixture
def unchecked_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets wrong arguments reach the code's own refusals, as they do outside the test run, where no types are checked."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
