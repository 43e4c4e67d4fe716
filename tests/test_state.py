"""The state of a link: links recorded from an earlier version of the app open the same states, and bad ones are named.

links.json was written by that version (the last that kept the state in several places): for 49 links what it showed, with
the ELBO of the q that it found, and for 29 others what it could not use. One meaning has changed since: digits-16 without a
`sigma_x` is now shown with the σₓ of its training, 0.083, which the slider did not reach then.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from urllib.parse import parse_qsl

import numpy as np
import pytest

from pages.parts.compute import cached
from pages.parts.compute.resolve import resolve
from pages.parts.state import parameters
from pages.parts.state.kinds import InvalidParameter
from pages.parts.state.state import State
from tests.visiting import ROOT
from vaecore.data.model_card import model_card, names

RECORDED = json.loads((ROOT / "tests" / "links.json").read_text("utf-8"))
DIRECT = ("beta", "unit", "source", "slider_mode", "dimension", "seed", "view", "predict", "challenge")

opened = pytest.mark.parametrize("recorded", RECORDED["opened"], ids=lambda recorded: recorded["link"] or "empty")
refused = pytest.mark.parametrize("recorded", RECORDED["refused"], ids=lambda recorded: recorded["link"])


def link_of(recorded: dict) -> dict[str, str]:
    return dict(parse_qsl(recorded["link"], keep_blank_values=True))


@opened
def test_a_link_means_what_it_meant(recorded: dict) -> None:
    state = State.from_valid_link(link_of(recorded))
    assert asdict(state.setup) == recorded["setup"]
    # Since then a link that names no view shows the costs; the state of q is the same.
    wanted = recorded if "view" in link_of(recorded) else recorded | {"view": "costs"}
    assert {name: getattr(state, name) for name in DIRECT} == {name: wanted[name] for name in DIRECT}
    assert (state.pin and [list(part) for part in state.pin]) == recorded["pin"]


@opened
def test_a_link_shows_the_q_and_the_elbo_that_it_showed(recorded: dict) -> None:
    resolved = resolve(State.from_valid_link(link_of(recorded)))
    q = resolved.q
    # What the link says is the same to the last digit, what the encoder answers up to rounding, which another processor does
    # in another order; the best q is the end of a search, which stops where a step gains less than 1e-5 nats: √(2e-5)
    # standard deviations, and √(4e-5) of the variance, from the top.
    said, searched = link_of(recorded), recorded["source"] == "best"
    rounding = 1e-5 if searched or resolved.setup.model in parameters.ONE_NUMBER else 32 * float(np.finfo(np.float32).eps)
    apart, stretch = (4.5e-3, 6.4e-3) if searched else (0, 10 * rounding)
    by_hand = recorded["source"] == "hand"
    slack = 0 if said.get("mean") and by_hand else rounding
    for mean, wanted, variance in zip(q.mean, recorded["mean"], recorded["variance"], strict=True):
        assert mean == pytest.approx(wanted, abs=slack + apart * variance**0.5, rel=0)
    exact = bool(said.get("variance")) and by_hand
    assert list(q.variance) == pytest.approx(recorded["variance"], rel=0 if exact else stretch, abs=0)
    assert list(q.path.base) == pytest.approx(recorded["base"], rel=stretch, abs=0)
    assert list(q.path.moved) == recorded["moved"]
    terms = cached.elbo(resolved.setup, q.mean, q.variance)
    # Both are within 0.001 nat or a hundred-thousandth of the truth, or within six standard errors.
    within = 2e-3 + 2e-5 * abs(recorded["elbo"]) + 6 * float(terms.error)
    assert float(terms.elbo) == pytest.approx(recorded["elbo"], abs=within)


@opened
def test_a_state_is_written_as_a_link_that_opens_it_again(recorded: dict) -> None:
    state = State.from_valid_link(link_of(recorded))
    assert State.from_link(state.to_link()) == (state, ())
    assert State.from_link(state.settings_link())[0].setup == state.setup


@refused
def test_what_could_not_be_used_is_named_and_the_rest_is_kept(recorded: dict) -> None:
    state, invalid = State.from_link(link_of(recorded))
    assert sorted(parameter.name for parameter in invalid) == recorded["refused"]
    assert state == State.from_valid_link(recorded["kept"])
    with pytest.raises(ValueError, match="got") as error:
        State.from_valid_link(link_of(recorded))
    assert str(error.value).count("; got ") == len(invalid)


@pytest.mark.parametrize("model", names())
def test_the_default_state_of_a_model_needs_nothing_but_its_name_and_is_as_it_was_trained(model: str) -> None:
    state = State.from_valid_link({"model": model})
    assert state.setup.sigma_x is None
    assert state.to_link() == ({} if model == parameters.DEFAULT_MODEL else {"model": model})


def test_digits_16_takes_the_noise_of_its_training_and_what_about_says_of_it() -> None:
    trained = model_card("digits-16").sigma_x
    assert trained == pytest.approx(0.0834, abs=1e-4)
    for text in ("0.083", "0.05"):
        assert State.from_valid_link({"model": "digits-16", "sigma_x": text}).setup.sigma_x == float(text)
    assert State.from_valid_link({"model": "digits-16", "sigma_x": repr(trained)}) == State.from_valid_link(
        {"model": "digits-16"}
    )
    assert State.from_valid_link({"model": "digits-16", "sigma_x": "0.1"}).setup.sigma_x == 0.1


ABSURD = {
    "seed": ("9" * 5000, "0" * 5000, "-" * 41, "١", "1_0"),
    "example": ("1" * 4301,),
    "x": ("9" * 5000, "1e" + "9" * 100, "nan", "−1", "0x10"),
    "beta": ("1" * 100_000,),
    "mean": ("1 " * 10_000, "nan", "[1](http://x)", "1;2"),
    "variance": ("0." + "0" * 5000 + "1",),
    "pin_mean": (" , " * 3 + "e",),
    "model": ("\n# digits-2", "<b>", "\ud800", "\u202edigits-2"),
    "**x**\n": ("`$y$`",),
    "n" * 500: ("v" * 500,),
}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in ABSURD.items() for text in texts], ids=lambda _: ""
)
def test_absurd_texts_get_one_short_sentence_on_one_line(name: str, text: str) -> None:
    _, (parameter,) = State.from_link({"model": "number", name: text} if name != "model" else {name: text})
    assert isinstance(parameter, InvalidParameter) and parameter.name == name
    for sentence in (parameter.error, parameter.warning):
        assert sentence.isprintable() and len(sentence) < 350 and sentence.endswith(".")
        sentence.encode()
    assert name not in parameter.error or len(name) <= 40


def test_reading_links_loads_no_torch_and_computes_nothing() -> None:
    links = [recorded["link"] for recorded in (*RECORDED["opened"], *RECORDED["refused"])]
    assert len(links) >= 40
    script = f"""
import sys
from urllib.parse import parse_qsl
from pages.parts.state.state import State
for link in {links!r}:
    state, invalid = State.from_link(dict(parse_qsl(link, keep_blank_values=True)))
    state.to_link()
loaded = {{name.split(".")[0] for name in sys.modules}}
assert not loaded & {{"torch", "streamlit", "plotly"}}, loaded
assert "vaecore.evaluate" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
