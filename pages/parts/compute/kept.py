"""Answers that are kept by what was asked, as many as fit into a number of bytes: the least recently used go first."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from vaecore.evaluate.quadrature.memory import ByteLimit, Store, bytes_of

P = ParamSpec("P")
R = TypeVar("R")

_KEY = 2_000  # bytes that a question takes beside its texts, at most: setups and paths are shared by many
ANSWERS = ByteLimit(20e6)
"""All answers together. With what belongs to images (`quadrature.memory.IMAGES`) they take 70 MB at most."""


def kept(question: Callable[P, R]) -> Callable[P, R]:
    """The question, whose answers are kept; its arguments must be hashable. Two who ask at once may both compute."""
    store = Store(ANSWERS)

    @wraps(question)
    def answered(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (*args, *kwargs.items())
        found: tuple[R] | None = store.found(key)
        if found is None:
            found = (question(*args, **kwargs),)
            store.put(key, found, bytes_of(found) + _KEY + sum(len(part) for part in args if isinstance(part, str)))
        return found[0]

    return answered
