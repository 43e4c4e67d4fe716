"""The two charts of the screen Your loss, by their data."""

import numpy as np
import plotly.graph_objects as go
import pytest

from pages.parts.web.legend import legend_of
from vaecore.figures.excess_over_minimum import TALLEST, excess_over_minimum_chart
from vaecore.figures.spectrum import HIGHEST, LOWEST, spectrum_chart
from vaecore.losses.water_filling import mnist_spectrum


def test_the_spectrum_is_drawn_by_rank_down_to_the_end_of_its_axis() -> None:
    eigenvalues = mnist_spectrum()
    figure = go.Figure(spectrum_chart(eigenvalues))
    below = figure.data[0]
    count = int(np.count_nonzero(eigenvalues >= LOWEST))
    assert list(below.x) == list(range(1, count + 1))
    assert below.y == pytest.approx(eigenvalues[:count])
    assert tuple(10 ** np.array(figure.layout.yaxis.range)) == pytest.approx((LOWEST, HIGHEST))
    assert 10 ** figure.layout.xaxis.range[0] < 1 and 10 ** figure.layout.xaxis.range[1] > 784


def test_the_curve_is_marked_where_it_is_lowest_and_zero_is_in_sight() -> None:
    variances = np.geomspace(1e-4, 4, 41)
    heights = (np.log(variances / 0.02)) ** 2
    heights -= heights.min()
    figure = go.Figure(excess_over_minimum_chart(variances, heights))
    curve, lowest = figure.data[:2]
    assert curve.y == pytest.approx(heights)
    assert lowest.x == pytest.approx([variances[heights.argmin()]]) and lowest.y == pytest.approx([0])
    assert figure.layout.yaxis.range[0] < 0 and figure.layout.yaxis.range[1] == TALLEST


@pytest.mark.parametrize("chart", [spectrum_chart(mnist_spectrum()), excess_over_minimum_chart(np.ones(2), np.zeros(2))])
def test_whatever_moves_over_the_chart_has_its_name_in_the_legend_and_a_look_of_its_own(chart: dict) -> None:
    text = legend_of(chart)
    assert all(trace["name"] in text for trace in chart["data"])
    looks = [(trace["mode"], str(trace.get("marker", trace.get("line")))) for trace in chart["data"]]
    assert len(set(looks)) == len(looks)
