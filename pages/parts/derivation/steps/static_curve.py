"""A curve on a step's chart that no slider changes, as a Plotly trace."""

from typing import Any


def static_curve(y: Any, x: Any, name: str, symbol: str, colour: str, dash: str = "solid", **more: Any) -> dict[str, Any]:
    """The trace of a curve; it lights up with the quantity that the symbol names."""
    line = {"color": colour, "width": 2.5, "dash": dash}
    curve = {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": line, "hoverinfo": "skip"}
    return {**curve, "legendgroup": symbol, **more}
