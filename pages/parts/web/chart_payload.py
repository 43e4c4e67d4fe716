"""Arrays as they travel to the browser."""

import base64

import numpy as np
from jaxtyping import Shaped


def packed(array: Shaped[np.ndarray, "..."], kind: type = np.float64) -> str:
    """The bytes of an array as base64, row by row, little-endian."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes()).decode()
