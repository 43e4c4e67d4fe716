"""The settings beside q: what the screen offers of model, image, noise, β and unit, and what a commit makes of the link."""

from collections.abc import Mapping

from pages.parts.state import parameters
from pages.parts.state.kinds import Choice, Control, Real, Whole
from pages.parts.state.link import Link, written
from pages.parts.state.state import State
from pages.parts.tradeoff.model_titles import DESCRIPTIONS, TITLES
from pages.parts.tradeoff.payload_types import DialData, SettingsData
from vaecore.data.digits_file import digits_per_class

_KEPT = {
    control.name
    for control in (
        parameters.MODEL, parameters.DIGIT, parameters.example(1), parameters.X, parameters.WEIGHT, parameters.BIAS,
        parameters.UNITS, parameters.VIEW, parameters.PREDICT, parameters.SEED, parameters.CHALLENGE,
    )
}  # fmt: skip
"""What is kept when another model is chosen."""

_LABELS = {"x": "x", "w": "w", "b": "b", "sigma_x": "σₓ", "beta": "β"}


def settings(state: State) -> SettingsData:
    """What may be set for a state, and what the sliders among the settings are set to."""
    model, values = state.setup.model, state.settings_link()
    return {
        "models": [(name, TITLES.get(name, name)) for name in parameters.MODEL.options],
        "about": DESCRIPTIONS[model],
        "examples": 0 if model in parameters.ONE_NUMBER else min(digits_per_class()),
        "dials": [
            _dial(control, values.get(control.name))
            for control in parameters.of_settings(model)
            if control.name in _LABELS and isinstance(control, Choice | Real)
        ],
    }


def _dial(control: Choice | Real, value: str | None) -> DialData:
    default = written(control.default)
    low, high, step = (control.low, control.high, control.step) if isinstance(control, Real) else (0, 0, 0)
    return {
        "name": control.name,
        "label": _LABELS[control.name],
        "value": default if value is None else value if isinstance(control, Choice) else written(float(value)),
        "default": default,
        "low": low,
        "high": high,
        "step": step,
        "options": list(control.options) if isinstance(control, Choice) else [],
    }


def after(link: Link, commit: Mapping[str, object]) -> Link:
    """The screen's link after a commit of the browser.

    What is at its default is left out; a value that its parameter cannot have is ignored.

    Args:
        link: the link before.
        commit: values by their names in the link, and under `of` the name of the model to which those of q belong.
    """
    model = link.get(parameters.MODEL.name, parameters.DEFAULT_MODEL)
    chosen = commit.get(parameters.MODEL.name, model)
    if chosen != model and chosen in parameters.MODEL.options:
        model = str(chosen)
        link = _afresh(link, model)
    new = dict(link)
    of_q = parameters.of_q(model) if commit.get("of") == model else ()
    for control in (*parameters.of_settings(model), *of_q):
        text = commit.get(control.name)
        if control is not parameters.MODEL and isinstance(text, str) and not control.error(text):
            _set(new, control, text)
    return new


def _afresh(link: Link, model: str) -> Link:
    """A new model has other latents and another noise: what belonged to the old one, and β, is put back to its default."""
    new = {name: text for name, text in link.items() if name in _KEPT}
    _set(new, parameters.MODEL, model)
    return {name: text for name, text in new.items() if name not in State.invalid(new)}


def _set(link: Link, control: Control, text: str) -> None:
    link.pop(control.name, None)
    if isinstance(control, Real | Whole):
        text = written(float(text))
    if text != written(control.default):
        link[control.name] = text
