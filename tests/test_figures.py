"""The figures, by their data: what is drawn is what the record says, and it lies within the axes."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

import vaecore
from pages.parts.web.legend import legend_of
from vaecore.core.records import LatentCurves, PosteriorWindow
from vaecore.figures.costs import costs_chart
from vaecore.figures.kl_dimensions import kl_dimensions_chart
from vaecore.figures.latent_curves import latent_curves_chart
from vaecore.figures.latent_plane import latent_plane_chart
from vaecore.figures.rate_distortion import rate_distortion_chart
from vaecore.figures.theme import Colour, faded
from vaecore.figures.tradeoff import Landmark, VarianceAxis, tradeoff_chart
from vaecore.figures.units import Unit
from vaecore.figures.values import lowest, round_ticks, stage

VARIANCES = torch.logspace(-4, 0.6, 41, dtype=torch.float64)


def swept(reconstruction: torch.Tensor, accuracy: vaecore.Accuracy, error: float = 0.0) -> vaecore.VarianceSweep:
    """A sweep in two latents about the mean (0.5, −1), with a made-up reconstruction."""
    variances = VARIANCES[:, None].expand(-1, 2)
    mean = torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    kl = vaecore.kl_to_standard_normal(mean[:, None].expand(1, 41, 2), variances[None])
    return vaecore.VarianceSweep(mean, variances, reconstruction[None], kl, torch.full((1, 41), error).double(), accuracy)


def known(value: float, error: float = 0.0) -> vaecore.Evidence:
    """A made-up evidence."""
    return vaecore.Evidence(torch.tensor([value]).double(), torch.tensor([error]).double(), vaecore.Accuracy.EXACT, None)


def tradeoff(*args: Any, **options: Any) -> go.Figure:
    """The chart as a figure, which checks that Plotly knows every setting."""
    return go.Figure(tradeoff_chart(*args, **options))


def trace(figure: go.Figure, name: str) -> go.Scatter:
    """The one trace of that name."""
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


SWEEP = swept(210 - 300 * VARIANCES, vaecore.Accuracy.EXACT)


def test_the_curves_are_the_terms_of_the_sweep_with_the_sign_that_they_are_named_by() -> None:
    figure = tradeoff(SWEEP, at=10, evidence=known(205.0))
    assert trace(figure, "−reconstruction").y == pytest.approx(-SWEEP.reconstruction[0].numpy())
    assert trace(figure, "KL").y == pytest.approx(SWEEP.kl[0].sum(-1).numpy())
    assert trace(figure, "−ELBO").y == pytest.approx(-SWEEP.elbo[0].numpy())
    assert trace(figure, "−log p(x)").y == pytest.approx([-205, -205])
    assert trace(figure, "KL").x == pytest.approx(VARIANCES.numpy())


def test_the_optimum_is_marked_where_the_objective_is_best() -> None:
    for beta in (0.5, 1.0, 4.0):
        figure = tradeoff(SWEEP, at=10, evidence=known(205.0), beta=beta)
        best = int(SWEEP.best_step(beta)[0])
        mark = trace(figure, "lowest point drawn")
        assert mark.x[0] == pytest.approx(float(VARIANCES[best]))
        assert mark.y[0] == pytest.approx(-float(SWEEP.objective(beta)[0, best]))


def test_costs_are_stacked_from_zero_over_a_floor_and_each_optimum_is_marked() -> None:
    top = 212.0
    options = {"evidence": known(205.0), "best_reconstruction": top, "top": 30.0}
    figure = go.Figure(costs_chart(SWEEP, at=10, beta=4.0, unit=Unit.BITS, **options))
    bits, kl, lost = 1 / np.log(2), SWEEP.kl[0].sum(-1).numpy(), top - SWEEP.reconstruction[0].numpy()
    curves = {trace.meta: trace for trace in figure.data if trace.meta}
    assert curves["cost_kl"].y == pytest.approx(bits * kl)
    for name in ("cost", "cost_lost"):
        assert curves[name].y == pytest.approx(bits * (top - SWEEP.elbo[0].numpy()))
    assert curves["cost"].y - curves["cost_kl"].y == pytest.approx(bits * lost)
    assert curves["cost_floor"].y == pytest.approx([7 * bits, 7 * bits])
    for name, weight in (("cost_best", 1), ("cost_objective_best", 4)):
        objective = weight * kl + lost
        # Nearer to the lowest step than to its neighbours, and no higher.
        step = objective.argmin()
        ends = np.sqrt(VARIANCES[step - 1 : step + 1].numpy() * VARIANCES[step : step + 2].numpy())
        assert ends[0] <= curves[name].x[0] <= ends[1]
        assert curves[name].y[0] <= bits * objective[step] + 1e-12
        assert curves[name].y[0] == pytest.approx(bits * objective[step], abs=0.05)
    assert figure.layout.yaxis.range == pytest.approx((0, 30 * bits))
    assert "cost_objective" not in {t.meta for t in go.Figure(costs_chart(SWEEP, **options)).data}


def test_the_best_variance_is_marked_to_the_digits_that_are_shown() -> None:
    """f(z) = z with x = 1 and σₓ = 1: KL and reconstruction lost are least at σ² = ½, between two steps."""
    variances = np.geomspace(1e-6, 4, 241)
    cost = 0.5 * (variances - 1 - np.log(variances)) + 0.5 * variances
    best, least = lowest(variances, cost)
    assert f"{best:.3g}" == "0.5" != f"{variances[cost.argmin()]:.3g}"
    assert least == pytest.approx(0.5 * np.log(2), abs=1e-5)
    assert lowest(variances, -np.log(variances)) == (4.0, -np.log(4.0))
    assert lowest(variances, np.zeros(241))[1] == 0


@pytest.mark.parametrize("at", [0, 10, 25, 40])
@pytest.mark.parametrize("level", [-3000.0, -1.0, 210.0])
def test_the_current_point_the_landmarks_and_the_evidence_are_inside_the_window(at: int, level: float) -> None:
    sweep = swept(level - 300 * VARIANCES, vaecore.Accuracy.EXACT)
    landmark = Landmark("encoder's answer", 0.01, level - 90.0, "cross-thin-open")
    figure = tradeoff(sweep, at=at, evidence=known(level - 2), landmarks=(landmark,))
    left, right = (axis.range for axis in (figure.layout.yaxis, figure.layout.yaxis2))
    points = [mark for mark in figure.data if mark.mode == "markers"] + [trace(figure, "−log p(x)")]
    assert len(points) == 6
    for point in points:
        low, high = right if point.yaxis == "y2" else left
        assert all(low <= y <= high for y in point.y), point.name


def test_kl_has_a_panel_of_its_own_unless_all_are_near_zero_and_a_nat_is_equally_long_in_both() -> None:
    figure = tradeoff(SWEEP, at=10, evidence=known(205.0))
    upper, lower = figure.layout.yaxis, figure.layout.yaxis2
    # No crossing that could be taken for a balance.
    assert 0 == lower.domain[0] < lower.domain[1] < upper.domain[0] < upper.domain[1] == 1
    assert np.ptp(upper.range) / np.ptp(upper.domain) == pytest.approx(np.ptp(lower.range) / np.ptp(lower.domain))
    curves = {name: np.array(trace(figure, name).y) for name in ("−reconstruction", "KL", "−ELBO")}
    assert curves["−ELBO"] - curves["−reconstruction"] == pytest.approx(curves["KL"])
    assert lower.range[0] < curves["KL"].min() < curves["KL"].max() < lower.range[1]
    assert len(lower.tickvals) >= 2
    far = tradeoff(SWEEP, at=10, evidence=known(205.0), landmarks=(Landmark("best q", 0.01, -5e3, "x-thin-open"),))
    assert np.ptp(far.layout.yaxis2.domain) == 0.25, "it can still be read"

    near = tradeoff(swept(-2 - VARIANCES, vaecore.Accuracy.EXACT), at=10, evidence=known(-1.5)).layout
    assert near.yaxis.domain == near.yaxis2.domain == (0, 1)
    assert near.yaxis.range == near.yaxis2.range
    assert near.yaxis2.tickvals == ()


def test_only_an_estimate_has_a_band_of_two_standard_errors() -> None:
    assert "± 2 standard errors" not in {trace.name for trace in tradeoff(SWEEP, at=0, evidence=known(205.0)).data}
    sweep = swept(210 - 300 * VARIANCES, vaecore.Accuracy.ESTIMATED, error=0.7)
    low, high = [trace for trace in tradeoff(sweep, at=0, evidence=known(205.0)).data if trace.name == "± 2 standard errors"]
    assert (low.fill, high.fill) == ("none", "tonexty")
    assert np.subtract(high.y, low.y) == pytest.approx(np.full(41, 4 * 0.7))
    assert np.add(high.y, low.y) / 2 == pytest.approx(-sweep.elbo[0].numpy())


def test_the_beta_objective_is_drawn_only_with_another_beta_and_named_no_bound_only_below_one() -> None:
    names = {
        beta: [trace.name for trace in tradeoff(SWEEP, at=0, evidence=known(205.0), beta=beta).data if "·KL" in trace.name]
        for beta in (0.5, 1.0, 2.0)
    }
    assert names == {0.5: ["−reconstruction + 0.5·KL, not a bound"], 1.0: [], 2.0: ["−reconstruction + 2·KL"]}


def test_what_is_far_above_the_trade_off_does_not_flatten_it() -> None:
    ordinary = tradeoff(SWEEP, at=10, evidence=known(205.0))
    far = tradeoff(SWEEP, at=10, evidence=known(205.0), landmarks=(Landmark("best q", 0.01, -5e3, "x-thin-open"),))
    assert np.ptp(far.layout.yaxis.range) > 5e3
    assert np.ptp(ordinary.layout.yaxis.range) < 100


@pytest.mark.parametrize("evidence", [210.0, 230.0, 400.0])
def test_a_window_that_nothing_asks_for_is_still_one(evidence: float) -> None:
    figure = go.Figure(rate_distortion_chart(SWEEP, evidence=known(evidence)))
    low, high = figure.layout.yaxis.range
    assert low < -evidence < high


@pytest.mark.parametrize("unit", list(Unit))
def test_rate_and_distortion_are_kl_and_reconstruction_and_their_line_has_the_slope_of_beta(unit: Unit) -> None:
    figure = go.Figure(rate_distortion_chart(SWEEP, evidence=known(205.0), beta=2.0, unit=unit))
    per_nat = {Unit.NATS: 1.0, Unit.BITS: 1 / np.log(2)}[unit]
    curve = next(trace for trace in figure.data if trace.meta == "rate")
    assert curve.x == pytest.approx(per_nat * SWEEP.kl[0].sum(-1).numpy())
    assert curve.y == pytest.approx(-per_nat * SWEEP.reconstruction[0].numpy())
    lines = {trace.meta: trace for trace in figure.data if trace.meta in ("bound", "lowest")}
    for name, slope in (("bound", -1), ("lowest", -2)):
        assert np.diff(lines[name].y) / np.diff(lines[name].x) == pytest.approx(slope)
    assert lines["bound"].y[0] == pytest.approx(-205 * per_nat)
    # The lowest line of equal objective touches the curve and runs below it everywhere.
    below = np.interp(curve.x, lines["lowest"].x, lines["lowest"].y)
    assert (np.asarray(curve.y) - below).min() == pytest.approx(0, abs=1e-9)
    (best,) = (trace for trace in figure.data if trace.meta == "rate_best")
    assert np.interp(best.x, lines["lowest"].x, lines["lowest"].y) == pytest.approx(best.y, abs=1e-9), "where it touches"
    assert best.y[0] in curve.y and best.x[0] in curve.x
    assert figure.layout.xaxis.title.text == f"rate: KL ({unit.value})"
    assert figure.layout.yaxis.title.text == f"distortion ({unit.value})"


def test_bits_are_drawn_as_bits() -> None:
    nats, bits = (tradeoff(SWEEP, at=10, evidence=known(205.0), unit=unit) for unit in Unit)
    for name in ("−reconstruction", "KL", "−ELBO", "−log p(x)"):
        assert trace(bits, name).y == pytest.approx(np.asarray(trace(nats, name).y) / np.log(2))
    assert bits.layout.yaxis.title.text == "bits"


def test_an_axis_of_multiples_has_its_own_title_and_its_own_values() -> None:
    multiples = VarianceAxis(np.geomspace(0.01, 100, 41), "multiples")
    figure = tradeoff(SWEEP, at=10, evidence=known(205.0), axis=multiples)
    assert trace(figure, "KL").x == pytest.approx(np.geomspace(0.01, 100, 41))
    assert figure.layout.xaxis.range == pytest.approx((-2, 2))
    assert figure.layout.xaxis.tickvals == pytest.approx((0.01, 0.1, 1, 10, 100))
    assert figure.layout.xaxis.title.text == "multiples"


def test_the_bars_of_the_encoder_are_its_kl_in_the_unit_and_every_dimension_has_room() -> None:
    paid = np.array([0.5, 2.0, 0.0])
    figure = go.Figure(kl_dimensions_chart(paid, 3, top=4.0, unit=Unit.BITS))
    bars = trace(figure, "encoder's q")
    assert bars.y == pytest.approx(paid / np.log(2))
    assert list(bars.x) == [1, 2, 3]
    low, high = figure.layout.xaxis.range
    assert low < 0.65 < 3.35 < high
    assert figure.layout.yaxis.range == (0, 4)
    assert not any(trace.name == "encoder's q" for trace in go.Figure(kl_dimensions_chart(None, 3, top=4.0)).data)


def test_the_bars_of_q_have_both_their_reds_in_the_legend() -> None:
    legend = legend_of(kl_dimensions_chart(np.ones(3), 3, top=4.0))
    for look, name in ((Colour.KL.value, "from μ"), (faded(Colour.KL, 0.45), "from σ²")):
        assert f'background:{look};border:2px solid transparent"></i> {name}</span>' in legend


def test_the_plane_draws_the_prior_to_scale_and_the_window_where_the_posterior_is() -> None:
    axis = torch.linspace(-0.2, 0.2, 21)
    table = vaecore.JointTable(torch.tensor([[0.0, 0.0], [3.0, 3.0]]), torch.tensor([0.0, -60.0]), torch.zeros(2))
    window = PosteriorWindow(axis + 1, axis, torch.rand(21, 21, generator=torch.Generator().manual_seed(0)))
    q = vaecore.DiagonalGaussian(torch.tensor([[0.9, 0.1]]), torch.tensor([[0.04, 0.01]]))
    figure = go.Figure(latent_plane_chart(table, window, encoder=q, best=q))
    circles = [trace for trace in figure.data if trace.name and trace.name.startswith("prior")]
    assert [np.ptp(circle.x) for circle in circles] == pytest.approx([2, 4], rel=1e-3)
    assert list(trace(figure, "posterior").x) == [0]  # the far point has no mass to speak of
    assert figure.layout.xaxis2.range == pytest.approx((0.8, 1.2))
    assert figure.layout.yaxis2.range == pytest.approx((-0.2, 0.2))
    assert (figure.layout.yaxis.scaleanchor, figure.layout.yaxis2.scaleanchor) == ("x", "x2")
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == pytest.approx((0.8, 1.2, -0.2, 0.2))
    for name in ("encoder", "best q"):
        points = [trace for trace in figure.data if trace.name == name]
        assert [(point.x[0], point.y[0]) for point in points] == [pytest.approx((0.9, 0.1))] * 2
        assert [point.showlegend for point in points] == [True, False]


def test_a_posterior_of_thousands_of_points_is_drawn_as_few_that_cover_them() -> None:
    z = torch.rand(4000, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    table = vaecore.JointTable(z, torch.zeros(4000, dtype=torch.float64), torch.zeros(4000))
    axis = torch.linspace(0, 1, 21)
    dots = trace(go.Figure(latent_plane_chart(table, PosteriorWindow(axis, axis, torch.ones(21, 21)))), "posterior")
    drawn = torch.tensor(np.stack([dots.x, dots.y], 1))
    assert len(drawn) < 400
    assert set(map(tuple, drawn.tolist())) <= set(map(tuple, z.tolist()))
    assert float(torch.cdist(z, drawn).min(1).values.max()) < 0.1, "a dot of 4 pixels in a plane of 9 covers 0.1"


@pytest.mark.parametrize("sweep", ["exact", "estimate"])
def test_the_legend_names_what_is_drawn_once_and_shows_its_look(sweep: str) -> None:
    estimate = swept(210 - 300 * VARIANCES, vaecore.Accuracy.ESTIMATED, error=0.7)
    chart = tradeoff_chart(SWEEP if sweep == "exact" else estimate, evidence=known(205.0), beta=2.0)
    words = legend_of(chart)
    names = [trace.name for trace in go.Figure(chart).data if trace.showlegend is not False]
    assert [words.count(f" {name}</span>") for name in names] == [1] * len(names)
    assert ("± 2 standard errors" in words) == (sweep == "estimate")
    assert "dotted" in words
    assert "◆" in words


def test_the_likelihood_has_the_posteriors_height_and_the_axis_has_room_for_a_narrower_q() -> None:
    z = torch.linspace(-4, 4, 801)
    bell = (-0.5 * z.square()).exp() / (2 * torch.pi) ** 0.5
    figure = go.Figure(latent_curves_chart(LatentCurves(z, bell, bell / bell.max(), 2 * bell)))
    top = 2 * float(bell.max())
    assert max(trace(figure, "likelihood p(x|z), scaled").y) == pytest.approx(top)
    assert max(trace(figure, "posterior p(z|x)").y) == pytest.approx(top)
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert 1.3 * top < high < 3 * top


def test_every_axis_has_a_unit_and_every_quantity_its_own_colour() -> None:
    figure = tradeoff(SWEEP, at=10, evidence=known(205.0))
    assert "nats" in figure.layout.yaxis.title.text
    assert figure.layout.yaxis2.title.text == "KL"  # below the other, in the same unit
    assert "variance" in figure.layout.xaxis.title.text
    colours = {name: trace(figure, name).line.color for name in ("−reconstruction", "KL", "−ELBO", "−log p(x)")}
    assert colours == {
        "−reconstruction": Colour.RECONSTRUCTION,
        "KL": Colour.KL,
        "−ELBO": Colour.ELBO,
        "−log p(x)": Colour.EVIDENCE,
    }


def test_a_stage_is_a_doubling_of_the_base_that_is_large_enough() -> None:
    assert stage(3, 5) == 5
    assert stage(5.1, 5) == 10
    assert stage(300, 5) == 320


def test_round_ticks_are_round_and_within() -> None:
    assert round_ticks(0, 11.3) == pytest.approx([0, 2, 4, 6, 8, 10])
    assert round_ticks(-0.03, 0.02) == pytest.approx([-0.03, -0.02, -0.01, 0, 0.01, 0.02])


def test_a_stage_of_nothing_is_the_base() -> None:
    assert stage(0, 5) == stage(-1, 5) == 5
