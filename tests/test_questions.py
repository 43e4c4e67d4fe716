"""Questions: what they refuse to be, and in a browser what choosing an answer does and what progress keeps of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from pages.parts.quiz.question import Answer, Question, with_unique_keys
from tests.visiting import ROOT, Visit, running_app

RIGHT, WRONG = Answer("four", True, "2 + 2 is 4."), Answer("five", False, "That is `2 + 3`.")

PAGE = """
import streamlit as st
from pages.parts.quiz.element import ask_all, score
from pages.parts.quiz.question import Answer, Question
st.title("A page")
score(["quiz/sum", "quiz/product"], "quiz/")
four = (Answer("four", True, "It is 4, E_q of `E_q`."), Answer("five", False, "That is `2 + 3`."))
ask_all([
    Question("quiz/sum", "What is `2 + 2`?", four, see="/tradeoff?q=prior", see_label="See the prior"),
    Question("quiz/product", "What is 2 times 2?", four),
])
"""

APP = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import streamlit as st
from pages.parts.web import bundle
from pages.parts.web.assets import BUNDLE
from starlette.responses import Response
from starlette.routing import Route
async def scripts(request):
    return Response(bundle.bundle(), media_type="text/javascript")
app = st.App(Path({page!r}), routes=[Route(BUNDLE, scripts)])
"""


def question(*answers: Answer, key: str = "quiz/sum", **others: str) -> Question:
    return Question(key, "What is 2 + 2?", answers, **others)


def test_a_question_knows_its_right_answer() -> None:
    assert question(WRONG, RIGHT).right is RIGHT


@pytest.mark.parametrize("answers", [(), (RIGHT,), (WRONG, WRONG), (RIGHT, Answer("4", True, "The same."))])
def test_exactly_one_of_several_answers_must_be_right(answers: tuple[Answer, ...]) -> None:
    with pytest.raises(ValueError, match="of which one is right; got"):
        question(*answers)


def test_answers_must_differ() -> None:
    with pytest.raises(ValueError, match="must differ"):
        question(RIGHT, Answer("four", False, "No."))


@pytest.mark.parametrize(("text", "reason"), [("four", " "), ("", "why")])
def test_an_answer_needs_a_text_and_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="answer must have a"):
        Answer(text, True, reason)


@pytest.mark.parametrize(
    "link",
    [
        {"see": "tradeoff", "see_label": "See"}, {"see": "//elsewhere.org", "see_label": "See"}, {"see": "/tradeoff"},
        {"see_label": "See"}, {"see": "https://elsewhere.org", "see_label": "See"},
    ],
)  # fmt: skip
def test_a_link_stays_in_the_app_and_has_a_label(link: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"quiz/sum must have|of quiz/sum must begin"):
        question(RIGHT, WRONG, **link)


def test_no_two_questions_have_the_same_key() -> None:
    other = question(RIGHT, WRONG, key="quiz/other")
    assert with_unique_keys([question(RIGHT, WRONG), other])[1] is other
    with pytest.raises(ValueError, match="got quiz/sum more than once"):
        with_unique_keys([question(RIGHT, WRONG), other, question(WRONG, RIGHT)])


# ---- in the browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a page with two questions and a score."""
    folder: Path = tmp_path_factory.mktemp("questions")
    (folder / "parts").mkdir()
    page = folder / "parts" / "page.py"
    page.write_text(PAGE)
    (folder / "small.py").write_text(APP.format(root=str(ROOT), page=str(page)))
    with running_app(folder / "small.py") as app:
        yield app.address


Ask = Callable[..., Visit]


@pytest.fixture
def ask(small_app: str, chromium: Browser) -> Iterator[Ask]:
    """Opens that page and waits for its questions."""
    visits = []

    def open_(**options: object) -> Visit:
        visits.append(Visit.to(chromium, small_app, table=False, **options))
        visits[-1].page.get_by_role("button", name="four").nth(1).wait_for()
        return visits[-1]

    yield open_
    for opened in visits:
        opened.page.context.close()


def answer(visit: Visit, question: int, name: str) -> Locator:
    return visit.page.locator(".question").nth(question).get_by_role("button", name=name)


def reasons(visit: Visit) -> list[str]:
    return [text for text in visit.page.locator(".question .reason").all_inner_texts() if text]


def scored(visit: Visit) -> str:
    return visit.page.locator(".score .count").inner_text()


def test_an_answer_gets_its_reason_and_one_may_answer_again(ask: Ask) -> None:
    opened = ask()
    link = opened.page.get_by_role("link", name="See the prior")
    assert not link.is_visible()
    answer(opened, 0, "five").click()
    assert reasons(opened) == ["✗ Not quite. That is 2 + 3."]
    assert link.get_attribute("href") == "/tradeoff?q=prior"
    assert link.is_visible()
    assert scored(opened) == "0 of 2 done, kept in this browser"
    answer(opened, 0, "four").press("Enter")
    assert reasons(opened) == ["✓ Right. It is 4, Eq of E_q."]
    assert [answer(opened, 0, name).get_attribute("aria-pressed") for name in ("four", "five")] == ["true", "false"]
    assert scored(opened) == "1 of 2 done, kept in this browser"
    assert opened.complaints == []


def test_progress_is_there_after_a_reload_and_in_another_tab_until_one_starts_over(ask: Ask) -> None:
    opened = ask()
    answer(opened, 1, "four").click()
    opened.page.reload()
    opened.page.get_by_text("1 of 2 done, kept").wait_for()
    assert reasons(opened) == ["✓ Right. It is 4, Eq of E_q."]
    other = opened.page.context.new_page()
    other.goto(opened.address)
    other.get_by_text("1 of 2 done, kept").wait_for()
    other.locator(".question").nth(0).get_by_role("button", name="four").click()
    opened.page.get_by_text("2 of 2 done, kept").wait_for()
    other.get_by_role("button", name="Start over").click()
    opened.page.get_by_text("0 of 2 done, kept").wait_for()
    assert reasons(opened) == []
    assert opened.page.get_by_role("button", name="Start over").is_disabled()


@pytest.mark.parametrize(
    "obstacle",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };",
        "localStorage.setItem('elbo-room', '{nonsense')",
        "localStorage.setItem('elbo-room', '[1, 2]')",
    ],
    ids=["forbidden", "full", "nonsense", "a list"],
)
def test_a_storage_that_cannot_be_used_does_no_harm(ask: Ask, obstacle: str) -> None:
    opened = ask(before=lambda page: page.add_init_script(f"try {{ {obstacle} }} catch {{}}"))
    answer(opened, 0, "four").click()
    assert reasons(opened) == ["✓ Right. It is 4, Eq of E_q."]
    opened.page.get_by_text("1 of 2 done, kept").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(ask: Ask, scheme: str) -> None:
    opened = ask(scheme=scheme, size=(390, 844))
    answer(opened, 0, "five").click()
    answer(opened, 1, "four").click()
    found = Axe().run(opened.page, context='[data-testid="stMain"]').response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
    assert opened.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
