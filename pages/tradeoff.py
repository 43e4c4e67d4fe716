"""The Trade-off screen: a real image, a trained decoder, and sliders for the mean and the variance of q."""

import streamlit as st

from pages.parts.challenges.elements import strip
from pages.parts.state import link
from pages.parts.state.state import State
from pages.parts.tour.element import tour
from pages.parts.tradeoff import controls
from pages.parts.tradeoff.element import STYLES, instrument
from pages.parts.web.messages import errors_shown

st.html(f"<style>{STYLES}</style>")
if not st.context.is_embedded:
    tour()
    with st.sidebar:
        controls.ask_settings()


@st.fragment
def screen() -> None:
    """Only this runs again when q is committed."""
    with errors_shown():
        state = State.from_valid_link(link.of_screen())
        instrument(state)
        strip(state)


screen()
