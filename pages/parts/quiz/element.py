"""A question as an element of the page. Answering happens in the browser; no script runs again for it."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from pages.parts.quiz.question import Question, with_unique_keys
from pages.parts.web.assets import BASE, Front
from vaecore.figures.theme import Colour

FRONT = Front("questions", Path(__file__).parent / "front")

_COLOURS = {"right": Colour.RIGHT, "wrong": Colour.WRONG, "chosen": Colour.Q}

_question = st.components.v2.component(
    "question", html='<section class="question"></section>', css=FRONT.text("question.css"), js=FRONT.loader("question.js")
)
_score = st.components.v2.component(
    "score", html='<div class="score"></div>', css=FRONT.text("question.css"), js=FRONT.loader("score.js")
)


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
            "see": f"{BASE}{question.see}" if question.see else "",
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
