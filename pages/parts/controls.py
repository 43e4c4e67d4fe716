"""The controls of the bench: model, image, noise, β, each bound to the link under the name that `permalink` declares."""

from collections.abc import Mapping

import streamlit as st

from pages.parts import cached, models, permalink, pictures
from pages.parts.bench import Bench
from pages.parts.refusals import tell_what_was_left_out
from pages.parts.sharing.classroom import hidden

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
    ours = (control.name for control in _controls_of(said.get(permalink.MODEL.name, "")))
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


def ask_bench() -> tuple[Bench, float, str]:
    """Ask for everything but q: the bench, β and the unit."""
    name = _ask_model()
    bench = _ask_number(name) if name in models.ONE_NUMBER else _ask_digit(name)
    beta = (
        _given(permalink.BETA)
        if "beta" in hidden()
        else st.select_slider(
            "β, the weight of KL",
            permalink.BETA.options,
            permalink.BETA.default,
            key=permalink.BETA.name,
            bind="query-params",
            help="The objective is reconstruction − β·KL. β = 1 is the ELBO; below 1 it is not a bound on log p(x).",
        )
    )
    unit = (
        _given(permalink.UNITS)
        if "units" in hidden()
        else st.segmented_control(
            "Units",
            permalink.UNITS.options,
            default=permalink.UNITS.default,
            required=True,
            key=permalink.UNITS.name,
            bind="query-params",
        )
    )
    st.caption(f"Computed on {models.model_of(bench).device.type}.")
    return bench, float(beta), unit


def _ask_model() -> str:
    if "model" in hidden():
        name = _given(permalink.MODEL)
    else:
        name = st.selectbox(
            "Model",
            permalink.MODEL.options,
            permalink.MODEL.options.index(permalink.MODEL.default),
            key=permalink.MODEL.name,
            bind="query-params",
            on_change=_start_afresh,
        )
    st.caption(DESCRIPTIONS[name])
    return name


def link_of(bench: Bench, beta: float, unit: str) -> dict[str, str]:
    """The part of the link that `ask_bench` stands for, complete."""
    link = {"model": bench.model, "beta": f"{beta:g}", "units": unit}
    if bench.model in models.ONE_NUMBER:
        link["x"] = repr(bench.x)
        if bench.model == "number":
            link |= {"w": repr(bench.weight), "b": repr(bench.bias)}
    else:
        link |= {"digit": str(bench.digit), "example": str(bench.example)}
    return link if bench.sigma_x is None else link | {"sigma_x": repr(bench.sigma_x)}


def bench_of(link: Mapping[str, str]) -> tuple[Bench, float, str]:
    """What `link_of` wrote, read again; what a link leaves out has its default.

    Raises:
        ValueError: a value is none of its control, or a name is of no control; the sentence says so.
    """
    refused = permalink.refused(link, _controls_of(link.get(permalink.MODEL.name, permalink.DEFAULT_MODEL)))
    if refused:
        raise ValueError(" ".join(refused.values()))

    def number(control: permalink.Real) -> float:
        return float(link.get(control.name, control.default))

    name = link.get(permalink.MODEL.name, permalink.MODEL.default)
    noise = _noise(name, float(link["sigma_x"]) if "sigma_x" in link else None)
    if name in models.ONE_NUMBER:
        x, weight, bias = number(permalink.X), number(permalink.WEIGHT), number(permalink.BIAS)
        bench = Bench(name, sigma_x=noise, weight=weight, bias=bias, x=x)
    else:
        bench = Bench(name, int(link.get("digit", permalink.DIGIT.default)), int(link.get("example", 1)), sigma_x=noise)
    return bench, float(link.get("beta", permalink.BETA.default)), link.get("units", permalink.UNITS.default)


def usable(link: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What of a link can be used, and a sentence for everything else."""
    refused = permalink.refused(link, _controls_of(link.get(permalink.MODEL.name, "")))
    return {name: text for name, text in link.items() if name not in refused}, tuple(refused.values())


def _ask_number(name: str) -> Bench:
    weight, bias = permalink.WEIGHT.default, permalink.BIAS.default
    x = _slider(permalink.X, "The data point x")
    if name == "number":
        weight = _slider(permalink.WEIGHT, "w in f(z) = wz + b")
        bias = _slider(permalink.BIAS, "b in f(z) = wz + b")
    return Bench(name, sigma_x=_ask_noise(name), weight=weight, bias=bias, x=x)


def _ask_digit(name: str) -> Bench:
    if "image" in hidden():
        given = int(_given(permalink.DIGIT))
        which = int(_given(permalink.example(cached.examples_per_digit()[given])))
        return Bench(name, given, which, sigma_x=_ask_noise(name))
    st.html(pictures.thumbnail_css(cached.thumbnails()))
    digit = st.segmented_control(
        "The image x: a digit of MNIST's test set",
        permalink.DIGIT.options,
        default=permalink.DIGIT.default,
        required=True,
        key=permalink.DIGIT.name,
        bind="query-params",
        width="stretch",
    )
    count = cached.examples_per_digit()[int(digit)]
    control = permalink.example(count)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False):
        example = st.number_input(
            f"Which {digit}, of {count}", control.low, control.high, control.default, key=control.name, bind="query-params"
        )
        st.button("Another", on_click=_another, args=(count,), width="content")
    return Bench(name, int(digit), example, sigma_x=_ask_noise(name))


def _ask_noise(name: str) -> float | None:
    trained = models.trained_sigma_x(name)
    if trained is None:
        return None
    return _noise(name, _slider(permalink.sigma_x(trained), "σx, the decoder's noise"))


def _noise(name: str, chosen: float | None) -> float | None:
    """σx for the bench: None as trained, which where the slider does not reach it is not the slider's default."""
    trained = models.trained_sigma_x(name)
    if trained is None:
        return chosen
    control = permalink.sigma_x(trained)
    chosen = control.default if chosen is None else chosen
    return None if chosen == control.default and control.low <= trained <= control.high else chosen


def _given(control: permalink.Choice | permalink.Real | permalink.Whole) -> str:
    """What the link says of a control that a teacher has hidden, or its default. A text field keeps it there, unseen."""
    with st.container(key=f"class_link_{control.name}"):
        text = st.text_input(control.name, key=control.name, bind="query-params", label_visibility="collapsed")
    return str(control.default) if not text or control.refusal(text) else text


def _slider(control: permalink.Real, label: str) -> float:
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
        st.session_state["sigma_x"] = "" if "sigma_x" in hidden() else permalink.sigma_x(trained).default
    model = models.shipped(name)
    for control in permalink.of_hand(model.encoder is not None, model.latent_dim):
        if control.name not in _KEPT and control.name in st.query_params:
            del st.query_params[control.name]
    st.session_state["complaints"] = ()


_KEPT = (permalink.VIEW.name, permalink.PREDICT.name, permalink.SEED.name)
"""What the hand keeps when another model is chosen."""


def _controls_of(name: str) -> tuple[permalink.Control, ...]:
    """All controls that a link to this model may set."""
    known = name if name in permalink.MODEL.options else permalink.DEFAULT_MODEL
    model = models.shipped(known)
    trained = models.trained_sigma_x(known)
    digit = (permalink.DIGIT, permalink.example(min(cached.examples_per_digit())))
    image = (permalink.X,) if known in models.ONE_NUMBER else digit
    line = (permalink.WEIGHT, permalink.BIAS) if known == "number" else ()
    noise = () if trained is None else (permalink.sigma_x(trained),)
    hand = permalink.of_hand(model.encoder is not None, model.latent_dim)
    return (permalink.MODEL, *image, *line, *noise, permalink.BETA, permalink.UNITS, permalink.CHALLENGE, *hand)
