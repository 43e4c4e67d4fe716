"""The last two steps: links to the screens that use what was derived, each with a task."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from pages.parts.derivation import progress
from pages.parts.derivation.step_names import EXAMPLE
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour


@dataclass(frozen=True)
class Door:
    """A link into the app, with a task to do there, and what there was to see, shown once it was opened."""

    key: str
    link: str
    label: str
    task: str
    seen: str = ""


DOORS = (
    Door(
        "guess", "/tradeoff?model=digits-2&digit=7&predict=true", "Guess, then reveal",
        "The curves are hidden. Move σ² to where you expect the largest ELBO, then press Reveal. How far off are you?",
        "The chart says how many nats your guess lost. The best variances are below 0.001.",
    ),
    Door(
        "amortise", "/tradeoff?model=digits-2&digit=3&q=encoder", "One encoder for all images",
        "Press best\u00a0q. Which part of the gap goes, and which one stays?",
        "The amortisation gap goes, the cost of one encoder for all images: the ELBO rises by 23.15 nats. The approximation "
        "gap of 0.44 nats stays, which no Gaussian q with independent dimensions can close.",
    ),
    Door(
        "collapse", "/tradeoff?model=digits-2&digit=3&q=prior", "Posterior collapse",
        "q is the prior: KL is 0, and the average decoded image is the same blur for every digit. Press best q: how much "
        "does KL rise, and how much reconstruction?",
        "KL rises by 13.1 nats and reconstruction by 845: what z says of the image costs little next to what it gains.",
    ),
    Door(
        "humps", "/tradeoff?model=humps&q=best&x=2&sigma_x=0.5", "Two modes",
        "The posterior has two modes, q has one. Move the mean of q to the other mode, then between them. Where is the gap "
        "large?",
        "Between the modes, where q has mass and the posterior has almost none: 7 nats at z = 0, and 0.71 on either mode.",
    ),
    Door(
        "tight", "/tradeoff?model=digits-linear-2&digit=3&q=prior", "A tight bound",
        "The decoder is linear. Bring the gap below 0.05 nats with the sliders of mean and σ². Why is it possible here?",
        "With a linear decoder and Gaussian noise the posterior is Gaussian. Here its dimensions are independent too, so q "
        "can equal it, and the gap can be 0.",
    ),
)  # fmt: skip

_LEAD = """
The **Trade-off** screen shows all of it at once, for a real image and a trained decoder, while you move the mean and the
variance of q. Each link opens it in a prepared state. Come back with
the browser’s Back button: the answer then stands below the task.
"""
_END = """
That is the whole derivation: one integral, one q, one inequality, one closed form, one loss. The quiz asks about the points
that are most often misunderstood, and gives a reason for every answer, right or wrong.
"""

_mount = element(
    "doors",
    html='<ol class="doors"></ol>',
    styles=("derivation/front/doors.css",),
    script="derivation/front/doors.js",
)


def show(number: int, restart: Callable[[], None]) -> None:
    """The content of a step without sliders; `restart` is called when the visitor starts over."""
    if number == EXAMPLE:
        st.markdown(_LEAD)
        _mount(
            key="doors",
            data={
                "doors": [asdict(door) for door in DOORS],
                "prefix": f"lesson/{number}/",
                "all": f"lesson/{number}/task",
                "colours": {"done": Colour.RIGHT, "q": Colour.Q},
            },
        )
        return
    st.markdown(_END)
    quiz = Door(
        "", "/quiz", "Open the quiz", "Three questions on what the bound means, then more on the derivation and the loss."
    )
    _mount(
        key="quiz door",
        data={
            "doors": [asdict(quiz)],
            "prefix": "",
            "all": "",
            "colours": {"done": Colour.RIGHT, "q": Colour.Q},
        },
    )
    st.subheader("Your progress")
    progress.ticks(None, restart)
