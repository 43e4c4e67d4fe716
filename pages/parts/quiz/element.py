"""A question as an element of the page. Answering happens in the browser; no script runs again for it."""

from collections.abc import Iterable
from dataclasses import asdict

from pages.parts.quiz.question import Part, Question, with_unique_keys
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_COLOURS = {"right": Colour.RIGHT, "wrong": Colour.WRONG, "chosen": Colour.Q}

_STYLES = ("quiz/front/question.css",)
_question = element("question", html='<section class="question"></section>', styles=_STYLES, script="quiz/front/question.js")
_score = element("score", html='<div class="score"></div>', styles=_STYLES, script="quiz/front/score.js")
_result = element("result", html='<aside class="result"></aside>', styles=_STYLES, script="quiz/front/result.js")


def ask(question: Question, *, number: int | None = None) -> None:
    """Show a question with its answers, and the reason for the answer that is chosen; the right one is stored as progress.

    A page may ask several questions with different keys. A number, if given, precedes the text.
    """
    _question(
        key=f"question {question.key}",
        data={
            "key": question.key,
            "number": number,
            "text": question.text,
            "answers": [asdict(answer) for answer in question.answers],
            "see": question.see,
            "seeLabel": question.see_label,
            "colours": _COLOURS,
        },
    )


def ask_all(questions: Iterable[Question], *, first: int = 1) -> None:
    """Show several questions below each other, numbered from `first`.

    Raises:
        ValueError: two have the same key.
    """
    for number, question in enumerate(with_unique_keys(questions), start=first):
        ask(question, number=number)


def score(keys: Iterable[str], prefix: str) -> None:
    """Show how many of these are done, and a button that forgets all progress whose key begins with the prefix."""
    _score(key=f"score {prefix}", data={"keys": list(keys), "prefix": prefix, "colours": _COLOURS})


def result(parts: Iterable[Part]) -> None:
    """Show how many first answers were right, by topic, and where one can read each again."""
    topics = [
        {
            "title": part.title,
            "keys": [question.key for question in part.questions],
            "see": part.see,
            "seeLabel": part.see_label,
        }
        for part in parts
    ]
    _result(key="result", data={"parts": topics, "colours": _COLOURS})
