"""What stands still on a step's chart, as Plotly takes it."""

from typing import Any


def still(y: Any, x: Any, name: str, symbol: str, colour: str, dash: str = "solid", **more: Any) -> dict[str, Any]:
    """A curve that no slider moves, of the quantity that the symbol names."""
    line = {"color": colour, "width": 2.5, "dash": dash}
    curve = {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name, "line": line, "hoverinfo": "skip"}
    return {**curve, "legendgroup": symbol, **more}
