"""What the server asks the processes that compute, for the derivation: modules that load torch, in functions alone."""

from functools import cache, lru_cache
from typing import TypedDict

from pages.parts.compute.workers import in_process
from pages.parts.derivation.step_names import EXAMPLE, QUIZ
from pages.parts.derivation.steps.step import Content, Place

_TITLES = {EXAMPLE: "Use it on real images", QUIZ: "The quiz"}


class Shown(TypedDict):
    """What a step shows at one position of its sliders."""

    sweeps: str
    """JSON of its sweeps along every slider."""
    words: str
    """The chart in words."""
    wordsWhileHidden: str
    """The same without what is hidden at first."""


@cache
@in_process
def contents() -> dict[int, Content]:
    """The steps that have sliders, by number."""
    from pages.parts.derivation.sequence import STEPS

    return {number: step.content for number, step in STEPS.items()}


def title(number: int) -> str:
    """The title of a step."""
    return _TITLES.get(number) or contents()[number].title


@lru_cache(maxsize=64)
@in_process
def picture(number: int, choice: str) -> str:
    """The static layer of a step's chart, as JSON (`static_layer.picture_of`)."""
    from pages.parts.derivation import static_layer

    return static_layer.picture_of(number, choice)


@lru_cache(maxsize=48)
@in_process
def shown(number: int, choice: str, place: Place) -> Shown:
    """What a step shows at one position of its sliders."""
    from pages.parts.derivation import sweeps
    from pages.parts.derivation.sequence import STEPS

    step = STEPS[number]
    numbers, texts, _ = sweeps.at(number, place, choice)
    known = {name: value for name, value in numbers.items() if name not in step.hidden}
    return {
        "sweeps": sweeps.text_of(number, place, choice),
        "words": step.words(numbers, texts, choice),
        "wordsWhileHidden": step.words(known, texts, choice),
    }
