"""Asks for the form of a loss: ready-made forms, every switch, and the link that keeps them."""

from collections.abc import Mapping

import streamlit as st

from pages.parts.loss.questions import Eigenvalues
from pages.parts.loss.spectrum_input import ask_eigenvalues
from pages.parts.loss.weights import Weight
from pages.parts.loss.widgets import ask, row
from pages.parts.state import link, parameters
from pages.parts.state.kinds import Choice, Control, InvalidParameter, Real, Whole, invalid_parameters
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
    "Gaussian log-likelihood with learned σₓ + KL": {"data_term": "learned noise"},
}
"""Forms by name: what they set differently from the first."""

_PRESET = "loss_preset"


def invalid(parameters_of_link: Mapping[str, str]) -> dict[str, InvalidParameter]:
    """What of a link this screen cannot use, by name."""
    return invalid_parameters(parameters_of_link, CONTROLS, "this screen", parameters.ON_EVERY_SCREEN)


def weight() -> float:
    """The KL weight of the link; the default where it has none."""
    return KL_WEIGHT.read(link.of_screen().get(KL_WEIGHT.name, ""))


def write(settings: Mapping[str, str]) -> None:
    """Write settings into the link; what is at its default is left out."""
    texts = link.of_screen() | dict(settings)
    link.write(
        {control.name: texts[control.name] for control in CONTROLS if not _is_default(control, texts.get(control.name))}
    )


def weight_text(form: LossForm) -> str:
    """The KL weight as the link has it: perhaps a fraction."""
    text = link.of_screen().get(KL_WEIGHT.name, "")
    return text if text and KL_WEIGHT.read(text) == form.kl_weight else f"{form.kl_weight:.10g}"


def ask_form() -> tuple[LossForm, float, Eigenvalues | None]:
    """Ask for everything but the KL weight, which the element moves.

    Returns:
        the form, the visitor's own σₓ, and the eigenvalues of their images where they gave them.
    """
    st.session_state[_PRESET] = _preset_now()
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
            "Your own σₓ", float(OWN_NOISE.low), float(OWN_NOISE.high), step=OWN_NOISE.step, format="%.3f",
            help="Shows the β that your loss has if your model has this σₓ.",
            disabled=data is not DataTerm.SQUARES or decoded != Decoded.SAMPLE.value, **link.tie(OWN_NOISE),
        )  # fmt: skip
    with row():
        sizes = [
            st.number_input(label, control.low, control.high, **link.tie(control))
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
        kl_weight=weight(),
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
    """Ask for the factor before the data term. A text that is refused stays in its field, and the link as it was."""
    used = link.of_screen().get(FACTOR.name, "1")
    typed = st.session_state.get(FACTOR.name)
    if typed is None or not FACTOR.error(typed):
        st.session_state[FACTOR.name] = used
    text = st.text_input(
        "Factor before it", key=FACTOR.name, max_chars=40, on_change=_take_factor,
        help="A number or a fraction: 1/2, 784, 1/255. For a fixed σₓ it is 1/(2σₓ²).",
    )  # fmt: skip
    error = FACTOR.error(text)
    if error:
        st.error(f"The factor {error}; using {used} instead.")
    return FACTOR.read(used)


def _take_factor() -> None:
    text = st.session_state[FACTOR.name]
    if not FACTOR.error(text):
        write({FACTOR.name: text})


def _ask_details(data: DataTerm, pixels: int) -> tuple[PixelRange, bool, bool, WrittenKL, Eigenvalues | None]:
    """Ask for what most losses leave as it is: pixel range, images, constants, and how KL is written."""
    opened = any(control.name in link.of_screen() for control in DETAILS)
    with st.expander("Pixel range, other images, constants, mistakes in KL", expanded=opened):
        pixel_range = PixelRange(ask(PIXEL_RANGE, "Range of the pixels"))
        with row():
            mnist = pixels == MNIST_PIXELS
            images = ask(IMAGES, "Images of 28 × 28", disabled=not mnist)
            constants = ask(
                CONSTANTS, "½ log 2πσₓ² per pixel", disabled=data is DataTerm.CROSS_ENTROPY,
                help="In the data term that your script prints. It does not move the optimum.",
            )  # fmt: skip
        written = st.selectbox(
            "KL is written with", WRITTEN_KL.options, **link.tie(WRITTEN_KL),
        )  # fmt: skip
        eigenvalues = ask_eigenvalues(pixels)
    return pixel_range, images == IMAGES.default, constants == "included", WrittenKL(written), eigenvalues


def ask_code_noise(form: LossForm) -> str:
    """Ask which σₓ² the corrected code should have; only a loss of squared errors implies one."""
    return ask(CODE_NOISE, "σₓ² in this code", disabled=form.level is None)


def _settings(preset: Mapping[str, str]) -> dict[str, str]:
    return {control.name: preset.get(control.name, control.default) for control in SWITCHES}


def _preset_now() -> str:
    """The name of the ready-made form that the switches are set to."""
    texts = link.of_screen()
    factor = FACTOR.read(texts.get(FACTOR.name, "1"))
    now = {control.name: texts.get(control.name, control.default) for control in SWITCHES}
    matching = (
        name
        for name, preset in PRESETS.items()
        if _settings(preset) == now
        and float(preset.get(KL_WEIGHT.name, KL_WEIGHT.default)) == weight()
        and FACTOR.read(preset.get(FACTOR.name, "1")) == factor
    )
    return next(matching, OWN)


def fill_in(settings: Mapping[str, str]) -> dict[str, str]:
    """Set the form to what pasted code says.

    Returns:
        why a setting is not accepted, by its name; those are left as they are.
    """
    given = [(control, settings[control.name]) for control in CONTROLS if control.name in settings]
    refused = {control.name: error for control, text in given if (error := control.error(text))}
    st.session_state.pop(FACTOR.name, None)
    write({control.name: text for control, text in given if control.name not in refused})
    return refused


def _take_preset() -> None:
    preset = PRESETS.get(st.session_state[_PRESET])
    if preset is not None:
        usual = {FACTOR.name: "1", KL_WEIGHT.name: "1"}
        st.session_state.pop(FACTOR.name, None)
        write(_settings(preset) | {name: preset.get(name, text) for name, text in usual.items()})


def _is_default(control: Control, text: str | None) -> bool:
    if text is None:
        return True
    if isinstance(control, Weight):
        return control.read(text) == control.default
    return float(text) == control.default if isinstance(control, Real | Whole) else text == control.default
