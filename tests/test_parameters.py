"""The controls and their link: every bad value is named, every good one is kept."""

import itertools

import numpy as np
import pytest

from pages.parts.state import kinds, parameters
from pages.parts.state.kinds import InvalidParameter
from pages.parts.state.parameters import GRID
from pages.parts.state.state import SliderMode, Source, View
from vaecore.data.model_card import model_card

CARD = model_card("digits-2")
CONTROLS = (
    parameters.MODEL, parameters.DIGIT, parameters.example(25), parameters.sigma_x(0.2), parameters.BETA,
    parameters.source(CARD),
    parameters.means(2), parameters.variances(2), parameters.slider_mode(CARD), parameters.dimension(2), parameters.UNITS,
    parameters.VIEW, parameters.PREDICT, parameters.SEED, parameters.means(2, "pin_mean"),
    parameters.variances(2, "pin_variance", empty="no pinned q"),
)  # fmt: skip


def invalid(link: dict[str, str]) -> dict[str, InvalidParameter]:
    return kinds.invalid_parameters(link, CONTROLS, "this screen", parameters.ON_EVERY_SCREEN)


def test_the_grid_has_241_rising_steps_from_1e_4_to_4_with_round_values_among_them() -> None:
    assert len(GRID) == 241
    assert all(low < high for low, high in itertools.pairwise(GRID))
    for value in (1e-4, 1e-3, 1e-2, 0.1, 1, 2, 4):
        assert float(np.float32(value)) in GRID


def test_the_label_of_a_step_is_the_step() -> None:
    assert [float(np.float32(f"{step:.3g}")) for step in GRID] == list(GRID)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model", "digits-9000"), ("digit", "10"),
        ("digit", "seven"), ("example", "0"), ("example", "26"), ("example", "1.5"),
        ("sigma_x", "nan"), ("sigma_x", "inf"), ("sigma_x", "0.049"), ("sigma_x", "1,5"), ("sigma_x", ""), ("beta", "0"),
        ("beta", "1.0"), ("q", "me"), ("seed", "²"),
        ("mean", "1"), ("mean", "1 2 3"), ("mean", "nan 0"), ("mean", "0 9"), ("variance", "0"),
        ("variance", "-1"), ("variance", "1e-9"), ("variance", "5"), ("variance", "1 2 3"), ("seed", "-1"),
        ("move", "none"), ("dimension", "0"), ("dimension", "3"), ("units", "bytes"), ("view", "side"), ("predict", "1"),
        ("pin_mean", "1"), ("pin_variance", "0"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_it_must_be_and_what_it_is(name: str, text: str) -> None:
    refused = invalid({name: text, "digit" if name != "digit" else "beta": "2"})
    assert list(refused) == [name]
    error, warning = refused[name].error, refused[name].warning
    assert error.startswith(f"{name} must be ")
    assert error.endswith(f"; got {text or 'nothing'}.")
    # Only who replaces it says so.
    assert warning.startswith(error[:-1]) and warning.endswith(" instead.") and "instead" not in error


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model", "humps"), ("digit", "0"), ("example", "25"), ("sigma_x", "0.12345"), ("sigma_x", "1"), ("beta", "0.5"),
        ("q", "hand"), ("mean", "0.5, -0.25"), ("mean", "-8 8"), ("mean", ""), ("variance", "0.05"), ("variance", "0.01 4"),
        ("seed", "999"), ("embed", "true"), ("move", "each"), ("dimension", "2"), ("units", "bits"), ("view", "rate"),
        ("predict", "true"), ("pin_mean", "1 2"), ("pin_variance", "0.5"),
    ],
)  # fmt: skip
def test_a_good_value_is_kept(name: str, text: str) -> None:
    assert invalid({name: text}) == {}


def test_a_parameter_that_no_control_answers_to_is_named() -> None:
    unknown = invalid({"modle": "humps"})["modle"]
    assert unknown.error == "modle is not a parameter of this screen; got modle=humps."
    assert unknown.warning == "modle is not a parameter of this screen; got modle=humps; it is ignored."


def test_what_is_quoted_from_a_link_stays_short() -> None:
    assert len(invalid({"digit": "9" * 5000})["digit"].error) < 200


def test_numbers_written_and_read_are_the_same_float32() -> None:
    numbers = tuple(float(number) for number in np.random.default_rng(0).normal(size=100).astype(np.float32))
    assert parameters.means(100).read(kinds.numbers_to_text(numbers)) == numbers


def test_equal_variances_are_written_once_and_equal_means_are_not() -> None:
    assert kinds.variances_to_text((0.5, 0.5)) == "0.5"
    assert kinds.variances_to_text((0.5, 0.25)) == "0.5 0.25"
    assert kinds.numbers_to_text((0.0, 0.0)) == "0.0 0.0"


def test_an_empty_value_is_named_as_such() -> None:
    refused = invalid({"digit": "", "beta": "2"})
    assert list(refused) == ["digit"]
    assert refused["digit"].warning.endswith("; got nothing; using 7 instead.")


@pytest.mark.parametrize(
    ("model", "modes", "default"),
    [
        ("digits-2", ("all", "each", "encoder"), "all"),
        ("digits-16", ("all", "each", "encoder"), "encoder"),
        ("humps", ("all",), "all"),
    ],
)
def test_what_the_variance_slider_may_vary_depends_on_the_model(model: str, modes: tuple[str, ...], default: str) -> None:
    mode = parameters.slider_mode(model_card(model))
    assert (mode.options, mode.default) == (modes, default)


def test_without_an_encoder_nobody_can_ask_for_its_q() -> None:
    source = parameters.source(model_card("humps"))
    assert source.options == ("best", "prior", "hand")
    assert kinds.invalid_parameters({"q": "encoder"}, (source,), "humps")["q"].warning.endswith("; using best instead.")


def test_the_modes_sources_and_views_of_a_state_are_those_of_the_link() -> None:
    assert set(SliderMode) == set(parameters.slider_mode(CARD).options)
    assert set(Source) == set(parameters.source(CARD).options)
    assert set(View) == set(parameters.VIEW.options)
