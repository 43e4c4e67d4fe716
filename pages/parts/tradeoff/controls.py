"""The settings in the sidebar: model, image, decoder noise, β and unit, each tied to the link."""

import streamlit as st

from pages.parts.compute import cached
from pages.parts.state import link, parameters
from pages.parts.state.classroom import hidden
from pages.parts.state.kinds import Whole
from pages.parts.state.state import State
from pages.parts.tradeoff.dials import dials
from pages.parts.web import thumbnails
from vaecore.data.digits_file import digits_per_class

TITLES = {
    "number": "One number (start here)",
    "humps": "Two-humped posterior",
    "digits-linear-2": "Digits, 2 latents, linear",
    "digits-linear-8": "Digits, 8 latents, linear",
    "digits-linear-32": "Digits, 32 latents, linear",
    "digits-2": "Digits, 2 latents (VAE)",
    "digits-2-binary": "Binary digits, 2 latents (VAE)",
    "digits-16": "Digits, 16 latents (VAE)",
}
"""What the list calls each model; the link has the names of the files."""

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


def ask_settings() -> None:
    """Ask for everything but q; the answers are in the link."""
    model = _ask_model()
    if model not in parameters.ONE_NUMBER:
        _ask_digit()
    dials(model)
    if "units" not in hidden():
        st.segmented_control("Units", parameters.UNITS.options, required=True, **link.tie(parameters.UNITS))


def _ask_model() -> str:
    tied = link.tie(parameters.MODEL)
    model = str(link.read(parameters.MODEL))
    if "model" not in hidden():
        names = parameters.MODEL.options
        st.selectbox(
            "Model", names, key=tied["key"], on_change=_start_afresh, format_func=lambda name: TITLES.get(name, name)
        )
    st.caption(f"{DESCRIPTIONS[model]} Its name in links and in Python: {model}.")
    return model


def _ask_digit() -> None:
    if "image" in hidden():
        return
    st.html(thumbnails.thumbnail_css(cached.thumbnails()))
    st.segmented_control(
        "The image x: a digit of MNIST's test set",
        parameters.DIGIT.options,
        required=True,
        width="stretch",
        **link.tie(parameters.DIGIT),
    )
    digit = str(link.read(parameters.DIGIT))
    control = parameters.example(digits_per_class()[int(digit)])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False):
        st.number_input(f"Example (of {control.high})", control.low, control.high, **link.tie(control))
        st.button("Next example", on_click=_another, args=(control,), width="content")


def _another(control: Whole) -> None:
    link.write(link.changed(control, int(link.read(control)) % control.high + 1))


def _start_afresh() -> None:
    """A new model has other latents and another noise: what belonged to the old one is put back to its default."""
    new = link.changed(parameters.MODEL, st.session_state[parameters.MODEL.name])
    new = {name: text for name, text in new.items() if name in _KEPT}
    link.write({name: text for name, text in new.items() if name not in State.invalid(new)})


_KEPT = {
    control.name
    for control in (
        parameters.MODEL, parameters.DIGIT, parameters.example(1), parameters.X, parameters.WEIGHT, parameters.BIAS,
        parameters.BETA, parameters.UNITS, parameters.VIEW, parameters.PREDICT, parameters.SEED, parameters.CHALLENGE,
    )
}  # fmt: skip
"""What is kept when another model is chosen."""
