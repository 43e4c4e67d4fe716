"""The steps in their order, by number from 0; the last two lead to other screens."""

from pages.parts.derivation.steps import (
    closed_form,
    expanding,
    holes,
    integral,
    jensen,
    objective,
    posterior,
    refresher,
    two_gaps,
)
from pages.parts.derivation.steps.step import Step

STEPS: dict[int, Step] = dict(
    enumerate(
        step.STEP for step in (holes, refresher, integral, posterior, jensen, expanding, closed_form, objective, two_gaps)
    )
)

EXAMPLE, QUIZ = 9, 10
"""The steps that lead to other screens."""

TITLES = {**{number: step.title for number, step in STEPS.items()}, EXAMPLE: "Use it on real images", QUIZ: "The quiz"}
"""The title of every step."""

SHORT = {
    0: "why", 1: "KL", 2: "integral", 3: "posterior", 4: "Jensen", 5: "expanding", 6: "closed form", 7: "loss",
    8: "gaps",    EXAMPLE: "try it", QUIZ: "quiz",
}  # fmt: skip
"""A word for every step."""
