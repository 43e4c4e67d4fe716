"""One latent: prior, likelihood and posterior as curves over z, the ground on which q moves."""

from dataclasses import dataclass
from typing import Any

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


def latent_curves_chart(curves: LatentCurves, *, height: int = 262) -> dict[str, Any]:
    """Draw the three curves; the likelihood is scaled to the posterior's height."""
    z = values(curves.z)
    prior, posterior = values(curves.prior), values(curves.posterior)
    data: list[dict[str, Any]] = []
    for name, y, colour, dash in (
        ("prior p(z)", prior, Colour.PRIOR, "dot"),
        ("likelihood p(x|z), scaled", values(curves.likelihood) * posterior.max(), Colour.RECONSTRUCTION, "dash"),
    ):
        data.append(
            {
                "type": "scatter",
                "x": z,
                "y": y,
                "name": name,
                "mode": "lines",
                "line": {"color": colour, "dash": dash, "width": 3},
                "hovertemplate": "%{y:.3f}",
            }
        )
    data.append(
        {
            "type": "scatter",
            "x": z,
            "y": posterior,
            "name": "posterior p(z|x)",
            "mode": "lines",
            "line": {"color": Colour.POSTERIOR, "width": 3},
            "fill": "tozeroy",
            "fillcolor": faded(Colour.POSTERIOR, 0.15),
            "hovertemplate": "%{y:.3f}",
        }
    )
    # As high as a q that has the posterior's peak, and a half: a narrower one leaves the chart at the top.
    layout = {
        "xaxis": {"title": {"text": "z (prior sd = 1)"}, "range": [z[0], z[-1]]},
        "yaxis": {
            "title": {"text": "density per unit of z"},
            "range": [0, 1.6 * max(float(posterior.max()), float(prior.max()))],
        },
        "hovermode": "x",
    }
    return dress(data, layout, height=height)
