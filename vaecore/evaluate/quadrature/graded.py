"""One lattice for all widths of q: its spacing grows with the distance from q's mean, as far as q's narrowest allows.

A small lattice for each range of widths costs, where q is narrow along one axis and wide along the other, up to a million
points. Here the axis along which the width changes is graded about the mean: z(u) = mean + stretch · sinh(u / stretch),
evenly spaced in u, so that a q of any width meets as many points per standard deviation. In u its density stays analytic,
and sums over u converge geometrically (Trefethen & Weideman 2014, section 5).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.evaluate.quadrature.grids import FINENESS, TAIL, LogLikelihoodGrids
from vaecore.evaluate.quadrature.lattice import SHIFTS, SinhAxis, points_within

_GRADING = 3.0  # stretch over spacing about the mean: the strands then agree to 1e-7 of a smooth integrand
_LOOSENESS = 2.0  # of the first lattice: its spacing over that at which the decoder is known to be smooth
_STEADY = 1.7  # widest over narrowest q along an axis that needs no grading


class GradedLattice:
    """Lattices about a mean for all standard deviations from the narrowest to the widest, each half as fine as the next.

    Args:
        axis: of the model's shared lattice.
        mean: of q.
        deviations: of q at every step.
        most: points that the first lattice may have, as far as the narrowest q allows.
        offset: of the lattices, in spacings.
    """

    def __init__(
        self,
        axis: SinhAxis,
        mean: Float[Tensor, " latent"],
        deviations: Float[Tensor, "steps latent"],
        most: float,
        offset: float,
    ) -> None:
        narrowest, widest = deviations.amin(0), deviations.amax(0)
        self.mean, self.half_width, self.offset = mean, TAIL * widest, offset
        self.origin, self.stretch = mean.clone(), 10 * self.half_width  # evenly spaced, or nearly so
        moving = widest > _STEADY * narrowest
        self.stretch[moving] = _GRADING * FINENESS * narrowest[moving]
        coarsest = FINENESS * narrowest  # that q's own width allows
        smooth = axis.spacing_at(mean)
        # Along an axis on which the shared lattice resolves q, it has its points where the decoder bends most: around 0.
        growth = axis.spacing_at(mean.abs() + 3 * widest) / axis.spacing
        wide = ~moving & (growth * axis.spacing <= coarsest)
        self.origin[wide], self.stretch[wide], smooth[wide] = 0.0, axis.stretch, axis.spacing
        coarsest = torch.where(wide, coarsest / growth, coarsest)
        self.spacing = coarsest.minimum(_LOOSENESS * smooth)
        self.spacing = coarsest.minimum(self.spacing * max(1.0, self.points / most))

    @property
    def key(self) -> tuple:
        """What tells its points from those of others."""
        return self.offset, *torch.stack(
            [self.mean, self.half_width, self.origin, self.stretch, self.spacing]
        ).flatten().tolist()

    def halve(self) -> None:
        """Go on to the next lattice."""
        self.spacing = self.spacing / 2

    @property
    def points(self) -> float:
        """How many points all strands have."""
        low, high = self._ends()
        return points_within(high - low, self.spacing)

    def decoded(self, decoder: PointDecoder, image: ProjectedImage) -> LogLikelihoodGrids:
        """log p(x|z) of one image on it."""
        axes, spacings = [], []
        low, high = self._ends()
        for dimension, shifts in enumerate(torch.tensor(SHIFTS[len(self.mean)]).to(self.mean).T):
            spacing, stretch = self.spacing[dimension], self.stretch[dimension]
            first, last = (low[dimension] / spacing).floor(), (high[dimension] / spacing).ceil()
            index = torch.arange(int(first), int(last) + 1).to(self.mean) + shifts[:, None] + self.offset
            u = index * (spacing / stretch)
            axes.append(self.origin[dimension] + stretch * u.sinh())
            spacings.append(spacing * u.cosh())
        return LogLikelihoodGrids.on(decoder, image, axes, spacings, self.mean, self.half_width)

    def _ends(self) -> tuple[Float[Tensor, " latent"], Float[Tensor, " latent"]]:
        """Of u along every axis."""
        ends = (self.mean - self.half_width, self.mean + self.half_width)
        low, high = (self.stretch * ((end - self.origin) / self.stretch).asinh() for end in ends)
        return low, high
