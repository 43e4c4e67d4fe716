"""The frame about every screen: the page's settings, the look, the navigation, and what a class needs everywhere."""

import streamlit as st

from pages.parts import style
from pages.parts.sharing import classroom
from pages.parts.sharing.classroom import visibility
from pages.parts.sharing.element import share

st.set_page_config(page_title="ELBO Room", page_icon=style.ICON, layout="wide")
st.html(style.CSS)

screens = [
    st.Page("tradeoff.py", title="Trade-off", url_path="home", icon=":material/tune:", default=True),
    # Streamlit serves the default screen at the root alone; this makes a link to /tradeoff work as well.
    st.Page("tradeoff.py", title="Trade-off", url_path="tradeoff", icon=":material/tune:", visibility="hidden"),
    st.Page("quiz.py", title="Quiz", url_path="quiz", icon=":material/quiz:", visibility=visibility("quiz")),
    st.Page(
        "challenges.py",
        title="Challenges",
        url_path="challenges",
        icon=":material/flag:",
        visibility=visibility("challenges"),
    ),
    st.Page(
        "numbers.py",
        title="About the numbers",
        url_path="numbers",
        icon=":material/fact_check:",
        visibility=visibility("numbers"),
    ),
    st.Page("sheet.py", title="Printed sheet", url_path="sheet", icon=":material/print:", visibility="hidden"),
]
here = st.navigation(screens, position="top")
classroom.heed(screens, here)
share(screens)
here.run()
