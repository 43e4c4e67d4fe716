"""The static layer of a step's chart (axes, legend, curves that no slider changes), and the list of the layers that move."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from pages.parts.derivation.sequence import STEPS
from pages.parts.derivation.steps.formula import with_subscripts
from pages.parts.derivation.steps.step import Layer, Step
from pages.parts.web.chart_payload import packed, typed, without_heat_maps

_DASHES = {"": "solid", "dash": "dashed", "dot": "dotted"}
_SIGNS = {"mark": "●", "points": "•"}
_MARKERS = {"": "•", "cross-thin": "+", "x-thin": "✕"}  # by the name that Plotly gives a marker


def picture_of(number: int, choice: str) -> str:
    """The chart as JSON: legend, figure, layers, and the x of every curve."""
    step = STEPS[number]
    picture = step.picture(choice)
    chart = without_heat_maps(picture.chart)
    layout = {**chart["layout"], "showlegend": False, "height": None, "uirevision": "kept"}
    data = [{name: typed(value) for name, value in trace.items()} for trace in chart["data"]]
    shown = {
        "figure": {"legend": _legend(step, picture.chart["data"], picture.layers), "data": data, "layout": layout},
        "layers": [asdict(layer) for layer in picture.layers],
        "x": {name: packed(x, np.float32) for name, x in picture.x.items()},
    }
    return json.dumps(shown)


def _legend(step: Step, traces: list[dict[str, Any]], layers: tuple[Layer, ...]) -> str:
    """The legend as one line of HTML: an entry for each curve, which lights up with its symbol."""
    entries = [
        _entry(_look(trace), trace["name"], trace["legendgroup"]) for trace in traces if trace.get("showlegend", True)
    ]
    for layer in layers:
        if layer.label:
            look = f'<i class="line {_DASHES[layer.dash]}"></i>' if layer.kind in _LINES else _fill(layer)
            # In the place of a bar it is said already.
            hidden = layer.y if layer.kind in _LINES and layer.y in step.hidden else ""
            entries.append(_entry(look, layer.label, layer.symbol, hidden))
    return " ".join(entries)


_LINES = ("curve", "upright", "level")


def _look(trace: dict[str, Any]) -> str:
    """What a curve, a mark or a shaded plane of the static layer looks like."""
    if trace["type"] == "heatmap":
        return '<i class="fill"></i>'
    if trace["mode"] == "markers":
        return f"<b>{_MARKERS[trace['marker'].get('symbol', '')]}</b>"
    return f'<i class="line {trace["line"]["dash"]}"></i>'


def _fill(layer: Layer) -> str:
    if layer.kind in _SIGNS:
        return f"<b>{_SIGNS[layer.kind]}</b>"
    return f'<i class="fill {layer.pattern}"></i>'


def _entry(look: str, label: str, symbol: str, hidden: str = "") -> str:
    follows = f' data-follows="{hidden}"' if hidden else ""
    return f'<span data-symbol="{symbol}"{follows} tabindex="0">{look} {with_subscripts(label)}</span>'
