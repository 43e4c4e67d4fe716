"""A question to a class and what came of it, as records."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["variance", "choice"]
"""What is asked for: a stop of the slider of σ², or one of several answers."""


@dataclass(frozen=True)
class Question:
    """A question that a class has been asked.

    The answers are the numbers from 0 to `answers` − 1: for "variance" the steps of the slider's path, otherwise the answers
    in their order.
    """

    number: int  # from 1, in the order in which the class was asked
    kind: Kind
    link: str  # the state that the question is about
    answers: int
    right: tuple[int, int]  # the first and the last of the answers that count as right
    round: int = 1  # 2 and more when the class votes again
    open: bool = True
    scale: tuple[float, ...] = ()  # once revealed: what every answer means, σ² for "variance"
    lost: tuple[float, ...] = ()  # and what it loses against the best, in the unit of the screen
    revealed: bool = False


@dataclass(frozen=True)
class Counts:
    """How many have answered in this round, and how many of them are right."""

    answered: int
    right: int


@dataclass(frozen=True)
class Vote:
    """One answer of one browser."""

    question: int
    round: int
    browser: str
    answer: int
