"""The app's behaviour without a browser: defaults, buttons, links, every model, and what happens when the core refuses."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

import vaecore
from pages.parts import cached, models
from pages.parts.bench import Bench
from tests.visiting import ROOT

Run = Callable[..., AppTest]


@pytest.fixture
def run() -> Run:
    """Opens the app at a link and runs it once."""

    def open_(**link: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=120)
        app.query_params.update(link)
        return app.run()

    return open_


def page(app: AppTest) -> str:
    """All HTML of the page."""
    return "".join(element.proto.body for element in app.get("html"))


def numbers(app: AppTest) -> dict[str, float]:
    """The full values in the table of numbers."""
    assert not app.exception
    return {name: float(value) for name, value in re.findall(r'data-quantity="(\w+)" data-value="([^"]+)"', page(app))}


def state(app: AppTest) -> dict[str, str]:
    """The state to which these numbers belong."""
    (tag,) = re.findall(r'<table class="ledger"[^>]*>', page(app))
    return dict(re.findall(r'data-(\w+)="([^"]*)"', tag))


def test_the_first_screen_shows_the_default_model_and_the_encoders_answer(run: Run) -> None:
    app = run()
    assert not app.error
    assert not app.warning
    model = vaecore.load("digits-2")
    x = cached.image(Bench("digits-2", digit=7))
    q = model.encode(x)
    assert numbers(app)["kl"] == pytest.approx(float(vaecore.elbo(model, x, q).kl.sum()), rel=1e-5)
    assert [float(word) for word in state(app)["mean"].split()] == pytest.approx(q.mean[0].tolist(), rel=1e-6)


@pytest.mark.parametrize("name", vaecore.names())
def test_every_model_opens_and_its_books_balance(run: Run, name: str) -> None:
    app = run(model=name)
    assert not app.error
    assert not app.warning
    assert state(app)["model"] == name
    shown = numbers(app)
    assert shown["elbo"] == pytest.approx(shown["reconstruction"] - shown["kl"], abs=1e-3)
    if name != "digits-16":
        assert abs(shown["residual"]) < 2e-3
        assert shown["gap"] > -1e-3


def test_the_best_q_is_no_worse_than_the_encoders_and_the_prior_has_no_kl(run: Run) -> None:
    encoder, best, prior = (numbers(run(digit="2", q=whose)) for whose in ("encoder", "best", "prior"))
    assert best["elbo"] >= encoder["elbo"] - 1e-3
    assert prior["kl"] == 0
    assert encoder["evidence"] == best["evidence"] == prior["evidence"]


def test_pressing_the_buttons_and_letting_go_leaves_no_trace_of_the_hand(run: Run) -> None:
    app = run(q="hand", mean="0.3 -0.2", variance="0.1")
    by_hand = numbers(app)
    app.button_group(key="q").set_value("encoder").run()
    assert app.session_state["mean"] == app.session_state["variance"] == ""
    assert numbers(app) != by_hand
    app.button_group(key="q").set_value("hand").run()
    assert numbers(app) == numbers(run())


def test_a_link_with_a_mean_or_a_variance_means_the_hand(run: Run) -> None:
    app = run(mean="0.3 -0.2", variance="0.1")
    assert (state(app)["mean"], state(app)["variance"]) == ("0.3 -0.2", "0.1")
    assert app.session_state["q"] == "hand"
    only_variance = state(run(variance="0.1"))
    assert only_variance["mean"] == state(run())["mean"]
    assert only_variance["variance"] == "0.1"


def test_moving_a_slider_writes_its_step_and_leaves_the_rest_exact(run: Run) -> None:
    app = run(digit="4")
    before = state(app)
    app.slider(key="hand_mean_1").set_value(0.25).run()
    assert state(app)["mean"] == f"{before['mean'].split()[0]} 0.25"
    assert state(app)["variance"] == before["variance"]
    app.select_slider(key="hand_variance").set_value(1.0).run()
    assert state(app)["variance"] == "1.0"
    assert state(app)["mean"] == f"{before['mean'].split()[0]} 0.25"
    assert app.session_state["q"] == "hand"


def test_many_latents_are_moved_one_at_a_time(run: Run) -> None:
    app = run(model="digits-linear-8", q="prior", dimension="3", each="true")
    app.slider(key="hand_mean_2").set_value(1.5).run()
    assert state(app)["mean"] == "0.0 0.0 1.5 0.0 0.0 0.0 0.0 0.0"
    app.number_input(key="dimension").set_value(5).run()
    app.select_slider(key="hand_variance_4").set_value(models.GRID[0]).run()
    assert state(app)["variance"] == "1.0 1.0 1.0 1.0 1e-04 1.0 1.0 1.0"


def test_sliders_show_the_nearest_step_and_do_not_change_q(run: Run) -> None:
    app = run(q="hand", mean="7.123456 -0.005", variance="0.000002")
    assert state(app)["mean"] == "7.123456 -0.005"
    assert state(app)["variance"] == "2e-06"
    assert app.slider(key="hand_mean_0").value == 4
    assert app.select_slider(key="hand_variance").value == models.GRID[0]


def test_what_is_typed_is_q_to_the_last_digit_and_nonsense_is_named(run: Run) -> None:
    app = run()
    app.text_input(key="mean").input("0.1234567, -1.5").run()
    assert state(app)["mean"] == "0.1234567 -1.5"
    app.text_input(key="mean").input("north").run()
    assert "mean must be 2 numbers from -8 to 8" in app.error[0].value
    assert state(app)["mean"] == state(run())["mean"]


def test_another_digit_goes_round(run: Run) -> None:
    app = run(digit="1", example="25")
    (another,) = [button for button in app.button if button.label == "Another"]
    another.click().run()
    assert state(app)["example"] == "1"


def test_a_new_model_starts_afresh(run: Run) -> None:
    app = run(q="hand", mean="0.3 -0.2", variance="0.1", sigma_x="0.7", digit="3", beta="2")
    app.selectbox(key="model").set_value("digits-linear-8").run()
    now = state(app)
    assert (now["model"], now["digit"], now["beta"], now["sigma"]) == ("digits-linear-8", "3", "2", "None")
    assert len(now["mean"].split()) == 8
    app.selectbox(key="model").set_value("humps").run()
    assert len(state(app)["mean"].split()) == 1


def test_a_bad_link_is_named_and_the_rest_is_kept(run: Run) -> None:
    app = run(model="nonsense", digit="3", beta="-1", q="prior", mean="x")
    (warning,) = app.warning
    assert [line.split()[0] for line in warning.value.split("\n\n")] == ["model", "beta", "mean"]
    now = state(app)
    assert (now["model"], now["digit"], now["beta"], now["mean"]) == ("digits-2", "3", "1", "0.0 0.0")
    app.selectbox(key="model").set_value("humps").run()
    assert not app.warning


def test_beta_below_one_is_called_no_bound(run: Run) -> None:
    app = run(beta="0.5")
    shown = numbers(app)
    assert shown["objective"] == pytest.approx(shown["reconstruction"] - 0.5 * shown["kl"], abs=1e-3)
    assert "0.5-objective, not a bound" in page(app)
    assert "not a bound" not in page(run(beta="2"))
    assert "objective" not in numbers(run())


def test_every_number_says_how_it_was_had(run: Run) -> None:
    assert page(run(model="digits-linear-2")).count("computed exactly") >= 6
    assert "computed to 0.001 nat" in page(run())
    assert "illustration" in page(run())
    assert "estimated ±" in page(run(model="digits-16"))


def test_a_refusal_of_the_core_is_shown_as_its_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("the sentence of the core.")

    monkeypatch.setattr(cached, "gap", refuse)
    app = run()
    assert [error.value for error in app.error] == ["the sentence of the core."]
    assert not app.exception


def test_the_device_is_named(run: Run) -> None:
    assert any(caption.value.startswith("Computed on ") for caption in run().caption)


def test_a_changed_noise_leaves_the_shipped_model_alone() -> None:
    trained = models.trained_sigma_x("digits-2")
    other = models.model_of(Bench("digits-2", sigma_x=0.9))
    assert float(other.likelihood.variance) == pytest.approx(0.81)
    assert models.trained_sigma_x("digits-2") == trained


def test_the_table_of_models_names_every_model() -> None:
    app = AppTest.from_string(
        "import streamlit as st\nfrom pages.parts import provenance\nst.html(provenance.models_table())"
    ).run()
    assert all(f"<code>{name}</code>" in page(app) for name in vaecore.names())
