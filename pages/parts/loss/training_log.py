"""Reading the two terms of a loss out of lines that a training script printed, whatever it called them.

    epoch 3 recon 27.41 kl 6.2          names and numbers, with or without = and :
    {"recon_loss": 27.41, "kld": 6.2}   an object of JSON on every line
    epoch,mse,kl                        a table with commas, semicolons or tabs, its names in the first line
    27.41 6.2                           two numbers: the data term, then KL

What cannot be read is named by its line, and the rest is kept.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_DATA = {
    *("recon", "recons", "reconst", "reconstruction", "rec", "reconstr", "distortion", "nll", "data"),
    *("mse", "sse", "bce", "squares", "l2"),
}
_KL = {"kl", "kld", "kldiv", "klloss", "kl_loss", "rate", "divergence", "dkl", "regularizer", "regulariser"}
_NO_TERM = {"weight", "beta", "coef", "coefficient", "learning", "lr", "time", "seconds", "grad", "norm"}
_TOTAL = {"loss", "total", "objective", "cost"}

_NUMBER = r"[-+−]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
_WORD = r"(?!(?:nan|inf)\b)[A-Za-z_][\w/.\-]*"
_NAMED = re.compile(
    rf"""(?<![\w/.\-])(?P<name>{_WORD}(?:[ ]+{_WORD}){{0,3}}) ["'\])]* \s*[:=]?\s* (?P<number>{_NUMBER})(?![\w.])""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(rf"^\s*({_NUMBER})[\s,;]+({_NUMBER})\s*$", re.IGNORECASE)
_DELIMITERS = ("\t", ";", ",")
_LONGEST_LINE, _LONGEST_QUOTE = 1000, 60
_LARGEST = 1e15  # beyond it a number is no loss

Terms = dict[str, float]


@dataclass(frozen=True)
class LoggedTerms:
    """What one line says."""

    line: int  # from 1
    data: float  # as the script reduced it
    kl: float  # as the script reduced it
    total: float | None  # the loss itself, where the line has it as well


@dataclass(frozen=True)
class TrainingLog:
    """The lines that could be read, and a sentence for each that could not."""

    terms: tuple[LoggedTerms, ...]
    unread: tuple[str, ...]


def read_log(text: str) -> TrainingLog:
    """Both terms of every line that has them. Empty lines are passed over; nothing is raised."""
    terms: list[LoggedTerms] = []
    unread: list[str] = []
    table: _Table | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if len(line) > _LONGEST_LINE:
            unread.append(f"Line {number}: expected no more than {_LONGEST_LINE} characters; got {len(line)}.")
            continue
        header = _Table.headed(line)
        if header is not None:
            table = header
            continue
        found = table.row(line) if table is not None and not _is_named(line) else _terms_of(line)
        problem = _problem(found)
        if problem:
            unread.append(f"Line {number}: {problem}; got “{_quoted(line)}”.")
        else:
            terms.append(LoggedTerms(number, found["data"], found["kl"], found.get("total")))
    return TrainingLog(tuple(terms), tuple(unread))


@dataclass(frozen=True)
class _Table:
    """A table's first line: which column holds what."""

    delimiter: str
    columns: tuple[str | None, ...]

    @staticmethod
    def headed(line: str) -> "_Table | None":
        """The table that this line begins; None if it begins none."""
        for delimiter in _DELIMITERS:
            names = [name.strip().strip("\"'") for name in line.split(delimiter)]
            if len(names) > 1 and not any(re.search(r"(?<![A-Za-z_/])\d", name) for name in names):
                columns = tuple(_term(name) for name in names)
                if "data" in columns and "kl" in columns:
                    return _Table(delimiter, columns)
        return None

    def row(self, line: str) -> Terms:
        found: Terms = {}
        for name, cell in zip(self.columns, line.split(self.delimiter), strict=False):
            if name is not None and name not in found:
                number = _number(cell.strip().strip("\"'"))
                if number is not None:
                    found[name] = number
        return found


def _terms_of(line: str) -> Terms:
    bare = _BARE.match(line)
    if bare:
        pair = [_number(text) for text in bare.groups()]
        return {name: number for name, number in zip(("data", "kl"), pair, strict=True) if number is not None}
    found: Terms = {}
    for name, number in _json_pairs(line) if line.lstrip().startswith("{") else _named_pairs(line):
        term = _term(name)
        # The first of each name counts: where training and validation share a line, that is training.
        if term is not None and number is not None and term not in found:
            found[term] = number
    return found


def _named_pairs(line: str) -> Iterator[tuple[str, float | None]]:
    for match in _NAMED.finditer(line):
        yield match["name"], _number(match["number"])


def _json_pairs(line: str) -> Iterator[tuple[str, float | None]]:
    try:
        known = json.loads(line.strip().rstrip(","))
    except (ValueError, RecursionError):
        # Printed by Python perhaps, with its quotes.
        yield from _named_pairs(line)
        return
    for name, value in known.items():
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            yield name, _number(str(value))


def _term(name: str) -> str | None:
    """Which of the terms a name stands for."""
    words = set(re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))
    if words & _NO_TERM:
        return None
    for term, names in (("kl", _KL), ("data", _DATA), ("total", _TOTAL)):
        if words & names:
            return term
    return None


def _problem(found: Terms) -> str:
    names = {"data": "a data term (recon, mse, bce …)", "kl": "KL (kl, kld …)"}
    missing = [words for term, words in names.items() if term not in found]
    if missing:
        return f"expected {' and '.join(missing)} with a number"
    bad = [term for term in names if not abs(found[term]) < _LARGEST]
    return f"{names[bad[0]]} must be a finite number" if bad else ""


def _is_named(line: str) -> bool:
    return line.lstrip().startswith("{") or any(_term(match["name"]) for match in _NAMED.finditer(line))


def _number(text: str) -> float | None:
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        return None


def _quoted(line: str) -> str:
    line = line.strip()
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
