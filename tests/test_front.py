"""What the screens' shared scripts promise: refused texts, copying without https, menus, and the system's own colours."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from plotly.offline import get_plotlyjs_version

from pages.parts.web import assets, bundle
from tests.visiting import PATIENCE, Visit, running_app

Open = Callable[..., Visit]

MULTIPLES = "?model=digits-2&digit=3&move=encoder"


def type_into(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")


@pytest.mark.parametrize(
    ("path", "field", "text"),
    [
        (MULTIPLES, '[data-knob="variance-all"] .exact', "0"),
        (MULTIPLES, '[data-knob="variance-all"] .exact', "−2"),
        (MULTIPLES, '[data-knob="variance-all"] .exact', "1e9"),  # only the server knows that q cannot have it
        ("?model=digits-2&digit=3", '[data-knob="mean-0"] .exact', "9"),
        ("derivation?step=1&m=0", ".lesson .exact >> nth=0", "none"),
        ("loss", ".loss .exact", "-1"),
    ],
)
def test_a_refused_text_gets_a_sentence_and_the_number_comes_back(visit: Open, path: str, field: str, text: str) -> None:
    opened = visit(path, table=path.startswith("?"))
    exact = opened.page.locator(field)
    exact.wait_for()
    opened.page.wait_for_function("field => field.value !== ''", arg=exact.element_handle())
    before = exact.input_value()
    type_into(exact, text)
    opened.page.locator(".refusal:not(:empty)", has_text="must be").wait_for()
    assert exact.input_value() == before


def without_clipboard(page: Page) -> None:
    """As on a page without https, where the clipboard is closed to scripts."""
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")


def test_the_python_is_copied_without_https(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3", before=without_clipboard)
    page = opened.page
    page.evaluate("document.addEventListener('copy', () => { window.copied = getSelection().toString() })")
    page.locator(".export summary").click()
    page.locator('[data-act="snippet"]').click()
    page.locator('[data-act="copy"]:visible').click()
    page.locator(".snippet .copied", has_text="Copied.").wait_for()
    assert page.evaluate("window.copied").strip() == page.locator(".snippet pre").inner_text().strip()
    assert "vaecore" in page.evaluate("window.copied")


def test_the_export_menu_closes_on_escape_wherever_the_focus_is_and_leaves_nothing_else(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3")
    page, menu = opened.page, opened.page.locator(".export")
    page.keyboard.press("p")  # present
    page.wait_for_selector("html.presenting", state="attached")
    page.locator(".export summary").click()
    page.locator(".export .menu a").first.wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.locator("html.presenting").count() == 1


def test_the_export_menu_closes_on_a_click_elsewhere(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3")
    page = opened.page
    page.locator(".export summary").click()
    page.locator(".export .menu a").first.wait_for()
    page.locator(".panel.tradeoff .panel-title b").click()
    assert page.locator(".export").get_attribute("open") is None


def test_no_label_stays_behind_while_the_mean_is_dragged(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3")
    page = opened.page
    mark = page.locator(".latents .scatterlayer .point").first.bounding_box()  # the encoder's q, which has a label
    assert mark is not None
    x, y = mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2
    page.mouse.move(x - 40, y)
    page.mouse.move(x, y, steps=8)
    labels = page.locator(".latents .hoverlayer > g")
    labels.first.wait_for(state="attached")  # there is one to go
    page.mouse.down()
    page.mouse.move(x + 30, y + 10, steps=5)
    page.wait_for_timeout(150)
    assert labels.count() == 0
    page.mouse.move(x + 90, y - 70, steps=5)  # out of the close-up, which is drawn anew when the mean is let go
    page.mouse.up()
    opened.let_go()
    page.wait_for_timeout(150)
    assert labels.count() == 0


def test_no_label_opens_where_the_mean_was_let_go_until_the_pointer_leaves(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3")
    page, layer = opened.page, opened.page.locator(".latents .hoverlayer")
    encoder, best = (page.locator(".latents .scatterlayer .point").nth(i).bounding_box() for i in (-2, -1))
    assert encoder and best
    x, y = best["x"] + best["width"] / 2, best["y"] + best["height"] / 2
    page.mouse.move(encoder["x"] + encoder["width"] / 2, encoder["y"] + encoder["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, y, steps=6)
    page.mouse.up()
    opened.let_go()
    page.mouse.move(x + 2, y + 1, steps=3)
    page.wait_for_timeout(300)
    assert layer.evaluate("layer => getComputedStyle(layer).visibility") == "hidden"
    page.mouse.move(x + 60, y + 60, steps=6)
    assert layer.evaluate("layer => getComputedStyle(layer).visibility") == "visible"


def test_the_export_menu_closes_once_a_file_is_chosen(visit: Open) -> None:
    page = visit("?model=digits-2&digit=3").page
    page.locator(".export summary").click()
    with page.expect_download() as download:
        page.locator('[data-export="sweep.csv"]').click()
    assert download.value.suggested_filename == "elbo-room-sweep.csv"
    assert page.locator(".export").get_attribute("open") is None


def test_tracks_are_seen_where_the_system_sets_all_colours(chromium: Browser, server: str) -> None:
    context = chromium.new_context(forced_colors="active", viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.goto(f"{server}/?model=digits-2&digit=3&q=prior")
        slider = page.locator("#elbo-room-variance-all")
        slider.wait_for()
        slider.evaluate("(range) => range.blur()")
        row = np.asarray(Image.open(io.BytesIO(slider.screenshot())).convert("RGB")).astype(int)
        middle, above = row[row.shape[0] // 2], row[1]
        # Left and right of the thumb the track differs from what is above it, and the two parts from each other.
        for place in (0.05, 0.98):
            i = int(place * len(middle))
            assert np.abs(middle[i] - above[i]).max() > 40
        assert np.abs(middle[int(0.05 * len(middle))] - middle[int(0.98 * len(middle))]).max() > 40
        # What is chosen has a border, which nothing else has, and the swatches have different colours.
        style = "(nodes, name) => nodes.map((node) => getComputedStyle(node)[name])"
        for chosen in (".instrument .digits :checked + span", '.instrument button[aria-pressed="true"]'):
            assert set(page.eval_on_selector_all(chosen, style, "outlineStyle")) == {"solid"}
        others = '.instrument button[aria-pressed="false"]'
        assert "solid" not in page.eval_on_selector_all(others, style, "outlineStyle")
        swatches = page.locator(".instrument .swatch").all()
        colours = {
            swatch.get_attribute("class"): swatch.evaluate("node => getComputedStyle(node).backgroundColor")
            for swatch in swatches
        }
        terms = [colours[f"swatch {name}"] for name in ("reconstruction", "kl", "elbo", "gap", "evidence")]
        assert len(set(terms)) == len(terms)
    finally:
        context.close()


def test_every_script_comes_from_one_address_that_names_their_content(visit: Open) -> None:
    opened = visit("?model=digits-2&digit=3")
    scripts = [urlsplit(url).path for url in opened.requests if "/scripts/" in url]
    assert len(scripts) == len(set(scripts)), "a script was asked for twice"
    assert len({path.split("/")[2] for path in scripts}) == 1


def test_the_one_file_exports_what_every_script_does(scripts: Page) -> None:
    names = [path.relative_to(assets.PARTS).as_posix() for path in assets.scripts()]
    different = scripts.evaluate(
        """async ([one, address, names]) => {
            const { load } = await import(one), different = [];
            for (const name of names) {
                const alone = Object.keys(await import(`${address}/${name}`)).toSorted();
                const there = Object.keys(load(name)).toSorted();
                if (String(alone) !== String(there) || load(name) !== load(name)) different.push([name, alone, there]);
            }
            return different;
        }""",
        [assets.BUNDLE, assets.ADDRESS, names],
    )
    assert different == []


@pytest.mark.parametrize("part", ["scripts", "vendor"])
def test_a_part_that_cannot_be_loaded_is_named(server: str, chromium: Browser, part: str) -> None:
    page = chromium.new_page()
    page.route(f"**/{part}/**", lambda route: route.abort())
    page.goto(f"{server}/?model=digits-2&digit=3", wait_until="commit")
    page.get_by_role("alert").filter(has_text=f"A part of ELBO Room could not be loaded: /{part}/").wait_for(
        timeout=PATIENCE
    )
    page.close()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("export default 1;", "no way to write 'export default 1;'"),
        ("export let count = 0;", "no way to write"),
        ('import "./other.js";', "no way to write"),
        ('import { a } from "./one.js";\nexport const b = a;', "needs itself"),
    ],
)
def test_a_script_that_the_one_file_cannot_hold_is_refused(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "front").mkdir()
    (tmp_path / "front" / "one.js").write_text(script)
    monkeypatch.setattr(assets, "PARTS", tmp_path)
    with pytest.raises(ValueError, match=said):
        bundle.bundle.__wrapped__()


def test_plotly_is_what_was_published_at_the_version_of_the_python_package(visit: Open) -> None:
    sums = dict(reversed(line.split()) for line in (assets.VENDOR / "SHA256SUMS").read_text("utf-8").splitlines())
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in assets.VENDOR.iterdir()}
    files.pop("SHA256SUMS")
    assert files == sums
    name = assets.PLOTLY.removeprefix("vendor/")
    assert name in files
    opened = visit()
    assert [url for url in opened.requests if "plotly" in url] == [f"{opened.address}/{assets.PLOTLY}"]
    version = get_plotlyjs_version()  # the figures are written for it
    assert opened.page.evaluate("() => Plotly.version") == version == name.split("-")[-1].removesuffix(".min.js")


def test_the_app_runs_below_a_base_path(chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "STREAMLIT_SERVER_BASE_URL_PATH", "class/room")
    with running_app(base="/class/room", warm_up=False) as app:
        opened = Visit.to(chromium, f"{app.address}/class/room", "?model=digits-2&digit=3&q=encoder")
        opened.press("mean", 0, "ArrowRight")  # asks for a sweep
        opened.let_go()
        ours = [url for url in opened.requests if any(f"/{name}/" in url for name in ("scripts", "vendor", "play", "share"))]
        assert ours
        assert all(urlsplit(url).path.startswith("/class/room/") for url in ours)
        opened.page.goto(f"{app.address}/class/room/challenges")
        way = opened.page.locator(".list a.way").first
        way.wait_for()
        assert way.get_attribute("href").startswith("/class/room/")
        opened.page.context.close()
