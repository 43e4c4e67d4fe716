"""Two objectives against the variance of q, each above its own minimum: −ELBO, and another that changes."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress
from vaecore.figures.traces import line, points
from vaecore.figures.values import decades

TALLEST = 24.0
"""The upper end of the vertical axis, in nats above the minimum."""


def excess_over_minimum_chart(
    variances: Float[np.ndarray, " steps"],
    elbo: Float[np.ndarray, " steps"],
    *,
    elbo_name: str = "−ELBO",
    other_name: str = "your loss",
    height: int = 262,
) -> dict[str, Any]:
    """Draw −ELBO above its minimum, in nats, and mark that minimum.

    The traces `other` and `other_best` are empty: a script draws the other objective, which changes with the form.
    """
    lowest = int(elbo.argmin())
    here = [variances[lowest]], [elbo[lowest]]
    data = [
        line(variances, elbo, elbo_name, Colour.ELBO)
        | {"meta": "elbo", "hovertemplate": "%{y:.2f} nats above its minimum<extra></extra>"},
        points(*here, "best σ² for the ELBO", Colour.ELBO, "diamond")
        | {"meta": "elbo_best", "cliponaxis": False, "hovertemplate": "%{x:.3g}<extra></extra>"},
        line([], [], other_name, Colour.Q, "dash") | {"meta": "other"},
        points([], [], f"best σ² for {other_name}", Colour.Q, size=12) | {"meta": "other_best"},
    ]
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": "variance σ² of q, its mean held still"},
            **decades(*variances[[0, -1]]),
        },
        "yaxis": {"title": {"text": "nats above its lowest"}, "range": [-0.04 * TALLEST, TALLEST], "zeroline": False},
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)
