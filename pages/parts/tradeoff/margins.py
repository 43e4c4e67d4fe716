"""The margins of the charts: as wide as their labels usually need, so that Plotly draws each chart once."""

from typing import Any

_MARGINS = {
    "costs": {"l": 49, "r": 10, "b": 33},
    "line": {"l": 47, "t": 10, "b": 46},
    "plane": {"l": 26, "r": 46, "t": 10, "b": 32},
    "dimensions": {"l": 36, "r": 12, "t": 10, "b": 46},
}
"""In pixels: of the chart of costs, and of the chart of z by what it shows."""


def with_room(layout: dict[str, Any], name: str) -> dict[str, Any]:
    """A layout with the margins of the chart of this name. Only labels that are longer than usual make them wider."""
    # The labels of a square have room beside it, which only the whole of Plotly's rule takes into account. Those on the
    # right of the close-up change with every drag, and nothing may move for them.
    grows = {"x": "right", "y": "scaleanchor" in layout["yaxis"] or "left"}
    axes = {axis: settings for axis, settings in layout.items() if axis[1:5] == "axis"}
    free = {axis: settings.get("side") != "right" and grows[axis[0]] for axis, settings in axes.items()}
    return {
        **layout,
        **{axis: {**settings, "automargin": free[axis]} for axis, settings in axes.items()},
        "margin": {**layout["margin"], **_MARGINS[name]},
    }
