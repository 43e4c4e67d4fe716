"""What a browser asks while q is moved, and what a link's screen and files hold: from plain values to plain values.

All of it is computed where `compute.workers` says, so a question is a function of this module with arguments that can be
pickled, and nothing here knows of the server.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from pages.parts.compute.kept import kept
from pages.parts.compute.resolve import Resolved, evaluated_once, resolve
from pages.parts.state import parameters
from pages.parts.state.setup import image_name
from pages.parts.state.state import State
from pages.parts.tradeoff import descriptions, exports, guesses, manifold, payload, static_layer
from pages.parts.tradeoff.pin import pin


@dataclass(frozen=True)
class File:
    """What an address answers with."""

    content: str | bytes
    kind: str  # its media type
    headers: Mapping[str, str] = field(default_factory=dict)


def read(link: Mapping[str, str]) -> Resolved:
    """What a link asks for.

    Raises:
        ValueError: a parameter cannot be used; the sentence says what was expected and what came.
    """
    return resolve(State.from_valid_link(link))


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
    return image_of(question) if _is_question(question) else ""


def of_screen(state: State, known_path: str, known_static: str) -> dict[str, object]:
    """What the screen shows of a state; as text where what is the same as before is not to be read again.

    Args:
        state: what the link says.
        known_path: the name of the path whose diagnostics the browser has.
        known_static: the name of the static layer that the browser has.
    """
    resolved = resolve(state)
    key, static = static_layer.text_of(resolved)
    return {
        "q": resolved.q.source,
        "staticKey": key,
        "staticLayer": "" if key == known_static else static,
        "sweep": json.dumps(payload.sweep(resolved, known_path)),
        "pin": json.dumps(pin(resolved, state.pin)),
        "words": descriptions.descriptions(resolved, known_path),
    }


def answer(text: str) -> str | bytes:
    """One of the parts, for a question that names it beside the link; or why it is refused."""
    try:
        return _written(text)
    except (ValueError, RecursionError) as error:
        return json.dumps({"refused": str(error)})


def file(name: str, link: Mapping[str, str]) -> File:
    """What an address of this name answers with for a link.

    Raises:
        ValueError: a parameter cannot be used.
    """
    return FILES[name](read(link))


@kept  # a whole class asks the same while its presenter drags the mean
def _written(text: str) -> str | bytes:
    found = _asked(text)
    return found if isinstance(found, bytes) else json.dumps(found)


def _asked(text: str) -> dict[str, Any] | bytes:
    if not text:
        raise ValueError("a question must be an object of texts, as JSON; got none.")
    question: Any = json.loads(text)
    if not _is_question(question):
        raise ValueError(f"a question must be an object of texts; got {text:.80}.")
    part = question.pop("part", "sweep")
    if part == "guesses":
        means = question.pop("means", "")
        return _guessed(read(question), means)
    if part not in _PARTS:
        raise ValueError(f"part must be one of {', '.join(_PARTS)}, guesses; got {part:.40}.")
    return _PARTS[part](read(question))


def _is_question(question: object) -> TypeGuard[dict[str, str]]:
    return isinstance(question, dict) and all(isinstance(value, str) for value in question.values())


def _plain(part: Callable[[Resolved], Any]) -> Callable[[Resolved], File]:
    def written(resolved: Resolved) -> File:
        content = part(resolved)
        if isinstance(content, bytes):
            return File(content, "application/octet-stream")
        return File(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")), "application/json")

    return written


def _taken_away(name: str, kind: str, text: Callable[[Resolved], str]) -> Callable[[Resolved], File]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return lambda resolved: File(text(resolved), kind, headers)


def _manifold(resolved: Resolved) -> File:
    # Of the model alone: a browser may keep it for a day.
    return File(manifold.manifold(resolved.setup.model), "image/png", {"Cache-Control": "public, max-age=86400"})


_PARTS: dict[str, Callable[[Resolved], dict | bytes]] = {
    "sweep": evaluated_once(payload.streamed),
    "rest": evaluated_once(payload.diagnostics),
    "pictures": payload.pictures,
    "shares": payload.shares,
}

_guessed = evaluated_once(guesses.lost)

FILES: dict[str, Callable[[Resolved], File]] = {
    **{name: _plain(part) for name, part in _PARTS.items()},
    "sweep.csv": _taken_away("elbo-room-sweep.csv", "text/csv", exports.table),
    "chart.html": _taken_away("elbo-room-chart.html", "text/html", exports.page),
    "chart.json": _plain(exports.chart),
    "manifold.png": _manifold,
    "codes.json": _plain(lambda resolved: manifold.codes(resolved.setup.model)),
    "snippet.py": lambda resolved: File(exports.snippet(resolved), "text/plain"),
}
"""By the names of their addresses below play/."""
