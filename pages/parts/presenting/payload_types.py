"""What Python sends the script that presents."""

from typing import TypedDict


class PresentData(TypedDict):
    """The screens that a set list may hold, and how a link to them is opened."""

    titles: dict[str, str]
    """The title of every screen, by its path."""
    room: list[str]
    """The paths of the Trade-off screen."""
    model: str
    """The model that a link without one means."""
    digit: str
    """And the digit."""
    frame: list[str]
    """The link parameters that belong to the frame and not to a screen."""
    longest: int
    """The most characters of a title."""
    colours: dict[str, str]
    """Colours for the style sheet: chosen."""
