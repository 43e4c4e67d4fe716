"""The controls of the bench: model, image, noise, β, each bound to the link under the name that `permalink` declares."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.compute import cached, models
from pages.parts.state import parameters
from pages.parts.state.classroom import hidden
from pages.parts.state.setup import Setup
from pages.parts.web import thumbnails
from pages.parts.web.messages import tell_what_was_left_out

BENCH, HAND, GOAL = "bench", "hand", "goal"
"""Where the session keeps the parts of the link: everything but q, what the hand wrote last, and the challenge."""

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
    held = st.session_state.get(HAND, {}) | st.session_state.get(GOAL, {})
    said = st.query_params.to_dict()
    ours = (control.name for control in _controls_of(said.get(parameters.MODEL.name, "")))
    if st.session_state.pop("away", False) and not any(name in said for name in ours):
        st.query_params.update(held)
    if "complaints" not in st.session_state:
        link = st.query_params.to_dict()
        kept, st.session_state["complaints"] = usable(link)
        if len(kept) < len(link):
            for name in link.keys() - kept.keys():
                del st.query_params[name]
            # Streamlit would take some of these values all the same: it has to see the link without them.
            st.rerun()
    if st.session_state["complaints"]:
        tell_what_was_left_out(st.session_state["complaints"])


def ask_bench() -> tuple[Setup, float, str]:
    """Ask for everything but q: the bench, β and the unit."""
    name = _ask_model()
    setup = _ask_number(name) if name in models.ONE_NUMBER else _ask_digit(name)
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
    unit = (
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
    st.caption(f"Computed on {models.model_of(setup).device.type}.")
    return setup, float(beta), unit


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


def link_of(setup: Setup, beta: float, unit: str) -> dict[str, str]:
    """The part of the link that `ask_bench` stands for, complete."""
    link = {"model": setup.model, "beta": f"{beta:g}", "units": unit}
    if setup.model in models.ONE_NUMBER:
        link["x"] = repr(setup.x)
        if setup.model == "number":
            link |= {"w": repr(setup.weight), "b": repr(setup.bias)}
    else:
        link |= {"digit": str(setup.digit), "example": str(setup.example)}
    return link if setup.sigma_x is None else link | {"sigma_x": repr(setup.sigma_x)}


def bench_of(link: Mapping[str, str]) -> tuple[Setup, float, str]:
    """What `link_of` wrote, read again; what a link leaves out has its default.

    Raises:
        ValueError: a value is none of its control, or a name is of no control; the sentence says so.
    """
    refused = parameters.refused(link, _controls_of(link.get(parameters.MODEL.name, parameters.DEFAULT_MODEL)))
    if refused:
        raise ValueError(" ".join(refused.values()))

    def number(control: parameters.Real) -> float:
        return float(link.get(control.name, control.default))

    name = link.get(parameters.MODEL.name, parameters.MODEL.default)
    noise = _noise(name, float(link["sigma_x"]) if "sigma_x" in link else None)
    if name in models.ONE_NUMBER:
        x, weight, bias = number(parameters.X), number(parameters.WEIGHT), number(parameters.BIAS)
        setup = Setup(name, sigma_x=noise, weight=weight, bias=bias, x=x)
    else:
        setup = Setup(name, int(link.get("digit", parameters.DIGIT.default)), int(link.get("example", 1)), sigma_x=noise)
    return setup, float(link.get("beta", parameters.BETA.default)), link.get("units", parameters.UNITS.default)


def usable(link: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What of a link can be used, and a sentence for everything else."""
    refused = parameters.refused(link, _controls_of(link.get(parameters.MODEL.name, "")))
    return {name: text for name, text in link.items() if name not in refused}, tuple(refused.values())


def _ask_number(name: str) -> Setup:
    weight, bias = parameters.WEIGHT.default, parameters.BIAS.default
    x = _slider(parameters.X, "The data point x")
    if name == "number":
        weight = _slider(parameters.WEIGHT, "w in f(z) = wz + b")
        bias = _slider(parameters.BIAS, "b in f(z) = wz + b")
    return Setup(name, sigma_x=_ask_noise(name), weight=weight, bias=bias, x=x)


def _ask_digit(name: str) -> Setup:
    if "image" in hidden():
        given = int(_given(parameters.DIGIT))
        which = int(_given(parameters.example(cached.examples_per_digit()[given])))
        return Setup(name, given, which, sigma_x=_ask_noise(name))
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
    count = cached.examples_per_digit()[int(digit)]
    control = parameters.example(count)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False):
        example = st.number_input(
            f"Which {digit}, of {count}", control.low, control.high, control.default, key=control.name, bind="query-params"
        )
        st.button("Another", on_click=_another, args=(count,), width="content")
    return Setup(name, int(digit), example, sigma_x=_ask_noise(name))


def _ask_noise(name: str) -> float | None:
    trained = models.trained_sigma_x(name)
    if trained is None:
        return None
    return _noise(name, _slider(parameters.sigma_x(trained), "σx, the decoder's noise"))


def _noise(name: str, chosen: float | None) -> float | None:
    """σx for the bench: None as trained, which where the slider does not reach it is not the slider's default."""
    trained = models.trained_sigma_x(name)
    if trained is None:
        return chosen
    control = parameters.sigma_x(trained)
    chosen = control.default if chosen is None else chosen
    return None if chosen == control.default and control.low <= trained <= control.high else chosen


def _given(control: parameters.Choice | parameters.Real | parameters.Whole) -> str:
    """What the link says of a control that a teacher has hidden, or its default. A text field keeps it there, unseen."""
    with st.container(key=f"class_link_{control.name}"):
        text = st.text_input(control.name, key=control.name, bind="query-params", label_visibility="collapsed")
    return str(control.default) if not text or control.refusal(text) else text


def _slider(control: parameters.Real, label: str) -> float:
    part = control.name if control.name == "sigma_x" else "image"
    if part in hidden():
        return float(_given(control))
    return st.slider(
        label,
        float(control.low),
        float(control.high),
        float(control.default),
        float(control.step),
        key=control.name,
        bind="query-params",
    )


def _another(count: int) -> None:
    st.session_state["example"] = st.session_state["example"] % count + 1


def _start_afresh() -> None:
    """A new model has other latents and another noise: what belonged to the old one is put back to its default."""
    name = st.session_state["model"]
    trained = models.trained_sigma_x(name)
    if trained is not None and "sigma_x" in st.session_state:
        st.session_state["sigma_x"] = "" if "sigma_x" in hidden() else parameters.sigma_x(trained).default
    model = models.shipped(name)
    for control in parameters.of_hand(model.encoder is not None, model.latent_dim):
        if control.name not in _KEPT and control.name in st.query_params:
            del st.query_params[control.name]
    st.session_state["complaints"] = ()


_KEPT = (parameters.VIEW.name, parameters.PREDICT.name, parameters.SEED.name)
"""What the hand keeps when another model is chosen."""


def _controls_of(name: str) -> tuple[parameters.Control, ...]:
    """All controls that a link to this model may set."""
    known = name if name in parameters.MODEL.options else parameters.DEFAULT_MODEL
    model = models.shipped(known)
    trained = models.trained_sigma_x(known)
    digit = (parameters.DIGIT, parameters.example(min(cached.examples_per_digit())))
    image = (parameters.X,) if known in models.ONE_NUMBER else digit
    line = (parameters.WEIGHT, parameters.BIAS) if known == "number" else ()
    noise = () if trained is None else (parameters.sigma_x(trained),)
    hand = parameters.of_hand(model.encoder is not None, model.latent_dim)
    return (parameters.MODEL, *image, *line, *noise, parameters.BETA, parameters.UNITS, parameters.CHALLENGE, *hand)
