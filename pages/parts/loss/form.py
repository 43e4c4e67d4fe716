"""Asks for the form of a loss: ready-made forms, every switch, and the link that keeps them."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.loss.meaning import Eigenvalues
from pages.parts.loss.spectrum_input import ask_eigenvalues
from pages.parts.loss.weights import Weight
from pages.parts.loss.widgets import ask, row
from pages.parts.state import parameters
from pages.parts.state.kinds import Choice, Control, InvalidParameter, Real, Whole, invalid_parameters
from pages.parts.web.messages import link_warning
from vaecore.data.model_card import model_card
from vaecore.losses.form import MNIST_PIXELS, LossForm
from vaecore.losses.terms import DataTerm, Decoded, PixelRange, Reduction, WrittenKL

_REDUCTIONS = (Reduction.SUM.value, Reduction.MEAN.value)
_HALF = "1/2"

DATA = Choice("data_term", tuple(term.value for term in DataTerm), DataTerm.SQUARES.value)
FACTOR = Weight("factor", 1e-6, 1e6, 1.0)
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
KL_WEIGHT = Weight("kl_weight", 1e-6, 1e3, 1.0)
CODE_NOISE = Choice("code_noise", ("learned", "implied"), "learned")
PIXEL_RANGE = Choice("pixel_range", tuple(values.value for values in PixelRange), PixelRange.UNIT.value)
IMAGES = Choice("images", ("MNIST", "other"), "MNIST")
CONSTANTS = Choice("data_constants", ("left out", "included"), "left out")
WRITTEN_KL = Choice("written_kl", tuple(written.value for written in WrittenKL), WrittenKL.RIGHT.value)

SWITCHES: tuple[Choice, ...] = (
    DATA, VALUES, OVER_PIXELS, DATA_OVER_BATCH, OVER_LATENTS, KL_OVER_BATCH, DECODED,
)  # fmt: skip
DETAILS: tuple[Choice, ...] = (PIXEL_RANGE, IMAGES, CONSTANTS, WRITTEN_KL)
CONTROLS: tuple[Control, ...] = (
    *SWITCHES, FACTOR, PIXELS, LATENTS, BATCH, OWN_NOISE, KL_WEIGHT, CODE_NOISE, *DETAILS,
)  # fmt: skip

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
    return KL_WEIGHT.read(text)


def keep_weight(text: str) -> None:
    """Write the KL weight into the link, unless it is the default and not there."""
    link = st.query_params.to_dict()
    if KL_WEIGHT.name in link or KL_WEIGHT.read(text) != KL_WEIGHT.default:
        st.query_params[KL_WEIGHT.name] = text


def weight_text(form: LossForm) -> str:
    """The KL weight as the link has it: perhaps a fraction."""
    text = st.query_params.get(KL_WEIGHT.name, "")
    return text if text and KL_WEIGHT.read(text) == form.kl_weight else f"{form.kl_weight:.10g}"


def ask_form() -> tuple[LossForm, float, Eigenvalues | None]:
    """Ask for everything but the KL weight, which the element moves.

    Returns:
        the form, the visitor's own σx, and the eigenvalues of their images where they gave them.
    """
    weight = weight_in(st.query_params.to_dict())
    st.session_state[_HELD] = repr(weight)
    st.session_state[_PRESET] = _preset_now(weight)
    st.selectbox("Start from a form", (*PRESETS, OWN), key=_PRESET, on_change=_take_preset)
    data = DataTerm(ask(DATA, "Data term"))
    with row():
        factor = _ask_factor()
        values = ask(VALUES, "Pixels are", disabled=data is not DataTerm.CROSS_ENTROPY)
    with row():
        over_pixels = ask(OVER_PIXELS, "Data: over pixels")
        data_over_batch = ask(DATA_OVER_BATCH, "Data: over the batch")
    with row():
        over_latents = ask(OVER_LATENTS, "KL: over latents")
        kl_over_batch = ask(KL_OVER_BATCH, "KL: over the batch")
    with row():
        decoded = ask(DECODED, "Decoder input", help="A reparametrised sample of q, or only the mean of q.")
        noise = st.number_input(
            "Your own σx", float(OWN_NOISE.low), float(OWN_NOISE.high), OWN_NOISE.default, OWN_NOISE.step, format="%.3f",
            key=OWN_NOISE.name, bind="query-params", help="Shows the β that your loss has if your model has this σx.",
            disabled=data is not DataTerm.SQUARES or decoded != Decoded.SAMPLE.value,
        )  # fmt: skip
    with row():
        sizes = [
            st.number_input(label, control.low, control.high, control.default, key=control.name, bind="query-params")
            for control, label in ((PIXELS, "Pixels P"), (LATENTS, "Latents D"), (BATCH, "Batch size"))
        ]
    pixels, latents, batch = (int(size) for size in sizes)
    pixel_range, mnist, constants, written, eigenvalues = _ask_details(data, pixels)
    form = LossForm(
        data=data,
        factor=factor,
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
        pixel_range=pixel_range,
        constants=constants,
        written_kl=written,
        mnist=mnist,
    )
    return form, float(noise), eigenvalues


def _ask_factor() -> float:
    """Ask for the factor before the data term."""
    text = st.text_input(
        "Factor before it", "1", key=FACTOR.name, bind="query-params", max_chars=40,
        help="A number or a fraction: 1/2, 784, 1/255. For a fixed σx it is 1/(2σx²).",
    )  # fmt: skip
    error = FACTOR.error(text)
    if error:
        st.error(f"The factor {error}; using 1 instead.")
    return FACTOR.read(text)


def _ask_details(data: DataTerm, pixels: int) -> tuple[PixelRange, bool, bool, WrittenKL, Eigenvalues | None]:
    """Ask for what most losses leave as it is: pixel range, images, constants, and how KL is written."""
    link = st.query_params.to_dict()
    with st.expander("Pixel range, other images, constants, slips in KL", expanded=any(c.name in link for c in DETAILS)):
        pixel_range = PixelRange(ask(PIXEL_RANGE, "Range of the pixels"))
        with row():
            mnist = pixels == MNIST_PIXELS
            images = ask(IMAGES, "Images of 28 × 28", disabled=not mnist)
            constants = ask(
                CONSTANTS, "½ log 2πσx² per pixel", disabled=data is DataTerm.CROSS_ENTROPY,
                help="In the data term that your script prints. It does not move the optimum.",
            )  # fmt: skip
        written = st.selectbox(
            "KL is written with", WRITTEN_KL.options, key=WRITTEN_KL.name, bind="query-params",
        )  # fmt: skip
        eigenvalues = ask_eigenvalues(pixels)
    return pixel_range, images == IMAGES.default, constants == "included", WrittenKL(written), eigenvalues


def ask_code_noise(form: LossForm) -> str:
    """Ask which σx² the corrected code should have; only a loss of squared errors implies one."""
    return ask(CODE_NOISE, "σx² in this code", disabled=form.level is None)


def _settings(preset: Mapping[str, str]) -> dict[str, str]:
    return {control.name: preset.get(control.name, control.default) for control in SWITCHES}


def _preset_now(weight: float) -> str:
    """The name of the ready-made form that the switches are set to."""
    link = st.query_params.to_dict()
    factor = FACTOR.read(str(st.session_state.get(FACTOR.name, link.get(FACTOR.name, "1"))))
    now = {c.name: st.session_state.get(c.name, link.get(c.name, c.default)) for c in SWITCHES}
    matching = (
        name
        for name, preset in PRESETS.items()
        if _settings(preset) == now
        and float(preset.get(KL_WEIGHT.name, KL_WEIGHT.default)) == weight
        and FACTOR.read(preset.get(FACTOR.name, "1")) == factor
    )
    return next(matching, OWN)


def fill_in(settings: Mapping[str, str]) -> None:
    """Set the form to what pasted code says; settings that a control does not accept are left out."""
    for control in CONTROLS:
        text = settings.get(control.name)
        if text is None or control.error(text):
            continue
        if control is KL_WEIGHT:
            keep_weight(text)
        else:
            st.session_state[control.name] = int(text) if isinstance(control, Whole) else text


def _take_preset() -> None:
    preset = PRESETS.get(st.session_state[_PRESET])
    if preset is not None:
        st.session_state.update(_settings(preset) | {FACTOR.name: preset.get(FACTOR.name, "1")})
        keep_weight(preset.get(KL_WEIGHT.name, f"{KL_WEIGHT.default:g}"))


def _invalid(link: Mapping[str, str]) -> dict[str, InvalidParameter]:
    return invalid_parameters(link, CONTROLS, "this screen", parameters.ON_EVERY_SCREEN)
