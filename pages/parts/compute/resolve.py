"""From what a link says to the q that it means: above the cache, since the encoder's q and the best q are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from pages.parts.compute import cached
from pages.parts.compute.models import make_ready, model_of
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode, Source, State
from pages.parts.state.sweep_path import SweepPath
from vaecore.core.evaluation_mode import evaluation_mode
from vaecore.figures.units import Unit

Numbers = tuple[float, ...]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class QState:
    """One q, and the path along which the variance slider moves it."""

    source: Source
    mean: Numbers
    variance: Numbers
    path: SweepPath
    dimension: int  # that the slider varies alone, counted from 0
    seed: int  # of the samples’ noise


@dataclass(frozen=True)
class Resolved:
    """Everything that the numbers of a state depend on."""

    setup: Setup
    beta: float
    unit: Unit
    q: QState


def resolve(state: State) -> Resolved:
    """The q that a state means, with what its numbers depend on."""
    make_ready(state.setup)
    mean, variance = _mean_and_variance(state)
    encoder = cached.encoder_q(state.setup) if state.slider_mode is SliderMode.ENCODER else None
    path = SweepPath.along(state.slider_mode, variance, state.dimension, None if encoder is None else encoder[1])
    q = QState(state.source, mean, variance, path, state.dimension, state.seed)
    return Resolved(state.setup, state.beta, Unit(state.unit), q)


def evaluated_once(part: Callable[Concatenate[Resolved, P], R]) -> Callable[Concatenate[Resolved, P], R]:
    """The part, whose model is made ready for its evaluations once and not for each of them."""

    @wraps(part)
    def whole(resolved: Resolved, *args: P.args, **kwargs: P.kwargs) -> R:
        with evaluation_mode(model_of(resolved.setup)):
            return part(resolved, *args, **kwargs)

    return whole


def _mean_and_variance(state: State) -> tuple[Numbers, Numbers]:
    if state.source is Source.PRIOR:
        return (0.0,) * state.latents, (1.0,) * state.latents
    if state.mean and state.variance:
        return state.mean, state.variance
    encoder = None if state.source is Source.BEST else cached.encoder_q(state.setup)
    mean, variance = encoder or cached.best_q(state.setup, state.beta)
    # What a manual q leaves out is the encoder's, or that of the best q where there is no encoder.
    return state.mean or mean, state.variance or variance
