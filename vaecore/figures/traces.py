"""The two kinds of traces that the charts are made of, as plain data for Plotly: lines and points.

Further settings (`meta`, the name by which a script finds a trace; a second axis; a hover text) are joined on with `|`.
"""

from typing import Any

import numpy as np
from jaxtyping import Num

from vaecore.figures.theme import Colour

Trace = dict[str, Any]
Column = Num[np.ndarray, " points"] | list[float]

NO_HOVER = {"hoverinfo": "skip"}


def line(x: Column, y: Column, name: str, colour: Colour, dash: str = "solid", width: float = 3) -> Trace:
    """A curve through every point; Plotly's simplification of long curves is off, since scripts read values from them."""
    style = {"color": colour, "dash": dash, "width": width, "simplify": False}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": style}


def points(
    x: Column,
    y: Column,
    name: str,
    colour: Colour | str,
    symbol: str = "circle",
    size: float = 13,
    edge: float = 0,
    edge_colour: Colour | None = None,
) -> Trace:
    """Points with an edge `edge` pixels wide, in their own colour unless another is given."""
    outline = {"color": edge_colour or colour, "width": edge}
    marker = {"symbol": symbol, "size": size, "color": colour, "line": outline}
    return {"type": "scatter", "mode": "markers", "x": x, "y": y, "name": name, "marker": marker}
