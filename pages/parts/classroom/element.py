"""The element of a class, on every screen: the bar at the foot of the page, and the picture of the class's code."""

from pages.parts.sharing.element import COMMAND
from pages.parts.state import screens
from pages.parts.web.assets import element, text
from vaecore.figures.theme import Colour

_KEY = "class_room"

_class = element(
    _KEY,
    html=text("classroom/front/class.html"),
    styles=("classroom/front/class.css",),
    script="classroom/front/element.js",
    isolate_styles=False,  # the bar takes its room from the whole page
)


def class_bar() -> None:
    """Put the bar on the page; it is hidden as long as this browser is in no class."""
    _class(
        key=_KEY,
        data={
            **screens.for_links(),
            "command": COMMAND,
            "colours": {"chosen": Colour.Q},
        },
    )
