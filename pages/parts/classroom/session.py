"""A class as one table: every question and every answer, for a spreadsheet."""

import csv
import io
from functools import cache

from pages.parts.classroom.records import Question, Vote
from pages.parts.derivation.questions import contents
from pages.parts.quiz.question import Question as QuizQuestion
from pages.parts.quiz.sequence import QUESTIONS

_COLUMNS = ("number", "question", "screen", "round", "student", "answer", "z1", "z2", "loss", "error", "right")

ABOUT_CHART = {
    "best": "Where is the best σ²?",
    "value/kl": "How large is KL?",
    "value/elbo": "How large is the ELBO?",
    "value/evidence": "How large is log p(x)?",
    "point": "Where is the best mean of q, with σ² as it is?",
}
"""The questions about a chart by their keys, in the words of the screen (`class_questions.js`)."""


@cache
def _choices() -> dict[str, QuizQuestion]:
    return {known.key: known for known in (*QUESTIONS, *(step.question for step in contents().values()))}


def table(questions: list[Question], votes: list[Vote]) -> str:
    """The answers as CSV; students are numbered, and keep their number through the class.

    An answer is what was chosen: σ², a value, the text of an answer, or for a point its coordinates z1 and z2. A guess of
    σ² or of a point has a loss, a guess of a value an error, in the unit of the screen. They and `right` are empty where
    the question was not revealed.
    """
    numbers: dict[str, int] = {}
    asked = {question.number: question for question in questions}
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    losses = {
        number: question.losses(vote.answer for vote in votes if vote.question == number)
        for number, question in asked.items()
    }
    for vote in votes:
        question = asked[vote.question]
        screen, _, key = question.link.partition("#")
        student = numbers.setdefault(vote.browser, len(numbers) + 1)
        z1, z2 = (*map(_number, question.place(vote.answer)), "", "")[:2] if question.kind == "point" else ("", "")
        lost = _number(losses[vote.question][vote.answer]) if vote.answer in losses[vote.question] else ""
        loss, error = ("", lost) if question.kind == "value" else (lost, "")
        right = question.is_right(vote.answer) if question.revealed else ""
        said = (vote.question, _text(question, key), screen, vote.round, student, _answer(question, key, vote.answer))
        writer.writerow((*said, z1, z2, loss, error, right))
    return file.getvalue()


def _text(question: Question, key: str) -> str:
    if question.kind == "variance":
        key = "best"
    return _choices()[key].text if key in _choices() else ABOUT_CHART.get(key, key)


def _answer(question: Question, key: str, answer: int) -> str | float:
    match question.kind:
        case "variance":
            return _number(question.scale[answer]) if question.scale else ""
        case "value":
            return _number(question.place(answer)[0])
        case "point":
            return ""
    choices = _choices()[key].answers if key in _choices() else ()
    return choices[answer].text if answer < len(choices) else answer + 1


def _number(value: float) -> float:
    """Six digits, without what 32 bits and steps of a grid leave behind them."""
    return float(f"{value:.6g}")
