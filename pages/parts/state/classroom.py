"""The teacher's part of a link, the same on every screen: what the class does not see, and its task.

It hides, it does not protect: whoever edits the address has everything back.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.parts.state.kinds import InvalidParameter, quoted
from pages.parts.state.screens import OTHERS

HIDE, TASK, SHOWN = "hide", "task", "panels"
"""Their names in the link."""

LONGEST_TASK = 300
"""Characters."""

SETTINGS = {
    "model": "model",
    "image": "image, or x, w and b",
    "sigma_x": "σₓ, the decoder’s noise",
    "beta": "β, the weight of KL",
    "units": "nats or bits",
}
Q_CONTROLS = {
    "variance": "sliders of σ²",
    "mean": "sliders of μ, and ● on the chart",
    "q": "q comes from",
    "move": "what “Change σ²” changes",
    "play": "Play",
    "pin": "Compare with this q",
    "predict": "Guess first",
    "noise": "New samples",
    "export": "Export",
}
PANELS = {
    "curves": "trade-off",
    "latents": "latent space",
    "images": "images",
    "books": "what q costs, in two bars",
    "numbers": "numbers",
    "forces": "slopes at this q",
}
SCREENS = {f"{screen.address}-screen": screen.title for screen in OTHERS}
PARTS = {**SETTINGS, **Q_CONTROLS, **PANELS, **SCREENS}
"""All that can be hidden: its name in the link, and in words."""


@dataclass(frozen=True)
class ClassSettings:
    """What a teacher asks for, and what of it could not be used."""

    hide: tuple[str, ...]
    task: str
    panels: tuple[str, ...]  # of the Trade-off screen, the only ones that it shows; empty for all
    invalid: tuple[InvalidParameter, ...]


def read(link: Mapping[str, str], names: Collection[str] = tuple(PARTS)) -> ClassSettings:
    """The class settings of a link, given the names of all that can be hidden."""
    invalid: list[InvalidParameter] = []
    hide = _names(HIDE, link.get(HIDE, ""), names, invalid)
    panels = _names(SHOWN, link.get(SHOWN, ""), tuple(PANELS), invalid)
    task = " ".join(link.get(TASK, "").split())
    if len(task) > LONGEST_TASK:
        reason = f"{TASK} must have at most {LONGEST_TASK} characters; got {len(task)}"
        invalid.append(InvalidParameter(TASK, reason, ""))
        task = ""
    return ClassSettings(hide, task, panels, tuple(invalid))


def _names(parameter: str, text: str, known: Collection[str], invalid: list[InvalidParameter]) -> tuple[str, ...]:
    """The known names in a text, each once; a sentence about the others joins `invalid`."""
    words = list(dict.fromkeys(re.findall(r"[^\s,.]+", text)))
    unknown = [word for word in words if word not in known]
    if unknown:
        got = ", ".join(quoted(word) for word in unknown[:5]) + (", …" if len(unknown) > 5 else "")
        invalid.append(InvalidParameter(parameter, f"{parameter} must name some of {', '.join(known)}; got {got}", ""))
    return tuple(word for word in words if word in known)


def keep() -> ClassSettings:
    """Keep the teacher's part of the link from screen to screen; before anything asks what is hidden."""
    # A widget of the frame is what Streamlit takes along to the next screen; nobody has to see these.
    with st.container(key="class_link"):
        for name in (HIDE, TASK, SHOWN):
            if name in st.query_params or st.session_state.get(name):
                st.text_input(name, key=name, bind="query-params", label_visibility="collapsed")
    return settings()


def settings() -> ClassSettings:
    """The class settings of this visit."""
    return read({name: st.query_params.get(name) or st.session_state.get(name) or "" for name in (HIDE, TASK, SHOWN)})


def hidden() -> frozenset[str]:
    """The names of what this visit does not show."""
    return frozenset(settings().hide)


def visibility(screen: str) -> Literal["visible", "hidden"]:
    """Whether the navigation shows a screen, as `st.Page` takes it. A link to it opens it all the same."""
    return "hidden" if f"{screen}-screen" in hidden() else "visible"
