"""What Python sends the script of the introduction."""

from typing import TypedDict


class TourData(TypedDict):
    """What the introduction needs to know of the app."""

    lesson: str
    """The link inside the app to the derivation, offered at the end."""
    offered: bool
    """Whether it may be played again: not where a teacher or a challenge has set a task."""
    colours: dict[str, str]
    """Colours for the style sheet, by the meaning of each."""
