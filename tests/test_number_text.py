"""Numbers as text: what they print, and that an error is never printed smaller than it is."""

import pytest

from pages.parts.web.number_text import WORDS, how, minus
from vaecore.core.records import Accuracy
from vaecore.figures.units import Unit


@pytest.mark.parametrize("accuracy", [Accuracy.ESTIMATED, Accuracy.LOWER_BOUND])
def test_an_estimate_is_printed_with_two_standard_errors(accuracy: Accuracy) -> None:
    assert how(accuracy, 0.18) == f"{WORDS[accuracy]} ± 0.36"


def test_a_bound_above_a_thousandth_is_printed_itself() -> None:
    assert how(Accuracy.BOUNDED, 0.0004) == WORDS[Accuracy.BOUNDED]
    assert how(Accuracy.BOUNDED, 0.004) == "computed to 0.004 nats"


def test_an_error_is_judged_in_nats_printed_in_the_unit_and_never_smaller_than_it_is() -> None:
    # 0.0009 nats are 0.0013 bits: still within the promise. 0.004 nats are 0.00577 bits.
    assert how(Accuracy.BOUNDED, 0.0009, Unit.BITS) == WORDS[Accuracy.BOUNDED]
    assert how(Accuracy.BOUNDED, 0.004, Unit.BITS) == "computed to 0.0058 bits"
    assert how(Accuracy.ESTIMATED, 0.1801, Unit.BITS) == f"{WORDS[Accuracy.ESTIMATED]} ± 0.52"
    for error in (0.00101, 0.0123, 0.18049, 3.14159):
        assert float(how(Accuracy.ESTIMATED, error).split()[-1]) >= 2 * error


def test_what_is_exact_has_no_error() -> None:
    assert how(Accuracy.EXACT, 0.0) == WORDS[Accuracy.EXACT]


def test_every_accuracy_has_its_words() -> None:
    assert set(WORDS) == set(Accuracy)


@pytest.mark.parametrize(
    ("number", "digits", "text"), [(-1.25, 1, "−1.2"), (-0.004, 2, "0.00"), (0.0, 0, "0"), (2.5, 2, "2.50")]
)
def test_a_number_has_a_true_minus_sign_and_no_negative_zero(number: float, digits: int, text: str) -> None:
    assert minus(number, digits) == text
