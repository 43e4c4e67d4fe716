"""Challenges: goals on the Trade-off screen, checked by the app."""

import streamlit as st

from pages.parts.challenges import elements
from pages.parts.challenges.goals import CHALLENGES
from pages.parts.quiz.element import score

st.title("Challenges")
st.markdown("Each opens the Trade-off screen with a goal. Your progress updates when you let go of a control.")
score([challenge.progress for challenge in CHALLENGES], "challenge/")
elements.listed()
