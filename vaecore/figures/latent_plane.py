"""The plane of two latents: true posterior and prior, in the large and close up, the ground on which q moves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.records import JointTable
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.values import GaussianLike, TensorLike, values

REACH = 4.5
"""The large view shows |z| up to here: all means that the sliders offer, and a little more."""


_CLOSE_UP = {"xaxis": "x2", "yaxis": "y2"}


@dataclass(frozen=True, eq=False)
class PosteriorWindow:
    """p(z|x) on a regular grid about the place where it lives, relative to its highest value there."""

    first: Float[TensorLike, " columns"]
    second: Float[TensorLike, " rows"]
    density: Float[TensorLike, "rows columns"]


def latent_plane_chart(
    table: JointTable,
    window: PosteriorWindow,
    *,
    encoder: GaussianLike | None = None,
    best: GaussianLike | None = None,
    height: int = 262,
) -> dict[str, Any]:
    """Draw the whole plane on the left, with a frame about the stretch that the right one shows close up.

    A trained network's posterior is a hundredth of the prior's width: on the left it is a dot, on the right it has a shape.
    """
    data: list[dict[str, Any]] = []
    columns, rows = values(window.first), values(window.second)

    z, mass = values(table.z), values(table.posterior_mass)
    seen = mass > 1e-3 * mass.max()
    data.append(
        {
            "type": "scatter",
            "x": z[seen, 0],
            "y": z[seen, 1],
            "name": "posterior",
            "mode": "markers",
            "hoverinfo": "skip",
            "marker": {"size": 4, "color": Colour.POSTERIOR, "opacity": 0.6},
        }
    )
    data.append(
        {
            "type": "heatmap",
            "x": columns,
            "y": rows,
            "z": values(window.density),
            "zmin": 0,
            "zmax": 1,
            "zsmooth": "fast",
            "showscale": False,
            "hoverinfo": "skip",
            "colorscale": [[0, faded(Colour.POSTERIOR, 0)], [1, faded(Colour.POSTERIOR, 0.9)]],
            "name": "posterior close up",
            **_CLOSE_UP,
        }
    )
    angle = np.linspace(0, 2 * np.pi, 73)
    data += [
        {
            "type": "scatter",
            "x": radius * np.cos(angle),
            "y": radius * np.sin(angle),
            "name": "prior, 1, 2 and 3 sd",
            "mode": "lines",
            "line": {"color": Colour.PRIOR, "dash": "dot", "width": 2},
            "hoverinfo": "skip",
            "showlegend": radius == 1,
        }
        for radius in (1, 2, 3)
    ]
    for close_up in (False, True):
        for other, name, symbol in ((encoder, "encoder's mean", "cross-thin-open"), (best, "best mean", "x-thin-open")):
            if other is not None:
                data.append(_point(values(other.mean)[0], name, symbol, close_up=close_up))

    close_up_frame = {
        "type": "rect",
        "x0": columns[0],
        "x1": columns[-1],
        "y0": rows[0],
        "y1": rows[-1],
        "line": {"color": Colour.POSTERIOR, "width": 2},
    }
    layout = {
        "xaxis": {
            "range": [-REACH, REACH],
            "domain": [0, 0.46],
            "title": {"text": "z₁ (prior sd = 1)"},
            "dtick": 2,
            "constrain": "domain",
        },
        "yaxis": {"range": [-REACH, REACH], "title": {"text": "z₂"}, "scaleanchor": "x", "dtick": 2, "constrain": "domain"},
        "xaxis2": {
            "range": [columns[0], columns[-1]],
            "domain": [0.56, 1],
            "anchor": "y2",
            "title": {"text": "z₁, close up"},
            "nticks": 4,
            "constrain": "domain",
        },
        "yaxis2": {
            "range": [rows[0], rows[-1]],
            "anchor": "x2",
            "scaleanchor": "x2",
            "nticks": 5,
            "constrain": "domain",
        },
        "shapes": [close_up_frame],
    }
    return dress(data, layout, height=height)


def _point(at: Float[np.ndarray, " 2"], name: str, symbol: str, *, close_up: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [at[0]],
        "y": [at[1]],
        "name": name,
        "legendgroup": name,
        "mode": "markers",
        "showlegend": not close_up,
        "marker": {"symbol": symbol, "size": 14, "color": Colour.Q, "line": {"width": 2}},
        "hovertemplate": "(%{x:.4f}, %{y:.4f})",
        **(_CLOSE_UP if close_up else {}),
    }
