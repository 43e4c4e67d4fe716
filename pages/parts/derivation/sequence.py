"""The steps in their order, by number; the eighth and the ninth lead to other screens."""

from pages.parts.derivation.steps import closed_form, expanding, integral, jensen, objective, posterior, refresher
from pages.parts.derivation.steps.step import Step

STEPS: dict[int, Step] = dict(
    enumerate((step.STEP for step in (refresher, integral, posterior, jensen, expanding, closed_form, objective)), start=1)
)

EXAMPLE, QUIZ = 8, 9
"""The steps that lead to other screens."""

TITLES = {**{number: step.title for number, step in STEPS.items()}, EXAMPLE: "Use it on real images", QUIZ: "The quiz"}
"""The title of every step."""

SHORT = {
    1: "KL", 2: "integral", 3: "posterior", 4: "Jensen", 5: "expanding", 6: "closed form", 7: "loss",
    EXAMPLE: "try it", QUIZ: "quiz",
}  # fmt: skip
"""A word for every step."""
