"""Presenting: what a set list refuses, and in a browser the keys, the stepping, and that nothing moves but the type."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pages.parts.compute import cached, cached_costs
from pages.parts.compute.resolve import resolve
from pages.parts.derivation.sequence import STEPS
from pages.parts.presenting import set_list
from pages.parts.quiz.sequence import QUESTIONS
from pages.parts.state.screens import OTHERS, ROOM, SHEET, TITLES
from pages.parts.state.state import State
from tests import oracle_screen
from tests.visiting import PATIENCE, ROOT, Visit

Open = Callable[..., Visit]

ROOM_STATES = [
    {"title": "A digit", "link": "/?digit=3"},
    {"title": "A wide q", "link": "/?q=hand&mean=0.5 -0.5&variance=0.5&beta=2"},
    {"title": "As it comes", "link": "/tradeoff"},
    {"title": "Questions", "link": "/quiz"},
    {"title": "Sixteen latents", "link": "/tradeoff?model=digits-16&digit=5"},
]


def written(states: object, **others: object) -> str:
    return json.dumps({"elbo-room": "set list", "version": 1, "states": states} | others)


# ---- what is read -----------------------------------------------------------------------------------------------------


def test_a_set_list_is_read_as_it_was_written() -> None:
    states, sentences = set_list.read(written(ROOM_STATES))
    assert [{"title": state.title, "link": state.link} for state in states] == ROOM_STATES
    assert sentences == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{nonsense", "expected JSON, line 1; got {nonsense."),
        ("", "expected JSON, line 1; got nothing."),
        ("[" * 100_000, "This is not a set list: expected JSON"),
        ("[1]", 'expected an object with "elbo-room": "set list"; got [1].'),
        ('{"elbo-room": "other"}', 'expected an object with "elbo-room": "set list"; got {"elbo-room": "other"}.'),
        (written([], version=2), "version must be 1; got 2."),
        (written("none"), "states must be a list; got none."),
    ],
)
def test_what_is_no_set_list_is_named(text: str, sentence: str) -> None:
    states, sentences = set_list.read(text)
    assert states == ()
    assert len(sentences) == 1 and sentence in sentences[0]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("/quiz", "State 2 was left out: it must have a title and a link; got /quiz."),
        ({"title": "T"}, "State 2 was left out: its link must be a text; got nothing."),
        ({"title": " ", "link": "/"}, "its title must be a text; got nothing."),
        ({"title": "T", "link": "https://elsewhere.org/"}, "must begin with / and stay in this app"),
        ({"title": "T", "link": "//elsewhere.org/"}, "must begin with / and stay in this app"),
        ({"title": "T", "link": "/\\elsewhere.org/"}, "must begin with / and stay in this app"),
        ({"title": "T", "link": "javascript:alert(1)"}, "must begin with / and stay in this app"),
        ({"title": "T", "link": "/\t/elsewhere.org"}, "must begin with / and stay in this app"),
        ({"title": "T", "link": "/nowhere?digit=3"}, "must lead to one of /, "),
        ({"title": "T", "link": "/?digit=11"}, "digit must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9; got 11"),
        ({"title": "T", "link": "/tradeoff?variance=-1"}, "variance must be 1 or 2 numbers from 1e-06 to 4; got -1"),
        ({"title": "T", "link": "/?model=digits-16&mean=1 2"}, "mean must be 16 numbers from -8 to 8; got 1 2"),
        ({"title": "T", "link": "/quiz#<b>"}, "must be named by letters, digits, - and /; got <b>"),
        ({"title": "T", "link": "/?" + "a" * 5000}, "must have at most 4000 characters; got 5002."),
    ],
)  # fmt: skip
def test_a_state_that_cannot_be_shown_is_named_and_the_rest_is_kept(entry: object, reason: str) -> None:
    states, sentences = set_list.read(written([ROOM_STATES[0], entry, ROOM_STATES[3]]))
    assert [state.title for state in states] == ["A digit", "Questions"]
    assert len(sentences) == 1 and sentences[0].startswith("State 2 was left out: ") and reason in sentences[0]


def test_a_state_whose_class_link_cannot_be_used_is_named() -> None:
    states, sentences = set_list.read(
        written([{"title": name, "link": f"/quiz?{name}"} for name in ("hide=nonsense", "task=Think")])
    )
    assert [state.title for state in states] == ["task=Think"] and "nonsense" in sentences[0]


def test_the_ready_lesson_asks_questions_that_its_screens_have() -> None:
    states, sentences = set_list.read(set_list.LESSON)
    assert sentences == () and len(states) >= 6
    links = [urlsplit(state.link) for state in states]
    quiz = {question.key for question in QUESTIONS}
    lesson = {step.question.key for step in STEPS.values()}
    for link in links:
        known = {"quiz": quiz, "derivation": lesson}.get(link.path.strip("/"), {"best"})
        assert not link.fragment or link.fragment in known, link
    assert sum(bool(link.fragment) for link in links) >= 4
    # The curves are hidden before the class is asked for their lowest point.
    assert all("predict=true" in link.query for link in links if link.fragment == "best")
    # And it is seen once it is revealed.
    for link in (link for link in links if link.fragment == "best"):
        resolved = resolve(State.from_valid_link(dict(parse_qsl(link.query))))
        highest = float(cached.sweep(resolved.setup, resolved.q.mean, resolved.q.path).elbo.max())
        lowest = cached_costs.best_reconstruction(resolved.setup) - highest
        assert lowest < 0.6 * cached_costs.top_of_scale(resolved.setup), link


def test_half_a_character_in_a_title_loses_nothing(server: str) -> None:
    text = written([{"title": "half \ud83d", "link": "/quiz"}, ROOM_STATES[0]])
    with urlopen(Request(f"{server}/present/check", text.encode("ascii"), method="POST")) as answer:
        assert len(json.load(answer)["states"]) == 2


def test_a_list_that_is_too_long_is_cut_and_says_so() -> None:
    states, sentences = set_list.read(written([ROOM_STATES[3]] * (set_list.MOST_STATES + 3)))
    assert len(states) == set_list.MOST_STATES
    assert "the 3 after them were left out" in sentences[0]


def test_every_file_beside_the_frame_is_a_screen_by_its_own_name_and_no_other_is() -> None:
    files = {file.stem for file in (ROOT / "pages").glob("*.py")} - {"__init__", "frame"}
    assert files == {"tradeoff", SHEET, *(screen.file for screen in OTHERS)}
    assert {*ROOM, SHEET, *(screen.address for screen in OTHERS)} == TITLES.keys()


# ---- in the browser ---------------------------------------------------------------------------------------------------


def fragment(text: str) -> str:
    return "#set=" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.fixture
def presented(visit: Open) -> Open:
    """Opens a link to the set list and presents its first state."""

    def open_(states: object = ROOM_STATES, **options: object) -> Visit:
        opened = visit(fragment(written(states)), **options)
        opened.page.get_by_role("button", name="Present from the first").click()
        opened.page.locator(".present .where").filter(has_text=re.compile("^1 / ")).wait_for()
        return opened

    return open_


def is_presenting(opened: Visit) -> bool:
    return opened.page.evaluate("document.documentElement.classList.contains('presenting')")


def step(opened: Visit, key: str, where: str) -> None:
    opened.page.keyboard.press(key)
    opened.page.locator(".present .where").filter(has_text=where).wait_for()


def assert_the_numbers_are_right(opened: Visit) -> None:
    opened.settle()
    expected = oracle_screen.at_rest(opened.link() | opened.state())
    for name, number in opened.numbers().items():
        if name in expected:
            assert number == pytest.approx(expected[name], abs=0.0005 + 1e-6), name


def test_stepping_shows_every_state_with_its_own_numbers_and_never_loads_a_page(presented: Open) -> None:
    opened = presented()
    opened.page.evaluate("window.stayed = true")
    opened.wait_for(digit="3", q="encoder")
    opened.page.evaluate("document.querySelector('.instrument').stayed = true")
    step(opened, "ArrowRight", "2 / 5 · A wide q")
    opened.wait_for(digit="7", q="hand", mean="0.5 -0.5", variance="0.5", beta="2")
    assert_the_numbers_are_right(opened)
    step(opened, "PageDown", "3 / 5 · As it comes")
    opened.wait_for(digit="7", q="encoder", beta="1")
    assert_the_numbers_are_right(opened)
    assert opened.page.evaluate("document.querySelector('.instrument').stayed") is True
    assert opened.link() in ({}, {"model": "digits-2"})  # nothing is left of the state before
    step(opened, "ArrowRight", "4 / 5 · Questions")
    opened.page.get_by_role("heading", name="Quiz").wait_for()
    step(opened, "ArrowRight", "5 / 5 · Sixteen latents")
    opened.wait_for(model="digits-16", digit="5", q="encoder")
    step(opened, "ArrowLeft", "4 / 5")
    opened.page.get_by_role("heading", name="Quiz").wait_for()
    step(opened, "PageUp", "3 / 5")
    opened.wait_for(model="digits-2", digit="7", q="encoder")
    step(opened, "ArrowLeft", "2 / 5")
    opened.wait_for(q="hand", mean="0.5 -0.5", beta="2")
    assert_the_numbers_are_right(opened)
    assert is_presenting(opened)
    assert opened.page.evaluate("window.stayed") is True
    assert opened.complaints == []


def test_what_the_hand_held_does_not_leak_into_a_state_that_says_nothing_of_q(presented: Open) -> None:
    opened = presented([{"title": "Quiz", "link": "/quiz"}, ROOM_STATES[0], {"title": "Plain", "link": "/"}])
    opened.page.get_by_role("heading", name="Quiz").wait_for()
    for steps, digit in ((1, "3"), (2, "7")):
        for number in range(steps):
            step(opened, "ArrowRight", f"{number + 2} / 3")
        opened.wait_for(digit=digit, q="encoder")
        opened.press("variance", "all", "ArrowRight", "ArrowRight")
        opened.let_go()
        opened.wait_for(q="hand")
        opened.page.evaluate("document.activeElement.blur()")
        for number in range(steps, 0, -1):
            step(opened, "ArrowLeft", f"{number} / 3")
        opened.page.get_by_role("heading", name="Quiz").wait_for()
    step(opened, "ArrowRight", "2 / 3")
    opened.wait_for(digit="3", q="encoder")


def test_hurried_keys_end_at_the_state_that_is_named(presented: Open) -> None:
    opened = presented()
    for _ in range(4):
        opened.page.keyboard.press("ArrowRight")
    for _ in range(3):
        opened.page.keyboard.press("ArrowLeft")
    opened.page.locator(".present .where").filter(has_text="2 / 5").wait_for()
    opened.wait_for(digit="7", q="hand", mean="0.5 -0.5", beta="2")
    assert_the_numbers_are_right(opened)


def test_the_keys_begin_and_end_present_but_belong_to_a_field_or_a_slider_first(presented: Open) -> None:
    opened = presented()
    keyboard = opened.page.keyboard
    keyboard.press("Escape")
    assert not is_presenting(opened)
    keyboard.press("p")
    assert is_presenting(opened)
    opened.exact("mean", 0).focus()
    for key in ("p", "s", "ArrowRight", "PageDown"):
        keyboard.press(key)
    assert is_presenting(opened)
    before = opened.state()["variance"]
    opened.press("variance", "all", "ArrowRight")
    opened.wait_until_not(variance=before)  # its stop is numbered anew as soon as it is committed
    opened.page.locator(".present .where").filter(has_text="1 / 5").wait_for()
    opened.slider("variance").focus()
    step(opened, "PageDown", "2 / 5")  # a clicker's keys belong to the set list all the same
    step(opened, "PageUp", "1 / 5 · A digit")
    opened.wait_for(digit="3")
    opened.page.locator('[name="elbo-room-digit"][value="3"]').focus()  # → and ← step from a digit too, ↑ and ↓ choose it
    step(opened, "ArrowRight", "2 / 5")
    assert opened.page.evaluate("document.activeElement === document.body"), "in the next state another digit is chosen"
    step(opened, "ArrowLeft", "1 / 5 · A digit")
    opened.wait_for(digit="3")
    opened.page.locator('[name="elbo-room-digit"][value="3"]').focus()
    step(opened, "ArrowDown", "Trade-off (set list: 1 / 5)")
    opened.wait_for(digit="4")
    keyboard.press("p")
    assert not is_presenting(opened)
    opened.page.evaluate("document.activeElement.blur()")
    keyboard.press("ArrowRight")
    opened.page.locator(".present .where").filter(has_text="1 / 5").wait_for(state="attached")
    keyboard.press("Control+p")
    assert not is_presenting(opened)


def test_present_lasts_over_a_reload_and_another_screen_of_this_tab_alone(presented: Open, visit: Open) -> None:
    opened = presented()
    opened.page.goto(f"{opened.address}/numbers")
    opened.page.wait_for_function("() => document.documentElement.classList.contains('presenting')", timeout=PATIENCE)
    # What is shown is no state of the list, and is not named as one.
    opened.page.locator(".present .where").filter(has_text="About the numbers (set list: 1 / 5)").wait_for()
    assert opened.page.locator('[data-testid="stHeader"]').is_hidden()
    assert not is_presenting(visit())


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_the_instrument_has_the_whole_window_and_stays_the_same_node(visit: Open, size: tuple[int, int]) -> None:
    opened = visit("?digit=4", size=size)
    page = opened.page
    page.evaluate("document.querySelectorAll('.instrument, .plot .main-svg').forEach((node) => { node.stayed = true })")
    small = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.ledger td')).fontSize)")
    page.locator(".present .foot").wait_for(state="attached")  # the keys are taken
    page.keyboard.press("p")
    page.wait_for_function(
        """was => { const plot = document.querySelector(".instrument .tradeoff .plot");
                    const type = parseFloat(getComputedStyle(document.querySelector(".ledger td")).fontSize);
                    return type > 1.1 * was && plot.querySelector(".main-svg").clientWidth === plot.clientWidth }""",
        arg=small,
    )
    page.wait_for_timeout(300)
    assert page.evaluate("[...document.querySelectorAll('.instrument, .plot .main-svg')].every((node) => node.stayed)")
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.ledger td')).fontSize)") > 1.1 * small
    scrolls = page.evaluate(
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(e => [e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth])"
    )
    assert scrolls == [[0, 0], [0, 0]]
    foot = page.locator(".present .foot").bounding_box()["y"]
    # Among them the digit, σₓ and β, which a lecture changes.
    for panel in ("images canvas", "numbers svg.forces", "books .bars", "digits", "example", "decode .dial", "weight .dial"):
        box = page.locator(f".instrument .{panel}").bounding_box()
        assert box["y"] + box["height"] <= foot + 1, panel
    page.keyboard.press("p")
    assert page.locator('[data-testid="stHeader"]').is_visible()


@pytest.mark.parametrize(
    "path",
    [
        "?digit=2&example=3",
        "?digit=7&beta=5",
        "?model=number&q=prior",
        "?model=digits-16",
        "?model=humps&q=prior&beta=2",
    ],
)
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_the_shares_of_the_gap_and_the_slopes_are_whole(visit: Open, path: str, size: tuple[int, int]) -> None:
    page = visit(path, size=size).page
    page.locator(".present .foot").wait_for(state="attached")  # the keys are taken
    page.keyboard.press("p")
    page.locator(".shares tr:nth-child(2):not([hidden])").wait_for()
    page.wait_for_timeout(500)
    foot = page.locator(".present .foot").bounding_box()
    for part in (".shares", "svg.forces", ".pulls-note"):
        box = page.locator(f".instrument {part}").bounding_box()
        assert foot and box and box["y"] + box["height"] <= foot["y"] + 2, part
    for name in page.locator(".latents .over .flag").filter(has_text="best q").all():
        word, close_up = name.bounding_box(), page.locator(".latents rect.close-up").nth(1).bounding_box()
        assert word and close_up and close_up["x"] <= word["x"] + 1
        assert word["x"] + word["width"] <= close_up["x"] + close_up["width"] + 1


IN_VIEW = """() => {
    const foot = document.querySelector(".present .foot").getBoundingClientRect().top;
    const parts = [...document.querySelectorAll(".lesson :is(.chart, .main-svg, .how, input[type=range])")];
    const letters = [...document.querySelectorAll(".lesson :is(p, label, mi, mn, mo, text, button, input)")]
        .filter((node) => node.textContent.trim() && !node.closest(".unseen"));
    return parts.length > 3 && parts.map((node) => node.getBoundingClientRect())
        .every(({ top, bottom, height }) => !height || (top >= 0 && bottom <= foot + 1))
        && letters.every((node) => parseFloat(getComputedStyle(node).fontSize) >= 0.02 * innerHeight - 0.01);
}"""

# A question is an element with a tree of its own.
ANSWERS_IN_VIEW = """() => {
    const trees = [...document.querySelectorAll(".st-key-story *")].flatMap((node) => node.shadowRoot ?? []);
    const answers = trees.flatMap((tree) => [...tree.querySelectorAll(".answer")]).map((a) => a.getBoundingClientRect());
    return answers.length > 1 && answers.every(({ height, bottom }) => height && bottom <= innerHeight);
}"""


def test_chart_and_sliders_of_every_step_are_in_view_and_no_type_is_small(visit: Open) -> None:
    opened = visit("derivation", table=False)
    opened.page.wait_for_selector(".lesson[data-rests]", timeout=PATIENCE)
    opened.page.locator(".present .foot").wait_for(state="attached")  # the keys are taken
    opened.page.keyboard.press("p")
    opened.page.wait_for_selector("html.presenting", state="attached")
    sizes = [{"width": 1280, "height": 720}, {"width": 1920, "height": 1080}]
    for number in STEPS:
        opened.page.get_by_role("heading", name=re.compile(rf"^{number}\. ")).wait_for()
        opened.page.wait_for_selector('.lesson[data-rests="true"] .main-svg', timeout=PATIENCE)
        for size in sizes:
            opened.page.set_viewport_size(size)
            opened.page.wait_for_function(IN_VIEW)
            opened.page.wait_for_function(ANSWERS_IN_VIEW)
        sizes.reverse()  # the next step is drawn at this size
        opened.page.keyboard.press("PageDown")  # without a set list a clicker goes through the steps
    opened.page.goto(f"{opened.address}/loss")
    opened.page.wait_for_selector("html.presenting .loss .main-svg", timeout=PATIENCE)
    for size in sizes:
        opened.page.set_viewport_size(size)
        opened.page.wait_for_function(IN_VIEW.replace(".lesson", ".loss"))


def test_present_begins_with_nothing_answered_and_leaves_ones_own_answers_alone(visit: Open) -> None:
    opened = visit("quiz", table=False)
    page = opened.page
    page.locator(".present .foot").wait_for(state="attached")
    page.get_by_role("button", name="Moving the log inside the expectation under q").click()
    chosen = page.locator('.question .answer[aria-pressed="true"]')
    chosen.wait_for()
    page.keyboard.press("p")
    chosen.wait_for(state="detached")
    page.keyboard.press("p")
    chosen.wait_for()


def test_a_list_is_made_saved_lost_and_loaded_again(visit: Open, tmp_path: Path) -> None:
    opened = visit("?digit=3&q=prior")
    page = opened.page
    page.keyboard.press("s")
    title = page.get_by_label("Title of this screen")
    assert title.input_value() == "Trade-off, digit 3, q: prior"
    title.fill("Collapse")
    page.keyboard.press("Enter")
    for name in ("Second", "Third"):
        title.fill(name)
        page.get_by_role("button", name="Add this screen as it is").click()
    page.get_by_role("button", name="Move up state 3, Third").click()
    page.get_by_role("button", name="Remove state 3, Second").click()
    page.get_by_label("Title of state 2").fill("Last")
    page.get_by_label("Title of state 2").press("Tab")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / saving.value.suggested_filename
    saving.value.save_as(file)
    kept = [{"title": name, "link": "/?digit=3&q=prior"} for name in ("Collapse", "Last")]
    assert json.loads(file.read_text("utf-8")) == json.loads(written(kept))
    for _ in kept:
        page.get_by_role("button", name=re.compile("Remove state 1,")).click()
    assert page.locator(".present li").count() == 0
    page.locator('.present input[type="file"]').set_input_files(file)
    page.get_by_text("The file elbo-room-set-list.json was loaded: 2 states.").wait_for()
    assert [field.input_value() for field in page.locator(".present li input").all()] == ["Collapse", "Last"]
    page.get_by_role("button", name="Load a ready lesson").click()
    page.get_by_text("The lesson was loaded: 8 states.").wait_for()
    known = {question.key: f"Quiz {i}: {question.text}" for i, question in enumerate(QUESTIONS, start=1)}
    known |= {step.question.key: f"Step {i}: {step.question.text}" for i, step in STEPS.items()}
    keys = [key for state in set_list.read(set_list.LESSON)[0] if (key := state.link.partition("#")[2])]
    asks = [f"asks: {known.get(key, 'Where is the best σ²?')}" for key in keys]
    assert page.locator(".present li small").all_text_contents() == asks
    # The last state lies below the edge of the list, which has a shadow; once it is shown the list opens there.
    seen = """row => row.getBoundingClientRect().bottom <= row.parentElement.getBoundingClientRect().bottom"""
    last = page.locator(".present li").last
    assert not last.evaluate(seen)
    page.get_by_role("button", name=re.compile("Show state 8,")).click()
    opened.wait_for(model="humps")
    page.keyboard.press("s")
    page.locator(".present li[aria-current]").wait_for()
    page.wait_for_function("() => document.querySelector('.present ol').scrollTop > 0", timeout=PATIENCE)
    assert last.evaluate(seen)
    page.get_by_role("button", name="Restore the previous list (2)").click()
    assert page.locator(".present li").count() == 2


def test_without_a_class_too_a_prepared_question_is_in_view(presented: Open) -> None:
    keys = [QUESTIONS[i].key for i in (7, 2)]
    opened = presented([{"title": key, "link": f"/quiz#{key}"} for key in keys])
    page = opened.page
    page.keyboard.press("s")
    for turn, key in enumerate(keys, start=1):
        if turn == 1:
            page.get_by_role("button", name=re.compile("Show state 1,")).click()
        else:
            page.keyboard.press("PageDown")
        question = page.locator(f'.question[data-key="{key}"]')
        expect(question.locator(".answer").last).to_be_in_viewport(ratio=1, timeout=PATIENCE)
        expect(question.locator(".text")).to_be_in_viewport(ratio=1)
        # It stands there alone, and large: an answer's type is a thirtieth of the height.
        expect(page.locator(".question:visible, .score:visible, .result:visible, h1:visible")).to_have_count(1)
        assert (
            question.locator(".answer").first.evaluate("answer => parseFloat(getComputedStyle(answer).fontSize)") >= 720 / 30
        )
        question.locator(".answer").first.click()
        expect(question.locator(".reason:not(:empty)")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator(".question:visible")).to_have_count(len(QUESTIONS))


def test_a_bad_file_is_named_and_the_list_is_kept(presented: Open, tmp_path: Path) -> None:
    opened = presented()
    page = opened.page
    page.keyboard.press("s")
    for text, sentences in (
        ("no list", ["The file bad.json holds nothing that can be shown.", "This is not a set list: expected JSON"]),
        (
            written([{"title": "T", "link": "//x.org"}]),
            ["holds nothing", "State 1 was left out: its link must begin"],
        ),
    ):
        (tmp_path / "bad.json").write_text(text)
        page.locator('.present input[type="file"]').set_input_files(tmp_path / "bad.json")
        for sentence in sentences:
            page.locator(".present .news").get_by_text(sentence).wait_for()
        assert page.locator(".present li").count() == 5
    (tmp_path / "half.json").write_text(written([ROOM_STATES[0], {"title": "Bad", "link": "/?beta=3"}]))
    page.locator('.present input[type="file"]').set_input_files(tmp_path / "half.json")
    page.get_by_text("State 2 was left out: its link has invalid parameters. beta must be one of").wait_for()
    assert page.locator(".present li").count() == 1
    page.get_by_role("button", name="Restore the previous list (5)").click()
    assert page.locator(".present li").count() == 5


def test_a_copied_link_brings_the_list_to_another_browser(presented: Open, visit: Open) -> None:
    states = [{"title": "Größe ≥ 0 / ∞", "link": "/?digit=3"}, ROOM_STATES[3]]
    opened = presented(states)
    opened.page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    opened.page.keyboard.press("s")
    opened.page.get_by_role("button", name="Copy as a link").click()
    opened.page.get_by_text("The link is copied").wait_for()
    link = opened.page.evaluate("window.copied")
    assert link.startswith(f"{opened.address}/#set=")
    other = visit(link)
    other.page.get_by_text("The link was loaded: 2 states.").wait_for()
    assert "#" not in other.page.url
    assert json.loads(other.page.evaluate("localStorage.getItem('elbo-room/set list')")) == states
    broken = visit(link[:-9])
    broken.page.get_by_text("This is not a set list: expected JSON").wait_for()


@pytest.mark.parametrize(("size", "scheme"), [((1280, 720), "light"), ((390, 844), "dark")])
def test_axe_finds_nothing_serious_and_nothing_overlaps(presented: Open, size: tuple[int, int], scheme: str) -> None:
    opened = presented(size=size, scheme=scheme)

    def serious() -> list[str]:
        found = Axe().run(opened.page).response["violations"]
        return [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")]

    assert serious() == []
    opened.page.keyboard.press("s")
    assert serious() == []
    opened.page.keyboard.press("Escape")
    assert is_presenting(opened)
    opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    ours = opened.page.locator(".present > .buttons").bounding_box()
    for other in ("stTopNavLink", "stMainMenuButton", "stExpandSidebarButton"):
        for link in opened.page.locator(f'[data-testid="{other}"]:visible').all():
            box = link.bounding_box()
            assert box["x"] + box["width"] <= ours["x"] or box["x"] >= ours["x"] + ours["width"], other
