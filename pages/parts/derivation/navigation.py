"""Which step is open: the control that chooses it, its parameters in the link, and how each step was left."""

from collections.abc import Mapping
from functools import cache

import streamlit as st

from pages.parts.derivation import progress
from pages.parts.derivation.questions import contents
from pages.parts.derivation.step_names import SHORT
from pages.parts.state import link, parameters
from pages.parts.state.kinds import Choice, InvalidParameter, invalid_parameters
from pages.parts.web import thumbnails

STEP = Choice("step", tuple(map(str, SHORT)), "0")

_PLACES = "derivation places"


def invalid(of_link: Mapping[str, str]) -> dict[str, InvalidParameter]:
    """What of a link cannot be used, by name; which parameters there are depends on the step that it opens."""
    number = _number_of(of_link.get(STEP.name))
    controls = (STEP, *(contents()[number].controls if number in contents() else ()))
    return invalid_parameters(of_link, controls, f"step {number}", parameters.ON_EVERY_SCREEN)


@cache
def names_css() -> str:
    """A style sheet that writes each step's name behind its number: a button's own text is what the link holds.

    On paper there is no navigation.
    """
    choices = {step.choice.control.name for step in contents().values() if step.choice}
    rules = (
        f'.st-key-{STEP.name} button:nth-of-type({place}) p::after {{ content: " {name}"; }}'
        for place, name in enumerate(SHORT.values(), start=1)
    )
    # Streamlit's background of a chosen button leaves its name too little contrast in the dark theme.
    chosen = " ".join(
        f'.st-key-{name} button[aria-checked="true"] '
        "{ background: transparent !important; box-shadow: inset 0 -3px 0 currentColor; }"
        for name in (STEP.name, *sorted(choices - {parameters.DIGIT.name}))
    )
    narrow = f".st-key-{STEP.name} button {{ padding-inline: 0.55rem; }}"
    beside = ", ".join(f".st-key-{name} .stButtonGroup" for name in sorted(choices))
    label = f"{beside} {{ display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75rem; }}"
    on_paper = "@media print { .st-key-step, .st-key-back, .st-key-next, .st-key-ticks { display: none !important; } }"
    return f"<style>{' '.join(rules)} {chosen} {narrow} {label} {on_paper}</style>"


@cache
def _digits_css() -> str:
    row = "{ grid-template-columns: repeat(10, minmax(0, 2.6rem)); }"
    one_row = f".st-key-digit [role=radiogroup], .st-key-digit [data-baseweb=button-group] {row}"
    return f"<style>{one_row}{thumbnails.thumbnail_css('.st-key-digit button')}</style>"


def ask_step() -> int:
    """Ask which step is open, by name or by Back and Next, and show whether it is done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key, number = link.tie(STEP)["key"], int(link.read(STEP))
        st.segmented_control(
            "Step", STEP.options, required=True, key=key, label_visibility="collapsed", on_change=_open_chosen
        )
        st.button("Back", icon=":material/arrow_back:", key="back", on_click=_open, args=(number - 1,), disabled=number == 0)
        last = number == max(SHORT)
        st.button("Next", icon=":material/arrow_forward:", key="next", on_click=_open, args=(number + 1,), disabled=last)
        progress.ticks(number, restart)
    return number


def ask_choice(number: int) -> str:
    """Ask which of its cases the step is about; "" for a step with only one."""
    choice = contents()[number].choice
    if choice is None:
        return ""
    if choice.control.name == parameters.DIGIT.name:
        st.html(_digits_css())
    st.segmented_control(
        choice.label,
        choice.control.options,
        format_func=lambda option: choice.names.get(option, option),
        required=True,
        label_visibility="collapsed" if choice.control.name == parameters.DIGIT.name else "visible",
        width="stretch" if choice.control.name == parameters.DIGIT.name else "content",
        **link.tie(choice.control),
    )
    return str(link.read(choice.control))


def _open(number: int) -> None:
    """Open another step as it was left, and remember how this one is left."""
    left = link.of_screen()
    places = st.session_state.setdefault(_PLACES, {})
    places[_number_of(left.pop(STEP.name, None))] = left
    link.write(places.get(number, {}) | ({} if str(number) == STEP.default else {STEP.name: str(number)}))


def restart() -> None:
    """Forget how the steps were left, and reset the sliders of the open one."""
    st.session_state[_PLACES] = {}
    step = link.of_screen().get(STEP.name)
    link.write({} if step is None else {STEP.name: step})


def _open_chosen() -> None:
    _open(int(st.session_state[STEP.name]))


def _number_of(text: str | None) -> int:
    return int(text if text in STEP.options else STEP.default)
