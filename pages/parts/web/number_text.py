"""Numbers as text, and the words that say how each of them was computed."""

import math

from vaecore.core.records import Accuracy
from vaecore.figures.units import Unit

WORDS = {
    Accuracy.EXACT: "computed exactly",
    Accuracy.BOUNDED: "computed to 0.001 nat",
    Accuracy.ESTIMATED: "estimated",
    Accuracy.LOWER_BOUND: "a lower bound",
}
"""How a number was computed, in words."""


PROMISE = 1e-3
"""Nats; a bound on an error that is larger is printed itself."""


def how(accuracy: Accuracy, error: float, unit: Unit = Unit.NATS) -> str:
    """How accurate a number is.

    Args:
        accuracy: how the number was computed.
        error: in nats: 0, a bound, or one standard error, as `accuracy` says.
        unit: in which the number is shown.
    """
    shown = unit.per_nat * error
    if accuracy in (Accuracy.ESTIMATED, Accuracy.LOWER_BOUND):
        return f"{WORDS[accuracy]} ± {_rounded_up(2 * shown)}"
    if accuracy is Accuracy.BOUNDED and error > PROMISE:
        return f"computed to {_rounded_up(shown)} {unit}"
    return WORDS[accuracy]


def _rounded_up(error: float) -> str:
    """Two digits of an error, never less than it is."""
    if error <= 0:
        return "0"
    step = 10.0 ** (math.floor(math.log10(error)) - 1)
    return f"{math.ceil(error / step * (1 - 1e-12)) * step:.2g}"


def minus(number: float, digits: int) -> str:
    """A number with a true minus sign and without a negative zero."""
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
