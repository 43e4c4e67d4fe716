"""Help where the word stands: every title, symbol and button has a sentence, by hover, focus and tap."""

from collections.abc import Callable
from html.parser import HTMLParser

from playwright.sync_api import expect

from pages.parts.tradeoff.glossary import GLOSSARY
from pages.parts.web.assets import text
from tests.visiting import Visit

Open = Callable[..., Visit]


class Marked(HTMLParser):
    """The elements that should have help, with the term that each names, if it names one."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str | None] = []
        self.buttons: list[str | None] = []
        self._in_title = self._in_own_window = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "p" and "panel-title" in (given.get("class") or ""):
            self._in_title = True
        if tag == "dialog" or given.get("class") == "menu":
            self._in_own_window = True  # a menu and a dialog say themselves what they offer
        if (tag == "b" and self._in_title) or tag == "caption":
            self.titles.append(given.get("data-term"))
            assert given.get("tabindex") == "0", f"<{tag}> cannot get the focus"
        if tag in ("button", "summary", "select") and not self._in_own_window:
            self.buttons.append(given.get("data-term"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self._in_title = False
        if tag in ("div", "dialog"):
            self._in_own_window = False


def test_every_panel_title_and_every_button_has_an_entry():
    page = Marked()
    page.feed(text("tradeoff/front/instrument.html"))
    assert len(page.titles) >= 7 and len(page.buttons) >= 15
    assert set(page.titles) <= GLOSSARY.keys()
    assert set(page.buttons) <= GLOSSARY.keys()


def test_entries_are_short_sentences():
    for name, (word, sentence) in GLOSSARY.items():
        assert word and sentence.endswith((".", ")")) and 20 < len(sentence) < 140, name


def test_a_word_is_explained_by_hover_focus_and_tap_and_all_in_the_glossary(visit: Open) -> None:
    opened = visit(touch=True)
    page, tip = opened.page, opened.page.locator(".instrument .tip")
    marked = set(page.eval_on_selector_all("[data-term]", "nodes => nodes.map(node => node.dataset.term)"))
    assert marked <= GLOSSARY.keys() and {"gap", "kl", "variance", "mean", "residual"} <= marked
    page.locator('.identity [data-term="gap"]').hover()
    expect(tip).to_have_text(GLOSSARY["gap"][1])
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    opened.slider("variance").hover()
    page.wait_for_timeout(500)
    expect(tip).to_be_hidden()  # it would cover the chart
    page.locator('label[for="elbo-room-variance-all"]').hover()
    expect(tip).to_have_text(GLOSSARY["variance"][1])
    page.mouse.move(5, 5)
    page.locator('[data-q="best"]').focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip).to_have_text(GLOSSARY["best"][1])
    assert page.locator('[data-q="best"]').get_attribute("aria-describedby") == tip.get_attribute("id")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator(".books .panel-title b").tap()
    expect(tip).to_have_text(GLOSSARY["books"][1])
    box, size = tip.bounding_box(), page.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"]
    # Also the words of a legend and the shares of the gap: none is explained by hover alone.
    for place, name in (
        (".tradeoff > .legend .evidence", "floor"), (".shares tr:last-child th span[data-term]", "shape-share"),
        (".shares tr:last-child .cause span", "approximation"), (".pulls b", "forces"),
    ):  # fmt: skip
        word = page.locator(place)
        word.tap()
        expect(tip).to_have_text(GLOSSARY[name][1])
        page.keyboard.press("Escape")
        expect(tip).to_be_hidden()
        word.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(tip).to_have_text(GLOSSARY[name][1])
        page.keyboard.press("Escape")
    # Who drags a slider or presses a button wants to see what it does.
    slider = opened.slider("variance")
    for moved in (slider, page.locator('[data-q="prior"]')):
        moved.click()
        page.wait_for_timeout(500)
        expect(tip).to_be_hidden()
    page.locator('[data-act="glossary"]').click()
    assert page.locator("dialog.glossary dt").all_inner_texts() == [word for word, _ in GLOSSARY.values()]
    dialog = page.locator("dialog.glossary")
    dialog.locator("dd").last.scroll_into_view_if_needed()
    assert dialog.get_by_role("button", name="Close").bounding_box()["y"] > dialog.bounding_box()["y"] - 1, "always in view"
    dialog.locator("dd").last.click()
    expect(dialog).to_be_visible()
    page.mouse.click(5, 360)  # outside
    expect(dialog).to_be_hidden()
    page.locator('[data-act="glossary"]').click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert opened.complaints == []
