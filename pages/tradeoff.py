"""The Trade-off screen: a real image, a trained decoder, and sliders for the mean and the variance of q."""

import streamlit as st

from pages.parts.challenges.elements import strip
from pages.parts.state import link
from pages.parts.state.state import State
from pages.parts.tour.element import tour
from pages.parts.tradeoff.element import STYLES, instrument
from pages.parts.web.messages import errors_shown
from pages.parts.web.thumbnails import thumbnail_css

st.html(f"<style>{STYLES}{thumbnail_css('.instrument .digits label')}</style>")
if not st.context.is_embedded:
    tour()

warned = link.warned()


@st.fragment
def screen() -> None:
    """Only this runs again when q or a setting is committed; the frame as well, to take its warning back."""
    if warned and not link.warned():
        st.rerun()
    with errors_shown():
        state = State.from_valid_link(link.of_screen())
        instrument(state)
        strip(state)


screen()
