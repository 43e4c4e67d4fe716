"""What a question is about: as long as it is open the presenter's screen has to show that."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from pages.parts.classroom.records import Question
from pages.parts.state.screens import ROOM
from pages.parts.state.state import State

_OPENING = "0"  # the step of the derivation that a link without one opens


def left(asked: Question, link: str) -> bool:
    """Whether a screen is no longer the one that a question was asked on.

    An open question holds the image, the model and what it takes of q as given; once it is revealed q may move, since its
    answers stand beside the exact one.

    Args:
        asked: the question.
        link: of the screen.
    """
    return _subject(asked, asked.link.partition("#")[0]) != _subject(asked, link)


def stays(asked: Question, link: str) -> bool:
    """Whether a screen still shows all that a revealed question took as given, so that it can be voted on again.

    Args:
        asked: the question.
        link: of the screen.
    """
    return not left(replace(asked, revealed=False), link)


def _subject(asked: Question, link: str) -> tuple[object, ...]:
    parts = urlsplit(link)
    screen, parameters = parts.path.strip("/"), dict(parse_qsl(parts.query))
    if screen not in ROOM:
        return screen, parameters.get("step", _OPENING)
    state, _ = State.from_link(parameters)
    bench = "", state.setup, state.beta, state.unit
    if asked.revealed:
        return bench
    if asked.kind == "variance":  # the slider is free to move, on this path
        return *bench, state.mean, state.slider_mode, state.dimension
    return *bench, state.source, state.mean, state.variance
