"""The same sweep as a curve in the plane of rate and distortion (Alemi et al., Fixing a Broken ELBO, 2018)."""

from typing import Any

import numpy as np

from vaecore.figures.theme import Colour, dress
from vaecore.figures.tradeoff import curves_of, window_of
from vaecore.figures.units import Unit
from vaecore.figures.values import values
from vaecore.records import Evidence, VarianceSweep


def rate_distortion_chart(
    sweep: VarianceSweep, *, evidence: Evidence, beta: float = 1.0, unit: Unit = Unit.NATS, height: int = 262
) -> dict[str, Any]:
    """Draw distortion −E_q[log p(x|z)] over rate KL, for the first image of the sweep.

    Lines of equal objective have the slope −beta; the lowest that the curve touches is drawn, and with slope −1 the line
    distortion + rate = −log p(x), below which nothing can be.
    """
    curves = curves_of(sweep, beta, unit)
    rate, distortion = curves["kl"], curves["reconstruction"]
    floor = -unit.per_nat * float(values(evidence.value)[0])
    window = window_of(curves, floor, ())
    ends = np.array([0.0, 1.1 * float(rate.max())])
    best = int(curves["objective"].argmin())
    data: list[dict[str, Any]] = []
    for meta, name, x, y, colour, dash, width in (
        ("rate", "−reconstruction over KL", rate, distortion, Colour.RECONSTRUCTION, "solid", 4),
        ("bound", "rate + distortion = −log p(x)", ends, floor - ends, Colour.EVIDENCE, "dot", 3),
        ("lowest", f"lowest: slope −{beta:g}", ends, curves["objective"][best] - beta * ends, Colour.ELBO, "dash", 2),
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
        "xaxis": {"title": {"text": f"rate: KL ({unit.value})"}, "range": ends.tolist(), "zeroline": False},
        "yaxis": {
            "title": {"text": f"distortion ({unit.value})"},
            "range": [min(window.low, floor - ends[1]), window.high],
            "zeroline": False,
        },
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)
