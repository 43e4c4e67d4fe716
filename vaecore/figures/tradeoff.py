"""The trade-off: −reconstruction, KL and their sum −ELBO against the variance of q."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float

from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.values import round_ticks, stage, values
from vaecore.records import Evidence, Provenance, VarianceSweep


@dataclass(frozen=True)
class Landmark:
    """A q that the chart marks beside its curves: the encoder's answer, say. It may have another mean than the sweep."""

    name: str
    variance: float  # geometric mean over the latent dimensions
    elbo: float
    symbol: str


def tradeoff_figure(
    sweep: VarianceSweep,
    *,
    at: int,
    evidence: Evidence,
    beta: float = 1.0,
    landmarks: tuple[Landmark, ...] = (),
    height: int = 262,
) -> go.Figure:
    """Draw both terms and their sum against the variance of q, with step `at` marked, for the first image of the sweep.

    The left axis counts −reconstruction, −ELBO and −log p(x), the right one KL. A nat is equally long on both, and KL is
    zero where −reconstruction is smallest, so that heights above that level add up.
    """
    variance = np.exp(np.log(values(sweep.variances)).mean(-1))
    cost = -values(sweep.reconstruction)[0]
    kl = values(sweep.kl)[0].sum(-1)
    total = -values(sweep.elbo)[0]
    error = values(sweep.error)[0]
    floor = -float(values(evidence.value)[0])
    here = variance[at]

    figure = go.Figure()
    if sweep.provenance is Provenance.ESTIMATE:
        _band(figure, variance, total, 2 * error)
    _curve(figure, variance, cost, "−reconstruction", Colour.RECONSTRUCTION, "solid")
    _curve(figure, variance, kl, "KL", Colour.KL, "solid", yaxis="y2")
    _curve(figure, variance, total, "−ELBO", Colour.ELBO, "solid", width=4)
    objective = -values(sweep.objective(beta))[0]
    if beta != 1:
        name = f"−reconstruction + {beta:g}·KL" + (", not a bound" if beta < 1 else "")
        _curve(figure, variance, objective, name, Colour.ELBO, "dash")
    _curve(figure, variance[[0, -1]], np.array([floor, floor]), "−log p(x)", Colour.EVIDENCE, "dot", width=3)

    best = int(values(sweep.best_step(beta))[0])
    _mark(figure, variance[best], objective[best], "lowest on this curve", "diamond", Colour.ELBO)
    for landmark in landmarks:
        _mark(figure, landmark.variance, -landmark.elbo, landmark.name, landmark.symbol, Colour.Q)

    # KL's zero stands on the level of the smallest −reconstruction, unless the left axis' own zero is close enough.
    base = 1.6 * max(kl.max(), 3.0)
    shift = float(cost.min())
    if 0 <= shift < base:
        shift = 0.0
    low = min(shift, floor)
    reach = max([kl[at] + shift, cost[at], total[at], objective[at], *(-mark.elbo for mark in landmarks)]) - low
    size = stage(1.08 * reach, base)
    window = np.array([low - 0.06 * size, low + size])
    ticks = round_ticks(max(0.0, window[0] - shift), window[1] - shift, about=5)

    figure.add_vline(x=here, line={"color": Colour.Q, "width": 2})
    for height_here, colour, axis in (
        (cost[at], Colour.RECONSTRUCTION, "y"),
        (kl[at], Colour.KL, "y2"),
        (total[at], Colour.ELBO, "y"),
    ):
        figure.add_scatter(
            x=[here],
            y=[height_here],
            yaxis=axis,
            mode="markers",
            showlegend=False,
            hoverinfo="skip",
            name="now",
            marker={"size": 13, "color": colour, "line": {"color": Colour.Q, "width": 3}},
        )
    figure.update_layout(
        xaxis={
            "type": "log",
            "title": {"text": "variance σ² of q"},
            "range": np.log10(variance[[0, -1]]).tolist(),
            "tickvals": [1e-4, 1e-3, 1e-2, 0.1, 1.0],
            "ticktext": ["0.0001", "0.001", "0.01", "0.1", "1"],
        },
        yaxis={"title": {"text": "nats"}, "range": window.tolist(), "zeroline": False},
        yaxis2={
            "title": {"text": "KL (nats)", "font": {"color": Colour.KL}},
            "tickfont": {"color": Colour.KL},
            "range": (window - shift).tolist(),
            "overlaying": "y",
            "side": "right",
            "tickvals": ticks.tolist(),
            "showgrid": False,
            "zeroline": False,
        },
        hovermode="x",
    )
    return dress(figure, height=height)


def _curve(
    figure: go.Figure,
    x: Float[np.ndarray, " steps"],
    y: Float[np.ndarray, " steps"],
    name: str,
    colour: Colour,
    dash: str,
    *,
    width: int = 3,
    yaxis: str = "y",
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        yaxis=yaxis,
        mode="lines",
        line={"color": colour, "dash": dash, "width": width, "simplify": False},
        hovertemplate="%{y:.3f} nats",
    )


def _mark(figure: go.Figure, x: float, y: float, name: str, symbol: str, colour: Colour) -> None:
    figure.add_scatter(
        x=[x],
        y=[y],
        name=name,
        mode="markers",
        marker={"symbol": symbol, "size": 13, "color": colour, "line": {"color": colour, "width": 3}},
        hovertemplate="σ² %{x:.3g}: %{y:.3f} nats",
    )


def _band(
    figure: go.Figure, x: Float[np.ndarray, " steps"], y: Float[np.ndarray, " steps"], half: Float[np.ndarray, " steps"]
) -> None:
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([y + half, (y - half)[::-1]]),
        name="± 2 standard errors",
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(Colour.ELBO, 0.25),
        hoverinfo="skip",
    )
