"""The settings beside q: what a commit of the browser makes of the link."""

import pytest

from pages.parts.state import parameters
from pages.parts.state.state import State
from pages.parts.tradeoff.settings import after, settings

MANUAL = {"q": "hand", "mean": "0.3 -0.2", "variance": "0.1"}


@pytest.mark.parametrize("model", parameters.MODEL.options)
def test_every_setting_of_a_model_can_be_committed_and_set_back(model: str) -> None:
    values = {
        "model": model, "digit": "3", "example": "25", "x": "-0.35", "w": "2", "b": "-1", "sigma_x": "0.5", "beta": "0.1",
        "units": "bits",
    }  # fmt: skip
    controls = {control.name: control for control in parameters.of_settings(model)}
    link = after({}, values)
    wanted = {name: text for name, text in values.items() if name in controls and text != parameters.DEFAULT_MODEL}
    assert link == wanted
    shown = {dial["name"]: dial["value"] for dial in settings(State.from_valid_link(link))["dials"]}
    assert shown == {name: wanted[name] for name in ("x", "w", "b", "sigma_x", "beta") if name in wanted}
    defaults = {name: dial["default"] for dial in settings(State.from_valid_link(link))["dials"] for name in [dial["name"]]}
    assert after(link, defaults).keys() == wanted.keys() - defaults.keys()


def test_values_that_cannot_be_are_ignored_and_numbers_are_written_in_one_way() -> None:
    link = {"digit": "3", "beta": "2"}
    assert after(link, {"digit": "12", "beta": "3", "model": "digits-9000", "sigma_x": "7", "x": "1", "seed": 4}) == link
    assert after({}, {"sigma_x": "0.50", "example": "07"}) == {"sigma_x": "0.5", "example": "7"}


def test_another_model_begins_with_the_elbo() -> None:
    assert after({"beta": "20", "digit": "3"}, {"model": "digits-linear-2"}) == {"model": "digits-linear-2", "digit": "3"}
    assert after({"beta": "20"}, {"digit": "3"}) == {"beta": "20", "digit": "3"}


def test_a_q_of_another_model_is_not_written() -> None:
    """A commit may come late: of q before the model was changed."""
    chosen = after(MANUAL, {"model": "digits-linear-2", **MANUAL, "of": "digits-2", "digit": "3"})
    assert chosen == {"model": "digits-linear-2", "digit": "3"}
    assert after(chosen, {**MANUAL, "of": "digits-2"}) == chosen
    assert after(chosen, {**MANUAL, "of": "digits-linear-2"}) == chosen | MANUAL
