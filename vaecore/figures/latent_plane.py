"""The plane of two latents: true posterior and prior behind q, the whole plane and close up."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.records import JointTable, PosteriorWindow
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import NO_HOVER, Trace, line, points
from vaecore.figures.values import GaussianLike, values

REACH = 4.5
"""The large view shows |z| up to here: the means that the app's sliders offer, which end at 4, and a little more."""

_GRAIN = 2 * REACH / 150
"""A 150th of the large view's width: dots so near to each other cover each other."""

_TICKS = {"size": 12}  # the plane needs the room

_CLOSE_UP = {"xaxis": "x2", "yaxis": "y2"}

_SEEN, _ROOM = 0.02, 0.15
"""The close-up holds what is seen of the posterior, down to this part of its peak, and this much of it more on each side."""


def latent_plane_chart(
    table: JointTable,
    window: PosteriorWindow,
    *,
    encoder: GaussianLike | None = None,
    best: GaussianLike | None = None,
    height: int = 262,
) -> dict[str, Any]:
    """Draw the whole plane on the left, with a frame around the part that is shown close up on the right.

    A trained network's posterior is a hundredth of the prior's width: a dot on the left, a shape on the right.
    """
    columns, rows = values(window.first), values(window.second)
    across, up = _close_up(columns, rows, values(window.density))

    z, mass = values(table.z), values(table.posterior_mass)
    seen = _one_of_each_place(z[mass > 1e-3 * mass.max()])
    heatmap = {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": values(window.density),
        "zmin": 0,
        "zmax": 1,
        "zsmooth": "fast",
        "showscale": False,
        "colorscale": [[0, faded(Colour.POSTERIOR, 0)], [1, faded(Colour.POSTERIOR, 0.9)]],
        "name": "posterior close up",
    }
    dots = points(seen[:, 0], seen[:, 1], "posterior", faded(Colour.POSTERIOR, 0.6), size=4)
    data: list[Trace] = [dots | NO_HOVER, heatmap | NO_HOVER | _CLOSE_UP]
    angle = np.linspace(0, 2 * np.pi, 73)
    data += [
        line(radius * np.cos(angle), radius * np.sin(angle), "prior, 1–2 sd", Colour.PRIOR, "dot", 2)
        | NO_HOVER
        | {"showlegend": radius == 1, "meta": f"prior_{radius}"}
        for radius in (1, 2)  # as of q
    ]
    for close_up in (False, True):
        for other, name, symbol in ((encoder, "encoder", "cross-thin-open"), (best, "best q", "x-thin-open")):
            if other is not None:
                data.append(_point(values(other.mean)[0], name, symbol, close_up=close_up))

    close_up_frame = {
        "type": "rect",
        "x0": across[0],
        "x1": across[1],
        "y0": up[0],
        "y1": up[1],
        "line": {"color": Colour.COST, "width": 2},
    }
    layout = {
        "xaxis": {
            "range": [-REACH, REACH],
            "domain": [0, 0.47],
            "dtick": 2,
            "constrain": "domain",
            "tickfont": _TICKS,
        },
        "yaxis": {"range": [-REACH, REACH], "scaleanchor": "x", "dtick": 2, "constrain": "domain", "tickfont": _TICKS},
        "xaxis2": {
            "range": across,
            "domain": [0.53, 1],
            "anchor": "y2",
            "nticks": 4,
            "constrain": "domain",
            "tickfont": _TICKS,
        },
        "yaxis2": {
            "range": up,
            "anchor": "x2",
            "scaleanchor": "x2",
            "side": "right",  # on the left are the lines from the whole plane
            "nticks": 5,
            "constrain": "domain",
            "tickfont": _TICKS,
        },
        "shapes": [close_up_frame],
        "annotations": [
            _written("z₂ ↑", "", 0.02, 0.99),
            _written("z₁ →", "", 0.99, 0.01),
            _written("□ close-up", "2", 0.02, 0.99),
        ],
    }
    return dress(data, layout, height=height)


def _close_up(
    columns: Float[np.ndarray, " columns"], rows: Float[np.ndarray, " rows"], density: Float[np.ndarray, "rows columns"]
) -> tuple[list[float], list[float]]:
    """The ranges of the close-up, which is a square within the window."""
    seen = density > _SEEN * density.max()
    ends = [axis[seen.any(over)][[0, -1]] for axis, over in ((columns, 0), (rows, 1))]
    half = (0.5 + _ROOM) * max(float(high - low) for low, high in ends)
    inside = min(half, 0.5 * float(columns[-1] - columns[0]))
    across, up = (
        float(np.clip((low + high) / 2, axis[0] + inside, axis[-1] - inside))
        for (low, high), axis in zip(ends, (columns, rows), strict=True)
    )
    return [across - inside, across + inside], [up - inside, up + inside]


def _one_of_each_place(z: Float[np.ndarray, "points 2"]) -> Float[np.ndarray, "few 2"]:
    """Points that stand for all: of those that would be drawn upon one another, one. A table has thousands."""
    _, first = np.unique(np.rint(z / _GRAIN), axis=0, return_index=True)
    return z[np.sort(first)]


def _written(words: str, axes: str, x: float, y: float) -> dict[str, Any]:
    """Words in a corner of a view, at a part of its width and its height: no room is left for the titles of axes."""
    corner = {"xanchor": "left" if x < 0.5 else "right", "yanchor": "bottom" if y < 0.5 else "top"}
    place = {"xref": f"x{axes} domain", "yref": f"y{axes} domain", "x": x, "y": y}
    return {"text": words, "showarrow": False, "font": _TICKS, **corner, **place}


def _point(at: Float[np.ndarray, " 2"], name: str, symbol: str, *, close_up: bool) -> Trace:
    mark = points([at[0]], [at[1]], name, Colour.Q, symbol, size=14, edge=2)
    legend = {"legendgroup": name, "showlegend": not close_up, "hovertemplate": "(%{x:.4f}, %{y:.4f})"}
    return mark | legend | {"meta": f"{'close' if close_up else 'whole'}_{symbol}"} | (_CLOSE_UP if close_up else {})
