"""About the numbers: what each is, how it is computed, and where models and images come from."""

import streamlit as st

from pages.parts import about
from pages.parts.compute.questions import device_sentence
from pages.parts.web.messages import errors_shown

st.title("About the numbers")
st.markdown(about.IDENTITY)
st.subheader("How each number is computed")
st.markdown(about.ROUTES)
st.subheader("The models")
st.html(about.models_table())
st.subheader("Images, sources and licences")
st.markdown(about.SOURCES)
with errors_shown():
    st.caption(device_sentence())
