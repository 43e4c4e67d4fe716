"""The same sweep as a curve in the plane of rate and distortion (Alemi et al., Fixing a Broken ELBO, 2018)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.records import Evidence, VarianceSweep
from vaecore.figures.theme import Colour, dress
from vaecore.figures.tradeoff import curves_of, window_of
from vaecore.figures.units import Unit
from vaecore.figures.values import values


@dataclass(frozen=True, eq=False)
class Lines:
    """The straight lines of the plane, from the left end of the chart to the right one, and what its axes show."""

    rate: Float[np.ndarray, " 2"]  # both ends
    bound: Float[np.ndarray, " 2"]  # distortion where rate + distortion = −log p(x)
    lowest: Float[np.ndarray, " 2"]  # distortion where the objective is the best of the sweep
    low: float
    high: float


def lines_of(curves: Mapping[str, Float[np.ndarray, " steps"]], floor: float, beta: float) -> Lines:
    """The lines for a sweep's curves (`tradeoff.curves_of`) above the floor −log p(x)."""
    window = window_of(curves, floor, ())
    rate = np.array([0.0, 1.1 * float(curves["kl"].max())])
    bound = floor - rate
    return Lines(rate, bound, float(curves["objective"].min()) - beta * rate, min(window.low, bound[1]), window.high)


def rate_distortion_chart(
    sweep: VarianceSweep, *, evidence: Evidence, beta: float = 1.0, unit: Unit = Unit.NATS, height: int = 262
) -> dict[str, Any]:
    """Draw distortion −E_q[log p(x|z)] over rate KL, for the first image of the sweep.

    Lines of equal objective have the slope −beta; the lowest that the curve touches is drawn, and with slope −1 the line
    distortion + rate = −log p(x), below which nothing can be.
    """
    curves = curves_of(sweep, beta, unit)
    lines = lines_of(curves, -unit.per_nat * float(values(evidence.value)[0]), beta)
    data: list[dict[str, Any]] = []
    for meta, name, x, y, colour, dash, width in (
        ("rate", "−reconstruction over KL", curves["kl"], curves["reconstruction"], Colour.RECONSTRUCTION, "solid", 4),
        ("bound", "rate + distortion = −log p(x)", lines.rate, lines.bound, Colour.EVIDENCE, "dot", 3),
        ("lowest", f"lowest: slope −{beta:g}", lines.rate, lines.lowest, Colour.ELBO, "dash", 2),
    ):
        data.append(
            {
                "type": "scatter",
                "x": x,
                "y": y,
                "meta": meta,
                "name": name,
                "mode": "lines",
                "line": {"color": colour, "dash": dash, "width": width, "simplify": False},
                "hovertemplate": "rate %{x:.3f}, distortion %{y:.3f}",
            }
        )
    layout = {
        "xaxis": {"title": {"text": f"rate: KL ({unit.value})"}, "range": lines.rate.tolist(), "zeroline": False},
        "yaxis": {
            "title": {"text": f"distortion ({unit.value})"},
            "range": [lines.low, lines.high],
            "zeroline": False,
        },
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)
