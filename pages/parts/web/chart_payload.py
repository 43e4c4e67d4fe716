"""Arrays as they travel to the browser."""

import base64
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

GRAIN = 2.0**-32
"""What the numbers of a sweep are rounded to, 2.3e-10 of their unit: digits that no bound on an error vouches for, and that
would not compress. It is a power of two, so that sums and differences of rounded numbers are exact."""


def packed(array: Shaped[np.ndarray, "..."], kind: type = np.float64) -> str:
    """The bytes of an array as base64, row by row, little-endian."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def rounded(column: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """The nearest multiples of `GRAIN`, half of it away at most."""
    return np.rint(np.asarray(column, np.float64) / GRAIN) * GRAIN


def packed_in_planes(column: Shaped[np.ndarray, " stops"], kind: type = np.float64) -> str:
    """The same bytes by significance: the first byte of every number, then the second of every number, and so on.

    Neighbours in a curve agree in their high bytes, and rounded numbers have zeros in their low ones: in this order they
    compress to half of what they take number by number.
    """
    numbers = np.ascontiguousarray(column, np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(numbers.view(np.uint8).reshape(numbers.size, -1).T.tobytes()).decode()


def rounded_up(errors: Float[np.ndarray, " stops"]) -> Float[np.ndarray, " stops"]:
    """The nearest float32 that are not smaller: an error that is shown is never less than the error."""
    singles = errors.astype(np.float32)
    return np.where(singles < errors, np.nextafter(singles, np.float32(np.inf)), singles).astype(np.float32)


def typed(value: Any) -> Any:
    """An array as Plotly's script reads typed arrays, in float32; anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    shape = {"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {}
    return {"dtype": "f4", "bdata": packed(value, np.float32), **shape}
