"""A class as one table: every question and every answer, for a spreadsheet."""

import csv
import io

from pages.parts.classroom.records import Question, Vote

_COLUMNS = ("question", "kind", "state", "round", "student", "answer", "sigma^2", "lost", "right")


def table(questions: list[Question], votes: list[Vote]) -> str:
    """The answers as CSV; students are numbered, and keep their number through the class.

    σ² and what was lost, in the unit of the screen, are there once a question has been revealed.
    """
    numbers: dict[str, int] = {}
    asked = {question.number: question for question in questions}
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for vote in votes:
        question = asked[vote.question]
        student = numbers.setdefault(vote.browser, len(numbers) + 1)
        scale = question.scale[vote.answer] if question.scale else ""
        lost = question.lost[vote.answer] if question.lost else ""
        right = question.right[0] <= vote.answer <= question.right[1]
        row = (question.number, question.kind, question.link, vote.round, student, vote.answer, scale, lost, right)
        writer.writerow(row)
    return file.getvalue()
