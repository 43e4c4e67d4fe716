"""The spectrum of the images with a water level: which directions have a variance above β·σₓ²."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import line, points
from vaecore.figures.values import decades

LOWEST, HIGHEST = 1e-4, 1e3
"""The ends of the vertical axis, in squared grey values. A level outside is drawn at the edge."""


def spectrum_chart(eigenvalues: Float[np.ndarray, " pixels"], *, height: int = 262) -> dict[str, Any]:
    """Draw the eigenvalues by rank, on two logarithmic axes.

    The traces `above`, `beyond` and `level` are empty: a script fills them for the level, which changes with the form.
    """
    rank = np.arange(1, len(eigenvalues) + 1)
    shown = eigenvalues >= LOWEST
    below = points(
        rank[shown], eigenvalues[shown], "below: carries no information", Colour.PRIOR, "x-thin-open", 6, edge=1.5
    )
    level = line([], [], "water level β·σₓ²", Colour.RECONSTRUCTION)
    data = [
        below | {"meta": "below", "hovertemplate": "direction %{x}: variance %{y:.3g}<extra></extra>"},
        points([], [], "above: kept", Colour.KL, size=8, edge=2) | {"meta": "above"},
        points([], [], "above, but all latents are taken", Colour.KL, "circle-open", 8, edge=2) | {"meta": "beyond"},
        level | {"meta": "level", "fillcolor": faded(Colour.RECONSTRUCTION, 0.2)},
    ]
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": "direction, by falling variance"},
            "range": [-0.08, np.log10(len(eigenvalues)) + 0.03],
            "tickvals": [1, 3, 10, 30, 100, 300],
        },
        "yaxis": {
            "type": "log",
            "title": {"text": "variance"},
            **decades(LOWEST, HIGHEST),
        },
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)
