"""The answers to what the Trade-off screen asks (`questions`), where they are computed: nothing here knows of the server."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pages.parts.compute.kept import kept
from pages.parts.compute.resolve import Resolved, evaluated_once, resolve
from pages.parts.state.state import State
from pages.parts.tradeoff import descriptions, exports, guesses, manifold, payload, static_layer
from pages.parts.tradeoff.pictures import PICTURE_STEPS
from pages.parts.tradeoff.pin import pin
from pages.parts.tradeoff.questions import File, is_question


def read(link: Mapping[str, str]) -> Resolved:
    """What a link asks for.

    Raises:
        ValueError: a parameter cannot be used; the sentence says what was expected and what came.
    """
    return resolve(State.from_valid_link(link))


def of_screen(state: State, known_path: str, known_static: str) -> dict[str, Any]:
    """What `questions.of_screen` asks for."""
    resolved = resolve(state)
    key, static = static_layer.text_of(resolved)
    return {
        "q": resolved.q.source,
        "pictureSteps": PICTURE_STEPS,
        "staticKey": key,
        "staticLayer": "" if key == known_static else static,
        "sweep": json.dumps(payload.sweep(resolved, known_path)),
        "pin": json.dumps(pin(resolved, state.pin)),
        "words": descriptions.descriptions(resolved, known_path),
    }


def answer(text: str) -> str | bytes:
    """What `questions.answer` asks for."""
    try:
        return _written(text)
    except (ValueError, RecursionError) as error:
        return json.dumps({"refused": str(error)})


@kept  # a whole class asks the same while its presenter drags the mean
def _written(text: str) -> str | bytes:
    found = _asked(text)
    return found if isinstance(found, bytes) else json.dumps(found)


def _asked(text: str) -> dict[str, Any] | bytes:
    if not text:
        raise ValueError("a question must be an object of texts, as JSON; got none.")
    question: Any = json.loads(text)
    if not is_question(question):
        raise ValueError(f"a question must be an object of texts; got {text:.80}.")
    part = question.pop("part", "sweep")
    if part == "guesses":
        means = question.pop("means", "")
        return _guessed(read(question), means)
    if part not in _PARTS:
        raise ValueError(f"part must be one of {', '.join(_PARTS)}, guesses; got {part:.40}.")
    return _PARTS[part](read(question))


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
"""What each of `questions.FILES` holds."""
