"""The steps that have sliders, in their order, by number from 0. The server knows their contents alone (`questions`)."""

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
