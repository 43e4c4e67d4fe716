"""The teacher's part of a link, the same on every screen: what the class neither sees nor touches, and its task.

It is a courtesy, not a lock: whoever edits the address has everything back.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

import streamlit as st

from pages.parts.state.screens import OTHERS
from pages.parts.web.messages import tell_what_was_left_out

HIDE, TASK = "hide", "task"
"""Their names in the link."""

LONGEST_TASK = 300
"""Characters."""

SETTINGS = {
    "model": "model",
    "image": "image, or x, w and b",
    "sigma_x": "σx, the decoder’s noise",
    "beta": "β, the weight of KL",
    "units": "nats or bits",
}
HAND = {
    "variance": "variance sliders",
    "mean": "mean sliders, and the mean on the chart",
    "q": "encoder, best, prior",
    "move": "what σ² moves",
    "play": "play",
    "pin": "pin",
    "predict": "predict and reveal",
    "noise": "new noise",
    "export": "export",
}
PANELS = {
    "curves": "trade-off",
    "latents": "latent space",
    "images": "images",
    "books": "books",
    "numbers": "numbers",
    "forces": "forces",
}
SCREENS = {f"{screen.address}-screen": screen.title for screen in OTHERS}
PARTS = {**SETTINGS, **HAND, **PANELS, **SCREENS}
"""All that can be hidden: its name in the link, and in words."""


@dataclass(frozen=True)
class Wish:
    """What a teacher wants, and a sentence for everything in the link that could not be used."""

    hide: tuple[str, ...]
    task: str
    complaints: tuple[str, ...]


def read(link: Mapping[str, str], names: Collection[str] = tuple(PARTS)) -> Wish:
    """What a link asks for, given the names of all that can be hidden; what cannot be used is left out and named."""
    words = list(dict.fromkeys(re.findall(r"[^\s,.]+", link.get(HIDE, ""))))
    unknown = [word for word in words if word not in names]
    complaints = []
    if unknown:
        quoted = ", ".join(word[:40] for word in unknown[:5]) + (", …" if len(unknown) > 5 else "")
        complaints.append(f"{HIDE} must name some of {', '.join(names)}; got {quoted}, which was left out.")
    task = " ".join(link.get(TASK, "").split())
    if len(task) > LONGEST_TASK:
        complaints.append(f"{TASK} must have at most {LONGEST_TASK} characters; got {len(task)}, so it was left out.")
        task = ""
    return Wish(tuple(word for word in words if word in names), task, tuple(complaints))


def keep() -> None:
    """Keep the teacher's part of the link from screen to screen; before anything asks what is hidden."""
    # A widget is what Streamlit keeps in the link; nobody has to see these.
    with st.container(key="class_link"):
        for name in (HIDE, TASK):
            if name in st.query_params or st.session_state.get(name):
                st.text_input(name, key=name, bind="query-params", label_visibility="collapsed")


def hidden() -> frozenset[str]:
    """The names of what this visit does not show."""
    return frozenset(_wish().hide)


def task() -> str:
    """What the class is to do; "" where the teacher said nothing."""
    return _wish().task


def visibility(screen: str) -> Literal["visible", "hidden"]:
    """Whether the navigation shows a screen, as `st.Page` wants to hear it. A link to it opens it all the same."""
    return "hidden" if f"{screen}-screen" in hidden() else "visible"


def show_task() -> None:
    """Show the task, and name what in the teacher's part of the link cannot be used; it is left out."""
    wish = _wish()
    # It is there without a task as well, so that its room is measured when one comes.
    st.html(f'<p class="class-task" role="note"{"" if wish.task else " hidden"}><b>Task</b> {escape(wish.task)}</p>')
    if wish.complaints:
        tell_what_was_left_out(wish.complaints)


def _wish() -> Wish:
    return read({name: st.query_params.get(name) or st.session_state.get(name) or "" for name in (HIDE, TASK)})
