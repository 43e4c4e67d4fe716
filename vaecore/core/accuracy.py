"""How a value was computed: exactly, within a bound, or as an estimate."""

from enum import StrEnum


class Accuracy(StrEnum):
    """How a value was computed, and what its `error` means."""

    EXACT = "exact"  # a closed form: error is 0, apart from floating-point rounding
    BOUNDED = "bounded"  # quadrature: error is a bound on its error
    ESTIMATED = "estimated"  # a Monte Carlo estimate: error is its standard error
    LOWER_BOUND = "lower bound"  # an estimate whose expectation lies below the true value: error is its standard error
