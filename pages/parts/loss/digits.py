"""Numbers with three digits."""

_PLAIN_LOW, _PLAIN_HIGH = 1e-3, 1e5
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def three_digits(number: float) -> str:
    """A number of zero or more with three digits, in the notation of handwriting: 392, 0.0051, 3.61·10⁻⁴, 11 500."""
    if number == 0 or _PLAIN_LOW <= number < _PLAIN_HIGH:
        rounded = float(f"{number:.3g}")
        return f"{rounded:,.0f}".replace(",", "\u202f") if rounded >= 1000 else f"{rounded:g}"
    digits, power = f"{number:.2e}".split("e")
    return f"{float(digits):g}·10{str(int(power)).translate(_SUPERSCRIPTS)}"
