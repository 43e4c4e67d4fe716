"""The legend of a figure as a line of text above it."""

import plotly.graph_objects as go

_MARKS = {"cross-thin-open": "+", "x-thin-open": "✕", "diamond": "◆", "circle": "●"}
_LINES = {"dot": "dotted", "dash": "dashed", "solid": "solid", None: "solid"}


def legend_of(figure: go.Figure) -> str:
    """HTML: name and look of every trace that stands in the figure's legend."""
    entries = (
        f"<span>{_sample(trace)} {trace.name}</span>"
        for trace in figure.data
        if trace.name and trace.showlegend is not False and trace.type != "heatmap"
    )
    return f'<p class="legend">{" ".join(entries)}</p>'


def _sample(trace: go.Scatter | go.Bar) -> str:
    if trace.type == "bar":
        return f'<i class="fill" style="background:{trace.marker.color}"></i>'
    if trace.fill == "toself":
        return f'<i class="fill" style="background:{trace.fillcolor}"></i>'
    if trace.mode == "markers":
        return f'<b style="color:{trace.marker.color}">{_MARKS[trace.marker.symbol or "circle"]}</b>'
    return f'<i class="line" style="border-color:{trace.line.color};border-top-style:{_LINES[trace.line.dash]}"></i>'
