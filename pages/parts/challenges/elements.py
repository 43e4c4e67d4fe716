"""The challenges on the page: the strip on the Trade-off screen, and the list on a screen of its own."""

import streamlit as st

from pages.parts.challenges.challenge import Challenge
from pages.parts.challenges.goals import BY_KEY, CHALLENGES
from pages.parts.challenges.questions import attempt_at
from pages.parts.state import link, parameters
from pages.parts.state.state import State
from pages.parts.web.assets import element
from vaecore.figures.theme import Colour

_COLOURS = {"right": Colour.RIGHT, "chosen": Colour.Q}
_KEY = "challenge_strip"

_STYLES = ("challenges/front/challenges.css",)
_strip = element(_KEY, html='<section class="strip"></section>', styles=_STYLES, script="challenges/front/strip.js")
_list = element("challenge_list", html='<div class="list"></div>', styles=_STYLES, script="challenges/front/list.js")


def strip(state: State) -> None:
    """Show the challenge of a state and whether its goal is reached; nothing if it has none."""
    challenge = BY_KEY.get(state.challenge)
    if challenge is None:
        return
    standing = challenge.standing(attempt_at(state))
    with st.container(key="challenge"):
        _strip(
            key=_KEY,
            data={
                "key": challenge.progress,
                "title": challenge.title,
                "goal": challenge.goal,
                "hint": challenge.hint,
                "insight": challenge.insight,
                "reached": standing.reached,
                "sentence": standing.sentence,
                "start": challenge.address,
                "next": _address_after(challenge),
                "all": "/challenges",
                "colours": _COLOURS,
            },
            on_leave_change=_leave,
        )


def listed() -> None:
    """Show every challenge with a link to its start, and the insight of those that are done."""
    _list(
        key="challenge_list",
        data={
            "challenges": [
                {
                    "key": challenge.progress,
                    "title": challenge.title,
                    "goal": challenge.goal,
                    "insight": challenge.insight,
                    "start": challenge.address,
                }
                for challenge in CHALLENGES
            ],
            "end": f"✓ All {len(CHALLENGES)} done. Each says below what it shows; the derivation explains why.",
            "colours": _COLOURS,
        },
    )


def _address_after(challenge: Challenge) -> str:
    """Where the next challenge begins; "" after the last."""
    later = CHALLENGES[CHALLENGES.index(challenge) + 1 :]
    return later[0].address if later else ""


def _leave() -> None:
    link.write(link.changed(parameters.CHALLENGE, parameters.CHALLENGE.default))
