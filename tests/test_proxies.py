"""The app behind proxies: one that strips a prefix, and one that lets no websocket through but Streamlit's."""

import re

import pytest
from playwright.sync_api import Browser

from pages.parts.state.screens import OTHERS
from pages.parts.web.assets import BUNDLE
from tests.proxy import running_proxy
from tests.test_browser import assert_numbers
from tests.visiting import PATIENCE, Visit

STREAMLITS_OWN = "_stcore/stream"
LANDMARK = {
    "derivation": ".lesson[data-k]",
    "loss": '.loss[data-drawn="true"]',
    "quiz": ".answer",
    "challenges": ".list a.way",
    "numbers": ".stHeading h1, .stHeading h2",  # dialogs have headings too
}


def test_every_screen_opens_cold_behind_a_proxy_that_strips_a_prefix(server: str, chromium: Browser) -> None:
    with running_proxy(server, prefix="/courses/room", upgrades=".") as address:
        opened = Visit.to(chromium, address, f"{address}/?model=digits-2&digit=3")
        opened.press("mean", 0, "ArrowRight")  # asks for a sweep
        opened.let_go()
        assert_numbers(opened)
        assert not opened.complaints
        page = opened.page
        for screen in OTHERS:
            page.goto(f"{address}/{screen.address}")
            page.locator(LANDMARK[screen.address]).first.wait_for(timeout=PATIENCE)
        foreign = [url for url in opened.requests if not url.startswith((address, "data:", "blob:"))]
        assert not foreign
        page.context.close()


def test_a_script_that_a_proxy_holds_back_is_named_on_the_page(server: str, chromium: Browser) -> None:
    held = re.compile(re.escape(BUNDLE))
    opened = Visit.to(
        chromium, server, "?digit=3", table=False, before=lambda page: page.route(held, lambda route: route.abort())
    )
    opened.page.get_by_role("alert").get_by_text(f"could not be loaded: {BUNDLE}").wait_for(timeout=PATIENCE)
    opened.page.context.close()


@pytest.mark.parametrize("kind", ["mean", "variance"])
def test_where_only_streamlits_websocket_passes_sweeps_come_by_plain_requests(
    server: str, chromium: Browser, kind: str
) -> None:
    with running_proxy(server, upgrades=STREAMLITS_OWN) as address:
        opened = Visit.to(chromium, address, f"{address}/?digit=3")
        before = opened.state()
        opened.press(kind, 0 if kind == "mean" else "all", "ArrowRight")
        opened.let_go()
        assert opened.state()[kind] != before[kind]
        assert_numbers(opened)
        assert any(re.search(r"/play/rest\?", url) for url in opened.requests)
        opened.page.context.close()
