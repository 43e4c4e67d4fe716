"""What of the lesson is done, as ticks: kept in the browser, shown live."""

import streamlit as st

from pages.parts.lesson.element import FRONT
from pages.parts.lesson.sequence import EXAMPLE, SHORT, STEPS
from vaecore.figures.theme import Colour

_mount = st.components.v2.component(
    "ticks",
    html='<p class="ticks"></p>',
    css=FRONT.text("ticks.css"),
    js=FRONT.loader("ticks.js"),
)


def ticks(*, full: bool = False) -> None:
    """A line with a tick for each question that was answered and each task that was done; in full, with their names."""
    steps = [{"name": f"{number} {name}", "keys": _keys(number)} for number, name in SHORT.items() if _keys(number)]
    _mount(key=f"ticks {full}", data={"steps": steps, "full": full, "colour": Colour.RIGHT})


def _keys(number: int) -> dict[str, str]:
    if number in STEPS:
        return {"question": f"lesson/{number}/question", "task": f"lesson/{number}/task"}
    return {"all opened": f"lesson/{number}/task"} if number == EXAMPLE else {}
