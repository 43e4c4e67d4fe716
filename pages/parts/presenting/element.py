"""The element that presents: two buttons in the header, the foot of a presented screen, and the panel of the set list."""

from pages.parts.presenting import set_list
from pages.parts.state import screens
from pages.parts.web.assets import element, text
from vaecore.figures.theme import Colour

_KEY = "present"

_present = element(
    _KEY,
    html=text("presenting/front/present.html"),
    styles=("presenting/front/present.css",),
    script="presenting/front/present.js",
    isolate_styles=False,  # what is presented is the whole page
)


def present() -> None:
    """Put the buttons in the header."""
    _present(
        key=_KEY,
        data={
            **screens.for_links(),
            "longest": set_list.LONGEST_TITLE,
            "colours": {"chosen": Colour.Q},
        },
    )
