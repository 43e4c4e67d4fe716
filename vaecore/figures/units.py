"""The units in which information is shown. The core computes in nats."""

import math
from enum import StrEnum


class Unit(StrEnum):
    """A unit of information."""

    NATS = "nats"
    BITS = "bits"

    @property
    def per_nat(self) -> float:
        """How many of this unit make one nat."""
        return 1.0 if self is Unit.NATS else 1 / math.log(2)
