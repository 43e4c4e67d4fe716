"""What Python sends the scripts of the quiz."""

from typing import TypedDict


class AnswerData(TypedDict):
    """One of the answers to choose from."""

    text: str
    """What the button says."""
    right: bool
    """Whether it is the right answer."""
    reason: str
    """Why it is right or wrong, shown once it is chosen."""


class QuestionData(TypedDict):
    """A question, its answers, and where to look."""

    key: str
    """The name under which progress keeps that it is answered."""
    number: int | None
    """The number before the text, if any."""
    text: str
    """The question; what stands between backticks is code."""
    answers: list[AnswerData]
    """In the order in which they are shown."""
    see: str
    """A link inside the app that shows the answer; empty without one."""
    seeLabel: str
    """What that link says."""
    colours: dict[str, str]
    """Colours for the style sheet: right, wrong, chosen."""


class ScoreData(TypedDict):
    """Which questions count, and which are forgotten by starting over."""

    keys: list[str]
    """The names under which progress keeps the questions that count."""
    prefix: str
    """All progress whose name begins so is taken back by "Start over"."""
    colours: dict[str, str]
    """Colours for the style sheet: right, wrong, chosen."""


class ResultPart(TypedDict):
    """A topic of the quiz."""

    title: str
    """Its title."""
    keys: list[str]
    """The names under which progress keeps its questions, in their order."""
    see: str
    """The link inside the app to where one can read it again."""
    seeLabel: str
    """The text of that link."""


class ResultData(TypedDict):
    """What the first answers to the quiz are counted by."""

    parts: list[ResultPart]
    """The topics, in the order of their questions."""
    colours: dict[str, str]
    """Colours for the style sheet: right, wrong, chosen."""
