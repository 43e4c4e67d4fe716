"""Challenges: goals on the Trade-off screen that the app checks."""

import streamlit as st

from pages.parts.challenges import elements
from pages.parts.challenges.goals import CHALLENGES
from pages.parts.quiz.element import score
from pages.parts.tradeoff import controls

controls.leave_the_room()

st.title("Challenges")
st.markdown(
    "Each opens the Trade-off screen with a goal at its foot. Move q, let go, and the goal says where you stand: "
    "the check is made on the numbers of the screen."
)
score([challenge.progress for challenge in CHALLENGES], "challenge/")
elements.listed()
