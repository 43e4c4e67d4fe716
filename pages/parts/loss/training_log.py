"""Reading the two terms of a loss from lines that a training script printed, whatever it called them.

    epoch 3 recon 27.41 kl 6.2          names and numbers, with or without = and :
    {"recon_loss": 27.41, "kld": 6.2}   an object of JSON or a dictionary of Python on every line
    epoch,mse,kl                        a table with commas, semicolons, tabs or bars, its names in the first line
    step,tag,value                      or one metric a row
    test_recon  27.4                    one metric a line, several lines to a record
    27.41 6.2                           two numbers: the data term, then KL

A line that cannot be read is named, with the reason, and the others are kept. The time is linear in the length of the text.
"""

import re
from dataclasses import dataclass, field

from pages.parts.loss.log_choice import Chosen, choose
from pages.parts.loss.log_lines import number_texts, pairs_in, plain
from pages.parts.loss.log_numbers import Comma, comma_in, is_finite, read_number
from pages.parts.loss.log_objects import Pair, history_in
from pages.parts.loss.log_tables import Table, table_headed

_LONGEST_LINE, _LONGEST_QUOTE = 1000, 60
_LONGEST_HISTORY = 20_000  # characters of a dictionary of lists
_FURTHEST = 12  # lines between the terms of one record
_LARGEST = 1e15  # beyond it a number is no loss
_COUNTERS = {"epoch", "step", "iteration", "iter", "global_step", "epochs", "batch"}
# A number in a wrapper: tensor(27.4, device='cuda:0', grad_fn=<MulBackward0>), np.float64(27.4).
_SCALAR = re.compile(
    r"\b[A-Za-z_][\w.]{0,20}\(([-+\w.]{1,40})(?:, ?\w{1,20}=(?:'[^']{0,30}'|<[^<>]{0,40}>|[\w.]{1,30})){0,6}\)"
)
_ROLES = {"data": "a data term (recon, mse, bce …)", "kl": "KL (kl, kld …)"}


@dataclass(frozen=True)
class LoggedTerms:
    """What one line, or one record of several lines, says."""

    line: int  # from 1; the last one of the record
    data: float  # as the script reduced it
    kl: float  # as the script reduced it
    total: float | None  # the loss itself, where the line has it as well
    names: tuple[str, str, str] = field(default=("", "", ""), compare=False)  # what data, KL and the loss are called there


@dataclass(frozen=True)
class TrainingLog:
    """The lines that could be read, and a sentence for each that could not."""

    terms: tuple[LoggedTerms, ...]
    unread: tuple[str, ...]


def read_log(text: str) -> TrainingLog:
    """Both terms of every line or record that has them. Empty lines are skipped; nothing is raised."""
    reader = _Reader()
    lines = [plain(line) if len(line) <= _LONGEST_LINE else line for line in text.splitlines()]
    comma = comma_in([number for line in lines if len(line) <= _LONGEST_LINE for number in number_texts(line)])
    for number, line in enumerate(lines, start=1):
        reader.read(number, line, comma)
    return reader.log()


@dataclass
class _Record:
    """A record that is not complete yet: the pairs of its lines."""

    pairs: list[Pair]
    lines: list[tuple[int, str]]


class _Reader:
    """Reads line after line; keeps the table it is in, and the record that waits for its other term."""

    def __init__(self) -> None:
        self.terms: list[LoggedTerms] = []
        self.unread: list[tuple[int, str]] = []
        self.table: Table | None = None
        self.waiting: _Record | None = None

    def read(self, number: int, line: str, comma: Comma) -> None:
        """Take in one line."""
        if not any(letter.isalnum() for letter in line):
            return
        epochs = history_in(line) if len(line) <= _LONGEST_HISTORY else []
        epochs = [pairs for pairs in epochs if {"data", "kl"} <= _roles_of(pairs)]  # others have what a test set gave
        if epochs:
            self._finish()
            for pairs in epochs:
                self._add(number, line, choose(pairs))
            return
        if len(line) > _LONGEST_LINE:
            problem = f"Line {number}: expected no more than {_LONGEST_LINE} characters; got {len(line)}."
            self.unread.append((number, problem))
            return
        header = table_headed(line)
        if header is not None:
            self.table = header
            return
        bare = self.table is None and _two_numbers(line, comma)
        if bare:
            self._finish()
            self._add(number, line, bare)
            return
        row = self._row(line, comma)
        records = [row] if row else _epochs(pairs_in(line, comma))
        for pairs in records:
            self._take(number, line, pairs)

    def _take(self, number: int, line: str, pairs: list[Pair]) -> None:
        """Take in the pairs of one line, or of one epoch of it."""
        if self._continues(number, pairs):
            assert self.waiting is not None
            self.waiting.pairs += pairs
            self.waiting.lines.append((number, line))
        else:
            self._finish()
            self.waiting = _Record(list(pairs), [(number, line)])
        if not _roles_of(pairs):
            self._finish()

    def log(self) -> TrainingLog:
        """What was read."""
        self._finish()
        return TrainingLog(tuple(self.terms), tuple(sentence for _, sentence in sorted(self.unread)))

    def _row(self, line: str, comma: Comma) -> list[Pair] | None:
        """The pairs of a row of the present table; None outside of it."""
        return None if self.table is None else self.table.pairs(line, comma)

    def _continues(self, number: int, pairs: list[Pair]) -> bool:
        """Whether a line belongs to the record that waits: it adds a name, repeats none, and counts the same epoch."""
        if self.waiting is None or not pairs or number - self.waiting.lines[-1][0] > _FURTHEST:
            return False
        have, new = _roles_of(self.waiting.pairs), _roles_of(pairs)
        if {"data", "kl"} <= new or (not new - have and new & {"data", "kl"}):
            return False
        known = {pair.name.lower(): pair.value for pair in self.waiting.pairs}
        if any(pair.name.lower() in known and pair.name.lower() not in _COUNTERS for pair in pairs):
            return False
        return all(known.get(name := pair.name.lower(), pair.value) == pair.value or name not in _COUNTERS for pair in pairs)

    def _finish(self) -> None:
        """Turn the record that waits into terms, or into a sentence for each of its lines."""
        if self.waiting is None:
            return
        record, self.waiting = self.waiting, None
        chosen = choose(record.pairs)
        number, line = record.lines[-1]
        problem = _problem(chosen)
        if not problem:
            self._add(number, line, chosen)
            return
        for number, line in record.lines:
            self.unread.append((number, f"Line {number}: {problem}; got “{_quoted(line)}”."))

    def _add(self, number: int, line: str, chosen: Chosen) -> None:
        problem = _problem(chosen)
        data, kl, total = (chosen.value(role) for role in ("data", "kl", "total"))
        if problem or data is None or kl is None:
            self.unread.append((number, f"Line {number}: {problem}; got “{_quoted(line)}”."))
            return
        names = tuple(pair.name if pair is not None else "" for pair in (chosen.data, chosen.kl, chosen.total))
        finite = total if is_finite(total) else None
        self.terms.append(LoggedTerms(number, data, kl, finite, (names[0], names[1], names[2])))


def _roles_of(pairs: list[Pair]) -> set[str]:
    chosen = choose(pairs)
    return {role for role in ("data", "kl", "total") if getattr(chosen, role) is not None}


def _two_numbers(line: str, comma: Comma) -> Chosen | None:
    """Two numbers and nothing else: the data term, then KL."""
    line = _SCALAR.sub(r" \1 ", line)
    if line[:1] + line[-1:] in ("()", "[]"):
        line = line[1:-1]
    words = line.replace(";", " ").replace("\t", " ").replace(", ", " ").split()
    if len(words) == 1 and words[0].count(",") == 1:
        words = words[0].split(",")
    values = [read_number(word.rstrip(","), comma) for word in words[:3]]
    if len(values) != 2 or None in values:
        return None
    data, kl = (Pair("", word, value) for word, value in zip(words, values, strict=True))
    return Chosen(data, kl)


def _epochs(pairs: list[Pair]) -> list[list[Pair]]:
    """The pairs of a line, divided where a counter such as the epoch comes again."""
    counter = next((pair.name.lower() for pair in pairs if pair.name.lower() in _COUNTERS), None)
    starts = [i for i, pair in enumerate(pairs) if pair.name.lower() == counter]
    if len(starts) < 2 or starts[0] != 0:
        return [pairs]
    return [pairs[start:end] for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True)]


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
