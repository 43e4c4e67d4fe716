"""The figures, by their data: what is drawn is what the record says, and it lies within the axes."""

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

import vaecore
from vaecore.figures.books import books_figure
from vaecore.figures.kl_bars import kl_figure
from vaecore.figures.latent_curves import LatentCurves, latent_curves_figure
from vaecore.figures.latent_plane import PosteriorWindow, latent_plane_figure
from vaecore.figures.theme import Colour
from vaecore.figures.tradeoff import Landmark, tradeoff_figure
from vaecore.figures.values import round_ticks, stage

VARIANCES = torch.logspace(-4, 0.6, 41, dtype=torch.float64)


def swept(reconstruction: torch.Tensor, provenance: vaecore.Provenance, error: float = 0.0) -> vaecore.VarianceSweep:
    """A sweep in two latents about the mean (0.5, −1), with a made-up reconstruction."""
    variances = VARIANCES[:, None].expand(-1, 2)
    mean = torch.tensor([[0.5, -1.0]], dtype=torch.float64)
    kl = vaecore.kl_to_standard_normal(mean[:, None].expand(1, 41, 2), variances[None])
    return vaecore.VarianceSweep(mean, variances, reconstruction[None], kl, torch.full((1, 41), error).double(), provenance)


def known(value: float, error: float = 0.0) -> vaecore.Evidence:
    """A made-up evidence."""
    return vaecore.Evidence(torch.tensor([value]).double(), torch.tensor([error]).double(), vaecore.Provenance.EXACT, None)


def trace(figure: go.Figure, name: str) -> go.Scatter:
    """The one trace of that name."""
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


SWEEP = swept(210 - 300 * VARIANCES, vaecore.Provenance.EXACT)


def test_the_curves_are_the_terms_of_the_sweep_with_the_sign_that_they_are_named_by() -> None:
    figure = tradeoff_figure(SWEEP, at=10, evidence=known(205.0))
    assert trace(figure, "−reconstruction").y == pytest.approx(-SWEEP.reconstruction[0].numpy())
    assert trace(figure, "KL").y == pytest.approx(SWEEP.kl[0].sum(-1).numpy())
    assert trace(figure, "−ELBO").y == pytest.approx(-SWEEP.elbo[0].numpy())
    assert trace(figure, "−log p(x)").y == pytest.approx([-205, -205])
    assert trace(figure, "KL").x == pytest.approx(VARIANCES.numpy())


def test_the_optimum_is_marked_where_the_objective_is_best() -> None:
    for beta in (0.5, 1.0, 4.0):
        figure = tradeoff_figure(SWEEP, at=10, evidence=known(205.0), beta=beta)
        best = int(SWEEP.best_step(beta)[0])
        mark = trace(figure, "lowest on this curve")
        assert mark.x[0] == pytest.approx(float(VARIANCES[best]))
        assert mark.y[0] == pytest.approx(-float(SWEEP.objective(beta)[0, best]))


@pytest.mark.parametrize("at", [0, 10, 25, 40])
@pytest.mark.parametrize("level", [-3000.0, -1.0, 210.0])
def test_the_current_point_the_landmarks_and_the_evidence_are_inside_the_window(at: int, level: float) -> None:
    sweep = swept(level - 300 * VARIANCES, vaecore.Provenance.EXACT)
    landmark = Landmark("encoder's answer", 0.01, level - 90.0, "cross-thin-open")
    figure = tradeoff_figure(sweep, at=at, evidence=known(level - 2), landmarks=(landmark,))
    left, right = (axis.range for axis in (figure.layout.yaxis, figure.layout.yaxis2))
    points = [mark for mark in figure.data if mark.mode == "markers"] + [trace(figure, "−log p(x)")]
    assert len(points) == 6
    for point in points:
        low, high = right if point.yaxis == "y2" else left
        assert all(low <= y <= high for y in point.y), point.name


def test_a_nat_is_equally_long_on_both_axes_and_heights_add_up() -> None:
    figure = tradeoff_figure(SWEEP, at=10, evidence=known(205.0))
    left, right = np.array(figure.layout.yaxis.range), np.array(figure.layout.yaxis2.range)
    shift = left - right
    assert shift[0] == pytest.approx(shift[1])
    assert shift[0] == pytest.approx(-210, abs=0.1)  # KL's zero stands where −reconstruction is smallest


def test_only_an_estimate_has_a_band_of_two_standard_errors() -> None:
    assert "± 2 standard errors" not in {trace.name for trace in tradeoff_figure(SWEEP, at=0, evidence=known(205.0)).data}
    sweep = swept(210 - 300 * VARIANCES, vaecore.Provenance.ESTIMATE, error=0.7)
    band = trace(tradeoff_figure(sweep, at=0, evidence=known(205.0)), "± 2 standard errors")
    upper, lower = np.split(np.asarray(band.y), 2)
    assert upper - lower[::-1] == pytest.approx(np.full(41, 4 * 0.7))


def test_the_beta_objective_is_drawn_only_with_another_beta_and_named_no_bound_only_below_one() -> None:
    names = {
        beta: [
            trace.name
            for trace in tradeoff_figure(SWEEP, at=0, evidence=known(205.0), beta=beta).data
            if "·KL" in trace.name
        ]
        for beta in (0.5, 1.0, 2.0)
    }
    assert names == {0.5: ["−reconstruction + 0.5·KL, not a bound"], 1.0: [], 2.0: ["−reconstruction + 2·KL"]}


@pytest.mark.parametrize(
    ("reconstruction", "kl", "evidence"),
    [(214.0, 8.0, 206.5), (-130.0, 20.0, -149.0), (-4000.0, 3.0, 200.0), (0.1, 0.01, 0.1)],
)
def test_the_books_end_at_reconstruction_and_evidence_whatever_the_sizes(
    reconstruction: float, kl: float, evidence: float
) -> None:
    terms = vaecore.ElboTerms(
        torch.tensor([reconstruction]).double(),
        torch.tensor([[kl / 2, kl / 2]]).double(),
        torch.zeros(1).double(),
        vaecore.Provenance.EXACT,
    )
    elbo = reconstruction - kl
    gap = vaecore.Gap(torch.tensor([evidence - elbo]).double(), torch.zeros(1).double(), vaecore.Provenance.EXACT)
    figure = books_figure(terms, gap, known(evidence))
    low, high = figure.layout.xaxis.range
    assert trace(figure, "KL").base[0] + trace(figure, "KL").x[0] == pytest.approx(reconstruction)
    assert trace(figure, "gap").base[0] + trace(figure, "gap").x[0] == pytest.approx(evidence)
    assert trace(figure, "ELBO").base + trace(figure, "ELBO").x[0] == pytest.approx(elbo)
    assert low < min(elbo, evidence) <= max(reconstruction, evidence) < high
    assert evidence == pytest.approx((low + high) / 2)  # the line of log p(x) never moves


def test_the_bars_of_kl_stack_to_kl_per_dimension() -> None:
    mean, variance = torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[0.5, 2.0]]).double()
    shares = vaecore.gaussian.kl_parts(mean, variance)
    bars = kl_figure(*shares).data
    assert bars[0].y == pytest.approx([0.5, 0])
    assert np.add(bars[0].y, bars[1].y) == pytest.approx([0.5965735902799727, 0.1534264097200273])


def test_the_plane_draws_q_to_scale_and_the_window_where_the_posterior_is() -> None:
    axis = torch.linspace(-0.2, 0.2, 21)
    table = vaecore.JointTable(torch.tensor([[0.0, 0.0], [3.0, 3.0]]), torch.tensor([0.0, -60.0]), torch.zeros(2))
    window = PosteriorWindow(axis + 1, axis, torch.rand(21, 21, generator=torch.Generator().manual_seed(0)))
    q = vaecore.DiagonalGaussian(torch.tensor([[0.9, 0.1]]), torch.tensor([[0.04, 0.01]]))
    figure = latent_plane_figure(table, window, q, encoder=q, best=q)
    ellipses = [trace for trace in figure.data if trace.name == "q, 1 and 2 sd"]
    assert len(ellipses) == 4
    assert np.ptp(ellipses[0].x) == pytest.approx(2 * 0.2, rel=1e-3)
    assert np.ptp(ellipses[0].y) == pytest.approx(2 * 0.1, rel=1e-3)
    circles = [trace for trace in figure.data if trace.name == "prior"]
    assert [np.ptp(circle.x) for circle in circles] == pytest.approx([2, 4, 6], rel=1e-3)
    assert list(trace(figure, "posterior").x) == [0]  # the far point has no mass to speak of
    assert figure.layout.xaxis2.range == pytest.approx((0.8, 1.2))
    assert figure.layout.annotations == ()
    assert (figure.layout.yaxis.scaleanchor, figure.layout.yaxis2.scaleanchor) == ("x", "x2")


def test_the_plane_says_when_q_is_outside_the_window() -> None:
    axis = torch.linspace(-0.2, 0.2, 21)
    table = vaecore.JointTable(torch.zeros(1, 2), torch.zeros(1), torch.zeros(1))
    q = vaecore.DiagonalGaussian(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.04, 0.01]]))
    figure = latent_plane_figure(table, PosteriorWindow(axis, axis, torch.ones(21, 21)), q)
    assert "outside" in figure.layout.annotations[0].text


def test_the_likelihood_has_the_posteriors_height_and_a_spike_does_not_flatten_the_rest() -> None:
    z = torch.linspace(-4, 4, 801)
    bell = (-0.5 * z.square()).exp() / (2 * torch.pi) ** 0.5
    spike = 100 * (-0.5 * (z / 0.004).square()).exp()
    figure = latent_curves_figure(LatentCurves(z, bell, bell / bell.max(), 2 * bell, spike))
    assert max(trace(figure, "likelihood p(x|z), scaled").y) == pytest.approx(2 * float(bell.max()))
    assert figure.layout.yaxis.range[1] < 4 * 2 * float(bell.max())


def test_every_axis_has_a_unit_and_every_quantity_its_own_colour() -> None:
    figure = tradeoff_figure(SWEEP, at=10, evidence=known(205.0))
    assert "nats" in figure.layout.yaxis.title.text
    assert "nats" in figure.layout.yaxis2.title.text
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
