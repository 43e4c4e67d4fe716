"""The printed sheet: the task, the state in words and numbers, the chart, the code, the link, and lines to write on."""

import streamlit as st

from pages.parts import sheet
from pages.parts.state import link

st.html(sheet.CSS)
sheet.shown(link.now(), st.context.url or "")
