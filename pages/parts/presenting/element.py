"""The element that presents: two buttons in the header, the foot of a presented screen, and the panel of the set list."""

from pathlib import Path

import streamlit as st

from pages.parts.presenting import set_list
from pages.parts.state import parameters, screens
from pages.parts.web.assets import BASE, Front
from vaecore.figures.theme import Colour

FRONT = Front("presenting", Path(__file__).parent / "front")

_KEY = "present"

_present = st.components.v2.component(
    _KEY,
    html=FRONT.text("present.html"),
    css=FRONT.text("present.css"),
    js=FRONT.loader("present.js"),
    isolate_styles=False,  # what is presented is the whole page
)


def present() -> None:
    """Put the buttons in the header."""
    _present(
        key=_KEY,
        data={
            "base": BASE,
            "titles": screens.TITLES,
            "room": list(screens.ROOM),
            "model": parameters.DEFAULT_MODEL,
            "frame": list(parameters.ON_EVERY_SCREEN),
            "longest": set_list.LONGEST_TITLE,
            "colours": {"chosen": Colour.Q},
        },
    )
