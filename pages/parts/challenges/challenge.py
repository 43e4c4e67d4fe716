"""A challenge: where it starts, what its goal is, and whether the current state reaches it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from urllib.parse import quote, urlencode

from pages.parts.challenges.questions import Attempt, attempt_at
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.state.state import Source, State
from pages.parts.tradeoff.model_titles import TITLES


@dataclass(frozen=True)
class Standing:
    """Whether the goal is reached, and a sentence with the numbers that decide it."""

    reached: bool
    sentence: str


@dataclass(frozen=True)
class Challenge:
    """A goal that is checked whenever a control is released.

    Args:
        key: its value in the link.
        title: a few words.
        goal: what to reach, in one or two sentences.
        start: the parameters of the link with which it starts, without the challenge's own.
        check: compares the current state with the state at the start.
        insight: what reaching the goal shows.
        hint: how to approach it.
        free: the settings that may be changed; all others must stay as at the start.
        by_hand: whether q must be moved by hand; encoder, best and prior then do not count.
        same_mean: whether the mean of q must stay as at the start.
    """

    key: str
    title: str
    goal: str
    start: Mapping[str, str] = field(hash=False)
    check: Callable[[Attempt, Attempt], Standing]
    insight: str
    hint: str
    free: frozenset[str] = frozenset()
    by_hand: bool = False
    same_mean: bool = False

    @property
    def progress(self) -> str:
        """The name under which the browser stores progress."""
        return f"challenge/{self.key}"

    @property
    def address(self) -> str:
        """The link, within the app, that opens the Trade-off screen at its start."""
        return f"/tradeoff?{urlencode({**self.start, parameters.CHALLENGE.name: self.key}, quote_via=quote)}"

    @cached_property
    def first(self) -> Attempt:
        """The state at the start."""
        return attempt_at(State.from_valid_link(self.start))

    def standing(self, now: Attempt) -> Standing:
        """Whether the current state reaches the goal."""
        moved = [name for name in _changed(self.first, now) if name not in self.free]
        if moved == [_NAMES["model"]]:
            own, chosen = (TITLES[attempt.setup.model] for attempt in (self.first, now))
            return Standing(
                False,
                f"This challenge is about the model “{own}”, and you chose “{chosen}”. Press Start again to return to it.",
            )
        if moved:
            return Standing(False, f"You changed {' and '.join(moved)}. Press Start again to continue.")
        if self.by_hand and now.source is not Source.MANUAL:
            return Standing(
                False,
                f"{self.check(self.first, now).sentence} Move q by hand: the buttons under “q comes from” do not count.",
            )
        if self.same_mean and now.mean != self.first.mean:
            return Standing(False, "You moved the mean, but this challenge is about σ² only. Press Start again to continue.")
        return self.check(self.first, now)


_NAMES = {
    "model": "the model", "digit": "the image", "example": "the image", "sigma_x": "σₓ", "weight": "w", "bias": "b",
    "beta": "β",
}  # fmt: skip


def _changed(first: Attempt, now: Attempt) -> list[str]:
    """The names of the settings that differ, each once."""
    differing = [field.name for field in fields(Setup) if getattr(first.setup, field.name) != getattr(now.setup, field.name)]
    # Another model has other settings anyway.
    differing = ["model"] if "model" in differing else differing + (["beta"] if first.state.beta != now.state.beta else [])
    return list(dict.fromkeys(_NAMES.get(name, name) for name in differing))
