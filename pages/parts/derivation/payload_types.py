"""What Python sends the scripts of the derivation."""

from typing import Any, Literal, TypedDict

from pages.parts.web.payload_types import Figure


class DoorData(TypedDict):
    """A link to another screen, and what to do there."""

    key: str
    """The name under which progress keeps that it was opened, after the prefix; empty where it does not."""
    link: str
    """The link inside the app."""
    label: str
    """What the link says."""
    task: str
    """What to do there."""
    seen: str
    """What there was to see, shown once it was opened."""


class DoorsData(TypedDict):
    """Links to other screens."""

    doors: list[DoorData]
    """In the order in which they are shown."""
    prefix: str
    """What stands before every key in the names of progress."""
    all: str
    """The name under which progress keeps that all were opened; empty where it does not."""
    colours: dict[str, str]
    """Colours for the style sheet: done, q."""


class TicksStep(TypedDict):
    """A step, and what there is to do in it."""

    name: str
    """Its number and short name."""
    keys: dict[str, str]
    """The names of progress, by what is done."""


class TicksData(TypedDict):
    """What there is to do in the derivation."""

    steps: list[TicksStep]
    """Every step in which there is something to do."""
    open: str
    """The name of the step that is open; empty where all are listed."""
    colour: str
    """The colour of what is done."""


class ImageSpec(TypedDict):
    """A square image beside the chart."""

    name: str
    """Its name in the sweeps."""
    label: str
    """Its caption."""


class LessonData(TypedDict):
    """A step with sliders. What is long travels as JSON in a text, so that an equal text need not be read again."""

    task: str
    """The name under which progress keeps that the step's task is done."""
    question: str
    """The name under which progress keeps that the step's question is answered."""
    page: str
    """The html of the step."""
    untouched: bool
    """Whether every slider is where it is at first."""
    turn: int
    """The number of the last commit that Python has seen."""
    choice: str
    """Which of the step's variants is shown."""
    values: dict[str, float]
    """Where the sliders are, by name."""
    declared: str
    """JSON of `Declared`."""
    picture: str
    """JSON of `Picture`."""
    sweeps: str
    """JSON of a `PackedSweep` for every slider, by its name."""
    words: str
    """The chart in words, for those who do not see it."""
    wordsWhileHidden: str
    """The same without the numbers that are hidden until the task has been done or the question answered."""


class SliderSpec(TypedDict):
    """A slider of a step."""

    name: str
    """Its name in the link."""
    label: str
    """What stands beside it."""
    symbol: str
    """The symbol of the formula with which it lights up."""
    low: float
    """The least value that may be typed."""
    high: float
    """The largest value that may be typed."""
    whole: bool
    """Whether only whole numbers may be typed."""


class QuantitySpec(TypedDict):
    """How a quantity of the formula is written."""

    digits: int
    """Decimals."""
    width: int
    """The least number of characters, so that the formula stays where it is."""
    symbol: str
    """The symbol with which it lights up; empty without one."""
    told: str
    """Its name in the sentence on what a movement changed; empty where that does not mention it."""


class PresetSpec(TypedDict):
    """A button that moves sliders."""

    label: str
    """What it says."""
    values: dict[str, float]
    """Where it moves them, by their names."""


class Declared(TypedDict):
    """The parts of a step that never change."""

    sliders: list[SliderSpec]
    """In the order in which they are shown."""
    quantities: dict[str, QuantitySpec]
    """By the name in the formula."""
    colours: dict[str, str]
    """The colour of every symbol."""
    presets: list[PresetSpec]
    """In the order in which they are shown."""
    hiddenUntilDone: list[str]
    """The numbers that are hidden until the task has been done."""
    hiddenUntilAnswered: list[str]
    """The numbers and curves that are hidden until the question has been answered."""
    images: list[ImageSpec]
    """The images beside the chart."""


class LayerSpec(TypedDict):
    """Something in the chart that moves, placed by numbers or curves of the sweep, by their names, or by fixed numbers."""

    kind: Literal["curve", "area", "points", "outline", "mark", "upright", "level", "bar"]
    """What is drawn."""
    symbol: str
    """The symbol of the formula with which it lights up, and whose colour it has."""
    label: str
    """Its name in the legend; empty without an entry."""
    x: Any
    """Where it is across: the name of a number or a curve, or a number."""
    y: Any
    """How high it is: the name of a number or a curve, or a number."""
    base: str
    """The number on which a bar stands; empty for 0."""
    size: float
    """Its size: a radius in pixels, or the width of a bar on the axis; 0 for the usual one."""
    dash: str
    """How its line is dashed: empty, dash or dot."""
    axes: Literal["", "2"]
    """The pair of axes that it belongs to."""
    pattern: Literal["", "hatched", "dotted"]
    """What fills a bar beside its colour; as on the Trade-off screen the width's part is hatched, the shape's dotted."""
    asked: bool
    """Whether "hidden" stands at the foot of a bar whose number is."""


class Picture(TypedDict):
    """The chart of a step."""

    figure: Figure
    """What does not move."""
    layers: list[LayerSpec]
    """What moves, from the lowest up."""
    x: dict[str, str]
    """Where the points of every curve lie across: float32, packed, by the name of the curve."""


class PackedSweep(TypedDict):
    """Everything at all stops of a slider, while the others hold still."""

    stops: list[float]
    """The values at which the slider stops."""
    own: int
    """The stop at which it is."""
    numbers: dict[str, str]
    """A number at every stop: float64, packed, by name."""
    curves: dict[str, str]
    """A row of heights at every stop: float32, packed, by name."""
    texts: dict[str, list[str]]
    """A text at every stop, by name."""
    images: dict[str, str]
    """An image at every stop: grey values as bytes, packed, by name."""
    done: str
    """A 1 for every stop at which the step's task is done, otherwise a 0."""
