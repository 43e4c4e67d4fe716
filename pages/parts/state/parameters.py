"""Every control of the Trade-off screen, declared once: its name in the link, its type, its default and its range.

The state of the screen is its address. Streamlit keeps its own widgets and the address together and drops, without a word,
what it cannot use; here a bad value gets its sentence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

import vaecore

DEFAULT_MODEL = "digits-2"

GRID = tuple(float(np.float32(f"{step:.3g}")) for step in (*np.geomspace(1e-4, 1, 209)[:-1], *np.geomspace(1, 4, 33)))
"""The 241 steps of the variance slider and of every sweep: 52 a decade, 0.0001, 0.001, 0.01, 0.1, 1, 2 and 4 among them.

Three digits each, so that what the slider says is the step itself (to float32, in which the models compute).
"""


VARIANCE_LOW, VARIANCE_HIGH = 1e-6, 4.0
"""Between which every variance of q must lie."""


@dataclass(frozen=True)
class Choice:
    """One of several names."""

    name: str
    options: tuple[str, ...]
    default: str

    def refusal(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        return None if text in self.options else f"must be one of {', '.join(self.options)}"


@dataclass(frozen=True)
class Real:
    """A number in a range. The slider moves in steps; a link may hold any number between."""

    name: str
    low: float
    high: float
    default: float
    step: float = 0.01

    def refusal(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        number = _number(text)
        return None if number is not None and self.low <= number <= self.high else _range(self.low, self.high)


@dataclass(frozen=True)
class Whole:
    """A whole number in a range."""

    name: str
    low: int
    high: int
    default: int

    def refusal(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        if text.isascii() and text.isdigit() and self.low <= int(text) <= self.high:
            return None
        return f"must be a whole number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Switch:
    """On or off; off unless the link says true."""

    name: str
    default: str = "false"

    def refusal(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        return None if text.lower() in ("true", "false") else "must be true or false"


@dataclass(frozen=True)
class Numbers:
    """Numbers with spaces or commas between, as many as one of `counts`; no text at all means what `stand_in` says."""

    name: str
    low: float
    high: float
    counts: tuple[int, ...]
    stand_in: str
    default: str = ""

    def refusal(self, text: str) -> str | None:
        """Why the text is no value of this control; None if it is one."""
        numbers = [_number(word) for word in _words(text)]
        if not numbers:
            return None
        within = all(number is not None and self.low <= number <= self.high for number in numbers)
        return None if within and len(numbers) in self.counts else f"must be {self.demand}"

    @property
    def demand(self) -> str:
        """What may be typed, in words."""
        if self.counts == (1,):
            return f"one number from {self.low:g} to {self.high:g}"
        return f"{' or '.join(str(count) for count in self.counts)} numbers from {self.low:g} to {self.high:g}"

    def read(self, text: str) -> tuple[float, ...]:
        """The numbers in a text that is not refused."""
        return tuple(float(np.float32(word)) for word in _words(text))


Control = Choice | Real | Whole | Switch | Numbers

MODEL = Choice("model", tuple(vaecore.names()), DEFAULT_MODEL)
DIGIT = Choice("digit", tuple("0123456789"), "7")
BETA = Choice("beta", ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"), "1")
SEED = Whole("seed", 0, 999, 0)
UNITS = Choice("units", ("nats", "bits"), "nats")
VIEW = Choice("view", ("variance", "rate"), "variance")
PREDICT = Switch("predict")
X = Real("x", -5, 5, 1.0, 0.05)
WEIGHT = Real("w", -3, 3, 1.0, 0.05)
BIAS = Real("b", -3, 3, 0.0, 0.05)

CHALLENGE = Choice(
    "challenge", ("none", "tight", "encoder", "free", "efold", "blind", "hump", "share", "collapse", "positive"), "none"
)

_STAND_INS = {
    "mean": "the encoder's answer",
    "variance": "the encoder's answer",
    "pin_mean": "no pin",
    "pin_variance": "no pin",
}

NOT_OURS = ("embed", "embed_options", "hide", "task")
"""Parameters that Streamlit itself answers to, or the frame on every screen."""


def whose_q(has_encoder: bool) -> Choice:
    """Who chose q: its options depend on whether the model has an encoder."""
    names = ("encoder", "best", "prior", "hand") if has_encoder else ("best", "prior", "hand")
    return Choice("q", names, names[0])


def move(has_encoder: bool, latents: int) -> Choice:
    """What the variance slider moves: all dimensions alike, one of them, or a multiple of the encoder's own variances."""
    names = ("all", *(("each",) if latents > 1 else ()), *(("encoder",) if has_encoder else ()))
    return Choice("move", names, "encoder" if has_encoder and latents > 2 else "all")


def example(count: int) -> Whole:
    """Which of the digits of the class."""
    return Whole("example", 1, count, 1)


def sigma_x(trained: float) -> Real:
    """The decoder's noise; the default is what it was trained with."""
    return Real("sigma_x", 0.1, 1.0, min(max(trained, 0.1), 1.0))


def means(latents: int, name: str = "mean") -> Numbers:
    """q's mean in every dimension, or that of the pinned q."""
    return Numbers(name, -8, 8, (latents,), stand_in=_STAND_INS[name])


def variances(latents: int, name: str = "variance") -> Numbers:
    """q's variance, one for all dimensions or one for each, or that of the pinned q."""
    return Numbers(name, VARIANCE_LOW, VARIANCE_HIGH, tuple(sorted({1, latents})), stand_in=_STAND_INS[name])


def dimension(latents: int) -> Whole:
    """The dimension that is moved alone, counted from 1."""
    return Whole("dimension", 1, latents, 1)


def of_hand(has_encoder: bool, latents: int) -> tuple[Control, ...]:
    """What the instrument itself holds, beside the choices of the bench."""
    return (
        whose_q(has_encoder),
        means(latents),
        variances(latents),
        move(has_encoder, latents),
        dimension(latents),
        VIEW,
        means(latents, "pin_mean"),
        variances(latents, "pin_variance"),
        PREDICT,
        SEED,
    )


def refused(link: Mapping[str, str], controls: tuple[Control, ...]) -> dict[str, str]:
    """The parameters of the link that are refused or that no control answers to, each with a sentence."""
    known = {control.name: control for control in controls}
    sentences = {}
    for name, text in link.items():
        if name in NOT_OURS:
            continue
        if name not in known:
            sentences[name] = f"{name} is no control of this model, so {name}={_quoted(text)} was left out."
            continue
        control = known[name]
        refusal = control.refusal(text)
        if refusal:
            default = control.stand_in if isinstance(control, Numbers) else _shown(control.default)
            sentences[name] = f"{name} {refusal}; got {_quoted(text)}, so {default} was put in its place."
    return sentences


def written(numbers: tuple[float, ...]) -> str:
    """Numbers as the link holds them: the fewest digits that give the same float32 again."""
    return " ".join(str(np.float32(number)) for number in numbers)


def written_once(numbers: tuple[float, ...]) -> str:
    """The same, but a single number where all are alike."""
    return written(numbers[:1] if len(set(numbers)) == 1 else numbers)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _range(low: float, high: float) -> str:
    return f"must be a number from {low:g} to {high:g}"


def _shown(default: str | float) -> str:
    return f"{default:.4g}" if isinstance(default, float) else str(default)


def _quoted(text: str) -> str:
    if not text:
        return "nothing"
    return text if len(text) <= 40 else f"{text[:40]}…"
