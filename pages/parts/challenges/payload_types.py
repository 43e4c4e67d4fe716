"""What Python sends the scripts of the challenges."""

from typing import TypedDict


class StripData(TypedDict):
    """A challenge on the Trade-off screen, and how far the state in the link is from its goal."""

    key: str
    """The name under which progress keeps that the goal was reached."""
    title: str
    """The challenge's name."""
    goal: str
    """What is to be reached."""
    hint: str
    """What helps before the goal is reached."""
    insight: str
    """What the challenge shows, once its goal is reached."""
    reached: bool
    """Whether the state in the link reaches the goal."""
    sentence: str
    """How far the state is from the goal, in words."""
    start: str
    """The link inside the app at which the challenge begins."""
    next: str
    """The link inside the app at which the challenge after this one begins; empty after the last."""
    all: str
    """The link inside the app to all challenges."""
    colours: dict[str, str]
    """Colours for the style sheet: right, chosen."""


class CardData(TypedDict):
    """A challenge in the list."""

    key: str
    """The name under which progress keeps that the goal was reached."""
    title: str
    """The challenge's name."""
    goal: str
    """What is to be reached."""
    insight: str
    """What the challenge shows, once its goal is reached."""
    start: str
    """The link inside the app at which the challenge begins."""


class ListData(TypedDict):
    """All challenges."""

    challenges: list[CardData]
    """In the order in which they are shown."""
    end: str
    """What is said once all of them are done."""
    colours: dict[str, str]
    """Colours for the style sheet: right, chosen."""
