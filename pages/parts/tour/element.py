"""The tour as an element of the page: it watches the instrument's table of numbers and asks nothing of the server."""

from pathlib import Path

import streamlit as st

from pages.parts.web.assets import BASE, Front
from vaecore.figures.theme import Colour

FRONT = Front("tour", Path(__file__).parent / "front")

_KEY = "tour"
_LESSON = "derivation"

_tour = st.components.v2.component(
    _KEY,
    html='<section class="tour" aria-label="Tour" hidden></section>',
    css=FRONT.text("tour.css"),
    js=FRONT.loader("tour.js"),
    isolate_styles=False,  # a card stands beside what it speaks of, wherever on the page that is
)


def tour() -> None:
    """Show the tour to whoever is here for the first time; progress keeps that it is done or was skipped."""
    _tour(
        key=_KEY,
        data={
            "lesson": f"{BASE}/{_LESSON}",
            "colours": {"mark": Colour.Q, "right": Colour.RIGHT},
        },
    )
