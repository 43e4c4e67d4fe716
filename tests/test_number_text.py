"""Numbers as text: what they print, and that an error is never printed smaller than it is."""

import pytest

from pages.parts.web.number_text import WORDS, at_least, how, how_curve, how_each, minus
from vaecore.core.accuracy import Accuracy
from vaecore.figures.units import Unit


@pytest.mark.parametrize("accuracy", [Accuracy.ESTIMATED, Accuracy.LOWER_BOUND])
def test_an_estimate_is_printed_with_two_standard_errors(accuracy: Accuracy) -> None:
    assert how(accuracy, 0.18) == f"{WORDS[accuracy]} ± 0.36"


def test_a_bound_above_a_thousandth_is_printed_itself() -> None:
    assert how(Accuracy.BOUNDED, 0.0004) == WORDS[Accuracy.BOUNDED]
    assert how(Accuracy.BOUNDED, 0.004) == "accurate to 0.004 nats"


def test_an_error_is_judged_in_nats_printed_in_the_unit_and_never_smaller_than_it_is() -> None:
    # 0.0009 nats are 0.0013 bits: still within the promise. 0.004 nats are 0.00577 bits.
    assert how(Accuracy.BOUNDED, 0.0009, Unit.BITS) == "accurate to 0.0015 bit"
    assert how(Accuracy.BOUNDED, 0.004, Unit.BITS) == "accurate to 0.0058 bits"
    assert how(Accuracy.ESTIMATED, 0.1801, Unit.BITS) == f"{WORDS[Accuracy.ESTIMATED]} ± 0.52"
    for error in (0.00101, 0.0123, 0.18049, 3.14159):
        assert float(how(Accuracy.ESTIMATED, error).split()[-1]) >= 2 * error


@pytest.mark.parametrize(
    ("error", "text"),
    [(51.2, "110"), (49.9, "100"), (49.4, "99"), (6_010.0, "13000"), (0.501, "1.1"), (4e-7, "8e-07"), (2.5e5, "500000")],
)
def test_a_large_error_is_printed_without_an_exponent(error: float, text: str) -> None:
    assert how(Accuracy.ESTIMATED, error) == f"estimated ± {text}"


def test_a_column_prints_every_text_once_and_each_number_finds_its_own() -> None:
    errors = [0.0002, 0.03, 0.0009, 0.03, 0.004]
    texts, which = how_each(Accuracy.BOUNDED, errors, Unit.BITS)
    assert len(texts) == len(set(texts)) == 3
    assert [texts[i] for i in which] == [how(Accuracy.BOUNDED, error, Unit.BITS) for error in errors]


def test_a_curve_with_larger_errors_promises_no_more_than_it_keeps() -> None:
    assert how_curve(Accuracy.BOUNDED, [0.0002, 0.001]) == WORDS[Accuracy.BOUNDED]
    assert how_curve(Accuracy.BOUNDED, [0.0002, 0.002]) == "± 0.001 nat or 0.001 %"
    assert how_curve(Accuracy.ESTIMATED, [0.1, 3.0]) == WORDS[Accuracy.ESTIMATED]


def test_what_is_promised_is_said_in_the_unit_that_is_shown() -> None:
    assert how(Accuracy.BOUNDED, 1e-4) == WORDS[Accuracy.BOUNDED] == "accurate to 0.001 nat"
    assert how(Accuracy.BOUNDED, 1e-4, Unit.BITS) == "accurate to 0.0015 bit"  # 0.00144, rounded up
    assert how_each(Accuracy.BOUNDED, [1e-4], Unit.BITS)[0] == ["accurate to 0.0015 bit"]
    assert how_curve(Accuracy.BOUNDED, [1e-4], Unit.BITS) == "accurate to 0.0015 bit"
    assert how_curve(Accuracy.BOUNDED, [1.0], Unit.BITS) == "± 0.0015 bit or 0.001 %"


def test_only_a_lower_bound_has_its_sign() -> None:
    assert {accuracy: at_least(accuracy) for accuracy in Accuracy} == dict.fromkeys(Accuracy, "") | {
        Accuracy.LOWER_BOUND: "≥\u00a0"
    }


def test_what_is_exact_has_no_error() -> None:
    assert how(Accuracy.EXACT, 0.0) == WORDS[Accuracy.EXACT]


def test_every_accuracy_has_its_words() -> None:
    assert set(WORDS) == set(Accuracy)


@pytest.mark.parametrize(
    ("number", "digits", "text"), [(-1.25, 1, "−1.2"), (-0.004, 2, "0.00"), (0.0, 0, "0"), (2.5, 2, "2.50")]
)
def test_a_number_has_a_true_minus_sign_and_no_negative_zero(number: float, digits: int, text: str) -> None:
    assert minus(number, digits) == text
