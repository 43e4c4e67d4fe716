"""What the Trade-off screen fetches: its addresses asked without a browser, judged by direct calls into vaecore."""

import base64
import copy
import csv
import io
import json
import math
import random
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import vaecore
from pages.parts.compute import cached
from pages.parts.state.parameters import GRID
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff import payload, static_layer
from pages.parts.tradeoff.answers import read
from pages.parts.tradeoff.pictures import PICTURE_STEPS
from pages.parts.tradeoff.routes import ROUTES
from pages.parts.web.chart_payload import without_heat_maps
from tests import oracle_screen
from tests.visiting import ROOT
from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.data import digits, mnist

LATENTS = {name: vaecore.load(name).latent_dim for name in vaecore.names()}
TILE = 28 * 28
TILES = 11  # the average, eight samples, and their standard deviation in 16 bits


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """The addresses and nothing else of the app."""
    torch.set_num_threads(1)
    with TestClient(Starlette(routes=ROUTES)) as opened:
        yield opened


def random_link(name: str, turn: int, *, on_grid: bool = False, move: str = "all", **more: str) -> dict[str, str]:
    """A link with q anywhere; the variance on a step of the slider or anywhere."""
    rng = random.Random(f"{name} {turn}")
    latents = LATENTS[name]
    variance = (
        [rng.choice(GRID)] if on_grid else [math.exp(rng.uniform(math.log(1e-6), math.log(4))) for _ in range(latents)]
    )
    link = {
        "model": name,
        "q": "hand",
        "mean": " ".join(f"{rng.gauss(0, 1):.5g}" for _ in range(latents)),
        "variance": " ".join(str(np.float32(value)) for value in variance),
        "move": move,
    }
    if name in ("number", "humps"):
        link["x"] = f"{rng.uniform(-4, 4):.2f}"
    else:
        link |= {"digit": str(rng.randrange(10)), "example": str(rng.randint(1, 25))}
    return link | more


def asked(client: TestClient, part: str, link: dict[str, str]) -> dict[str, Any]:
    """One part of the payload, its arrays unpacked."""
    answer = client.get(f"/play/{part}", params=link)
    assert answer.status_code == 200, answer.text
    return unpacked(answer.json(), LATENTS[link["model"]])


def at_rest(link: dict[str, str]) -> dict[str, Any]:
    """The sweep as it comes with a commit, when q rests."""
    return unpacked(json.loads(json.dumps(payload.sweep(read(link)))), LATENTS[link["model"]])


def from_planes(text: str, kind: str) -> np.ndarray:
    """Numbers that came by significance: all first bytes before all second ones."""
    planes = np.frombuffer(base64.b64decode(text), np.uint8).reshape(np.dtype(kind).itemsize, -1)
    return planes.T.copy().view(kind).ravel()


def unpacked(answer: dict[str, Any], latents: int) -> dict[str, Any]:
    """An answer with its arrays, and with what follows from them in closed form."""
    found = dict(answer)
    for name in answer.keys() & {"accuracy", "gapAccuracy"}:
        if isinstance(answer[name], list):
            found[name] = [answer[name][0][i] for i in base64.b64decode(answer[name][1])]
    for name in answer.keys() & {"error", "reconstructionByMean", "reconstructionByVariance"}:
        found[name] = from_planes(answer[name], "<f4").astype(float)
    for name in answer.keys() & {"reconstruction", "gap"}:
        found[name] = from_planes(answer[name], "<f8")
    if "reconstructionByMean" in found:
        found["reconstructionByMean"] = found["reconstructionByMean"].reshape(latents, -1).T
    if "scales" in answer:
        path = np.array(GRID if answer["scales"] is None else answer["scales"])
        base = np.array(answer["base"])
        variances = np.where(answer["moved"], path[:, None] * base, base).astype(np.float32).astype(float)
        own = [] if answer["onPath"] else [answer["own"]]
        found["scales"] = np.insert(path, own, answer["ownScale"])
        found["variances"] = np.insert(variances, own, answer["variance"], axis=0)
        mean = torch.tensor([answer["mean"]], dtype=torch.float64)
        kl = kl_to_standard_normal(mean, torch.from_numpy(found["variances"])).numpy().sum(-1) * answer["perNat"]
        reconstruction = found["reconstruction"]
        found["terms"] = {
            "reconstruction": reconstruction, "kl": kl, "elbo": reconstruction - kl,
            "objective": reconstruction - answer["beta"] * kl,
        }  # fmt: skip
    return found


def coarse_tiles(packed: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Average and samples of every step, and their spread, from 0 to 1: they come in 16 levels, as differences."""
    rows = np.frombuffer(packed, np.uint8).reshape(-1, 2 + 5 * TILE)
    top = (256.0 * rows[:, 0] + rows[:, 1]) / 65535
    levels = np.stack([rows[:, 2:] >> 4, rows[:, 2:] & 15], axis=-1).reshape(len(rows), 10, TILE).astype(int)
    shares = levels.cumsum(0) % 16 / 15
    return shares[:, :9], shares[:, 9] ** 2 * top[:, None]


def shares_of(letters: str) -> np.ndarray:
    """64 levels from 0 to 1, each a letter of base64."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    return np.array([alphabet.index(letter) for letter in letters]) / 63


def fine_tiles(letters: str) -> tuple[np.ndarray, np.ndarray]:
    """Average and samples, and their spread, from 0 to 1: every pixel is a letter of base64, before the largest spread."""
    shares = shares_of(letters[: 10 * TILE]).reshape(10, TILE)
    high, low = base64.b64decode(letters)[-2:]
    return shares[:9], shares[9] ** 2 * (256 * high + low) / 65535


def nearest_in_squares(deviation: np.ndarray, levels: int) -> np.ndarray:
    """How far at most a spread is from itself where its square root, as a part of the largest, has so many levels."""
    top = deviation.max()
    return top * (np.sqrt(deviation / top) / levels + 0.25 / levels**2) + 2e-5


def gap_errors(link: dict[str, str]) -> tuple[np.ndarray, float]:
    """The errors of the gap at every step of the path, and at q alone, in the unit of the link."""
    resolved = read(link)
    setup, q, per_nat = resolved.setup, resolved.q, resolved.unit.per_nat
    along, alone = cached.gaps(setup, q.mean, q.path), cached.gap(setup, q.mean, q.variance)
    return per_nat * along.error[0].numpy(), per_nat * float(alone.error[0])


def errors_of(link: dict[str, str]) -> np.ndarray:
    """The errors of the reconstruction at every stop, in the unit of the link."""
    resolved = read(link)
    setup, q = resolved.setup, resolved.q
    along, stops = cached.sweep(setup, q.mean, q.path), payload.SliderStops(q.path, q.variance)
    by_step = stops.on_path and along.accuracy is not vaecore.Accuracy.ESTIMATED
    alone = None if by_step else cached.elbo(setup, q.mean, q.variance).error[0].numpy()
    return resolved.unit.per_nat * stops.with_own(along.error[0].numpy(), alone)


def path_of(sweep: dict[str, Any]) -> np.ndarray:
    """The variances of the stops that are steps of the path."""
    return sweep["variances"] if sweep["onPath"] else np.delete(sweep["variances"], sweep["own"], axis=0)


MOVES = [
    (name, move)
    for name in vaecore.names()
    for move in (
        "all",
        *(("each",) if LATENTS[name] > 1 else ()),
        *(("encoder",) if vaecore.load(name).encoder is not None else ()),
    )
]


@pytest.mark.parametrize("on_grid", [False, True], ids=["anywhere", "on a step"])
@pytest.mark.parametrize(("name", "move"), MOVES)
def test_every_stop_holds_what_the_core_says_there(client: TestClient, name: str, move: str, on_grid: bool) -> None:
    link = random_link(name, 1, on_grid=on_grid, move=move, dimension=str(LATENTS[name]), beta="2", units="bits")
    sweep, rest = asked(client, "sweep", link), asked(client, "rest", link)
    path = path_of(sweep)
    along = steps = oracle_screen.along(link, path)
    at = oracle_screen.at_q(link)
    assert sweep["followsPath"] == (sweep["onPath"] and name != "digits-16")
    own = np.arange(len(sweep["scales"])) == sweep["own"]
    assert len(own) == len(path) + (not sweep["onPath"]) == len(sweep["terms"]["elbo"]) == len(sweep["variances"])
    # The stops at which q was asked for alone.
    mine = own & (not sweep["followsPath"])
    if sweep["onPath"] and mine.any():
        steps = {quantity: np.delete(column, sweep["own"]) for quantity, column in steps.items()}
    for quantity in ("reconstruction", "kl", "elbo", "objective"):
        column = sweep["terms"][quantity]
        assert column[~mine] == pytest.approx(steps[quantity], abs=1e-9, rel=1e-12)
        assert column[mine] == pytest.approx(at[quantity], abs=1e-9, rel=1e-12)
        assert column[own] == pytest.approx(at[quantity], abs=2e-3)
    assert len(rest["gap"]) == len(path)
    gaps = rest["gap"][~mine] if sweep["onPath"] else rest["gap"]
    assert gaps == pytest.approx(steps["gap"], abs=1e-9, rel=1e-12)
    assert sweep["fixed"]["evidence"] == pytest.approx(at["evidence"], abs=1e-9, rel=1e-12)
    assert sweep["lowest"] == along["objective"].argmax()


@pytest.mark.parametrize("on_grid", [False, True], ids=["anywhere", "on a step"])
@pytest.mark.parametrize("name", vaecore.names())
def test_gap_and_forces_of_q_itself_come_at_once_with_its_terms(name: str, on_grid: bool) -> None:
    link = random_link(name, 2, on_grid=on_grid)
    sweep, at = at_rest(link), oracle_screen.at_q(link)
    own, now = sweep["own"], sweep["now"]
    assert sweep["variances"][own] == pytest.approx(oracle_screen.q_of(link)[1][0].numpy(), abs=0)
    assert sweep["terms"]["elbo"][own] + now["gap"] + now["residual"] == pytest.approx(at["evidence"], abs=1e-9)
    assert now["gap"] == pytest.approx(at["gap"], abs=1e-9, rel=1e-12)
    model, x, _ = oracle_screen.bench(link)
    mean, variance = oracle_screen.q_of(link)
    slopes = vaecore.forces(model, x, mean, variance)
    assert now["klByMean"] == pytest.approx(slopes.kl_by_mean[0, 0].tolist(), rel=1e-6)
    assert now["klByVariance"] == pytest.approx(float((variance * slopes.kl_by_variance[0, 0]).sum()), rel=1e-6)
    if name != "digits-16":
        assert now["reconstructionByMean"] == pytest.approx(slopes.reconstruction_by_mean[0, 0].tolist(), rel=2e-3, abs=2e-3)
        pull = float((variance * slopes.reconstruction_by_variance[0, 0]).sum())
        assert now["reconstructionByVariance"] == pytest.approx(pull, rel=2e-3, abs=2e-3)


@pytest.mark.parametrize("name", vaecore.names())
def test_while_q_moves_the_gap_is_the_difference_of_the_others(client: TestClient, name: str) -> None:
    link = random_link(name, 2)
    moving, rest = asked(client, "sweep", link), at_rest(link)
    now, along = moving["now"], gap_errors(link)[1]
    assert now["gap"] == pytest.approx(moving["fixed"]["evidence"] - moving["terms"]["elbo"][moving["own"]], abs=1e-9)
    assert now["residual"] is None
    assert abs(now["gap"] - rest["now"]["gap"]) <= 2e-3 + 8 * along
    assert now["reconstructionByMean"] == rest["now"]["reconstructionByMean"]


@pytest.mark.parametrize("name", vaecore.names())
def test_who_has_the_diagnostics_of_a_path_gets_its_numbers_again(client: TestClient, name: str) -> None:
    link = random_link(name, 2, on_grid=True)
    sweep, rest = at_rest(link), asked(client, "rest", link)
    again = unpacked(payload.sweep(read(link), sweep["path"]), LATENTS[name])
    another = unpacked(payload.sweep(read(link | {"mean": " ".join(["0.5"] * LATENTS[name])}), sweep["path"]), LATENTS[name])
    assert again["path"] == sweep["path"] != another["path"]
    if name == "digits-16":
        assert again["now"] == sweep["now"]
        return
    own, now = sweep["own"], again["now"]
    assert [now[name] for name in ("gap", "gapAccuracy")] == [rest[name][own] for name in ("gap", "gapAccuracy")]
    assert now["reconstructionByMean"] == pytest.approx(rest["reconstructionByMean"][own].tolist(), rel=1e-6)
    assert now["reconstructionByVariance"] == pytest.approx(rest["reconstructionByVariance"][own], rel=1e-6)
    assert again["terms"]["elbo"][own] + now["gap"] + now["residual"] == pytest.approx(
        sweep["terms"]["elbo"][own] + sweep["now"]["gap"] + sweep["now"]["residual"], abs=1e-9
    )
    assert another["now"]["gap"] != pytest.approx(now["gap"], rel=1e-3)


@pytest.mark.parametrize("name", vaecore.names())
def test_releasing_at_a_step_changes_the_gap_by_no_more_than_its_errors(client: TestClient, name: str) -> None:
    link = random_link(name, 3, on_grid=True)
    sweep, rest = at_rest(link), asked(client, "rest", link)
    own, now = sweep["own"], sweep["now"]
    along, alone = gap_errors(link)
    assert abs(now["gap"] - rest["gap"][own]) <= 1e-9 + 4 * (alone + along[own])


@pytest.mark.parametrize("name", vaecore.names())
def test_stops_rise_and_say_their_variances_exactly(client: TestClient, name: str) -> None:
    sweep = asked(client, "sweep", random_link(name, 4))
    assert (np.diff(sweep["scales"]) > 0).all()
    assert path_of(sweep) == pytest.approx(np.float32(GRID)[:, None].repeat(LATENTS[name], 1), abs=0)


@pytest.mark.parametrize("name", [name for name in vaecore.names() if name != "digits-16"])
@pytest.mark.parametrize("move", ["all", "each"])
def test_a_force_is_the_slope_of_its_term_along_the_slider(client: TestClient, name: str, move: str) -> None:
    if (name, move) not in MOVES:
        pytest.skip("one latent moves in one way")
    variance = " ".join(["0.1"] * LATENTS[name])
    link = random_link(name, 6, move=move, units="bits") | {"variance": variance}
    sweep, rest = asked(client, "sweep", link), asked(client, "rest", link)
    assert sweep["onPath"]
    widths = np.diff(np.log(sweep["scales"]))
    # What the force adds up to from step to step (trapezoids) is what the term changes by, to a thousandth of a nat.
    force, term = rest["reconstructionByVariance"], sweep["terms"]["reconstruction"]
    pieces = (force[1:] + force[:-1]) / 2 * widths
    slack = 0.004 + 0.003 * np.abs(pieces).cumsum()
    assert (np.abs(pieces.cumsum() - (term[1:] - term[0])) <= slack).all()


@pytest.mark.parametrize("name", vaecore.names())
def test_an_estimate_comes_with_its_standard_error_never_less_and_nothing_else_does(client: TestClient, name: str) -> None:
    link = random_link(name, 7)
    sweep, errors = asked(client, "sweep", link), errors_of(link)
    assert ("error" in sweep) == (name == "digits-16")
    if "error" in sweep:
        assert (sweep["error"] >= errors).all()
        assert sweep["error"] == pytest.approx(errors, rel=3e-7)


def printed_error(text: str, unit: str) -> float:
    """The error that a text promises, in nats."""
    number, _, shown = re.search(r"(?:to|±) ([0-9.e+-]+)( (nat|bit))?", text).groups()  # type: ignore[union-attr]
    return float(number) * (math.log(2) if unit == "bits" and shown != "nat" else 1)


@pytest.mark.parametrize("unit", ["nats", "bits"])
@pytest.mark.parametrize("name", vaecore.names())
def test_every_stop_says_how_accurate_it_is_and_never_less_than_the_error(client: TestClient, name: str, unit: str) -> None:
    # With little noise and far out the reconstruction is tens of thousands of nats, and bounds above 0.001 nat occur.
    far = {"digits-2": {"sigma_x": "0.05"}, "humps": {"sigma_x": "0.1", "x": "-4"}}.get(name, {})
    link = random_link(name, 24, mean=" ".join(["3" if LATENTS[name] > 1 else "7"] * LATENTS[name]), units=unit)
    link |= far
    per_nat = 1 / math.log(2) if unit == "bits" else 1
    sweep, rest = at_rest(link), asked(client, "rest", link)
    errors = errors_of(link)
    texts = [*zip(sweep["accuracy"], errors, strict=True)]
    along, alone = gap_errors(link)
    promised = "0.0015 bit" if unit == "bits" else "0.001 nat"  # 0.00144, rounded up
    gaps = [*zip(rest["gapAccuracy"], along, strict=True), (sweep["now"]["gapAccuracy"], alone)]
    for text, error in texts + gaps:
        nats = error / per_nat
        if name == "digits-16":
            assert text.startswith("estimated ± " if (text, error) in texts else "≥, lower bound ± ")
            assert 2 * nats <= printed_error(text, unit) * (1 + 1e-9) <= 2.3 * nats
        elif "exactly" in text:
            assert error == 0
        elif nats <= 1e-3:
            assert text == f"accurate to {promised}"
        else:
            assert text.endswith(f" {unit}")
            assert nats <= printed_error(text, unit) * (1 + 1e-9) <= 1.15 * nats
    if far:
        assert max(errors) / per_nat > 1e-3, "no bound above a thousandth was judged"
        assert sweep["curvesAccuracy"] == f"± {promised} or 0.001 %"


@pytest.mark.parametrize("name", vaecore.names())
def test_the_latent_chart_is_labelled_with_its_own_accuracy_and_bounds_carry_a_sign(name: str) -> None:
    shown = static_layer.static_layer(read(random_link(name, 25)))
    above_two = LATENTS[name] > 2
    assert shown["accuracy"]["kl"] == "computed exactly"
    assert shown["accuracy"]["latents"] == shown["accuracy"]["kl" if above_two else "evidence"]
    assert shown["atLeast"] == ("≥\u00a0" if name == "digits-16" else "")
    assert shown["accuracy"]["evidence"].startswith("≥, lower bound ± ") == (name == "digits-16")
    error = shown["accuracy"]["evidence"].partition(" ± ")
    assert shown["floorError"] == ("".join(error[1:]) if name == "digits-16" else "")
    legend = shown["charts"]["latents"]["legend"]
    bars = ("from μ", "from σ²", "> chosen<")
    assert all((share in legend) == above_two for share in bars)
    assert ("> q" in legend) == (not above_two)  # q itself is named where it is drawn over other distributions
    of_best = shown["bestTerms"]
    assert of_best["reconstruction"] - of_best["kl"] == pytest.approx(shown["bestElbo"], abs=1e-6)


REFUSED = {
    "mean=9 9": "mean must be 2 numbers from -8 to 8; got 9 9",
    "mean=1": "mean must be 2 numbers from -8 to 8; got 1",
    "variance=0": "variance must be 1 or 2 numbers from 1e-06 to 4; got 0",
    "variance=nan": "variance must be 1 or 2 numbers from 1e-06 to 4; got nan",
    "model=digits-9000": "model must be one of",
    "model=": "model must be one of",
    "digit=10": "digit must be one of",
    "example=26": "example must be a whole number from 1 to ",
    "sigma_x=0": "sigma_x must be a number from 0.05 to 1; got 0",
    "beta=3": "beta must be one of",
    "move=sideways": "move must be one of all, each, encoder; got sideways",
    "dimension=3": "dimension must be a whole number from 1 to 2; got 3",
    "seed=-1": "seed must be a whole number from 0 to 999; got -1",
    "colour=red": "colour is not a parameter of the model digits-2; got colour=red.",
    "model=number&q=encoder": "q must be one of best, prior, hand; got encoder",
    "model=digits-2-binary&sigma_x=0.5": "sigma_x is not a parameter of the model digits-2-binary; got sigma_x=0.5.",
}


@pytest.mark.parametrize("part", ["sweep", "rest", "pictures", "sweep.csv", "chart.html", "chart.json", "snippet.py"])
@pytest.mark.parametrize("query", REFUSED)
def test_a_value_that_is_none_is_refused_with_a_sentence(client: TestClient, part: str, query: str) -> None:
    answer = client.get(f"/play/{part}?{query}")
    assert answer.status_code == 400
    assert answer.json()["refused"].startswith(REFUSED[query])


def test_what_nobody_asked_for_is_not_there(client: TestClient) -> None:
    assert client.get("/play/").status_code == 404
    assert client.post("/play/sweep").status_code == 405


@pytest.mark.parametrize(
    "link",
    [
        random_link("digits-2", 8, units="bits", beta="2"),
        random_link("digits-linear-8", 9, move="each", dimension="3"),
        random_link("humps", 10),
    ],
    ids=lambda link: link["model"],
)
def test_the_table_to_take_away_has_a_line_for_every_step_and_names_its_units(
    client: TestClient, link: dict[str, str]
) -> None:
    answer = client.get("/play/sweep.csv", params=link)
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="elbo-room-sweep.csv"' in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    latents, unit, beta = LATENTS[link["model"]], link.get("units", "nats"), link.get("beta", "1")
    dimensions = range(1, latents + 1)
    assert list(lines[0]) == [
        "slider", *(f"variance_{j}" for j in dimensions), *(f"mean_{j}" for j in dimensions), f"reconstruction_{unit}",
        f"kl_{unit}", f"elbo_{unit}", f"objective_beta_{beta}_{unit}", f"gap_{unit}", f"log_evidence_{unit}",
        f"error_{unit}",
    ]  # fmt: skip
    table = {name: np.array([float(line[name]) for line in lines]) for name in lines[0]}
    assert len(lines) == 241
    variances = np.column_stack([table[f"variance_{j}"] for j in dimensions])
    expected = oracle_screen.along(link, variances)
    for column, quantity in (
        (f"reconstruction_{unit}", "reconstruction"), (f"kl_{unit}", "kl"), (f"elbo_{unit}", "elbo"), (f"gap_{unit}", "gap"),
        (f"objective_beta_{beta}_{unit}", "objective"), (f"log_evidence_{unit}", "evidence"),
    ):  # fmt: skip
        assert table[column] == pytest.approx(expected[quantity], abs=1e-9, rel=1e-12), column


TAKEN_AWAY = [
    random_link("number", 11, w="1.2", b="-0.35", sigma_x="0.8"),
    random_link("humps", 12, units="bits"),
    random_link("digits-2", 13, sigma_x="0.333"),
    random_link("digits-2", 13, on_grid=True),
    random_link("digits-2-binary", 14),
    random_link("digits-linear-8", 15, units="bits"),
    random_link("digits-16", 16),
    random_link("digits-16", 17, on_grid=True, move="all"),
]

# Runs each program as if it were alone, in one interpreter: torch is imported once.
RUN_ALL = """import contextlib, io, json, sys
printed = []
for code in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "snippet", "exec"), {"__name__": "__main__"})
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)"""


def test_the_python_to_take_away_prints_the_numbers_of_the_screen(client: TestClient) -> None:
    codes = [client.get("/play/snippet.py", params=link).text for link in TAKEN_AWAY]
    command = [sys.executable, "-c", RUN_ALL]
    given = json.dumps(codes)
    ran = subprocess.run(command, input=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert ran.returncode == 0, ran.stderr
    for link, output in zip(TAKEN_AWAY, json.loads(ran.stdout), strict=True):
        printed = dict(line.split() for line in output.splitlines())
        sweep = at_rest(link)
        screen = {name: column[sweep["own"]] for name, column in sweep["terms"].items()} | {"gap": sweep["now"]["gap"]}
        screen["evidence"] = screen["elbo"] + screen["gap"] + sweep["now"]["residual"]
        assert set(printed) == {"reconstruction", "kl", "elbo", "gap", "evidence"}, link
        for name, text in printed.items():
            assert float(text) == pytest.approx(screen[name], abs=0.0005 + 1e-6), (name, link)


def test_the_chart_to_take_away_is_whole_and_marks_q(client: TestClient) -> None:
    link = random_link("digits-linear-2", 18, on_grid=True)
    page = client.get("/play/chart.html", params=link)
    assert "Plotly.newPlot" in page.text
    assert 'src="http' not in page.text
    figure = client.get("/play/chart.json", params=link).json()
    at = oracle_screen.at_q(link)
    marks = [trace for trace in figure["data"] if trace.get("name") == "now"]
    assert sorted(trace["y"][0] for trace in marks) == pytest.approx(sorted([-at["reconstruction"], at["kl"], -at["elbo"]]))
    assert {trace["x"][0] for trace in marks} == {float(np.float32(link["variance"]))}


@pytest.mark.parametrize("name", [name for name in vaecore.names() if name.startswith("digits")])
def test_pictures_come_for_evenly_spread_stops_and_are_those_of_the_core(client: TestClient, name: str) -> None:
    link = random_link(name, 19, seed="5")
    sweep = asked(client, "sweep", link)
    path = path_of(sweep)
    tiles, spreads = coarse_tiles(client.get("/play/pictures", params=link).content)
    chosen = np.rint(np.linspace(0, len(path) - 1, PICTURE_STEPS)).astype(int)
    model, _, _ = oracle_screen.bench(link)
    for step in (0, 20, PICTURE_STEPS - 1):
        variance = torch.from_numpy(path[chosen[step]])[None]
        mean, _ = oracle_screen.q_of(link)
        expected = vaecore.sweep_images(model, mean, variance, samples=8, seed=5).samples[0, 0]
        wanted, deviation = expected.double().clamp(0, 1).numpy(), expected.double().std(0).clamp(max=1).numpy()
        assert np.abs(tiles[step, 1:9] - wanted).max() <= 0.5 / 15 + 1e-5
        assert (np.abs(spreads[step] - deviation) <= nearest_in_squares(deviation, 15)).all()
    # At rest q itself is shown in finer steps than while it moves.
    model, _, _ = oracle_screen.bench(link)
    expected = vaecore.sweep_images(model, *oracle_screen.q_of(link), samples=8, seed=5).samples[0, 0].double()
    wanted, deviation = expected.clamp(0, 1).numpy(), expected.std(0).clamp(max=1).numpy()
    own, spread = fine_tiles(payload.sweep(read(link))["picture"])
    assert np.abs(own[1:9] - wanted).max() <= 0.5 / 63 + 1e-5
    assert (np.abs(spread - deviation) <= nearest_in_squares(deviation, 63)).all()
    (moving,), (spread,) = coarse_tiles(base64.b64decode(sweep["picture"]))
    assert np.abs(moving[1:9] - wanted).max() <= 0.5 / 15 + 1e-5
    assert np.abs(moving[0] - own[0]).max() <= 0.5 / 15 + 0.5 / 63 + 1e-5
    assert (np.abs(spread - deviation) <= nearest_in_squares(deviation, 15)).all()


@pytest.mark.parametrize("name", ["digits-2", "digits-2-binary", "digits-16"])
def test_the_decoded_mean_is_the_decoders_and_reconstruction_is_its_likelihood_less_blur(
    client: TestClient, name: str
) -> None:
    link = random_link(name, 22, move="all", units="bits")
    model, x, _ = oracle_screen.bench(link)
    mean, _ = oracle_screen.q_of(link)
    decoded = model.likelihood.mean(model.decode(mean.to(model.dtype))).detach().double().numpy()[0]
    sweep = asked(client, "sweep", link)
    shown = shares_of(sweep["decodedMean"]["pixels"])
    assert np.abs(shown - decoded.clip(0, 1)).max() <= 0.5 / 63 + 1e-5
    # An independent sum over the pixels, in float64; the smallest σ² of the slider blurs next to nothing.
    likelihood = model.likelihood.log_prob(x, copy.deepcopy(model.decoder).double()(mean)).item() / math.log(2)
    assert sweep["decodedMean"]["likelihood"] == pytest.approx(likelihood, abs=1e-3, rel=1e-6)


def test_the_manifold_is_what_the_decoder_makes_of_each_place_and_the_codes_are_the_encoders(client: TestClient) -> None:
    answer = client.get("/play/manifold.png", params={"model": "digits-2"})
    assert answer.headers["content-type"] == "image/png"
    assert "max-age" in answer.headers["cache-control"]
    ink = np.asarray(Image.open(io.BytesIO(answer.content)).getchannel("A")).astype(float) / 255
    assert client.get("/play/manifold.png", params={"model": "digits-2", "sigma_x": "0.5"}).content == answer.content
    model = oracle_screen.pretrained("digits-2")
    side, reach = len(ink) // 28, 4.5
    for row, column in ((0, 0), (3, 11), (side - 1, side - 1)):
        z = torch.tensor([[(2 * column + 1) / side - 1, 1 - (2 * row + 1) / side]]) * reach  # the middle of its square
        expected = model.likelihood.mean(model.decode(z)).detach().clamp(0, 1).reshape(28, 28).numpy()
        tile = ink[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
        assert np.abs(tile - expected).max() <= 0.5 / 255 + 1e-4
    found = client.get("/play/codes.json", params={"model": "digits-2"}).json()["codes"]
    offered = digits.test_digits()
    assert [code[2] for code in found] == offered.labels.tolist()
    means = model.encode(mnist.grey(offered.images)).mean.detach().numpy()
    assert np.abs(np.array([code[:2] for code in found]) - means).max() <= 1e-4
    for part in ("manifold.png", "codes.json"):
        refused = client.get(f"/play/{part}", params={"model": "digits-16"})
        assert refused.status_code == 400
        assert refused.json()["refused"] == "model must be one of images with two latents; got digits-16."


def test_other_noise_gives_other_samples_and_the_same_numbers(client: TestClient) -> None:
    one, other = (random_link("digits-2", 20, seed=seed) for seed in ("0", "1"))
    first, second = (coarse_tiles(client.get("/play/pictures", params=link).content)[0] for link in (one, other))
    # The mean image does not depend on the noise of the samples, but for a level where it lies between two.
    assert np.abs(first[-1, 0] - second[-1, 0]).max() <= 1.01 / 15
    assert np.abs(first[-1, 1:9] - second[-1, 1:9]).max() > 0.2
    sweeps = [asked(client, "sweep", link)["terms"]["elbo"] for link in (one, other)]
    assert (sweeps[0] == sweeps[1]).all()


def test_a_stream_answers_every_question_in_turn_with_what_the_addresses_answer(client: TestClient) -> None:
    link = random_link("digits-2", 21)
    with client.websocket_connect("/play/stream") as stream:
        for part in ("sweep", "rest", "pictures"):
            stream.send_json(link | {"part": part})
        stream.send_json(link)
        sweep, rest, pictures, again = (
            stream.receive_json(),
            stream.receive_json(),
            stream.receive_bytes(),
            stream.receive_json(),
        )
    assert sweep == again == client.get("/play/sweep", params=link).json()
    assert rest == client.get("/play/rest", params=link).json()
    assert pictures == client.get("/play/pictures", params=link).content


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        *(({"mean": text}, f"mean must be 2 numbers from -8 to 8; got {text}") for text in ("9 9", "1", "nan 0")),
        ({"part": "everything"}, "part must be one of sweep, rest, pictures, shares, guesses; got everything."),
        ({"digit": 3}, "a question must be an object of texts"),
        (["sweep"], "a question must be an object of texts"),
        (None, "a question must be an object of texts"),
    ],
)
def test_a_refused_question_gets_a_sentence_and_the_stream_goes_on(client: TestClient, question: Any, sentence: str) -> None:
    link = random_link("digits-linear-2", 22)
    with client.websocket_connect("/play/stream") as stream:
        stream.send_json(question)
        assert stream.receive_json()["refused"].startswith(sentence)
        stream.send_json(link)
        assert stream.receive_json()["mean"] == list(oracle_screen.numbers(link["mean"]))


@pytest.mark.parametrize("text", ["", "{", "sweep"])
def test_a_stream_survives_what_is_no_question_at_all(client: TestClient, text: str) -> None:
    with client.websocket_connect("/play/stream") as stream:
        stream.send_text(text)
        assert "refused" in stream.receive_json()
        stream.send_json(random_link("number", 23))
        assert "reconstruction" in stream.receive_json()


def test_many_streams_at_once_get_their_own_answers(client: TestClient) -> None:
    links = [random_link("digits-linear-2", turn) for turn in range(8)]
    with ExitStack() as stack:
        streams = [stack.enter_context(client.websocket_connect("/play/stream")) for _ in links]
        for _ in range(3):
            for stream, link in zip(streams, links, strict=True):
                stream.send_json(link)
            for stream, link in zip(streams, links, strict=True):
                assert stream.receive_json()["mean"] == list(oracle_screen.numbers(link["mean"]))


# ---- the paths of the slider ------------------------------------------------------------------------------------------

VARIANCES = st.lists(st.floats(float(np.float32(1e-6)), 4, width=32), min_size=1, max_size=6).map(tuple)


@given(variance=VARIANCES, dimension=st.integers(0, 5))
def test_the_common_path_is_the_grid_in_every_dimension(variance: tuple[float, ...], dimension: int) -> None:
    path = SweepPath.along(SliderMode.ALL, variance, dimension % len(variance), None)
    assert path.variances == pytest.approx(np.tile(np.float32(GRID)[:, None], len(variance)), abs=0)


@given(variance=VARIANCES, dimension=st.integers(0, 5))
def test_one_dimension_moves_alone_over_the_grid_and_the_others_stay_exact(
    variance: tuple[float, ...], dimension: int
) -> None:
    dimension %= len(variance)
    moving = SweepPath.along(SliderMode.EACH, variance, dimension, None).variances
    assert (moving[:, dimension] == np.float32(GRID)).all()
    assert (np.delete(moving, dimension, axis=1) == np.delete(variance, dimension)).all()


@given(encoder=VARIANCES)
@example(encoder=(float(np.float32(1e-6)), 4.0))
@example(encoder=(4.0, 4.0))
@example(encoder=(float(np.float32(1e-6)),))
@settings(max_examples=300)
def test_a_multiple_keeps_the_encoders_proportions_within_what_q_may_have(encoder: tuple[float, ...]) -> None:
    path = SweepPath.along(SliderMode.ENCODER, encoder, 0, encoder)
    scales, variances = np.array(path.scales), path.variances
    assert (np.diff(scales) > 0).all()
    assert scales[0] <= 1 <= scales[-1]
    assert scales[0] >= 0.01
    assert scales[-1] <= 100
    assert variances.min() >= np.float32(1e-6)
    assert variances.max() <= 4
    assert variances == pytest.approx(scales[:, None] * np.array(encoder), rel=1e-6)


@given(encoder=VARIANCES)
@example(encoder=(4.0,))
@example(encoder=(float(np.float32(1e-6)), 1.0))
@settings(max_examples=300)
def test_the_encoders_own_variance_is_a_stop_of_its_own_path(encoder: tuple[float, ...]) -> None:
    path = SweepPath.along(SliderMode.ENCODER, encoder, 0, encoder)
    step = path.passes(encoder)
    assert step is not None
    assert path.scales[step] == 1
    assert (path.variances[step] == encoder).all()


@given(variance=VARIANCES, move=st.sampled_from(["all", "each", "encoder"]))
def test_variances_are_exact_in_float32_as_the_link_keeps_them(variance: tuple[float, ...], move: str) -> None:
    variances = SweepPath.along(SliderMode(move), variance, 0, variance).variances
    assert (variances.astype(np.float32).astype(float) == variances).all()


@given(variance=VARIANCES, move=st.sampled_from(["all", "each", "encoder"]), data=st.data())
def test_where_the_path_passes_the_slider_stands_at_that_step(
    variance: tuple[float, ...], move: str, data: st.DataObject
) -> None:
    path = SweepPath.along(SliderMode(move), variance, 0, variance)
    step = data.draw(st.integers(0, len(path.scales) - 1))
    there = tuple(path.variances[step].tolist())
    assert path.passes(there) == step
    assert path.scale_of(there) == pytest.approx(path.scales[step], rel=1e-6)
    assert path.passes(tuple(value * 1.0001 for value in there)) is None


def test_a_heat_map_becomes_a_picture_whose_pixels_lie_where_its_places_are() -> None:
    z = np.array([[0.0, 5.0, 10.0], [20.0, -1.0, 2.5]])
    heat_map = {
        "type": "heatmap",
        "x": np.array([1.0, 2.0, 3.0]),
        "y": np.array([10.0, 14.0]),
        "z": z,
        "zmin": 0,
        "zmax": 10,
        "xaxis": "x2",
        "yaxis": "y2",
        "colorscale": [[0, "rgba(10, 20, 30, 0)"], [1, "rgba(10, 20, 30, 0.5)"]],
    }
    line = {"type": "scatter"}
    chart = without_heat_maps({"data": [heat_map, line], "layout": {"font": {}}})
    assert chart["data"] == [line]
    (picture,) = chart["layout"]["images"]
    assert (picture["xref"], picture["yref"]) == ("x2", "y2")
    assert [picture[name] for name in ("x", "sizex", "y", "sizey")] == [0.5, 3, 16, 8]  # half a step on every side
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["source"].partition(",")[2]))))
    assert image[..., :3].reshape(-1, 3).tolist() == [[10, 20, 30]] * 6
    # The first row of a picture is its highest. What is outside the scale has the look of its end.
    assert image[..., 3].tolist() == [[128, 0, 32], [0, 64, 128]]


@pytest.mark.parametrize("name", LATENTS)
def test_no_chart_has_a_trace_that_the_browsers_plotly_cannot_draw(name: str) -> None:
    charts = static_layer.static_layer(read(random_link(name, 3)))["charts"]
    assert {trace["type"] for chart in charts.values() for trace in chart["data"]} <= {"scatter", "bar"}
