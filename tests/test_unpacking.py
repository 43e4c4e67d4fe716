"""What the browser's scripts make of an answer: what was not sent is the core's all the same; how long answers may be."""

import base64
import json
import math
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page

import vaecore
from pages.parts.state.parameters import GRID
from pages.parts.tradeoff import payload
from pages.parts.tradeoff.answers import read
from pages.parts.web.assets import ADDRESS
from tests import oracle_screen
from tests.test_payload import LATENTS, coarse_tiles, fine_tiles, path_of, random_link, shares_of, unpacked

UNPACK = """async ([address, answers, grid]) => {
    const { sweepOf, diagnosticsOf } = await import(`${address}/sweep.js`);
    const { tilesOf, stopsOf } = await import(`${address}/tiles.js`);
    const { bytes } = await import(new URL("../../front/unpack.js", new URL(`${address}/`, location.href)));
    return answers.map(({ sweep, rest, pictures }) => {
        const found = sweepOf(sweep, grid), stops = [...Array(found.stops).keys()], at = rest && diagnosticsOf(rest);
        const each = (column) => stops.map((k) => [...column(k)]);
        return {
            scales: [...found.scales], variances: each(found.variance), deviations: each(found.deviation),
            shares: each((k) => found.klOfVariance(k).map((share, j) => share + found.klOfMean[j])),
            terms: Object.fromEntries(Object.entries(found.terms).map(([name, column]) => [name, [...column]])),
            error: found.error && [...found.error], steps: stops.map(found.step),
            along: found.along(found.terms.elbo), picture: found.picture && [...found.picture],
            decoded: found.decoded && [...found.decoded],
            diagnostics: rest && stops.map((k) => found.step(k)).filter((step) => step >= 0).map((step) => at(found, step)),
            stops: pictures && stopsOf(bytes(pictures)).map((stop) => [...tilesOf(stop)]),
        };
    });
}"""


CASES = [
    ("number", "all", True), ("digits-2", "each", False), ("digits-2", "encoder", True),
    ("digits-linear-8", "encoder", False), ("digits-16", "all", False),
]  # fmt: skip
"""Model, what the slider moves, and whether q lies on a step of it."""


def test_the_scripts_compute_what_is_not_sent_as_the_core_does(scripts: Page) -> None:
    links = [
        random_link(name, 1, on_grid=on_grid, move=move, dimension=str(LATENTS[name]), beta="2", units="bits")
        for name, move, on_grid in CASES
    ]
    answers: list[dict[str, Any]] = []
    for link in links:
        resolved = read(link)
        pictures = base64.b64encode(payload.pictures(resolved)).decode() if link["model"] == "digits-2" else None
        rest = None if link["model"] == "digits-16" else payload.diagnostics(resolved)
        answers.append({"sweep": payload.streamed(resolved), "rest": rest, "pictures": pictures})
    made = scripts.evaluate(UNPACK, [f"{ADDRESS}/tradeoff/front", answers, list(GRID)])
    for link, answer, found in zip(links, answers, made, strict=True):
        sweep = unpacked(answer["sweep"], LATENTS[link["model"]])
        assert np.array(found["scales"]) == pytest.approx(sweep["scales"], abs=0)
        assert np.array(found["variances"]) == pytest.approx(sweep["variances"], abs=0)
        assert np.array(found["deviations"]) == pytest.approx(np.float32(np.sqrt(sweep["variances"])), abs=0)
        for name, column in found["terms"].items():
            assert np.array(column) == pytest.approx(sweep["terms"][name], abs=1e-10, rel=1e-13), (link, name)
        expected = (np.array(sweep["mean"]) ** 2 + sweep["variances"] - 1 - np.log(sweep["variances"])) / 2 / math.log(2)
        assert np.array(found["shares"]) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert (found["error"] is None) == (link["model"] != "digits-16")
        assert [step for step in found["steps"] if step >= 0] == list(range(len(path_of(sweep))))
        assert len(found["along"]) == len(path_of(sweep))
        if found["diagnostics"]:
            _the_diagnostics_are_the_cores(link, sweep, found["diagnostics"])
        if found["stops"]:
            _the_pictures_are_those_sent(found["stops"], base64.b64decode(answer["pictures"]))


def _the_diagnostics_are_the_cores(link: dict[str, str], sweep: dict[str, Any], found: list[dict[str, Any]]) -> None:
    model, x, _ = oracle_screen.bench(link)
    mean, _ = oracle_screen.q_of(link)
    variances = torch.from_numpy(path_of(sweep))
    slopes, per_nat = vaecore.forces(model, x, mean, variances), 1 / math.log(2)
    efold = variances * torch.tensor(sweep["moved"])
    wanted = {
        "reconstructionByMean": slopes.reconstruction_by_mean[0],
        "klByMean": slopes.kl_by_mean[0].expand_as(variances),
        "reconstructionByVariance": (efold * slopes.reconstruction_by_variance[0]).sum(-1),
        "klByVariance": (efold * slopes.kl_by_variance[0]).sum(-1),
    }
    for name, column in wanted.items():
        shown = np.array([list(at[name].values()) if isinstance(at[name], dict) else at[name] for at in found])
        assert shown == pytest.approx(per_nat * column.numpy(), rel=1e-6, abs=1e-6), (link, name)
    elbo = np.delete(sweep["terms"]["elbo"], [] if sweep["onPath"] else [sweep["own"]])
    evidence = elbo + np.array([at["gap"] + at["residual"] for at in found])
    assert evidence == pytest.approx(np.full(len(elbo), oracle_screen.at_q(link)["evidence"]), abs=1e-9)


def _the_pictures_are_those_sent(stops: list[list[int]], sent: bytes) -> None:
    tiles, spreads = coarse_tiles(sent)
    shown = np.array(stops, float).reshape(len(stops), 11, -1)
    assert shown[:, :9] / 255 == pytest.approx(tiles, abs=1e-9)
    assert (256 * shown[:, 9] + shown[:, 10]) / 65535 == pytest.approx(spreads, abs=0.51 / 65535)


def test_the_pictures_of_a_q_at_rest_are_those_sent(scripts: Page) -> None:
    sent = payload.sweep(read(random_link("digits-2", 2)))
    (found,) = scripts.evaluate(UNPACK, [f"{ADDRESS}/tradeoff/front", [{"sweep": sent}], list(GRID)])
    tiles, spread = fine_tiles(sent["picture"])
    shown = np.array(found["picture"], float).reshape(11, -1)
    assert shown[:9] / 255 == pytest.approx(tiles, abs=0.51 / 255)
    assert (256 * shown[9] + shown[10]) / 65535 == pytest.approx(spread, abs=0.51 / 65535)
    decoded = shares_of(sent["decodedMean"]["pixels"])
    assert np.array(found["decoded"]) / 255 == pytest.approx(decoded, abs=0.51 / 255)


MOST = {"sweep": 4.6, "rest": 5.0, "pictures": 45.0, "shares": 0.2}
"""kB of an answer of digits-2, compressed as the server's websockets compress a first message."""


@pytest.mark.parametrize("part", MOST)
def test_an_answer_is_short(part: str) -> None:
    answering = {
        "sweep": payload.streamed, "rest": payload.diagnostics, "pictures": payload.pictures, "shares": payload.shares,
    }  # fmt: skip
    for turn in range(3):
        answer = answering[part](read(random_link("digits-2", 30 + turn)))
        packed = zlib.compressobj(wbits=-12, memLevel=5)
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        size = len(packed.compress(text) + packed.flush(zlib.Z_SYNC_FLUSH))
        assert size < 1000 * MOST[part], (part, size)
