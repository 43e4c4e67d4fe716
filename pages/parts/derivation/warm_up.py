"""Computes every step as it opens, before the first visitor comes."""

from pages.parts.derivation.questions import contents, picture, shown
from pages.parts.derivation.steps.step import place_of


def warm_up() -> None:
    """Fill the caches that every step's first view needs."""
    for number, step in contents().items():
        choice = str(step.choice.control.default) if step.choice else ""
        picture(number, choice)
        shown(number, choice, place_of(step.sliders, {}))
