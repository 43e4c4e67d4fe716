"""log p(x|z) of one image on lattices, and Gaussian averages over them that know their own error.

Over an evenly spaced lattice a Gaussian-weighted sum is the best quadrature for smooth integrands: its error falls faster
than any power of the spacing (Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule"). A lattice here
is made of strands: the same lattice, shifted against itself. Each strand is a quadrature of its own, with an error of its
own; their mean is better than any of them, and their spread bounds its error without asking what the integrand is like.
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.optimum import ExpectedDerivatives
from vaecore.evaluate.quadrature.lattice import SHIFTS, product

FINENESS = 1.0  # widest spacing of a strand in standard deviations of q: a smooth integrand then costs it 2e-7 of its size
TAIL = 6.5  # standard deviations of q within which a lattice must reach: all but 7e-10 of a disc's mass
_OUTSIDE = 3e-9  # of the integrand's range: what lies beyond, with its growth, and rounding
_LOG_OUTSIDE = math.log(_OUTSIDE) - 4 * math.log(TAIL) + 0.5 * TAIL**2
_ROUNDING = 1e-13  # of E_q[centre − log p(x|z)]
_FAR = 40.0  # deviations of q, beyond which nothing is left in float64
_GROWTH = 10.0  # times that for slopes: ½ |t² − 1| is 20 at the edge, and ½ E|t² − 1| beyond it 1e-8


@dataclass(frozen=True, eq=False)
class LogLikelihoodGrids:
    """log p(x|z) of one image on every strand of a lattice, to be averaged over any Gaussian that each strand resolves."""

    axes: list[Float[Tensor, "strands _"]]  # coordinates along each latent dimension
    log_spacings: list[Float[Tensor, "strands 1 _"]]  # logarithm of the distance of neighbours at each of them
    ends: Float[Tensor, "2 latent"]  # between which every strand reaches
    deviations: Float[Tensor, "strands ..."]  # (log p(x|z) − centre) / scale
    spread: Float[Tensor, ""]  # of the deviations
    # The highest value of the first strand, taken out so that small differences keep their digits where they count: of a
    # decoder that grows without bound, log p(x|z) may fall by 10¹⁵ towards the edge.
    centre: Float[Tensor, ""]
    scale: float = 1.0

    @staticmethod
    def of(
        axes: list[Float[Tensor, "strands _"]],
        spacings: list[Float[Tensor, "strands _"]],
        values: Float[Tensor, "strands ..."],
    ) -> "LogLikelihoodGrids":
        """From log p(x|z) at every point."""
        centre, extremes = values[0].amax(), values.aminmax()
        ends = torch.stack([torch.stack([axis[:, 0].amax(), axis[:, -1].amin()]) for axis in axes], dim=1)
        logs = [spacing.log()[:, None] for spacing in spacings]
        return LogLikelihoodGrids(axes, logs, ends, values - centre, extremes.max - extremes.min, centre)

    def scaled(self, image: ProjectedImage) -> "LogLikelihoodGrids":
        """log p(x|z) of the image, where this is x · f(z) − log_partition; the deviations are not copied."""
        centre = self.centre / image.dispersion + image.log_base_measure
        return replace(self, centre=centre, scale=1 / image.dispersion)

    @property
    def values(self) -> Float[Tensor, "strands ..."]:
        """log p(x|z) at every point."""
        return self.scale * self.deviations + self.centre

    @staticmethod
    def about(
        decoder: PointDecoder,
        image: ProjectedImage,
        centre: Tensor,
        half_width: Tensor,
        spacing: Tensor,
        strands: int | None,
    ) -> "LogLikelihoodGrids":
        """Decode evenly spaced strands about a centre, in the ellipse of the given half-widths."""
        halves = (half_width / spacing).ceil().int().tolist()
        shifts = torch.tensor(SHIFTS[len(centre)][:strands]).to(centre).T
        axes = [
            (torch.arange(-n, n + 1).to(centre) + shift[:, None]) * h + c
            for n, shift, h, c in zip(halves, shifts, spacing, centre, strict=True)
        ]
        spacings = [h.expand_as(axis) for h, axis in zip(spacing, axes, strict=True)]
        return LogLikelihoodGrids.on(decoder, image, axes, spacings, centre, half_width)

    @staticmethod
    def on(
        decoder: PointDecoder,
        image: ProjectedImage,
        axes: list[Float[Tensor, "strands _"]],
        spacings: list[Float[Tensor, "strands _"]],
        centre: Tensor,
        half_width: Tensor,
    ) -> "LogLikelihoodGrids":
        """Decode the strands of these axes in the ellipse of the given half-widths about a centre."""
        points = torch.cat([product(list(strand)) for strand in zip(*axes, strict=True)])
        margin = torch.cat([product(list(strand)) for strand in zip(*spacings, strict=True)])
        inside = ((points - centre) / (half_width + margin)).square().sum(-1) <= 1
        found = decoder.log_likelihood(image, points[inside])
        # The corners of the box hold nothing that counts; any value in the middle of the others will do.
        values = found.mean().expand(len(points)).clone()
        values[inside] = found
        return LogLikelihoodGrids.of(axes, spacings, values.reshape(len(axes[0]), *(axis.shape[1] for axis in axes)))

    def first(self, strands: int | None) -> "LogLikelihoodGrids":
        """So many strands alone; all of them if not said."""
        axes, logs = [a[:strands] for a in self.axes], [h[:strands] for h in self.log_spacings]
        return replace(self, axes=axes, log_spacings=logs, deviations=self.deviations[:strands])

    def every_second(self) -> "LogLikelihoodGrids":
        """Every second point along every axis: strands of twice the spacing, two for each along one axis, four along two."""
        strands, dimensions = len(self.deviations), len(self.axes)
        halves = [axis.shape[1] // 2 for axis in self.axes]
        # (strands, m, 2) or (strands, m, 2, k, 2), of which the twos become strands.
        even = self.deviations[(slice(None), *(slice(2 * half) for half in halves))]
        parts = even.reshape(strands, *(size for half in halves for size in (half, 2)))
        twos, points = range(2, 1 + 2 * dimensions, 2), range(1, 1 + 2 * dimensions, 2)
        deviations = parts.permute(0, *twos, *points).reshape(-1, *halves)

        def along(dimension: int, values: Float[Tensor, "strands _"]) -> Float[Tensor, "halves _"]:
            half = halves[dimension]
            columns = values[:, : 2 * half].reshape(strands, half, 2).mT
            shape = [2 if other == dimension else 1 for other in range(dimensions)]
            return columns.reshape(strands, *shape, half).expand(strands, *[2] * dimensions, half).reshape(-1, half)

        axes = [along(i, axis) for i, axis in enumerate(self.axes)]
        logs = [along(i, log[:, 0])[:, None] for i, log in enumerate(self.log_spacings)]
        return replace(self, axes=axes, log_spacings=logs, deviations=deviations)

    def weights(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> list[Float[Tensor, "strands steps _"]]:
        """N(z; mean, variance) · spacing along each axis, scaled to sum to 1, for each variance."""
        along = zip(self.axes, self.log_spacings, mean, (-0.5 / variances).T[:, :, None], strict=True)
        return [
            torch.addcmul(logs, (axis - m).square()[:, None], precision).softmax(-1) for axis, logs, m, precision in along
        ]

    def expectation(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """E_q[log p(x|z)] for each variance about one mean, and a bound on its error."""
        sums = self._weighted_sum(self.weights(mean, variances))[..., None]
        return sums.mean(0) + self.centre, self._error(sums, sums, mean, variances)

    def divergence(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps 1"], Float[Tensor, "steps 1"]]:
        """E_q[log q(z) − log p(x, z)] for each variance about one mean, log p(x) short of KL(q ‖ p(z|x)), and its error.

        The value is the mean over all strands but the first, while `expectation` averages over all of them: on the same
        lattice, too, the two disagree by a share of the quadrature's error.
        """
        weights = self.weights(mean, variances)
        below = self._weighted_sum(weights)
        sums = -below
        farthest = torch.zeros_like(variances[:, 0])
        for axis, w, m, v in zip(self.axes, weights, mean, variances.T, strict=True):
            # log q − log p(z) along this dimension; the constants of the two densities cancel.
            ratio = (axis.square()[:, None] - (axis - m).square()[:, None] / v[:, None]) - v.log()[:, None]
            sums = sums + 0.5 * (w * ratio).sum(-1)
            farthest = farthest.maximum(ratio.abs().amax((0, -1)))
        error = self._error(sums[..., None], below[..., None], mean, variances) + _OUTSIDE * farthest[:, None]
        return sums[1:].mean(0)[:, None] - self.centre, error

    def slopes(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> tuple[Float[Tensor, "steps columns"], Float[Tensor, "steps columns"]]:
        """E_q[log p(x|z)] and its slopes in each dimension's mean / sd and log variance, with bounds on their errors.

        By Stein's identities, as in `moments`: E_q[t log p(x|z)] and ½ E_q[(t² − 1) log p(x|z)], t = (z − mean) / sd.
        """
        degrees = self._hermite_sums(mean, variances)
        # By one dimension's degree alone.
        alone = [degrees] if len(self.axes) == 1 else [degrees[..., 0], degrees[..., 0, :]]
        columns = [alone[0][..., 0] + self.centre, *(d[..., 1] for d in alone), *(0.5 * d[..., 2] for d in alone)]
        sums = torch.stack(columns, dim=-1)
        return sums.mean(0), self._error(sums, alone[0][..., :1], mean, variances, _GROWTH)

    def moments(self, mean: Float[Tensor, " latent"], variance: Float[Tensor, " latent"]) -> ExpectedDerivatives:
        """E_q[log p(x|z)] and what it does as q moves, by Stein's identities: no derivative of the decoder is taken."""
        degrees = self._hermite_sums(mean, variance[None]).mean(0)[0]
        return derivatives(degrees, self.centre, variance.sqrt())

    def _weighted_sum(self, weights: list[Float[Tensor, "strands steps _"]]) -> Float[Tensor, "strands steps"]:
        """E_q[log p(x|z)] − centre: the weights' sum is 1 up to rounding, which a large constant would multiply."""
        if len(weights) == 1:
            return self.scale * (weights[0] @ self.deviations[..., None])[..., 0]
        return self.scale * (weights[0] @ self.deviations * weights[1]).sum(-1)

    def _hermite_sums(
        self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]
    ) -> Float[Tensor, "strands steps 3 ..."]:
        """E_q[He_a(t₁) He_b(t₂) · (log p(x|z) − centre)] for degrees a and b of 0, 1 and 2, t = (z − mean) / sd."""
        weighted = []
        for axis, weights, m, v in zip(self.axes, self.weights(mean, variances), mean, variances.T, strict=True):
            t = (axis - m)[:, None] / v.sqrt()[:, None]
            weighted.append(torch.stack([weights, weights * t, weights * (t.square() - 1)], dim=2))
        strands, steps = weighted[0].shape[:2]
        values = self.deviations[..., None] if len(weighted) == 1 else self.deviations
        sums = self.scale * (weighted[0].flatten(1, 2) @ values).reshape(strands, steps, 3, -1)
        return sums[..., 0] if len(weighted) == 1 else sums @ weighted[1].mT

    def _error(
        self,
        sums: Float[Tensor, "strands steps columns"],
        below: Float[Tensor, "strands steps 1"],
        mean: Tensor,
        variances: Tensor,
        growth: float = 1.0,
    ) -> Float[Tensor, "steps columns"]:
        """The strands' spread, what lies beyond them, and rounding: a share of `below`, nearly all of one sign."""
        beyond = (self._outside(mean, variances) * (self.scale * self.spread))[:, None]
        return sums.amax(0) - sums.amin(0) + growth * (beyond + _ROUNDING * below[0].abs())

    def _outside(self, mean: Float[Tensor, " latent"], variances: Float[Tensor, "steps latent"]) -> Float[Tensor, " steps"]:
        """What lies beyond the lattice, as a share of the range: the farther it reaches, in q's deviations, the less.

        The tail of a Gaussian falls as exp(−reach²/2); the square of the reach stands for the growth of values and slopes.
        """
        reach = (mean - self.ends[0]).minimum(self.ends[1] - mean).clamp_min(0)
        squares = (reach.square() / variances).amin(-1).clamp(TAIL**2, _FAR**2)
        # _OUTSIDE · (squares / TAIL²)² · exp(½ (TAIL² − squares))
        return (squares.log() * 2 - 0.5 * squares + _LOG_OUTSIDE).exp()


def derivatives(degrees: Float[Tensor, "3 ..."], centre: Float[Tensor, ""], deviation: Tensor) -> ExpectedDerivatives:
    """From E_q[He_a(t₁) He_b(t₂) · (log p(x|z) − centre)]: each degree of t is a derivative in z times a deviation."""
    if degrees.ndim == 1:
        slope, bend = degrees[1:2], degrees[2].reshape(1, 1)
        return ExpectedDerivatives(degrees[0] + centre, slope / deviation, bend / deviation.square())
    slope = torch.stack([degrees[1, 0], degrees[0, 1]])
    bend = torch.stack([degrees[2, 0], degrees[1, 1], degrees[1, 1], degrees[0, 2]]).reshape(2, 2)
    return ExpectedDerivatives(degrees[0, 0] + centre, slope / deviation, bend / (deviation[:, None] * deviation))
