"""The printed sheet: the task, the state in words and numbers, the chart, the code, the link, and lines to write on."""

import streamlit as st

from pages.parts.sheet import page
from pages.parts.state import link

st.html(page.CSS)
page.shown(link.now(), st.context.url or "")
