"""Arrays and charts as they travel to the browser."""

import base64
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from pages.parts.web import thumbnails

GRAIN = 2.0**-32
"""What the numbers of a sweep are rounded to, 2.3e-10 of their unit: digits that no bound on an error vouches for, and that
would not compress. It is a power of two, so that sums and differences of rounded numbers are exact."""


def packed(array: Shaped[np.ndarray, "..."], kind: type = np.float64) -> str:
    """The bytes of an array as base64, row by row, little-endian."""
    return base64.b64encode(np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def rounded(column: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """The nearest multiples of `GRAIN`, half of it away at most."""
    return np.rint(np.asarray(column, np.float64) / GRAIN) * GRAIN


def packed_in_planes(column: Shaped[np.ndarray, " stops"], kind: type = np.float64) -> str:
    """The same bytes by significance: the first byte of every number, then the second of every number, and so on.

    Neighbours in a curve agree in their high bytes, and rounded numbers have zeros in their low ones: in this order they
    compress to half of what they take number by number.
    """
    numbers = np.ascontiguousarray(column, np.dtype(kind).newbyteorder("<"))
    return base64.b64encode(numbers.view(np.uint8).reshape(numbers.size, -1).T.tobytes()).decode()


def rounded_up(errors: Float[np.ndarray, " stops"]) -> Float[np.ndarray, " stops"]:
    """The nearest float32 that are not smaller: an error that is shown is never less than the error."""
    singles = errors.astype(np.float32)
    return np.where(singles < errors, np.nextafter(singles, np.float32(np.inf)), singles).astype(np.float32)


def typed(value: Any) -> Any:
    """An array as Plotly's script reads typed arrays, in float32; anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    shape = {"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {}
    return {"dtype": "f4", "bdata": packed(value, np.float32), **shape}


def without_heat_maps(chart: dict[str, Any]) -> dict[str, Any]:
    """The same chart with each heat map, which the browser's Plotly cannot draw, as a picture behind the lines.

    A heat map has evenly spaced places, and a scale from nothing to one colour, as all of ours do.
    """
    data = [trace for trace in chart["data"] if trace["type"] != "heatmap"]
    pictures = [_picture(trace) for trace in chart["data"] if trace["type"] == "heatmap"]
    return {**chart, "data": data, "layout": {**chart["layout"], "images": [*chart["layout"].get("images", []), *pictures]}}


def _picture(heat_map: dict[str, Any]) -> dict[str, Any]:
    """A heat map as an image of a layout: a pixel for each place, whose middle is there."""
    (left, right), (low, high) = (_edges(heat_map[axis]) for axis in "xy")
    red, green, blue, most = (float(share) for share in heat_map["colorscale"][-1][1].removeprefix("rgba(")[:-1].split(","))
    shades = (heat_map["z"] - heat_map["zmin"]) / (heat_map["zmax"] - heat_map["zmin"])
    png = thumbnails.ink_png(most * shades[::-1].clip(0, 1), (int(red), int(green), int(blue)))
    place = {"xref": heat_map.get("xaxis", "x"), "yref": heat_map.get("yaxis", "y"), "x": float(left), "y": float(high)}
    size = {"sizex": float(right - left), "sizey": float(high - low), "sizing": "stretch"}
    return {"source": thumbnails.address(png), "layer": "below", **place, **size}


def _edges(places: Float[np.ndarray, " places"]) -> tuple[float, float]:
    half = (places[-1] - places[0]) / (len(places) - 1) / 2
    return places[0] - half, places[-1] + half
