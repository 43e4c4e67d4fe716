"""Weights that people type: a number or a fraction, such as 0.5, 1/784 or 144/162770."""

import math
from dataclasses import dataclass
from fractions import Fraction

from pages.parts.state.kinds import Real

_LONGEST = 40  # characters


def read_weight(text: str) -> float | None:
    """The value of a number or of a fraction of two numbers; None if it is neither, or not finite."""
    if len(text) > _LONGEST:
        return None
    parts = [_number(part) for part in text.replace("⁄", "/").split("/")]
    if len(parts) > 2 or any(part is None for part in parts):
        return None
    top, bottom = parts[0] or 0.0, 1.0 if len(parts) == 1 else (parts[1] or 0.0)
    value = top / bottom if bottom else math.inf
    return value if math.isfinite(value) else None


def fraction_text(value: float) -> str:
    """A weight as people write it: a short decimal, 1/n, or ten digits."""
    if value > 0 and len(f"{value:.10g}") > 8:
        near = Fraction(value).limit_denominator(1_000_000)
        if near.numerator == 1 and abs(float(near) - value) <= 1e-12 * value:
            return f"1/{near.denominator}"
    return f"{value:.10g}"


@dataclass(frozen=True)
class Weight(Real):
    """A weight in a range, typed as a number or a fraction."""

    def error(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        value = read_weight(text)
        if value is not None and self.low <= value <= self.high:
            return None
        return f"must be a number or a fraction from {self.low:g} to {self.high:g}"

    def read(self, text: str) -> float:
        """The value of a text; the default of one that is refused."""
        value = read_weight(text)
        return self.default if value is None or self.error(text) else value


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
