"""A challenge: where it starts, what its goal is, and whether the current state reaches it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from urllib.parse import quote, urlencode

from pages.parts.compute import cached, models, resolve
from pages.parts.compute.resolve import Hand
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.tradeoff import controls
from vaecore.figures.values import values

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Held:
    """The state that a link describes, and the numbers of its q, always in nats."""

    setup: Setup
    beta: float
    hand: Hand
    pinned: tuple[Numbers, Numbers] | None
    hidden: bool  # whether the curves are hidden, until the guess is revealed

    @staticmethod
    def by(link: Mapping[str, str]) -> "Held":
        """The state that this link describes.

        Raises:
            ValueError: a parameter has a value that its control does not allow.
        """
        setup, beta, _ = controls.bench_of(link)
        pinned = resolve.pinned(link, models.model_of(setup).latent_dim)
        hidden = link.get(parameters.PREDICT.name, "").lower() == "true"
        return Held(setup, beta, resolve.read(link, setup, beta), pinned, hidden)

    @property
    def kl(self) -> float:
        """KL(q ‖ p(z))."""
        return float(values(cached.elbo(self.setup, self.hand.mean, self.hand.variance).kl)[0].sum())

    @property
    def reconstruction(self) -> float:
        """E_q[log p(x|z)]."""
        return float(values(cached.elbo(self.setup, self.hand.mean, self.hand.variance).reconstruction)[0])

    @property
    def gap(self) -> float:
        """KL(q ‖ p(z|x))."""
        return float(values(cached.gap(self.setup, self.hand.mean, self.hand.variance).value)[0])

    @property
    def evidence(self) -> float:
        """log p(x)."""
        return float(values(cached.evidence(self.setup).value)[0])


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
        by_hand: whether q must be set with the sliders; encoder, best and prior then do not count.
        same_mean: whether the mean of q must stay as at the start.
    """

    key: str
    title: str
    goal: str
    start: Mapping[str, str] = field(hash=False)
    check: Callable[[Held, Held], Standing]
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
    def first(self) -> Held:
        """The state at the start."""
        return Held.by(self.start)

    def standing(self, now: Held) -> Standing:
        """Whether the current state reaches the goal."""
        moved = [name for name in _changed(self.first, now) if name not in self.free]
        if moved:
            return Standing(False, f"You changed {' and '.join(moved)}. Press Start again to continue.")
        if self.by_hand and now.hand.whose != "hand":
            return Standing(
                False, f"{self.check(self.first, now).sentence} Use the sliders: encoder, best and prior do not count here."
            )
        if self.same_mean and now.hand.mean != self.first.hand.mean:
            return Standing(False, "You moved the mean, but this challenge is about σ² only. Press Start again to continue.")
        return self.check(self.first, now)


_NAMES = {
    "model": "the model", "digit": "the image", "example": "the image", "sigma_x": "σx", "weight": "w", "bias": "b",
    "beta": "β",
}  # fmt: skip


def _changed(first: Held, now: Held) -> list[str]:
    """The names of the settings that differ, each once."""
    differing = [field.name for field in fields(Setup) if getattr(first.setup, field.name) != getattr(now.setup, field.name)]
    # Another model has other settings anyway.
    differing = ["model"] if "model" in differing else differing + (["beta"] if first.beta != now.beta else [])
    return list(dict.fromkeys(_NAMES.get(name, name) for name in differing))
