"""What tests share: one server of the app, one Playwright, one Chromium, a way to open the app, and one Redis."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import jaxtyping
import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests import shapes
from tests.real_servers import EVERY_SERVER, ServerMissingError, running_redis
from tests.visiting import Contexts, Server, Visit, launched_chromium, running_app

jaxtyping.jaxtyped = shapes.checked  # before anything imports vaecore
settings.register_profile("elbo-room", deadline=None)  # no test asserts a time
settings.load_profile("elbo-room")

_REAL_PROCESSES = {"server", "attacked", "playwright", "redis_address"}
"""The fixtures that start a browser or a server."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test of real browsers or servers a second try, since a busy machine disturbs them. The summary counts these."""
    for item in items:
        if isinstance(item, pytest.Function) and _REAL_PROCESSES & set(item.fixturenames):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def room_for_the_oracles_models() -> None:
    """The app's models and the oracle's own do not fit into the app's limit together: all would be decoded ever again."""
    from vaecore.evaluate.quadrature.memory import FEATURES

    FEATURES.most = 600e6


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    """A fresh server of the app."""
    with running_app() as app:
        yield app


@pytest.fixture(scope="session")
def server(running: Server) -> str:
    """Its address."""
    return running.address


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


@pytest.fixture(scope="session")
def contexts(server: str, chromium: Browser) -> Iterator[Contexts]:
    """Contexts that visits to this server use one after the other."""
    pool = Contexts(chromium, server)
    yield pool
    pool.close()


@pytest.fixture
def visit(server: str, chromium: Browser, contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """`Visit.to` on this server, each visit in a context that no other of the test has, with empty storage."""
    lent = []

    def to(path: str = "", **options: Any) -> Visit:
        lent.append(
            contexts.lend(**{name: options[name] for name in ("size", "scheme", "touch", "tour") if name in options})
        )
        return Visit.to(chromium, server, path, context=lent[-1], **options)

    yield to
    for context in lent:
        contexts.give_back(context)


@pytest.fixture(scope="module")
def look(server: str, chromium: Browser, contexts: Contexts) -> Iterator[Callable[..., Visit]]:
    """As `visit`, for what is only looked at: one page for each size, which goes from address to address (`Visit.go`)."""
    pages: dict[tuple[object, ...], Visit] = {}

    def at(
        path: str = "", size: tuple[int, int] = (1280, 720), scheme: str = "light", touch: bool = False, table: bool = True
    ) -> Visit:
        kind = size, scheme, touch
        if kind in pages:
            pages[kind].complaints.clear()
            pages[kind].go(path)
        else:
            pages[kind] = Visit.to(chromium, server, path, table=table, context=contexts.lend(*kind))
        return pages[kind]

    yield at
    for opened in pages.values():
        contexts.give_back(opened.page.context)


@pytest.fixture(scope="module")
def scripts(server: str, chromium: Browser) -> Iterator[Page]:
    """A page from which the app's own scripts can be imported."""
    torch.set_num_threads(1)
    page = chromium.new_page()
    page.goto(f"{server}/_stcore/health")
    yield page
    page.close()


@pytest.fixture
def unchecked_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets wrong arguments reach the code's own refusals, as they do outside the test run, where no types are checked."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis for this process of the tests."""
    try:
        with running_redis(tmp_path_factory.mktemp("redis")) as address:
            yield address
    except ServerMissingError as error:
        if os.environ.get(EVERY_SERVER):
            pytest.fail(str(error))
        pytest.skip(str(error))
