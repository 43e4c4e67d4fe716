"""What Python sends the script of "Your loss"."""

from typing import TypedDict

from pages.parts.web.payload_types import Figure


class LossData(TypedDict):
    """The element's data. What is long travels as JSON in a text, so that an equal text need not be read again."""

    turn: int
    """The number of the last commit that Python has seen."""
    table: str
    """JSON of a `LossTable`."""


class TileData(TypedDict):
    """One of the numbers that the loss implies."""

    name: str
    """Its name in the style sheet."""
    label: str
    """What it is."""
    under: str
    """What stands below the number."""
    texts: list[str]
    """The number at every stop, as it is shown."""


class SpectrumData(TypedDict):
    """The spectrum of the images, and the water level at every stop."""

    title: str
    """The chart's title."""
    figure: Figure
    """What does not move."""
    eigenvalues: str
    """Variances along the principal directions, largest first: float64, packed."""
    levels: str
    """The water level at every stop: float64, packed."""
    above: list[int]
    """How many directions are above the water, at every stop."""
    active: list[int]
    """How many of them the latents can keep, at every stop."""
    range: tuple[float, float]
    """The least and the largest level that the chart shows."""


class CurveData(TypedDict):
    """What the loss makes of one image, against the variance of q, at every stop."""

    figure: Figure
    """What does not move."""
    steps: str
    """The variances at which the curve has points: float64, packed."""
    heights: str
    """How far the loss lies above its minimum: a row of points at every stop, float32, packed."""
    best: str
    """The variance at which the loss is smallest, at every stop: float64, packed."""
    tallest: float
    """The greatest height that the chart shows."""
    title: str
    """The chart's title."""
    how: str
    """How accurate the curve is."""


class LossTable(TypedDict):
    """What the loss means at every stop of the KL weight."""

    weights: list[str]
    """The KL weight at every stop, as it is shown and committed."""
    own: int
    """The stop at which it is."""
    demand: str
    """The sentence on what may be typed."""
    colours: dict[str, str]
    """Colours for the style sheet, by the meaning of each."""
    tiles: list[TileData]
    """In the order in which they are shown."""
    headlines: list[str]
    """The first sentence, at every stop."""
    verdicts: list[str]
    """The second sentence, at every stop."""
    spectrum: SpectrumData | None
    """The spectrum; None where the form of the loss fixes no water level."""
    curve: CurveData
    """The curve of one image."""
