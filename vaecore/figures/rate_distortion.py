"""A sweep as a curve in the plane of rate and distortion (Alemi et al. 2018, "Fixing a Broken ELBO")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.records import Evidence, VarianceSweep
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import line, points
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
    """Draw the distortion −E_q[log p(x|z)] against the rate KL, for the first image of the sweep.

    Lines of equal objective have the slope −beta; the lowest one that touches the curve is drawn, with the best step of the
    sweep on it, and with slope −1 the line distortion + rate = −log p(x), below which no q can be.
    """
    curves = curves_of(sweep, beta, unit)
    lines = lines_of(curves, -unit.per_nat * float(values(evidence.value)[0]), beta)
    reached = line(curves["kl"], curves["reconstruction"], "every σ²", Colour.RECONSTRUCTION, width=4)
    bound = line(lines.rate, lines.bound, "rate + distortion = −log p(x)", Colour.EVIDENCE, "dot")
    # Wide and pale, so that a line on top of it hides neither.
    equal = line(lines.rate, lines.lowest, f"slope −{beta:g} through ◆", Colour.ELBO, "dash", 7)
    equal["line"] |= {"color": faded(Colour.ELBO, 0.5)}
    least = int(curves["objective"].argmin())
    best = points([curves["kl"][least]], [curves["reconstruction"][least]], "best of the curve", Colour.COST, "diamond")
    traces = {"rate": reached, "bound": bound, "rate_best": best, "lowest": equal}
    hover = {"hovertemplate": "rate %{x:.3f}, distortion %{y:.3f}"}
    data = [trace | {"meta": meta} | hover for meta, trace in traces.items()]
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
