"""Image-independent decoder features, computed once and reused for every image.

Both likelihoods have the form

    log p(x|z)  =  (x · f(z) − log_partition(f(z))) / dispersion  +  log_base_measure(x)

with x / σₓ² in place of x where each pixel has a variance of its own, so a decoded point needs no more than f(z) and one
number. Where the decoder ends in a linear layer, f(z) = W h(z) + b, the product with an image is x · f(z) = (Wᵀx) · h(z) +
x · b: the last hidden layer h(z), which is often much narrower than the image, is all that has to be kept, and the widest
matrix product of the network is never computed.

Where nothing is kept of the points, Gaussian log-likelihoods are distances, which need no digits to spare:

    log p(x|z)  =  constant  −  ‖R h(z) + r − y‖² / (2 σₓ²)        with R, r and y of `DecoderLayers`
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.decoder_layers import split_decoder
from vaecore.core.devices import summation_device
from vaecore.core.finite import NotFiniteError, all_finite
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.core.triangles import times_transposed, times_triangle

_SMALL_IMAGE = 50_000  # bytes of an image in float64 whose projection is kept
_FEW_BYTES = 120_000  # of a copy in float64: less than what the system's memory is asked for
_CHUNK = 512  # points per pass: a few hundred units, or pixels in float64, stay in the processor's cache


@dataclass(frozen=True, eq=False)
class DecodedPoints:
    """Decoded points, to be combined with any image.

    Raises:
        NotFiniteError: the decoder gave something that is not finite.
    """

    features: Float[Tensor, "points features"]
    log_partition: Float[Tensor, " points"]  # float64

    def __post_init__(self) -> None:
        _check_finite(self.log_partition)

    def log_likelihood(self, image: "ProjectedImage") -> Float[Tensor, " points"]:
        """log p(x|z) of one image at every point, in nats, summed in float64: float32 sums cost up to 1e-3 nats."""
        inner = self.features.to(torch.float64) @ image.projection + image.offset
        return (inner - self.log_partition) / image.dispersion + image.log_base_measure


@dataclass(frozen=True, eq=False)
class ProjectedImage:
    """One image, projected onto a decoder's features (float64)."""

    projection: Float[Tensor, " features"]
    offset: Float[Tensor, ""]
    log_base_measure: Float[Tensor, ""]
    log_maximum: Float[Tensor, ""]  # the largest log p(x|z) that any decoder could give
    dispersion: float
    shift: Float[Tensor, " rows"] | None = None  # r − y, in the decoder's precision; None where distances are not computed
    half_square: Float[Tensor, ""] | None = None  # ½‖y‖²

    def from_distances(self, distances: Float[Tensor, "points rows"]) -> Float[Tensor, " points"]:
        """log p(x|z) from R h + r − y, as precise as the decoder: what rounding does to R h it has done to h before."""
        # A few rows at a time: large copies are new pages of the system each time, which take longer than the sums.
        few = max(1, _FEW_BYTES // (8 * distances.shape[1])) if distances.device.type == "cpu" else len(distances)
        norms = [torch.linalg.vector_norm(some, dim=-1, dtype=torch.float64) for some in distances.split(max(1, few))]
        squares = torch.cat(norms).square()
        assert self.half_square is not None, "distances are not computed"
        return torch.add(self.half_square / self.dispersion + self.log_base_measure, squares, alpha=-0.5 / self.dispersion)

    def unscaled(self) -> tuple["ProjectedImage", Float[Tensor, ""]]:
        """The image at σₓ = 1 and short of a constant, and that constant: log p(x|z) is that, divided by σₓ², and this."""
        square = torch.zeros_like(self.log_base_measure) if self.half_square is None else self.half_square
        image = replace(self, dispersion=1.0, log_base_measure=-square)
        return image, torch.add(self.log_base_measure, square, alpha=1 / self.dispersion)

    @cached_property
    def key(self) -> tuple[Hashable, Hashable]:
        """What log p(x|z) depends on, digit by digit: the image, and what σₓ makes of it."""
        x = self.projection.cpu().numpy().tobytes(), float(self.offset)
        return x, (self.dispersion, float(self.log_base_measure))


class PointDecoder:
    """Decodes points of one model into `DecodedPoints`, and projects images onto their features."""

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.device = summation_device(model.device)
        self._layers = split_decoder(model)
        self._last = self._layers.last
        self._body = self._layers.body or model.decoder
        likelihood = model.likelihood
        self._triangular = (
            self._last is not None
            and self._last.in_features < self._last.out_features
            and isinstance(likelihood, GaussianPixels)
            and not likelihood.per_pixel
        )
        self._log_partition = self._partition()
        # About what a point costs: every weight is used once, except in convolutions.
        self.multiply_adds, self.convolves = self._layers.multiply_adds, self._layers.convolves

    @property
    def features(self) -> int:
        """How many numbers are kept of each point."""
        return self._layers.features

    def decode(self, z: Float[Tensor, "points latent"]) -> DecodedPoints:
        """Features and log-partition of every point."""
        with torch.no_grad():
            chunks = [self._decode_chunk(chunk) for chunk in z.split(_CHUNK)]
        return DecodedPoints(*(torch.cat(column) for column in zip(*chunks, strict=True)))

    def log_likelihood(self, image: "ProjectedImage", z: Float[Tensor, "points latent"]) -> Float[Tensor, " points"]:
        """log p(x|z) of one image at any points; no features are kept."""
        with torch.no_grad():
            return _check_finite(torch.cat([self._values(image, chunk) for chunk in z.split(_CHUNK)]))

    def mean_images(self, points: DecodedPoints) -> Float[Tensor, "points pixels"]:
        """E[x|z] of every point, in the decoder's precision."""
        decoded = points.features if self._last is None else self._last(points.features.to(self.model.device))
        return self.model.likelihood.mean(decoded)

    def log_likelihood_and_gradient(
        self, image: "ProjectedImage", z: Float[Tensor, "points latent"]
    ) -> tuple[Float[Tensor, " points"], Float[Tensor, "points latent"]]:
        """log p(x|z) at a few points and its gradient in z, float64."""
        values, gradients = zip(*(self._values_and_gradient(image, chunk) for chunk in z.split(_CHUNK)), strict=True)
        return _check_finite(torch.cat(values)), torch.cat(gradients)

    def _values_and_gradient(self, image: ProjectedImage, z: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            if image.shift is None:
                values = self._values(image, z)
                (gradient,) = torch.autograd.grad(values.sum(), z)
                return values.detach(), gradient
            features = self._features(z).to(self.device)
            matrix, _ = self._layers.triangle(self.device, self.model.dtype)
            with torch.no_grad():
                distances = times_triangle(features, matrix, image.shift)
                by_features = times_transposed(distances, matrix) * (-1 / image.dispersion)
            (gradient,) = torch.autograd.grad(features, z, by_features)
        return image.from_distances(distances), gradient

    def project(self, x: Float[Tensor, " pixels"]) -> ProjectedImage:
        """The projection of image x onto the features."""
        likelihood = self.model.likelihood
        dispersion = likelihood.dispersion
        dispersion = float(dispersion.detach() if isinstance(dispersion, Tensor) else dispersion)
        x = x.detach().to(self.device, torch.float64)
        if x.nbytes > _SMALL_IMAGE:
            return self._project(x, dispersion)
        pixels = hashlib.blake2b(x.cpu().numpy().tobytes(), digest_size=16).digest()
        key = pixels, self.device, type(likelihood), dispersion, likelihood.partition_key
        return self._layers.projection(key, lambda: self._project(x, dispersion))

    def residuals(self, x: Float[Tensor, " pixels"]) -> Callable[[Tensor], Tensor]:
        """Of an image, u(z) with log p(x|z) = −½‖u‖² and a constant: (points, latent) → (points, rows)."""
        image, likelihood = self.project(x), self.model.likelihood
        x = x.to(self.model.device, self.model.dtype)

        @torch.no_grad()
        def of(z: Tensor) -> Tensor:
            if image.shift is None:
                return likelihood.residuals(x, self.model.decode(z.to(x))).to(self.device)
            return self._distances(image, z) / image.dispersion**0.5

        return of

    def _project(self, x: Float[Tensor, " pixels"], dispersion: float) -> ProjectedImage:
        likelihood = self.model.likelihood
        statistic = likelihood.statistic(x).detach()
        if self._last is None:
            projection, offset = statistic, x.new_zeros(())
        else:
            weight, bias = self._layers.last_affine(self.device)
            projection, offset = weight.T @ statistic, bias @ statistic
        base, maximum = likelihood.log_base_measure(x).detach(), likelihood.log_maximum(x).detach()
        rows = self._layers.rows_of(x) if self._triangular else None
        if rows is None:
            return ProjectedImage(projection, offset, base, maximum, dispersion)
        shift = (self._layers.triangle(self.device)[1] - rows).to(self.model.dtype)
        return ProjectedImage(projection, offset, base, maximum, dispersion, shift, 0.5 * rows.square().sum())

    def _values(self, image: ProjectedImage, z: Tensor) -> Float[Tensor, " points"]:
        """log p(x|z), which may not be finite."""
        if image.shift is None:
            features, log_partition = self._decode_chunk(z)
            return DecodedPoints(features, log_partition).log_likelihood(image)
        return image.from_distances(self._distances(image, z))

    def _distances(self, image: ProjectedImage, z: Tensor) -> Float[Tensor, "points rows"]:
        """R h(z) + r − y."""
        matrix, _ = self._layers.triangle(self.device, self.model.dtype)
        assert image.shift is not None, "distances are not computed"
        return times_triangle(self._features(z).to(self.device), matrix, image.shift)

    def _features(self, z: Tensor) -> Float[Tensor, "points features"]:
        return self._body(z.to(self.model.device, self.model.dtype)).flatten(1)

    def _decode_chunk(self, z: Tensor) -> tuple[Tensor, Tensor]:
        features = self._features(z)
        return features.to(self.device), self._log_partition(features).to(self.device, torch.float64)

    def _partition(self) -> Callable[[Tensor], Tensor]:
        likelihood, last = self.model.likelihood, self._last
        if last is None:
            return lambda decoded: likelihood.log_partition(decoded.to(_sum_type(decoded)))
        if not isinstance(likelihood, GaussianPixels):
            return lambda hidden: likelihood.log_partition(last(hidden).to(_sum_type(hidden)))
        # As precise as x · f(z): what rounding f in one of them alone would add is divided by σₓ².
        if self._triangular:
            triangle, offset = self._layers.triangle(self.device)
            return lambda hidden: likelihood.log_partition(times_triangle(hidden.to(triangle), triangle, offset))
        matrix, shift = self._layers.last_affine(self.device)
        return lambda hidden: likelihood.log_partition(nn.functional.linear(hidden.to(matrix), matrix, shift))


def _sum_type(values: Tensor) -> torch.dtype:
    return values.dtype if values.device.type == "mps" else torch.float64


def _check_finite(values: Tensor) -> Tensor:
    """The values, if they are finite."""
    if not all_finite(values):
        bad = (~values.isfinite()).sum(), len(values)
        raise NotFiniteError("the decoder must give finite pixels; it failed at {} of {} latents.".format(*bad))
    return values
