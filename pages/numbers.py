"""About the numbers: what each is, how it is had, and where models and images come from."""

import streamlit as st

from pages.parts import controls, provenance

controls.leave_the_room()

st.title("About the numbers")
st.markdown(provenance.IDENTITY)
st.subheader("How a number is had")
st.markdown(provenance.ROUTES)
st.subheader("The models")
st.html(provenance.models_table())
st.subheader("Images, sources, licences")
st.markdown(provenance.SOURCES)
st.caption(provenance.device_sentence())
