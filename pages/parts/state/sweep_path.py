"""The paths on which the variance slider moves q: one variance for all dimensions, one dimension alone, or a multiple.

A path is a row of steps, and its steps are the points of every sweep: what the slider can reach has been computed.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Float

from pages.parts.state.parameters import GRID, VARIANCE_HIGH, VARIANCE_LOW
from pages.parts.state.state import SliderMode

Numbers = tuple[float, ...]

STEPS = len(GRID)
_WIDEST_MULTIPLE = 100.0


@dataclass(frozen=True)
class SweepPath:
    """Variances base[j] · scale where `moved[j]`, and base[j] where not, for every scale of the slider."""

    mode: SliderMode
    base: Numbers
    moved: tuple[bool, ...]

    @staticmethod
    @lru_cache(maxsize=256)  # with its steps, which every question about a path needs
    def along(mode: SliderMode, variance: Numbers, dimension: int, encoder: Numbers | None) -> "SweepPath":
        """The path that a slider of this kind follows, given q's variance now."""
        latents = len(variance)
        if mode is SliderMode.EACH:
            moved = tuple(j == dimension for j in range(latents))
            return SweepPath(mode, tuple(1.0 if alone else v for alone, v in zip(moved, variance, strict=True)), moved)
        if mode is SliderMode.ENCODER and encoder is not None:
            return SweepPath(mode, encoder, (True,) * latents)
        return SweepPath(SliderMode.ALL, (1.0,) * latents, (True,) * latents)

    @cached_property
    def scales(self) -> Numbers:
        """What the slider reads at its steps: a variance, or a multiple of the encoder's."""
        if self.mode is not SliderMode.ENCODER:
            return GRID
        # No further than the variances that q may have.
        low = min(1.0, max(1 / _WIDEST_MULTIPLE, VARIANCE_LOW / min(self.base)))
        high = max(1.0, min(_WIDEST_MULTIPLE, VARIANCE_HIGH / max(self.base)))
        if low == high:
            return (1.0,)
        below = round((STEPS - 1) * np.log(low) / np.log(low / high))
        steps = np.concatenate([np.geomspace(low, 1, below + 1)[:-1], np.geomspace(1, high, STEPS - below)])
        # Few digits each, so that the slider can say them, but nothing beyond the ends.
        return tuple(sorted({float(np.clip(float(f"{step:.4g}"), low, high)) for step in steps}))

    @cached_property
    def variances(self) -> Float[np.ndarray, "steps latent"]:
        """q's variances at every step, exact in float32, as the link keeps them; not to be written to."""
        scale, base = np.array(self.scales)[:, None], np.array(self.base)
        return np.where(self.moved, base * scale, base).astype(np.float32).astype(np.float64)

    def scale_of(self, variance: Numbers) -> float:
        """Where on the slider a variance lies: its geometric mean, over the dimensions that move, against the base."""
        moved = np.array(self.moved)
        return float(np.exp(np.log(np.array(variance)[moved] / np.array(self.base)[moved]).mean()))

    def passes(self, variance: Numbers) -> int | None:
        """The step at which the path has exactly these variances; None if it does not pass there."""
        hits = (self.variances == np.array(variance)).all(-1).nonzero()[0]
        return int(hits[0]) if len(hits) else None
