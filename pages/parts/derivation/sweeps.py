"""What the browser shows while a slider moves: for each slider, all numbers and curves at every stop, the others fixed."""

import json
from typing import Any

import numpy as np

from pages.parts.compute.kept import kept
from pages.parts.derivation.sequence import STEPS
from pages.parts.derivation.steps.step import Place, Slider, Table
from pages.parts.web.chart_payload import packed


def stops_of(slider: Slider, value: float) -> tuple[float, ...]:
    """The slider's stops, and the value itself where it lies between them."""
    return tuple(sorted({*slider.stops, value}))


def along(number: int, slider: Slider, place: Place, choice: str) -> Table:
    """The step's table along one slider."""
    others = tuple((name, value) for name, value in place if name != slider.name)
    # Where the slider itself stands does not matter, as long as it is one of its stops.
    return _along(number, slider.name, stops_of(slider, dict(place)[slider.name]), others, choice)


@kept
def _along(number: int, moved: str, stops: tuple[float, ...], others: Place, choice: str) -> Table:
    columns = {name: np.full(len(stops), float(value)) for name, value in others}
    return STEPS[number].table({**columns, moved: np.array(stops, float)}, choice)


def text_of(number: int, place: Place, choice: str) -> str:
    """The sweeps along every slider, as JSON."""
    return json.dumps({slider.name: _sweep(number, slider, place, choice) for slider in STEPS[number].sliders})


def at(number: int, place: Place, choice: str) -> tuple[dict[str, float], dict[str, str], bool]:
    """Numbers, texts, and whether the task is done, at this position of the sliders."""
    slider = STEPS[number].sliders[0]
    table = along(number, slider, place, choice)
    own = stops_of(slider, dict(place)[slider.name]).index(dict(place)[slider.name])
    numbers = {name: float(column[own]) for name, column in table.numbers.items()}
    return numbers, {name: texts[own] for name, texts in table.texts.items()}, bool(table.done[own])


def _sweep(number: int, slider: Slider, place: Place, choice: str) -> dict[str, Any]:
    value = dict(place)[slider.name]
    stops, table = stops_of(slider, value), along(number, slider, place, choice)
    return {
        "stops": stops,
        "own": stops.index(value),
        "numbers": {name: packed(column) for name, column in table.numbers.items()},
        "curves": {name: packed(rows, np.float32) for name, rows in table.curves.items()},
        "texts": dict(table.texts),
        "images": {name: packed(rows, np.uint8) for name, rows in table.images.items()},
        "done": "".join("1" if done else "0" for done in table.done),
    }
