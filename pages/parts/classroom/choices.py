"""The questions with several answers that a class can be asked, in the words of a list of choices."""

import re

from pages.parts.derivation.questions import contents
from pages.parts.quiz.sequence import QUESTIONS

_SUBSCRIPT = re.compile(r"(?<=\b[A-Za-z])_(?=\w(?!\w))")  # as the quiz sets them: E_q, L_K


def in_words() -> dict[str, str]:
    """What every question asks and where it stands, by its key: the quiz as it is numbered there, then the derivation."""
    quiz = {question.key: f"Quiz {number}: {_plain(question.text)}" for number, question in enumerate(QUESTIONS, start=1)}
    steps = {step.question.key: f"Step {number}: {_plain(step.question.text)}" for number, step in contents().items()}
    return quiz | steps


def _plain(text: str) -> str:
    """A question without the signs that set its code and its subscripts apart."""
    return _SUBSCRIPT.sub("", text.replace("`", ""))
