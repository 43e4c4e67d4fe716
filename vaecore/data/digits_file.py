"""The package's file of handwritten digits: where it lies, and what can be read of it without torch."""

from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

DIGITS = Path(__file__).parent.parent / "assets" / "digits.npz"


@cache
def digits_per_class() -> tuple[int, ...]:
    """How many of the test digits that come with the package are a 0, a 1, …, a 9."""
    with np.load(DIGITS) as file:
        return tuple(np.bincount(file["gallery_labels"], minlength=10).tolist())


@cache
def first_of_each_class() -> UInt8[np.ndarray, "10 pixels"]:
    """The first of these digits that is a 0, a 1, …, a 9, as grey values from 0 to 255. Shared: do not write to it."""
    with np.load(DIGITS) as file:
        _, first = np.unique(file["gallery_labels"], return_index=True)
        return file["gallery_images"][first]
