"""What is averaged over q: log p(x|z) itself, its slopes, and what the gap is the average of."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.patch import TilePatch

ABSOLUTE_TOLERANCE = 5e-4  # nats, half of what is promised
_PROMISED = 1.9  # tolerances are half of what is promised; a little is left for the decoder's rounding


@dataclass(frozen=True)
class Integrand:
    """What is averaged over q, and how well."""

    name: str  # of the method of `LogLikelihoodGrids` and `TilePatch`: its columns for each variance, with errors
    columns: tuple[int, int]  # how many there are for one latent and for two
    share: float  # of a column, half of what is promised: its tolerance where that is more than `ABSOLUTE_TOLERANCE`
    offset: float = 0.0  # of the small lattices from q's mean, in spacings

    def over(
        self,
        source: LogLikelihoodGrids | TilePatch,
        mean: Float[Tensor, " latent"],
        variances: Float[Tensor, "steps latent"],
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """Its columns for each variance, and their errors."""
        return getattr(source, self.name)(mean, variances)

    def converged(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is known well enough to stop."""
        return (error <= tolerance(value, self.share)).all(-1)

    def acceptable(self, value: Float[Tensor, "steps columns"], error: Float[Tensor, "steps columns"]) -> Tensor:
        """At which steps every column is as good as is promised; there is nothing to gain from another lattice."""
        return (error <= _PROMISED * tolerance(value, self.share)).all(-1)


EXPECTATION = Integrand("expectation", (1, 1), 5e-6)
DIVERGENCE = Integrand("divergence", (1, 1), 5e-6, offset=0.2)
SLOPES = Integrand("slopes", (3, 5), 5e-4)


def tolerance(value: Tensor, share: float) -> Tensor:
    """The largest error that ends a refinement."""
    return (share * value.abs()).clamp_min(ABSOLUTE_TOLERANCE)
