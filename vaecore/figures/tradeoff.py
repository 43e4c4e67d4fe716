"""The trade-off: −reconstruction, KL and their sum −ELBO against the variance of q."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from vaecore.core.accuracy import Accuracy
from vaecore.core.records import Evidence, VarianceSweep
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.traces import NO_HOVER, Trace, line, points
from vaecore.figures.units import Unit
from vaecore.figures.values import decades, round_ticks, stage, values


@dataclass(frozen=True)
class Landmark:
    """A q that is marked in the chart, such as the encoder's; its mean may differ from the sweep's."""

    name: str
    at: float  # position on the variance axis
    elbo: float
    symbol: str


@dataclass(frozen=True, eq=False)
class VarianceAxis:
    """The horizontal axis: a variance, or a multiple of given variances."""

    scale: Float[np.ndarray, " steps"]
    title: str = "variance σ² of q"

    @staticmethod
    def of(sweep: VarianceSweep) -> "VarianceAxis":
        """The geometric mean of the variances."""
        return VarianceAxis(np.exp(np.log(values(sweep.variances)).mean(-1)))


GAP = 0.06  # of the height, between two panels
LEAST_SHARE = 0.25  # of the height, for KL


@dataclass(frozen=True)
class Window:
    """The ranges of the axes of −reconstruction and −ELBO, and of KL.

    Where all are near zero they share one panel. Otherwise KL has its own below: where curves of two axes cross, nothing is
    equal. A nat is then as long in both, unless KL's panel would be lower than a quarter of the height.
    """

    low: float
    high: float
    kl: tuple[float, float] | None  # the range of KL's own panel; None where KL is drawn with the others

    @property
    def panels(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What part of the height, from the bottom, belongs to the axis of −ELBO, and to that of KL."""
        if self.kl is None:
            return (0.0, 1.0), (0.0, 1.0)
        length = self.kl[1] - self.kl[0]
        share = max(LEAST_SHARE, (1 - GAP) * length / (length + self.high - self.low))
        return (share + GAP, 1.0), (0.0, share)

    @property
    def kl_axis(self) -> dict[str, Any]:
        """Range, ticks, title and place of KL's axis. With the others it needs no labels: the axis of −ELBO is its own."""
        low, high = self.kl or (self.low, self.high)
        ticks = round_ticks(0, high, about=2).tolist() if self.kl else []
        title = {"text": "KL" if self.kl else "", "font": {"color": Colour.KL}}
        return {"range": [low, high], "tickvals": ticks, "domain": list(self.panels[1]), "title": title}


def curves_of(sweep: VarianceSweep, beta: float, unit: Unit = Unit.NATS) -> dict[str, Float[np.ndarray, " steps"]]:
    """The curves of the chart for the first image of the sweep, by their traces' `meta`."""
    total, error = -values(sweep.elbo)[0], values(sweep.error)[0]
    curves = {
        "reconstruction": -values(sweep.reconstruction)[0],
        "kl": values(sweep.kl)[0].sum(-1),
        "elbo": total,
        "objective": -values(sweep.objective(beta))[0],
        "band_low": total - 2 * error,
        "band_high": total + 2 * error,
    }
    return {name: unit.per_nat * curve for name, curve in curves.items()}


def window_of(curves: Mapping[str, Float[np.ndarray, " steps"]], floor: float, heights: tuple[float, ...]) -> Window:
    """The window that shows −log p(x), the curves near their optimum and points at these heights."""
    least, most = float(curves["reconstruction"].min()), max(float(curves["kl"].max()), 3.0)
    base = 1.6 * most
    near = 0 <= least < base
    low = min(0.0 if near else least, floor)
    size = stage(1.08 * (max((*heights, least + most)) - low), base)
    return Window(low - 0.06 * size, low + size, None if near else (-0.06 * most, 1.06 * most))


def tradeoff_chart(
    sweep: VarianceSweep,
    *,
    evidence: Evidence,
    at: int | None = None,
    axis: VarianceAxis | None = None,
    beta: float = 1.0,
    landmarks: tuple[Landmark, ...] = (),
    unit: Unit = Unit.NATS,
    height: int = 262,
) -> dict[str, Any]:
    """Draw both terms and their sum for the first image of the sweep, with step `at` marked if one is given.

    KL is the distance of −ELBO from −reconstruction. Where these are far from zero, it has a panel of its own below.
    """
    axis = axis or VarianceAxis.of(sweep)
    scale = axis.scale
    curves = curves_of(sweep, beta, unit)
    floor = -unit.per_nat * float(values(evidence.value)[0])

    data: list[Trace] = _band(scale, curves) if sweep.accuracy is Accuracy.ESTIMATED else []
    terms = [
        ("reconstruction", "−reconstruction", Colour.RECONSTRUCTION, "solid", 3, "y"),
        ("kl", "KL", Colour.KL, "solid", 3, "y2"),
        ("elbo", "−ELBO", Colour.ELBO, "solid", 4, "y"),
    ]
    if beta != 1:
        name = f"−reconstruction + {beta:g}·KL" + (", not a bound" if beta < 1 else "")
        terms.append(("objective", name, Colour.ELBO, "dash", 3, "y"))
    hover = {"hovertemplate": "%{y:.3f}"}
    for meta, name, colour, dash, width, yaxis in terms:
        data.append(line(scale, curves[meta], name, colour, dash, width) | {"meta": meta, "yaxis": yaxis} | hover)
    level = line(scale[[0, -1]], np.array([floor, floor]), "−log p(x)", Colour.EVIDENCE, "dot")
    data.append(level | {"meta": "evidence", "yaxis": "y"} | hover)

    best = int(curves["objective"].argmin())
    lowest = _mark(scale[best], curves["objective"][best], "lowest point drawn", "diamond", Colour.ELBO)
    data.append(lowest | {"meta": "lowest"})
    heights = [-unit.per_nat * landmark.elbo for landmark in landmarks]
    for landmark, height_of in zip(landmarks, heights, strict=True):
        data.append(_mark(landmark.at, height_of, landmark.name, landmark.symbol, Colour.Q))
    if at is not None:
        heights += [float(curves[name][at]) for name in ("reconstruction", "elbo", "objective")]
    window = window_of(curves, floor, tuple(heights))
    if at is not None:
        data += _now(scale[at], {name: curve[at] for name, curve in curves.items()})

    layout: dict[str, Any] = {
        "xaxis": {
            "type": "log",
            "title": {"text": axis.title},
            **decades(*scale[[0, -1]]),
            "ticklabelstandoff": 4,
            "anchor": "y2",
        },
        "yaxis": {
            "title": {"text": unit.value},
            "range": [window.low, window.high],
            "domain": list(window.panels[0]),
            "zeroline": False,
        },
        "yaxis2": {**window.kl_axis, "tickfont": {"color": Colour.KL}, "zeroline": False},
        "hovermode": "x",
        "hoversubplots": "axis",
    }
    if at is not None:
        layout["shapes"] = [_vertical_line(scale[at])]
    return dress(data, layout, height=height)


def _mark(x: float, y: float, name: str, symbol: str, colour: Colour) -> Trace:
    return points([x], [y], name, colour, symbol, edge=3) | {"hovertemplate": "%{x:.3g}: %{y:.3f}"}


def _vertical_line(x: float) -> dict[str, Any]:
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": Colour.Q, "width": 2}}


def _now(x: float, here: Mapping[str, float]) -> list[Trace]:
    terms = (("reconstruction", Colour.RECONSTRUCTION, "y"), ("kl", Colour.KL, "y2"), ("elbo", Colour.ELBO, "y"))
    return [
        points([x], [here[name]], "now", colour, edge=3, edge_colour=Colour.Q)
        | {"yaxis": yaxis, "showlegend": False}
        | NO_HOVER
        for name, colour, yaxis in terms
    ]


def _band(x: Float[np.ndarray, " steps"], curves: Mapping[str, Float[np.ndarray, " steps"]]) -> list[Trace]:
    low, high = (
        line(x, curves[meta], "± 2 standard errors", Colour.ELBO, width=0) | {"meta": meta} | NO_HOVER
        for meta in ("band_low", "band_high")
    )
    filled = {"fill": "tonexty", "fillcolor": faded(Colour.ELBO, 0.25), "showlegend": True}
    return [low | {"fill": "none", "showlegend": False}, high | filled]
