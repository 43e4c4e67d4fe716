"""One latent: prior, likelihood and posterior as curves over z, behind q."""

import math
from typing import Any

from vaecore.core.records import LatentCurves
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import line
from vaecore.figures.values import GaussianLike, values


def latent_curves_chart(curves: LatentCurves, *, best: GaussianLike | None = None, height: int = 262) -> dict[str, Any]:
    """Draw the three curves; the likelihood is scaled to the posterior's height, and the best q would be seen whole."""
    z = values(curves.z)
    prior, posterior = values(curves.prior), values(curves.posterior)
    likelihood = values(curves.likelihood) * posterior.max()
    filled = {"fill": "tozeroy", "fillcolor": faded(Colour.POSTERIOR, 0.15)}
    data = [
        line(z, prior, "prior p(z)", Colour.PRIOR, "dot"),
        # Wider than q and the likelihood, which cover it where they are the same.
        line(z, posterior, "posterior p(z|x)", Colour.POSTERIOR, width=7) | filled,
        line(z, likelihood, "likelihood p(x|z), scaled", Colour.RECONSTRUCTION, "dash"),
    ]
    data = [trace | {"hovertemplate": "%{y:.3f}"} for trace in data]
    # A q that is narrower than both leaves the chart at the top.
    peak = 0.0 if best is None else float(1 / math.sqrt(2 * math.pi * values(best.variance)[0, 0]))
    top = max(1.6 * float(posterior.max()), 1.6 * float(prior.max()), 1.1 * peak)
    layout = {
        "xaxis": {"title": {"text": "z (prior sd = 1)"}, "range": [z[0], z[-1]]},
        "yaxis": {
            "title": {"text": "density"},
            "range": [0, top],
        },
        "hovermode": "x",
    }
    return dress(data, layout, height=height)
