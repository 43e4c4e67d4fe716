"""Which questions and tasks of the derivation are done, as ticks; the browser stores and shows it."""

from collections.abc import Callable

from pages.parts.derivation.questions import contents
from pages.parts.derivation.step_names import EXAMPLE, SHORT
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_mount = element(
    "ticks",
    html='<p class="ticks"></p>',
    styles=("derivation/front/ticks.css",),
    script="derivation/front/ticks.js",
)


def ticks(number: int | None, restart: Callable[[], None]) -> None:
    """Show whether a step's question and task are done, and how many are in total; without a number, of every step.

    `restart` is called once the visitor has started over, and the browser has forgotten what was done.
    """
    steps = [{"name": f"{number} {name}", "keys": _keys(number)} for number, name in SHORT.items() if _keys(number)]
    name = "" if number is None else f"{number} {SHORT[number]}"
    _mount(
        key="all ticks" if number is None else "ticks",
        data={"steps": steps, "open": name, "colour": Colour.RIGHT},
        on_restart_change=restart,
        width="stretch" if number is None else "content",
    )


def _keys(number: int) -> dict[str, str]:
    if number in contents():
        return {"question": f"lesson/{number}/question", "task": f"lesson/{number}/task"}
    return {"all opened": f"lesson/{number}/task"} if number == EXAMPLE else {}
