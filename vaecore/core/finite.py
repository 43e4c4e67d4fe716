"""Whether every number of a tensor is finite, asked of each question several times."""

import math

from torch import Tensor


class NotFiniteError(ValueError):
    """A decoder gave something that is not finite."""


def all_finite(values: Tensor) -> bool:
    """Whether no number is NaN or infinite.

    A finite sum says so; only where it is not finite, which huge numbers may do as well, is every number looked at.
    """
    return math.isfinite(values.detach().sum()) or bool(values.isfinite().all())
