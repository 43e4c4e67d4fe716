"""A set list: prepared states of the app in the order in which a class will see them.

It is a small file, or the same text in a link:

    {"elbo-room": "set list", "version": 1, "states": [{"title": "A wide q", "link": "/?variance=1&q=hand"}]}

What is no set list, and every state that cannot be shown, gets its sentence; the rest is kept.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pages.parts.state import classroom
from pages.parts.state.screens import ROOM, TITLES
from pages.parts.state.state import State
from pages.parts.web import assets

_QUESTION = re.compile(r"[A-Za-z0-9/-]{1,60}")
"""The key of a question to the class."""
MOST_STATES, LONGEST_TITLE, LONGEST_LINK = 200, 120, 4000
LARGEST_FILE = 1_000_000  # bytes

LESSON = assets.text("presenting/lesson.json")
"""A set list that is ready for a class: ten minutes on q, the bound and its gap, with a question in most states."""


@dataclass(frozen=True)
class PreparedState:
    """One screen as it was prepared: a title, and its address inside the app."""

    title: str
    link: str


def read(text: str) -> tuple[tuple[PreparedState, ...], tuple[str, ...]]:
    """The states of a set list that can be shown, and a sentence on everything that cannot."""
    try:
        written: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return (), (f"This is not a set list: expected JSON{where}; got {_shown(text)}.",)
    if not isinstance(written, dict) or written.get("elbo-room") != "set list":
        return (), (f'This is not a set list: expected an object with "elbo-room": "set list"; got {_shown(written)}.',)
    if written.get("version") != 1:
        return (), (f"The set list's version must be 1; got {_shown(written.get('version'))}.",)
    listed = written.get("states")
    if not isinstance(listed, list):
        return (), (f"The set list's states must be a list; got {_shown(listed)}.",)
    states, sentences = [], []
    for number, entry in enumerate(listed[:MOST_STATES], start=1):
        try:
            states.append(_state(entry))
        except ValueError as error:
            sentences.append(f"State {number} was left out: {error}")
    over = len(listed) - MOST_STATES
    if over > 0:
        sentences.append(f"A set list has at most {MOST_STATES} states; the {over} after them were left out.")
    return tuple(states), tuple(sentences)


def error(link: str) -> str | None:
    """Why a link opens no state of this app; None if it does."""
    within = link.startswith("/") and not link.startswith("//") and "\\" not in link
    if not within or any(sign < " " for sign in link):
        return f"its link must begin with / and stay in this app; got {_shown(link)}."
    if len(link) > LONGEST_LINK:
        return f"its link must have at most {LONGEST_LINK} characters; got {len(link)}."
    try:
        parts = urlsplit(link)
        screen = unquote(parts.path).strip("/")
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError as error:
        return f"its link cannot be read ({error}); got {_shown(link)}."
    if parts.fragment and not _QUESTION.fullmatch(parts.fragment):
        return f"its question, behind the #, must be named by letters, digits, - and /; got {_shown(parts.fragment)}."
    if screen not in TITLES:
        known = ", ".join(f"/{name}" for name in sorted(TITLES))
        return f"its link must lead to one of {known}; got {_shown(parts.path)}."
    invalid = classroom.read(parameters).invalid
    if invalid:
        return f"its link has invalid class settings. {invalid[0].error}"
    if screen in ROOM:
        invalid = tuple(State.invalid(parameters).values())
        if invalid:
            return f"its link has invalid parameters. {' '.join(parameter.error for parameter in invalid)}"
    return None


def _state(entry: Any) -> PreparedState:
    """One entry of the list.

    Raises:
        ValueError: it is no state, or its link opens none; the sentence says what was expected and what came.
    """
    if not isinstance(entry, dict):
        raise ValueError(f"it must have a title and a link; got {_shown(entry)}.")
    for name in ("title", "link"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise ValueError(f"its {name} must be a text; got {_shown(entry.get(name))}.")
    reason = error(entry["link"])
    if reason:
        raise ValueError(reason)
    return PreparedState(entry["title"].strip()[:LONGEST_TITLE], entry["link"])


def _shown(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    if not text:
        return "nothing"
    return text if len(text) <= 60 else f"{text[:60]}…"
