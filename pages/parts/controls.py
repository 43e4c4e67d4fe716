"""The controls of the bench: model, image, noise, β, each bound to the link under the name that `permalink` declares."""

import streamlit as st

import vaecore
from pages.parts import cached, models, permalink, pictures
from pages.parts.bench import Bench

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


def heed_the_link() -> None:
    """On the first run of a visit, take out of the link what cannot be used, and say so until another model is chosen."""
    if "complaints" not in st.session_state:
        link = st.query_params.to_dict()
        refused = permalink.refused(link, _controls_of(link.get(permalink.MODEL.name, "")))
        st.session_state["complaints"] = tuple(refused.values())
        if {"mean", "variance"} & (link.keys() - refused.keys()) and "q" not in link:
            st.session_state["q"] = "hand"
        if refused:
            for name in refused:
                del st.query_params[name]
            # Streamlit would take some of these values all the same: it has to see the link without them.
            st.rerun()
    if st.session_state["complaints"]:
        st.warning("\n\n".join(st.session_state["complaints"]), icon=":material/link_off:")


def ask_bench() -> tuple[Bench, float]:
    """Ask for everything but q: the bench and β."""
    name = st.selectbox(
        "Model",
        permalink.MODEL.options,
        permalink.MODEL.options.index(permalink.MODEL.default),
        key=permalink.MODEL.name,
        bind="query-params",
        on_change=_start_afresh,
    )
    st.caption(DESCRIPTIONS[name])
    bench = _ask_number(name) if name in models.ONE_NUMBER else _ask_digit(name)
    beta = st.select_slider(
        "β, the weight of KL",
        permalink.BETA.options,
        permalink.BETA.default,
        key=permalink.BETA.name,
        bind="query-params",
        help="The objective is reconstruction − β·KL. β = 1 is the ELBO; below 1 it is not a bound on log p(x).",
    )
    st.caption(f"Computed on {models.model_of(bench).device.type}.")
    return bench, float(beta)


def _ask_number(name: str) -> Bench:
    weight, bias = permalink.WEIGHT.default, permalink.BIAS.default
    x = _slider(permalink.X, "The data point x")
    if name == "number":
        weight = _slider(permalink.WEIGHT, "w in f(z) = wz + b")
        bias = _slider(permalink.BIAS, "b in f(z) = wz + b")
    return Bench(name, sigma_x=_ask_noise(name), weight=weight, bias=bias, x=x)


def _ask_digit(name: str) -> Bench:
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
    control = permalink.sigma_x(trained)
    chosen = _slider(control, "σx, the decoder's noise")
    return None if chosen == control.default and control.low <= trained <= control.high else chosen


def _slider(control: permalink.Real, label: str) -> float:
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
    model = models.shipped(name)
    trained = models.trained_sigma_x(name)
    fresh = {
        "mean": "",
        "variance": "",
        "dimension": 1,
        "q": permalink.whose_q(model.encoder is not None).default,
        "sigma_x": None if trained is None else permalink.sigma_x(trained).default,
    }
    for key, value in fresh.items():
        if key in st.session_state and value is not None:
            st.session_state[key] = value
    st.session_state["complaints"] = ()


def _controls_of(name: str) -> tuple[permalink.Control, ...]:
    """All controls that a link to this model may set."""
    known = name if name in permalink.MODEL.options else permalink.DEFAULT_MODEL
    model = models.shipped(known)
    latents = model.latent_dim
    trained = models.trained_sigma_x(known)
    digit = (permalink.DIGIT, permalink.example(min(cached.examples_per_digit())))
    image = (permalink.X,) if known in models.ONE_NUMBER else digit
    line = (permalink.WEIGHT, permalink.BIAS) if known == "number" else ()
    noise = () if trained is None else (permalink.sigma_x(trained),)
    each = (permalink.EACH,) if latents > 1 else ()
    dimension = (permalink.dimension(latents),) if latents > 2 else ()
    has_encoder = isinstance(model, vaecore.VAE) and model.encoder is not None
    return (
        permalink.MODEL,
        *image,
        *line,
        *noise,
        permalink.BETA,
        permalink.whose_q(has_encoder),
        permalink.means(latents),
        permalink.variances(latents),
        *each,
        *dimension,
        permalink.SEED,
    )
