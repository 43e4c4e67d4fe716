"""Sharing: the QR code is of the app's own link, a teacher's link hides and survives, the sheet prints computed numbers."""

import html
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import segno
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.parts.compute import cached
from pages.parts.compute.resolve import resolve
from pages.parts.sharing.routes import LONGEST, ROUTES, own, qr_svg
from pages.parts.state import classroom, parameters
from pages.parts.state.kinds import invalid_parameters
from pages.parts.state.state import State
from pages.parts.tradeoff import exports
from tests.visiting import PATIENCE, ROOT, TABLE, Visit

To = Callable[..., Visit]
HOST = "http://testserver"


def answer(text: str):
    return TestClient(Starlette(routes=ROUTES)).get("/share/qr.svg", params={"text": text})


def test_the_route_draws_a_code_of_a_link_of_its_own_host() -> None:
    drawn = answer(f"{HOST}/tradeoff?mean=1 2".replace(" ", "%20"))
    assert drawn.status_code == 200
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "<script" not in drawn.text and "<svg" in drawn.text


@pytest.mark.parametrize(
    "text",
    ["", "tradeoff", "javascript:alert(1)", "http://elsewhere.org/", f"{HOST}@elsewhere.org/", f"{HOST}.org/", f"{HOST}/ x",
     "http://[", f"{HOST}:1/"],
)  # fmt: skip
def test_the_route_refuses_what_is_no_link_of_its_own_with_a_sentence(text: str) -> None:
    refusal = answer(text)
    assert refusal.status_code == 400
    assert refusal.text.endswith(".")
    assert refusal.headers["content-type"].startswith("text/plain")


def test_what_a_code_can_hold_is_drawn_and_one_byte_more_is_refused() -> None:
    start = f"{HOST}/?task="
    assert answer(start + "x" * (LONGEST - len(start))).status_code == 200
    too_long = answer(start + "x" * (LONGEST + 1 - len(start)))
    assert too_long.status_code == 400
    assert f"got {LONGEST + 1}" in too_long.text


def test_https_behind_a_proxy_is_still_the_same_host() -> None:
    assert own("https://room.example/quiz", "room.example")
    assert not own("https://room.example/quiz", "")


def test_bad_names_are_named_and_the_good_ones_kept() -> None:
    wish = classroom.read({"hide": "books, nonsense.q  quiz-screen q", "task": " a \n b "}, {"books", "q", "quiz-screen"})
    assert wish.hide == ("books", "q", "quiz-screen")
    assert wish.task == "a b"
    (parameter,) = wish.invalid
    assert parameter.error.startswith("hide must name some of") and parameter.error.endswith("; got nonsense.")
    assert parameter.warning.endswith("; got nonsense; it is ignored.")


def test_a_task_that_is_too_long_is_named_with_its_length() -> None:
    assert classroom.read({"task": "x" * 300}, ()).invalid == ()
    wish = classroom.read({"task": "x" * 301, "hide": "q"}, {"q"})
    assert (wish.task, wish.hide) == ("", ("q",))
    assert "300" in wish.invalid[0].error and "301" in wish.invalid[0].error


def test_every_screen_and_the_bench_take_the_teachers_part_of_a_link() -> None:
    link = {"hide": "books", "task": "look"}
    assert invalid_parameters(link, (), "a screen", parameters.ON_EVERY_SCREEN) == {}
    assert State.from_link(link) == State.from_link({})


def run(**link: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
    app.query_params.update(link)
    return app.run()


def given(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    (data,) = (data for element in app.get("bidi_component") if "staticLayer" in (data := json.loads(element.proto.json)[0]))
    return data


def bench_given(app: AppTest) -> dict[str, str]:
    return given(app)["bench"]


def test_hidden_settings_have_the_value_of_the_link_and_no_widget() -> None:
    app = run(hide="model image sigma_x beta", model="digits-2", digit="3", sigma_x="0.5", beta="2")
    assert bench_given(app) == bench_given(run(model="digits-2", digit="3", sigma_x="0.5", beta="2"))
    assert given(app)["hide"] == "beta image model sigma_x"  # the style sheet shows none of them
    assert bench_given(app)["digit"] == "3" and bench_given(app)["sigma_x"] == "0.5" and bench_given(app)["beta"] == "2"


def test_hidden_settings_that_the_link_leaves_out_have_their_defaults() -> None:
    assert bench_given(run(hide=".".join(classroom.SETTINGS))) == bench_given(run())
    assert bench_given(run(hide=".".join(classroom.SETTINGS), model="number")) == bench_given(run(model="number"))


def test_a_bad_hidden_setting_is_named_and_replaced() -> None:
    app = run(hide="beta", beta="7")
    assert "beta must be one of" in app.warning[0].value
    assert bench_given(app)["beta"] == "1"


def test_a_bad_part_of_the_teachers_link_is_named_on_the_screen() -> None:
    app = run(hide="books nonsense", task="x" * 301)
    assert "nonsense" in app.warning[0].value and "301" in app.warning[0].value
    assert bench_given(app)


def test_what_a_link_says_is_shown_as_it_came() -> None:
    """No picture of another host, and no link, can be made of a complaint."""
    body = run(a="![](https://example.org/x.gif) <b>").warning[0].value
    assert r"\!\[\]\(https" in body and r"\<b\>" in body and "://" not in body.replace("\\", "")


def test_back_to_a_teachers_link_that_cannot_be_used_breaks_nothing(visit: To) -> None:
    opened = visit("?hide=books.nonsense&task=Look")
    page = opened.page
    assert "nonsense" in page.locator('[data-testid="stAlert"]').inner_text()
    page.evaluate("history.pushState({}, '', '/?hide=forces&task=Look'); dispatchEvent(new PopStateEvent('popstate', {}))")
    page.wait_for_selector('[data-testid="stAlert"]', state="detached", timeout=PATIENCE)
    page.go_back()
    page.wait_for_selector('[data-testid="stAlert"]', timeout=PATIENCE)
    opened.settle()
    assert page.locator('[data-testid="stException"]').count() == 0
    assert not page.locator(".instrument .books >> visible=true").count()


def test_the_sheet_leaves_out_what_is_hidden(visit: To) -> None:
    page = visit("sheet?digit=3&hide=numbers.images.curves", table=False).page
    page.wait_for_selector(".sheet .qr", timeout=PATIENCE)
    assert page.locator(".sheet .numbers").count() == page.locator(".sheet figure").count() == 0
    assert page.locator(".stPlotlyChart").count() == 0
    assert page.locator(".sheet .task").inner_text().startswith("Task Why is the best σ²"), "without a task of its own"
    page.emulate_media(media="print")
    assert page.locator(".present .buttons >> visible=true").count() == 0


@pytest.mark.parametrize(
    ("view", "drawn"),
    [
        ("", "floor: no q costs less"),
        ("&view=costs", "floor: no q costs less"),
        ("&view=variance", "−reconstruction"),
        ("&view=rate", "rate: KL (nats)"),
    ],
)
def test_the_sheet_shows_the_view_of_its_link(visit: To, view: str, drawn: str) -> None:
    page = visit(f"sheet?digit=3&q=hand&mean=-1.8 -3.5&variance=0.05{view}", table=False).page
    expect(page.locator(".stPlotlyChart")).to_contain_text(drawn, timeout=PATIENCE)


@pytest.mark.parametrize("view", ["costs", "variance", "rate"])
def test_the_chart_of_every_view_has_q_within_its_window(view: str) -> None:
    link = {"model": "digits-2", "digit": "3", "q": "hand", "mean": "-1.8 -3.5", "variance": "0.05"}
    resolved = resolve(State.from_valid_link(link))
    found = exports.figure(resolved, view).to_plotly_json()
    low, high = found["layout"]["yaxis"]["range"]
    points = [trace for trace in found["data"] if trace.get("name") in ("now", "q")]
    kl = float(cached.elbo(resolved.setup, resolved.q.mean, resolved.q.variance).kl.sum())
    assert points and any(number == pytest.approx(kl, rel=0.02) for point in points for number in (*point["x"], *point["y"]))
    assert view == "variance" or all(low <= number <= high for point in points for number in point["y"])


def test_on_paper_there_is_nothing_to_press(visit: To) -> None:
    page = visit("?digit=3").page
    pressed = page.locator(".instrument :is(button, summary, .digits label):visible")
    assert pressed.count() > 20
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert pressed.all_inner_texts() == ["encoder", "costs"], "what is chosen stays"
    page = visit("quiz", table=False).page
    again = page.get_by_role("button", name="Start over")
    again.wait_for(timeout=PATIENCE)
    page.emulate_media(media="print")
    assert again.is_hidden()


def test_the_sheet_of_another_screen_is_of_what_stood_on_the_bench(visit: To) -> None:
    page = visit("?model=digits-16&digit=5&beta=2").page
    page.get_by_role("link", name="Quiz").click()
    page.wait_for_url("**/quiz**")
    page.locator(".question .answer").first.wait_for()
    page.locator(".share .open").click()
    link = page.locator(".share a.sheet").get_attribute("href")
    sheet = visit(link, table=False).page
    sheet.wait_for_selector(".sheet .qr", timeout=PATIENCE)
    assert sheet.locator('[data-testid="stAlert"]').count() == 0
    state = sheet.locator(".sheet table").first.inner_text()
    assert "digits-16" in state and "a 5, number 1" in state and "\n2\n" in state.replace("\t", "\n")


def test_keys_in_the_dialog_stay_there(visit: To) -> None:
    page = visit("quiz", table=False).page
    page.locator(".share .open").click()
    page.locator(".share .close").focus()
    page.keyboard.press("s")
    page.keyboard.press("p")
    assert page.locator(".share dialog[open]").count() == 1
    assert page.locator(".present dialog[open]").count() == 0
    assert not page.evaluate("document.documentElement.classList.contains('presenting')")


def matrix_of(page: Page, selector: str, modules: int) -> np.ndarray:
    """The modules of a QR code as the browser draws them, its quiet zone left out."""
    pixels = page.evaluate(
        """async ([selector, side]) => {
            const find = (root) => root.querySelector(selector) ?? [...root.querySelectorAll("*")]
                .filter((node) => node.shadowRoot).map((node) => find(node.shadowRoot)).find(Boolean);
            const image = find(document);
            await image.decode();
            const canvas = Object.assign(document.createElement("canvas"), { width: 4 * side, height: 4 * side });
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0, 4 * side, 4 * side);
            const { data } = context.getImageData(0, 0, 4 * side, 4 * side);
            return Array.from({ length: side * side }, (_, i) =>
                data[4 * ((4 * Math.floor(i / side) + 2) * 4 * side + 4 * (i % side) + 2)]);
        }""",
        [selector, modules + 8],
    )
    dark = np.array(pixels).reshape(modules + 8, modules + 8) < 128
    assert not dark[:4].any() and not dark[:, :4].any()
    return dark[4:-4, 4:-4]


def is_code_of(page: Page, selector: str, link: str) -> bool:
    matrix = np.array([list(row) for row in segno.make(link, error="l", micro=False).matrix], dtype=bool)
    return np.array_equal(matrix_of(page, selector, len(matrix)), matrix)


def test_a_teacher_prepares_a_link_which_hides_cold_and_from_screen_to_screen(visit: To) -> None:
    teacher = visit("?digit=3")
    page = teacher.page
    page.route("**/class/addresses", lambda route: route.fulfill(json={"origins": ["http://192.0.2.7:8501"]}))
    page.locator(".share .open").click()
    link = page.locator(".share .elsewhere a")
    link.wait_for()
    assert link.get_attribute("href") == page.url.replace(teacher.address, "http://192.0.2.7:8501")
    page.keyboard.press("Escape")
    page.unroute("**/class/addresses")
    page.locator(".share .open").click()
    page.locator(".share .unreachable", has_text="--server.address 0.0.0.0").wait_for()
    assert link.is_hidden()
    now = page.locator(".share .now .link").input_value()
    assert now == page.url
    assert is_code_of(page, ".share .now .qr", now)
    for name in ("books", "q", "mean", "beta", "quiz-screen"):
        page.locator(f'.share .ticks [name="{name}"]').uncheck()
    page.locator(".share textarea").fill("Find σ² <b>first</b>.")
    page.locator(".share .predict input").check()
    sheet = parse_qs(urlsplit(page.locator(".share a.sheet").get_attribute("href")).query)
    assert sheet["task"] == ["Find σ² <b>first</b>."] and sheet["predict"] == ["true"] and "books" in sheet["hide"][0]
    link = page.locator(".share .class .link").input_value()
    page.wait_for_timeout(700)
    assert is_code_of(page, ".share .class .qr", link)
    assert page.url == now  # the teacher's own screen stays as it is

    student = visit(link)
    page = student.page
    asked = {"digit": "3", "hide": "beta.mean.q.books.quiz-screen", "task": "Find σ² <b>first</b>.", "predict": "true"}
    link = student.link()
    assert asked.items() <= link.items()
    assert link.keys() - asked.keys() <= {"q", "mean", "variance"}  # a guess starts away from the best q
    assert page.locator(".class-task").inner_text().endswith("Find σ² <b>first</b>.")
    for gone in (
        ".instrument .books",
        ".instrument .slider.mean",
        '.instrument button[data-q="best"]',
        '[data-dial="beta"]',
    ):
        assert not page.locator(f"{gone} >> visible=true").count(), gone
    assert page.get_by_role("link", name="Quiz").count() == 0
    assert page.evaluate("document.querySelector('.stMain').scrollHeight <= innerHeight")
    # The plane does not move the mean.
    box = page.locator(".instrument .latents .chart").bounding_box()
    before = page.locator(TABLE).get_attribute("data-mean")
    page.mouse.move(box["x"] + 110, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 80)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.locator(TABLE).get_attribute("data-mean") == before

    # Another screen and back, what the hand commits, and a reload.
    page.get_by_role("link", name="About the numbers").click()
    page.wait_for_selector("h1", timeout=PATIENCE)
    assert page.locator(".class-task").count() == 1 and student.link()["hide"]
    page.get_by_role("link", name="Challenges").click()
    page.wait_for_selector(".list .way", timeout=PATIENCE)
    page.locator(".list .way").first.click()  # loads the page afresh
    page.wait_for_selector(TABLE, timeout=PATIENCE)
    student.settle()
    assert student.link()["task"] == "Find σ² <b>first</b>." and "books" in student.link()["hide"]
    student.press("variance", "all", "ArrowRight")
    student.let_go()
    page.reload()
    page.wait_for_selector(TABLE, timeout=PATIENCE)
    student.settle()
    assert "books" in student.link()["hide"] and page.locator(".class-task").count() == 1
    assert not page.locator(".instrument .books >> visible=true").count()


@pytest.mark.parametrize(("size", "scheme"), [((1280, 720), "dark"), ((390, 844), "light")])
def test_axe_finds_nothing_serious_and_nothing_overflows(visit: To, size: tuple[int, int], scheme: str) -> None:
    opened = visit("numbers?task=Look", size=size, scheme=scheme, table=False)
    opened.page.locator(".share .open").focus()
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector(".share dialog[open]")
    found = Axe().run(opened.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".share dialog[open]").count() == 0
    assert all(address.startswith((opened.address, "data:", "blob:", "ws:")) for address in opened.requests)


def test_the_sheet_has_the_numbers_of_the_screen_and_prints_black_on_white(visit: To, tmp_path: Path) -> None:
    link = "digit=3&mean=0.5%200.25&variance=0.05&beta=2&task=Think&digits=1"
    screen = visit(f"?{link}")
    sheet = visit(f"sheet?{link}", table=False, scheme="dark")
    page = sheet.page
    page.wait_for_selector(".sheet .qr", timeout=PATIENCE)
    assert "digits is not a parameter" in page.locator('[data-testid="stAlert"]').inner_text()
    rows = dict(
        page.eval_on_selector_all(
            ".sheet .numbers tr", "rows => rows.map(r => [r.cells[0].textContent, r.cells[1].textContent])"
        )
    )
    shown = screen.numbers()
    named = {"reconstruction": "reconstruction", "KL": "kl", "ELBO": "elbo", "gap": "gap", "log p(x)": "evidence"}
    for name, quantity in named.items():
        # Both round to 0.001 what one of them may have had on another route.
        assert float(rows[name].replace("−", "-")) == pytest.approx(shown[quantity], abs=2.1e-3), name
    assert page.locator(".sheet .task").inner_text() == "Task Think"
    target = page.locator(".sheet .qr span").inner_text()
    assert is_code_of(page, ".sheet .qr img", target)
    assert "mean=0.5%200.25" in target and "digits" not in target.replace("digits-", "")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator('[data-testid="stHeader"] >> visible=true').count()
    assert not page.locator(".share .open").is_visible()
    assert page.eval_on_selector(".stApp", "node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
    assert page.eval_on_selector(".sheet td", "node => getComputedStyle(node).color") == "rgb(0, 0, 0)"
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(path=tmp_path / "sheet.pdf", format="A4")))
    assert 1 <= pages <= 3


def test_a_sheet_on_which_one_predicts_first_leaves_the_numbers_out(visit: To) -> None:
    page = visit("sheet?predict=true", table=False).page
    page.wait_for_selector(".sheet .qr", timeout=PATIENCE)
    assert set(page.locator(".sheet .numbers td:nth-child(2)").all_inner_texts()) == {""}
    assert page.locator('[data-testid="stPlotlyChart"]').count() == page.locator(".sheet pre").count() == 0
    assert page.get_by_role("row", name="variance").inner_text().strip() == "variance"


def test_the_drawing_of_a_code_is_kept_apart_from_its_text() -> None:
    assert html.unescape(qr_svg(f"{HOST}/?a=1").decode()).count("<path") >= 1


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """The address of a server of another origin, whose only page this is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


def test_the_copied_iframe_shows_the_chosen_panels_alone_in_a_page_of_another_site(visit: To, chromium: Browser) -> None:
    teacher = visit("?digit=3")
    share = teacher.page.locator(".share")
    share.locator(".open").click()
    for name in ("latents", "images", "books", "numbers", "forces"):
        share.locator(f'.panels [name="{name}"]').uncheck()
    code = share.locator(".frame").input_value()
    assert "panels=curves" in code and "embed=true" in code and "digit=3" in code

    with another_site(f"<!doctype html><title>Lecture</title>{code}") as address:
        page = chromium.new_context(viewport={"width": 1300, "height": 760}).new_page()
        page.goto(address)
        inside = page.frame_locator("iframe")
        inside.locator(f"{TABLE}[data-diagnostics='true']").wait_for(state="attached", timeout=PATIENCE)
        inside.locator(".instrument .tradeoff").wait_for(timeout=PATIENCE)
        for gone in (".latents .chart", ".images", ".books", ".ledger", ".forces"):
            assert not inside.locator(f".instrument {gone} >> visible=true").count(), gone
        settings = ".instrument :is(.model, .about-model, .digits, .example, .dial, .follow, .units)"
        outside = (settings, "[data-testid=stTopNav]", ".tour .card", ".present .buttons")
        for gone in outside:
            assert not inside.locator(f"{gone} >> visible=true").count(), gone
        variance = inside.locator(TABLE).get_attribute("data-variance")
        inside.locator("#elbo-room-variance-all").press("ArrowRight")
        inside.locator(f"{TABLE}:not([data-variance='{variance}'])").wait_for(state="attached", timeout=PATIENCE)
        page.context.close()


def test_in_a_frame_without_an_origin_the_page_says_why_and_links_to_itself(server: str, chromium: Browser) -> None:
    frame = f'<iframe sandbox="allow-scripts allow-popups" width=800 height=500 src="{server}/?digit=3"></iframe>'
    with another_site(f"<!doctype html><title>Lecture</title>{frame}") as address:
        page = chromium.new_page()
        page.goto(address)
        alert = page.frame_locator("iframe").get_by_role("alert")
        alert.get_by_text("its sandbox gives the page no origin of its own").wait_for(timeout=PATIENCE)
        assert alert.get_by_role("link").get_attribute("href") == f"{server}/?digit=3"
        page.context.close()


def test_unknown_panels_are_named_and_the_known_ones_kept() -> None:
    wish = classroom.read({"panels": "curves.all"})
    assert wish.panels == ("curves",)
    assert (
        wish.invalid[0].error.startswith("panels must name some of curves, latents") and "got all" in wish.invalid[0].error
    )
