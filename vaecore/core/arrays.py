"""Arrays of NumPy, of any layout, as torch can take them."""

import numpy as np


def readable(values: object, what: str) -> np.ndarray:
    """An array as torch can take it: in this machine's order of bytes, its strides positive.

    Raises:
        TypeError: it holds no numbers.
        ValueError: some of its numbers are masked.
    """
    if np.ma.is_masked(values):
        raise ValueError(f"{what} must have a value in every place; got a masked array.")
    array = np.asarray(values)
    if array.dtype.kind not in "fiubc":
        raise TypeError(f"{what} must be an array of numbers; got one of {array.dtype}.")
    if array.dtype == np.longdouble:
        array = array.astype(np.float64)
    usable = array.dtype.isnative and array.flags.writeable and min(array.strides, default=0) >= 0
    return array if usable else array.astype(array.dtype.newbyteorder("="), order="C")
