"""What a browser may send to its class, checked: every message is an object with the act in "do"."""

import json
import math
import re
from typing import Any, get_args

from pages.parts.classroom.records import Kind, Question
from pages.parts.classroom.registry import MOST_ANSWERS

LONGEST = {"follower": 300, "presenter": 20_000}
"""Characters of one message."""

LONGEST_LINK, LONGEST_PATH = 4000, 16
_TASK = re.compile(r"[a-z0-9/-]{0,60}")
"""The name under which a browser keeps that something is done; empty for none."""
_NUMBERS = re.compile(r"[0-9.e+\- ]{1,800}")
"""Numbers as a link has them."""


def read(text: str, role: str) -> dict[str, Any]:
    """The object that a message holds.

    Raises:
        ValueError: it is too long, or no object that names its act.
    """
    if len(text) > LONGEST[role]:
        raise ValueError(f"A message has at most {LONGEST[role]} characters; got {len(text)}.")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("A message must be an object, as JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise ValueError('A message must be an object with "do".')
    return message


def whole(message: dict[str, Any], name: str, low: int, high: int) -> int:
    """A whole number of a message.

    Raises:
        ValueError: it is none, or out of its range.
    """
    value = message.get(name)
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}.")
    return value


def link(message: dict[str, Any]) -> str:
    """The link of a state inside this app.

    Raises:
        ValueError: it is none, or leads elsewhere.
    """
    text = message.get("link")
    if not isinstance(text, str) or len(text) > LONGEST_LINK or not text.isprintable():
        raise ValueError(f"link must be a text of at most {LONGEST_LINK} characters.")
    if not text.startswith("/") or text.startswith("//") or "\\" in text:
        raise ValueError("link must begin with / and stay in this app.")
    return text


def task(message: dict[str, Any]) -> str:
    """The name of a task, such as challenge/tight; empty without one.

    Raises:
        ValueError: it is no such name.
    """
    name = message.get("task", "")
    if not isinstance(name, str) or not _TASK.fullmatch(name):
        raise ValueError("task must be a name of at most 60 small letters, digits, - and /.")
    return name


def move(message: dict[str, Any]) -> dict[str, Any]:
    """A movement: the step on the path of the slider of σ², −1 for q beside it; which path it is; and the mean and variance
    that lead to the path where they are not those of the link.

    Raises:
        ValueError: it is none.
    """
    path = message.get("s")
    if not isinstance(path, str) or len(path) > LONGEST_PATH or not path.isalnum():
        raise ValueError(f"s must be at most {LONGEST_PATH} letters and digits.")
    moved: dict[str, Any] = {"k": whole(message, "k", -1, MOST_ANSWERS), "s": path}
    for name in ("mean", "variance") if "mean" in message else ():
        numbers = message.get(name)
        if not isinstance(numbers, str) or not _NUMBERS.fullmatch(numbers):
            raise ValueError(f"{name} must be numbers, parted by blanks.")
        moved[name] = numbers
    return moved


def question(message: dict[str, Any]) -> Question:
    """A question as it is asked; the class gives it its number.

    Raises:
        ValueError: a part is missing or cannot be.
    """
    kind = next((known for known in get_args(Kind) if known == message.get("kind")), None)
    if kind is None:
        raise ValueError(f"kind must be one of {', '.join(get_args(Kind))}.")
    across = whole(message, "across", 2, MOST_ANSWERS) if kind == "point" and "across" in message else 0
    answers = whole(message, "answers", across**2 or 1, across**2 or MOST_ANSWERS)
    span = table(message, "span", 2)
    if kind in ("point", "value") and not (answers > 1 and span and span[0] < span[1]):
        raise ValueError("span must hold the ends of the axis, the lower one first, and there must be several answers.")
    low = whole(message, "low", 0, answers - 1)
    right = low, whole(message, "high", low, answers - 1)
    scale = table(message, "scale", answers) if kind == "variance" else ()
    return Question(0, kind, link(message), answers, right, across, span, scale=scale)


def table(message: dict[str, Any], name: str, length: int) -> tuple[float, ...]:
    """A number for each answer, or none at all.

    Raises:
        ValueError: there are others, or they are no finite numbers.
    """
    values = message.get(name, [])
    numbers = isinstance(values, list) and all(type(v) in (int, float) and math.isfinite(v) for v in values)
    if not numbers or len(values) not in (0, length):
        raise ValueError(f"{name} must hold {length} finite numbers, or none.")
    return tuple(float(value) for value in values)
