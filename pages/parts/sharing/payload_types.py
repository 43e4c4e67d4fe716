"""What Python sends the script of the Share dialog."""

from typing import TypedDict


class ShareData(TypedDict):
    """What may be hidden from a class, and which state the printed sheet shows on screens that have none."""

    command: str
    """The command that opens the app to other computers."""
    groups: list[tuple[str, list[tuple[str, str]]]]
    """Titles, each with the names and labels of what a teacher may hide."""
    panels: str
    """The title of the group that can be chosen for an iframe."""
    longest: int
    """The most characters of a task."""
    room: list[str]
    """The paths of the Trade-off screen."""
    held: dict[str, str]
    """The link parameters of the Trade-off screen as it was last."""
    colours: dict[str, str]
    """Colours for the style sheet: chosen."""
