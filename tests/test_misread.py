"""What newcomers misread on the Trade-off screen, and what tells them now."""

import itertools
import math
import random
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FloatRect, Page, expect

from pages.parts.tradeoff.answers import read
from pages.parts.tradeoff.descriptions import descriptions
from pages.parts.web.assets import ADDRESS
from tests.test_figures_theme import contrast
from tests.visiting import PATIENCE, ROOT, Visit
from vaecore.figures.theme import DARK_BACKGROUND, Colour

Open = Callable[..., Visit]

FRONT = f"{ADDRESS}/tradeoff/front"


def number_in(text: str) -> float:
    return float(text.replace("−", "-").replace("≥", ""))


@pytest.mark.parametrize(
    "path", ["?digit=3", "?model=digits-linear-2&q=best", "?model=number&q=hand&mean=1&variance=3&beta=2"]
)
def test_the_pulls_start_at_zero_and_their_printed_sum_is_that_of_the_printed_pulls(look: Open, path: str) -> None:
    opened = look(path)
    pulls = opened.page.locator("svg.forces")
    zero = pulls.locator("line.zero").get_attribute("x1")
    columns = {name: pulls.locator(f"text.value.{name}").all_text_contents() for name in ("reconstruction", "kl", "sum")}
    assert [texts[0] for texts in columns.values()] == ["rec.", "−β·KL" if "beta" in path else "−KL", "sum"]
    # Every row has three numbers and three arrows; the heads of the columns come first.
    rows = [[number_in(text) for text in row] for row in zip(*(texts[1:] for texts in columns.values()), strict=True)]
    lines = pulls.locator("line.pull").all()
    arrows = list(zip(lines[::3], lines[1::3], lines[2::3], strict=True))
    assert len(rows) == len(arrows) == pulls.locator("text.knob").count()
    for (reconstruction, kl, both), three in zip(rows, arrows, strict=True):
        assert both == pytest.approx(reconstruction + kl, abs=1e-9)
        for gain, line in zip((reconstruction, kl, both), three, strict=True):
            assert line.get_attribute("x1") == zero
            assert (float(line.get_attribute("x2") or 0) - float(zero or 0)) * gain >= 0, "to the right where raising gains"
            assert abs(gain) < max(map(abs, (reconstruction, kl, both))) / 5 or line.get_attribute("x2") != zero
    if "linear" in path:  # no gap is left, and no pull is 0: they cancel
        assert opened.numbers()["gap"] < 1e-3
        assert all(abs(reconstruction) > 0.1 and abs(both) <= 0.02 for reconstruction, _, both in rows)


def test_while_the_mean_is_dragged_the_advice_is_about_the_same_move(visit: Open) -> None:
    """The encoder's own two variances are better at the best mean than one for both, also where the hand still holds ●."""
    opened = visit("?digit=4&example=3")
    advice = opened.page.locator(".advice")
    moved = re.compile(r"^Not the best place: .* when you drag ● to ✕[;,] ")
    expect(advice).to_have_text(moved)
    opened.put("mean", 0, 0.05)
    expect(opened.page.locator(".identity")).not_to_contain_text("0.85", timeout=PATIENCE)
    expect(advice).to_have_text(moved)
    opened.let_go()
    expect(advice).to_have_text(moved)


def test_the_slope_of_the_variance_says_that_the_best_q_may_be_narrower(look: Open) -> None:
    """Far from the best mean a wider q reaches better places; at the best mean a much narrower one is best."""
    page = look("?digit=8&q=hand&mean=1%201&variance=0.01").page
    gained = page.locator("svg.forces text.value.sum").nth(1).text_content() or ""
    assert number_in(gained) > 0
    assert "log σ²" in page.locator(".pulls-note").inner_text().split(":")[0]
    best = page.locator("svg.forces text.best-way").first
    assert best.text_content() == "✕ best q" and best.get_attribute("text-anchor") == "start", "on the side of a smaller σ²"


def test_a_slope_says_of_what_it_is_and_that_the_best_q_may_lie_the_other_way(visit: Open) -> None:
    opened = visit("?model=humps&q=hand&mean=-0.4&variance=0.03")
    page, note = opened.page, opened.page.locator(".pulls-note")
    assert (
        " ".join(page.locator(".pulls").inner_text().split())
        == "Slopes at this q nats gained per unit; rows differ in scale"
    )
    assert page.locator("svg.forces text.key").all_text_contents() == ["← lower it", "0", "raise it →"]
    # To the nearer hump, while the best q lies on the other: a step to the right loses.
    assert number_in(page.locator("svg.forces text.value.sum").last.text_content() or "") < 0
    assert "move μ to 0.94" in page.locator(".advice").inner_text()
    assert note.inner_text() == "log σ², μ: the best\u00a0q lies the other way."
    row = page.locator("svg.forces text.best-way").last
    assert row.text_content() == "best q ✕"
    mark, middle = row.bounding_box(), page.locator("svg.forces line.zero").bounding_box()
    assert mark and middle and mark["x"] > middle["x"], "on the side where raising μ leads"
    elbo = opened.numbers()["elbo"]
    opened.put("mean", 0, -0.38)
    opened.let_go()
    assert opened.numbers()["elbo"] < elbo
    opened.put("mean", 0, 0.8)
    opened.let_go()
    assert "μ" not in note.inner_text() and row.text_content() == ""


@pytest.mark.parametrize(
    "path", ["?model=humps&q=hand&mean=-0.4&variance=0.03", "?model=humps&q=hand&mean=-1.4&variance=0.0011&units=bits"]
)
def test_what_is_wrong_with_q_covers_nothing_beside_it(look: Open, path: str) -> None:
    page = look(path).page
    said, beside = (
        page.locator(part).evaluate("part => { const range = document.createRange(); range.selectNodeContents(part);"
                                    "const { left, right } = range.getBoundingClientRect(); return [left, right] }")
        for part in (".advice", ".about-model")
    )  # fmt: skip
    assert said[1] + 4 < beside[0]


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_a_share_of_the_gap_has_its_name_beside_it_also_where_no_pattern_can_be_seen(
    look: Open, size: tuple[int, int]
) -> None:
    page = look("?digit=3", size=size).page
    names = {text.text_content(): text.bounding_box() for text in page.locator(".bars text.share").all()}
    leaders = dict(zip(names, page.locator(".bars .leader").all(), strict=True))
    assert list(names) == ["shape", "mean", "width"], "from the floor upwards"
    tops = [box["y"] for box in names.values() if box]
    assert tops[0] > tops[1] + 12 > tops[2] + 24
    panel = page.locator(".panel.books").bounding_box()
    for name, box in names.items():
        share, leader = page.locator(f".bars rect.gap.{name}"), leaders[name].bounding_box()
        bar = share.bounding_box()
        assert bar and box and leader and panel
        assert bar["x"] + bar["width"] <= box["x"] and box["x"] + box["width"] <= panel["x"] + panel["width"]
        start = float(re.findall(r"[\d.]+", leaders[name].get_attribute("d") or "")[1])
        middle = float(share.get_attribute("y") or 0) + float(share.get_attribute("height") or 0) / 2
        assert start == pytest.approx(middle, abs=0.5)
        # A pattern of six pixels is drawn where it fits.
        assert ("thin" in (share.get_attribute("class") or "")) == (bar["height"] < 6)


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_a_bar_that_leaves_the_scale_is_torn_and_its_shares_keep_their_proportions(
    look: Open, size: tuple[int, int]
) -> None:
    page = look("?digit=2&example=3&q=prior", size=size).page
    page.wait_for_selector(".shares tr:nth-child(2):not([hidden])", timeout=PATIENCE)
    page.locator(".bars text.share tspan").first.wait_for(timeout=PATIENCE)
    parts = {}
    for name in ("mean", "width"):
        value = page.locator(".shares tr", has=page.locator(f".{name}")).locator("td").first.inner_text()
        assert page.locator(".bars text.share", has_text=name).text_content() == f"{name}{value}"
        parts[name] = float(value)
    tears = [tear.bounding_box() for tear in page.locator(".bars .tear").all() if tear.get_attribute("d")]
    bars = [page.locator(f".bars rect.{name}").bounding_box() for name in ("lost", "gap.mean", "gap.width")]
    for tear, bar in zip(tears, bars, strict=True):
        assert tear and bar
        assert bar["x"] - 8 < tear["x"] < bar["x"] + 2  # its ends are pointed
        assert tear["width"] == pytest.approx(bar["width"], abs=14)
        assert bar["y"] < tear["y"] + tear["height"] / 2 < bar["y"] + bar["height"]
    # The number of the whole gap stands on no tear.
    label = page.locator(".bars text.gap").first.bounding_box()
    for tear in tears[1:]:
        assert label and tear
        assert label["y"] + 3 > tear["y"] + tear["height"] or label["y"] + label["height"] - 3 < tear["y"]
    mean, width = (bar["height"] for bar in bars[1:] if bar)
    assert width / mean == pytest.approx(parts["width"] / parts["mean"], rel=0.02)
    # Names and numbers of thin shares stand under one another.
    thin = look("?beta=20&q=hand&variance=0.00767", size=size).page
    thin.locator(".bars text.share tspan").first.wait_for(timeout=PATIENCE)
    names = sorted(
        (box["y"], box["y"] + box["height"])
        for name in thin.locator(".bars text.share").all()
        if (box := name.bounding_box())
    )
    assert len([name for name in names if name[1] > name[0]]) == (3 if size[0] > 500 else 2)
    assert all(above[1] - 4 <= below[0] for above, below in itertools.pairwise(names)), names
    whole = look("?digit=3&q=best", size=size).page
    assert [tear.get_attribute("d") for tear in whole.locator(".bars .tear").all()] == [""] * 5
    # Far off, where KL alone would fill the panel, and reconstruction lost is 45 times as much.
    far = look("?digit=7&q=hand&mean=4%204&variance=0.0001", size=size).page
    far.locator(".bars text.share tspan").first.wait_for(timeout=PATIENCE)
    kl, lost = (float((far.locator(f".bars rect.{name}").get_attribute("height")) or 0) for name in ("kl", "lost"))
    assert kl / (kl + lost) == pytest.approx(0.4, abs=0.01)
    assert [bool(tear.get_attribute("d")) for tear in far.locator(".bars .tear").all()][:2] == [True, True]


@pytest.mark.parametrize(
    "path", ["?digit=3&q=encoder", "?digit=3&variance=0.3", "?model=digits-16", "?digit=8&q=prior&units=bits"]
)
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_costs_of_error_and_spread_are_added_up_to_what_is_lost(look: Open, path: str, size: tuple[int, int]) -> None:
    page = look(path, size=size).page
    how = page.locator(".panel.images .panel-title .how")
    expect(how).to_contain_text("lost", timeout=PATIENCE)
    found = re.search(r"lost ([\d.]+) ([+−]) ([\d.]+) = ([\d.]+) (nats|bits)$", how.inner_text())
    assert found
    error, sign, spread, lost, unit = found.groups()
    assert round(100 * (float(error) + (1 if sign == "+" else -1) * float(spread))) == round(100 * float(lost))
    assert lost in " ".join(page.locator(".bars text").all_text_contents())
    assert unit == ("bits" if "bits" in path else "nats")
    box, title = how.bounding_box(), page.locator(".panel.images .panel-title").bounding_box()
    assert box and title and title["height"] < 34, "on one line"


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_square_of_the_close_up_stays_in_the_plane_and_an_arrow_says_that_q_does_not(
    look: Open, size: tuple[int, int]
) -> None:
    page = look("?digit=2&example=3&q=hand&mean=-1.7 8&variance=0.00063 0.0007", size=size).page
    square = page.locator(".latents .over > rect.close-up").first
    square.wait_for(state="attached", timeout=PATIENCE)
    clip = page.locator("#elbo-room-clip rect")
    assert square.get_attribute("clip-path") == "url(#elbo-room-clip)"
    top = float(clip.get_attribute("y") or 0)
    assert float(square.get_attribute("y") or 0) < top, "it would leave the plane"
    for ray in page.locator(".latents .over > line.close-up").all():
        assert float(ray.get_attribute("y1") or 0) >= top
    arrow = page.locator(".latents .compass").first
    assert arrow.get_attribute("visibility") == "visible"
    assert page.locator(".latents .flag", has_text="q is out here").count() == 1
    inside = look("?digit=2&example=3", size=size).page
    assert inside.locator(".latents .compass").first.get_attribute("visibility") == "hidden"


def test_the_lines_of_both_slopes_stay_in_the_chart(look: Open) -> None:
    for mean in (-0.35, -0.4, -0.45, -0.5, -0.6, 0.9):
        page = look(f"?model=humps&q=hand&mean={mean}&variance=0.03").page
        top = page.locator(".costs").evaluate("costs => costs.ownerSVGElement.getBoundingClientRect().top")
        formula = page.locator(".tradeoff > .legend").bounding_box()
        seen = [part for part in page.locator(".costs .slope, .costs .of-slope").all() if part.is_visible()]
        boxes = [box for box in (part.bounding_box() for part in seen) if box and box["width"]]
        assert formula and all(box["y"] >= max(top, formula["y"] + formula["height"]) - 1 for box in boxes), mean
        assert boxes or mean != 0.9
        apart(page)


@pytest.mark.parametrize("model", ["digits-2", "humps", "number", "digits-16"])
def test_on_a_phone_the_view_of_the_latents_is_whole_above_the_slider(look: Open, model: str) -> None:
    page = look(f"?model={model}", size=(390, 844), touch=True).page
    chart, foot = page.locator(".latents .chart").bounding_box(), page.locator(".widths").bounding_box()
    assert chart and foot and chart["y"] + chart["height"] <= foot["y"] + 1


@pytest.mark.parametrize("model", ["digits-2", "humps"])
def test_an_arrow_of_the_machine_has_a_name(look: Open, model: str) -> None:
    arrows = [arrow.inner_text() for arrow in look(f"?model={model}").page.locator(".machine .arrow:visible").all()]
    assert arrows == (["x ⟶ q(z|x)", "draw z,\ndecode ⟶"] if model == "digits-2" else [])


def apart(page: Page) -> None:
    """No two names in the chart of costs cover each other."""
    boxes = page.eval_on_selector_all(
        ".costs .flag",
        """flags => flags.filter((flag) => flag.textContent).map((flag) => {
               const { left, top, right, bottom } = flag.getBoundingClientRect();
               return [flag.textContent, left, top + 4, right, bottom - 4] })""",
    )
    for one, other in itertools.combinations(boxes, 2):
        beside = one[3] <= other[1] or other[3] <= one[1]
        assert beside or one[4] <= other[2] or other[4] <= one[2], (one, other)


def belongs(page: Page) -> None:
    """What q costs stands beside its bar, and the best σ² at its upright line or at the end of a leader from it."""
    bar, best = (page.locator(f".costs {part}").first.bounding_box() for part in ("rect.lost", "line.best"))
    out, name = (page.locator(f".costs .flag.{part}") for part in ("out", "of-best"))
    assert bar and best and not any("◆" in text for text in page.locator(".costs .flag").all_text_contents())
    if out.text_content():
        box = out.bounding_box()
        assert box and (abs(box["x"] - bar["x"] - bar["width"]) < 24 or abs(box["x"] + box["width"] - bar["x"]) < 24)
    box = name.bounding_box()
    leader = page.locator(".costs line.best").last.evaluate(
        """line => { const { left, right, top } = line.getBoundingClientRect();
                     return getComputedStyle(line).visibility === "visible" ? [left, right, top] : null }"""
    )
    assert box
    if leader:
        left, right, level = leader
        assert min(abs(left - best["x"]), abs(right - best["x"])) < 2
        assert min(abs(right - box["x"]), abs(left - box["x"] - box["width"])) < 16
        # Where there is no room elsewhere, it passes behind the bar: on a phone, and where two best σ² have their names.
        crowded = page.evaluate("innerWidth") < 500 or "β = 1" in str(name.text_content())
        assert not left < bar["x"] < right or bar["y"] > level or crowded, "it crosses no bar"
    else:
        assert box["x"] - 16 < best["x"] < box["x"] + box["width"] + 16


# Moves the slider to one stop after another, held all the while, and says where each name stands at every stop.
PLACES_IN_A_DRAG = """async (range, stops) => {
    const places = {};
    range.dispatchEvent(new PointerEvent("pointerdown"));
    for (const stop of stops) {
        range.value = stop;
        range.dispatchEvent(new Event("input"));
        for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        for (const name of document.querySelectorAll(".costs .flag:not(.gap, .out)")) {
            const place = `${name.getAttribute("x")} ${name.getAttribute("y")}`;
            if (name.textContent) (places[name.textContent] ??= []).push(place);
        }
    }
    for (const kind of ["pointerup", "change"]) range.dispatchEvent(new Event(kind));
    return places;
}"""


@pytest.mark.parametrize("path", ["?model=humps", "?digit=7", "?digit=3", "?model=number&q=best"])
def test_both_slopes_at_the_best_variance_are_told_in_their_colours(look: Open, path: str) -> None:
    """By the words beside them, each in the colour of its line."""
    page = look(path).page
    told = page.locator(".costs .flag tspan[class]")
    for line in ("kl", "lost"):
        word = told.and_(page.locator(f".{line}"))
        assert word.all_text_contents() == ["KL" if line == "kl" else line]
        fill = word.evaluate("word => getComputedStyle(word).fill")
        assert fill == page.locator(f".costs .flag.{line}").first.evaluate("name => getComputedStyle(name).fill")
        assert page.locator(f".costs .slope.{line}").evaluate("line => getComputedStyle(line).visibility") == "visible"
    apart(page)


def test_names_in_the_chart_of_costs_stay_while_the_variance_moves(visit: Open) -> None:
    opened = visit("?model=humps")
    seen: dict[str, list[str]] = opened.slider("variance").evaluate(PLACES_IN_A_DRAG, list(range(20, 220, 8)))
    assert len(seen) > 4 and all(len(places) == 25 and len(set(places)) == 1 for places in seen.values()), seen
    opened.let_go()


@pytest.mark.parametrize(
    "path", ["?model=number&q=best", "?model=humps&q=best", "?model=digits-linear-2&q=best", "?digit=7"]
)
def test_chart_and_slopes_say_the_same_of_a_growing_variance(look: Open, path: str) -> None:
    """KL's gain is positive where its line falls to the right."""
    page = look(path).page
    gains = {name: page.locator(f"svg.forces text.value.{name}").all_text_contents()[1] for name in ("kl", "reconstruction")}
    for line, name, verbs in (("kl", "kl", ("falls", "rises")), ("lost", "reconstruction", ("falls", "rises"))):
        drawn = page.locator(f".costs .slope.{line}")
        x1, y1, x2, y2 = (float(drawn.get_attribute(end) or 0) for end in ("x1", "y1", "x2", "y2"))
        assert x1 < x2 and (y2 - y1) * number_in(gains[name]) > 0, "down on the screen is larger"
        said = (
            "".join(page.locator(".costs .of-slope.cost, .costs .of-best").all_text_contents())
            + page.locator(".balance").inner_text()
        )
        assert f"{'KL' if line == 'kl' else line} {verbs[0] if y2 > y1 else verbs[1]}" in said.replace(
            f"as fast as {line}", f"; {line}"
        )


@pytest.mark.parametrize(
    "path",
    [
        "?model=number&q=prior", "?model=number&q=best", "?model=humps", "?digit=7", "?digit=7&q=best", "?model=digits-16",
        "?model=number&q=hand&mean=0.9&variance=0.05&beta=2", "?model=humps&q=hand&mean=-1&variance=0.002",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_gap_has_its_number_beside_the_curve_and_not_upon_it(look: Open, path: str, size: tuple[int, int]) -> None:
    page = look(path, size=size, touch=size[0] < 500).page
    belongs(page)
    label = page.locator(".costs .flag.gap").bounding_box()
    points = page.locator(".trace-cost .js-line").evaluate(
        """line => { const at = line.getScreenCTM(), all = line.getTotalLength();
                     return Array.from({ length: 800 }, (_, i) => {
                       const { x, y } = line.getPointAtLength(all * i / 799).matrixTransform(at);
                       return [x, y] }) }"""
    )
    assert label and len(points) == 800
    left, right, top, bottom = label["x"], label["x"] + label["width"], label["y"] + 4, label["y"] + label["height"] - 4
    assert not [(x, y) for x, y in points if left < x < right and top < y < bottom]
    apart(page)


def test_the_best_variance_of_another_objective_is_pointed_at_also_where_its_lowest_point_is_above_the_chart(
    look: Open,
) -> None:
    page = look("?digit=7&beta=5").page
    said = page.locator(".costs .flag").filter(has_text="best σ² for 5·KL + lost").text_content() or ""
    assert said.startswith("▲ ") and said.endswith(" ↑")
    ticks = {float(tick.text_content() or 0): tick.bounding_box() for tick in page.locator(".tradeoff .xtick text").all()}
    (low, left), (high, right) = ((value, box) for value, box in ticks.items() if box and value in {0.001, 1.0})
    ends = [box["x"] + box["width"] / 2 for box in (left, right) if box]
    found = re.search(r"(?<=lost: )[\d.]+\d", said)
    assert found
    share = (math.log(float(found[0])) - math.log(low)) / (math.log(high) - math.log(low))
    mark, upright = page.locator(".costs .beyond").bounding_box(), page.locator(".costs .best").nth(1).bounding_box()
    assert mark and upright
    for box in (mark, upright):
        assert box["x"] + box["width"] / 2 == pytest.approx(ends[0] + share * (ends[1] - ends[0]), abs=3)
    assert upright["height"] > 100


@pytest.mark.parametrize("path", ["?digit=7&beta=5", "?model=digits-2-binary&digit=2&beta=20", "?model=number&beta=0.5"])
def test_the_objective_is_the_difference_that_is_printed_beside_it(look: Open, path: str) -> None:
    opened = look(path)
    row = opened.page.locator("tr", has=opened.page.locator('[data-quantity="objective"]'))
    value, how = (row.locator(part).inner_text() for part in ("[data-quantity]", ".how"))
    reconstruction, beta, kl = re.split(" − | × ", how.removesuffix(" (KL)"))
    assert reconstruction == opened.page.locator('[data-quantity="reconstruction"]').inner_text()
    assert float(beta) == float(re.search(r"beta=([\d.]+)", path)[1])  # type: ignore[index]
    # Whoever computes it by hand finds what is printed.
    assert number_in(reconstruction) - float(beta) * float(kl) == pytest.approx(number_in(value), abs=0.0051)
    numbers = opened.numbers()
    assert number_in(value) == pytest.approx(numbers["objective"], abs=0.0151)
    assert float(kl) == pytest.approx(numbers["kl"], abs=0.0006)
    # And it is said in words that this is not the ELBO.
    look, advice = (opened.page.locator(part).inner_text() for part in (".look", ".advice"))
    assert f"KL counts {beta} times, so this is not the ELBO" in look
    assert f"β = {beta}" in advice and ("the objective with" in advice or "the ELBO has another best q" in advice)
    named = opened.page.locator(".costs .flag").all_text_contents()
    assert any(f"best σ² for {beta}·KL + lost" in text for text in named), "the lowest point of the dashed curve"


def test_a_floor_of_which_only_a_bound_is_known_does_not_say_that_no_q_costs_less(look: Open) -> None:
    said = look("?model=digits-16").page.locator(".costs .flag.evidence").text_content() or ""
    assert re.fullmatch(r"floor ≤\u00a0[\d.]+ ± [\d.]+", said)
    assert (look("?digit=7").page.locator(".costs .flag.evidence").text_content() or "").endswith(": no q costs less")


def test_a_best_variance_at_the_end_of_the_axis_is_called_a_bound(look: Open) -> None:
    page = look("?model=digits-16&q=prior").page
    assert page.locator(".costs .flag").filter(has_text="best σ² for this mean: ≥ 100").count() == 1


def test_the_best_gap_is_asked_for_until_the_question_is_answered_and_has_the_pattern_of_its_shape(visit: Open) -> None:
    page = visit("derivation?step=8", table=False).page
    asked = page.locator(".lesson .over .asked")
    expect(asked).to_have_text("hidden", timeout=PATIENCE)
    page.get_by_text("Skip the question").click()
    expect(asked).to_have_text("")
    # As on the Trade-off screen, where the shape's share is dotted and the mean's has no pattern.
    assert page.locator('.lesson .over g[data-symbol="approximation"] .dotted').count() == 3
    assert page.locator('.lesson .over g[data-symbol="amortisation"] > *').count() == 1


@pytest.mark.parametrize(
    ("path", "size"), [("?model=humps&q=hand&mean=0.5&variance=0.3", (1280, 720)), ("?digit=7&q=prior", (390, 844))]
)
def test_a_sum_that_leaves_the_chart_covers_no_name(look: Open, path: str, size: tuple[int, int]) -> None:
    page = look(path, size=size, touch=size[0] < 500).page
    assert re.fullmatch(r"↑ (KL \+ lost )?[\d.]+ nats", page.locator(".costs .flag.out").text_content() or "")
    apart(page)
    belongs(page)


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
    slider, frame = page.locator("#elbo-room-variance-all").bounding_box(), page.locator(".widths").bounding_box()
    assert slider and frame and slider["x"] > frame["x"] and slider["x"] + slider["width"] < frame["x"] + frame["width"]
    page.locator('button[data-view="costs"]').click()
    expect(page.locator(".widths.off-axis")).to_have_count(0)
    assert [page.evaluate(ends, side) for side in ("::before", "::after")] == ['"← narrow"', '"wide →"']


def test_the_best_variance_is_marked_in_the_plane_of_rate_and_distortion_also_under_q(look: Open) -> None:
    opened = look("?digit=7&view=rate&q=hand&mean=1.245 1.643&variance=0.000365")
    page = opened.page
    mark = page.locator(".trace-rate_best .point").bounding_box()
    q = page.locator(".tradeoff .mark.reconstruction").bounding_box()
    assert mark and q and abs(mark["x"] + mark["width"] / 2 - q["x"] - q["width"] / 2) < 3, "q is the best"
    widths = [
        float(re.sub("px", "", page.locator(line).evaluate("line => getComputedStyle(line).strokeWidth")))
        for line in (".trace-lowest .js-line", ".tradeoff .slope:not(.costs *)")
    ]
    assert widths[0] > 2 * widths[1], "the line under q's is seen on both sides of it"


def test_on_a_phone_the_balance_is_said_below_the_chart_and_the_bars_stand_under_their_title(look: Open) -> None:
    page = look("?digit=7", size=(390, 844), touch=True).page
    assert page.locator(".balance").inner_text() == "At ◆ KL falls as fast as lost rises."
    assert page.locator(".costs .flag").filter(has_text="as fast as").count() == 0
    title, bar, chart = (
        page.locator(part).bounding_box() for part in (".books .legend", ".books rect.lost", ".tradeoff .chart")
    )
    assert title and bar and chart
    assert chart["y"] + chart["height"] < title["y"] < bar["y"] < title["y"] + title["height"] + 90
    wide = look("?digit=7").page
    assert not wide.locator(".balance").is_visible()
    name, goes_on = (
        wide.locator(".costs .flag").filter(has_text=text) for text in ("best ", "where KL falls as fast as lost rises")
    )
    first, second = name.first.bounding_box(), goes_on.bounding_box()
    assert first and second and abs(first["x"] - second["x"]) < 16 and 0 < second["y"] - first["y"] < 2 * first["height"]


def test_every_part_of_the_gap_stands_beside_its_name(look: Open) -> None:
    rows = look("?digit=7").page.locator(".shares tr")
    mean, width, _ = (number_in(text) for text in rows.locator("td:not(.cause)").all_text_contents())
    causes = [text for text in rows.locator(".cause:visible").all_text_contents() if text]
    assert causes == [
        f"amortisation gap: best\u00a0q\u00a0saves\u00a0{mean + width:.2f}",
        "approximation gap",
    ]


PRINTED_SHARES = """async ([address, states]) => {
    const { printedShares } = await import(`${address}/printed.js`);
    return states.map(([shares, gap, shape]) => printedShares(shares, gap, 2, shape)); }"""


def test_the_shape_of_an_image_is_one_number_and_the_shares_add_up(scripts: Page) -> None:
    rng, shape, printed = random.Random(1), 0.0552, 0.06
    states = []
    for _ in range(200):
        shares = {"mean": rng.choice([0.0, rng.expovariate(0.2)]), "width": rng.expovariate(0.2), "shape": shape}
        states.append([shares, round(sum(shares.values()) + rng.choice([-0.006, 0.0, 0.006]), 2), printed])
    # The best q itself, and one beside it of which rounding leaves less than the shape's share.
    ends = [[{"mean": 0.0, "width": 0.0, "shape": shape}, gap, printed] for gap in (0.06, 0.05)]
    for (_, gap, _), found in zip(states, scripts.evaluate(PRINTED_SHARES, [FRONT, states]), strict=True):
        assert found["shape"] == printed and min(found.values()) >= 0
        assert sum(found.values()) == pytest.approx(gap, abs=1e-9)
    assert [found["shape"] for found in scripts.evaluate(PRINTED_SHARES, [FRONT, ends])] == [0.06, 0.05]


PLACED = """async ([address, rings, points, frame]) => {
    const { Names } = await import(`${address}/names.js`), names = new Names();
    names.begin(frame, rings, points.map(({ at: [x, y] }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 })));
    return points.map((point) => {
        const node = document.createElementNS("http://www.w3.org/2000/svg", "text");
        names.write(node, [point.of], { ...point, other: points[0].at, size: 1 });
        const x = Number(node.getAttribute("x")), y = Number(node.getAttribute("y")), wide = 7 * point.of.length;
        return [x - wide / 2, y - 11, x + wide / 2, y + 2];
    });
}"""


def test_a_name_in_the_close_up_lies_on_no_ring_no_point_and_no_other_name(scripts: Page) -> None:
    """As in the challenge of one code for two digits: three points side by side, two of them with rings."""
    frame = {"left": 0, "right": 104, "top": 0, "bottom": 104}
    points = [{"of": "q", "at": [22, 82]}, {"of": "A", "at": [50, 62]}, {"of": "best q", "at": [53, 54]}]
    rings = [
        {"of": point["of"], "centre": point["at"], "across": radius * across, "up": radius * up}
        for point, (across, up) in zip(points, [(9, 16), (8, 15)], strict=False)
        for radius in (1, 2)
    ]
    boxes = scripts.evaluate(PLACED, [FRONT, rings, points, frame])
    for left, top, right, bottom in boxes:
        assert 0 < left < right < 104 and 0 < top < bottom < 104
        for ring in rings:
            (x, y), across, up = ring["centre"], ring["across"], ring["up"]
            edge = [(px, py) for px in (left, (left + right) / 2, right) for py in (top, (top + bottom) / 2, bottom)]
            inside = {math.hypot((px - x) / across, (py - y) / up) < 1 for px, py in edge}
            assert len(inside) == 1, "a ring goes through a name"
    for (a, b, c, d), (e, f, g, h) in itertools.combinations(
        [*boxes, *([x - 5, y - 5, x + 5, y + 5] for x, y in (p["at"] for p in points))], 2
    ):
        assert c <= e or g <= a or d <= f or h <= b or (d - b == 10 and h - f == 10), "or they are two points"


def test_a_q_that_is_wider_than_the_close_up_says_so_there(visit: Open) -> None:
    opened = visit("?digit=7&q=hand&mean=1.245 1.643&variance=1")
    said = opened.page.locator(".latents .over .flag").filter(has_text="q’s rings lie outside")
    assert said.count() == 1
    said = opened.page.locator(".latents .over .flag").filter(has_text="ring")
    inner = opened.page.locator(".latents .over ellipse.q").nth(2)
    for stop in range(200, 20, -12):  # what is said is what can be seen
        opened.put("variance", "all", stop)
        opened.let_go()
        words, frame, ring = "".join(said.all_text_contents()), close_up_of(opened.page), inner.bounding_box()
        assert ring is not None
        radius, corner = (
            ring["width"] / 2,
            max(
                math.hypot(ring["x"] + ring["width"] / 2 - x, ring["y"] + ring["height"] / 2 - y)
                for x in (frame["x"], frame["x"] + frame["width"])
                for y in (frame["y"], frame["y"] + frame["height"])
            ),
        )
        surrounds = [radius > corner, 2 * radius > corner]
        assert ("rings" in words, "ring" in words) == tuple(surrounds), (words, radius, corner)
    assert not words


def close_up_of(page: Page) -> FloatRect:
    box = page.locator(".latents rect.close-up").nth(1).bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("path", ["?digit={}&mean=1 1", "?model=number&x={}&mean=0.5", "?model=humps&x={}&mean=0.5"])
def test_what_is_close_up_depends_on_no_answer_while_a_guess_is_asked_for(visit: Open, path: str) -> None:
    """The posterior's place and width, which differ from image to image, would give the best q away."""
    axes = """() => { const { xaxis2, yaxis2, yaxis } = document.querySelector(".latents .plot")._fullLayout;
        return xaxis2 ? [xaxis2.range, yaxis2.range] : [yaxis.range]; }"""
    shown = [
        [visit(f"{path.format(image)}&q=hand&variance=0.01{more}").page.evaluate(axes) for image in (0, 3)]
        for more in ("", "&predict=true")
    ]
    assert shown[0][0] != shown[0][1], "otherwise this says nothing"
    assert shown[1][0] == shown[1][1]


def test_where_nothing_does_better_one_is_not_told_to_look_for_it(visit: Open) -> None:
    opened = visit("?digit=3&q=hand&mean=1 1&variance=0.01")
    look = opened.page.locator(".look")
    expect(look).to_contain_text("until the gap is as small as it gets")
    opened = visit("?digit=3&q=best")
    expect(opened.page.locator(".look")).to_contain_text("Here the gap is as small as it gets")
    opened = visit("?digit=3&q=hand&mean=1 1&variance=0.01&predict=true")
    expect(opened.page.locator(".look")).not_to_contain_text("gap")


@pytest.mark.parametrize("way", ["a touch elsewhere", "another image"])
def test_the_label_of_a_point_goes_with_what_it_says(visit: Open, way: str) -> None:
    opened = visit("?digit=7", size=(390, 844), touch=True)
    page, label = opened.page, opened.page.locator(".tradeoff .hoverlayer .hovertext")
    page.locator(".tradeoff .chart").tap(position={"x": 120, "y": 90})
    expect(label).not_to_have_count(0)
    if way == "another image":  # by no pointer
        page.locator('.digits input[value="3"]').evaluate("choice => choice.click()")
        opened.wait_for(digit="3")
    else:
        page.locator(".sentence, .advice").first.dispatch_event("pointerdown")
    expect(label).to_have_count(0)


def test_the_encoders_mark_stays_on_the_map_where_q_does_not_cover_it(look: Open) -> None:
    page = look("?digit=2&example=3&q=best").page
    assert page.locator(".trace-whole_cross-thin-open .point").is_visible()
    assert not page.locator(".trace-whole_x-thin-open .point").is_visible(), "q lies on it"


def test_no_ring_of_q_strikes_through_the_title_of_the_close_up(visit: Open) -> None:
    opened = visit("?digit=7&q=hand&mean=1.245 1.643&variance=0.0003")
    title = opened.page.locator('.latents .annotation[data-index="2"]')
    assert title.is_visible()
    opened.put("variance", "all", 112)
    opened.let_go()
    box, ring = title.bounding_box(), opened.page.locator(".latents .over ellipse.q").nth(3).bounding_box()
    assert box and ring and ring["x"] < box["x"] + box["width"] and ring["y"] < box["y"] + box["height"]
    assert not title.is_visible()


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


@pytest.mark.parametrize(("path", "part"), [("?model=humps", ".instrument"), ("derivation?step=8", ".lesson")])
def test_a_phones_screen_on_paper_is_one_column_as_wide_as_in_the_window(visit: Open, path: str, part: str) -> None:
    page = visit(path, size=(390, 844), touch=True, table="model" in path).page
    page.wait_for_selector(".main-svg", timeout=PATIENCE)
    before = page.locator(part).bounding_box()
    zoom = print_in(page)
    after = page.locator(part).bounding_box()
    assert 1.4 < zoom < 1.5, "narrow paper is upright, and the window fills it between its margins"
    # What scripts have drawn cannot be drawn anew.
    assert before and after and after["width"] / zoom == pytest.approx(before["width"], abs=1)
    columns = [box for box in (part.bounding_box() for part in page.locator("[data-testid=stColumn]").all()) if box]
    assert all(box["width"] > 0.9 * 390 * zoom for box in columns)


def test_the_introduction_of_a_phone_is_one_sheet_of_paper(visit: Open) -> None:
    page = visit("", size=(390, 844), touch=True, tour=True).page
    page.wait_for_selector(".tour .card", timeout=PATIENCE)
    zoom = print_in(page)
    pictures = [box for box in (canvas.bounding_box() for canvas in page.locator(".instrument canvas:visible").all()) if box]
    assert len(pictures) == 2 and all(box["x"] + box["width"] <= 390 * zoom for box in pictures)
    card = page.locator(".tour .card").bounding_box()
    assert card and max(box["y"] + box["height"] for box in pictures) < card["y"], "no gap where other parts come later"


def print_in(page: Page) -> float:
    """The page as it is printed on an upright A4 sheet, and how much larger than in the window."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "portrait" in "".join(page.locator("body > style").all_text_contents())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # by which media queries are judged on paper
    return float(page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper-zoom')"))


@pytest.mark.parametrize("folder", ["pages", "vaecore", "docs", "README.md"])
def test_the_decoders_noise_is_written_with_a_subscript(folder: str) -> None:
    """Without it σ seems to be multiplied by x."""
    found = (ROOT / folder).rglob("*.*") if (ROOT / folder).is_dir() else [ROOT / folder]
    texts = [
        path
        for path in found
        if path.suffix in {".py", ".js", ".css", ".html", ".json", ".md"} and "vendor" not in path.parts
    ]
    wrong = [path for path in texts if "compute" not in path.parts and "σ" + "x" in path.read_text("utf-8")]
    assert texts and wrong == []


def test_the_best_at_an_end_of_the_slider_is_only_a_bound(look: Open) -> None:
    """β = 0.05 wants a q that is narrower than the slider reaches: what is drawn last is no optimum."""
    link = {"digit": "7", "q": "hand", "mean": "1.280 1.677", "variance": "0.0001", "beta": "0.05"}
    page = look(f"?{urlencode(link)}").page
    expect(page.locator(".costs .flag").filter(has_text="best σ² for 0.05·KL + lost")).to_contain_text("≤ 0.0001")
    advice = page.locator(".instrument .advice")
    expect(advice).to_contain_text(re.compile("^Too wide: .* whose σ² is below the slider’s left end"), timeout=PATIENCE)
    said = {beta: descriptions(read({**link, "beta": beta}))["tradeoff"] for beta in ("0.05", "1")}
    assert "the objective still grows where the slider ends, at σ² = 0.0001: the best is smaller" in said["0.05"]
    assert "the objective is largest near σ² = 0.00036" in said["1"]


def test_the_best_says_of_which_variance_it_is(look: Open) -> None:
    for link, said in (
        ("?digit=7&move=each", "best σ²₁, σ²₂ as it is: "),
        ("?model=digits-16&digit=3", " × the encoder’s"),
        ("?model=humps&mean=0&variance=0.1&q=hand&beta=5", "best σ² for β = 1: "),
    ):
        page = look(link).page
        best = page.locator(".costs .flag").filter(has_text=re.compile("^best")).first
        expect(best).to_contain_text(said, timeout=PATIENCE)


def test_q_stays_inside_the_plane_of_rate_and_distortion(look: Open) -> None:
    page = look("?digit=7&q=best&beta=0.05&view=rate").page
    point, frame = page.locator(".over .mark.reconstruction"), page.locator(".tradeoff .nsewdrag").bounding_box()
    expect(point).to_have_class(re.compile("outside"))
    box = point.bounding_box()
    assert frame and box and frame["x"] < box["x"] + box["width"] / 2 <= frame["x"] + frame["width"] + 1
    expect(page.locator(".tradeoff .over > .flag").filter(has_text="KL 12.08 →")).to_have_count(1)


def test_no_number_of_a_chart_has_a_prefix_for_a_thousandth(look: Open) -> None:
    """Plotly would write 412μ, and μ is the mean of q here."""
    page = look("?digit=7&view=variance").page
    box = page.locator(".tradeoff .nsewdrag").first.bounding_box()
    assert box
    for share in (0.1, 0.3, 0.5):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        label = page.locator(".tradeoff .hoverlayer .axistext text")
        expect(label).to_have_text(re.compile(r"^0\.\d+$"))
        page.mouse.move(box["x"], box["y"] - 200)
        expect(label).to_have_count(0)
