"""The introduction as an element of the page: it shows parts of the Trade-off screen, and opens states of it."""

import streamlit as st

from pages.parts.state import classroom, link, parameters
from pages.parts.state.state import State
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_KEY = "tour"
_LESSON = "derivation"

_tour = element(
    _KEY,
    html='<section class="tour" aria-label="Introduction" hidden></section>',
    styles=("tour/front/tour.css",),
    script="tour/front/tour.js",
    isolate_styles=False,  # it stands beside the screen, and says which parts of the screen are shown
)


def tour() -> None:
    """Show the introduction to whoever is here for the first time, and offer it again."""
    _tour(
        key=_KEY,
        data={
            "lesson": f"/{_LESSON}",
            "offered": not _has_a_task(),
            "colours": {colour.name.lower(): colour.value for colour in Colour},
        },
        on_link_change=_open,
    )


def _has_a_task() -> bool:
    """Whether a teacher or a challenge has given this visitor something to do, which the introduction would undo."""
    settings = classroom.settings()
    challenge = link.read(parameters.CHALLENGE) != parameters.CHALLENGE.default
    return bool(settings.task or settings.hide or settings.panels or challenge)


def _open() -> None:
    """Write the state with which a step of the introduction begins: the whole link of the screen."""
    asked = st.session_state[_KEY]["link"] or {}
    state = {str(name): str(text) for name, text in asked.items()}
    if not State.invalid(state):
        link.write(state)
