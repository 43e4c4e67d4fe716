"""KL(q ‖ p(z)) of every latent dimension, as the price of its mean and the price of its variance."""

import numpy as np
import plotly.graph_objects as go

from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.values import TensorLike, values


def kl_figure(mean_part: TensorLike, variance_part: TensorLike, *, height: int = 220) -> go.Figure:
    """Draw the two shares of KL, each of shape (batch, latent), as stacked bars; the first row of the batch is shown."""
    of_mean, of_variance = values(mean_part)[0], values(variance_part)[0]
    dimensions = [str(number) for number in range(1, len(of_mean) + 1)]
    figure = go.Figure()
    figure.add_bar(
        x=dimensions, y=of_mean, name="its mean, ½ mean²", marker={"color": Colour.KL}, hovertemplate="%{y:.4f} nats"
    )
    figure.add_bar(
        x=dimensions,
        y=of_variance,
        name="its variance, ½ (σ² − 1 − log σ²)",
        marker={"color": faded(Colour.KL, 0.45), "pattern": {"shape": "/", "fgcolor": Colour.KL}},
        hovertemplate="%{y:.4f} nats",
    )
    highest = float(np.max(of_mean + of_variance))
    figure.update_layout(
        barmode="stack",
        bargap=0.3,
        xaxis={"title": {"text": "latent dimension"}, "type": "category", "nticks": 16},
        yaxis={"title": {"text": "KL (nats)"}, "range": [0, max(1.1 * highest, 1.0)]},
    )
    return dress(figure, height=height)
