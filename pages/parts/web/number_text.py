"""The words in which every number says how it was had."""

from vaecore.core.records import Accuracy


def how(accuracy: Accuracy, error: float) -> str:
    """How a number was had; the error is 0, a bound, or one standard error, as the provenance says, in the unit shown."""
    if accuracy is Accuracy.ESTIMATE:
        return f"{accuracy} ± {2 * error:.2g}"
    if accuracy is Accuracy.QUADRATURE and error > 1e-3:
        return f"computed to {error:.1g} nat"
    return str(accuracy)


def minus(number: float, digits: int) -> str:
    """A number with a true minus sign and without a negative zero."""
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")
