"""What several elements send to their scripts."""

from typing import Any, TypedDict


class Figure(TypedDict):
    """A chart as Plotly's script takes it."""

    data: list[dict[str, Any]]
    """Its traces; arrays are packed."""
    layout: dict[str, Any]
    """Its axes, annotations and margins."""
    legend: str
    """The html that stands above it as its legend."""
