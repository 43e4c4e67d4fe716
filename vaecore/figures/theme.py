"""One colour per quantity, the same in every curve, bar, formula and number, on a light page and on a dark one.

Every colour has a contrast of 3 to 1 or more against both backgrounds, and colours of one chart remain distinguishable for
the three kinds of colour blindness (tests/test_figures_theme.py checks both). No chart relies on colour alone: curves differ
in their dashes, marks in their shapes, and all have names.
"""

from enum import StrEnum
from typing import Any


class Colour(StrEnum):
    """The colour of a quantity, or of a right or wrong answer."""

    RECONSTRUCTION = "#316595"
    KL = "#b53d21"
    ELBO = "#2ea589"
    EVIDENCE = "#8a56eb"
    GAP = "#b18f10"
    COST = "#6f747d"  # of a sum of two costs, which is no ELBO; a screen may draw it in the colour of its text
    Q = "#9f3985"
    POSTERIOR = "#119ed9"
    PRIOR = "#878788"
    RIGHT = "#4a9e2f"
    WRONG = "#b0305c"


TERMS = (Colour.RECONSTRUCTION, Colour.KL, Colour.ELBO, Colour.EVIDENCE, Colour.GAP)
"""Colours that appear together in charts of the bound."""

DISTRIBUTIONS = (Colour.Q, Colour.POSTERIOR, Colour.PRIOR)
"""Colours that appear together in charts of the latent space."""

VERDICTS = (Colour.RIGHT, Colour.WRONG)
"""Colours that appear together at an answered question; words and symbols repeat what they say."""

LIGHT_BACKGROUND, DARK_BACKGROUND = "#ffffff", "#0e1117"

TEXT_SIZE = 15
"""Of axes and legends, in pixels: readable from the last row on a projector of 1280 × 720."""

_RULE = "rgba(128, 132, 140, 0.28)"


def dress(data: list[dict[str, Any]], layout: dict[str, Any], *, height: int) -> dict[str, Any]:
    """A finished chart in the common style: no background, large text, margins that cut nothing off.

    A chart is plain data, as Plotly's script takes it; `plotly.graph_objects.Figure(chart)` shows it in a notebook.
    """
    axis: dict[str, Any] = {
        "gridcolor": _RULE,
        "zerolinecolor": _RULE,
        "automargin": True,
        "tickfont": {"size": TEXT_SIZE},
        "exponentformat": "power",  # no prefixes: 412μ would be read as a mean
        "hoverformat": ".4~g",
    }
    axes = {name: settings for name, settings in layout.items() if name.startswith(("xaxis", "yaxis"))}
    dressed = {
        name: {
            **axis,
            **settings,
            "tickfont": {**axis["tickfont"], **settings.get("tickfont", {})},
            "title": _title(settings.get("title", {})),
        }
        for name, settings in axes.items()
    }
    return {
        "data": data,
        "layout": {
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": TEXT_SIZE},
            "hoverlabel": {"font": {"size": TEXT_SIZE}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": TEXT_SIZE}},
            "dragmode": False,
            **layout,
            **dressed,
        },
    }


def _title(title: dict[str, Any]) -> dict[str, Any]:
    return {"standoff": 6, **title, "font": {"size": TEXT_SIZE, **title.get("font", {})}}


def faded(colour: Colour, opacity: float) -> str:
    """The colour as a translucent fill, for bands and areas."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity:g})"
