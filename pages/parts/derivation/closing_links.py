"""The last two steps: doors to the screens where what was derived is used, with a task behind each."""

from dataclasses import asdict, dataclass

import streamlit as st

from pages.parts.derivation import progress
from pages.parts.derivation.assets import FRONT
from pages.parts.derivation.sequence import EXAMPLE
from pages.parts.web.assets import BASE
from vaecore.figures.theme import Colour


@dataclass(frozen=True)
class Door:
    """A link into the app, and what to do there."""

    key: str
    link: str
    label: str
    task: str


DOORS = (
    Door(
        "guess", "/tradeoff?model=digits-2&digit=7&predict=true", "Guess, then reveal",
        "The curves are hidden. Move σ² to where you expect the largest ELBO, then press reveal. How far off were you?",
    ),
    Door(
        "amortise", "/tradeoff?model=digits-2&digit=3&q=encoder", "One encoder for all images",
        "Press best. The ELBO rises by the amortisation gap, the price of one encoder for all images. What is still missing "
        "to log p(x) no Gaussian q with independent dimensions can reach.",
    ),
    Door(
        "collapse", "/tradeoff?model=digits-2&digit=3&q=prior", "Collapse",
        "q is the prior: KL is 0, and whatever the digit, the decoded mean is the same blur. Press best, and read what "
        "a code costs in KL and what it gains.",
    ),
    Door(
        "humps", "/tradeoff?model=humps&q=best&x=2&sigma_x=0.5", "Two humps",
        "The posterior has two humps, q has one. Move its mean to the other, then between them. Where is the gap large?",
    ),
    Door(
        "tight", "/tradeoff?model=digits-linear-2&digit=3&q=prior", "A bound that is tight",
        "A linear decoder. Bring the gap below 0.05 nat by hand: first the mean, then σ².",
    ),
)  # fmt: skip

_LEAD = """
On the **Trade-off** screen all of it moves at once: a real image, a trained decoder, your hand on the mean and the variance
of q. Each of these opens it in a state worth starting from. Come back with the browser's back button.
"""
_END = """
You have the whole derivation: one integral, one q, one inequality, one closed form, one loss. The quiz asks for what people
most often get wrong in it; every answer has its reason.
"""

_mount = st.components.v2.component(
    "doors", html='<ol class="doors"></ol>', css=FRONT.text("doors.css"), js=FRONT.loader("doors.js")
)


def show(number: int) -> None:
    """What stands on the page of a step that has no sliders of its own."""
    if number == EXAMPLE:
        st.markdown(_LEAD)
        _mount(
            key="doors",
            data={
                "base": BASE,
                "doors": [asdict(door) for door in DOORS],
                "prefix": f"lesson/{number}/",
                "all": f"lesson/{number}/task",
                "colours": {"done": Colour.RIGHT, "q": Colour.Q},
            },
        )
        return
    st.markdown(_END)
    quiz = Door("", "/quiz", "Open the quiz", "Three questions first, then more.")
    _mount(
        key="quiz door",
        data={
            "base": BASE,
            "doors": [asdict(quiz)],
            "prefix": "",
            "all": "",
            "colours": {"done": Colour.RIGHT, "q": Colour.Q},
        },
    )
    st.subheader("What is done")
    progress.ticks()
