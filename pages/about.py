"""About the numbers: what each is, how it is had, and where models and images come from."""

import streamlit as st

from pages.parts import about
from pages.parts.tradeoff import controls

controls.leave_the_room()

st.title("About the numbers")
st.markdown(about.IDENTITY)
st.subheader("How a number is had")
st.markdown(about.ROUTES)
st.subheader("The models")
st.html(about.models_table())
st.subheader("Images, sources, licences")
st.markdown(about.SOURCES)
st.caption(about.device_sentence())
