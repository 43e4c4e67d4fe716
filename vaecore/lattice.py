"""Lattices of latent points for one or two dimensions, and what their sums can say of their own error.

A Gaussian-weighted sum over an evenly spaced lattice is the best rule there is for smooth integrands: its error is the
integrand's Fourier content at the lattice's own frequency and falls faster than any power of the spacing (Trefethen &
Weideman 2014, "The exponentially convergent trapezoidal rule"). The same sum, taken separately over the points whose index
is 0, 1, 2, … modulo some number, shows the content at the frequencies just below, and so how fast it falls.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.ascent import Moments
from vaecore.decoding import DecodedPoints, PointDecoder, ProjectedImage

RESIDUES = 8  # classes of the index, on every axis


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
        return float(self.coordinate(torch.tensor(float(self.half), dtype=torch.float64)))

    def coordinate(self, index: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """z at an index, which may be fractional."""
        return self.stretch * torch.sinh(index * (self.spacing / self.stretch))

    def spacing_at(self, z: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
        """dz/di, the distance of neighbours around z."""
        return self.spacing * (1 + (z / self.stretch).square()).sqrt()

    @staticmethod
    def to_reach(reach: float, spacing: float, stretch: float) -> "SinhAxis":
        """The shortest axis that reaches |z| = reach."""
        half = torch.asinh(torch.tensor(reach / stretch, dtype=torch.float64)) * stretch / spacing
        return SinhAxis(spacing, stretch, int(half.ceil()))


@dataclass(frozen=True, eq=False)
class DecodedLattice:
    """The same `SinhAxis` along every latent dimension, decoded."""

    axis: SinhAxis
    dimensions: int
    points: DecodedPoints  # of the product lattice, last dimension fastest

    @staticmethod
    def decode(decoder: PointDecoder, axis: SinhAxis) -> "DecodedLattice":
        """Decode every point of the product lattice."""
        dimensions = decoder.model.latent_dim
        points = decoder.decode(product([axis.coordinate(axis.index)] * dimensions))
        return DecodedLattice(axis, dimensions, points.kept())

    def table(self, image: ProjectedImage) -> "LikelihoodTable":
        """log p(x|z) of one image on the whole lattice."""
        coordinates = self.axis.coordinate(self.axis.index).to(image.projection)
        values = self.points.log_likelihood(image).reshape([len(coordinates)] * self.dimensions)
        axes = [coordinates] * self.dimensions
        return LikelihoodTable(axes, [self.axis.spacing_at(coordinates)] * self.dimensions, values)


@dataclass(frozen=True, eq=False)
class LikelihoodTable:
    """log p(x|z) of one image on a product lattice, to be averaged over any Gaussian that the lattice resolves."""

    axes: list[Float[Tensor, " _"]]  # coordinates, one tensor per latent dimension
    spacings: list[Float[Tensor, " _"]]  # distance of neighbours at each of them
    values: Float[Tensor, "points *points"]

    @staticmethod
    def about(
        decoder: PointDecoder, image: ProjectedImage, mean: Tensor, halves: list[int], spacing: Tensor
    ) -> "LikelihoodTable":
        """Decode an evenly spaced lattice with `halves` points on either side of the mean, along each dimension."""
        axes = [torch.arange(-n, n + 1).to(mean) * h + m for n, h, m in zip(halves, spacing, mean, strict=True)]
        values = decoder.log_likelihood(image, product(axes)).reshape([len(axis) for axis in axes])
        return LikelihoodTable(axes, [torch.ones_like(axis) for axis in axes], values)

    def expectation(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
        """E_q[log p(x|z)] for each variance about one mean, and a bound on what the spacing costs it."""
        return weighted_sum(self.values, self._weights(mean, variances))

    def moments(self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"]) -> Moments:
        """E_q[log p(x|z)] and what it does as q moves, by Stein's identities: no derivative of the decoder is taken."""
        centre = self.values.mean()
        rest = self.values - centre
        plain = [weights[0] for weights in self._weights(mean, variance[None])]
        deviation = variance.sqrt()
        scaled = [(axis - m) / sd for axis, m, sd in zip(self.axes, mean, deviation, strict=True)]

        def expect(dimension: int, factor: Tensor) -> Tensor:
            """E_q[factor · rest], the factor a function of one dimension."""
            first, *second = [w * factor if j == dimension else w for j, w in enumerate(plain)]
            return first @ rest @ second[0] if second else first @ rest

        value = expect(0, torch.ones_like(scaled[0])) + centre
        slope = torch.stack([expect(j, t) for j, t in enumerate(scaled)]) / deviation
        bend = torch.stack([expect(j, t.square() - 1) for j, t in enumerate(scaled)]) / variance
        return Moments(value, slope, bend)

    def _weights(self, mean: Tensor, variances: Tensor) -> list[Float[Tensor, "steps _"]]:
        return [
            gaussian_weights(*along, variance)
            for *along, variance in zip(self.axes, self.spacings, mean, variances.T, strict=True)
        ]


def product(axes: list[Float[Tensor, " _"]]) -> Float[Tensor, "points dimensions"]:
    """Every combination of the axes' coordinates, the last axis fastest."""
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).reshape(-1, len(axes))


def gaussian_weights(
    coordinates: Float[Tensor, " points"],
    spacing: Float[Tensor, "#points"],
    mean: Tensor,
    variances: Float[Tensor, " steps"],
) -> Float[Tensor, "steps points"]:
    """N(coordinate; mean, variance) · spacing, scaled to sum to 1, for each variance."""
    squares = (coordinates - mean).square() / variances[:, None]
    return (spacing.log() - 0.5 * squares).softmax(-1)


def weighted_sum(
    table: Float[Tensor, "points *points"], weights: list[Float[Tensor, "steps _"]]
) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
    """Σ weights · table for each row of the weights (one set per axis), and a bound on what the spacing costs it."""
    # The centre of the integrand carries no information on its roughness, only rounding.
    centre = table.mean()
    sums = _residue_sums(table - centre, weights)
    total = sums.flatten(1).sum(-1)
    # An integrand that is constant has no error once weights are normalised: what is left of the constant in each
    # residue class belongs to the weights alone.
    shares = _residue_shares(weights)
    error = aliasing_error(sums - total.reshape(-1, *[1] * table.ndim) * shares)
    return total + centre, error


def aliasing_error(sums: Float[Tensor, "steps residues *residues"]) -> Float[Tensor, " steps"]:
    """A bound on the error of a lattice sum, from its parts by residue class of the index.

    Their discrete Fourier transform is the integrand's content at eighths of the lattice's frequency, at which the error
    sits. The fall over the last visible eighth is continued geometrically over three more of the four that are left: an
    overestimate for smooth integrands, whose content falls ever faster, and right for kinks, where it falls as a power.
    """
    dimensions = tuple(range(1, sums.ndim))
    content = torch.fft.fftn(sums, dim=dimensions).abs()
    index = torch.arange(RESIDUES, device=sums.device)
    frequency = torch.minimum(index, RESIDUES - index)
    highest = frequency if len(dimensions) == 1 else torch.maximum(frequency[:, None], frequency[None, :])
    before, last = (content[:, highest == k].amax(-1) for k in (RESIDUES // 2 - 1, RESIDUES // 2))
    fall = (last / before.clamp_min(torch.finfo(before.dtype).tiny)).clamp_max(1)
    # An integrand with a kink has content at every multiple of the lattice's frequency, on both sides and axes.
    return 6 * last * fall**3


def _residue_sums(table: Tensor, weights: list[Tensor]) -> Tensor:
    table = _padded(table, range(table.ndim))
    first = _padded(weights[0], [1]).unflatten(1, (-1, RESIDUES))
    rows = torch.einsum("sir,ir...->sr...", first, table.unflatten(0, (-1, RESIDUES)))
    if len(weights) == 1:
        return rows
    second = _padded(weights[1], [1])
    return (rows * second[:, None, :]).unflatten(-1, (-1, RESIDUES)).sum(-2)


def _residue_shares(weights: list[Tensor]) -> Tensor:
    parts = [_padded(w, [1]).unflatten(1, (-1, RESIDUES)).sum(1) for w in weights]
    return parts[0] if len(parts) == 1 else parts[0][:, :, None] * parts[1][:, None, :]


def _padded(values: Tensor, dimensions: Iterable[int]) -> Tensor:
    """`values` with zeros appended until the length of each of `dimensions` is a multiple of `RESIDUES`."""
    padding = [0, 0] * values.ndim
    for dimension in dimensions:
        padding[2 * (values.ndim - 1 - dimension) + 1] = -values.shape[dimension] % RESIDUES
    return torch.nn.functional.pad(values, padding)
