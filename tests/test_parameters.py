"""The controls and their link: every bad value is named, every good one is kept."""

import itertools

import numpy as np
import pytest

from pages.parts.state import parameters
from pages.parts.state.parameters import GRID

CONTROLS = (
    parameters.MODEL, parameters.DIGIT, parameters.example(25), parameters.sigma_x(0.2), parameters.BETA,
    parameters.whose_q(True),
    parameters.means(2), parameters.variances(2), parameters.move(True, 2), parameters.dimension(2), parameters.UNITS,
    parameters.VIEW, parameters.PREDICT, parameters.SEED, parameters.means(2, "pin_mean"),
    parameters.variances(2, "pin_variance"),
)  # fmt: skip


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
        ("sigma_x", "nan"), ("sigma_x", "inf"), ("sigma_x", "0.05"), ("sigma_x", "1,5"), ("sigma_x", ""), ("beta", "0"),
        ("beta", "1.0"), ("q", "me"), ("seed", "²"),
        ("mean", "1"), ("mean", "1 2 3"), ("mean", "nan 0"), ("mean", "0 9"), ("variance", "0"),
        ("variance", "-1"), ("variance", "1e-9"), ("variance", "5"), ("variance", "1 2 3"), ("seed", "-1"),
        ("move", "none"), ("dimension", "0"), ("dimension", "3"), ("units", "bytes"), ("view", "side"), ("predict", "1"),
        ("pin_mean", "1"), ("pin_variance", "0"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_with_what_it_must_be_and_what_it_is(name: str, text: str) -> None:
    refused = parameters.refused({name: text, "digit" if name != "digit" else "beta": "2"}, CONTROLS)
    assert list(refused) == [name]
    assert refused[name].startswith(f"{name} must be ")
    assert f"got {text}" in refused[name]
    assert "was put in its place" in refused[name]


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
    assert parameters.refused({name: text}, CONTROLS) == {}


def test_a_parameter_that_no_control_answers_to_is_named() -> None:
    refused = parameters.refused({"modle": "humps"}, CONTROLS)
    assert refused == {"modle": "modle is no control of this model, so modle=humps was left out."}


def test_what_is_quoted_from_a_link_stays_short() -> None:
    assert len(parameters.refused({"digit": "9" * 5000}, CONTROLS)["digit"]) < 200


def test_numbers_written_and_read_are_the_same_float32() -> None:
    numbers = tuple(float(number) for number in np.random.default_rng(0).normal(size=100).astype(np.float32))
    assert parameters.means(100).read(parameters.written(numbers)) == numbers


def test_equal_variances_are_written_once_and_equal_means_are_not() -> None:
    assert parameters.written_once((0.5, 0.5)) == "0.5"
    assert parameters.written_once((0.5, 0.25)) == "0.5 0.25"
    assert parameters.written((0.0, 0.0)) == "0.0 0.0"


def test_an_empty_value_is_named_as_such() -> None:
    controls = (parameters.DIGIT, parameters.BETA)
    refused = parameters.refused({"digit": "", "beta": "2"}, controls)
    assert list(refused) == ["digit"]
    assert refused["digit"].endswith("; got nothing, so 7 was put in its place.")


@pytest.mark.parametrize(
    ("has_encoder", "latents", "moves", "default"),
    [
        (True, 2, ("all", "each", "encoder"), "all"),
        (True, 16, ("all", "each", "encoder"), "encoder"),
        (False, 1, ("all",), "all"),
    ],
)
def test_what_the_variance_slider_may_move_depends_on_the_model(
    has_encoder: bool, latents: int, moves: tuple[str, ...], default: str
) -> None:
    move = parameters.move(has_encoder, latents)
    assert (move.options, move.default) == (moves, default)


def test_without_an_encoder_nobody_can_ask_for_its_answer() -> None:
    assert parameters.whose_q(False).options == ("best", "prior", "hand")
    assert parameters.refused({"q": "encoder"}, (parameters.whose_q(False),))["q"].endswith("so best was put in its place.")
