"""Numbers as text, and the words that say how each of them was computed."""

import math
from collections.abc import Iterable, Sequence

from vaecore.core.accuracy import Accuracy
from vaecore.figures.units import Unit

WORDS = {
    Accuracy.EXACT: "computed exactly",
    Accuracy.BOUNDED: "accurate to 0.001 nat",
    Accuracy.ESTIMATED: "estimated",
    Accuracy.LOWER_BOUND: "≥, lower bound",
}
"""How a number was computed, in words."""


PROMISE = 1e-3
"""Nats; a bound on an error that is larger is printed itself. It may be: the promise is 0.001 nat or 1e-5 of the value."""


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
        return f"accurate to {_rounded_up(shown)} {unit}"
    return _words(accuracy, unit)


def how_each(accuracy: Accuracy, errors: Sequence[float], unit: Unit = Unit.NATS) -> tuple[list[str], list[int]]:
    """How accurate every number of a column is: the texts, each once, and which of them belongs to each number."""
    if accuracy is Accuracy.EXACT or (accuracy is Accuracy.BOUNDED and max(errors) <= PROMISE):
        return [_words(accuracy, unit)], [0] * len(errors)
    texts: dict[str, int] = {}
    which = [texts.setdefault(how(accuracy, error, unit), len(texts)) for error in errors]
    return list(texts), which


def how_curve(accuracy: Accuracy, errors: Iterable[float], unit: Unit = Unit.NATS) -> str:
    """How accurate a curve is, all its numbers together; a band around it shows the errors of estimates."""
    if accuracy is Accuracy.BOUNDED and max(errors) > PROMISE:
        return f"± {_promise(unit)} or 0.001 %"  # whichever is more; it stands beside a title
    return _words(accuracy, unit)


def _words(accuracy: Accuracy, unit: Unit) -> str:
    """How a number was computed, with what is promised in the unit in which it is shown."""
    return f"accurate to {_promise(unit)}" if accuracy is Accuracy.BOUNDED else WORDS[accuracy]


def _promise(unit: Unit) -> str:
    return f"{_rounded_up(unit.per_nat * PROMISE)} {unit.removesuffix('s')}"


def at_least(accuracy: Accuracy) -> str:
    """The sign before a number that is a lower bound; nothing before another."""
    return "≥\u00a0" if accuracy is Accuracy.LOWER_BOUND else ""


def floor_error(accuracy: Accuracy, error: float, unit: Unit = Unit.NATS) -> str:
    """What stands after the floor R* − log p(x): the error of log p(x), where that is a lower bound."""
    return f" ± {_rounded_up(2 * unit.per_nat * error)}" if accuracy is Accuracy.LOWER_BOUND else ""


def _rounded_up(error: float) -> str:
    """Two digits of an error, never less than it is."""
    if error <= 0:
        return "0"
    step = 10.0 ** (math.floor(math.log10(error)) - 1)
    up = math.ceil(error / step * (1 - 1e-12)) * step
    return f"{up:.0f}" if up >= 100 else f"{up:.2g}"


def printed_gap(evidence: float, reconstruction: float, kl: float) -> float:
    """The gap as the Trade-off screen prints it: of what it prints of log p(x), reconstruction and KL, to two digits."""
    total, data, code = (math.floor(100 * number + 0.5) for number in (evidence, reconstruction, kl))
    return max(total - data + code, 0) / 100


def minus(number: float, digits: int) -> str:
    """A number with a true minus sign and without a negative zero."""
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
