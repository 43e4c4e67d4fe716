"""The Trade-off screen: a real image, a trained decoder, and sliders for the mean and the variance of q."""

import streamlit as st

from pages.parts.challenges.elements import strip
from pages.parts.tour.element import tour
from pages.parts.tradeoff import controls
from pages.parts.tradeoff.element import instrument
from pages.parts.web.messages import errors_shown

controls.heed_the_link()
tour()

with st.sidebar:
    settings = controls.ask_settings()


@st.fragment
def screen() -> None:
    """Only this runs again when q is committed."""
    with errors_shown():
        state = controls.state_with(settings)
        instrument(state)
        strip(state)


screen()
