"""What a visitor takes away: the sweep as a table, the chart as a page, and a few lines of Python that print the numbers."""

import csv
import io
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages.parts.compute import cached, cached_costs, models
from pages.parts.compute.resolve import Resolved
from pages.parts.state import parameters
from pages.parts.tradeoff import static_layer
from vaecore.core.accuracy import Accuracy
from vaecore.figures.costs import costs_chart
from vaecore.figures.rate_distortion import rate_distortion_chart
from vaecore.figures.theme import Colour
from vaecore.figures.traces import points
from vaecore.figures.tradeoff import tradeoff_chart
from vaecore.figures.values import values


def table(resolved: Resolved) -> str:
    """CSV, one line for each step of the slider."""
    setup, q, per_nat = resolved.setup, resolved.q, resolved.unit.per_nat
    swept, gaps = cached.sweep(setup, q.mean, q.path), cached.gaps(setup, q.mean, q.path)
    unit, evidence = resolved.unit.value, cached.evidence(setup)
    columns = {
        "slider": np.array(q.path.scales),
        **{f"variance_{j}": column for j, column in enumerate(q.path.variances.T, start=1)},
        **{f"mean_{j}": np.full(len(q.path.scales), mean) for j, mean in enumerate(q.mean, start=1)},
        f"reconstruction_{unit}": per_nat * values(swept.reconstruction)[0],
        f"kl_{unit}": per_nat * values(swept.kl)[0].sum(-1),
        f"elbo_{unit}": per_nat * values(swept.elbo)[0],
        f"objective_beta_{resolved.beta:g}_{unit}": per_nat * values(swept.objective(resolved.beta))[0],
        f"gap{_bound(gaps.accuracy)}_{unit}": per_nat * values(gaps.value)[0],
        f"log_evidence{_bound(evidence.accuracy)}_{unit}": np.full(len(q.path.scales), per_nat * cached.log_evidence(setup)),
        f"error_{unit}": per_nat * values(swept.error)[0],
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(np.column_stack(list(columns.values())).tolist())
    return text.getvalue()


def _bound(accuracy: Accuracy) -> str:
    return "_lower_bound" if accuracy is Accuracy.LOWER_BOUND else ""


def chart(resolved: Resolved) -> dict[str, Any]:
    """The trade-off chart with q marked, for Plotly's own script to draw."""
    return json.loads(figure(resolved).to_json())


def page(resolved: Resolved) -> str:
    """The trade-off chart as a page that needs nothing else."""
    return figure(resolved).to_html(include_plotlyjs=True, full_html=True)


def snippet(resolved: Resolved) -> str:
    """Python that prints the numbers of the screen, run in the folder of this project."""
    setup, q = resolved.setup, resolved.q
    lines = ["import torch", "", "import vaecore"]
    one_number = setup.model in parameters.ONE_NUMBER
    if not one_number:
        lines.append("from vaecore.data import digits, mnist")
    lines += ["", f'model = vaecore.load("{setup.model}")']
    if setup.model == "number":
        weight, bias = f"torch.tensor([[{setup.weight!r}]])", f"torch.tensor([{setup.bias!r}])"
        lines.append(f"model = vaecore.VAE(vaecore.LinearDecoder({weight}, {bias}), model.likelihood, latent_dim=1)")
    if setup.sigma_x is not None:
        lines.append(f"model = model.with_likelihood(vaecore.GaussianPixels({setup.sigma_x!r}**2))")
    if one_number:
        lines.append(f"x = torch.tensor([[{setup.x!r}]], dtype=torch.float64)")
    else:
        row = cached.gallery_row(setup.digit, setup.example)
        binary = models.sigma_x_of(setup) is None
        grey = "black_and_white" if binary else "grey"
        lines.append(f"x = mnist.{grey}(digits.test_digits().images[{row}:{row + 1}]).double()  # a {setup.digit}")
    lines += [
        f"mean = torch.tensor([{list(q.mean)}], dtype=torch.float64)",
        f"variance = torch.tensor([{list(q.variance)}], dtype=torch.float64)",
        "q = vaecore.DiagonalGaussian(mean, variance)",
        "",
        "terms, evidence = vaecore.elbo(model, x, q), vaecore.evidence(model, x)",
        f"unit = {resolved.unit.per_nat!r}  # {resolved.unit.value} per nat",
        'print(f"reconstruction {unit * terms.reconstruction.item():.3f}")',
        'print(f"kl {unit * terms.kl.sum().item():.3f}")',
        'print(f"elbo {unit * terms.elbo.item():.3f}")',
        'print(f"gap {unit * vaecore.gap(model, x, q, evidence).value.item():.3f}")',
        'print(f"evidence {unit * evidence.value.item():.3f}")',
    ]
    return "\n".join(lines) + "\n"


def figure(resolved: Resolved, view: str = "variance") -> go.Figure:
    """The trade-off chart with q marked, in one of its views: `costs`, `variance` (the terms) or `rate`."""
    setup, q, beta, unit = resolved.setup, resolved.q, resolved.beta, resolved.unit
    swept, evidence = cached.sweep(setup, q.mean, q.path), cached.evidence(setup)
    scales, axis = np.array(q.path.scales), static_layer.axis_of(q.path)
    at = int(np.abs(np.log(scales / q.path.scale_of(q.variance))).argmin())
    if view == "costs":
        best, top = cached_costs.best_reconstruction(setup), cached_costs.top_of_scale(setup)
        return go.Figure(
            costs_chart(
                swept,
                evidence=evidence,
                best_reconstruction=best,
                top=top,
                at=at,
                axis=axis,
                beta=beta,
                unit=unit,
                height=480,
            )
        )
    if view == "rate":
        own = cached.elbo(setup, q.mean, q.variance)
        rate, distortion = (unit.per_nat * float(term) for term in (own.kl[0].sum(), -own.reconstruction[0]))
        marked = points([rate], [distortion], "q", Colour.Q)
        drawn = rate_distortion_chart(swept, evidence=evidence, beta=beta, unit=unit, height=480)
        low, high = drawn["layout"]["yaxis"]["range"]
        room = 0.05 * (high - low)
        drawn["layout"]["yaxis"]["range"] = [min(low, distortion - room), max(high, distortion + room)]
        return go.Figure(drawn).add_trace(marked)
    marks = static_layer.marks_of(resolved, static_layer.landmarks(setup, beta))
    return go.Figure(
        tradeoff_chart(swept, evidence=evidence, at=at, axis=axis, beta=beta, landmarks=marks, unit=unit, height=480)
    )
