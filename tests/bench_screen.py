"""What the instrument costs on the screen, beside the same content made of Streamlit's own widgets, in one run."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, Request

import vaecore
from tests.processes import memory_of
from tests.visiting import PATIENCE, TOUR_DONE, Visit, running_app, running_chromium

# The same numbers and two charts, as one writes them with Streamlit's own slider and charts.
PLAIN = """
import numpy as np, plotly.graph_objects as go, streamlit as st, torch, vaecore
from vaecore.data import digits, mnist
torch.set_num_threads(1)
model = st.cache_resource(vaecore.load)("digits-2")
x = mnist.grey(digits.test_digits().images[:1])
variances = torch.logspace(-4, 0.6, 241)

@st.fragment
def room():
    step = st.slider("step", 0, 240, 60)
    mean = torch.tensor([[st.slider("mean", -4.0, 4.0, 0.0, 0.01), 0.2]])
    sweep = st.session_state.setdefault("sweeps", {}).get(float(mean[0, 0]))
    if sweep is None:
        sweep = st.session_state["sweeps"][float(mean[0, 0])] = vaecore.sweep_variance(model, x, mean, variances)
    curves = go.Figure()
    for y in (-sweep.reconstruction[0], sweep.kl[0].sum(-1), -sweep.elbo[0]):
        curves.add_scatter(x=variances, y=y)
    curves.add_vline(x=float(variances[step]))
    curves.update_xaxes(type="log")
    angle, deviation = np.linspace(0, 6.3, 60), float(variances[step]) ** 0.5
    plane = go.Figure(go.Scatter(x=mean[0, 0] + deviation * np.cos(angle), y=mean[0, 1] + deviation * np.sin(angle)))
    for figure, column in zip((curves, plane), st.columns(2)):
        column.plotly_chart(figure)
    st.html(f'<p id="now" data-step="{step}" data-mean="{float(mean[0, 0]):.2f}">{float(sweep.elbo[0, step]):.3f}</p>')

room()
"""

# The least that Streamlit can show: what a first visit costs in any case.
BARE = """
import streamlit as st
st.html('<p id="now">bare</p>')
"""

STOP = '[data-panel="numbers"][data-stop]'
RESTING = '[data-panel="numbers"][data-diagnostics="true"][data-pictures="true"]'

# In the page: from an input event to the frame after the one in which everything was moved.
WATCH = """() => {
  window.measured = [];
  document.addEventListener('input', (event) => {
    const began = performance.now();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => window.measured.push([began, performance.now()]);
      painted.port2.postMessage(0);
    });
  }, true);
}"""

# A step of the slider in every frame: so many frames a second.
FRAMES = """async (selector) => {
  const slider = document.querySelector(selector), began = performance.now();
  for (let i = 0; i < 240; i++) {
    slider.value = Math.round((Number(slider.max) * i) / 240);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
  const frames = (1000 * 240) / (performance.now() - began);
  slider.dispatchEvent(new Event('change', { bubbles: true }));
  return frames;
}"""

# From the click on a digit or a model until its numbers, charts, curves of the gap and pictures are there.
CHOOSE = """([name, value, place]) => new Promise((done) => {
  const table = document.querySelector('[data-panel=numbers]'), began = performance.now();
  const look = () => {
    const { diagnostics, pictures } = table.dataset, painted = () => done(performance.now() - began);
    if (table.dataset[name] === value && diagnostics === 'true' && pictures === 'true') requestAnimationFrame(painted);
  };
  new MutationObserver(look).observe(table, { attributes: true });
  const digits = document.querySelectorAll('.digits input'), models = document.querySelector('#elbo-room-model');
  if (name === 'digit') return digits[place].click();
  models.selectedIndex = place;
  models.dispatchEvent(new Event('change'));
})"""

# What is drawn on, and how much of it is not the same node any more.
KEEP = """() => {
  window.kept = [...document.querySelectorAll('.instrument :is(.plot, .main-svg, .over, canvas, .bars)')];
}"""
REPLACED = "() => window.kept.filter((node) => !node.isConnected).length + ' of ' + window.kept.length"

DRAWN = "[...document.querySelectorAll('.instrument .plot')].every((plot) => plot.querySelector('.main-svg'))"

# Streamlit builds both charts anew at every change.
REBUILT = """() => {
  const drawn = [...document.querySelectorAll('.main-svg')];
  return new Set(drawn.map((svg) => svg.closest('.js-plotly-plot'))).size === 2 && !drawn.some((svg) => svg.dataset.old);
}"""

RELEASE = """() => new Promise((done) => {
  const slider = document.querySelector('#elbo-room-variance-all'), table = document.querySelector('[data-panel=numbers]');
  slider.value = Number(slider.value) > 120 ? Number(slider.value) - 3 : Number(slider.value) + 3;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  requestAnimationFrame(() => {
    const began = performance.now(), link = location.search;
    slider.dispatchEvent(new Event('change', { bubbles: true }));
    const look = () => {
      // The server's answer has come when q's own stop is the one that is shown.
      if (location.search !== link && table.dataset.stops === '241') done(performance.now() - began);
      else setTimeout(look, 1);
    };
    look();
  });
})"""

MEAN = """async ([left, top]) => {
  const plane = document.querySelector('.panel.latents .chart'), table = document.querySelector('[data-panel=numbers]');
  const at = (kind, x, y) => plane.dispatchEvent(
    new PointerEvent(kind, { clientX: x, clientY: y, bubbles: true, pointerId: 1, buttons: 1 }));
  plane.setPointerCapture = () => {};
  const first = Number(table.dataset.answers), began = performance.now();
  at('pointerdown', left, top);
  while (performance.now() - began < 4000) {
    const turn = (performance.now() - began) / 400;
    at('pointermove', left + 25 * Math.sin(turn), top + 20 * Math.sin(2 * turn));
    await new Promise(requestAnimationFrame);
  }
  const seconds = (performance.now() - began) / 1000, answers = Number(table.dataset.answers) - first;
  at('pointermove', left + 12, top - 9);
  const stopped = performance.now();
  let last = table.dataset.answers, changed = stopped;
  while (performance.now() - stopped < 600) {
    if (table.dataset.answers !== last) [last, changed] = [table.dataset.answers, performance.now()];
    await new Promise((wake) => setTimeout(wake, 1));
  }
  at('pointerup', left + 12, top - 9);
  return [answers / seconds, changed - stopped];
}"""


@contextmanager
def app_of(text: str) -> Iterator[str]:
    """The address of a server of its own for a script."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text(text)
        with running_app(script) as server:
            yield server.address


def first_visits(browser: Browser, address: str) -> None:
    """A browser that keeps nothing: until sliders, numbers and charts are there, and what has travelled until it rests."""
    ready = {"bare": "() => document.querySelector('#now')", "ours": f"() => document.querySelector('{STOP}') && {DRAWN}"}
    with app_of(BARE) as bare:
        addresses = {"bare": bare, "ours": address}
        visits: dict[str, list[tuple[float, int]]] = {"bare": [], "ours": []}
        for turn in range(9):
            for name, all_of in visits.items():
                visit = _first_visit(browser, addresses[name], ready[name])
                all_of += [visit] * (turn > 1)  # before that the servers load and compress what they then keep
    times = {name: [taken for taken, _ in all_of] for name, all_of in visits.items()}
    ratio = statistics.median(times["ours"]) / statistics.median(times["bare"])
    print(f"| first visit of a bare Streamlit page → painted | {both(times['bare'])} | |")
    print(f"| first visit → sliders, numbers and charts | {both(times['ours'])} | |")
    print(f"| the same, in first visits of the bare page | {ratio:.2f} | ≤ 1.7 |")
    ours, plain = (visits[name][-1][1] / 1e6 for name in ("ours", "bare"))
    print(f"| bodies of the HTTP answers to a first visit (bare page: {plain:.2f} MB) | {ours:.2f} MB | ≤ 2 |")


def _first_visit(browser: Browser, address: str, usable: str) -> tuple[float, int]:
    """Milliseconds until it can be used, and bytes of the bodies as they travelled until nothing more is asked for."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(usable, timeout=PATIENCE)
    taken = 1e3 * (time.perf_counter() - start)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)
    bodies = sum(request.sizes()["responseBodySize"] for request in finished if request.url.startswith("http"))
    page.context.close()
    return taken, bodies


@contextmanager
def plain_version(browser: Browser) -> Iterator[Page]:
    """The plain version on a server of its own."""
    with app_of(PLAIN) as address:
        page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        page.goto(address)
        page.wait_for_selector("#now", timeout=PATIENCE)
        page.wait_for_timeout(2000)
        yield page


def plain(browser: Browser) -> None:
    """A key on each slider → number and charts drawn."""
    with plain_version(browser) as page:
        for label, name in (("σ²", "step"), ("mean", "mean")):
            thumb = page.locator('[role="slider"], input[type=range]').nth(0 if name == "step" else 1)
            times = []
            for turn in range(20):
                page.wait_for_timeout(300)
                page.evaluate("document.querySelectorAll('.main-svg').forEach((svg) => { svg.dataset.old = 1 })")
                start = time.perf_counter()
                thumb.press("ArrowRight" if turn % 2 else "ArrowLeft")
                page.wait_for_function(REBUILT)
                times.append(1e3 * (time.perf_counter() - start))
            print(f"| plain Streamlit: a key on the {label} slider → number and charts drawn | {both(times)} | |")


def instrument(browser: Browser, address: str) -> None:
    """What the hand feels."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.add_init_script(TOUR_DONE)
    page.goto(address)
    page.wait_for_selector(RESTING, timeout=PATIENCE)
    page.wait_for_timeout(1500)

    page.evaluate(WATCH)
    page.evaluate(KEEP)
    slider = page.locator("#elbo-room-variance-all").bounding_box()
    assert slider is not None
    left, y = slider["x"] + 60, slider["y"] + slider["height"] / 2
    page.mouse.move(left, y)
    page.mouse.down()
    for i in range(240):
        page.mouse.move(left + 1.4 * i, y)
    moved = page.evaluate("measured")
    page.mouse.up()
    page.wait_for_timeout(1000)
    frames = page.evaluate(FRAMES, "#elbo-room-variance-all")
    print(f"| dragging σ²: input → painted | {both([b - a for a, b in moved])} | ≤ 17 / ≤ 33 |")
    print(f"| dragging σ²: frames a second | {frames:.0f} | ≥ 50 |")
    page.wait_for_timeout(1000)
    print(f"| release → link and the server's number | {both([_released(page) for _ in range(20)])} | ≤ 85 |")

    box = page.locator(".panel.latents .chart").bounding_box()
    assert box is not None
    drags = [page.evaluate(MEAN, [box["x"] + 115, box["y"] + 80]) for _ in range(3) if page.wait_for_timeout(800) is None]
    print(f"| nodes of the charts replaced in all these movements | {page.evaluate(REPLACED)} | 0 |")
    print(f"| dragging the mean: answers painted a second | {statistics.median(d[0] for d in drags):.1f} | ≥ 15 |")
    print(f"| dragging the mean: lag of the last | {statistics.median(d[1] for d in drags):.0f} | ≤ 120 |")

    digits = [_chosen(page, "digit", digit, int(digit)) for digit in "34534534534"]
    print(f"| another digit → everything painted (warm) | {both(digits[3:])} | ≤ 250 |")
    page.get_by_role("button", name="Next example").click()  # from here on no digit has been seen before
    page.wait_for_selector(f'{RESTING}[data-example="2"]', timeout=PATIENCE)
    cold = [_chosen(page, "digit", digit, int(digit)) for digit in "012356789"]
    print(f"| a digit that the server has never seen → everything painted | {both(cold)} | |")
    names = ("digits-linear-2", "digits-2", "digits-linear-8", "digits-2-binary", "digits-2", "digits-linear-32")
    _models(page, names)  # warm
    print(f"| another model → everything painted (warm) | {both(_models(page, names))} | ≤ 250 |")
    page.context.close()


def screen() -> None:
    """Every figure of the screen."""
    with running_app() as server, running_chromium() as browser:
        print("| server and Chromium on one machine | median / p95, ms | to reach |")
        print("|---|--:|--:|")
        first_visits(browser, server.address)
        plain(browser)
        instrument(browser, server.address)
        for name in vaecore.names():
            Visit.to(browser, server.address, f"?model={name}&q=best").page.context.close()
        memory = memory_of(server.pid) / 1e6
        print(f"\nServer memory with all {len(vaecore.names())} models touched: {memory:.0f} MB (to reach: < 900)")


def _released(page: Page) -> float:
    page.wait_for_timeout(300)
    return page.evaluate(RELEASE)


def _chosen(page: Page, name: str, value: str, place: int) -> float:
    page.wait_for_timeout(500)
    return page.evaluate(CHOOSE, [name, value, place])


def _models(page: Page, names: tuple[str, ...]) -> list[float]:
    return [_chosen(page, "model", name, vaecore.names().index(name)) for name in names]


def both(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{statistics.median(ordered):.0f} / {ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]:.0f}"


if __name__ == "__main__":
    screen()
