"""Every parameter of the Trade-off screen, declared once: its name in the link, its range and its default."""

import numpy as np

from pages.parts.state.kinds import Choice, Control, Numbers, Real, Switch, Whole
from vaecore.data.digits_file import digits_per_class
from vaecore.data.model_card import ModelCard, model_card, names

DEFAULT_MODEL = "digits-2"

ONE_NUMBER = ("number", "humps")
"""The models whose x is one real number instead of an image."""

GRID = tuple(float(np.float32(f"{step:.3g}")) for step in (*np.geomspace(1e-4, 1, 209)[:-1], *np.geomspace(1, 4, 33)))
"""The 241 steps of the variance slider and of every sweep: 52 a decade, 0.0001, 0.001, 0.01, 0.1, 1, 2 and 4 among them.

Three digits each, so that what the slider says is the step itself (to float32, in which the models compute).
"""

VARIANCE_LOW, VARIANCE_HIGH = 1e-6, 4.0
"""Between which every variance of q must lie."""

MODEL = Choice("model", tuple(names()), DEFAULT_MODEL)
DIGIT = Choice("digit", tuple("0123456789"), "7")
BETA = Choice("beta", ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"), "1")
SEED = Whole("seed", 0, 999, 0)
UNITS = Choice("units", ("nats", "bits"), "nats")
VIEW = Choice("view", ("costs", "variance", "rate"), "costs")
PREDICT = Switch("predict")
X = Real("x", -5, 5, 1.0, 0.05)
WEIGHT = Real("w", -3, 3, 1.0, 0.05)
BIAS = Real("b", -3, 3, 0.0, 0.05)

CHALLENGE = Choice(
    "challenge", ("none", "tight", "encoder", "free", "efold", "blind", "hump", "share", "collapse", "positive"), "none"
)

ON_EVERY_SCREEN = ("embed", "embed_options", "hide", "task", "panels", "class")
"""Parameters that Streamlit itself reads, or the frame for a class; no screen calls them invalid."""


def source(card: ModelCard) -> Choice:
    """Where q comes from; "encoder" only if the model has one."""
    options = ("encoder", "best", "prior", "hand") if card.has_encoder else ("best", "prior", "hand")
    return Choice("q", options, options[0])


def slider_mode(card: ModelCard) -> Choice:
    """What the variance slider varies: all variances together, one of them, or a multiple of the encoder's."""
    several = ("each",) if card.latents > 1 else ()
    encoder = ("encoder",) if card.has_encoder else ()
    return Choice("move", ("all", *several, *encoder), "encoder" if card.has_encoder and card.latents > 2 else "all")


def example(count: int) -> Whole:
    """Which of so many test digits of a class."""
    return Whole("example", 1, count, 1)


def sigma_x(trained: float) -> Real:
    """The standard deviation of the decoder's pixels; the default is the value of the training."""
    return Real("sigma_x", 0.05, 1.0, trained)


def means(latents: int, name: str = "mean", *, empty: str = "the encoder’s mean") -> Numbers:
    """q's mean in every dimension, or that of the pinned q; `empty` says what an empty text means."""
    return Numbers(name, -8, 8, (latents,), empty)


def variances(latents: int, name: str = "variance", *, empty: str = "the encoder’s variance") -> Numbers:
    """q's variance, one for all dimensions or one for each, or that of the pinned q; `empty` as above."""
    return Numbers(name, VARIANCE_LOW, VARIANCE_HIGH, tuple(sorted({1, latents})), empty)


def dimension(latents: int) -> Whole:
    """The dimension that the slider varies alone, counted from 1."""
    return Whole("dimension", 1, latents, 1)


def of_settings(model: str) -> tuple[Control, ...]:
    """The settings beside q that the screen has for a model: model, image, decoder noise, β, unit."""
    card = model_card(model)
    image = (X,) if model in ONE_NUMBER else (DIGIT, example(min(digits_per_class())))
    line = (WEIGHT, BIAS) if model == "number" else ()
    noise = () if card.sigma_x is None else (sigma_x(card.sigma_x),)
    return (MODEL, *image, *line, *noise, BETA, UNITS)


def of_q(model: str) -> tuple[Control, ...]:
    """Everything about q and how it is shown: what the screen's own element holds and commits."""
    card = model_card(model)
    latents, owner = card.latents, "encoder’s" if card.has_encoder else "best q’s"
    return (
        source(card),
        means(latents, empty=f"the {owner} mean"),
        variances(latents, empty=f"the {owner} variance"),
        slider_mode(card),
        dimension(latents),
        VIEW,
        means(latents, "pin_mean", empty="no pinned q"),
        variances(latents, "pin_variance", empty="no pinned q"),
        PREDICT,
        SEED,
    )
