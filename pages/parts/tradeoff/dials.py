"""The settings that are sliders, σx, β, and x, w and b of a model of one number: seen at work while they are dragged.

Streamlit's own sliders report where they are let go. These tell the instrument in the browser every value on their way, and
commit the last one to the link.
"""

import streamlit as st

from pages.parts.state import link, parameters
from pages.parts.state.classroom import hidden
from pages.parts.state.kinds import Choice, Real
from pages.parts.web.assets import element
from vaecore.data.model_card import model_card

_KEY = "dials"

_mount = element(
    _KEY,
    html='<div class="dials" hidden></div>',
    styles=("front/slider.css", "tradeoff/front/dials.css"),
    script="tradeoff/front/dials.js",
    isolate_styles=False,
)

_BETA_HELP = "The objective is reconstruction − β·KL. β = 1 is the ELBO; below 1 it is not a bound on log p(x)."


def dials(model: str) -> None:
    """Show the sliders that a model has and the class may see, and write what they commit to the link."""
    commit = st.session_state.get(_KEY, {}).get("commit") or {}
    data = {
        "turn": commit.get("turn", 0),
        "dials": [_dial(control, label, about) for control, label, about in _shown(model)],
    }
    _mount(key=_KEY, data=data, default={"commit": {}}, on_commit_change=_commit)


def _shown(model: str) -> list[tuple[Choice | Real, str, str]]:
    shown: list[tuple[Choice | Real, str, str]] = []
    if model in parameters.ONE_NUMBER and "image" not in hidden():
        shown.append((parameters.X, "x, the data point", ""))
        if model == "number":
            shown += [(parameters.WEIGHT, "w in f(z) = wz + b", ""), (parameters.BIAS, "b in f(z) = wz + b", "")]
    trained = model_card(model).sigma_x
    if trained is not None and "sigma_x" not in hidden():
        shown.append((parameters.sigma_x(trained), "σx, the decoder’s noise", f"Trained with {trained:.3g}."))
    if "beta" not in hidden():
        shown.append((parameters.BETA, "β, the weight of KL", _BETA_HELP))
    return shown


def _dial(control: Choice | Real, label: str, about: str) -> dict[str, object]:
    """A `DialData`."""
    value, default = link.read(control), control.default
    if isinstance(control, Choice):
        stops, low, high = list(control.options), control.options[0], control.options[-1]
    else:
        steps = round((control.high - control.low) / control.step)
        numbers = {round(control.low + i * control.step, 10) for i in range(steps + 1)} | {float(value), float(default)}
        stops = [link.written(number) for number in sorted(numbers)]
        low, high = link.written(control.low), link.written(control.high)
    texts = {"value": link.written(value), "default": link.written(default), "low": low, "high": high}
    return {"name": control.name, "label": label, "about": about, "stops": stops, **texts}


def _commit() -> None:
    commit = st.session_state[_KEY]["commit"] or {}
    model = str(link.read(parameters.MODEL))
    for control, _, _ in _shown(model):
        value = commit.get(control.name)
        if isinstance(value, str) and not control.error(value):
            link.write(link.changed(control, value if isinstance(control, Choice) else float(value)))
