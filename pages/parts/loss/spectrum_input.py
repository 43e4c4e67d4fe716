"""Asks for the eigenvalues of the visitor's own images, and reads them."""

import numpy as np
import streamlit as st

from pages.parts.loss.questions import Eigenvalues

_LONGEST = 400_000  # characters
_CODE = "np.linalg.eigvalsh(np.cov(x.reshape(len(x), -1).T))"


def ask_eigenvalues(pixels: int) -> Eigenvalues | None:
    """Ask for eigenvalues, and say what is wrong with them; None where none were given or they cannot be used."""
    text = st.text_area(
        "Eigenvalues of your images’ pixel covariance",
        max_chars=_LONGEST,
        height=68,
        placeholder=f"the output of {_CODE}",
        help="In the units of the pixels that the loss compares, separated by spaces, commas or lines; the largest suffice.",
    )
    if not text.strip():
        return None
    found = read_eigenvalues(text, pixels)
    if isinstance(found, str):
        st.error(found, icon=":material/error:")
        return None
    return found


def read_eigenvalues(text: str, pixels: int) -> Eigenvalues | str:
    """Eigenvalues in descending order, or a sentence on what is wrong with the text.

    Values below zero by rounding, to 1e-6 of the largest, count as 0.
    """
    words = text.translate(str.maketrans("[](){},;", "        ")).split()
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            return f"The eigenvalues must be numbers; got “{word[:40]}”."
    if not numbers:
        return "The eigenvalues must be numbers; got none."
    values = np.sort(np.array(numbers))[::-1]
    if not np.isfinite(values).all():
        return "The eigenvalues must be finite."
    if values[0] <= 0 or values[-1] < -1e-6 * values[0]:
        return f"The eigenvalues of a covariance must not be negative, and not all 0; got {values[-1]:g} … {values[0]:g}."
    if len(values) > pixels:
        return f"There must be at most one eigenvalue per pixel ({pixels}); got {len(values)}."
    return tuple(np.maximum(values, 0.0).tolist())
