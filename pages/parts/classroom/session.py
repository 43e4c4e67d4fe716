"""A class as one table: every question and every answer, for a spreadsheet."""

import csv
import io

from pages.parts.classroom.records import Question, Vote

_COLUMNS = ("question", "kind", "state", "round", "student", "answer", "sigma^2", "value", "z1", "z2", "lost", "right")


def table(questions: list[Question], votes: list[Vote]) -> str:
    """The answers as CSV; students are numbered, and keep their number through the class.

    σ² and what was lost, in the unit of the screen, are there once a question has been revealed. A guess of a value or of a
    point of the latent space has its value or its coordinates.
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
        student = numbers.setdefault(vote.browser, len(numbers) + 1)
        variance = question.scale[vote.answer] if question.kind == "variance" and question.scale else ""
        place = question.place(vote.answer)
        value = place[0] if question.kind == "value" else ""
        z1, z2 = (*place, "", "")[:2] if question.kind == "point" else ("", "")
        given = (vote.answer, variance, value, z1, z2, losses[vote.question].get(vote.answer, ""))
        right = question.is_right(vote.answer)
        writer.writerow((question.number, question.kind, question.link, vote.round, student, *given, right))
    return file.getvalue()
