"""What lasts of the classes: the interface that one process keeps in a file, and several processes in Redis.

A vote is stored once for each browser, question and round, so that voting again replaces it and sending it twice changes
nothing. When a class ends everything of it is deleted.
"""

from collections.abc import Sequence
from typing import Protocol

from pages.parts.classroom.records import Counts, Question, Vote

MOST_CLASSES, MOST_QUESTIONS, MOST_ANSWERS, MOST_VOTERS = 100, 100, 1000, 300
LIFETIME, ABSENCE = 6 * 3600.0, 1800.0
"""Seconds that a class lasts at most, and that it lasts without its presenter."""

TOO_MANY_CLASSES = f"This server holds at most {MOST_CLASSES} classes at once. Try again when one has ended."
TOO_MANY_QUESTIONS = f"A class has at most {MOST_QUESTIONS} questions."


class Registry(Protocol):
    """The classes, their questions and votes. Every method is one step: no other process sees half of it.

    Raises:
        OSError: what is stored cannot be reached; the same holds for every method.
    """

    def open(self) -> tuple[str, str]:
        """A new class.

        Returns:
            Its code, and the presenter's secret, of which only a hash is kept.

        Raises:
            ValueError: there are as many classes as this server holds.
        """

    def knows(self, code: str) -> bool:
        """Whether there is such a class."""

    def is_presenter(self, code: str, secret: object) -> bool:
        """Whether this is the secret of this class."""

    def seen(self, code: str) -> None:
        """The presenter is here."""

    def show(self, code: str, link: str) -> None:
        """The presenter shows another state."""

    def link(self, code: str) -> str:
        """The state that the presenter shows; empty before the first."""

    def end(self, code: str) -> None:
        """The class is over: nothing of it is kept."""

    def remove_expired(self) -> tuple[str, ...]:
        """End the classes whose time is over, or whose presenter has been away too long; their codes."""

    def ask(self, code: str, question: Question) -> Question:
        """Ask the class another question; returned with its number.

        Raises:
            ValueError: the class has been asked as many as it may be.
        """

    def question(self, code: str) -> Question | None:
        """The question that is open."""

    def vote_again(self, code: str) -> None:
        """Another round of the open question; what was revealed is hidden again."""

    def reveal(self, code: str, scale: Sequence[float], lost: Sequence[float], best: Sequence[float] = ()) -> None:
        """Show the answers, with what each means and loses, and the best one; again when more of that is known."""

    def close_question(self, code: str) -> None:
        """No question is open any more."""

    def vote(self, code: str, vote: Vote) -> None:
        """Count a vote; of the same browser in the same round it replaces the one before.

        Raises:
            ValueError: it is no answer to the question that is open.
        """

    def answer(self, code: str, question: int, round_: int, browser: str) -> int | None:
        """What a browser has answered in a round."""

    def answers(self, code: str, question: int, round_: int) -> list[int]:
        """All answers of a round, in order of their size: nothing says who gave which."""

    def counts(self, code: str) -> Counts:
        """Of the open question's round; nothing without a question."""

    def session(self, code: str) -> tuple[list[Question], list[Vote]]:
        """All questions and votes of a class."""

    def close(self) -> None:
        """Let go of the file or the connection."""


def refusal(vote: Vote, question: Question | None) -> ValueError:
    """Why a vote was not counted, given the question that is open."""
    if question is None or question.revealed or (question.number, question.round) != (vote.question, vote.round):
        return ValueError("This question is closed.")
    if not 0 <= vote.answer < question.answers:
        return ValueError(f"answer must be a whole number from 0 to {question.answers - 1}; got {vote.answer}.")
    return ValueError(f"A question takes at most {MOST_VOTERS} answers.")
