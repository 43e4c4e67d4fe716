"""Objects of JSON and dictionaries of Python in training logs: on a line of their own, alone or in a list.

{"epoch": 3, "train": {"recon": 27.4, "kl": 6.2}}        names of nested objects are joined
{"key": "recon", "value": 27.4}                          one metric an object
{'recon': [30.1, 27.4], 'kl': [5.0, 6.2]}                a history: one record an epoch
"""

import ast
import json
import re
from dataclasses import dataclass, replace
from typing import TypeGuard

from pages.parts.loss.log_numbers import read_number

MOST_PAIRS = 400
TAGS = {"tag", "metric", "name", "key", "variable", "series", "metric.name", "metric_name", "tag_name"}
VALUES = {"value", "score", "metric_value"}
STEPS = {"step", "_step", "global_step", "iteration", "epoch"}
"""What the names of a metric, of its value and of its step are called, where every row or object has one metric."""
COUNTERS = {"epoch", "step", "_step", "iteration", "iter", "global_step", "epochs", "batch"}
_RUNS = {"run", "experiment", "trial", "seed"}
_OF_RUNS = _RUNS | {"id", "name", "hash", "uid", "uuid"}


@dataclass(frozen=True)
class Pair:
    """A name and its number."""

    name: str
    text: str  # the number as it stands
    value: float | None  # None where it could not be read whole
    run: str = ""  # the run that it belongs to, where the log tells several apart
    step: str = ""  # where every row or object has one metric: the step that it belongs to


def names_a_run(name: str) -> bool:
    """Whether a column or an entry of this name says which run the others belong to: run, run_id, Run name, seed."""
    words = {word for word in re.split(r"[^a-z0-9]+", name.lower()) if word}
    return bool(words & _RUNS) and words <= _OF_RUNS


def by_run(pairs: list[Pair]) -> list[tuple[str, list[Pair]]]:
    """The pairs of each run; those that belong to none, such as the step, with each of them."""
    runs = dict.fromkeys(pair.run for pair in pairs if pair.run)
    if not runs:
        return [("", pairs)]
    return [(run, [pair for pair in pairs if pair.run in ("", run)]) for run in runs]


def json_pairs(line: str) -> list[Pair] | None:
    """Names and numbers of an object of JSON or Python, nested ones with both names; None if it is none."""
    known = _parsed(line.rstrip(", "))
    if not isinstance(known, dict | list):
        return None
    found: list[Pair] = []
    waiting: list[tuple[Pair, object]] = [(Pair("", "", None), known)]  # what is known of each value's pair
    while waiting and len(found) < MOST_PAIRS:
        pair, value = waiting.pop(0)
        if isinstance(value, dict):
            inside = _by_its_tag(value)
            step = "" if inside is value else next((str(value[key]) for key in value if str(key).lower() in STEPS), "")
            pair = replace(pair, run=_run_of(value) or pair.run, step=step or pair.step)
            entries = [(name, inner) for name, inner in inside.items() if not names_a_run(name)]
            waiting = [
                (replace(pair, name=f"{pair.name}/{name}" if pair.name else name), inner) for name, inner in entries
            ] + waiting
        elif isinstance(value, list) and (len(value) == 1 or all(isinstance(inner, dict) for inner in value)):
            waiting = [(pair, inner) for inner in value] + waiting
        elif isinstance(value, int | float | str | list) and not isinstance(value, bool):
            text = str(value)[:40]
            number = None if isinstance(value, list) else read_number(text)
            if number is not None or not isinstance(value, str):
                found.append(replace(pair, text=text, value=number))
    return found


def _run_of(entries: dict[str, object]) -> str:
    """The run that an object names in one of its entries, or in several."""
    named = (value for name, value in entries.items() if names_a_run(str(name)))
    return " / ".join(str(value) for value in named if isinstance(value, str | int))[:80]


def history_in(line: str) -> list[list[Pair]]:
    """A record for every epoch: of a dictionary of lists, as Keras' History.history prints, or of a list of dictionaries.

    Empty if the line is neither.
    """
    if not line.startswith(("{", "[")) or "[" not in line:
        return []
    known = _parsed(line.rstrip(", "))
    if isinstance(known, dict):
        tables = [value for value in known.values() if _is_table(value)]  # log_history in Hugging Face's trainer_state.json
        if len(tables) == 1:
            known = tables[0]
    if _is_table(known):
        epochs = [{str(name): value for name, value in epoch.items()} for epoch in known[:MOST_PAIRS]]
    else:
        lists = (
            {str(name): value for name, value in known.items() if isinstance(value, list)} if isinstance(known, dict) else {}
        )
        lengths = {len(value) for value in lists.values()}
        if len(lengths) != 1 or max(lengths) < 2 or len(lists) > MOST_PAIRS:
            return []
        epochs = [{name: value[i] for name, value in lists.items()} for i in range(max(lengths))]
    return [
        [
            Pair(name, str(value)[:40], read_number(str(value)), _run_of(epoch))
            for name, value in epoch.items()
            if not names_a_run(name)
        ]
        for epoch in epochs
    ]


def _parsed(line: str) -> object:
    """The object of JSON or Python that a line is; None if it is none."""
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(line)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return None


def _is_table(value: object) -> TypeGuard[list[dict]]:
    """Whether a value is a list of dictionaries with several entries each, none of which names a metric."""
    if not isinstance(value, list) or len(value) < 2:
        return False
    return all(isinstance(row, dict) and len(row) > 1 and _by_its_tag(row) is row for row in value)


def _by_its_tag(value: dict[str, object]) -> dict[str, object]:
    """An object that names its metric in one entry and has its number in another, as one entry."""
    tag, number = (next((key for key in value if str(key).lower() in known), None) for known in (TAGS, VALUES))
    if tag is None or number is None or not isinstance(value[tag], str):
        return value
    return {str(value[tag]): value[number]}
