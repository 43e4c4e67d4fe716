"""Two objectives against the variance of q, each above its own lowest point: the ELBO's, and another that moves."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress

TALLEST = 24.0
"""Of the chart's axis, in nats."""


def excess_over_minimum_chart(
    variances: Float[np.ndarray, " steps"],
    elbo: Float[np.ndarray, " steps"],
    *,
    elbo_name: str = "−ELBO",
    other_name: str = "your loss",
    height: int = 262,
) -> dict[str, Any]:
    """Draw −ELBO above its lowest point (nats), mark that point, and name what a layer over the chart draws.

    The traces `other` and `best` are empty: the other objective moves.
    """
    lowest = int(elbo.argmin())
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": variances,
            "y": elbo,
            "meta": "elbo",
            "name": elbo_name,
            "mode": "lines",
            "line": {"color": Colour.ELBO, "dash": "solid", "width": 3, "simplify": False},
            "hovertemplate": "%{y:.2f} nats above its lowest<extra></extra>",
        },
        {
            "type": "scatter",
            "x": [variances[lowest]],
            "y": [elbo[lowest]],
            "meta": "elbo_best",
            "name": "its best σ²",
            "mode": "markers",
            "cliponaxis": False,
            "marker": {"symbol": "diamond", "size": 13, "color": Colour.ELBO},
            "hovertemplate": "%{x:.3g}<extra></extra>",
        },
        {
            "type": "scatter",
            "x": [],
            "y": [],
            "meta": "other",
            "name": other_name,
            "mode": "lines",
            "line": {"color": Colour.Q, "dash": "dash", "width": 3},
        },
        {
            "type": "scatter",
            "x": [],
            "y": [],
            "meta": "other_best",
            "name": "its best σ²",
            "mode": "markers",
            "marker": {"symbol": "circle", "size": 12, "color": Colour.Q},
        },
    ]
    ticks = [10.0**power for power in range(-4, 1)]
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": "variance σ² of q, its mean held still"},
            "range": np.log10(variances[[0, -1]]).tolist(),
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
        },
        "yaxis": {"title": {"text": "nats above its lowest"}, "range": [-0.04 * TALLEST, TALLEST], "zeroline": False},
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)
