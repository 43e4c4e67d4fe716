"""What Python sends the script of a class."""

from typing import TypedDict


class ClassData(TypedDict):
    """How a link to a screen is opened, and what opens the app to other computers."""

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
    command: str
    """The command that opens the app to other computers."""
    colours: dict[str, str]
    """Colours for the style sheet: chosen."""
