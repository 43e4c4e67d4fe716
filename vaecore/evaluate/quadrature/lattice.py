"""Lattices of latent points for one or two dimensions, and Gaussian averages over them that know their own error.

Over an evenly spaced lattice a Gaussian-weighted sum is the best rule for smooth integrands: its error falls faster
than any power of the spacing (Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule"). A lattice here
is made of strands: the same lattice, shifted against itself. Each strand is a rule of its own, with an error of its own;
their mean is better than any of them, and their spread bounds its error without asking what the integrand is like.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Num
from torch import Tensor

from vaecore.core.decoding import DecodedPoints, PointDecoder, ProjectedImage
from vaecore.core.optimum import ExpectedDerivatives

Shifts = tuple[tuple[float, ...], ...]
# Of the strands, in spacings along each axis, by number of latents. A wave of the integrand with k cycles per spacing along
# the axes errs on a strand in proportion to cos(2π k·shift + phase). For the slowest waves that a lattice misses (one cycle
# per spacing), which decide the error of a smooth integrand, the mean over the strands errs by at most 0.61 of their spread
# in two dimensions, whatever the phase, and not at all in one. Shifts that are no simple fractions keep a kink, whatever its
# direction, from meeting all strands alike.
SHIFTS: dict[int, Shifts] = {
    1: ((0.0,), (0.25,), (0.5,), (0.75,)),
    2: ((0.0, 0.0), (0.625, 0.542), (0.542, 0.917)),
}
FINENESS = 1.0  # widest spacing of a strand in standard deviations of q: a smooth integrand then costs it 2e-7 of its size
TAIL = 6.5  # standard deviations of q within which a lattice must reach: all but 7e-10 of a disc's mass
_OUTSIDE = 3e-9  # of the integrand's range: what lies beyond, with its growth, and rounding
_GROWTH = 10.0  # times that for slopes: ½ |t² − 1| is 20 at the edge, and ½ E|t² − 1| beyond it 1e-8


@dataclass(frozen=True)
class SinhAxis:
    """Points z(i) = stretch · sinh(i · spacing / stretch): even in the middle, ever wider outside.

    A smooth change of variable, so that sums over i stay as accurate as over an evenly spaced lattice.
    """

    spacing: float  # in the middle
    stretch: float  # |z| at which the spacing has grown by √2
    half: int  # the index runs from −half to half

    @property
    def index(self) -> Float[Tensor, " points"]:
        """−half … half, float64."""
        return torch.arange(-self.half, self.half + 1, dtype=torch.float64)

    @property
    def reach(self) -> float:
        """The largest coordinate."""
        return self.stretch * math.sinh(self.half * self.spacing / self.stretch)

    def coordinate(self, index: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """z at an index, which may be fractional."""
        return self.stretch * torch.sinh(index * (self.spacing / self.stretch))

    def spacing_at(self, z: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """dz/di, the distance of neighbours around z."""
        return self.spacing * (1 + (z / self.stretch).square()).sqrt()

    @staticmethod
    def to_reach(reach: float, spacing: float, stretch: float) -> "SinhAxis":
        """The shortest axis that reaches |z| = reach."""
        return SinhAxis(spacing, stretch, math.ceil(math.asinh(reach / stretch) * stretch / spacing))


@dataclass(frozen=True, eq=False)
class DecodedLattice:
    """The same `SinhAxis` along every latent dimension, decoded, once for each shift."""

    axis: SinhAxis
    dimensions: int
    smooth: bool  # whether the decoder is; where it has kinks, strands may agree by accident
    strands: list[DecodedPoints]  # of product lattices, last dimension fastest; the first is not shifted

    @staticmethod
    def decode(decoder: PointDecoder, axis: SinhAxis, shifts: Shifts, *, smooth: bool) -> "DecodedLattice":
        """Decode every point of every strand."""
        lattices = [product([axis.coordinate(axis.index + along) for along in shift]) for shift in shifts]
        return DecodedLattice(
            axis, decoder.model.latent_dim, smooth, [decoder.decode(points).as_float64_columns() for points in lattices]
        )

    def tables(self, image: ProjectedImage, shifts: Shifts) -> "LogLikelihoodGrids":
        """log p(x|z) of one image on the strands of these shifts, the first of which it must have been decoded for."""
        strands = []
        for shift, points in zip(shifts, self.strands, strict=False):
            axes = [self.axis.coordinate(self.axis.index + along).to(image.projection) for along in shift]
            values = points.log_likelihood(image).reshape([len(axis) for axis in axes])
            strands.append(ShiftedLattice(axes, [self.axis.spacing_at(axis) for axis in axes], values))
        return LogLikelihoodGrids(strands)


@dataclass(frozen=True, eq=False)
class ShiftedLattice:
    """log p(x|z) of one image on one product lattice."""

    axes: list[Float[Tensor, " _"]]  # coordinates, one tensor per latent dimension
    spacings: list[Float[Tensor, " _"]]  # distance of neighbours at each of them
    values: Float[Tensor, "..."]

    def weights(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> list[Float[Tensor, "steps _"]]:
        """N(z; mean, variance) · spacing along each axis, scaled to sum to 1, for each variance."""
        along = zip(self.axes, self.spacings, mean, variances.T, strict=True)
        return [(h.log() - 0.5 * (axis - m).square() / v[:, None]).softmax(-1) for axis, h, m, v in along]

    def within(self, mean: Float[Tensor, " latent"], half_width: Float[Tensor, " latent"]) -> Float[Tensor, "..."]:
        """The values in a box about the mean."""
        box = zip(self.axes, (mean - half_width).tolist(), (mean + half_width).tolist(), strict=True)
        return self.values[tuple(slice(int((axis < low).sum()), int((axis <= high).sum())) for axis, low, high in box)]


@dataclass(frozen=True, eq=False)
class LogLikelihoodGrids:
    """log p(x|z) of one image on every strand of a lattice, to be averaged over any Gaussian that each strand resolves."""

    strands: list[ShiftedLattice]

    @staticmethod
    def about(
        decoder: PointDecoder, image: ProjectedImage, centre: Tensor, half_width: Tensor, spacing: Tensor, shifts: Shifts
    ) -> "LogLikelihoodGrids":
        """Decode evenly spaced strands about a centre, in the ellipse of the given half-widths."""
        halves = (half_width / spacing).ceil().int().tolist()
        axes = [
            [
                (torch.arange(-n, n + 1).to(centre) + along) * h + c
                for n, along, h, c in zip(halves, shift, spacing, centre, strict=True)
            ]
            for shift in shifts
        ]
        points = torch.cat([product(strand) for strand in axes])
        inside = ((points - centre) / (half_width + spacing)).square().sum(-1) <= 1
        found = decoder.log_likelihood(image, points[inside])
        # The corners of the box hold nothing that counts; any value in the middle of the others will do.
        values = found.mean().expand(len(points)).clone()
        values[inside] = found
        shape = [2 * n + 1 for n in halves]
        parts = values.split(math.prod(shape))
        even = [torch.ones(n).to(centre) for n in shape]
        return LogLikelihoodGrids(
            [ShiftedLattice(a, even, part.reshape(shape)) for a, part in zip(axes, parts, strict=True)]
        )

    def expectation(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """E_q[log p(x|z)] for each variance about one mean, and a bound on its error."""
        sums = [_weighted_sum(strand.values, strand.weights(mean, variances)) for strand in self.strands]
        return self._mean_and_error(torch.stack(sums)[..., None], mean, variances)

    def divergence(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """E_q[log q(z) − log p(x, z)] for each variance about one mean, log p(x) short of KL(q ‖ p(z|x)), and its error.

        The value is the mean over all strands but the first, while `expectation` averages over all of them: on the same
        lattice, too, the two disagree by a share of the quadrature's error.
        """
        sums = []
        farthest = torch.zeros_like(variances[:, 0])
        for strand in self.strands:
            weights = strand.weights(mean, variances)
            total = -_weighted_sum(strand.values, weights)
            for axis, w, m, v in zip(strand.axes, weights, mean, variances.T, strict=True):
                # log q − log p(z) along this dimension; the constants of the two densities cancel.
                ratio = axis.square() - (axis - m).square() / v[:, None] - v[:, None].log()
                total = total + 0.5 * (w * ratio).sum(-1)
                farthest = farthest.maximum(ratio.abs().amax(-1))
            sums.append(total)
        strands = torch.stack(sums)[..., None]
        _, error = self._mean_and_error(strands, mean, variances)
        return strands[1:].mean(0), error + _OUTSIDE * farthest[:, None]

    def slopes(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """E_q[log p(x|z)] and its slopes in each dimension's mean / sd and log variance, with bounds on their errors.

        By Stein's identities, as in `moments`: E_q[t log p(x|z)] and ½ E_q[(t² − 1) log p(x|z)], t = (z − mean) / sd.
        """
        centre = self.strands[0].values.mean()
        sums = []
        for strand in self.strands:
            degrees = _hermite_sums(strand, mean, variances, centre)
            alone = [degrees] if degrees.ndim == 2 else [degrees[:, 0], degrees[0]]  # by one dimension's degree
            columns = [alone[0][0] + centre, *(d[1] for d in alone), *(0.5 * d[2] for d in alone)]
            sums.append(torch.stack(columns, dim=-1))
        return self._mean_and_error(torch.stack(sums), mean, variances, _GROWTH)

    def moments(self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"]) -> ExpectedDerivatives:
        """E_q[log p(x|z)] and what it does as q moves, by Stein's identities: no derivative of the decoder is taken."""
        deviation = variance.sqrt()
        centre = self.strands[0].values.mean()  # taken out, so that the identities' small differences keep their digits
        strands = [_hermite_sums(strand, mean, variance[None], centre) for strand in self.strands]
        degrees = torch.stack(strands).mean(0)[..., 0]
        if degrees.ndim == 1:
            return ExpectedDerivatives(degrees[0] + centre, degrees[1:2] / deviation, degrees[2].reshape(1, 1) / variance)
        slope = torch.stack([degrees[1, 0], degrees[0, 1]]) / deviation
        bend = torch.stack([degrees[2, 0], degrees[1, 1], degrees[1, 1], degrees[0, 2]]).reshape(2, 2)
        return ExpectedDerivatives(degrees[0, 0] + centre, slope, bend / (deviation[:, None] * deviation))

    def _mean_and_error(
        self, sums: Float[Tensor, "strands steps columns"], mean: Tensor, variances: Tensor, growth: float = 1.0
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        floor = growth * _OUTSIDE * self._range(mean, variances)[:, None]
        return sums.mean(0), sums.amax(0) - sums.amin(0) + floor

    def _range(self, mean: Tensor, variances: Float[Tensor, "steps latent"]) -> Float[Tensor, " steps"]:
        """How far the values spread within `TAIL` standard deviations of q, or up to twice as many."""
        octaves = variances.sqrt().log2().ceil()
        found = torch.empty_like(variances[:, 0])
        for octave in octaves.unique(dim=0):
            near = [strand.within(mean, TAIL * 2**octave) for strand in self.strands]
            ends = torch.stack([torch.stack(values.aminmax()) for values in near])
            found[(octaves == octave).all(-1)] = ends[:, 1].max() - ends[:, 0].min()
        return found


def product(axes: list[Num[Tensor, " _"]]) -> Num[Tensor, "points dimensions"]:
    """Every combination of the axes' coordinates, the last axis fastest."""
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, len(axes))


def _weighted_sum(values: Float[Tensor, "..."], weights: list[Float[Tensor, "steps _"]]) -> Float[Tensor, " steps"]:
    """Σ weights · values for each row of the weights, one set of which there is per axis."""
    # The weights' sum is 1 up to rounding, which a large constant in the values would multiply.
    centre = values.mean()
    rows = weights[0] @ (values - centre)
    return centre + (rows if len(weights) == 1 else (rows * weights[1]).sum(-1))


def _hermite_sums(
    strand: ShiftedLattice, mean: Tensor, variances: Float[Tensor, "steps latent"], centre: Tensor
) -> Float[Tensor, "3 ... steps"]:
    """E_q[He_a(t₁) He_b(t₂) · (log p(x|z) − centre)] for degrees 0, 1 and 2 and each variance, t = (z − mean) / sd."""
    ladders = []
    for axis, weights, m, v in zip(strand.axes, strand.weights(mean, variances), mean, variances.T, strict=True):
        t = (axis - m) / v[:, None].sqrt()
        ladders.append(weights * torch.stack([torch.ones_like(t), t, t.square() - 1]))
    sums = ladders[0] @ (strand.values - centre)
    return sums if len(ladders) == 1 else torch.einsum("asn,bsn->abs", sums, ladders[1])
