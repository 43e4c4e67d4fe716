"""The settings in the sidebar: model, image, decoder noise, β and unit, each bound to the link by its name there."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.compute import cached, models
from pages.parts.state import parameters
from pages.parts.state.classroom import hidden
from pages.parts.state.kinds import Choice, Real, Whole
from pages.parts.state.state import State
from pages.parts.web import thumbnails
from pages.parts.web.messages import link_warning
from vaecore.data.digits_file import digits_per_class
from vaecore.data.model_card import model_card

SETTINGS, Q, GOAL = "settings", "q part", "goal"

DESCRIPTIONS = {
    "number": "One number x, one latent: f(z) = wz + b, Gaussian noise.",
    "humps": "One number x, one latent: f(z) = z², Gaussian noise. A posterior with two humps.",
    "digits-linear-2": "Grey digits, 2 latents, a linear decoder: probabilistic PCA.",
    "digits-linear-8": "Grey digits, 8 latents, a linear decoder: probabilistic PCA.",
    "digits-linear-32": "Grey digits, 32 latents, a linear decoder: probabilistic PCA.",
    "digits-2": "Grey digits, 2 latents, a network with Gaussian pixels.",
    "digits-2-binary": "Black and white digits, 2 latents, a network with Bernoulli pixels.",
    "digits-16": "Grey digits, 16 latents, a network with Gaussian pixels.",
}


def leave_the_room() -> None:
    """Remember, on another screen, that the hand has to be picked up again: Streamlit keeps only its own widgets' part."""
    st.session_state["away"] = True


def heed_the_link() -> None:
    """On the first run of a visit, take out of the link what cannot be used, and say so until another model is chosen.

    Back from another screen, put what the hand held into the link again, unless the link says something itself.
    """
    held = st.session_state.get(Q, {}) | st.session_state.get(GOAL, {})
    said = st.query_params.to_dict()
    if st.session_state.pop("away", False) and not set(said) - set(parameters.ON_EVERY_SCREEN) - State.invalid(said).keys():
        st.query_params.update(held)
    if "complaints" not in st.session_state:
        link = st.query_params.to_dict()
        invalid = State.invalid(link)
        st.session_state["complaints"] = tuple(parameter.warning for parameter in invalid.values())
        if invalid:
            for name in invalid:
                del st.query_params[name]
            # Streamlit would take some of these values all the same: it has to see the link without them.
            st.rerun()
    if st.session_state["complaints"]:
        link_warning(st.session_state["complaints"])


def ask_settings() -> dict[str, str]:
    """Ask for everything but q: the part of the link that these widgets hold."""
    model = _ask_model()
    link = {parameters.MODEL.name: model}
    link |= _ask_number(model) if model in parameters.ONE_NUMBER else _ask_digit()
    trained = model_card(model).sigma_x
    if trained is not None:
        link |= _slider(parameters.sigma_x(trained), "σx, the decoder’s noise", _sigma_x_help(trained))
    beta = (
        _given(parameters.BETA)
        if "beta" in hidden()
        else st.select_slider(
            "β, the weight of KL",
            parameters.BETA.options,
            parameters.BETA.default,
            key=parameters.BETA.name,
            bind="query-params",
            help="The objective is reconstruction − β·KL. β = 1 is the ELBO; below 1 it is not a bound on log p(x).",
        )
    )
    units = (
        _given(parameters.UNITS)
        if "units" in hidden()
        else st.segmented_control(
            "Units",
            parameters.UNITS.options,
            default=parameters.UNITS.default,
            required=True,
            key=parameters.UNITS.name,
            bind="query-params",
        )
    )
    st.caption(f"Computed on {models.pretrained(model).device.type}.")
    return link | {parameters.BETA.name: str(beta), parameters.UNITS.name: str(units)}


def state_with(settings: Mapping[str, str]) -> State:
    """The state of the screen: these settings, and everything else from the link.

    Raises:
        ValueError: a parameter cannot be used.
    """
    names = {control.name for control in (*parameters.of_q(settings[parameters.MODEL.name]), parameters.CHALLENGE)}
    link = st.query_params.to_dict()
    return State.from_valid_link({name: text for name, text in link.items() if name in names} | dict(settings))


def _ask_model() -> str:
    if "model" in hidden():
        name = _given(parameters.MODEL)
    else:
        name = st.selectbox(
            "Model",
            parameters.MODEL.options,
            parameters.MODEL.options.index(parameters.MODEL.default),
            key=parameters.MODEL.name,
            bind="query-params",
            on_change=_start_afresh,
        )
    st.caption(DESCRIPTIONS[name])
    return name


def _ask_number(model: str) -> dict[str, str]:
    link = _slider(parameters.X, "The data point x")
    if model == "number":
        link |= _slider(parameters.WEIGHT, "w in f(z) = wz + b")
        link |= _slider(parameters.BIAS, "b in f(z) = wz + b")
    return link


def _ask_digit() -> dict[str, str]:
    if "image" in hidden():
        digit = _given(parameters.DIGIT)
        return {"digit": digit, "example": _given(parameters.example(digits_per_class()[int(digit)]))}
    st.html(thumbnails.thumbnail_css(cached.thumbnails()))
    digit = st.segmented_control(
        "The image x: a digit of MNIST's test set",
        parameters.DIGIT.options,
        default=parameters.DIGIT.default,
        required=True,
        key=parameters.DIGIT.name,
        bind="query-params",
        width="stretch",
    )
    count = digits_per_class()[int(digit)]
    control = parameters.example(count)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False):
        example = st.number_input(
            f"Which {digit}, of {count}", control.low, control.high, control.default, key=control.name, bind="query-params"
        )
        st.button("Another", on_click=_another, args=(count,), width="content")
    return {parameters.DIGIT.name: str(digit), control.name: str(example)}


def _given(control: Choice | Real | Whole) -> str:
    """What the link says of a parameter that a teacher has hidden, or its default. A text field keeps it there, unseen."""
    with st.container(key=f"class_link_{control.name}"):
        text = st.text_input(control.name, key=control.name, bind="query-params", label_visibility="collapsed")
    return str(control.default) if not text or control.error(text) else text


def _slider(control: Real, label: str, help_: str | None = None) -> dict[str, str]:
    part = control.name if control.name == "sigma_x" else "image"
    if part in hidden():
        return {control.name: _given(control)}
    value = st.slider(
        label,
        float(control.low),
        float(control.high),
        float(control.default),
        float(control.step),
        key=control.name,
        bind="query-params",
        help=help_,
    )
    return {control.name: repr(float(value))}


def _sigma_x_help(trained: float) -> str:
    return f"The standard deviation of a pixel about what the decoder says. As trained: {trained:.3g}."


def _another(count: int) -> None:
    st.session_state["example"] = st.session_state["example"] % count + 1


def _start_afresh() -> None:
    """A new model has other latents and another noise: what belonged to the old one is put back to its default."""
    model = st.session_state[parameters.MODEL.name]
    trained = model_card(model).sigma_x
    if trained is not None and "sigma_x" in st.session_state:
        st.session_state["sigma_x"] = "" if "sigma_x" in hidden() else trained
    for control in parameters.of_q(model):
        if control.name not in _KEPT and control.name in st.query_params:
            del st.query_params[control.name]
    st.session_state["complaints"] = ()


_KEPT = (parameters.VIEW.name, parameters.PREDICT.name, parameters.SEED.name)
"""What of q's part of the link is kept when another model is chosen."""
