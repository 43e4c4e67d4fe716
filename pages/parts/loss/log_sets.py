"""Which set the numbers of a line belong to: the training set, unless the line or a heading above it names another one.

epoch 1 train recon 30 kl 5   |   {"split": "val", "recon": 33, "kl": 6}   |   Validation:
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from pages.parts.loss.log_names import HELD_OUT, TRAINING

TRAINING_SET = "training"
_CALLED = {"test": "test", "te": "test", "tst": "test", "eval": "evaluation"}
_HEADINGS = {"validating": "validation", "testing": "test", "evaluating": "evaluation", "evaluation": "evaluation"}
_IN_HEADINGS = {
    *("phase", "epoch", "set", "loop", "step", "stage", "mode", "results", "metrics", "loss", "losses"),
    *("the", "on", "start", "starting", "running", "data", "dataset", "model", "of", "for"),
}


class _OfASet(Protocol):
    @property
    def subset(self) -> str: ...


_Terms = TypeVar("_Terms", bound=_OfASet)


def set_of(names: Sequence[str], before: str, after: str, heading: str) -> str:
    """The set of a record.

    Args:
        names: what its terms are called.
        before: the text of its line before the first of them.
        after: the text behind the last of them, of which the last word may be the set's: recon 27.4 kl 6.2 (val).
        heading: the set that a line above names for what follows; empty if none does.
    """
    for text in (" ".join(names), before, " ".join(_words(after)[-1:])):
        words = _words(text)
        held_out = next((word for word in words if word in HELD_OUT), "")
        if held_out and not (TRAINING & set(words)):
            return _CALLED.get(held_out, "validation")
        if TRAINING & set(words):
            return TRAINING_SET
    return heading or TRAINING_SET


def heading_in(line: str) -> str | None:
    """The set that a line without numbers announces; None if it announces none."""
    words = _words(line)
    sets = [word for word in words if word in HELD_OUT | TRAINING | _HEADINGS.keys()]
    if not set(words) <= {*sets} | _IN_HEADINGS or "/" in line:
        return None
    found = {_HEADINGS.get(word) or set_of((), word, "", "") for word in sets}
    return found.pop() if len(found) == 1 else None


def by_set(terms: Iterable[_Terms]) -> dict[str, list[_Terms]]:
    """The terms of each set, those of the training set first."""
    found: dict[str, list[_Terms]] = {}
    for one in terms:
        found.setdefault(one.subset, []).append(one)
    return dict(sorted(found.items(), key=lambda item: item[0] != TRAINING_SET))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", text.lower()) if word]
