"""What a step of the derivation is: texts, sliders, a chart, and a table of numbers for every position of the sliders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8

from pages.parts.quiz.question import Question
from pages.parts.state import kinds
from vaecore.figures.theme import Colour

Columns = Mapping[str, Float[np.ndarray, " stops"]]
"""The sliders' positions: for each slider, its value at every stop of the one that moves."""


@dataclass(frozen=True)
class Slider:
    """A slider: it moves between stops, values of few digits, so that what it shows is what is computed."""

    name: str  # in the link
    label: str
    symbol: str  # the quantity that it changes, whose colour it has
    low: float
    high: float
    default: float
    log: bool = False
    notable: tuple[float, ...] = ()  # values that must be among the stops
    only: tuple[float, ...] = ()  # all of the stops, where they are listed one by one
    whole: bool = False
    count: int = 101

    @property
    def stops(self) -> tuple[float, ...]:
        """The values that the slider can take, in rising order."""
        if self.only:
            return self.only
        even = np.geomspace(self.low, self.high, self.count) if self.log else np.linspace(self.low, self.high, self.count)
        stops = [float(f"{value:.3g}") if self.log else round(float(value), 3) for value in even]
        for value in (self.default, *self.notable):
            stops[int(np.abs(np.array(stops) - value).argmin())] = value
        return tuple(sorted({round(stop) for stop in stops} if self.whole else set(stops)))

    @property
    def control(self) -> kinds.Real | kinds.Whole:
        """The same as a parameter of the link."""
        if self.whole:
            return kinds.Whole(self.name, int(self.low), int(self.high), int(self.default))
        return kinds.Real(self.name, self.low, self.high, self.default)


@dataclass(frozen=True)
class Quantity:
    """A number that the step shows: its name in formulas and tables, its number of digits and its colour."""

    name: str
    symbol: str
    digits: int = 3
    width: int = 0  # in characters, so that a formula does not move when its numbers do
    told: str = ""  # its name in the sentence about the last move; "" if that leaves it out


@dataclass(frozen=True, eq=False)
class Table:
    """All that a step shows, for every stop of the slider that moves."""

    numbers: Mapping[str, Float[np.ndarray, " stops"]]
    done: Bool[np.ndarray, " stops"]  # whether the task is done there
    curves: Mapping[str, Float[np.ndarray, "stops points"]] = field(default_factory=dict)
    texts: Mapping[str, list[str]] = field(default_factory=dict)  # numbers that are shown in words
    images: Mapping[str, UInt8[np.ndarray, "stops pixels"]] = field(default_factory=dict)  # grey values


@dataclass(frozen=True)
class Layer:
    """Something that moves on the chart, named by the numbers or curves that it follows.

    kind: "curve" (y over x), "area" (the same, filled down to 0), "points" (curves named x and y), "outline" (a closed line
    through curves named x and y), "mark" (numbers named x and y), "upright" (a line at the number x), "level" (a line at the
    number y), "bar" (about x, from the number `base`, or from 0, to the number y).
    """

    kind: str
    y: str = ""
    x: str | float = ""
    symbol: str = ""
    label: str = ""  # in the legend
    dash: str = ""
    base: str = ""
    size: float = 0  # a bar's width in units of x, or a mark's radius in pixels
    axes: str = ""  # "2" for the second pair
    pattern: str = ""  # of a bar: "hatched" or "dotted"
    asked: bool = False  # whether "hidden" stands at the foot of a bar whose number is


@dataclass(frozen=True)
class Image:
    """A square image beside the chart, one of the table's, and its caption."""

    name: str
    label: str


@dataclass(frozen=True, eq=False)
class Picture:
    """The chart of a step: a Plotly figure that does not change, and the layers that move over it."""

    chart: dict[str, Any]
    layers: tuple[Layer, ...]
    x: Mapping[str, Float[np.ndarray, " points"]] = field(default_factory=dict)  # of each curve that moves


@dataclass(frozen=True)
class Choice:
    """Which of several cases the step is about: a Streamlit control above the sliders."""

    control: kinds.Choice
    label: str
    names: Mapping[str, str]  # of each option, as it is shown


@dataclass(frozen=True)
class Preset:
    """Positions of the sliders that a button sets."""

    label: str
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one step of the derivation consists of, without what computes: plain values, which travel between processes."""

    title: str
    story: str  # Markdown
    question: Question  # a prediction, before the sliders are moved
    symbols: Mapping[str, Colour]
    formula: str  # MathML, line by line
    sliders: tuple[Slider, ...]
    quantities: tuple[Quantity, ...]
    task: str
    seen: str  # what there was to be seen, shown once the task has been done
    how: str  # how the numbers are computed, and how accurate they are
    presets: tuple[Preset, ...] = ()
    choice: Choice | None = None
    after: str = ""  # Markdown below all of it
    code: str = ""  # Python below that
    hidden_until_done: tuple[str, ...] = ()  # numbers that are shown only once the task has been done
    hidden_until_answered: tuple[str, ...] = ()  # numbers and curves that would answer the question
    images: tuple[Image, ...] = ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is hidden at first."""
        return (*self.hidden_until_done, *self.hidden_until_answered)

    @property
    def controls(self) -> tuple[kinds.Control, ...]:
        """The parameters of the link that this step uses."""
        choice = (self.choice.control,) if self.choice else ()
        return (*choice, *(slider.control for slider in self.sliders))


@dataclass(frozen=True, kw_only=True)
class Step(Content):
    """One step of the derivation: its content, and how its chart, its numbers and its words are made."""

    picture: Callable[[str], Picture]  # for the choice, "" where there is none
    table: Callable[[Columns, str], Table]
    words: Callable[[Mapping[str, float], Mapping[str, str], str], str]  # the chart in words, from numbers, texts and choice

    @property
    def content(self) -> Content:
        """The content alone."""
        return Content(**{field.name: getattr(self, field.name) for field in fields(Content)})


Place = tuple[tuple[str, float], ...]
"""The sliders' positions, by name."""


def place_of(sliders: tuple[Slider, ...], link: Mapping[str, str]) -> Place:
    """The sliders' positions in a link whose values have been checked."""
    return tuple((slider.name, float(link.get(slider.name, slider.default))) for slider in sliders)
