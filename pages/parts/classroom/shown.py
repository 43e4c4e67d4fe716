"""What a class is shown: its present state, the question that is open, and the counts for its presenter."""

from typing import Any

from pages.parts.classroom.records import Question
from pages.parts.classroom.registry import Registry


def present_state(registry: Registry, code: str, browser: str | None) -> dict[str, Any]:
    """The first message to a follower by the name of its browser, or to the presenter.

    Raises:
        OSError: the registry cannot be reached.
    """
    asked, mine = registry.question(code), None
    if browser is None:
        registry.seen(code)
    elif asked:
        mine = registry.answer(code, asked.number, asked.round, browser)
    return {"welcome": code, "link": registry.link(code), "question": question(registry, code), "mine": mine}


def question(registry: Registry, code: str) -> dict[str, Any] | None:
    """The question that is open as everybody may see it: the answers only once they are revealed.

    Raises:
        OSError: the registry cannot be reached.
    """
    asked = registry.question(code)
    if asked is None:
        return None
    names = ("number", "kind", "round", "answers", *(name for name in ("across", "span") if getattr(asked, name)))
    shown: dict[str, Any] = {name: getattr(asked, name) for name in names}
    if asked.kind in ("choice", "value"):
        shown["about"] = asked.link.partition("#")[2]  # the question's key on that screen
    if asked.revealed:
        rounds = shown["rounds"] = _rounds(registry, code, asked)
        right = sorted({answer for answers in rounds for answer in answers if asked.is_right(answer)})
        shown |= {"scale": asked.scale, "lost": asked.lost, "right": right}
        if asked.span:
            shown["best"] = asked.best
    return shown


def points(registry: Registry, code: str, asked: Question) -> list[int]:
    """The different points that a class has chosen in all rounds, in their order; none for other kinds of questions.

    Raises:
        OSError: the registry cannot be reached.
    """
    return sorted(set().union(*_rounds(registry, code, asked))) if asked.kind == "point" else []


def _rounds(registry: Registry, code: str, asked: Question) -> list[list[int]]:
    return [registry.answers(code, asked.number, round_) for round_ in range(1, asked.round + 1)]


def counts(registry: Registry, code: str) -> dict[str, int]:
    """How many have answered, and how many of them are right.

    Raises:
        OSError: the registry cannot be reached.
    """
    counted = registry.counts(code)
    return {"answered": counted.answered, "right": counted.right}
