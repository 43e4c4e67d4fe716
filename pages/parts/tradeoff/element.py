"""The element itself: what the page gives it, and what the hand gives back when it lets go."""

import json
from collections.abc import Mapping

import streamlit as st

from pages.parts.compute import models, resolve
from pages.parts.compute.workers import run_in_pool
from pages.parts.state import classroom, parameters
from pages.parts.state.setup import Setup
from pages.parts.tradeoff import controls, descriptions
from pages.parts.tradeoff.assets import FOLDER, VERSION
from pages.parts.tradeoff.payload import PICTURE_STEPS, Request, sweep
from pages.parts.tradeoff.pin import pin
from pages.parts.tradeoff.static_layer import text_of
from pages.parts.web.assets import BASE, SHARED
from vaecore.figures.units import Unit

# The scripts come by their address; what is written here travels in every message.
_LOADER = """
document.head.append(Object.assign(document.createElement("link"), {
  rel: "preload", as: "script", href: "BASE/vendor/plotly.min.js" }));
const module = import(new URL("BASE/instrument/VERSION/element.js", location.origin));
export default function (page) {
  let cleanup = () => {}, gone = false;
  module.then((instrument) => { if (!gone) cleanup = instrument.show(page); });
  return () => { gone = true; cleanup(); };
}
"""

_KEY = "instrument"

_mount = st.components.v2.component(
    "instrument",
    html=(FOLDER / "instrument.html").read_text("utf-8"),
    css=SHARED.text("slider.css") + (FOLDER / "instrument.css").read_text("utf-8"),
    js=_LOADER.replace("BASE", BASE).replace("VERSION", VERSION),
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def instrument(setup: Setup, beta: float, unit: str) -> None:
    """Show the instrument for what is on the bench, and keep in the link what its hand commits."""
    link = st.session_state[controls.HAND] = _of_hand(setup, st.query_params.to_dict())
    onto = st.session_state[controls.BENCH] = controls.link_of(setup, beta, unit)
    commit = st.session_state.get(_KEY, {}).get("commit") or {}
    data = {
        "base": BASE,
        "bench": onto,
        "link": link,
        "hide": " ".join(sorted(classroom.hidden() & classroom.PARTS.keys())),
        "turn": commit.get("turn", 0),
        "controls": _declared(setup),
        "pictureSteps": PICTURE_STEPS,
        **run_in_pool(_numbers, setup, beta, unit, link, str(commit.get("held", ""))),
    }
    _mount(key=_KEY, data=data, default={"commit": {}}, on_commit_change=_commit)


def _numbers(setup: Setup, beta: float, unit: str, link: Mapping[str, str], held: str) -> dict[str, object]:
    """What is computed for a link; as text where what is the same as before is not to be read again."""
    request = Request(setup, beta, Unit(unit), resolve.read(link, setup, beta))
    return {
        "q": request.hand.whose,
        "ground": text_of(request),
        "sweep": json.dumps(sweep(request, held)),
        "pin": json.dumps(pin(request, resolve.pinned(link, len(request.hand.mean)))),
        "words": descriptions.descriptions(request, held),
    }


def _commit() -> None:
    """Write what the hand let go of into the link."""
    commit = st.session_state[_KEY]["commit"] or {}
    setup, _, _ = controls.bench_of(st.query_params.to_dict())
    model = models.model_of(setup)
    declared = parameters.of_hand(model.encoder is not None, model.latent_dim)
    link = st.query_params.to_dict()
    said = [control for control in declared if control.name in commit and not control.refusal(commit[control.name])]
    texts = {control.name: commit[control.name] for control in said}
    # What is at its default is left out, or emptied where it stands: one change of the link is one step back.
    defaults = {control.name: str(control.default) for control in declared}
    st.query_params.update({name: text for name, text in texts.items() if name in link or text != defaults[name]})


def _of_hand(setup: Setup, link: Mapping[str, str]) -> dict[str, str]:
    model = models.model_of(setup)
    names = {control.name for control in parameters.of_hand(model.encoder is not None, model.latent_dim)}
    return {name: text for name, text in link.items() if name in names}


def _declared(setup: Setup) -> dict[str, object]:
    model = models.model_of(setup)
    return {
        "defaults": {c.name: str(c.default) for c in parameters.of_hand(model.encoder is not None, model.latent_dim)},
        "moves": list(parameters.move(model.encoder is not None, model.latent_dim).options),
        "encoder": model.encoder is not None,
        "grid": list(parameters.GRID),
    }
