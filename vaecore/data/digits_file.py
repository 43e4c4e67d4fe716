"""The package's file of handwritten digits: where it lies, and what can be read of it without torch."""

from functools import cache
from pathlib import Path

import numpy as np

DIGITS = Path(__file__).parent.parent / "assets" / "digits.npz"


@cache
def digits_per_class() -> tuple[int, ...]:
    """How many of the test digits that come with the package are a 0, a 1, …, a 9."""
    with np.load(DIGITS) as file:
        return tuple(np.bincount(file["gallery_labels"], minlength=10).tolist())
