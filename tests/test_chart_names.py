"""The names in the chart of costs: none is written on another, and none leaves the chart, whatever q costs."""

import json
import math
import os
import random
from typing import Any

import pytest
from playwright.sync_api import Page

import vaecore
from pages.parts.tradeoff import payload, static_layer
from pages.parts.tradeoff.answers import read
from pages.parts.web.assets import ADDRESS
from tests import oracle_screen
from tests.test_payload import LATENTS, random_link

STATES = int(os.environ.get("NAMES_STATES", "3"))
"""Of each model; every one is painted at seven stops of its slider, on both scales and in all sizes."""

SIZES = [(490, 137, 1), (1100, 260, 1), (330, 215, 1), (330, 135, 1), (640, 250, 1.5), (520, 120, 1.3)]
"""Of the frame on a laptop, a large screen, a phone, in a class and where one presents; and how much larger type is."""

# A chart with logarithmic σ² and costs from zero, without Plotly; each name is the box in which it is written.
PAINT = """async ([address, states, sizes]) => {
    const { Costs } = await import(`${address}/costs.js`), { sweepOf } = await import(`${address}/sweep.js`);
    const boxOf = (chart, node) => {
        const [x, y] = ["x", "y"].map((name) => Number(node.getAttribute(name)));
        const wide = 6 * chart.enlargement * node.textContent.length;
        const left = x - { start: 0, middle: wide / 2, end: wide }[node.getAttribute("text-anchor")];
        return [node.textContent, left, y - 11 * chart.enlargement, left + wide, y + 3 * chart.enlargement];
    };
    return states.flatMap(({ layer, sweep }) => {
        const whole = JSON.parse(layer), unpacked = sweepOf(JSON.parse(sweep), whole.grid);
        const near = 2.5 * (whole.bestReconstruction - whole.evidence), tops = [whole.costTop, ...(near > 0 ? [near] : [])];
        return tops.flatMap((costTop) => sizes.flatMap(([wide, high, enlargement]) => {
            const fixed = { ...whole, costTop }, panel = document.createElement("div");
            panel.innerHTML = '<p class="balance"></p><svg></svg>';
            const x = unpacked.along(unpacked.scales), [from, to] = [x[0], x[x.length - 1]].map(Math.log);
            const frame = { left: 49, right: 49 + wide, top: 8, bottom: 8 + high };
            const chart = {
                panel, over: panel.querySelector("svg"), enlargement, frame: () => frame,
                x: (value) => frame.left + wide * (Math.log(value) - from) / (to - from),
                y: (value) => frame.bottom - high * value / costTop };
            const costs = new Costs(chart);
            const stops = [0, 0.1, 0.3, 0.5, 0.7, 1].map((part) => Math.round(part * (unpacked.stops - 1)));
            return [unpacked.own, ...stops].flatMap((k) => [false, true].map((moving) => {
                costs.paint(unpacked, k, fixed, moving);
                const names = [...chart.over.querySelectorAll("text")].filter((node) => node.textContent);
                return { k, costTop, size: [wide, high], moving, frame, names: names.map((node) => boxOf(chart, node)) };
            }));
        }));
    });
}"""


def states_of(name: str) -> list[dict[str, str]]:
    """Links with q anywhere, at the best mean, at the encoder's q and at the prior."""
    rng, latents = random.Random(f"names {name}"), LATENTS[name]
    links: list[dict[str, str]] = []
    for turn in range(STATES):
        link = random_link(name, 500 + turn, beta=rng.choice(["1", "1", "1", "5", "0.2"]))
        if latents > 1:
            link |= {"digit": str(turn % 4 + 1), "example": "1" if turn % 2 else "3"}
        if turn % 3 == 1:
            model, x, _ = oracle_screen.bench(link)
            best = vaecore.best_gaussian(model, x)
            link["mean"] = " ".join(f"{mean + rng.gauss(0, 0.02):.6g}" for mean in best.mean[0].tolist())
        if turn % 3 == 2:
            link["variance"] = f"{math.exp(rng.uniform(math.log(1e-4), math.log(4))):.3g}"
        links.append(link)
    ways = ["best", "prior", *(["encoder"] if "encoder" in str(links[0]) or latents > 1 else [])]
    first = {key: value for key, value in links[0].items() if key not in ("mean", "variance")}
    return links + [first | {"q": way, "beta": "1"} for way in ways]


def overlaps(names: list[list[Any]]) -> list[tuple[str, str]]:
    found = []
    for i, (one, left, top, right, bottom) in enumerate(names):
        for other, first, high, last, low in names[:i]:
            if left < last and first < right and top < low and high < bottom:
                found.append((one, other))
    return found


@pytest.mark.parametrize("name", sorted(LATENTS))
def test_no_name_in_the_chart_of_costs_is_written_on_another(scripts: Page, name: str) -> None:
    states = []
    for link in states_of(name):
        resolved = read(link)
        states.append({"layer": static_layer.text_of(resolved)[1], "sweep": json.dumps(payload.sweep(resolved))})
    painted = scripts.evaluate(PAINT, [f"{ADDRESS}/tradeoff/front", states, SIZES])
    assert len(painted) > 7 * len(SIZES) * len(states)
    bad = [(chart["k"], chart["size"], chart["moving"], pair) for chart in painted for pair in overlaps(chart["names"])]
    assert not bad, (len(bad), len(painted), bad[:40])
    for chart in painted:
        for text, left, top, right, bottom in chart["names"]:
            frame = chart["frame"]
            inside = left > frame["left"] - 1 and right < frame["right"] + 1 and top > frame["top"] - 1
            assert inside and bottom < frame["bottom"] + 1, (chart["k"], chart["size"], text)
