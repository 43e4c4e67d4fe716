"""The form of a loss, asked for: ready-made forms, each switch, and the link that keeps them."""

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.state import parameters
from pages.parts.state.kinds import Choice, Control, InvalidParameter, Real, Whole, invalid_parameters
from pages.parts.web.messages import link_warning
from vaecore.data.model_card import model_card
from vaecore.losses.form import DataTerm, Decoded, LossForm, Reduction

_REDUCTIONS = (Reduction.SUM.value, Reduction.MEAN.value)
_HALF = "1/2"

DATA = Choice("data_term", tuple(term.value for term in DataTerm), DataTerm.SQUARES.value)
FACTOR = Choice("factor", ("1", _HALF), "1")
VALUES = Choice("pixel_values", ("grey", "binary"), "grey")
OVER_PIXELS = Choice("over_pixels", _REDUCTIONS, Reduction.SUM.value)
DATA_OVER_BATCH = Choice("data_over_batch", _REDUCTIONS, Reduction.MEAN.value)
OVER_LATENTS = Choice("over_latents", _REDUCTIONS, Reduction.SUM.value)
KL_OVER_BATCH = Choice("kl_over_batch", _REDUCTIONS, Reduction.MEAN.value)
DECODED = Choice("decoded_at", tuple(at.value for at in Decoded), Decoded.SAMPLE.value)
PIXELS = Whole("pixel_count", 1, 1_000_000, 784)
LATENTS = Whole("latent_count", 1, 512, 20)
BATCH = Whole("batch_size", 1, 100_000, 128)
OWN_NOISE = Real("own_sigma_x", 0.001, 10, round(model_card(parameters.DEFAULT_MODEL).sigma_x or 0.2, 3), 0.01)
KL_WEIGHT = Real("kl_weight", 1e-6, 1e3, 1.0)
CODE_NOISE = Choice("code_noise", ("learned", "implied"), "learned")

SWITCHES: tuple[Choice, ...] = (
    DATA, FACTOR, VALUES, OVER_PIXELS, DATA_OVER_BATCH, OVER_LATENTS, KL_OVER_BATCH, DECODED,
)  # fmt: skip
CONTROLS: tuple[Control, ...] = (*SWITCHES, PIXELS, LATENTS, BATCH, OWN_NOISE, KL_WEIGHT, CODE_NOISE)

OWN = "none of these"
PRESETS: Mapping[str, Mapping[str, str]] = {
    "‖x − x̂‖² + KL": {},
    "½‖x − x̂‖² + KL": {"factor": _HALF},
    "mean of (x − x̂)² over pixels + KL": {"over_pixels": "mean"},
    "mean over pixels + mean over latents": {"over_pixels": "mean", "over_latents": "mean"},
    "‖x − x̂‖² + mean of KL over latents": {"over_latents": "mean"},
    "mean over everything + KL summed over the batch": {"over_pixels": "mean", "kl_over_batch": "sum"},
    "‖x − x̂‖² + 0.1·KL": {"kl_weight": "0.1"},
    "‖x − decode(mean)‖² + KL": {"decoded_at": "mean"},
    "cross-entropy + KL, black and white pixels": {"data_term": "cross-entropy", "pixel_values": "binary"},
    "cross-entropy + KL, grey pixels": {"data_term": "cross-entropy"},
    "mean cross-entropy over pixels + KL": {"data_term": "cross-entropy", "over_pixels": "mean"},
    "Gaussian log-likelihood with learned σx + KL": {"data_term": "learned noise"},
}
"""Forms by name: what they set differently from the first."""

_COMPLAINTS, _HELD, _PRESET = "loss_complaints", "loss_kl_weight", "loss_preset"


def heed_the_link() -> None:
    """On the first run of a visit, take out of the link what cannot be used, and say so.

    Back from another screen, the KL weight is put into the link again: Streamlit keeps only its own widgets' part.
    """
    link = st.query_params.to_dict()
    # The list of forms is not in the link, so Streamlit has forgotten it by the time the visitor is back.
    if _PRESET not in st.session_state and KL_WEIGHT.name not in link and _HELD in st.session_state:
        keep_weight(st.session_state[_HELD])
    if _COMPLAINTS not in st.session_state:
        invalid = _invalid(link)
        st.session_state[_COMPLAINTS] = tuple(parameter.warning for parameter in invalid.values())
        if invalid:
            for name in invalid:
                del st.query_params[name]
            # Streamlit would take some of these values all the same: it has to see the link without them.
            st.rerun()
    if st.session_state[_COMPLAINTS]:
        link_warning(st.session_state[_COMPLAINTS])


def weight_in(link: Mapping[str, str]) -> float:
    """The KL weight that a link asks for; the default where it has none or one that is refused."""
    text = link.get(KL_WEIGHT.name, "")
    return KL_WEIGHT.default if not text or KL_WEIGHT.error(text) else float(text)


def keep_weight(text: str) -> None:
    """Write the KL weight into the link, unless it is the default and not there."""
    link = st.query_params.to_dict()
    if KL_WEIGHT.name in link or float(text) != KL_WEIGHT.default:
        st.query_params[KL_WEIGHT.name] = text


def ask_form() -> tuple[LossForm, float]:
    """Ask for everything but the KL weight, which the element moves; returns the form, and the visitor's own σx."""
    weight = weight_in(st.query_params.to_dict())
    st.session_state[_HELD] = repr(weight)
    st.session_state[_PRESET] = _preset_now(weight)
    st.selectbox("Start from a form", (*PRESETS, OWN), key=_PRESET, on_change=_take_preset)
    data = DataTerm(_ask(DATA, "Data term"))
    with _row():
        factor = _ask(FACTOR, "Factor before it", disabled=data is not DataTerm.SQUARES)
        values = _ask(VALUES, "Pixels are", disabled=data is not DataTerm.CROSS_ENTROPY)
    with _row():
        over_pixels = _ask(OVER_PIXELS, "Data, over pixels")
        data_over_batch = _ask(DATA_OVER_BATCH, "Data, over the batch")
    with _row():
        over_latents = _ask(OVER_LATENTS, "KL, over latents")
        kl_over_batch = _ask(KL_OVER_BATCH, "KL, over the batch")
    with _row():
        decoded = _ask(DECODED, "The decoder gets", help="A reparametrised sample of q, or q’s mean alone.")
        noise = st.number_input(
            "Your own σx", float(OWN_NOISE.low), float(OWN_NOISE.high), OWN_NOISE.default, OWN_NOISE.step, format="%.3f",
            key=OWN_NOISE.name, bind="query-params", help="For the β that your loss has if you mean this noise.",
            disabled=data is not DataTerm.SQUARES or decoded != Decoded.SAMPLE.value,
        )  # fmt: skip
    with _row():
        sizes = [
            st.number_input(label, control.low, control.high, control.default, key=control.name, bind="query-params")
            for control, label in ((PIXELS, "Pixels P"), (LATENTS, "Latents D"), (BATCH, "Batch size"))
        ]
    pixels, latents, batch = (int(size) for size in sizes)
    form = LossForm(
        data=data,
        factor=0.5 if factor == _HALF and data is DataTerm.SQUARES else 1.0,
        over_pixels=Reduction(over_pixels),
        data_over_batch=Reduction(data_over_batch),
        over_latents=Reduction(over_latents),
        kl_over_batch=Reduction(kl_over_batch),
        kl_weight=weight,
        decoded=Decoded(decoded),
        grey=values == "grey",
        pixels=pixels,
        latents=latents,
        batch=batch,
    )
    return form, float(noise)


def ask_code_noise(form: LossForm) -> str:
    """Ask which σx² the corrected code should have; only a loss of squared errors implies one."""
    return _ask(CODE_NOISE, "σx² in this code", disabled=form.level is None)


def _row() -> DeltaGenerator:
    """Side by side on a phone as well, where columns would not be."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False)


def _ask(control: Choice, label: str, *, disabled: bool = False, help: str | None = None) -> str:  # noqa: A002 - st's name
    return st.segmented_control(
        label,
        control.options,
        default=control.default,
        required=True,
        key=control.name,
        bind="query-params",
        disabled=disabled,
        help=help,
        width="stretch",
    )


def _settings(preset: Mapping[str, str]) -> dict[str, str]:
    return {control.name: preset.get(control.name, control.default) for control in SWITCHES}


def _preset_now(weight: float) -> str:
    """The name of the form that the switches stand for."""
    link = st.query_params.to_dict()
    now = {c.name: st.session_state.get(c.name, link.get(c.name, c.default)) for c in SWITCHES}
    matching = (
        name
        for name, preset in PRESETS.items()
        if _settings(preset) == now and float(preset.get(KL_WEIGHT.name, KL_WEIGHT.default)) == weight
    )
    return next(matching, OWN)


def _take_preset() -> None:
    preset = PRESETS.get(st.session_state[_PRESET])
    if preset is not None:
        st.session_state.update(_settings(preset))
        keep_weight(preset.get(KL_WEIGHT.name, f"{KL_WEIGHT.default:g}"))


def _invalid(link: Mapping[str, str]) -> dict[str, InvalidParameter]:
    return invalid_parameters(link, CONTROLS, "this screen", parameters.ON_EVERY_SCREEN)
