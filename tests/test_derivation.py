"""The lesson in a real browser: opened cold, moved by pointer and keys, judged by the table of its own step."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages.parts.derivation import sweeps
from pages.parts.derivation.sequence import STEPS
from pages.parts.derivation.step_names import SHORT
from pages.parts.derivation.steps.step import place_of
from tests.visiting import PATIENCE, Visit

Open = Callable[..., Visit]
READY = ".lesson[data-k]"


def open_step(visit: Open, number: int, link: str = "", *, unlock: bool = True, **options: Any) -> Visit:
    """A step, opened by its link and drawn; its question is skipped if it locks the sliders, unless `unlock` is false."""
    opened = visit(f"derivation?step={number}{link}", table=False, **options)
    opened.page.wait_for_selector(READY if number in STEPS else ".doors li", timeout=PATIENCE)
    if number in STEPS:
        opened.page.wait_for_function("() => document.querySelector('.lesson .plot .main-svg')", timeout=PATIENCE)
    opened.settle()
    if unlock and opened.page.locator(".lesson .lock").is_visible():
        opened.page.get_by_role("button", name="Skip the question").click()
        opened.page.locator(".lesson .lock").wait_for(state="hidden")
    return opened


def numbers(opened: Visit) -> dict[str, str]:
    """What the formula prints, with a plain minus sign, and without the brackets of a negative operand."""
    texts = opened.page.eval_on_selector_all(
        ".lesson [data-number]", "nodes => Object.fromEntries(nodes.map(n => [n.dataset.number, n.textContent.trim()]))"
    )
    return {name: text.replace("−", "-").strip("()") for name, text in texts.items()}


def assert_numbers(opened: Visit, number: int, choice: str = "") -> None:
    """Every number in the formula is that of the step's own table for the place in the link."""
    step = STEPS[number]
    choice = choice or (str(step.choice.control.default) if step.choice else "")
    told, texts, _ = sweeps.at(number, place_of(step.sliders, opened.link()), choice)
    digits = {quantity.name: quantity.digits for quantity in step.quantities}
    done = opened.page.locator(".lesson .task.done").count() > 0
    answered = opened.page.evaluate(
        "key => Object.keys(JSON.parse(localStorage['elbo-room'])).some((kept) => kept.startsWith(key))", step.question.key
    )  # right or wrong, or skipped
    for name, text in numbers(opened).items():
        if (name in step.hidden_until_done and not done) or (name in step.hidden_until_answered and not answered):
            assert text == "?"
        elif name in texts:
            assert text == texts[name]
        else:
            assert float(text) == pytest.approx(told[name], abs=0.5 * 10 ** -digits[name] + 1e-9), name


def rest(opened: Visit) -> None:
    """Wait until nothing moves and what the hand let go of has been answered."""
    opened.page.evaluate("async () => { for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame) }")
    opened.page.wait_for_selector('.lesson[data-rests="true"]', timeout=PATIENCE)
    opened.settle()


def let_go(opened: Visit, **link: str) -> None:
    """Wait until what the hand let go of is in the link and has been answered."""
    opened.wait_for_link(**link)
    rest(opened)


def slider(opened: Visit, name: str) -> Any:
    return opened.page.locator(f"#elbo-room-lesson-{name}")


def drag(opened: Visit, name: str, to: float, *, steps: int = 8, up: bool = True) -> None:
    """Drag a slider's thumb to a part of its width."""
    box = slider(opened, name).bounding_box()
    part = opened.page.eval_on_selector(f"#elbo-room-lesson-{name}", "range => range.value / range.max")
    x, y = (box["x"] + 11 + share * (box["width"] - 22) for share in (part, to)), box["y"] + box["height"] / 2
    start, end = x
    opened.page.mouse.move(start, y)
    opened.page.mouse.down()
    opened.page.mouse.move(end, y, steps=steps)
    if up:
        opened.page.mouse.up()


def test_a_move_is_told_in_words_that_say_why_a_task_is_not_done(visit: Open) -> None:
    opened = open_step(visit, 0)
    opened.page.locator("#elbo-room-lesson-z1").press("Home")
    let_go(opened, z1="-3")
    assert opened.page.locator(".lesson .sentence").inner_text().startswith("z₁ −0.6 → −3: |z| 0.60 → 3.00, ")
    assert "|z| ≤ 2" in opened.page.locator(".lesson .goal").inner_text()


def test_at_the_end_of_both_sliders_of_step_8_q_is_the_best_one(visit: Open) -> None:
    opened = open_step(visit, 8)
    for name in ("mean", "variance"):
        slider(opened, name).press("End")
        let_go(opened, **{name: "1"})
    assert opened.page.locator(".lesson .sentence").inner_text().startswith("variances 0 → 1: ELBO ")
    assert numbers(opened)["gap"] == numbers(opened)["approximation"]


def test_a_sample_outside_the_chart_is_a_bar_at_its_edge(visit: Open) -> None:
    page = open_step(visit, 4).page
    marks = re.findall(r"M([\d.]+),([\d.]+)l(-?\d+),(-?\d+)", page.locator(".lesson .over path.points").get_attribute("d"))
    frame = page.locator('.lesson .plot .nsewdrag[data-subplot="xy"]')
    left, top, width, height = (float(frame.get_attribute(name)) for name in ("x", "y", "width", "height"))
    assert len(marks) == 4, "K = 4 samples"
    bars = 0
    for x, y, across, up in (map(float, mark) for mark in marks):
        assert left - 1 <= x <= left + width + 1 and top - 1 <= y <= top + height + 1
        bars += (across, up) != (0, 0)
        assert up <= 0 or y == pytest.approx(top, abs=1), "into the chart"
    assert 0 < bars < 4


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_step_with_another_model_says_so(look: Open, number: int) -> None:
    said = open_step(look, number).page.locator(".stMarkdown").all_inner_texts()
    story = " ".join(" ".join(said).split())
    assert {3: "Another model", 4: "The model is that of step 3", 5: "The model is again digits-2"}[number] in story
    if number == 3:
        told = sweeps.at(3, place_of(STEPS[3].sliders, {}), "number")[0]
        assert f"log p(x) is now −{-told['evidence']:.2f}" in story


@pytest.mark.parametrize("number", SHORT)
def test_every_step_opens_cold_by_its_link_without_a_complaint(visit: Open, number: int) -> None:
    opened = open_step(visit, number, unlock=False)
    assert opened.page.locator(".stHeading h2").inner_text().startswith(f"{number}. ")
    probes = ("/derivation/_stcore/health", "/derivation/_stcore/host-config")
    assert [text for text in opened.complaints if not any(probe in text for probe in probes)] == []
    hosts = (opened.address + "/", opened.address.replace("http", "ws") + "/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(hosts)] == []
    if number in STEPS:
        assert_numbers(opened, number)
        # The question is asked before the sliders move: all of its answers stand beside them, on a small projector too.
        last = opened.page.locator(".question .answer").last.bounding_box()
        assert last["y"] + last["height"] <= 720
    widths = [opened.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - innerWidth")]
    opened.page.set_viewport_size({"width": 390, "height": 844})
    opened.page.wait_for_timeout(300)
    widths += opened.page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(widths) <= 0


@pytest.mark.parametrize("number", [2, 5, 8])  # those with the most, or the longest, words under an axis
def test_words_under_an_axis_stand_apart_on_a_phone(look: Open, number: int) -> None:
    page = open_step(look, number, size=(390, 844)).page
    words = page.locator(".lesson .xtick text, .lesson .x2tick text").evaluate_all(
        "all => all.map(text => { const { left, right } = text.getBoundingClientRect(); return [left, right] })"
    )
    assert len(words) >= 3
    assert all(right + 4 <= left for (_, right), (left, _) in pairwise(sorted(words)))


@pytest.mark.parametrize("number", [2, 5, 7])
def test_a_drag_and_a_key_show_the_numbers_of_the_table_and_write_the_link(visit: Open, number: int) -> None:
    opened = open_step(visit, number)
    first, last = STEPS[number].sliders[0], STEPS[number].sliders[-1]
    before = numbers(opened)
    drag(opened, first.name, 0.8)
    opened.page.wait_for_function("name => new URLSearchParams(location.search).has(name)", arg=first.name, timeout=PATIENCE)
    rest(opened)
    assert numbers(opened) != before
    assert_numbers(opened, number)
    left = float(opened.link()[first.name])
    assert left in first.stops
    slider(opened, last.name).press("ArrowLeft")
    opened.page.wait_for_function(
        "([name, text]) => (new URLSearchParams(location.search).get(name) ?? text) !== text",
        arg=[last.name, opened.link().get(last.name, "")], timeout=PATIENCE,
    )  # fmt: skip
    rest(opened)
    assert_numbers(opened, number)
    spoken = opened.page.locator('.lesson [role="status"]').inner_text()
    assert last.label in spoken and "→" in spoken
    assert opened.complaints == [] or all("_stcore" in text for text in opened.complaints)


def test_every_slider_of_every_step_moves_its_numbers_and_its_chart(visit: Open) -> None:
    """One page, turned with Next: the last stop of every slider by a key, judged by the table of the step."""
    opened = open_step(visit, 0)
    page = opened.page
    still = []
    for number, step in STEPS.items():
        page.get_by_role("heading", name=f"{number}. ").wait_for()
        page.wait_for_selector(f".lesson[data-rests] #elbo-room-lesson-{step.sliders[0].name}", timeout=PATIENCE)
        rest(opened)
        if page.locator(".lesson .lock").is_visible():
            page.get_by_role("button", name="Skip the question").click()
            page.locator(".lesson .lock").wait_for(state="hidden")
        for one in reversed(step.sliders):  # of step 8's q for the 7 the variances hardly matter once the mean is the best
            before, drawn = numbers(opened), page.locator(".lesson .over").inner_html()
            at_end = one.default == one.stops[-1]
            slider(opened, one.name).press("Home" if at_end else "End")
            let_go(opened, **{one.name: f"{one.stops[0 if at_end else -1]:g}"})
            assert_numbers(opened, number)
            if numbers(opened) == before:
                still.append((number, one.name, "its numbers"))
            if page.locator(".lesson .over").inner_html() == drawn:
                still.append((number, one.name, "its chart"))
        page.get_by_role("button", name="Next").click()
    assert still == []
    assert opened.complaints == [] or all("_stcore" in text for text in opened.complaints)


def test_numbers_move_under_the_thumb_before_it_is_let_go(visit: Open) -> None:
    opened = open_step(visit, 6, "&mean1=0&mean2=0&variance1=1&variance2=1")
    drag(opened, "mean1", 0.75, up=False)
    opened.page.wait_for_function("() => document.querySelector('[data-number=kl]').textContent.trim() !== '0.0000'")
    mean = float(slider(opened, "mean1").get_attribute("aria-valuetext").replace("−", "-"))
    assert float(numbers(opened)["mean_part1"]) == pytest.approx(mean**2 / 2, abs=6e-5)
    assert opened.link()["mean1"] == "0"
    opened.page.mouse.up()
    let_go(opened, mean1=f"{mean:g}")


def test_a_second_slider_takes_over_where_the_first_was_left(visit: Open) -> None:
    opened = open_step(visit, 6)
    opened.page.evaluate(
        """() => { window.seen = []; const range = document.querySelector("#elbo-room-lesson-mean1");
                   new MutationObserver(() => window.seen.push(range.getAttribute("aria-valuetext")))
                       .observe(range, { attributes: true, attributeFilter: ["aria-valuetext"] }) }"""
    )
    # Both within one frame, before the server can have heard of the first.
    opened.page.evaluate(
        """() => { for (const [name, stop] of [["mean1", 20], ["variance1", 30], ["mean1", 25], ["mean2", 70]]) {
                       const range = document.querySelector(`#elbo-room-lesson-${name}`);
                       range.value = stop; range.dispatchEvent(new Event("input")) } }"""
    )
    stops = {slider.name: slider.stops for slider in STEPS[6].sliders}
    places = {"mean1": stops["mean1"][25], "mean2": stops["mean2"][70], "variance1": stops["variance1"][30]}
    let_go(opened, **{name: f"{value:g}" for name, value in places.items()})
    assert_numbers(opened, 6)
    assert len(opened.page.evaluate("window.seen")) <= 2, "the first slider went back on its own"


def test_no_node_is_replaced_while_every_slider_moves(visit: Open) -> None:
    done = json.dumps(
        {"tour": True, "lesson/1/task": True, "lesson/4/task": True}
    )  # a task that is done makes its box taller
    for number in (1, 4):
        opened = open_step(
            visit, number, before=lambda page: page.add_init_script(f"localStorage.setItem('elbo-room', {done!r})")
        )
        # The question above comes with a script of its own, and the chart takes what it leaves.
        opened.page.wait_for_selector(".question .answer", timeout=PATIENCE)
        opened.page.evaluate(
            """async () => { const plot = document.querySelector(".lesson .plot");
                             for (let still = 0, height = 0; still < 20; height = plot.clientHeight) {
                                 await new Promise(requestAnimationFrame);
                                 still = plot.clientHeight === height ? still + 1 : 0 } }"""
        )
        opened.page.evaluate(
            """() => { window.watch = { replaced: 0, frames: 0 };
                       new MutationObserver((changes) => { for (const { removedNodes } of changes)
                           for (const node of removedNodes) if (node.nodeType === 1) window.watch.replaced++; })
                           .observe(document.querySelector(".lesson"), { childList: true, subtree: true });
                       const tick =
                           () => { window.watch.frames++; requestAnimationFrame(tick) }; tick() }"""
        )
        for one in STEPS[number].sliders:
            drag(opened, one.name, 0.2, steps=10)
            drag(opened, one.name, 0.7, steps=10)
        rest(opened)
        assert opened.page.evaluate("window.watch.replaced") == 0
        assert opened.page.evaluate("window.watch.frames") > 30
        assert_numbers(opened, number)
        opened.page.close()


def test_the_task_is_done_when_the_hand_lets_go_there_and_stays_done(visit: Open) -> None:
    opened = open_step(visit, 6)
    task = opened.page.locator(".lesson .task")
    assert task.inner_text().startswith("○ Task:")
    before = opened.page.locator(".lesson .sliders").bounding_box()
    for name, value in (("mean1", "1"), ("mean2", "0"), ("variance1", "0.5"), ("variance2", "2")):
        field = opened.page.locator(f".slider:has(#elbo-room-lesson-{name}) .exact")
        field.fill(value)
        field.press("Enter")
        let_go(opened, **{name: value})
    opened.page.wait_for_selector(".lesson .task.done", timeout=PATIENCE)
    assert task.inner_text().startswith("✓ Task done: The first dimension costs 0.5")
    assert opened.page.locator(".lesson .sliders").bounding_box() == before, "nothing moves under the hand"
    assert numbers(opened)["kl"] == "0.7500"
    assert opened.page.evaluate("JSON.parse(localStorage['elbo-room'])")["lesson/6/task"] is True
    opened.page.reload()
    opened.page.wait_for_selector(".lesson .task.done", timeout=PATIENCE)
    ticks = opened.page.locator("p.ticks")
    assert " ".join(ticks.inner_text().split()) == "○ question, ✓ task 1 of 19 done Start over"
    opened.page.get_by_role("button", name="Next").click()
    opened.page.get_by_role("heading", name="7. ").wait_for()
    opened.page.locator("p.ticks", has_text="○ task").wait_for()
    assert " ".join(ticks.inner_text().split()) == "○ question, ○ task 1 of 19 done Start over"
    opened.page.get_by_role("button", name="Back").click()
    opened.page.wait_for_selector(".lesson .task.done .seen", timeout=PATIENCE)
    opened.page.get_by_role("button", name="Start over").click()
    opened.wait_for_link(step="6")
    rest(opened)
    assert " ".join(ticks.inner_text().split()) == "○ question, ○ task 0 of 19 done Start over"
    assert opened.link() == {"step": "6"}
    assert opened.page.locator(".lesson .seen").is_hidden()
    assert_numbers(opened, 6)


def test_sliders_are_locked_until_the_question_has_an_answer_or_is_skipped(visit: Open) -> None:
    opened = open_step(visit, 6, unlock=False)
    page = opened.page
    note, controls = page.locator(".lesson .lock"), page.locator(".lesson :is(.sliders input, .presets button)")

    def assert_locked(locked: bool) -> None:
        note.wait_for(state="visible" if locked else "hidden")
        assert {control.is_disabled() for control in controls.all()} == {locked}

    assert_locked(True)
    page.locator(".present .foot").wait_for(state="attached")
    page.keyboard.press("p")
    assert_locked(False)  # the teacher decides
    page.keyboard.press("p")
    assert_locked(True)
    page.locator(".question .answer").first.click()  # a wrong answer is an answer
    page.locator(".question .reason.wrong").wait_for()
    assert_locked(False)
    page.reload()
    page.wait_for_selector(READY, timeout=PATIENCE)
    assert_locked(False)
    page.get_by_role("button", name="Start over").click()
    assert_locked(True)
    page.get_by_role("button", name="Skip the question").click()
    assert_locked(False)
    page.wait_for_function("() => document.activeElement.id === 'elbo-room-lesson-mean1'")
    assert "○ question" in page.locator("p.ticks").inner_text()
    page.get_by_role("button", name="Start over").click()
    assert_locked(True)
    # A link that has moved a slider shows what its writer wants to show.
    page.goto(f"{opened.address}/derivation?step=6&mean1=1")
    page.wait_for_selector(READY, timeout=PATIENCE)
    assert_locked(False)


def test_how_the_gap_of_step_8_divides_is_hidden_until_the_question_about_it_has_an_answer(visit: Open) -> None:
    opened = open_step(visit, 8, unlock=False)
    page = opened.page
    table = sweeps.along(8, STEPS[8].sliders[0], (("mean", 0.0), ("variance", 0.0)), "8")
    divided = {name: f"{table.numbers[name][0]:.2f}" for name in ("approximation", "amortisation")}
    bars = '.lesson :is(g[data-symbol="approximation"], g[data-symbol="amortisation"])'
    there = "bars => bars.map((bar) => getComputedStyle(bar).display !== 'none')"  # whatever its height
    twin = page.locator(".lesson .twin")
    assert {numbers(opened)[name] for name in divided} == {"?"}
    assert page.eval_on_selector_all(bars, there) == [False] * 4
    assert page.locator('.lesson g[data-symbol="whole"]').first.is_visible(), "the whole gap"
    assert "best q" not in twin.text_content()
    page.locator(".question .answer").first.click()  # a wrong answer is an answer
    page.locator(".question .reason.wrong").wait_for()
    page.locator(".lesson .lock").wait_for(state="hidden")
    rest(opened)
    assert {name: numbers(opened)[name] for name in divided} == divided
    assert page.eval_on_selector_all(bars, there) == [True] * 4
    assert f"the best q {divided['approximation']}." in twin.text_content()
    assert_numbers(opened, 8)


def test_the_legend_of_step_7_says_that_a_curve_is_not_shown_yet(visit: Open) -> None:
    page = open_step(visit, 7, unlock=False).page
    entry = page.locator(".lesson .legend [data-follows]")
    said = "entry => getComputedStyle(entry, '::after').content"
    assert entry.all_text_contents() == [" at the mean: x̂ = f(μ)"]
    assert "not shown yet" in entry.evaluate(said)
    page.locator(".question .answer").first.click()
    page.locator(".lesson .lock").wait_for(state="hidden")
    page.wait_for_selector(".lesson .legend [data-follows]:not(.away)", timeout=PATIENCE)
    assert entry.evaluate(said) == "none"


def test_on_a_phone_the_sliders_stay_in_view_below_the_chart(visit: Open) -> None:
    opened = open_step(visit, 6, size=(390, 844), touch=True)
    for above in (620, 400):  # where the chart begins, in pixels below the upper edge of the window: it is 260 high
        chart, sliders = opened.page.evaluate(
            """async (above) => { const chart = document.querySelector(".lesson .chart");
                   const main = document.querySelector("[data-testid=stMain]");
                   main.scrollTop += chart.getBoundingClientRect().top - above;
                   for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
                   return [chart, document.querySelector(".lesson .sliders")].map((node) => {
                       const { top, bottom } = node.getBoundingClientRect(); return { top, bottom } }) }""",
            above,
        )
        assert chart["top"] == pytest.approx(above, abs=2)
        assert chart["top"] < sliders["top"] and sliders["bottom"] <= 844
    assert chart["bottom"] <= sliders["top"]


def test_log_p_and_the_gap_are_hidden_until_the_task_of_step_5_is_done(visit: Open) -> None:
    opened = open_step(visit, 5)
    table = sweeps.along(5, STEPS[5].sliders[0], (("v", STEPS[5].sliders[0].default),), "7")
    exact = f"{table.numbers['evidence'][0]:.2f}"
    lesson = opened.page.locator(".lesson")
    marks = opened.page.locator(':is(g[data-symbol="evidence"], g[data-symbol="gap"])')
    assert (numbers(opened)["evidence"], numbers(opened)["gap"]) == ("?", "?")
    assert exact not in lesson.text_content()
    assert marks.count() == 2 and not any(mark.is_visible() for mark in marks.all())
    drag(opened, "v", 0.9)
    rest(opened)
    spoken = opened.page.locator('.lesson [role="status"]').inner_text()
    assert "ELBO" in spoken and "gap" not in spoken and "log p(x)" not in spoken
    field = opened.page.locator(".slider .exact")
    field.fill(f"{STEPS[5].sliders[0].stops[int(table.numbers['gap'].argmin())]:g}")
    field.press("Enter")
    opened.page.wait_for_selector(".lesson .task.done", timeout=PATIENCE)
    rest(opened)
    assert numbers(opened)["evidence"] == exact
    assert_numbers(opened, 5)
    assert exact in opened.page.locator(".lesson .twin").text_content()
    assert all(mark.is_visible() for mark in marks.all())


def test_a_value_that_is_none_is_refused_with_a_sentence_and_changes_nothing(visit: Open) -> None:
    opened = open_step(visit, 1)
    field = opened.page.locator(".slider:has(#elbo-room-lesson-v) .exact")
    for text in ("7", "", "wide"):
        field.fill(text)
        field.press("Enter")
        assert "must be a number from 0.1 to 4" in opened.page.locator(".lesson .refusal").inner_text()
    assert_numbers(opened, 1)
    assert opened.link() == {"step": "1"}


def test_a_value_between_the_stops_is_kept_as_it_was_typed(visit: Open) -> None:
    opened = open_step(visit, 1, "&m=0.333")
    assert_numbers(opened, 1)
    field = opened.page.locator(".slider:has(#elbo-room-lesson-v) .exact")
    field.fill("0.5123")
    field.press("Enter")
    let_go(opened, v="0.5123", m="0.333")
    assert_numbers(opened, 1)


def test_a_bad_link_is_named_and_the_rest_is_kept(visit: Open) -> None:
    opened = open_step(visit, 6, "&mean1=9&variance1=0.5&digit=3&mean2=")
    warning = opened.page.locator('[data-testid="stAlert"]').inner_text()
    for sentence in ("mean1 must be", "digit is not a parameter of step 6", "mean2 must be"):
        assert sentence in warning
    assert opened.link() == {"step": "6", "variance1": "0.5"}
    assert_numbers(opened, 6)


def test_a_step_that_is_not_there_is_named_and_the_first_is_opened(visit: Open) -> None:
    opened = visit("derivation?step=12", table=False)
    opened.page.get_by_role("heading", name="0. ").wait_for()
    assert "step must be one of 0, 1, 2" in opened.page.locator('[data-testid="stAlert"]').inner_text()


def test_steps_are_turned_and_keep_their_places(visit: Open) -> None:
    opened = open_step(visit, 5, "&digit=3&v=0.01")
    assert_numbers(opened, 5, "3")
    opened.page.get_by_role("button", name="Next").click()
    opened.page.get_by_role("heading", name="6. ").wait_for()
    opened.wait_for_link(step="6")
    opened.settle()
    assert opened.link() == {"step": "6"}
    opened.page.locator(".st-key-step button").nth(5).click()
    opened.wait_for_link(step="5", digit="3", v="0.01")
    opened.page.wait_for_selector(READY)
    opened.settle()
    assert_numbers(opened, 5, "3")
    assert opened.page.locator('[data-testid="stAlert"]').count() == 0


def test_a_choice_changes_chart_and_numbers_and_keeps_the_sliders(visit: Open) -> None:
    opened = open_step(visit, 3, "&m=0.5&v=0.25")
    opened.page.locator(".st-key-toy button").nth(1).click()
    opened.wait_for_link(toy="humps", m="0.5")
    opened.settle()
    opened.page.wait_for_function("() => document.querySelector('.lesson .twin').textContent.includes('humps')")
    assert_numbers(opened, 3, "humps")


def test_a_symbol_lights_up_wherever_it_stands(visit: Open) -> None:
    opened = open_step(visit, 6)
    lit = "[...document.querySelectorAll('.lesson .lit')].map(n => n.dataset.symbol)"
    opened.page.locator('math [data-symbol="mean"]').first.focus()
    symbols = opened.page.evaluate(lit)
    assert len(symbols) > 2 and set(symbols) == {"mean"}
    assert opened.page.locator(".slider.lit").count() == 2
    opened.page.locator('.legend [data-symbol="variance_part"]').focus()
    assert set(opened.page.evaluate(lit)) == {"variance_part"}
    assert opened.page.locator(".over g.lit").count() == 3
    opened.page.locator(".lesson .exact").first.focus()
    assert opened.page.evaluate(lit) == ["mean"] * len(opened.page.evaluate(lit))


@pytest.mark.parametrize("number", [1, 3, 4, 5, 6, 7])
def test_what_a_slider_moves_stays_bright_while_a_pointer_is_on_it(visit: Open, number: int) -> None:
    """What it moves is read from the step's own table: a number or curve that is not the same at every stop."""
    opened, step = open_step(visit, number), STEPS[number]
    choice = str(step.choice.control.default) if step.choice else ""
    layers = step.picture(choice).layers
    for one in step.sliders:
        table = sweeps.along(number, one, place_of(step.sliders, {}), choice)
        moved = {name for name, rows in (*table.numbers.items(), *table.curves.items())
                 if any(rows[0].tobytes() != row.tobytes() for row in rows)}  # fmt: skip
        bright = [bool({layer.x, layer.y, layer.base} & moved) or layer.symbol == one.symbol for layer in layers]
        assert any(bright)
        slider(opened, one.name).hover()
        shown = opened.page.eval_on_selector_all(".over > g", "groups => groups.map(g => getComputedStyle(g).opacity)")
        assert shown == ["1" if lit else "0.35" for lit in bright], one.name
    opened.page.mouse.move(2, 2)
    assert opened.page.locator(".over > g").evaluate_all("all => all.every(g => getComputedStyle(g).opacity === '1')")


def test_another_decoder_has_a_legend_in_the_colours_of_its_curves(visit: Open) -> None:
    opened, step = open_step(visit, 3), STEPS[3]
    opened.page.get_by_role("radio", name="two modes").click()
    opened.wait_for_link(toy="humps")
    opened.page.wait_for_function("() => document.querySelector('.lesson .twin').textContent.includes('humps')")
    colours = opened.page.eval_on_selector_all(
        ".lesson .legend [data-symbol]",
        "all => all.map(n => [n.dataset.symbol, getComputedStyle(n).getPropertyValue('--c')])",
    )
    assert len(colours) == 5 and len({colour for _, colour in colours}) == 4
    assert all(colour == step.symbols[symbol] for symbol, colour in colours)


def test_a_negative_operand_stands_in_brackets(visit: Open) -> None:
    opened = open_step(visit, 8)
    assert re.search(r"−8\.08\s*−\s*\(−120\.90\)", opened.page.locator(".lesson .formula").inner_text())


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_the_story_of_every_step_is_whole_at_a_projector(visit: Open, size: tuple[int, int]) -> None:
    opened = open_step(visit, 0, size=size)
    opened.page.locator('[data-act="present"]').click()
    for number in STEPS:
        opened.go(f"derivation?step={number}")
        story = opened.page.locator('[data-testid="stColumn"]:has(.st-key-story)')
        story.get_by_role("heading", name=STEPS[number].title).wait_for()
        assert story.evaluate("column => column.scrollHeight <= column.clientHeight"), number
        sizes = story.locator("p, li, code").evaluate_all("all => all.map(n => parseFloat(getComputedStyle(n).fontSize))")
        assert min(sizes) >= 0.02 * size[1]


def test_the_guess_that_a_door_asks_for_is_no_entry_of_its_own_in_the_history(visit: Open) -> None:
    opened = open_step(visit, 9)
    opened.page.get_by_role("link", name="Guess, then reveal").click()
    opened.page.wait_for_selector('[data-panel="numbers"]', timeout=PATIENCE)
    opened.wait_for_link(predict="true", q="hand")
    opened.settle()
    reveal = opened.page.locator('[data-act="predict"]')
    reveal.click()
    told = opened.page.locator('[data-panel="sentence"]').filter(has_text="against the best")
    told.wait_for()
    opened.page.wait_for_function("() => new URLSearchParams(location.search).get('predict') !== 'true'")
    opened.settle()
    opened.page.go_back()
    opened.wait_for_link(predict="true", q="hand")
    told.wait_for(state="detached")  # what was revealed is not told to who is asked again
    assert "against the best" not in opened.page.locator('.unseen[role="status"]').first.text_content()
    opened.page.go_back()
    opened.page.wait_for_selector(".doors li.opened", timeout=PATIENCE)


def test_doors_remember_that_they_were_opened(visit: Open) -> None:
    opened = open_step(visit, 9)
    opened.page.get_by_role("link", name="Two modes").click()
    opened.page.wait_for_selector('[data-panel="numbers"][data-model="humps"]', timeout=PATIENCE)
    opened.page.go_back()
    opened.page.wait_for_selector(".doors li.opened", timeout=PATIENCE)
    assert opened.page.locator(".doors li.opened").count() == 1
    assert [answer.is_visible() for answer in opened.page.locator(".doors .seen").all()].count(True) == 1


@pytest.mark.parametrize(("scheme", "numbers_"), [("light", (1, 2, 4, 7, 8, 9)), ("dark", (0, 3, 5, 6, 10))])
def test_nothing_serious_stands_in_the_way_of_anyone(visit: Open, scheme: str, numbers_: tuple[int, ...]) -> None:
    opened = open_step(visit, numbers_[0], scheme=scheme)
    serious = []
    for number in numbers_:
        opened.page.locator(".st-key-step button").nth(number).click()
        opened.page.get_by_role("heading", name=f"{number}. ").wait_for()
        opened.page.wait_for_selector(".lesson .main-svg" if number in STEPS else ".doors li", timeout=PATIENCE)
        opened.settle()
        found = Axe().run(opened.page, context="[data-testid=stMain]").response["violations"]
        serious += [
            (number, finding["id"], [node["html"][:160] for node in finding["nodes"]][:3])
            for finding in found
            if finding["impact"] in ("serious", "critical")
        ]
    assert serious == []
