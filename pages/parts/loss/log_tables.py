"""Tables in training logs: a first line of names, then rows of cells; or one metric a row, with its name in a cell."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from pages.parts.loss.log_names import name_of
from pages.parts.loss.log_numbers import Comma, read_number
from pages.parts.loss.log_objects import STEPS, TAGS, VALUES, Pair, names_a_run
from pages.parts.loss.log_tokens import number_texts

_DELIMITERS = ("\t", ";", "│", "┃", "|", ",")
_ONE_LOSS_A_ROW = {"epoch", "loss", "value"}  # of disentangling-vae: the name of a loss is called Loss
_SPACES = " "  # any number of them, as pandas prints
_QUOTES = "\"' \u200b*`"


@dataclass(frozen=True)
class Table:
    """The first line of a table: what its columns are called, and how they are divided."""

    delimiter: str
    names: tuple[str, ...]

    @cached_property
    def tag_column(self) -> int | None:
        """Where every row names its metric; None if the columns do."""
        tags = {"loss"} if {name.lower() for name in self.names} == _ONE_LOSS_A_ROW else TAGS
        return self._column(tags) if self._column(VALUES) is not None else None

    @cached_property
    def run_columns(self) -> tuple[int, ...]:
        """Where every row says which run it belongs to."""
        named = tuple(i for i, name in enumerate(self.names) if names_a_run(name))
        table_of_runs = not named and self.tag_column is None
        return tuple(i for i, name in enumerate(self.names) if name.lower() == "name") if table_of_runs else named

    def ends_at(self, line: str) -> bool:
        """Whether a line begins another table, of something else: as many words, and no number."""
        return self.delimiter == _SPACES and len(line.split()) == len(self.names) and not number_texts(line)

    def _column(self, called: set[str]) -> int | None:
        return next((i for i, name in enumerate(self.names) if name.lower() in called), None)

    def pairs(self, line: str, comma: Comma) -> list[Pair] | None:
        """Names and numbers of a row; None if the line is no row of this table."""
        if self.delimiter == _SPACES:
            return self._spaced(line.split(), comma)
        found = cells(line, self.delimiter)
        if len(found) < 2 or len(found) > len(self.names):
            return None
        run = " / ".join(found[i] for i in self.run_columns if i < len(found) and found[i])
        if self.tag_column is not None:
            return self._tagged(found, run, comma)
        if self.delimiter == "," and comma is Comma.DECIMAL:
            comma = Comma.UNKNOWN
        if self.delimiter == ";" and comma is Comma.UNKNOWN:
            comma = Comma.DECIMAL  # a semicolon divides the cells because the comma stands in numbers
        read = [
            _pair(name, cell, read_number(cell, comma), run)
            for i, (name, cell) in enumerate(zip(self.names, found, strict=False))
            if cell and i not in self.run_columns
        ]
        return [pair for pair in read if pair.value is not None or name_of(pair.name).roles]

    def _spaced(self, found: list[str], comma: Comma) -> list[Pair] | None:
        """The pairs of a row that is divided by spaces: numbers and runs, as many as names or one more, the index."""
        if len(found) - len(self.names) not in (0, 1):
            return None
        index, found = found[: -len(self.names)], found[-len(self.names) :]
        run = " / ".join(found[i] for i in self.run_columns)
        named = [
            (name, cell) for i, (name, cell) in enumerate(zip(self.names, found, strict=True)) if i not in self.run_columns
        ]
        pairs = [Pair(name, cell, read_number(cell, comma), run) for name, cell in named]
        pairs = [pair for pair in pairs if pair.value is not None or name_of(pair.name).roles]  # without 00:12 of "time"
        return None if None in [read_number(cell, comma) for cell in index] + [pair.value for pair in pairs] else pairs

    def _tagged(self, found: list[str], run: str, comma: Comma) -> list[Pair] | None:
        tag, value, step = self.tag_column, self._column(VALUES), self._column(STEPS)
        if tag is None or value is None or max(tag, value) >= len(found):
            return None
        at = found[step] if step is not None and step < len(found) else ""
        return [replace(_pair(found[tag], found[value], read_number(found[value], comma), run), step=at)]


def table_headed(line: str) -> Table | None:
    """The table that this line begins; None if it begins none."""
    for delimiter in _DELIMITERS:
        names = cells(line, delimiter)
        if len(names) < 2 or any(number_texts(_without_run(name)) for name in names):
            continue
        lower = {name.lower() for name in names}
        if (lower & TAGS and lower & VALUES) or lower == _ONE_LOSS_A_ROW:
            return Table(delimiter, tuple(names))
        if any("=" in name or ": " in name for name in map(_without_run, names)):
            continue
        if _has_both(names):
            return Table(delimiter, tuple(names))
    line = line.lstrip("#%").strip()  # of gnuplot, of LaTeX
    names = re.split(r" {2,80}", line)  # Recon Loss   KL Loss
    names = names if len(names) > 2 or _has_both(names) else line.split()
    words = all(re.sub(r"[_/ -]", "", name).isalnum() and not name.isdigit() for name in names)
    return Table(_SPACES, tuple(names)) if words and not number_texts(line) and _has_both(names) else None


def _has_both(names: list[str]) -> bool:
    found = [name_of(_without_run(name)).roles for name in names]
    return any(roles.get("data", 0) > 1 for roles in found) and any("kl" in roles for roles in found)


def _pair(name: str, text: str, value: float | None, run: str) -> Pair:
    """The pair of a cell; exports of W&B have the run's name before that of the metric."""
    of_column, _, metric = name.rpartition(" - ")
    return Pair(metric, text, value, of_column or run)


def _without_run(name: str) -> str:
    """The metric's own name: that of a run may hold digits and colons."""
    return name.rpartition(" - ")[2]


def cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without quotes and without the frame of a drawn table."""
    if delimiter in "│┃|":
        line = line.strip().strip(delimiter)
    found, start, quoted = [], 0, False
    for i, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == delimiter and not quoted:
            found.append(line[start:i].strip(_QUOTES))
            start = i + 1
    found.append(line[start:].strip(_QUOTES))
    return found
