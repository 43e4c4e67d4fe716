"""What Python sends the scripts of the Trade-off screen: with the page, and in answer to their questions.

Information is in the unit that was chosen, nats or bits. "Packed" means base64 of little-endian bytes, row by row.
"""

from typing import Any, Literal, NotRequired, TypedDict

from pages.parts.web.payload_types import Figure


class InstrumentData(TypedDict):
    """The element's data. What is long travels as JSON in a text, so that an equal text need not be read again."""

    markup: str
    """What the element holds; empty where the browser has it already, as it has a static layer."""
    bench: dict[str, str]
    """The link parameters of the model, the image, β and the unit."""
    link: dict[str, str]
    """The link parameters of q and of the view, as far as the link names them."""
    hide: str
    """The names of what a teacher has hidden, with spaces between."""
    panels: str
    """The names of the only panels to be shown, with spaces between; empty for all."""
    challenge: bool
    """Whether a challenge is open: then nothing gives its answer away."""
    turn: int
    """The number of the last commit that Python has seen."""
    controls: "ControlsData"
    """What the controls of q may be set to."""
    settings: "SettingsData"
    """What the settings beside q may be, and are."""
    pictureSteps: int
    """At how many steps of the slider there are pictures."""
    q: str
    """Where q comes from: encoder, best, prior or hand (as the link names it)."""
    staticLayer: str
    """JSON of a `StaticData`; empty where the browser has it already."""
    staticKey: str
    """A name for that text, by which the browser says that it has it."""
    sweep: str
    """JSON of a `PackedSweep`."""
    pin: str
    """JSON of a `PinData`, or null."""
    words: dict[str, str]
    """Every chart in words, for those who do not see it, by the name of its panel."""


class ControlsData(TypedDict):
    """What the controls of q may be set to."""

    defaults: dict[str, str]
    """What is meant by a link without these parameters."""
    moves: list[str]
    """What the variance slider can move: all, each, encoder."""
    encoder: bool
    """Whether the model has an encoder."""


class LandmarkData(TypedDict):
    """A q of special interest."""

    mean: list[float]
    """Its mean in every dimension."""
    variance: list[float]
    """Its variance in every dimension."""
    elbo: float
    """Its ELBO."""


class Landmarks(TypedDict):
    """The q of special interest."""

    encoder: NotRequired[LandmarkData]
    """The encoder's, where there is an encoder."""
    best: LandmarkData
    """The one with the largest objective."""


class StaticData(TypedDict):
    """What no movement of q changes."""

    view: Literal["line", "plane", "dimensions"]
    """How the latent space is shown."""
    grid: list[float]
    """The variances at the steps of the slider."""
    beta: float
    """The weight of the KL."""
    unit: str
    """The unit of all information: nats or bits."""
    colours: dict[str, str]
    """Colours for the style sheet, by the meaning of each."""
    evidence: float
    """log p(x)."""
    atLeast: str
    """The sign before log p(x), the gap and the approximation gap: "≥ " where they are lower bounds, otherwise empty."""
    floorError: str
    """What the floor's number is followed by: " ± " and its error where log p(x) is a lower bound, otherwise empty."""
    accuracy: dict[Literal["kl", "evidence", "residual", "latents"], str]
    """How the KL, log p(x), the residual and the chart of the latent space were computed."""
    landmarks: Landmarks
    """The q of special interest."""
    bestReconstruction: float
    """R*, log p(x|z) at the code z whose decoding fits x best: no q reconstructs better."""
    costTop: float
    """The height of the chart of costs, above R*: it depends on the model, the image, σₓ and the unit alone."""
    guessScales: dict[Literal["kl", "evidence"], tuple[float, float]]
    """The ends of the scales on which a class guesses KL, and log p(x) or the ELBO: the same for every image."""
    bestElbo: float
    """The largest ELBO of a Gaussian with independent dimensions."""
    bestTerms: dict[Literal["reconstruction", "kl"], float] | None
    """Its terms; None while a setting is dragged on which they depend."""
    bestObjective: float
    """The largest objective of a Gaussian with independent dimensions."""
    bestAlongSlider: float
    """The largest objective along the variance slider when q has the mean of that Gaussian."""
    approximation: float
    """The approximation gap: what even the best q leaves."""
    amortisation: float | None
    """The amortisation gap: what the encoder's q loses against the best; None without an encoder."""
    charts: dict[Literal["costs", "tradeoff", "rate", "latents"], Figure]
    """The charts, whose moving parts are left out."""
    formula: NotRequired[str]
    """A model of one number in formulas; images have none."""
    bell: NotRequired[list[tuple[float, float]]]
    """Points of the density of N(0, 1), for a model of one number."""
    x: NotRequired[str]
    """The image: a byte for each pixel, packed; a model of one number has none."""
    bestDrawing: NotRequired[str]
    """What the decoder makes of the single z that fits the image best, in the same form."""


AccuracyTexts = tuple[list[str], str]
"""How the numbers of a column were computed: each text once, and for every number the index of its text, a packed byte."""


class WindowData(TypedDict):
    """What the axes of the trade-off chart show."""

    range: tuple[float, float]
    """The ends of the axis of −ELBO."""
    domain: tuple[float, float]
    """Its part of the chart's height, from the bottom."""
    kl: dict[str, Any]
    """Plotly's settings of KL's axis: in a panel of its own, or with the others and without labels."""


class LinesData(TypedDict):
    """The lines in the plane of rate and distortion."""

    rate: list[float]
    """The rates at which they are given."""
    bound: list[float]
    """Distortions at which the ELBO is log p(x)."""
    lowest: list[float]
    """Distortions at which the objective is as good as the best of this sweep."""
    window: tuple[float, float]
    """The distortions that the chart shows."""


class DiagnosticsAtQ(TypedDict):
    """Gap, residual and forces at q itself."""

    gap: float
    """KL(q || p(z|x)), computed independently of log p(x) and the ELBO; their difference while q moves."""
    gapAccuracy: str
    """How it was computed."""
    residual: float | None
    """log p(x) − ELBO − gap, which is 0 but for errors."""
    atBestMean: float | None
    """The objective if the mean alone becomes the best q's; null where the slider passes q, and while q moves."""
    reconstructionByMean: list[float]
    """The slope of the reconstruction along each mean."""
    klByMean: list[float]
    """The slope of the KL along each mean."""
    reconstructionByVariance: float
    """The slope of the reconstruction along the logarithm of the variance that the slider moves."""
    klByVariance: float
    """The slope of the KL along it."""


class DecodedMeanData(TypedDict):
    """What the decoder makes of q's mean."""

    pixels: str
    """The image: 64 levels, four pixels in three bytes, packed."""
    likelihood: float
    """log p(x|z) at z = q's mean."""


class PackedSweep(TypedDict):
    """Every quantity at every stop of the variance slider, and what holds at q itself.

    KL, ELBO and objective follow from these. "In planes" means packed by significance: all first bytes, then all second.
    """

    mean: list[float]
    """The mean of q in every dimension."""
    variance: list[float]
    """Its variance in every dimension."""
    path: str
    """A name for mean and path, by which the browser knows whether it has the `PackedDiagnostics` of them."""
    followsPath: bool
    """Whether the numbers at q are those of a step of the path."""
    base: list[float]
    """The variance in every dimension where the slider says 1."""
    moved: list[bool]
    """Which dimensions the slider moves; the others keep their base."""
    scales: list[float] | None
    """What the slider says at every step of the path; null for the variances of the grid."""
    ownScale: float
    """What it says at q."""
    own: int
    """The stop at which q is."""
    onPath: bool
    """Whether that stop is a step of the path; otherwise it lies between two."""
    lowest: int
    """The step of the path with the largest objective."""
    perNat: float
    """How many of the unit make a nat."""
    beta: float
    """The weight of the KL in the objective."""
    reconstruction: str
    """E_q[log p(x|z)] at every stop: float64 in planes."""
    error: NotRequired[str]
    """Its standard error at every stop, where it is estimated: float32 in planes."""
    accuracy: AccuracyTexts
    """How reconstruction, ELBO and objective were computed at every stop."""
    curvesAccuracy: str
    """How the curves of the chart were computed."""
    window: WindowData
    """What the axes of the trade-off chart show."""
    lines: LinesData
    """The lines in the plane of rate and distortion."""
    now: DiagnosticsAtQ
    """Gap, residual and forces at q."""
    fixed: "FixedNumbers"
    """log p(x) and R* of the settings that were asked for."""
    picture: NotRequired[str]
    """Average image, samples and their spread: in 64 levels or, while q moves, in 16 (`pictures.fine`, `coarse`): packed."""
    decodedMean: NotRequired["DecodedMeanData"]
    """What the decoder makes of q's mean; a model of one number has none."""


class PackedDiagnostics(TypedDict):
    """Gap and slopes of the reconstruction at every step of the path, the slopes as in `DiagnosticsAtQ`."""

    path: str
    """Its name."""
    gap: str
    """float64 in planes."""
    gapAccuracy: AccuracyTexts
    """How the gap was computed at every step."""
    reconstructionByMean: str
    """A row of all steps for each dimension: float32 in planes."""
    reconstructionByVariance: str
    """float32 in planes."""


class SharesData(TypedDict):
    """What parts the gap of every q about a mean into the shares of mean, width and shape."""

    bestAboutMean: float
    """The largest ELBO about this mean, every variance free."""


class DialData(TypedDict):
    """A setting that is a slider; its values are texts as the link holds them."""

    name: str
    """The link parameter."""
    label: str
    """Its symbol."""
    value: str
    """Its value."""
    default: str
    """What it is without a link."""
    low: float
    """The smallest number."""
    high: float
    """The largest number."""
    step: float
    """Between the stops of the slider."""
    options: list[str]
    """All values that it can have, in rising order, where these are not all numbers of a range."""


class SettingsData(TypedDict):
    """The settings beside q; the values of those that are no sliders are in `bench`."""

    models: list[tuple[str, str]]
    """The name of every model, and what the list calls it."""
    about: str
    """A sentence on the model."""
    examples: int
    """How many test digits of a class are on offer; 0 where x is a number."""
    dials: list[DialData]
    """The settings that are sliders."""


class FixedNumbers(TypedDict):
    """What a setting changes and no movement of q."""

    evidence: float
    """log p(x)."""
    bestReconstruction: float
    """R*, as in `StaticData`."""


class PinData(TypedDict):
    """The pinned q, A, with which q is compared."""

    mean: list[float]
    """Its mean in every dimension."""
    variance: list[float]
    """Its variance in every dimension."""
    scale: float
    """What the variance slider would say."""
    reconstruction: float
    """Its reconstruction."""
    kl: float
    """Its KL."""
    elbo: float
    """Its ELBO."""
    objective: float
    """Its β-objective."""
    gap: float
    """Its gap."""


class CodesData(TypedDict):
    """Where the encoder puts the test digits on offer."""

    codes: list[tuple[float, float, int]]
    """The encoder's mean of each digit in two dimensions, and its class."""
