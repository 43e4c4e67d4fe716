"""Which questions and tasks of the derivation are done, as ticks; the browser stores and shows it."""

from pages.parts.derivation.sequence import EXAMPLE, SHORT, STEPS
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_mount = element(
    "ticks",
    html='<p class="ticks"></p>',
    styles=("derivation/front/ticks.css",),
    script="derivation/front/ticks.js",
)


def ticks(number: int | None = None) -> None:
    """Show whether a step's question and task are done, and how many are in total; without a number, of every step."""
    steps = [{"name": f"{number} {name}", "keys": _keys(number)} for number, name in SHORT.items() if _keys(number)]
    name = f"{number} {SHORT[number]}" if number else ""
    _mount(
        key="ticks" if number else "all ticks",
        data={"steps": steps, "open": name, "colour": Colour.RIGHT},
        width="content" if number else "stretch",
    )


def _keys(number: int) -> dict[str, str]:
    if number in STEPS:
        return {"question": f"lesson/{number}/question", "task": f"lesson/{number}/task"}
    return {"all opened": f"lesson/{number}/task"} if number == EXAMPLE else {}
