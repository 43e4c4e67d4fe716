"""The records of one run: the pairs of a line, or of several lines that belong together, and the terms they give."""

from dataclasses import dataclass, field

from pages.parts.loss.log_choice import Chosen, choose
from pages.parts.loss.log_names import name_of
from pages.parts.loss.log_numbers import is_finite
from pages.parts.loss.log_objects import COUNTERS, Pair
from pages.parts.loss.log_sets import TRAINING_SET, set_of

_LONGEST_QUOTE = 60
_FURTHEST = 12  # lines between the terms of one record
_LARGEST = 1e15  # beyond it a number is no loss
_ROLES = {"data": "a data term (recon, mse, bce …)", "kl": "KL (kl, kld …)"}


@dataclass(frozen=True)
class LoggedTerms:
    """What one line, or one record of several lines, says."""

    line: int  # from 1; the last one of the record
    data: float  # as the script reduced it
    kl: float  # as the script reduced it
    total: float | None  # the loss itself, where the line has it as well
    names: tuple[str, str, str] = field(default=("", "", ""), compare=False)  # what data, KL and the loss are called there
    subset: str = field(default=TRAINING_SET, compare=False)  # the set of images that the line is about


@dataclass
class _Record:
    """A record that is not complete yet: the pairs of its lines."""

    pairs: list[Pair]
    lines: list[tuple[int, str]]


class Records:
    """Takes in the lines of a run one after the other; keeps the record that waits for its other term."""

    def __init__(self) -> None:
        self.terms: list[LoggedTerms] = []
        self.heading = ""  # the set that a line above announced
        self.unread: list[tuple[int, str]] = []
        self._waiting: _Record | None = None
        self._steps: dict[str, _Record] = {}

    def take(self, number: int, line: str, pairs: list[Pair]) -> None:
        """Take in the pairs of one line, or of one epoch of it."""
        if pairs and pairs[0].step:
            self._take_at(pairs[0].step, number, line, pairs)
            return
        if self._continues(number, pairs):
            assert self._waiting is not None
            self._waiting.pairs += pairs
            self._waiting.lines.append((number, line))
        else:
            self.finish()
            self._waiting = _Record(list(pairs), [(number, line)])
        if not roles_of(pairs):
            self.finish()

    def add(self, number: int, line: str, chosen: Chosen, first: str) -> None:
        """Add a record that is complete as it is; its set may be named in the first of its lines."""
        problem = _problem(chosen)
        data, kl, total = (chosen.value(role) for role in ("data", "kl", "total"))
        if problem or data is None or kl is None:
            self._refuse(number, line, problem)
            return
        names = tuple(pair.name if pair is not None else "" for pair in (chosen.data, chosen.kl, chosen.total))
        finite = total if is_finite(total) else None
        subset = set_of(names[:2], *_around((chosen.data, chosen.kl), first), self.heading)
        self.terms.append(LoggedTerms(number, data, kl, finite, (names[0], names[1], names[2]), subset))

    def finish(self) -> None:
        """Turn the record that waits into terms, or into a sentence for each of its lines."""
        if self._waiting is None:
            return
        record, self._waiting = self._waiting, None
        chosen = choose(record.pairs)
        problem = _problem(chosen)
        if not problem:
            self.add(*record.lines[-1], chosen, record.lines[0][1])
            return
        for number, line in record.lines:
            self._refuse(number, line, problem)

    def finish_all(self) -> None:
        """The same, with the records of tables that have one metric in a row, in the order in which their steps came."""
        self.finish()
        for step, record in self._steps.items():
            again = _name_with_two_values(record.pairs)
            if again:
                self._refuse(*record.lines[-1], f"“{again[:40]}” has two values at step {step[:20]}: of several runs?")
            else:
                self.add(*record.lines[-1], choose(record.pairs), record.lines[0][1])
        self._steps = {}

    def _take_at(self, step: str, number: int, line: str, pairs: list[Pair]) -> None:
        record = self._steps.setdefault(step, _Record([], []))
        record.pairs += pairs
        record.lines.append((number, line))

    def _continues(self, number: int, pairs: list[Pair]) -> bool:
        """Whether a line belongs to the record that waits: it adds a name, repeats none, and counts the same epoch."""
        if self._waiting is None or not pairs or number - self._waiting.lines[-1][0] > _FURTHEST:
            return False
        alike = [pair for pair in self._waiting.pairs if name_of(pair.name).held_out is name_of(pairs[0].name).held_out]
        have, new = roles_of(alike), roles_of(pairs)
        if {"data", "kl"} <= new or (not new - have and new & {"data", "kl"}):
            return False
        if new and not have and {"data", "kl"} <= roles_of(self._waiting.pairs):  # what follows is of another set
            return False
        known = {pair.name.lower(): pair.value for pair in self._waiting.pairs}
        if any(pair.name.lower() in known and pair.name.lower() not in COUNTERS for pair in pairs):
            return False
        return all(known.get(name := pair.name.lower(), pair.value) == pair.value or name not in COUNTERS for pair in pairs)

    def _refuse(self, number: int, line: str, problem: str) -> None:
        self.unread.append((number, f"Line {number}: {problem}; got “{_quoted(line)}”."))


def roles_of(pairs: list[Pair]) -> set[str]:
    """Which of the terms the pairs have."""
    chosen = choose(pairs)
    return {role for role in ("data", "kl", "total") if getattr(chosen, role) is not None}


def _name_with_two_values(pairs: list[Pair]) -> str:
    """A name that stands for two different numbers; empty if none does."""
    known: dict[str, float | None] = {}
    return next((pair.name for pair in pairs if known.setdefault(pair.name, pair.value) != pair.value), "")


def _problem(chosen: Chosen) -> str:
    if chosen.problem:
        return chosen.problem
    missing = [words for role, words in _ROLES.items() if getattr(chosen, role) is None]
    if missing:
        return f"expected {' and '.join(missing)} with a number"
    for role, words in _ROLES.items():
        pair: Pair = getattr(chosen, role)
        if pair.value is None:
            return f"“{pair.text[:40]}” could not be read as the number of {words}"
        if not abs(pair.value) < _LARGEST:
            return f"{words} must be a finite number"
    signs = {_decimal_sign(pair.text) for pair in (chosen.data, chosen.kl, chosen.total) if pair is not None} - {""}
    return "" if len(signs) < 2 else "expected one decimal sign in a line, a point or a comma"


def _around(pairs: tuple[Pair | None, Pair | None], line: str) -> tuple[str, str]:
    """The text of a line before the first number of its terms, and behind the last one."""
    found = [(at, at + len(pair.text)) for pair in pairs if pair is not None and (at := line.find(pair.text)) >= 0]
    return line[: min(found, default=(0, 0))[0]], line[max((end for _, end in found), default=len(line)) :]


def _decimal_sign(text: str) -> str:
    """The sign before the decimals of a number, where there is one: the last point or comma that is no thousands' sign."""
    found = [letter for letter in text if letter in ".,"]
    return (
        ""
        if not found or (found[-1] == "," and text.replace(",", "").isdigit() and len(text.rpartition(",")[2]) == 3)
        else found[-1]
    )


def _quoted(line: str) -> str:
    line = line.strip()
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
