"""Who chose q, and the sliders with which the hand takes it over.

q itself is held as text in two controls, `mean` and `variance`, exact and of any length. The sliders are views of it: they
show the nearest step, and moving one writes that step into the text and leaves all other numbers as they were.
"""

import bisect

import numpy as np
import streamlit as st

from pages.parts import cached, models, permalink
from pages.parts.bench import Bench
from pages.parts.permalink import GRID

SLIDERS_EACH = 2
"""With so many latents or fewer each dimension has its sliders; with more, one is chosen."""

_MEAN_STEP, _MEAN_REACH = 0.01, 4.0

_NOW = "q now"
"""Where the session keeps the q that is on the screen."""

_WHOSE_HELP = (
    "**encoder**: what the encoder answers for this image. **best**: the diagonal Gaussian with the largest objective. "
    "**prior**: q ignores the image (collapse). **hand**: as the sliders say."
)
_SEPARATE_HELP = "Off: one slider sets the variance of all dimensions. On: a slider for each."

Numbers = tuple[float, ...]


def ask_q(bench: Bench, beta: float) -> tuple[Numbers, Numbers]:
    """Show every control of q, and return its mean and its variance."""
    latents = models.model_of(bench).latent_dim
    few = latents <= SLIDERS_EACH
    whose, each, exact = st.columns([6, 5, 3], vertical_alignment="center")
    with exact:
        _exact_values(latents)  # first, since what is typed there is q when the hand chooses it
    with whose:
        mean, variance = _choose(bench, beta, latents)
    with each:
        separate = latents > 1 and st.toggle(
            "A variance for each dimension", key=permalink.EACH.name, bind="query-params", help=_SEPARATE_HELP
        )
    count = latents if few else 1
    columns = iter(st.columns([*([] if few else [0.5]), *[1] * ((count if separate else 1) + count)]))
    if few:
        dimensions = tuple(range(latents))
    else:
        with next(columns):
            dimensions = (_choose_dimension(latents),)
    for dimension in dimensions if separate else (None,):
        with next(columns):
            _variance_slider(dimension, mean, variance)
    for dimension in dimensions:
        with next(columns):
            _mean_slider(dimension, mean, variance)
    st.session_state[_NOW] = mean, variance
    return mean, variance


def _choose(bench: Bench, beta: float, latents: int) -> tuple[Numbers, Numbers]:
    encoder = cached.encoder_answer(bench)
    control = permalink.whose_q(encoder is not None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("q by", help=_WHOSE_HELP, width="content")
        chosen = st.segmented_control(
            "q is chosen by",
            control.options,
            default=control.default,
            required=True,
            key=control.name,
            bind="query-params",
            label_visibility="collapsed",
            on_change=_hand_on,
        )
    if chosen == "prior":
        return (0.0,) * latents, (1.0,) * latents
    if chosen == "encoder" and encoder is not None:
        return cached.q_of(encoder)
    if chosen == "best":
        return cached.q_of(cached.best(bench, beta))
    # By hand; what the hand has left out is what the encoder says, or the best q where there is no encoder.
    mean, variance = cached.q_of(encoder or cached.best(bench, beta))
    mean = _typed(permalink.means(latents)) or mean
    variance = _typed(permalink.variances(latents)) or variance
    return mean, variance * latents if len(variance) == 1 else variance


def _exact_values(latents: int) -> None:
    with st.popover("Exact values", width="stretch"):
        for control, label in ((permalink.means(latents), "Mean"), (permalink.variances(latents), "Variance")):
            st.text_input(
                f"{label} of q: {control.demand}",
                key=control.name,
                bind="query-params",
                on_change=_by_hand,
                placeholder="empty: the encoder's answer",
            )
            refusal = control.refusal(st.session_state[control.name])
            if refusal:
                st.error(f"{control.name} {refusal}; until then the encoder's answer is used.")
        st.number_input(
            "Seed of the samples",
            permalink.SEED.low,
            permalink.SEED.high,
            permalink.SEED.default,
            key=permalink.SEED.name,
            bind="query-params",
        )


def _variance_slider(dimension: int | None, mean: Numbers, variance: Numbers) -> None:
    key = _variance_key(dimension)
    _show(key, _nearest_step(cached.split(variance)[0] if dimension is None else variance[dimension]))
    if dimension is not None:
        label = f"Variance σ²{_subscript(dimension)}"
    else:
        label = "Variance σ² of q" if len(mean) == 1 else "Variance σ² of q, all dimensions"
    st.select_slider(
        label,
        GRID,
        key=key,
        format_func=lambda step: f"{step:.3g}",
        on_change=_move_variance,
        args=(dimension, mean, variance),
    )


def _mean_slider(dimension: int, mean: Numbers, variance: Numbers) -> None:
    key = f"hand_mean_{dimension}"
    _show(key, round(float(np.clip(mean[dimension], -_MEAN_REACH, _MEAN_REACH)) / _MEAN_STEP) * _MEAN_STEP)
    label = "Mean of q" if len(mean) == 1 else f"Mean μ{_subscript(dimension)}"
    st.slider(
        label, -_MEAN_REACH, _MEAN_REACH, step=_MEAN_STEP, key=key, on_change=_move_mean, args=(dimension, mean, variance)
    )


def _choose_dimension(latents: int) -> int:
    control = permalink.dimension(latents)
    return (
        st.number_input("Dimension moved", control.low, control.high, control.default, key=control.name, bind="query-params")
        - 1
    )


def _typed(control: permalink.Numbers) -> Numbers:
    text = st.session_state.get(control.name) or ""
    return () if control.refusal(text) else control.read(text)


def _show(key: str, value: float) -> None:
    # Only when it differs: an echo of the slider's own value would undo a key press that is already under way.
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _move_variance(dimension: int | None, mean: Numbers, variance: Numbers) -> None:
    moved = st.session_state[_variance_key(dimension)]
    _take_over(mean, (moved,) if dimension is None else _replaced(variance, dimension, moved))


def _move_mean(dimension: int, mean: Numbers, variance: Numbers) -> None:
    _take_over(_replaced(mean, dimension, st.session_state[f"hand_mean_{dimension}"]), variance)


def _variance_key(dimension: int | None) -> str:
    return "hand_variance" if dimension is None else f"hand_variance_{dimension}"


def _take_over(mean: Numbers, variance: Numbers) -> None:
    st.session_state["mean"] = permalink.written(mean)
    st.session_state["variance"] = permalink.written_once(variance)
    _by_hand()


def _hand_on() -> None:
    # The hand begins where q was; and when it lets go, nothing of it stays in the link.
    if st.session_state["q"] == "hand":
        _take_over(*st.session_state[_NOW])
    else:
        st.session_state["mean"] = st.session_state["variance"] = ""


def _by_hand() -> None:
    st.session_state["q"] = "hand"


def _replaced(numbers: Numbers, dimension: int, number: float) -> Numbers:
    return (*numbers[:dimension], number, *numbers[dimension + 1 :])


def _nearest_step(variance: float) -> float:
    position = bisect.bisect(GRID, variance)
    return min(GRID[max(position - 1, 0) : position + 1], key=lambda step: abs(np.log(step / variance)))


def _subscript(dimension: int) -> str:
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(figure)] for figure in str(dimension + 1))
