"""The tour as an element of the page: it watches the instrument's table of numbers and asks nothing of the server."""

from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_KEY = "tour"
_LESSON = "derivation"

_tour = element(
    _KEY,
    html='<section class="tour" aria-label="Tour" hidden></section>',
    styles=("tour/front/tour.css",),
    script="tour/front/tour.js",
    isolate_styles=False,  # a card stands beside what it speaks of, wherever on the page that is
)


def tour() -> None:
    """Show the tour to whoever is here for the first time; progress keeps that it is done or was skipped."""
    _tour(
        key=_KEY,
        data={
            "lesson": f"/{_LESSON}",
            "colours": {"mark": Colour.Q, "right": Colour.RIGHT},
        },
    )
