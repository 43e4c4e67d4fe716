"""The button that shares the screen, on every screen: the link, its QR code, and the link that a teacher prepares."""

from pathlib import Path

import streamlit as st

from pages.parts.state import classroom, link
from pages.parts.state.screens import ROOM
from pages.parts.web.assets import BASE, Front
from vaecore.figures.theme import Colour

FRONT = Front("sharing", Path(__file__).parent / "front")

COMMAND = ".venv/bin/streamlit run app.py --server.address 0.0.0.0"
"""What opens the app to other computers."""

_share = st.components.v2.component(
    "share", html='<div class="share"></div>', css=FRONT.text("share.css"), js=FRONT.loader("share.js")
)


def share() -> None:
    """Put the button into the header; what it opens needs no script to run again."""
    with st.container(key="share"):
        _share(
            key="share_element",
            data={
                "base": BASE,
                "command": COMMAND,
                "groups": [
                    ["Settings", list(classroom.SETTINGS.items())],
                    ["q", list(classroom.Q_CONTROLS.items())],
                    ["Panels", list(classroom.PANELS.items())],
                    ["Other screens", list(classroom.SCREENS.items())],
                ],
                "longest": classroom.LONGEST_TASK,
                "room": list(ROOM),
                "held": link.held("tradeoff"),
                "colours": {"chosen": Colour.Q},
            },
        )
