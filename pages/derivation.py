"""Derivation: from the refresher on KL to the training objective, step by step, with something true to move at each."""

import streamlit as st

from pages.parts.derivation import closing_links, navigation
from pages.parts.derivation.element import step_element
from pages.parts.derivation.sequence import STEPS, TITLES
from pages.parts.quiz.element import ask
from pages.parts.tradeoff import controls
from pages.parts.web.messages import errors_shown

controls.leave_the_room()
st.html(navigation.names_css())
navigation.heed_the_link()
number = navigation.ask_step()
navigation.keep_place(number)


@st.fragment
def desk(choice: str) -> None:
    """What the hand moves: only this runs again when it lets go."""
    with errors_shown():
        step_element(number, choice)
        navigation.keep_place(number)


if number in STEPS:
    step = STEPS[number]
    reading, moving = st.columns([5, 8], gap="medium")
    with reading:
        st.header(f"{number}. {TITLES[number]}")
        st.markdown(step.story)
        st.markdown("**Before you move anything**")
        ask(step.question)
    with moving:
        desk(navigation.ask_choice(number))
    if step.after:
        st.markdown(step.after)
    if step.code:
        st.code(step.code, language="python")
else:
    st.header(f"{number}. {TITLES[number]}")
    closing_links.show(number)
