"""The kinds of parameter that a link may have: what text each accepts, and what is said of a text that it does not.

Texts come from anywhere: a link is typed, shortened by a mail program, or made up. Nothing here fails on any of them.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

LONGEST_NUMBER = 40
"""Characters; more are no number that anybody means, and Python itself refuses integers of some thousand digits."""

LONGEST_QUOTE = 40
"""So many characters of what came are repeated in a message."""


@dataclass(frozen=True)
class Choice:
    """One of several names."""

    name: str
    options: tuple[str, ...]
    default: str

    def error(self, text: str) -> str | None:
        """Why the text is no value of this parameter; None if it is one."""
        return None if text in self.options else f"must be one of {', '.join(self.options)}"


@dataclass(frozen=True)
class Real:
    """A number in a range. The slider moves in steps; a link may hold any number between."""

    name: str
    low: float
    high: float
    default: float
    step: float = 0.01

    def error(self, text: str) -> str | None:
        """Why the text is no value of this parameter; None if it is one."""
        number = _number(text)
        within = number is not None and self.low <= number <= self.high
        return None if within else f"must be a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Whole:
    """A whole number in a range."""

    name: str
    low: int
    high: int
    default: int

    def error(self, text: str) -> str | None:
        """Why the text is no value of this parameter; None if it is one."""
        digits = len(text) <= LONGEST_NUMBER and text.isascii() and text.isdigit()
        if digits and self.low <= int(text) <= self.high:
            return None
        return f"must be a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Switch:
    """On or off; off unless the link says true."""

    name: str
    default: str = "false"

    def error(self, text: str) -> str | None:
        """Why the text is no value of this parameter; None if it is one."""
        return None if text.lower() in ("true", "false") else "must be true or false"


@dataclass(frozen=True)
class Numbers:
    """Numbers separated by spaces or commas, as many as one of `counts`; an empty text means what `empty` says."""

    name: str
    low: float
    high: float
    counts: tuple[int, ...]
    empty: str
    default: str = ""

    def error(self, text: str) -> str | None:
        """Why the text is no value of this parameter; None if it is one."""
        words = _words(text)
        numbers = [_number(word) for word in words[: max(self.counts) + 1]]
        within = all(number is not None and self.low <= number <= self.high for number in numbers)
        return None if not words or (within and len(numbers) in self.counts) else f"must be {self.expected}"

    @property
    def expected(self) -> str:
        """What may be typed, in words."""
        if self.counts == (1,):
            return f"one number from {self.low:g} to {self.high:g}"
        return f"{' or '.join(str(count) for count in self.counts)} numbers from {self.low:g} to {self.high:g}"

    def read(self, text: str) -> tuple[float, ...]:
        """The numbers in a text without an error, as float32 holds them; none in an empty text."""
        return tuple(float(np.float32(word)) for word in _words(text))


Control = Choice | Real | Whole | Switch | Numbers


@dataclass(frozen=True)
class InvalidParameter:
    """A parameter of a link that cannot be used: why, and what a screen uses instead."""

    name: str
    reason: str  # what was expected and what came; a sentence without its full stop
    instead: str  # "" where there is nothing to stand in for it

    @property
    def error(self) -> str:
        """The sentence for somebody whose link is not used at all."""
        return f"{self.reason}."

    @property
    def warning(self) -> str:
        """The sentence for somebody whose link is used without this parameter."""
        return f"{self.reason}; using {self.instead} instead." if self.instead else f"{self.reason}; it is ignored."


def invalid_parameters(
    link: Mapping[str, str], controls: Collection[Control], owner: str, ignored: Collection[str] = ()
) -> dict[str, InvalidParameter]:
    """What of a link cannot be used, by name.

    Args:
        link: the parameters as they came.
        controls: those that may be there.
        owner: what they belong to, as a message calls it, such as "step 3".
        ignored: the names of parameters that somebody else reads.
    """
    known = {control.name: control for control in controls}
    invalid = {}
    for name, text in link.items():
        if name in ignored:
            continue
        if name not in known:
            reason = f"{quoted(name)} is not a parameter of {owner}; got {quoted(name)}={quoted(text)}"
            invalid[name] = InvalidParameter(name, reason, "")
            continue
        control = known[name]
        error = control.error(text)
        if error:
            invalid[name] = InvalidParameter(name, f"{name} {error}; got {quoted(text)}", _stand_in(control))
    return invalid


def quoted(text: str) -> str:
    """A text from outside, on one line, without unprintable characters, and not longer than a message can bear."""
    line = " ".join(text[: 4 * LONGEST_QUOTE].split())
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
    if not line:
        return "nothing"
    return line if len(line) <= LONGEST_QUOTE and len(text) <= 4 * LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"


def numbers_to_text(numbers: Collection[float]) -> str:
    """Numbers as a link holds them: the fewest digits that give the same float32 again."""
    return " ".join(str(np.float32(number)) for number in numbers)


def variances_to_text(variances: tuple[float, ...]) -> str:
    """The same, but a single number where all are equal."""
    return numbers_to_text(variances[:1] if len(set(variances)) == 1 else variances)


def _stand_in(control: Control) -> str:
    if isinstance(control, Numbers):
        return control.empty
    return f"{control.default:.4g}" if isinstance(control.default, float) else str(control.default)


def _number(text: str) -> float | None:
    try:
        number = float(text) if len(text) <= LONGEST_NUMBER else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()
