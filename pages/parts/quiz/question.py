"""A question with several answers, and the reason why each is right or wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """One answer: its text, whether it is right, and why.

    Raises:
        ValueError: the text or the reason is missing.
    """

    text: str
    right: bool
    reason: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("an answer must have a text; got none.")
        if not self.reason.strip():
            raise ValueError(f"every answer must have a reason; got none for {self.text!r}.")


@dataclass(frozen=True)
class Question:
    """A question with one right answer.

    Args:
        key: the name under which the browser stores progress, such as "quiz/jensen".
        text: the question. Here and in the answers, text between backticks is shown as code, and E_q with a subscript.
        answers: two or more, exactly one of them right.
        see: a link within the app to a state that shows why, such as "/tradeoff?q=prior".
        see_label: the text of that link.

    Raises:
        ValueError: the key or the text is missing, not exactly one answer is right, two answers are the same, the link does
            not begin with a single slash, or only one of link and label is given.
    """

    key: str
    text: str
    answers: tuple[Answer, ...]
    see: str = ""
    see_label: str = ""

    def __post_init__(self) -> None:
        if not self.key.strip() or not self.text.strip():
            raise ValueError(f"a question must have a key and a text; got {self.key!r} and {self.text!r}.")
        right = sum(answer.right for answer in self.answers)
        if len(self.answers) < 2 or right != 1:
            raise ValueError(
                f"{self.key} must have two or more answers of which one is right; got {len(self.answers)}, {right} right."
            )
        if len({answer.text for answer in self.answers}) < len(self.answers):
            raise ValueError(f"the answers of {self.key} must differ from each other.")
        # Two slashes at the beginning would name another host.
        if self.see and (not self.see.startswith("/") or self.see.startswith("//")):
            raise ValueError(f"the link of {self.key} must begin with one slash; got {self.see!r}.")
        if bool(self.see) != bool(self.see_label.strip()):
            raise ValueError(f"{self.key} must have both a link and its label, or neither.")

    @property
    def right(self) -> Answer:
        """The right answer."""
        return next(answer for answer in self.answers if answer.right)


@dataclass(frozen=True)
class Part:
    """A topic of the quiz: its title, its questions, and a link inside the app to where it can be read again."""

    title: str
    questions: tuple[Question, ...]
    see: str
    see_label: str


def with_unique_keys(questions: Iterable[Question]) -> tuple[Question, ...]:
    """The questions, in the same order.

    Raises:
        ValueError: two have the same key.
    """
    listed = tuple(questions)
    twice = [key for key, count in Counter(question.key for question in listed).items() if count > 1]
    if twice:
        raise ValueError(f"every question must have a key of its own; got {', '.join(twice)} more than once.")
    return listed
