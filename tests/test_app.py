"""The app's behaviour without a browser: defaults, links, every model, and what happens when the core refuses."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import vaecore
from pages.parts.compute import cached, models, workers
from pages.parts.compute.fair_pool import BusyError
from pages.parts.derivation import questions as questions_of_derivation
from pages.parts.loss import questions as questions_of_loss
from pages.parts.state.setup import Setup
from pages.parts.tradeoff.settings import after
from tests import oracle_screen
from tests.test_payload import unpacked
from tests.visiting import ROOT
from vaecore.core.devices import choose_device

Run = Callable[..., AppTest]


@pytest.fixture
def run() -> Run:
    """Opens the app at a link and runs it once."""

    def open_(**link: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
        app.query_params.update(link)
        return app.run()

    return open_


def given(app: AppTest) -> dict[str, Any]:
    """What the page gives to the instrument."""
    assert not app.exception
    (data,) = (data for element in app.get("bidi_component") if "staticLayer" in (data := json.loads(element.proto.json)[0]))
    return data | {name: json.loads(data[name]) for name in ("staticLayer", "sweep", "pin")}


def numbers(app: AppTest) -> dict[str, float]:
    """The numbers of q itself, as the instrument has them to show."""
    data = given(app)
    sweep = unpacked(data["sweep"], len(data["sweep"]["mean"]))
    terms = {name: float(column[sweep["own"]]) for name, column in sweep["terms"].items()}
    return terms | {name: sweep["now"][name] for name in ("gap", "residual")} | {"evidence": data["staticLayer"]["evidence"]}


def q(app: AppTest) -> tuple[str, list[float], list[float]]:
    """Who chose q, its mean and its variance."""
    data = given(app)
    sweep = unpacked(data["sweep"], len(data["sweep"]["mean"]))
    return data["q"], sweep["mean"], sweep["variances"][sweep["own"]].tolist()


def read(text: str) -> list[float]:
    """Numbers as the link holds them."""
    return list(oracle_screen.numbers(text))


def test_the_first_screen_shows_the_default_model_and_the_encoders_answer(run: Run) -> None:
    app = run()
    assert not app.error
    assert not app.warning
    encoder = oracle_screen.encoder_q({})
    assert q(app) == ("encoder", encoder.mean[0].tolist(), encoder.variance[0].tolist())
    link = {
        name: " ".join(map(str, part[0].tolist())) for name, part in (("mean", encoder.mean), ("variance", encoder.variance))
    }
    expected = oracle_screen.at_rest(link)
    assert {name: numbers(app)[name] for name in expected} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", vaecore.names())
def test_every_model_opens_and_its_books_balance(run: Run, name: str) -> None:
    app = run(model=name)
    assert not app.error
    assert not app.warning
    assert given(app)["bench"]["model"] == name
    shown = numbers(app)
    assert shown["elbo"] == pytest.approx(shown["reconstruction"] - shown["kl"], abs=1e-9)
    assert shown["elbo"] + shown["gap"] + shown["residual"] == pytest.approx(shown["evidence"], abs=1e-9)
    if name != "digits-16":
        assert abs(shown["residual"]) < 2e-3
        assert shown["gap"] > -1e-3


@pytest.mark.parametrize("name", ["digits-2", "digits-16"])
def test_the_books_balance_at_a_step_of_the_slider_too(run: Run, name: str) -> None:
    shown = numbers(run(model=name, q="hand", variance="0.1", move="all"))
    assert shown["elbo"] + shown["gap"] + shown["residual"] == pytest.approx(shown["evidence"], abs=1e-9)


def test_the_best_q_is_no_worse_than_the_encoders_and_the_prior_has_no_kl(run: Run) -> None:
    encoder, best, prior = (numbers(run(digit="2", q=whose)) for whose in ("encoder", "best", "prior"))
    assert best["elbo"] >= encoder["elbo"] - 1e-3
    assert prior["kl"] == 0
    assert encoder["evidence"] == best["evidence"] == prior["evidence"]


def test_a_link_with_a_mean_or_a_variance_means_the_hand(run: Run) -> None:
    assert q(run(mean="0.3 -0.2", variance="0.1")) == ("hand", read("0.3 -0.2"), read("0.1 0.1"))
    whose, mean, variance = q(run(variance="0.1"))
    assert (whose, variance) == ("hand", read("0.1 0.1"))
    assert mean == q(run())[1]


@pytest.mark.parametrize("whose", ["encoder", "best", "prior"])
def test_a_name_overrules_the_numbers_that_a_link_may_still_hold(run: Run, whose: str) -> None:
    assert q(run(q=whose, mean="0.3 -0.2", variance="0.1")) == q(run(q=whose))


def test_q_beside_the_path_has_a_stop_of_its_own_between_its_neighbours(run: Run) -> None:
    sweep = unpacked(given(run(q="hand", mean="7.123456 -0.005", variance="0.1234567 0.0012345"))["sweep"], 2)
    scales = sweep["scales"]
    assert not sweep["onPath"]
    assert len(scales) == 242
    assert scales[sweep["own"]] == pytest.approx((0.1234567 * 0.0012345) ** 0.5)
    assert (np.diff(scales) > 0).all()


def test_q_on_the_path_needs_no_stop_of_its_own(run: Run) -> None:
    sweep = unpacked(given(run(q="hand", mean="0 0", variance="0.1"))["sweep"], 2)
    assert sweep["onPath"]
    assert sweep["scales"][sweep["own"]] == np.float32(0.1)


@pytest.mark.parametrize(
    ("link", "stand_in"),
    [
        ({"mean": "0.3", "variance": "0.1"}, {"variance": "0.1"}),
        ({"mean": "0.3 -0.2", "variance": "9"}, {"mean": "0.3 -0.2"}),
        ({"pin_mean": "north"}, {}),
    ],
)
def test_what_the_hand_cannot_be_is_named_and_its_stand_in_is_shown(
    run: Run, link: dict[str, str], stand_in: dict[str, str]
) -> None:
    app = run(**link)
    (warning,) = app.warning
    (lost,) = set(link) - set(stand_in)
    assert warning.value.replace("\\", "").startswith(f"{lost} must be ")
    assert q(app) == q(run(**stand_in))


def test_a_new_model_starts_afresh_with_beta_1_and_keeps_digit_and_view(run: Run) -> None:
    link = {
        "q": "hand", "mean": "0.3 -0.2", "variance": "0.1", "sigma_x": "0.7", "digit": "3", "beta": "2", "view": "rate",
        "move": "each", "dimension": "2", "pin_mean": "0 0", "pin_variance": "1",
    }  # fmt: skip
    link = after(link, {"model": "digits-linear-8"})
    app = run(**link)
    assert not app.error and not app.warning
    now = given(app)
    assert now["bench"] == {"model": "digits-linear-8", "digit": "3", "example": "1", "beta": "1", "units": "nats"}
    assert now["link"] == {"view": "rate"}
    assert (now["q"], len(now["sweep"]["mean"]), now["pin"]) == ("encoder", 8, None)
    app = run(**after(link, {"model": "humps"}))
    assert not app.error and not app.warning
    assert len(given(app)["sweep"]["mean"]) == 1
    assert given(app)["q"] == "best"


def test_another_digit_keeps_the_hand(run: Run) -> None:
    app = run(**after({"q": "hand", "mean": "0.3 -0.2", "variance": "0.1"}, {"digit": "4"}))
    assert given(app)["bench"]["digit"] == "4"
    assert q(app) == ("hand", read("0.3 -0.2"), read("0.1 0.1"))


def test_a_bad_link_is_named_and_the_rest_is_kept(run: Run) -> None:
    app = run(model="nonsense", digit="3", beta="-1", q="prior", mean="x")
    (warning,) = app.warning
    assert [line.split()[0] for line in warning.value.split("\n\n")] == ["model", "beta", "mean"]
    bench = given(app)["bench"]
    assert (bench["model"], bench["digit"], bench["beta"]) == ("digits-2", "3", "1")
    assert q(app) == ("prior", [0, 0], [1, 1])


@pytest.mark.parametrize("beta", ["0.5", "2"])
def test_the_objective_weighs_kl_by_beta(run: Run, beta: str) -> None:
    shown = numbers(run(beta=beta))
    assert shown["objective"] == pytest.approx(shown["reconstruction"] - float(beta) * shown["kl"], abs=1e-9)


def test_bits_are_nats_over_log_2(run: Run) -> None:
    nats, bits = numbers(run()), numbers(run(units="bits"))
    assert {name: value / np.log(2) for name, value in nats.items()} == pytest.approx(bits, abs=1e-9)


def test_every_number_says_how_it_was_computed(run: Run) -> None:
    for name, terms, evidence in (
        ("digits-linear-2", "computed exactly", "computed exactly"),
        ("digits-2", "accurate to 0.001 nat", "accurate to 0.001 nat"),
        ("digits-16", "estimated", "≥, lower bound ±"),
    ):
        data = given(run(model=name))
        accuracy, sweep = data["staticLayer"]["accuracy"], data["sweep"]
        assert sweep["curvesAccuracy"].startswith(terms)
        assert all(text.startswith(terms.split(" to ")[0]) for text in sweep["accuracy"][0])
        assert accuracy["kl"] == "computed exactly"
        assert accuracy["evidence"].startswith(evidence)
        assert sweep["now"]["gapAccuracy"].startswith(evidence.split(" to ")[0])


def test_the_charts_are_told_in_words_with_the_numbers_of_q(run: Run) -> None:
    app = run()
    shown, words = numbers(app), given(app)["words"]
    assert set(words) == {"tradeoff", "latents", "images", "books", "forces"}
    said = {name: round(shown[name], 2) for name in ("reconstruction", "kl", "evidence")}
    said["elbo"] = said["reconstruction"] - said["kl"]  # what is printed adds up
    for name, value in said.items():
        assert f"{value:.2f} nats".replace("-", "−") in words["tradeoff"], name
        assert value == pytest.approx(shown[name], abs=0.0101)
    gap = said["evidence"] - said["elbo"]
    assert f"gap {gap:.2f} nats" in words["books"] and gap == pytest.approx(shown["gap"], abs=0.0151)
    cost, lost, kl, floor, waste = map(float, re.findall(r"(?<= )[\d.]+(?= nats)", words["books"])[:5])
    assert cost == pytest.approx(lost + kl) == pytest.approx(floor + waste)


def test_a_pin_is_worth_what_its_q_is_worth(run: Run) -> None:
    pinned = {"mean": "0.3 -0.2", "variance": "0.05 0.2"}
    pin = given(run(pin_mean=pinned["mean"], pin_variance=pinned["variance"], beta="2"))["pin"]
    expected = oracle_screen.at_q(pinned | {"beta": "2"})
    assert {name: pin[name] for name in expected if name in pin} == pytest.approx(
        {name: value for name, value in expected.items() if name != "evidence"}, abs=1e-9
    )
    assert pin["mean"] == read(pinned["mean"])


def test_a_refusal_of_the_core_is_shown_as_its_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("the sentence of the core.")

    monkeypatch.setattr(cached, "gap", refuse)
    app = run()
    assert [error.value for error in app.error] == ["the sentence of the core."]
    assert not app.exception


@pytest.mark.parametrize("screen", ["loss", "about", "sheet", "derivation", "tradeoff"])
def test_a_screen_says_that_the_processes_begin_anew(screen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Beginning:
        def submit(self, *_: object, **__: object) -> None:
            raise BusyError("Try again in a moment.")

    questions_of_derivation.contents()  # known since the server began
    for kept in (questions_of_loss.table, questions_of_loss.headline, questions_of_derivation.picture):
        kept.cache_clear()
    monkeypatch.setattr(workers, "_group", Beginning())
    app = AppTest.from_file(str(ROOT / "pages" / f"{screen}.py"), default_timeout=60).run()
    assert "Try again in a moment." in [error.value for error in app.error]
    assert not app.exception


def test_the_device_is_named() -> None:
    app = AppTest.from_string(
        "import streamlit as st\nfrom pages.parts.compute import questions\nst.caption(questions.device_sentence())"
    ).run()
    assert [caption.value.split("Computing on: ")[1] for caption in app.caption] == [f"{choose_device()}."]


def test_a_changed_noise_leaves_the_shipped_model_alone() -> None:
    trained = models.sigma_x_of(Setup("digits-2"))
    other = models.model_of(Setup("digits-2", sigma_x=0.9))
    assert float(other.likelihood.variance) == pytest.approx(0.81)
    assert models.sigma_x_of(Setup("digits-2")) == trained


def test_the_table_of_models_names_every_model() -> None:
    app = AppTest.from_string("import streamlit as st\nfrom pages.parts import about\nst.html(about.models_table())").run()
    table = "".join(element.proto.body for element in app.get("html"))
    assert set(re.findall(r"<code>([\w-]+)</code>", table)) >= set(vaecore.names())
