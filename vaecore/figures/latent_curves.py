"""One latent: prior, likelihood, posterior and q as curves over z."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.values import TensorLike, values


@dataclass(frozen=True, eq=False)
class LatentCurves:
    """Densities of one latent on rising points z; the likelihood as a function of z is no density and has its own scale."""

    z: Float[TensorLike, " points"]
    prior: Float[TensorLike, " points"]
    likelihood: Float[TensorLike, " points"]  # relative to its highest value
    posterior: Float[TensorLike, " points"]
    q: Float[TensorLike, " points"]


def latent_curves_figure(curves: LatentCurves, *, height: int = 262) -> go.Figure:
    """Draw the four curves; the likelihood is scaled to the posterior's height."""
    z = values(curves.z)
    prior, posterior, q = values(curves.prior), values(curves.posterior), values(curves.q)
    figure = go.Figure()
    for name, y, colour, dash in (
        ("prior p(z)", prior, Colour.PRIOR, "dot"),
        ("likelihood p(x|z), scaled", values(curves.likelihood) * posterior.max(), Colour.RECONSTRUCTION, "dash"),
    ):
        figure.add_scatter(
            x=z, y=y, name=name, mode="lines", line={"color": colour, "dash": dash, "width": 3}, hovertemplate="%{y:.3f}"
        )
    for name, y, colour in (("posterior p(z|x)", posterior, Colour.POSTERIOR), ("q(z|x)", q, Colour.Q)):
        figure.add_scatter(
            x=z,
            y=y,
            name=name,
            mode="lines",
            line={"color": colour, "width": 3},
            fill="tozeroy",
            fillcolor=faded(colour, 0.15),
            hovertemplate="%{y:.3f}",
        )
    # A very narrow q is a spike that would press the other curves flat: it may leave the chart at the top.
    others = max(posterior.max(), prior.max())
    figure.update_layout(
        xaxis={"title": {"text": "z (prior sd = 1)"}, "range": [z[0], z[-1]]},
        yaxis={
            "title": {"text": "density per unit of z"},
            "range": [0, 1.08 * max(others, min(float(np.max(q)), 3 * others))],
        },
        hovermode="x",
    )
    return dress(figure, height=height)
