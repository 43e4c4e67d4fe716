"""What Python sends the script of the tour."""

from typing import TypedDict


class TourData(TypedDict):
    """What the tour needs to know of the app."""

    lesson: str
    """The link inside the app to the derivation, offered at the end."""
    colours: dict[str, str]
    """Colours for the style sheet: mark, right."""
