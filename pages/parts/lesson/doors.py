"""The last two steps: doors to the screens where what was derived is used."""

from dataclasses import dataclass

import streamlit as st

from pages.parts.assets import BASE
from pages.parts.lesson import progress


@dataclass(frozen=True)
class Door:
    """A link into the app, and what to do there."""

    link: str
    label: str
    task: str


def show(number: int) -> None:
    """What stands on the page of a step that has no sliders of its own."""
    progress.ticks(full=True)
