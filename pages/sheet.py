"""The printed sheet: the task, the state in words and numbers, the chart, the code, the link, and lines to write on."""

import streamlit as st

from pages.parts import sheet
from pages.parts.tradeoff import controls

controls.leave_the_room()

st.html(sheet.CSS)
sheet.shown(st.query_params.to_dict(), st.context.url or "")
