"""Which step is open: the control that chooses it, its part of the link, and the slider positions that each step had."""

from functools import cache

import streamlit as st

from pages.parts.compute import cached
from pages.parts.derivation import progress
from pages.parts.derivation.sequence import SHORT, STEPS, TITLES
from pages.parts.state import parameters
from pages.parts.state.kinds import Choice, invalid_parameters
from pages.parts.web import thumbnails
from pages.parts.web.messages import link_warning

STEP = Choice("step", tuple(str(number) for number in TITLES), "1")

_COMPLAINTS, _PLACES, _TURNED = "lesson complaints", "lesson places", "lesson turned"
_CHOICES = {step.choice.control.name for step in STEPS.values() if step.choice}


def link_now() -> dict[str, str]:
    """The parameters of the link, without those whose list of values is empty."""
    return {name: st.query_params[name] for name in st.query_params if st.query_params.get_all(name)}


def heed_the_link() -> None:
    """Drop from the link what the open step cannot use, with a warning that stays until another step is opened."""
    link = link_now()
    number = _number_of(link.get(STEP.name))
    controls = (STEP, *(STEPS[number].controls if number in STEPS else ()))
    invalid = invalid_parameters(link, controls, f"step {number}", parameters.ON_EVERY_SCREEN)
    # Streamlit drops the parameter of a widget that has just disappeared.
    turned = st.session_state.pop(_TURNED, False)
    if invalid and not turned:
        st.session_state[_COMPLAINTS] = tuple(parameter.warning for parameter in invalid.values())
        st.query_params.update({name: [] for name in invalid})
        # Streamlit would use some of these values nevertheless: it must see the link without them.
        st.rerun()
    if st.session_state.get(_COMPLAINTS):
        link_warning(st.session_state[_COMPLAINTS])


def names_css() -> str:
    """A style sheet that writes each step's name behind its number: a button's own text is what the link holds."""
    rules = (
        f'.st-key-{STEP.name} button:nth-of-type({number}) p::after {{ content: " {name}"; }}'
        for number, name in SHORT.items()
    )
    # Streamlit's background of a chosen button leaves its name too little contrast in the dark theme.
    chosen = " ".join(
        f'.st-key-{name} button[aria-checked="true"] '
        "{ background: transparent !important; box-shadow: inset 0 -3px 0 currentColor; }"
        for name in (STEP.name, *sorted(_CHOICES - {parameters.DIGIT.name}))
    )
    beside = ", ".join(f".st-key-{name} .stButtonGroup" for name in sorted(_CHOICES))
    label = f"{beside} {{ display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75rem; }}"
    return f"<style>{' '.join(rules)} {chosen} {label}</style>"


@cache
def _digits_css() -> str:
    row = "{ grid-template-columns: repeat(10, minmax(0, 2.6rem)); }"
    one_row = f".st-key-digit [role=radiogroup], .st-key-digit [data-baseweb=button-group] {row}"
    return f"<style>{one_row}</style>{thumbnails.thumbnail_css(cached.thumbnails())}"


def ask_step() -> int:
    """Ask which step is open, by name or by Back and Next, and show whether it is done."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        chosen = st.segmented_control(
            "Step",
            STEP.options,
            default=STEP.default,
            required=True,
            key=STEP.name,
            bind="query-params",
            label_visibility="collapsed",
            on_change=_turned,
        )
        number = _number_of(chosen)
        st.button("Back", icon=":material/arrow_back:", key="back", on_click=_turn, args=(-1,), disabled=number == 1)
        st.button(
            "Next", icon=":material/arrow_forward:", key="next", on_click=_turn, args=(1,), disabled=number == len(TITLES)
        )
        progress.ticks(number)
    return number


def ask_choice(number: int) -> str:
    """Ask which of its cases the step is about; "" for a step with only one."""
    choice = STEPS[number].choice
    if choice is None:
        return ""
    if choice.control is parameters.DIGIT:
        st.html(_digits_css())
    chosen = st.segmented_control(
        choice.label,
        choice.control.options,
        default=choice.control.default,
        format_func=lambda option: choice.names.get(option, option),
        required=True,
        key=choice.control.name,
        bind="query-params",
        width="stretch" if choice.control is parameters.DIGIT else "content",
    )
    return str(chosen)


def keep_place(number: int) -> None:
    """Remember this step's part of the link for when it is opened again."""
    names = {control.name for control in STEPS[number].controls} if number in STEPS else set()
    link = link_now()
    st.session_state.setdefault(_PLACES, {})[number] = {name: link[name] for name in link if name in names}


def _turn(by: int) -> None:
    st.session_state[STEP.name] = str(_number_of(st.session_state[STEP.name]) + by)
    _turned()


def _turned() -> None:
    """Another step was opened: put into the link the positions that it had, in place of those of the last step."""
    number = _number_of(st.session_state[STEP.name])
    place = dict(st.session_state.get(_PLACES, {}).get(number, {}))
    choice = STEPS[number].choice if number in STEPS else None
    if choice and choice.control.name in place:
        st.session_state[choice.control.name] = place.pop(choice.control.name)
    left = link_now().keys() - {STEP.name, *parameters.ON_EVERY_SCREEN, *_CHOICES}
    # In one update, which is one entry of the browser's history.
    st.query_params.update({**{name: [] for name in left}, **place})
    st.session_state[_TURNED] = True
    st.session_state[_COMPLAINTS] = ()


def _number_of(text: str | None) -> int:
    return int(text if text in STEP.options else STEP.default)
