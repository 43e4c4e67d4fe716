"""What the element shows while the KL weight moves: everything that the loss means, at every stop of the slider.

Plain data, ready for JSON: arrays as base64 of their bytes, numbers that are read as the text that is shown.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pages.parts.loss import verdicts
from pages.parts.loss.meaning import CURVE_STRIDE, Meaning, Spectrum, meaning, reference_curve, spectrum_of
from pages.parts.loss.questions import Eigenvalues
from pages.parts.state import parameters
from pages.parts.web import legend, number_text
from pages.parts.web.chart_payload import packed
from vaecore.figures.excess_over_minimum import TALLEST, excess_over_minimum_chart
from vaecore.figures.spectrum import HIGHEST, LOWEST, spectrum_chart
from vaecore.figures.theme import Colour
from vaecore.figures.values import values
from vaecore.losses.best_variance import excess_over_minimum
from vaecore.losses.form import LossForm

WEIGHTS = tuple(float(f"{weight:.3g}") for weight in np.geomspace(1e-6, 1e3, 181))
"""The stops of the slider: 20 a decade, 1 among them. Any other weight that a link holds is a stop of its own."""


def table(
    form: LossForm, own_noise: float, own_eigenvalues: Eigenvalues | None = None, weight_text: str = ""
) -> dict[str, Any]:
    """The meaning at every stop of the KL weight, and the two charts on which it moves.

    Args:
        form: the loss.
        own_noise: the visitor's own σₓ.
        own_eigenvalues: of the visitor's own images.
        weight_text: how the visitor wrote the KL weight, such as 1/784.
    """
    weights = sorted({*WEIGHTS, form.kl_weight})
    at = [meaning(replace(form, kl_weight=weight), own_noise, own_eigenvalues) for weight in weights]
    setup, own = reference_curve(form.data), weights.index(form.kl_weight)
    noise = "" if setup.noise_variance is None else f", σₓ = {math.sqrt(setup.noise_variance):.3f}"
    steps, spectrum = np.array(setup.path.scales), spectrum_of(form, own_eigenvalues)
    curve = excess_over_minimum_chart(
        steps, values(excess_over_minimum(setup.sweep, 1.0))[0], elbo_name=f"−ELBO of {setup.name}{noise}, β = 1"
    )
    return {
        "weights": [
            weight_text if weight_text and k == own and 0 < k < len(weights) - 1 else f"{weight:.10g}"
            for k, weight in enumerate(weights)
        ],
        "own": own,
        "demand": f"The KL weight must be a number or a fraction from {WEIGHTS[0]:g} to {WEIGHTS[-1]:g}.",
        "colours": {colour.name.lower(): colour.value for colour in Colour},
        "tiles": verdicts.tiles(at),
        "headlines": [verdicts.headline(one) for one in at],
        "verdicts": [verdicts.verdict(one) for one in at],
        "spectrum": None if spectrum is None or any(one.filling is None for one in at) else _spectrum(spectrum, at),
        "curve": {
            "figure": _figure(curve),
            "steps": packed(steps[::CURVE_STRIDE]),
            "heights": packed(np.array([one.height for one in at]).ravel(), np.float32),
            "best": packed(np.array([one.best.variance for one in at])),
            "tallest": TALLEST,
            "title": f"Best variance of {setup.name}, digit {parameters.DIGIT.default}",
            "how": number_text.WORDS[setup.sweep.accuracy],
        },
    }


def _spectrum(spectrum: Spectrum, at: list[Meaning]) -> dict[str, Any]:
    fillings = [one.filling for one in at if one.filling is not None]
    eigenvalues = spectrum.eigenvalues / spectrum.unit
    return {
        "title": f"{spectrum.whose} spectrum",
        "figure": _figure(spectrum_chart(eigenvalues)),
        "eigenvalues": packed(eigenvalues[eigenvalues >= LOWEST]),
        "levels": packed(np.array([filling.level / spectrum.unit for filling in fillings])),
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
