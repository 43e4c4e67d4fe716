"""A challenge: where it starts, what it asks for, and where the hand stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from urllib.parse import quote, urlencode

from pages.parts.compute import cached
from pages.parts.compute.resolve import QState, resolve
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.state.state import Source, State
from vaecore.figures.values import values


@dataclass(frozen=True)
class Attempt:
    """A state that is checked, and the numbers of its q, in nats whatever the unit on the screen."""

    state: State
    q: QState

    @staticmethod
    def at(state: State) -> "Attempt":
        """The attempt that a state makes."""
        return Attempt(state, resolve(state).q)

    @property
    def setup(self) -> Setup:
        """The model with its settings, and the image."""
        return self.state.setup

    @property
    def kl(self) -> float:
        """KL(q ‖ p(z))."""
        return float(values(cached.elbo(self.setup, self.q.mean, self.q.variance).kl)[0].sum())

    @property
    def reconstruction(self) -> float:
        """E_q[log p(x|z)]."""
        return float(values(cached.elbo(self.setup, self.q.mean, self.q.variance).reconstruction)[0])

    @property
    def gap(self) -> float:
        """KL(q ‖ p(z|x))."""
        return float(values(cached.gap(self.setup, self.q.mean, self.q.variance).value)[0])

    @property
    def evidence(self) -> float:
        """log p(x)."""
        return float(values(cached.evidence(self.setup).value)[0])


@dataclass(frozen=True)
class Standing:
    """Whether the goal is reached, and the numbers that say so."""

    reached: bool
    sentence: str


@dataclass(frozen=True)
class Challenge:
    """A goal that is checked on what the hand lets go of.

    Args:
        key: its value in the link.
        title: a few words.
        goal: what to reach, in one sentence.
        start: the link, without the challenge itself, in which it begins.
        check: where the hand stands, given what was held at the start and what is held now.
        insight: what it shows, once it is reached.
        hint: how one might go about it.
        free: what of the bench may be changed; everything else must stay as it was.
        by_hand: whether the buttons that choose q do not count.
        same_mean: whether q's mean must stay where it was.
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
        """Under which progress keeps it."""
        return f"challenge/{self.key}"

    @property
    def address(self) -> str:
        """The link, inside the app, that opens the Trade-off screen where it starts."""
        return f"/tradeoff?{urlencode({**self.start, parameters.CHALLENGE.name: self.key}, quote_via=quote)}"

    @cached_property
    def first(self) -> Attempt:
        """What is held at the start."""
        return Attempt.at(State.from_valid_link(self.start))

    def standing(self, now: Attempt) -> Standing:
        """Whether what is held now reaches the goal."""
        moved = [name for name in _changed(self.first, now) if name not in self.free]
        if moved:
            return Standing(False, f"This goal is about another {' and '.join(moved)}. Start again to go back to it.")
        if self.by_hand and now.q.source is not Source.MANUAL:
            return Standing(False, f"{self.check(self.first, now).sentence} Now by hand: the buttons do not count.")
        if self.same_mean and now.q.mean != self.first.q.mean:
            return Standing(False, "The mean has moved: this goal is about σ² alone. Start again to go back to it.")
        return self.check(self.first, now)


_SAID = {"digit": "image", "example": "image", "sigma_x": "σx", "weight": "w", "bias": "b", "beta": "β"}


def _changed(first: Attempt, now: Attempt) -> list[str]:
    """What of the bench is not as it was, in words, each once."""
    differing = [field.name for field in fields(Setup) if getattr(first.setup, field.name) != getattr(now.setup, field.name)]
    # Another model has other settings: these need no mention.
    differing = ["model"] if "model" in differing else differing + (["beta"] if first.state.beta != now.state.beta else [])
    return list(dict.fromkeys(_SAID.get(name, name) for name in differing))
