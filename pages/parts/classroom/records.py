"""A question to a class and what came of it, as records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["variance", "choice", "point", "value"]
"""What is asked for: a stop of the slider of σ², one of several answers, a point of the latent space, a value on an axis."""


@dataclass(frozen=True)
class Question:
    """A question that a class has been asked.

    The answers are the numbers from 0 to `answers` − 1: for "variance" the steps of the slider's path, for "value" evenly
    spaced steps of the axis, for "point" the nodes of a grid over the latent line or, row by row from the lowest, over the
    latent plane; otherwise the answers in their order.
    """

    number: int  # from 1, in the order in which the class was asked
    kind: Kind
    link: str  # the state that the question is about
    answers: int
    right: tuple[int, int]  # the first and the last of the answers that count as right; in a plane two corners of a box
    across: int = 0  # the answers in a row of the plane; 0 where all answers lie on one line
    span: tuple[float, ...] = ()  # what the first and the last answer of a row stand for, in latents or in the screen's unit
    round: int = 1  # 2 and more when the class votes again
    open: bool = True
    scale: tuple[float, ...] = ()  # what every answer means: σ² for "variance"; for "value" its value, once revealed
    lost: tuple[float, ...] = ()  # once revealed: what each loses against the best, in the unit of the screen; see `losses`
    best: tuple[float, ...] = ()  # and the best point, or the exact value
    revealed: bool = False

    def is_right(self, answer: int) -> bool:
        """Whether an answer counts as right."""
        low, high = self.right
        row = self.across or self.answers
        return low % row <= answer % row <= high % row and low // row <= answer // row <= high // row

    def losses(self, given: Iterable[int]) -> Mapping[int, float]:
        """What the answers of the class lose, as far as that is known.

        Args:
            given: all answers of all rounds. `lost` has one number for each different point among them, in their order; for
                other kinds it has one number for each possible answer.
        """
        known = sorted(set(given)) if self.kind == "point" else range(self.answers)
        return dict(zip(known, self.lost, strict=False))

    def place(self, answer: int) -> tuple[float, ...]:
        """What an answer on a grid stands for: the coordinates of a point, or one value; nothing without a grid."""
        if not self.span:
            return ()
        low, high = self.span
        row = self.across or self.answers
        steps = divmod(answer, row)[::-1] if self.across else (answer,)
        return tuple(low + (high - low) * step / (row - 1) for step in steps)


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
