"""The keeper of the link: the one place that reads it, writes it, and restores it when a screen is opened again.

The link holds the state of the screen, and nothing else does. Widgets are tied to it by `tie`, and not by Streamlit's own
binding: that takes its parameters out of the link when another screen is opened, as an entry of the browser's history, so
that Back returned to a screen without them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.parts.state.kinds import Choice, InvalidParameter, Real, Whole
from pages.parts.state.parameters import ON_EVERY_SCREEN
from pages.parts.state.screens import ROOM

Link = dict[str, str]
Reader = Callable[[Mapping[str, str]], Mapping[str, InvalidParameter]]

_SCREEN, _HELD, _WARNINGS, _WRITTEN = "link: screen", "link: held", "link: warnings", "link: written"
_BEHIND = 8  # so many links that were replaced are remembered, in case the browser has not heard of it yet

_SCRIPT = """
export default function ({ data }) {
  const address = new URL(location.href);
  for (const [name, text] of Object.entries(data)) address.searchParams.set(name, text);
  if (address.href === location.href) return;
  history.replaceState(history.state, "", address);
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
}
"""

_restore = st.components.v2.component("link", html="<span hidden></span>", js=_SCRIPT)


def now() -> Link:
    """The parameters of the link as they are, those of the class among them."""
    # A parameter that was emptied of all values, not even an empty text among them, is none.
    came = {name: st.query_params[name] for name in st.query_params if st.query_params.get_all(name)}
    page, latest, replaced = st.session_state.get(_WRITTEN, ("", came, ()))
    if page != _page():
        replaced = ()  # another screen's links: an empty one is what every screen opens with
    elif came != latest:
        if came in replaced and not _by_history():
            return dict(latest)  # the browser asked before it had heard of what was written
        replaced = ()
    st.session_state[_WRITTEN] = (_page(), came, replaced)
    return came


def of_screen() -> Link:
    """The parameters of the open screen."""
    return {name: text for name, text in now().items() if name not in ON_EVERY_SCREEN}


def write(link: Mapping[str, str]) -> None:
    """Make this the part of the link that is the screen's own, in one step of the browser's history."""
    old = now()
    new = {name: text for name, text in old.items() if name in ON_EVERY_SCREEN} | dict(link)
    st.session_state[_WARNINGS] = ()
    st.session_state.setdefault(_HELD, {})[st.session_state.get(_SCREEN, "")] = dict(link)
    if new == old:
        return
    gone: dict[str, list[str]] = {name: [] for name in st.query_params if name not in new and name not in ON_EVERY_SCREEN}
    st.query_params.update({**link, **gone})
    page, _, replaced = st.session_state[_WRITTEN]
    st.session_state[_WRITTEN] = (page, new, (*(one for one in replaced if one != new), old)[-_BEHIND:])


def keep(screen: str, invalid: Reader) -> tuple[str, ...]:
    """Restore what a screen was left at, and drop from the link what it cannot use.

    Args:
        screen: the address of the screen that is about to run.
        invalid: what of a link this screen cannot use.

    Returns:
        A warning for everything that was dropped, until something else is written.
    """
    screen = ROOM[-1] if screen in ROOM else screen
    left = st.session_state.get(_SCREEN)
    st.session_state[_SCREEN] = screen
    link, history = of_screen(), _by_history()
    held = st.session_state.get(_HELD, {}).get(screen, {})
    if left not in (None, screen) and held and not link and not history:
        # The entry of the browser's history is replaced: no other belongs to the screen as it would be without its link.
        _restore(key="link", data=held)
        st.stop()
    unusable = invalid(link)
    if unusable:
        write({name: text for name, text in link.items() if name not in unusable})
        st.session_state[_WARNINGS] = tuple(parameter.warning for parameter in unusable.values())
    elif history or left != screen:
        st.session_state[_WARNINGS] = ()
    st.session_state.setdefault(_HELD, {})[screen] = of_screen()
    return st.session_state[_WARNINGS]


def warned() -> bool:
    """Whether something was dropped from the link, and nothing else has been written since."""
    return bool(st.session_state.get(_WARNINGS))


def held(screen: str) -> Link:
    """What the link of a screen said when that screen was last open."""
    return dict(st.session_state.get(_HELD, {}).get(screen, {}))


def tie(control: Choice | Real | Whole, key: str = "") -> dict[str, Any]:
    """What ties a widget to a parameter: its key, with the value of the link, and the callback that writes a new one."""
    key = key or control.name
    value = read(control)
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return {"key": key, "on_change": _write_value, "args": (control, key)}


def read(control: Choice | Real | Whole) -> str | float:
    """The value of a parameter in the link, or its default."""
    text = of_screen().get(control.name)
    if text is None or control.error(text):
        return control.default
    return text if isinstance(control, Choice) else int(text) if isinstance(control, Whole) else float(text)


def changed(control: Choice | Real | Whole, value: str | float) -> Link:
    """The screen's link with another value of a parameter; a default is left out."""
    link = of_screen()
    link.pop(control.name, None)
    if value != control.default:
        link[control.name] = written(value)
    return link


def written(value: str | float) -> str:
    """A value as the link holds it."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _write_value(control: Choice | Real | Whole, key: str) -> None:
    write(changed(control, st.session_state[key]))


def _page() -> str:
    """Which page runs, as Streamlit names it."""
    context = get_script_run_ctx()
    return context.page_script_hash if context else ""


def _by_history() -> bool:
    """Whether this run is the browser's Back or Forward, or what acts as they do."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def visitor() -> str:
    """What Streamlit calls the session whose script this is; empty outside of a script's run."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""
