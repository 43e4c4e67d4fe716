"""What the element plays back while the KL weight moves: everything that the loss means, at every stop of the slider.

Plain data, ready for JSON; arrays travel as base64 of their bytes, numbers to be read as the text that is shown.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from pages.parts.compute import cached
from pages.parts.loss import verdicts
from pages.parts.loss.verdicts import Meaning
from pages.parts.state import parameters
from pages.parts.state.kinds import Real
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from pages.parts.web import legend, number_text
from pages.parts.web.chart_payload import packed
from vaecore.core.records import VarianceSweep
from vaecore.data.model_card import model_card
from vaecore.figures.excess_over_minimum import TALLEST, excess_over_minimum_chart
from vaecore.figures.spectrum import HIGHEST, LOWEST, spectrum_chart
from vaecore.figures.theme import Colour
from vaecore.figures.values import values
from vaecore.losses import water_filling
from vaecore.losses.form import DataTerm, LossForm, excess_over_minimum

WEIGHTS = tuple(float(f"{weight:.3g}") for weight in np.geomspace(1e-6, 1e3, 181))
"""The stops of the slider: 20 a decade, 1 among them. Any other weight that a link holds is a stop of its own."""

_EVERY = 3  # of the sweep's steps, for the curve that moves: 81 points


@dataclass(frozen=True)
class CurveBench:
    """A shipped model of two latents on its first image, and the sweep of q's variance about the encoder's mean."""

    name: str
    noise_variance: float | None  # None where pixels are black or white
    path: SweepPath
    sweep: VarianceSweep


@lru_cache(maxsize=2)
def bench_for(data: DataTerm) -> CurveBench:
    """The shipped model whose pixels are those of the data term."""
    name = "digits-2-binary" if data is DataTerm.CROSS_ENTROPY else parameters.DEFAULT_MODEL
    setup = Setup(name, int(parameters.DIGIT.default))
    encoder = cached.encoder_gaussian(setup)
    if encoder is None:
        raise ValueError(f"the model of this screen must have an encoder; {name} has none.")
    mean, variance = cached.q_of(encoder)
    path = SweepPath.along(SliderMode.ALL, variance, 0, None)
    noise = model_card(name).sigma_x
    return CurveBench(name, None if noise is None else noise**2, path, cached.sweep(setup, mean, path))


@lru_cache(maxsize=512)
def meaning(form: LossForm, own_noise: float) -> Meaning:
    """All that a loss of this form means, with the visitor's own σx for the β that it then has."""
    eigenvalues = water_filling.mnist_spectrum()
    setup = bench_for(form.data)
    level, noise = form.level, None
    if level is not None:
        noise = form.noise_variance()
    elif form.data is DataTerm.LEARNED_NOISE and form.beta is not None:
        noise = water_filling.learned_noise_variance(eigenvalues, form.latents, form.beta)
        level = form.beta * noise
    beta = form.beta_on_variances(setup.noise_variance)
    height = values(excess_over_minimum(setup.sweep, beta))[0]
    best, best_of_elbo = int(height.argmin()), int(values(setup.sweep.best_step())[0])
    elbo = values(setup.sweep.elbo)[0]
    return Meaning(
        form=form,
        level=level,
        noise_variance=noise,
        beta=form.beta,
        beta_for_own=None if form.level is None else form.beta_for(own_noise**2),
        filling=None if level is None else water_filling.reverse_water_filling(eigenvalues, level, form.latents),
        best_variance=setup.path.scales[best],
        lost=float(elbo[best_of_elbo] - elbo[best]),
        elbo_variance=setup.path.scales[best_of_elbo],
        height=tuple(height[::_EVERY].tolist()),
    )


def table(form: LossForm, own_noise: float) -> dict[str, Any]:
    """The meaning at every stop of the KL weight, and the two charts on which it moves."""
    weights = sorted({*WEIGHTS, form.kl_weight})
    at = [meaning(replace(form, kl_weight=weight), own_noise) for weight in weights]
    setup, own = bench_for(form.data), weights.index(form.kl_weight)
    noise = "" if setup.noise_variance is None else f", σx = {math.sqrt(setup.noise_variance):.3f}"
    steps = np.array(setup.path.scales)
    curve = excess_over_minimum_chart(
        steps, values(excess_over_minimum(setup.sweep, 1.0))[0], elbo_name=f"−ELBO of {setup.name}{noise}, β = 1"
    )
    return {
        "weights": [f"{weight:g}" for weight in weights],
        "own": own,
        "demand": f"The KL weight {Real('', WEIGHTS[0], WEIGHTS[-1], 1.0).error('')}.",
        "colours": {colour.name.lower(): colour.value for colour in Colour},
        "tiles": verdicts.tiles(at),
        "headlines": [verdicts.headline(one) for one in at],
        "verdicts": [verdicts.verdict(one) for one in at],
        "spectrum": None if at[own].filling is None else _spectrum(at),
        "curve": {
            "figure": _figure(curve),
            "steps": packed(steps[::_EVERY]),
            "heights": packed(np.array([one.height for one in at]).ravel(), np.float32),
            "best": packed(np.array([one.best_variance for one in at])),
            "tallest": TALLEST,
            "title": f"Best variance of {setup.name}, digit {parameters.DIGIT.default}",
            "how": number_text.WORDS[setup.sweep.accuracy],
        },
    }


@lru_cache(maxsize=64)
def text_of(form: LossForm, own_noise: float) -> str:
    """The table as JSON."""
    return json.dumps(table(form, own_noise))


def _spectrum(at: list[Meaning]) -> dict[str, Any]:
    fillings = [one.filling for one in at if one.filling is not None]
    eigenvalues = water_filling.mnist_spectrum()
    return {
        "figure": _figure(spectrum_chart(eigenvalues)),
        "eigenvalues": packed(eigenvalues[eigenvalues >= LOWEST]),
        "levels": packed(np.array([filling.level for filling in fillings])),
        "above": [filling.above for filling in fillings],
        "active": [filling.active for filling in fillings],
        "range": [LOWEST, HIGHEST],
    }


def _figure(chart: Mapping[str, Any]) -> dict[str, Any]:
    data = [
        {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in trace.items()}
        for trace in chart["data"]
    ]
    return {
        "data": data,
        "layout": {**chart["layout"], "showlegend": False, "height": None},
        "legend": legend.legend_of(dict(chart)),
    }
