"""The trade-off as costs: reconstruction lost and KL, stacked from one zero, against the variance of q.

With R* = max_z log p(x|z), reconstruction lost = R* − E_q[log p(x|z)] and KL add up to R* − ELBO. No q gets below the floor
R* − log p(x), and what lies between floor and sum is the gap (`vaecore.evaluate.costs`).
"""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.records import Evidence, VarianceSweep
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import NO_HOVER, Trace, line, points
from vaecore.figures.tradeoff import VarianceAxis
from vaecore.figures.units import Unit
from vaecore.figures.values import decades, lowest, values

COST_TRACES = ("cost_kl", "cost_lost", "cost", "cost_best", "cost_objective", "cost_objective_best")
"""The `meta` of the traces that every sweep brings."""


def cost_curves(
    sweep: VarianceSweep, best_reconstruction: float, beta: float = 1.0, unit: Unit = Unit.NATS
) -> dict[str, Float[np.ndarray, " steps"]]:
    """The curves for the first image of the sweep, by their traces' `meta`; R* is in nats."""
    kl = values(sweep.kl)[0].sum(-1)
    lost = best_reconstruction - values(sweep.reconstruction)[0]
    curves = {"cost_kl": kl, "cost_lost": kl + lost, "cost": kl + lost, "cost_objective": beta * kl + lost}
    return {name: unit.per_nat * curve for name, curve in curves.items()}


def costs_chart(
    sweep: VarianceSweep,
    *,
    evidence: Evidence,
    best_reconstruction: float,
    top: float,
    at: int | None = None,
    axis: VarianceAxis | None = None,
    beta: float = 1.0,
    unit: Unit = Unit.NATS,
    height: int = 262,
) -> dict[str, Any]:
    """Draw what q costs above the decoder's best image of x, with step `at` marked if one is given.

    Args:
        sweep: the terms along the variance slider.
        evidence: log p(x).
        best_reconstruction: R*, in nats.
        top: the height of the chart, in nats; it should not depend on q.
        at: the step of q.
        axis: what stands under the curves.
        beta: the weight of KL in the objective, which for another weight than 1 is a curve of its own.
        unit: of all costs.
        height: of the chart in pixels.
    """
    axis = axis or VarianceAxis.of(sweep)
    scale, curves = axis.scale, cost_curves(sweep, best_reconstruction, beta, unit)
    floor = unit.per_nat * (best_reconstruction - float(values(evidence.value)[0]))
    hover = {"hovertemplate": "%{y:.3f}"}

    kl = line(scale, curves["cost_kl"], "KL", Colour.KL, width=1.5)
    lost = line(scale, curves["cost_lost"], "reconstruction lost", Colour.RECONSTRUCTION, width=0)
    data: list[Trace] = [
        kl | {"meta": "cost_kl", "fill": "tozeroy", "fillcolor": faded(Colour.KL, 0.3)} | hover,
        lost | {"meta": "cost_lost", "fill": "tonexty", "fillcolor": faded(Colour.RECONSTRUCTION, 0.3)} | NO_HOVER,
        line(scale, curves["cost"], "KL + reconstruction lost", Colour.COST) | {"meta": "cost"} | hover,
    ]
    marks = [("cost", curves["cost"], "best σ² for this mean", "diamond")]
    if beta != 1:
        name = f"{beta:g}·KL + reconstruction lost"
        data.append(line(scale, curves["cost_objective"], name, Colour.COST, "dash") | {"meta": "cost_objective"} | hover)
        marks.append(("cost_objective", curves["cost_objective"], f"best σ² for {beta:g}·KL + lost", "triangle-up"))
    level = line(scale[[0, -1]], np.array([floor, floor]), "floor: no q costs less", Colour.EVIDENCE, "dash", 2)
    data.append(level | {"meta": "cost_floor"} | hover)
    for meta, curve, name, symbol in marks:
        best, least = lowest(scale, curve)
        mark = points([best], [least], name, Colour.COST, symbol)
        data.append(mark | {"meta": f"{meta}_best", "hovertemplate": "%{x:.3g}: %{y:.3f}"})
    if at is not None:
        for meta, colour in (("cost_kl", Colour.KL), ("cost", Colour.COST)):
            now = points([scale[at]], [curves[meta][at]], "now", colour, edge=3, edge_colour=Colour.Q)
            data.append(now | {"showlegend": False} | NO_HOVER)
    layout: dict[str, Any] = {
        "xaxis": {"type": "log", "title": {"text": axis.title}, **decades(*scale[[0, -1]]), "ticklabelstandoff": 4},
        "yaxis": {
            "title": {"text": unit.value},
            "range": [0.0, unit.per_nat * top],
            "zeroline": False,
        },
        "hovermode": "x",
    }
    if at is not None:
        now_line = {"color": Colour.Q, "width": 2}
        layout["shapes"] = [
            {"type": "line", "x0": scale[at], "x1": scale[at], "y0": 0, "y1": 1, "yref": "paper", "line": now_line}
        ]
    return dress(data, layout, height=height)
