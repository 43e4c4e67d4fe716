"""The static layer of the Trade-off screen: what no movement of q changes, and the Plotly charts on which q moves."""

import base64
import hashlib
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pages.parts.compute import cached, cached_costs, models
from pages.parts.compute.guess_scales import guess_scales
from pages.parts.compute.kept import kept
from pages.parts.compute.resolve import Resolved
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.state.state import SliderMode, Source
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff.margins import with_room
from pages.parts.web import legend, number_text
from pages.parts.web.chart_payload import typed, without_heat_maps
from vaecore.core.accuracy import Accuracy
from vaecore.core.gaussian import kl_parts
from vaecore.figures.costs import COST_TRACES, costs_chart
from vaecore.figures.kl_dimensions import kl_dimensions_chart
from vaecore.figures.latent_curves import latent_curves_chart
from vaecore.figures.latent_plane import latent_plane_chart
from vaecore.figures.rate_distortion import rate_distortion_chart
from vaecore.figures.theme import Colour
from vaecore.figures.tradeoff import Landmark, VarianceAxis, tradeoff_chart
from vaecore.figures.values import values

Numbers = tuple[float, ...]

_SWEPT = {
    *("reconstruction", "kl", "elbo", "objective", "lowest", "band_low", "band_high", "rate", "bound", "rate_best"),
    *COST_TRACES,
}
"""The traces that every sweep brings, by their `meta`."""


def static_layer(resolved: Resolved) -> dict[str, Any]:
    """Everything that no movement of q changes; a `StaticData`."""
    setup, beta, per_nat = resolved.setup, resolved.beta, resolved.unit.per_nat
    evidence, known, latents = cached.evidence(setup), landmarks(setup, beta), len(resolved.q.mean)
    view = {1: "line", 2: "plane"}.get(latents, "dimensions")
    how_evidence = number_text.how(evidence.accuracy, float(evidence.error[0]), resolved.unit)
    total = cached.log_evidence(setup)
    # Whatever β is, the gap is split by the q that has the largest ELBO.
    best, best_terms = landmarks(setup, 1.0)["best"]["elbo"], cached.elbo(setup, *cached.best_q(setup, 1.0))
    shown: dict[str, Any] = {
        "grid": list(parameters.GRID),
        "view": view,
        "beta": beta,
        "unit": resolved.unit.value,
        "colours": {colour.name.lower(): colour.value for colour in Colour},
        "evidence": per_nat * total,
        "atLeast": number_text.at_least(evidence.accuracy),
        "floorError": number_text.floor_error(evidence.accuracy, float(evidence.error[0]), resolved.unit),
        "accuracy": {
            "kl": number_text.WORDS[Accuracy.EXACT],
            "evidence": how_evidence,
            "residual": "of a gap computed separately",
            # Up to two latents the chart shows the posterior, whose normaliser is log p(x); above, the KL of each.
            "latents": how_evidence if latents <= 2 else number_text.WORDS[Accuracy.EXACT],
        },
        "landmarks": {name: {**mark, "elbo": per_nat * mark["elbo"]} for name, mark in known.items()},
        "bestReconstruction": per_nat * cached_costs.best_reconstruction(setup),
        "costTop": per_nat * cached_costs.top_of_scale(setup),
        "guessScales": guess_scales(setup, per_nat),
        "bestElbo": per_nat * best,
        "bestTerms": {
            "reconstruction": per_nat * float(best_terms.reconstruction[0]),
            "kl": per_nat * float(best_terms.kl[0].sum()),
        },
        "bestObjective": per_nat * best_objective(setup, beta),
        "bestAlongSlider": per_nat * cached.best_along_slider(setup, beta, resolved.q.path),
        "approximation": per_nat * (total - best),
        "amortisation": per_nat * (best - known["encoder"]["elbo"]) if "encoder" in known else None,
        "charts": {
            "costs": _costs(resolved),
            "tradeoff": _tradeoff(resolved, known),
            "rate": _rate(resolved),
            "latents": _with_q(_shown(without_heat_maps(_named(_latents(resolved), beta)), view), latents),
        },
    }
    if setup.model in parameters.ONE_NUMBER:
        shown["formula"] = formula(setup)
        shown["bell"] = [[t, math.exp(-t * t / 2) / math.sqrt(2 * math.pi)] for t in np.linspace(-4, 4, 61).tolist()]
    else:
        for name, pixels in (("x", values(cached.image(setup))[0]), ("bestDrawing", cached_costs.best_drawing(setup))):
            shown[name] = base64.b64encode(np.rint(255 * pixels.clip(0, 1)).astype(np.uint8).tobytes()).decode()
    return shown


@kept
def _text(resolved: Resolved) -> tuple[str, str]:
    text = json.dumps(static_layer(resolved))
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest(), text


def text_of(resolved: Resolved) -> tuple[str, str]:
    """A name for the static layer that changes with its content, and the layer as JSON.

    It is the same, and cached, for every mean, and for every variance on the same path: every sweep brings its own curves.
    """
    mean, _ = cached.best_q(resolved.setup, resolved.beta)  # the sweep about it is needed for the layer's numbers
    q = replace(resolved.q, source=Source.MANUAL, mean=mean, variance=(1.0,) * len(mean), seed=0)
    return _text(replace(resolved, q=q))


def landmarks(setup: Setup, beta: float) -> dict[str, dict[str, Any]]:
    """The encoder's answer, if there is an encoder, and the best q: where they lie and their ELBO in nats."""
    known = {"encoder": cached.encoder_q(setup), "best": cached.best_q(setup, beta)}
    marks = {}
    for name, q in known.items():
        if q is not None:
            marks[name] = {"mean": q[0], "variance": q[1], "elbo": float(cached.elbo(setup, *q).elbo[0])}
    return marks


def best_objective(setup: Setup, beta: float) -> float:
    """Reconstruction − β · KL of the best q, in nats."""
    terms = cached.elbo(setup, *cached.best_q(setup, beta))
    return float(terms.reconstruction[0] - beta * terms.kl[0].sum())


def axis_of(path: SweepPath) -> VarianceAxis:
    """What stands under the curves of a sweep along this path."""
    if path.mode is SliderMode.ENCODER:
        return VarianceAxis(np.array(path.scales), "σ² of q, in multiples of the encoder’s")
    if path.mode is SliderMode.EACH:
        return VarianceAxis(np.array(path.scales), f"variance σ²{subscript(path.moved.index(True))} of q")
    return VarianceAxis(np.array(path.scales), "variance σ² of q")


def marks_of(resolved: Resolved, known: dict[str, dict[str, Any]]) -> tuple[Landmark, ...]:
    """The landmarks as the trade-off chart draws them."""
    looks = {"encoder": ("encoder’s answer", "cross-thin-open"), "best": ("best q", "x-thin-open")}
    path = resolved.q.path
    return tuple(
        Landmark(looks[name][0], path.scale_of(mark["variance"]), mark["elbo"], looks[name][1])
        for name, mark in known.items()
    )


def formula(setup: Setup) -> str:
    """A model of one number, in a line of text for each of its parts."""
    noise, sign = models.sigma_x_of(setup), "-" if setup.bias < 0 else "+"
    decoded = "z²" if setup.model == "humps" else f"{setup.weight:.2f}·z {sign} {abs(setup.bias):.2f}"
    return f"z ~ N(0, 1)\nx | z ~ N({decoded}, {noise:.2f}²)\nx = {setup.x:.2f}".replace("-", "−")


def subscript(dimension: int) -> str:
    """The number of a dimension, counted from 0, as a subscript counted from 1."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(figure)] for figure in str(dimension + 1))


def _costs(resolved: Resolved) -> dict[str, Any]:
    setup, q, unit = resolved.setup, resolved.q, resolved.unit
    best = cached_costs.best_reconstruction(setup)
    chart = costs_chart(
        cached.sweep(setup, q.mean, q.path),
        evidence=cached.evidence(setup),
        best_reconstruction=best,
        top=cached_costs.top_of_scale(setup),
        axis=axis_of(q.path),
        beta=resolved.beta,
        unit=unit,
    )
    # The areas and lines carry their names in the chart itself; here stands what they have to do with the terms.
    most = f"{unit.per_nat * best:.2f}".replace("-", "−")
    best_drawing = f'<span data-term="best-drawing" tabindex="0">decoder’s best: {most}</span>'
    lost = f'<span class="lost" data-term="lost" tabindex="0">lost = {most} − reconstruction</span>'
    floor = f'<span class="evidence" data-term="floor" tabindex="0">floor = {most} − log p(x)</span>'
    return _shown(chart, "costs") | {"legend": f"<span>{best_drawing}; {lost}; {floor}</span>"}


def _tradeoff(resolved: Resolved, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    q = resolved.q
    chart = tradeoff_chart(
        cached.sweep(resolved.setup, q.mean, q.path),
        evidence=cached.evidence(resolved.setup),
        axis=axis_of(q.path),
        beta=resolved.beta,
        landmarks=marks_of(resolved, known),
        unit=resolved.unit,
    )
    return _shown(chart)


def _rate(resolved: Resolved) -> dict[str, Any]:
    sweep = cached.sweep(resolved.setup, resolved.q.mean, resolved.q.path)
    chart = rate_distortion_chart(sweep, evidence=cached.evidence(resolved.setup), beta=resolved.beta, unit=resolved.unit)
    if resolved.q.path.mode is SliderMode.ALL and len(resolved.q.mean) > 1:
        chart["data"][0]["name"] = "every σ² (all equal)"  # a q with others lies beside it
    # The line through q is on the moving layer.
    return _shown(chart) | {
        "legend": f"{legend.legend_of(chart)} {legend.line_of(f'slope −{resolved.beta:g} through q', Colour.ELBO)}"
    }


def _latents(resolved: Resolved) -> dict[str, Any]:
    setup = resolved.setup
    encoder, best = cached.encoder_gaussian(setup), cached.best_gaussian(setup, resolved.beta)
    latents = len(resolved.q.mean)
    if latents == 1:
        return latent_curves_chart(cached.latent_curves(setup), best=best)
    if latents == 2:
        return latent_plane_chart(cached.table(setup), cached.posterior_window(setup), encoder=encoder, best=best)
    paid = None if encoder is None else sum(values(part)[0] for part in cached.kl_shares(*cached.q_of(encoder)))
    # High enough for nearly all steps of the slider, but not for a mean far out.
    narrow = kl_parts(torch.zeros(1, 1, dtype=torch.float64), torch.from_numpy(resolved.q.path.variances))[1]
    top = 1.1 * max(float(np.quantile(values(narrow).max(-1), 0.9)), 1.0 if paid is None else float(paid.max()))
    return kl_dimensions_chart(paid, latents, top=resolved.unit.per_nat * top, unit=resolved.unit)


def _named(chart: dict[str, Any], beta: float) -> dict[str, Any]:
    """The chart whose best q is called that of β, where that is another than the q of the largest ELBO."""
    if beta == 1:
        return chart
    data = [{**trace, "name": f"best q, β = {beta:g}"} if trace["name"] == "best q" else trace for trace in chart["data"]]
    return {**chart, "data": data}


def _with_q(shown: dict[str, Any], latents: int) -> dict[str, Any]:
    """The legend with what the browser draws: q; above two latents its bars are named, and one is outlined."""
    if latents > 2:
        return shown | {"legend": f"{shown['legend']} {legend.outlined('chosen')}"}
    rings = f'<span><b style="color:{Colour.Q}">●</b> q, 1–2 sd</span>'
    return shown | {"legend": f"{legend.line_of('q', Colour.Q) if latents == 1 else rings} {shown['legend']}"}


def _shown(chart: dict[str, Any], room: str = "") -> dict[str, Any]:
    """A chart for the page: its legend as a line of text, its arrays as bytes, and what a sweep draws left empty.

    Its margins grow as its labels need, for which Plotly draws it twice: unless it has `room` by its name.
    """
    emptied = [{**trace, "x": [], "y": []} if trace.get("meta") in _SWEPT else trace for trace in chart["data"]]
    data = [{name: typed(value) for name, value in trace.items()} for trace in emptied]
    layout = {**chart["layout"], "showlegend": False, "height": None, "uirevision": "kept"}
    if room:
        layout = with_room(layout, room)
    if any(trace.get("meta") in _SWEPT for trace in chart["data"]):
        for axis in layout.keys() & {"xaxis", "yaxis", "yaxis2"}:
            swept = ("range", "tickvals", "domain") if axis == "yaxis2" else ("range", "domain")
            layout[axis] = {name: value for name, value in layout[axis].items() if name not in swept}
    return {"legend": legend.legend_of(chart), "data": data, "layout": layout}
