"""Computes every step as it opens, before the first visitor comes."""

from pages.parts.derivation import sweeps
from pages.parts.derivation.sequence import STEPS
from pages.parts.derivation.static_layer import picture_of


def warm_up() -> None:
    """Fill the caches that every step's first view needs."""
    for number, step in STEPS.items():
        choice = str(step.choice.control.default) if step.choice else ""
        picture_of(number, choice)
        sweeps.text_of(number, sweeps.place_of(step.sliders, {}), choice)
