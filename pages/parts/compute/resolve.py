"""Who chose q, and what the sliders move: what the link says of it, read and written.

The instrument holds the hand and commits it as text, under the names that `permalink` declares; the link is where that text
is kept. Nothing else remembers q, so a copied link, a reload and the browser's back button all show the same q.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pages.parts.compute import cached, models
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.state.sweep_path import SweepPath

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Hand:
    """One q, and the path on which the variance slider moves it."""

    whose: str  # "encoder", "best", "prior" or "hand"
    mean: Numbers
    variance: Numbers
    path: SweepPath
    dimension: int  # the one that is moved alone, from 0
    seed: int  # of the images' samples


def read(link: Mapping[str, str], setup: Setup, beta: float) -> Hand:
    """The hand that a link describes.

    Raises:
        ValueError: a value is none of its control; the sentence says what was expected and what came.
    """
    model = models.model_of(setup)
    latents, has_encoder = model.latent_dim, model.encoder is not None
    controls = {control.name: control for control in parameters.of_hand(has_encoder, latents)}
    ours = {name: text for name, text in link.items() if name in controls}
    refused = parameters.refused(ours, tuple(controls.values()))
    if refused:
        raise ValueError(" ".join(refused.values()))
    texts = {name: str(ours.get(name, control.default)) for name, control in controls.items()}
    whose = texts["q"]
    if "q" not in ours and (texts["mean"] or texts["variance"]):
        whose = "hand"
    mean, variance = _chosen(whose, texts, setup, beta, latents)
    dimension = int(texts["dimension"]) - 1
    path = SweepPath.along(texts["move"], variance, dimension, _encoder_variance(setup))
    return Hand(whose, mean, variance, path, dimension, int(texts["seed"]))


def pinned(link: Mapping[str, str], latents: int) -> tuple[Numbers, Numbers] | None:
    """Mean and variance of the q that was pinned; None without a pin."""
    mean, variance = (
        control.read(link.get(control.name, ""))
        for control in (parameters.means(latents, "pin_mean"), parameters.variances(latents, "pin_variance"))
    )
    return (mean, _for_each(variance, latents)) if mean and variance else None


def _chosen(whose: str, texts: Mapping[str, str], setup: Setup, beta: float, latents: int) -> tuple[Numbers, Numbers]:
    if whose == "prior":
        return (0.0,) * latents, (1.0,) * latents
    encoder = cached.encoder_answer(setup)
    if whose == "best" or encoder is None:
        mean, variance = cached.q_of(cached.best(setup, beta))
    else:
        mean, variance = cached.q_of(encoder)
    if whose == "hand":
        # What the hand has left out is what the encoder says, or the best q where there is no encoder.
        mean = parameters.means(latents).read(texts["mean"]) or mean
        variance = _for_each(parameters.variances(latents).read(texts["variance"]) or variance, latents)
    return mean, variance


def _encoder_variance(setup: Setup) -> Numbers | None:
    encoder = cached.encoder_answer(setup)
    return None if encoder is None else cached.q_of(encoder)[1]


def _for_each(variance: Numbers, latents: int) -> Numbers:
    return variance * latents if len(variance) == 1 else variance
