"""Asks for the code of the visitor's loss, fills in the form from it, and says line by line what was recognised."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from pages.parts.loss.loss_code import LONGEST, CodeReading, read_loss

Filling = Callable[[Mapping[str, str]], Mapping[str, str]]

_CODE, _READING = "loss_code", "loss_code_reading"
_WORDS = {
    "Data term": {
        "data_term": "{}",
        "factor": "times {}",
        "over_pixels": "{} over pixels",
        "data_over_batch": "{} over the batch",
        "data_constants": "½ log 2πσₓ² {}",
    },
    "KL": {
        "kl_weight": "times {}",
        "over_latents": "{} over latents",
        "kl_over_batch": "{} over the batch",
        "written_kl": "its formula: {}",
    },
    "Decoder input": {"decoded_at": "{}"},
    "Sizes": {"pixel_count": "{} pixels", "latent_count": "{} latents", "batch_size": "{} images in a batch"},
}
"""How a sentence names each setting that code may set, by what it belongs to."""
_EXAMPLE = """rec = F.mse_loss(x_hat, x, reduction="sum") / len(x)
kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
loss = rec + 0.1 * kl / len(x)"""


def ask_code(fill: Filling, headline: str) -> None:
    """Ask for code, and show what the last one was read as.

    Args:
        fill: sets the form: gets the settings, by the names that the link has for them, and says which it does not accept.
        headline: what the form, once filled in, says of the loss; in a narrow window the screen says it far below.
    """
    with st.expander("Paste your loss: PyTorch, TensorFlow or Keras", expanded=_READING in st.session_state):
        st.text_area(
            "Code of your loss",
            key=_CODE,
            placeholder=_EXAMPLE,
            max_chars=LONGEST,
            height=130,
            help="A function, a method or a few lines. It is parsed and never executed.",
        )
        st.button("Fill in the form", on_click=_read, args=(fill,), width="stretch")
        if _READING in st.session_state:
            _show(st.session_state[_READING], headline)


def _read(fill: Filling) -> None:
    code = st.session_state.get(_CODE, "")
    if not code.strip():
        st.session_state.pop(_READING, None)
        return
    sizes = {name: int(st.session_state.get(name, usual)) for name, usual in (("pixel_count", 784), ("batch_size", 128))}
    reading = read_loss(code, sizes["pixel_count"], sizes["batch_size"])
    refused = fill(reading.settings)
    accepted = {name: text for name, text in reading.settings.items() if name not in refused}
    errors = tuple(f"{name} {why}; got {reading.settings[name]}: it is left as it is." for name, why in refused.items())
    st.session_state[_READING] = (code, replace(reading, settings=accepted), errors)


def _show(shown: tuple[str, CodeReading, tuple[str, ...]], headline: str) -> None:
    code, reading, errors = shown
    if reading.settings:
        st.markdown(f"**{_plain(headline)}**")
    lines = code.expandtabs(4).splitlines()
    noted = {note.line: note.text for note in reading.recognised}
    marked = [f"{line}  # ← {noted[i]}" if i in noted else line for i, line in enumerate(lines, start=1)]
    st.code("\n".join(marked), language="python", wrap_lines=True)
    for note in reading.unknown:
        st.warning(_plain(note.text if not note.line else f"Line {note.line}: {note.text}"), icon=":material/help:")
    for error in errors:
        st.warning(_plain(error), icon=":material/help:")
    if reading.settings:
        st.caption(_plain(filled_in(reading.settings)))


def filled_in(settings: Mapping[str, str]) -> str:
    """Which settings of the form the code has set, in sentences."""
    said = (
        f"{subject}: {', '.join(words.format(settings[name]) for name, words in names.items() if name in settings)}."
        for subject, names in _WORDS.items()
        if names.keys() & settings.keys()
    )
    return f"The form now says what your code says. {' '.join(said)} Its other settings are as they were."


def _plain(sentence: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+-.!|~$:" else letter for letter in sentence)
