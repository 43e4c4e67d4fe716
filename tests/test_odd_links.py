"""Ten thousand odd links over all screens: each is read, and what cannot be used is named in a short sentence."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.derivation import navigation
from pages.parts.derivation.sequence import STEPS
from pages.parts.loss import form
from pages.parts.state import classroom, parameters
from pages.parts.state.kinds import invalid_parameters
from pages.parts.state.state import State
from pages.parts.web import messages
from tests.visiting import ROOT

ON_TRADEOFF = [control for name in parameters.MODEL.options for control in parameters.of_settings(name)]
ON_TRADEOFF += [control for name in parameters.MODEL.options for control in parameters.of_q(name)]
ON_DERIVATION = [navigation.STEP, *(control for step in STEPS.values() for control in step.controls)]
SCREENS = {
    "tradeoff": (State.invalid, ON_TRADEOFF),
    "derivation": (navigation.invalid, ON_DERIVATION),
    "loss": (form.invalid, list(form.CONTROLS)),
    "quiz": (lambda link: invalid_parameters(link, (), "this screen", parameters.ON_EVERY_SCREEN), []),
}

ODD = (
    "", " ", "nan", "-inf", "1e999", "1e-999", "9" * 5_000, "-" + "9" * 400, "0x10", "1_000", "١٢", "½", "1,5", ", ,",
    "0 " * 50_000, "x" * 100_000, "\x00", "\x1b[31m", "\ud800", "\u202e7", "\n\n# Sign in", "[here](http://evil.example)",
    "![](//evil.example/x.gif)", "<script>alert(1)</script>", "$\\frac{1}{0}$", ":material/home:", "true", "TRUE", "null",
    "None", "[]", "{}", "%00", "../../etc/passwd", "hand", "best", "encoder", "digits-16", "1 1", "0.5 0.5", "-0", "1e-6",
    "4.0000001",
)  # fmt: skip
NAMES = (
    "", "x" * 5_000, r"\[Sign in\](http://evil.example)", "__proto__", "q\n", "Q", "\u202eq", "embed", "hide", "task",
    "panels", "a b",
)  # fmt: skip


def link_of(random_state, controls):
    """Parameters of a screen and others, with values that fit, that nearly fit, and that do not."""
    names = [control.name for control in controls]
    link = {}
    for _ in range(random_state.randint(1, 8)):
        name = random_state.choice(names) if names and random_state.random() < 0.8 else random_state.choice(NAMES)
        control = next((control for control in controls if control.name == name), None)
        fitting = [str(control.default), *getattr(control, "options", ())] if control else ["1"]
        numbers = [
            f"{random_state.uniform(-10, 10):.{random_state.randint(0, 20)}g}" for _ in range(random_state.randint(1, 17))
        ]
        link[name] = random_state.choice((random_state.choice(ODD), random_state.choice(fitting), " ".join(numbers)))
    return link


@pytest.mark.parametrize("screen", SCREENS)
def test_what_a_screen_cannot_use_is_named_and_the_rest_is_used(screen):
    invalid, controls = SCREENS[screen]
    random_state = random.Random(screen)
    refused = 0
    for _ in range(2_500):
        link = link_of(random_state, controls)
        unusable = invalid(link)
        for name, parameter in unusable.items():
            refused += 1
            assert name in link
            # A choice lists its options; what came from outside takes no more than two short quotes.
            assert len(parameter.warning) < 500
            assert parameter.warning.isprintable()
            assert "](" not in messages.escaped(parameter.warning)
        left = {name: text for name, text in link.items() if name not in unusable}
        # In the derivation the step says which parameters there are: with another step others may be unusable.
        if screen != "derivation" or navigation.STEP.name not in unusable:
            assert invalid(left) == {}
        if screen == "tradeoff":
            state = State.from_valid_link(left)
            assert State.from_valid_link(state.to_link()) == state
    assert refused > 1_000


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_opens_whatever_its_link_says(screen, caplog):
    """The whole script of the page: no exception on the screen or in the log."""
    random_state = random.Random(f"{screen} opened")
    page = ROOT / "pages" / ("frame.py" if screen == "tradeoff" else f"{screen}.py")
    for _ in range(8):
        app = AppTest.from_file(str(page), default_timeout=120)
        link = link_of(random_state, SCREENS[screen][1])
        # An address has no half a character.
        app.query_params.update({name: text.encode("utf-8", "replace").decode() for name, text in link.items()})
        app.run()
        assert not app.exception
        assert app.main.children
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_the_teachers_part_of_any_link_is_read():
    random_state = random.Random(0)
    for _ in range(2_500):
        link = {name: random_state.choice(ODD) for name in (classroom.HIDE, classroom.TASK, classroom.SHOWN)}
        settings = classroom.read(link)
        assert set(settings.hide) <= set(classroom.PARTS)
        assert len(settings.task) <= classroom.LONGEST_TASK
        assert all(len(parameter.warning) < 800 and parameter.warning.isprintable() for parameter in settings.invalid)


def test_of_a_hundred_unusable_parameters_the_warning_shows_some_and_counts_the_rest():
    app = AppTest.from_function(_warn_of_a_hundred).run()
    sentences = app.warning[0].value.split("\n\n")
    assert len(sentences) == 7
    assert sentences[-1] == "94 more parameters of the link cannot be used."


def _warn_of_a_hundred():
    from pages.parts.web.messages import link_warning

    link_warning(f"a{i} is not a parameter" for i in range(100))
