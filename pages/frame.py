"""The frame about every screen: the page's settings, the look, the navigation."""

import streamlit as st

from pages.parts import style
from pages.parts.presenting.element import present

st.set_page_config(page_title="ELBO Room", page_icon=style.ICON, layout="wide")
st.html(style.CSS)

screens = [
    st.Page("tradeoff.py", title="Trade-off", url_path="home", icon=":material/tune:", default=True),
    # Streamlit serves the default screen at the root alone; this makes a link to /tradeoff work as well.
    st.Page("tradeoff.py", title="Trade-off", url_path="tradeoff", icon=":material/tune:", visibility="hidden"),
    st.Page("derivation.py", title="Derivation", url_path="derivation", icon=":material/function:"),
    st.Page("loss.py", title="Your loss", url_path="loss", icon=":material/code:"),
    st.Page("quiz.py", title="Quiz", url_path="quiz", icon=":material/quiz:"),
    st.Page("challenges.py", title="Challenges", url_path="challenges", icon=":material/flag:"),
    st.Page("numbers.py", title="About the numbers", url_path="numbers", icon=":material/fact_check:"),
]
chosen = st.navigation(screens, position="top")
present({screen.url_path: screen.title for screen in screens})
chosen.run()
