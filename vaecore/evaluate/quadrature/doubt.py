"""Averages on lattices that are coarser than a decoder asks for: one with kinks, because its points are dear, or with steps.

Three strands that err independently have a mean that is wrong by more than their spread in 8 % of all cases, and by more
than three times their spread in 1 %. Where q changes little, so does the error: a spread that is much smaller than that at
variances nearby is an accident.

Beside steps of a thousand nats every strand errs, and few strands agree by accident too often: there every second point of
each is a lattice of its own, eight in all for one latent and twelve for two.
"""

import math

from jaxtyping import Float
from torch import Tensor

from vaecore.evaluate.quadrature.grids import LogLikelihoodGrids
from vaecore.evaluate.quadrature.integrands import Integrand
from vaecore.evaluate.quadrature.lattice import DecodedLattice
from vaecore.evaluate.quadrature.patch import TilePatch

_DOUBT = 3.0  # times the spread
_OF_HALVES = 0.5  # times the spread over lattices of twice the spacing, whose own errors are at least twice as large
_NEARBY = math.log(1.7)  # of the logarithm of a variance


def averaged(
    average: Integrand,
    source: LogLikelihoodGrids | TilePatch,
    mean: Float[Tensor, " latent"],
    variances: Float[Tensor, "steps latent"],
    lattice: DecodedLattice,
) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
    """The average over q for each variance, and errors to believe: where the lattice is too coarse, larger ones."""
    value, error = average.over(source, mean, variances)
    if lattice.jumps and isinstance(source, LogLikelihoodGrids):
        _, apart = average.over(source.every_second(), mean, variances)
        error = error.maximum(_OF_HALVES * apart)
    return value, doubted(error, variances) if lattice.too_coarse else error


def doubted(
    error: Float[Tensor, "steps columns"], variances: Float[Tensor, "steps latent"]
) -> Float[Tensor, "steps columns"]:
    """The error to believe: that of the worst of the variances nearby, three times."""
    _, group = (variances.log() / _NEARBY).round().unique(dim=0, return_inverse=True)
    index = group[:, None].expand_as(error)
    worst = error.new_zeros(int(group.max()) + 1, error.shape[1]).scatter_reduce(0, index, error, "amax")
    return _DOUBT * worst[group]
