"""Reading the two terms of a loss from lines that a training script printed, whatever it called them.

    epoch 3 recon 27.41 kl 6.2          names and numbers, with or without = and :
    {"recon_loss": 27.41, "kld": 6.2}   an object of JSON or a dictionary of Python on every line
    epoch,mse,kl                        a table with commas, semicolons, tabs or bars, its names in the first line
    run,step,tag,value                  or one metric a row, with its step and its run where there are such columns
    test_recon  27.4                    one metric a line, several lines to a record
    27.41 6.2                           two numbers: the data term, then KL

A line that cannot be read is named, with the reason, and the others are kept. Of a log that holds several runs, one is read.
The time is linear in the length of the text.
"""

import re
from dataclasses import dataclass

from pages.parts.loss.log_choice import Chosen, choose
from pages.parts.loss.log_lines import pairs_in
from pages.parts.loss.log_numbers import Comma, comma_in, read_number
from pages.parts.loss.log_objects import COUNTERS, Pair, by_run, history_in
from pages.parts.loss.log_records import LoggedTerms, Records, roles_of
from pages.parts.loss.log_sets import by_set, heading_in
from pages.parts.loss.log_tables import Table, table_headed
from pages.parts.loss.log_tokens import number_texts, plain

_LONGEST_LINE = 1000
_LONGEST_HISTORY = 20_000  # characters of a dictionary of lists
_STEP_FIRST = "the first of two numbers may be a step: expected their names"
_WEIGHTS_FOLLOW = re.compile(r"[\w ]{0,30}(?:weights|coefficients|coefs|lambdas):")  # in a configuration that is printed
_BACKSPACES = re.compile("\x08++")  # Keras goes back over its bar
# A number in a wrapper: tensor(27.4, device='cuda:0', grad_fn=<MulBackward0>), np.float64(27.4).
_SCALAR = re.compile(
    r"\b[A-Za-z_][\w.]{0,20}\(([-+\w.]{1,40})(?:, ?\w{1,20}=(?:'[^']{0,30}'|<[^<>]{0,40}>|[\w.]{1,30})){0,6}\)"
)


@dataclass(frozen=True)
class TrainingLog:
    """The lines that could be read, and a sentence for each that could not."""

    terms: tuple[LoggedTerms, ...]
    unread: tuple[str, ...]
    runs: tuple[str, ...] = ()  # the names of the runs that the log tells apart
    run: str = ""  # the one that was read


def read_log(text: str, run: str = "") -> TrainingLog:
    """Both terms of every line or record that has them. Empty lines are skipped; nothing is raised.

    Args:
        text: the log.
        run: which one to read of a log that holds several; by default the first one that has both terms.
    """
    reader = _Reader()
    lines = [plain(line) if len(line) <= _LONGEST_LINE else line for line in _BACKSPACES.sub("\n", text).splitlines()]
    comma = comma_in([number for line in lines if len(line) <= _LONGEST_LINE for number in number_texts(line)])
    for number, line in enumerate(lines, start=1):
        reader.read(number, line, comma)
    return reader.log(run)


class _Reader:
    """Reads line after line; keeps the table it is in, and the records of each run."""

    def __init__(self) -> None:
        self.table: Table | None = None
        self.common = Records()  # what belongs to no run that has a name
        self.runs: dict[str, Records] = {}
        self.among_weights = False  # below "loss_weights:"

    def read(self, number: int, line: str, comma: Comma) -> None:
        """Take in one line."""
        if not any(letter.isalnum() for letter in line):
            return
        epochs = history_in(line) if len(line) <= _LONGEST_HISTORY else []
        epochs = [pairs for pairs in epochs if {"data", "kl"} <= roles_of(pairs)]  # others have what a test set gave
        if epochs:
            self.common.finish()
            for pairs in epochs:
                self._of(pairs[0].run).add(number, line, choose(pairs), "")
            return
        if len(line) > _LONGEST_LINE:
            problem = f"Line {number}: expected no more than {_LONGEST_LINE} characters; got {len(line)}."
            self.common.unread.append((number, problem))
            return
        header = table_headed(line)
        if header is not None:
            self.table = header
            return
        if self.table is not None and self.table.ends_at(line):
            self.table = None
        bare = self.table is None and _two_numbers(line, comma)
        if bare:
            self.common.finish()
            self.common.add(number, line, bare, "")
            return
        row = None if self.table is None else self.table.pairs(line, comma)
        found = row or pairs_in(line, comma)
        one_number = len(found) == 1 and found[0].name.lower() not in COUNTERS
        self.among_weights = _WEIGHTS_FOLLOW.fullmatch(line) is not None or (self.among_weights and one_number)
        if self.among_weights:
            self.common.finish()
            self.common.unread.append((number, f"Line {number}: a weight of the loss, not a term of it."))
            return
        for run, pairs in by_run(found):
            for record in [pairs] if row else _epochs(pairs):
                self._of(run).take(number, line, record)
        if not row and not any(pair.name.lower() not in COUNTERS for pair in found):
            self.common.heading = heading_in(line) or ("" if found else self.common.heading)

    def log(self, run: str) -> TrainingLog:
        """What was read, of one run."""
        for records in (self.common, *self.runs.values()):
            records.finish_all()
        runs = {name: part for named in self.runs.items() for name, part in _sets_of(*named)}
        common = dict(_sets_of("", self.common))
        if not runs and len(common) > 1:  # lines about the training set and about another one: two runs
            runs, common = common, {"": ([], self.common.unread)}
        if run not in runs:
            run = next((name for name, (terms, _) in runs.items() if terms), next(iter(runs), ""))
        read = [*common.values(), *([runs[run]] if run else [])]
        terms = sorted((one for terms, _ in read for one in terms), key=lambda one: one.line)
        unread = sorted({sentence for _, sentences in read for sentence in sentences})
        return TrainingLog(tuple(terms), tuple(sentence for _, sentence in unread), tuple(runs), run)

    def _of(self, run: str) -> Records:
        return self.runs.setdefault(run, Records()) if run else self.common


def _sets_of(run: str, records: Records) -> list[tuple[str, tuple[list[LoggedTerms], list[tuple[int, str]]]]]:
    """The terms of a run and its sentences, by a name; once for each set where its lines are about several."""
    sets = by_set(records.terms)
    if len(sets) < 2:
        return [(run, (records.terms, records.unread))]
    return [(f"{run} / {name}" if run else name, (terms, records.unread)) for name, terms in sets.items()]


def _two_numbers(line: str, comma: Comma) -> Chosen | None:
    """Two numbers and nothing else: the data term, then KL."""
    line = _SCALAR.sub(r" \1 ", line)
    if line[:1] + line[-1:] == "()":
        line = line[1:-1]
    words = line.replace(";", " ").replace("\t", " ").replace(", ", " ").split()
    if len(words) == 1 and words[0].count(",") == 1:
        words = words[0].split(",")
    values = [read_number(word.rstrip(","), comma) for word in words[:3]]
    if len(values) != 2 or None in values:
        return None
    data, kl = (Pair("", word, value) for word, value in zip(words, values, strict=True))
    # 3 540.2: an epoch and its loss.
    return Chosen(data, kl, problem=_STEP_FIRST if words[0].rstrip(",").isdigit() else "")


def _epochs(pairs: list[Pair]) -> list[list[Pair]]:
    """The pairs of a line, divided where a counter such as the epoch comes again, or where the step of a metric changes."""
    steps = dict.fromkeys(pair.step for pair in pairs)
    if len(steps) > 1:
        return [[pair for pair in pairs if pair.step == step] for step in steps]
    counter = next((pair.name.lower() for pair in pairs if pair.name.lower() in COUNTERS), None)
    starts = [i for i, pair in enumerate(pairs) if pair.name.lower() == counter]
    if len(starts) < 2 or starts[0] != 0:
        return [pairs]
    return [pairs[start:end] for start, end in zip(starts, [*starts[1:], len(pairs)], strict=True)]
