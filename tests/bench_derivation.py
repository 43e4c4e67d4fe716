"""What the lesson costs on the screen: each screen and each step to open, and every slider to move."""

from playwright.sync_api import Browser, Page

from pages.parts.derivation.sequence import STEPS
from tests.bench_screen import FRAMES, WATCH, both
from tests.visiting import PATIENCE, running_app, running_chromium

READY = {
    "derivation": '.lesson[data-rests="true"] .plot .main-svg',
    "loss": ".loss .main-svg",
    "quiz": ".question .answer",
    "challenges": ".list .way",
    "numbers": "table.models",
    "": '[data-panel="numbers"][data-rest]',
}
"""The address of a screen, and what is there when it can be used."""

# From the click on a link or a button until what it opens is there, painted, and what was there before has gone.
OPEN = """([press, ready, address]) => new Promise((done) => {
  const find = (root) => root.querySelector(ready) ?? [...root.querySelectorAll('*')]
    .map((node) => node.shadowRoot && find(node.shadowRoot)).find(Boolean);
  const old = find(document), began = performance.now();
  document.querySelector(press).click();
  const look = () => {
    const now = find(document);
    const there = now && now !== old && location.href.includes(address) && !document.querySelector('[data-stale="true"]');
    if (there) requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
    else setTimeout(look, 4);
  };
  look();
})"""


def lesson() -> None:
    """Every figure of the lesson; warm is how it is for all but the first of a class."""
    with running_app() as server, running_chromium() as browser:
        print("\n| the lesson | median / p95, ms | to reach |")
        print("|---|--:|--:|")
        _print_figures(browser, server.address)


def _print_figures(browser: Browser, address: str) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.add_init_script("localStorage['elbo-room'] = JSON.stringify({ tour: true })")
    page.goto(address)
    page.wait_for_selector(READY[""], timeout=PATIENCE)
    for warm in (False, True):
        for name, ready in READY.items():
            waited = _opened(page, f'[data-testid="stTopNavLink"][href$="/{name}"]', ready, f"/{name}")
            if warm:
                print(f"| {name or 'trade-off'}: click → usable (warm) | {waited:.0f} | ≤ 1000 |")
    for warm in (False, True):
        page.goto(f"{address}/derivation")
        page.wait_for_selector(READY["derivation"], timeout=PATIENCE)
        steps = [_opened(page, ".st-key-next button", READY["derivation"], f"step={n}") for n in STEPS if n > 1]
        if warm:
            print(f"| a step: click → usable (warm); slowest | {both(steps)}; {max(steps):.0f} | ≤ 1000 |")
    for number in STEPS:
        page.goto(f"{address}/derivation?step={number}")
        page.wait_for_selector(READY["derivation"], timeout=PATIENCE)
        _print_drag(page, f"step {number}", f"#elbo-room-lesson-{STEPS[number].sliders[0].name}")
    page.goto(f"{address}/loss")
    page.wait_for_selector(READY["loss"], timeout=PATIENCE)
    _print_drag(page, "your loss", '.loss input[type="range"]')
    page.context.close()


def _opened(page: Page, press: str, ready: str, address: str) -> float:
    page.wait_for_timeout(700)
    page.wait_for_selector(press, timeout=PATIENCE)
    return page.evaluate(OPEN, [press, ready, address])


def _print_drag(page: Page, name: str, slider: str) -> None:
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    frames = page.evaluate(FRAMES, slider)
    times = [painted - began for began, painted in page.evaluate("measured")]
    print(f"| dragging, {name}: input → painted; frames a second | {both(times)}; {frames:.0f} | ≤ 17 / ≤ 33; ≥ 50 |")


if __name__ == "__main__":
    lesson()
