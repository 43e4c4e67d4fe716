"""The frame about every screen: the page's settings, the look, the navigation, and what a class needs everywhere."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st

from pages.parts.classroom.element import class_bar
from pages.parts.derivation import navigation
from pages.parts.loss import form
from pages.parts.presenting.element import present
from pages.parts.sharing.element import share
from pages.parts.sharing.task import show_task
from pages.parts.state import classroom, link, parameters
from pages.parts.state.kinds import InvalidParameter, invalid_parameters
from pages.parts.state.screens import OTHERS, ROOM, SHEET
from pages.parts.state.state import State
from pages.parts.web import style
from pages.parts.web.messages import link_warning

READERS: dict[str, link.Reader] = {
    **dict.fromkeys((*ROOM, SHEET), State.invalid),
    "derivation": navigation.invalid,
    "loss": form.invalid,
}
"""What of a link each screen cannot use."""


def uses_nothing(of_link: Mapping[str, str]) -> dict[str, InvalidParameter]:
    """The same for the other screens, which have no parameters of their own."""
    return invalid_parameters(of_link, (), "this screen", parameters.ON_EVERY_SCREEN)


st.set_page_config(page_title="ELBO Room", page_icon=style.ICON, layout="wide")
st.html(style.CSS)

class_settings = classroom.keep()
# Streamlit serves the default screen at the root alone; a second page makes a link to /tradeoff work as well. The navigation
# shows the one of the two that is open, and so marks it.
second = urlsplit(str(st.context.url)).path.rstrip("/").endswith("/tradeoff")
screens = [
    *(
        st.Page(
            "tradeoff.py",
            title="Trade-off",
            url_path=address,
            icon=":material/tune:",
            default=address == "home",
            visibility="visible" if shown else "hidden",
        )
        for address, shown in (("home", not second), ("tradeoff", second))
    ),
    *(
        st.Page(f"{file}.py", title=title, url_path=address, icon=icon, visibility=classroom.visibility(address))
        for address, title, icon, file in OTHERS
    ),
    st.Page("sheet.py", title="Printed sheet", url_path=SHEET, icon=":material/print:", visibility="hidden"),
]
embedded = bool(st.context.is_embedded)
"""Whether another page shows the app in a frame of its own (?embed=true): then it shows the screen alone."""
chosen = st.navigation(screens, position="hidden" if embedded else "top")
show_task(class_settings)
share()
if not embedded:
    present()
    class_bar()
warnings = link.keep(chosen.url_path, READERS.get(chosen.url_path, uses_nothing))
if warnings:
    link_warning(warnings)
chosen.run()
