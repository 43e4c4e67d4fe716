"""The legend of a chart as a line of text above it."""

from typing import Any

_MARKS = {"cross-thin-open": "+", "x-thin-open": "✕", "diamond": "◆", "circle": "●", "circle-open": "○", "triangle-up": "▲"}
_LINES = {"dot": "dotted", "dash": "dashed", "solid": "solid"}


def legend_of(chart: dict[str, Any]) -> str:
    """HTML: name and look of every trace that stands in the chart's legend."""
    entries = (
        f"<span>{_sample(trace)} {trace['name']}</span>"
        for trace in chart["data"]
        if trace.get("showlegend", True) and trace["type"] != "heatmap"
    )
    return " ".join(entries)


def line_of(name: str, colour: str) -> str:
    """HTML: the entry of a line that a script draws."""
    return f"<span>{_sample({'type': 'scatter', 'mode': 'lines', 'line': {'color': colour}})} {name}</span>"


def outlined(name: str) -> str:
    """HTML: the entry of what a script outlines."""
    return f'<span><i class="fill" style="border:2px solid currentColor"></i> {name}</span>'


def _sample(trace: dict[str, Any]) -> str:
    if trace["type"] == "bar":
        marker = trace["marker"]
        return f'<i class="fill" style="background:{marker["color"]};border:2px solid {_edge(marker)}"></i>'
    if trace.get("fill") == "tonexty":
        return f'<i class="fill" style="background:{trace["fillcolor"]}"></i>'
    if trace["mode"] == "markers":
        return f'<b style="color:{trace["marker"]["color"]}">{_MARKS[trace["marker"].get("symbol", "circle")]}</b>'
    line = trace["line"]
    return f'<i class="line" style="border-color:{line["color"]};border-top-style:{_LINES[line.get("dash", "solid")]}"></i>'


def _edge(marker: dict[str, Any]) -> str:
    return marker["line"]["color"] if "line" in marker else "transparent"
