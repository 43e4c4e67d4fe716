"""The element of the Trade-off screen: what the page gives the browser, and what the browser commits to the link."""

from functools import partial

import streamlit as st

from pages.parts.compute import workers
from pages.parts.state import classroom, link, parameters
from pages.parts.state.state import State
from pages.parts.tradeoff import questions, settings
from pages.parts.tradeoff.glossary import glossary_html
from pages.parts.web.assets import element, text
from vaecore.data.model_card import model_card

_KEY = "instrument"

STYLES = "".join(
    map(
        text,
        (
            "front/slider.css",
            "front/tip.css",
            "tradeoff/front/instrument.css",
            "tradeoff/front/settings.css",
            "tradeoff/front/panels.css",
            "tradeoff/front/phone.css",
        ),
    )
)
"""The element's style sheets. Streamlit sends an element's own with every commit; these go with the page."""

_MARKUP = text("tradeoff/front/instrument.html").replace("GLOSSARY", glossary_html())
"""What the element holds. Streamlit sends an element's own html with every commit; this goes with the first data."""

_mount = element(
    _KEY,
    html='<section class="instrument" aria-label="The instrument" data-panel="instrument" hidden></section>',
    styles=(),
    script="tradeoff/front/element.js",
    charts=True,
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def instrument(state: State) -> None:
    """Show the instrument, and write what it commits to the link."""
    commit = st.session_state.get(_KEY, {}).get("commit") or {}
    known_path, known_static = (str(commit.get(name, "")) for name in ("knownPath", "knownStatic"))
    data = {
        "markup": "" if known_static else _MARKUP,
        "bench": state.settings_link(),
        "link": _q_part(state),
        "hide": " ".join(sorted(_hidden())),
        "panels": " ".join(classroom.settings().panels),
        "challenge": state.challenge != parameters.CHALLENGE.default,
        "turn": commit.get("turn", 0),
        "controls": _declared(state),
        "settings": settings.settings(state),
        **_numbers(state, known_path, known_static),
    }
    _mount(key=_KEY, data=data, default={"commit": {}}, on_commit_change=_commit)


def _numbers(state: State, known_path: str, known_static: str) -> dict[str, object]:
    question = partial(questions.of_screen, state, known_path, known_static)
    return workers.submit(link.visitor(), question, about=state.setup.image).result()


def _commit() -> None:
    """Write what was committed to the link."""
    link.write(settings.after(link.of_screen(), st.session_state[_KEY]["commit"] or {}))


def _hidden() -> set[str]:
    """The names of what is not shown; a page that frames the app shows no settings."""
    hidden = set(classroom.hidden() & classroom.PARTS.keys())
    return hidden | {"embedded", *classroom.SETTINGS} if st.context.is_embedded else hidden


def _q_part(state: State) -> dict[str, str]:
    """The part of the link that is about q and how it is shown."""
    names = {control.name for control in parameters.of_q(state.setup.model)}
    return {name: text for name, text in state.to_link().items() if name in names}


def _declared(state: State) -> dict[str, object]:
    card = model_card(state.setup.model)
    return {
        "defaults": {control.name: str(control.default) for control in parameters.of_q(state.setup.model)},
        "moves": list(parameters.slider_mode(card).options),
        "encoder": card.has_encoder,
    }
