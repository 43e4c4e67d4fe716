"""A spectrum with the water in it: which directions of the images stand above β·σx²."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress, faded

LOWEST, HIGHEST = 1e-4, 1e3
"""Of the chart's axis, in squared grey values. A level outside waits at the edge."""


def spectrum_chart(eigenvalues: Float[np.ndarray, " pixels"], *, height: int = 262) -> dict[str, Any]:
    """Draw the eigenvalues by rank, both axes logarithmic, and name what a layer over the chart marks in them.

    The traces `above`, `beyond` and `level` are empty: the level moves.
    """
    rank = np.arange(1, len(eigenvalues) + 1)
    shown = eigenvalues >= LOWEST
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": rank[shown],
            "y": eigenvalues[shown],
            "meta": "below",
            "name": "below: says nothing",
            "mode": "markers",
            "marker": {
                "symbol": "x-thin-open",
                "size": 6,
                "color": Colour.PRIOR,
                "line": {"color": Colour.PRIOR, "width": 1.5},
            },
            "hovertemplate": "direction %{x}: variance %{y:.3g}<extra></extra>",
        },
        _empty("above", "above: kept", "circle", Colour.KL),
        _empty("beyond", "above, but no latent left", "circle-open", Colour.KL),
        {
            "type": "scatter",
            "x": [],
            "y": [],
            "meta": "level",
            "name": "water level β·σx²",
            "mode": "lines",
            "line": {"color": Colour.RECONSTRUCTION, "width": 3, "dash": "solid"},
            "fillcolor": faded(Colour.RECONSTRUCTION, 0.2),
        },
    ]
    powers = range(-4, 4)
    layout = {
        "xaxis": {
            "type": "log",
            "title": {"text": "direction, the widest first"},
            "range": [-0.08, np.log10(len(eigenvalues)) + 0.03],
            "tickvals": [1, 3, 10, 30, 100, 300],
        },
        "yaxis": {
            "type": "log",
            "title": {"text": "variance"},
            "range": [np.log10(LOWEST), np.log10(HIGHEST)],
            "tickvals": [10.0**power for power in powers],
            "ticktext": [f"{10.0**power:g}" for power in powers],
        },
        "hovermode": "closest",
    }
    return dress(data, layout, height=height)


def _empty(meta: str, name: str, symbol: str, colour: Colour) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [],
        "y": [],
        "meta": meta,
        "name": name,
        "mode": "markers",
        "marker": {"symbol": symbol, "size": 8, "color": colour, "line": {"color": colour, "width": 2}},
    }
