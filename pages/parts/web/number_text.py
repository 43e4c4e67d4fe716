"""Numbers as text, and the words that say how each of them was computed."""

from vaecore.core.records import Accuracy

WORDS = {
    Accuracy.EXACT: "computed exactly",
    Accuracy.BOUNDED: "computed to 0.001 nat",
    Accuracy.ESTIMATED: "estimated",
    Accuracy.LOWER_BOUND: "a lower bound",
}
"""How a number was computed, in words."""


def how(accuracy: Accuracy, error: float) -> str:
    """How a number was computed; the error is 0, a bound, or one standard error, as `Accuracy` says, in the unit shown."""
    if accuracy in (Accuracy.ESTIMATED, Accuracy.LOWER_BOUND):
        return f"{WORDS[accuracy]} ± {2 * error:.2g}"
    if accuracy is Accuracy.BOUNDED and error > 1e-3:
        return f"computed to {error:.1g} nat"
    return WORDS[accuracy]


def minus(number: float, digits: int) -> str:
    """A number with a true minus sign and without a negative zero."""
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
