"""What newcomers misread on the Trade-off screen, and what tells them now."""

import re
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from tests.test_figures_theme import contrast
from tests.visiting import Visit
from vaecore.figures.theme import DARK_BACKGROUND, Colour

Open = Callable[..., Visit]


def number_in(text: str) -> float:
    return float(text.replace("−", "-").replace("≥", ""))


@pytest.mark.parametrize(
    "path", ["?digit=3", "?model=digits-linear-2&q=best", "?model=number&q=hand&mean=1&variance=3&beta=2"]
)
def test_the_pulls_start_at_zero_and_their_printed_sum_is_that_of_the_printed_pulls(visit: Open, path: str) -> None:
    opened = visit(path)
    pulls = opened.page.locator("svg.forces")
    zero = pulls.locator("line.zero").get_attribute("x1")
    columns = {name: pulls.locator(f"text.value.{name}").all_text_contents() for name in ("reconstruction", "kl", "sum")}
    assert [texts[0] for texts in columns.values()] == ["rec.", "KL", "sum"]
    # Every row has three numbers and two arrows; the heads of the columns come first.
    rows = [[number_in(text) for text in row] for row in zip(*(texts[1:] for texts in columns.values()), strict=True)]
    lines = pulls.locator("line.pull").all()
    arrows = list(zip(lines[::2], lines[1::2], strict=True))
    assert len(rows) == len(arrows) == pulls.locator("text.knob").count()
    for (reconstruction, kl, both), pair in zip(rows, arrows, strict=True):
        assert both == pytest.approx(reconstruction + kl, abs=1e-9)
        for pull, line in zip((reconstruction, kl), pair, strict=True):
            assert line.get_attribute("x1") == zero
            assert (float(line.get_attribute("x2") or 0) - float(zero or 0)) * pull >= 0, (
                "to the right where it makes larger"
            )
    if "linear" in path:  # no gap is left, and no pull is 0: they cancel
        assert opened.numbers()["gap"] < 1e-3
        assert all(abs(reconstruction) > 0.1 and abs(both) <= 0.02 for reconstruction, _, both in rows)


def apart(page: Page) -> None:
    """No two names in the chart of costs cover each other."""
    boxes = page.eval_on_selector_all(
        ".costs .flag",
        """flags => flags.filter((flag) => flag.textContent).map((flag) => {
               const { left, top, right, bottom } = flag.getBoundingClientRect();
               return [flag.textContent, left, top + 4, right, bottom - 4] })""",
    )
    for one, other in combinations(boxes, 2):
        beside = one[3] <= other[1] or other[3] <= one[1]
        assert beside or one[4] <= other[2] or other[4] <= one[2], (one, other)


def test_both_slopes_at_the_best_variance_have_their_names_where_the_view_opens(visit: Open) -> None:
    page = visit("?model=humps").page
    assert {text for text in page.locator(".costs .of-slope").all_text_contents() if text} == {"KL rises", "lost falls"}
    apart(page)


def test_a_sum_that_leaves_the_chart_covers_no_name(visit: Open) -> None:
    page = visit("?model=humps&q=hand&mean=0.5&variance=0.3").page
    assert "↑ KL + lost" in (page.locator(".costs").text_content() or "")
    apart(page)


def test_under_the_axis_of_the_rate_the_slider_says_that_it_is_that_of_the_variance(visit: Open) -> None:
    opened = visit("?digit=7&view=rate")
    page = opened.page
    ends = "(side) => getComputedStyle(document.querySelector('.widths .slider'), side).content"
    assert [page.evaluate(ends, side) for side in ("::before", "::after")] == ['"← narrow: KL high"', '"KL low: wide →"']
    kl = []
    for stop in (20, 120):
        opened.put("variance", "all", stop)
        opened.let_go()
        kl.append(opened.numbers()["kl"])
    assert kl[0] > kl[1]
    page.locator('button[data-view="costs"]').click()
    expect(page.locator(".widths.off-axis")).to_have_count(0)
    assert [page.evaluate(ends, side) for side in ("::before", "::after")] == ['"← narrow"', '"wide →"']


def test_the_best_variance_is_marked_in_the_plane_of_rate_and_distortion_also_under_q(visit: Open) -> None:
    opened = visit("?digit=7&view=rate&q=hand&mean=1.245 1.643&variance=0.000365")
    page = opened.page
    mark = page.locator(".trace-rate_best .point").bounding_box()
    q = page.locator(".tradeoff .mark.reconstruction").bounding_box()
    assert mark and q and abs(mark["x"] + mark["width"] / 2 - q["x"] - q["width"] / 2) < 3, "q is the best"
    widths = [
        float(re.sub("px", "", page.locator(line).evaluate("line => getComputedStyle(line).strokeWidth")))
        for line in (".trace-lowest .js-line", ".tradeoff .slope:not(.costs *)")
    ]
    assert widths[0] > 2 * widths[1], "the line under q's is seen on both sides of it"


def test_on_a_phone_the_balance_is_said_below_the_chart_and_the_bars_stand_under_their_title(visit: Open) -> None:
    page = visit("?digit=7", size=(390, 844), touch=True).page
    assert page.locator(".balance").inner_text() == "At ◆ KL rises as fast as lost falls."
    assert page.locator(".costs .flag").filter(has_text="as fast as").count() == 0
    title, bar, chart = (
        page.locator(part).bounding_box() for part in (".books .legend", ".books rect.lost", ".tradeoff .chart")
    )
    assert title and bar and chart
    assert chart["y"] + chart["height"] < title["y"] < bar["y"] < title["y"] + title["height"] + 90
    wide = visit("?digit=7").page
    assert not wide.locator(".balance").is_visible()
    assert wide.locator(".costs .flag").filter(has_text="there KL rises as fast as lost falls").count() == 1


def test_every_part_of_the_gap_stands_beside_its_name(visit: Open) -> None:
    rows = visit("?digit=7").page.locator(".shares tr")
    mean, width, shape = (number_in(text) for text in rows.locator("td:not(.cause)").all_text_contents())
    causes = [text for text in rows.locator(".cause:visible").all_text_contents() if text]
    assert causes == [f"amortisation gap {mean + width:.2f}", f"approximation gap {shape:.2f}"]


def test_a_q_that_is_wider_than_the_close_up_says_so_there(visit: Open) -> None:
    opened = visit("?digit=7&q=hand&mean=1.245 1.643&variance=1")
    said = opened.page.locator(".latents .over .flag").filter(has_text="q is wider than this")
    assert said.count() == 1
    opened.put("variance", "all", 30)
    opened.let_go()
    assert said.count() == 0


def test_names_on_the_areas_of_a_dark_chart_are_bright(visit: Open) -> None:
    page = visit("?digit=3", scheme="dark").page
    for name, colour in (("kl", Colour.KL), ("lost", Colour.RECONSTRUCTION)):
        fill = page.locator(f".costs .flag.{name}").first.evaluate("flag => getComputedStyle(flag).fill")
        ink = [255 * float(part) for part in re.findall(r"[\d.]+", fill)][:3]
        area = [0.3 * part + 0.7 * under for part, under in zip(parts(colour), parts(DARK_BACKGROUND), strict=True)]
        assert contrast(written(ink), written(area)) > 6


def parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def written(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)
