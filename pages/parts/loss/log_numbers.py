"""Numbers of a training log: read whole, or not at all.

    27.41  −1.5e-3  43,10  1,234.5  1.234,5  1'234.5  1_234        what scripts of any locale print

A comma may be a decimal sign or a thousands separator. Where the text alone does not settle it (1,234), the other numbers
of the log do; where they do not either, the number is not read.
"""

import math
import re
from enum import Enum

_LARGEST_RUN = 40  # characters; float's own printing needs 24
# Groups of three digits after one to three: as thousands are written.
_GROUPED = re.compile(r"\d{1,3}(?:([,.'’_\u202f\u00a0])\d{3})(?:\1\d{3})*+")
_PLAIN = re.compile(r"(?:\d++\.?+\d*+|\.\d++)")
_COMMA = re.compile(r"\d*+,\d++")
_SIGNS = str.maketrans("−–", "--")


class Comma(Enum):
    """What a comma between digits means in a log."""

    UNKNOWN = "unknown"
    DECIMAL = "decimal"
    THOUSANDS = "thousands"


def read_number(text: str, comma: Comma = Comma.UNKNOWN) -> float | None:
    """The value of a number that fills the whole text; None if it is none, or if its meaning is not settled."""
    text = text.strip().translate(_SIGNS)
    if not 0 < len(text) <= _LARGEST_RUN:
        return None
    sign = -1.0 if text[0] == "-" else 1.0
    digits = text.lstrip("+-") if text[0] in "+-" else text
    if len(text) - len(digits) > 1 or not digits:
        return None
    if digits.lower() in ("nan", "inf", "infinity"):
        return sign * float(digits)
    digits, power = _split_power(digits)
    if power is None or not all(letter.isascii() and letter.isdigit() for letter in digits if letter.isalnum()):
        return None
    whole = _plain_digits(digits, comma)
    return None if whole is None else sign * float(f"{whole}e{power}")


def comma_in(texts: list[str]) -> Comma:
    """What a comma means in numbers of this log, from those that leave no doubt."""
    decimal = thousands = False
    for text in texts:
        digits, _ = _split_power(text.translate(_SIGNS).lstrip("+-"))
        if "," in digits and "." in digits:
            decimal, thousands = (
                decimal or digits.rfind(",") > digits.rfind("."),
                thousands or digits.rfind(",") < digits.rfind("."),
            )
        elif digits.count(",") == 1:
            head, tail = digits.split(",")
            decimal = decimal or len(tail) != 3 or not 1 <= len(head) <= 3 or head == "0"
        elif digits.count(",") > 1 or ("." in digits and _PLAIN.fullmatch(digits)):
            thousands = True
    if decimal == thousands:
        return Comma.UNKNOWN
    return Comma.DECIMAL if decimal else Comma.THOUSANDS


def is_finite(value: float | None) -> bool:
    """Whether there is a number, and a finite one."""
    return value is not None and math.isfinite(value)


def _split_power(digits: str) -> tuple[str, int | None]:
    """The digits before an exponent, and the exponent; None where it is not one."""
    head, mark, power = digits.replace("E", "e").partition("e")
    if not mark:
        return digits, 0
    bare = power.lstrip("+-")
    if not (bare.isascii() and bare.isdigit()) or len(power) - len(bare) > 1 or len(bare) > 4:
        return digits, None
    return head, int(power)


def _plain_digits(digits: str, comma: Comma) -> str | None:
    """The same digits with a point as the only separator."""
    if digits.count(".") <= 1 and _PLAIN.fullmatch(digits):
        return digits
    separators = [letter for letter in digits if not letter.isdigit()]
    kinds = set(separators)
    if kinds == {","} and len(separators) == 1:
        grouped = _GROUPED.fullmatch(digits) is not None and digits[0] != "0"
        if not grouped and _COMMA.fullmatch(digits):
            return digits.replace(",", ".")
        return {Comma.DECIMAL: digits.replace(",", "."), Comma.THOUSANDS: digits.replace(",", "")}.get(comma)
    if len(kinds) == 1 and _GROUPED.fullmatch(digits):
        return "".join(letter for letter in digits if letter.isdigit())
    if len(kinds) == 2 and separators[-1] in ",." and separators.count(separators[-1]) == 1:
        head, tail = digits.rsplit(separators[-1], 1)
        if _GROUPED.fullmatch(head) and tail:
            return f"{''.join(letter for letter in head if letter.isdigit())}.{tail}"
    return None
