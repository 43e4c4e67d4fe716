"""What the server asks the processes that compute, for the Trade-off screen: from plain values to plain values.

The server loads this module, and so it imports what answers, and torch with it, in its functions alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from pages.parts.state import parameters
from pages.parts.state.setup import image_name
from pages.parts.state.state import State

FILES = (
    *("sweep", "rest", "pictures", "shares"),
    *("sweep.csv", "chart.html", "chart.json", "manifold.png", "codes.json", "snippet.py"),
)
"""The names of what a link can be asked for, which are their addresses below play/."""


@dataclass(frozen=True)
class File:
    """What an address answers with."""

    content: str | bytes
    kind: str  # its media type
    headers: Mapping[str, str] = field(default_factory=dict)


def image_of(link: Mapping[str, str]) -> str:
    """`Setup.image` of what a link asks for, which may be nonsense."""
    model, digit = (link.get(each.name, str(each.default)) for each in (parameters.MODEL, parameters.DIGIT))
    return image_name(model, digit, link.get("example", "1"))


def image_asked_for(text: str) -> str:
    """The same of a question; nothing if it is none."""
    try:
        question = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return image_of(question) if is_question(question) else ""


def is_question(question: object) -> TypeGuard[dict[str, str]]:
    """Whether this is an object of texts."""
    return isinstance(question, dict) and all(isinstance(value, str) for value in question.values())


def of_screen(state: State, known_path: str, known_static: str) -> dict[str, Any]:
    """What the screen shows of a state; as text where what is the same as before is not to be read again.

    Args:
        state: what the link says.
        known_path: the name of the path whose diagnostics the browser has.
        known_static: the name of the static layer that the browser has.
    """
    from pages.parts.tradeoff import answers

    return answers.of_screen(state, known_path, known_static)


def answer(text: str) -> str | bytes:
    """One of the parts, for a question that names it beside the link; or why it is refused."""
    from pages.parts.tradeoff import answers

    return answers.answer(text)


def file(name: str, link: Mapping[str, str]) -> File:
    """What one of `FILES` holds for a link.

    Raises:
        ValueError: a parameter cannot be used.
    """
    from pages.parts.tradeoff import answers

    return answers.FILES[name](answers.read(link))
