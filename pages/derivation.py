"""Derivation: from an autoencoder to the loss of a VAE and its gaps, in nine steps with sliders and two of links."""

import streamlit as st

from pages.parts.derivation import closing_links, navigation
from pages.parts.derivation.element import step_element
from pages.parts.derivation.questions import contents, title
from pages.parts.quiz.element import ask
from pages.parts.web.messages import errors_shown

st.html(navigation.names_css())
number = navigation.ask_step()


@st.fragment
def desk(choice: str) -> None:
    """The sliders and what depends on them: only this runs again when one is released."""
    with errors_shown():
        step_element(number, choice)


if number in contents():
    step = contents()[number]
    reading, moving = st.columns([5, 8], gap="medium")
    with reading, st.container(key="story"):
        st.header(f"{number}. {title(number)}")
        st.markdown(step.story)
        st.markdown("**Predict first**")
        ask(step.question)
    with moving:
        desk(navigation.ask_choice(number))
    if step.after:
        st.markdown(step.after)
    if step.code:
        st.code(step.code, language="python")
else:
    st.header(f"{number}. {title(number)}")
    closing_links.show(number, navigation.restart)
