"""The steps in their order, by number; the eighth and the ninth are doors to other screens."""

from pages.parts.lesson.step import Step
from pages.parts.lesson.steps import closed_form, refresher

STEPS: dict[int, Step] = {
    1: refresher.STEP,
    6: closed_form.STEP,
}

TITLES = {
    **{number: step.title for number, step in STEPS.items()},
    8: "The interactive example",
    9: "The quiz",
}
"""Of every step."""

SHORT = {1: "KL", 2: "integral", 3: "posterior", 4: "Jensen", 5: "expand", 6: "closed form", 7: "loss", 8: "try it", 9: "quiz"}
"""The same as a word each."""
