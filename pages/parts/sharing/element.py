"""The button that shares the screen, on every screen: the link, its QR code, and the link that a teacher prepares."""

import streamlit as st

from pages.parts.state import classroom, link
from pages.parts.state.screens import ROOM
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

COMMAND = ".venv/bin/streamlit run app.py --server.address 0.0.0.0"
"""What opens the app to other computers."""

_PANELS = "Panels"

_share = element(
    "share", html='<div class="share"></div>', styles=("sharing/front/share.css",), script="sharing/front/share.js"
)


def share() -> None:
    """Put the button into the header; what it opens needs no script to run again."""
    with st.container(key="share"):
        _share(
            key="share_element",
            data={
                "command": COMMAND,
                "groups": [
                    ["Settings", list(classroom.SETTINGS.items())],
                    ["q", list(classroom.Q_CONTROLS.items())],
                    [_PANELS, list(classroom.PANELS.items())],
                    ["Other screens", list(classroom.SCREENS.items())],
                ],
                "panels": _PANELS,
                "longest": classroom.LONGEST_TASK,
                "room": list(ROOM),
                "held": link.held("tradeoff"),
                "colours": {"chosen": Colour.Q},
            },
        )
