"""KL(q ‖ p(z)) of every latent dimension: axes with the KL of the encoder's q, on which a script draws the bars of q."""

from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.units import Unit

VARIANCE_OPACITY = 0.45
"""Of the share of the variance, in the colour of KL; the style sheet of the screen has the same."""


def kl_dimensions_chart(
    encoder: Float[np.ndarray, " latent"] | None, latents: int, *, top: float, unit: Unit = Unit.NATS, height: int = 262
) -> dict[str, Any]:
    """Draw the axes up to `top` (in the unit), and the encoder's KL (nats) as empty bars.

    The two shares of each bar of q are in the legend; their traces are empty.
    """
    shares = (("from μ", Colour.KL), ("from σ²", faded(Colour.KL, VARIANCE_OPACITY)))
    data: list[dict[str, Any]] = [
        {"type": "bar", "x": [], "y": [], "name": name, "marker": {"color": colour}} for name, colour in shares
    ]
    if encoder is not None:
        data.append(
            {
                "type": "bar",
                "x": np.arange(1, latents + 1),
                "y": unit.per_nat * encoder,
                "name": "encoder's q",
                "marker": {"color": "rgba(0,0,0,0)", "line": {"color": Colour.Q, "width": 2}},
                "hovertemplate": "dimension %{x}: %{y:.4f}",
            }
        )
    layout = {
        "barmode": "overlay",
        "bargap": 0.25,
        "xaxis": {"title": {"text": "latent dimension"}, "range": [0.4, latents + 0.6], "dtick": 1 if latents <= 16 else 4},
        "yaxis": {"title": {"text": f"KL ({unit.value})"}, "range": [0, top]},
    }
    return dress(data, layout, height=height)
