"""The Trade-off screen: a real image, a trained decoder, and the hand on the variance and the mean of q."""

import streamlit as st

from pages.parts.challenges.elements import strip
from pages.parts.tour.element import tour
from pages.parts.tradeoff import controls
from pages.parts.tradeoff.element import instrument
from pages.parts.web.messages import refusals_shown

controls.heed_the_link()
tour()

# Ask what is on the bench.
with st.sidebar:
    setup, beta, unit = controls.ask_bench()


@st.fragment
def room() -> None:
    """What the hand moves: only this runs again when it lets go."""
    with refusals_shown():
        instrument(setup, beta, unit)
        strip()


room()
