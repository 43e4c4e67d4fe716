"""Image-independent decoder features, computed once and reused for every image.

Both likelihoods have the form

    log p(x|z)  =  (x · f(z) − log_partition(f(z))) / dispersion  +  log_base_measure(x)

with x / σₓ² in place of x where each pixel has a variance of its own, so a decoded point needs no more than f(z) and one
number. Where the decoder ends in a linear layer, f(z) = W h(z) + b, the product with an image is x · f(z) = (Wᵀx) · h(z) +
x · b: the last hidden layer h(z), which is often much narrower than the image, is all that has to be kept, and the widest
matrix product of the network is never computed.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.decoding_cost import convolutions_cost
from vaecore.core.devices import summation_device
from vaecore.core.finite import NotFiniteError, all_finite
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE, is_plain
from vaecore.core.module_cache import cached_on_module

_KEPT = 4e6  # bytes of a last layer in float64
_PROJECTIONS = 64  # images whose projections are kept of a decoder: a kilobyte each for 128 features
_SMALL_IMAGE = 50_000  # bytes of an image in float64 whose projection is kept
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
        if not all_finite(self.log_partition):
            bad = (~self.log_partition.isfinite()).sum(), len(self.log_partition)
            raise NotFiniteError("the decoder must give finite pixels; it failed at {} of {} latents.".format(*bad))

    def log_likelihood(self, image: "ProjectedImage") -> Float[Tensor, " points"]:
        """log p(x|z) of one image at every point, in nats, summed in float64: float32 sums cost up to 1e-3 nats."""
        inner = self.features.to(torch.float64) @ image.projection + image.offset
        return (inner - self.log_partition) / image.dispersion + image.log_base_measure

    def as_float64_columns(self) -> "DecodedPoints":
        """The same points in the layout that is fastest to multiply repeatedly: float64, feature by feature."""
        return DecodedPoints(self.features.double().T.contiguous().T, self.log_partition)


@dataclass(frozen=True, eq=False)
class ProjectedImage:
    """One image, projected onto a decoder's features (float64)."""

    projection: Float[Tensor, " features"]
    offset: Float[Tensor, ""]
    log_base_measure: Float[Tensor, ""]
    log_maximum: Float[Tensor, ""]  # the largest log p(x|z) that any decoder could give
    dispersion: float

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
            chunks = [DecodedPoints(*self._decode_chunk(chunk)).log_likelihood(image) for chunk in z.split(_CHUNK)]
        return torch.cat(chunks)

    def mean_images(self, points: DecodedPoints) -> Float[Tensor, "points pixels"]:
        """E[x|z] of every point, in the decoder's precision."""
        decoded = points.features if self._last is None else self._last(points.features.to(self.model.device))
        return self.model.likelihood.mean(decoded)

    def log_likelihood_and_gradient(
        self, image: "ProjectedImage", z: Float[Tensor, "points latent"]
    ) -> tuple[Float[Tensor, " points"], Float[Tensor, "points latent"]]:
        """log p(x|z) at a few points and its gradient in z, float64."""
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            values = DecodedPoints(*self._decode_chunk(z)).log_likelihood(image)
            (gradient,) = torch.autograd.grad(values.sum(), z)
        return values.detach(), gradient

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

    def _project(self, x: Float[Tensor, " pixels"], dispersion: float) -> ProjectedImage:
        likelihood = self.model.likelihood
        statistic = likelihood.statistic(x).detach()
        if self._last is None:
            projection, offset = statistic, x.new_zeros(())
        else:
            weight, bias = self._layers.last_affine(self.device)
            projection, offset = weight.T @ statistic, bias @ statistic
        base, maximum = likelihood.log_base_measure(x).detach(), likelihood.log_maximum(x).detach()
        return ProjectedImage(projection, offset, base, maximum, dispersion)

    def _decode_chunk(self, z: Tensor) -> tuple[Tensor, Tensor]:
        features = self._body(z.to(self.model.device, self.model.dtype)).flatten(1)
        return features.to(self.device), self._log_partition(features).to(self.device, torch.float64)

    def _partition(self) -> Callable[[Tensor], Tensor]:
        likelihood, last = self.model.likelihood, self._last
        if last is None:
            return lambda decoded: likelihood.log_partition(decoded.to(_sum_type(decoded)))
        if not isinstance(likelihood, GaussianPixels) or likelihood.per_pixel or last.in_features >= last.out_features:
            return lambda hidden: likelihood.log_partition(last(hidden).to(_sum_type(hidden)))
        matrix, shift = self._layers.triangle(self.device)
        return lambda hidden: likelihood.log_partition(nn.functional.linear(hidden.to(matrix), matrix, shift))


class DecoderLayers:
    """A decoder in two parts, and what is computed of its last layer once.

    Args:
        body: all layers but the last; None where the decoder is not split.
        last: the last layer.
        features: how many numbers are kept of each decoded point.
        weights: how many the decoder has.
        convolutions: what they cost a point, in multiply-adds.
    """

    def __init__(
        self, body: nn.Module | None, last: nn.Linear | None, features: int, weights: int, convolutions: float
    ) -> None:
        self.body, self.last, self.features = body, last, features
        self.multiply_adds, self.convolves = weights + convolutions, convolutions > 0
        self._projections: OrderedDict[Hashable, ProjectedImage] = OrderedDict()  # what was asked for last at the end
        self._lock = threading.Lock()
        self._affine: dict[torch.device, tuple[Tensor, Tensor]] = {}
        self._triangles: dict[torch.device, tuple[Tensor, Tensor]] = {}

    def projection(self, key: Hashable, make: Callable[[], ProjectedImage]) -> ProjectedImage:
        """The projection of an image, made now or before; those of a few images are kept."""
        found = self._projections.get(key) or make()
        with self._lock:
            self._projections[key] = found
            self._projections.move_to_end(key)
            if len(self._projections) > _PROJECTIONS:
                self._projections.popitem(last=False)
        return found

    def last_affine(self, device: torch.device) -> tuple[Float[Tensor, "pixels features"], Float[Tensor, " pixels"]]:
        """Weight and bias of the last layer, float64; kept unless they are large."""
        assert self.last is not None, "the decoder is not split"
        found = self._affine.get(device)
        if found is None:
            weight = self.last.weight.detach().to(device, torch.float64)
            bias = weight.new_zeros(len(weight)) if self.last.bias is None else self.last.bias.detach().to(weight)
            found = weight, bias
            if weight.nbytes <= _KEPT:
                self._affine[device] = found
        return found

    def triangle(self, device: torch.device) -> tuple[Float[Tensor, "rows features"], Float[Tensor, " rows"]]:
        """‖W h + b‖ = ‖R (h, 1)‖ with R from the QR decomposition of (W b): as many rows as hidden units, not as pixels.

        In float64, because the squares nearly cancel against x · f(z).
        """
        found = self._triangles.get(device)
        if found is None:
            weight, bias = self.last_affine(device)
            triangle = torch.linalg.qr(torch.cat([weight, bias[:, None]], dim=1), mode="r").R
            found = self._triangles[device] = triangle[:, :-1].contiguous(), triangle[:, -1].contiguous()
        return found


def split_decoder(model: VAE) -> DecoderLayers:
    """The model's decoder in two parts, split now or before."""

    def split() -> DecoderLayers:
        # A linear layer on a stack of rows, (points, rows, hidden) say, is not one matrix for the whole image.
        shape = image_shape(model)
        body, last = split_last_linear(model.decoder) if len(shape) == 1 else (model.decoder, None)
        costs = sum(weight.numel() for weight in model.decoder.parameters()), convolutions_cost(model)
        if last is None:
            return DecoderLayers(None, None, shape.numel(), *costs)
        return DecoderLayers(body, last, last.in_features, *costs)

    return cached_on_module(model.decoder, "layers", split)


def image_shape(model: VAE) -> torch.Size:
    """Shape of the images that the decoder gives, (pixels,) or (1, 28, 28), say; decoded now or before."""
    return cached_on_module(model.decoder, "image shape", lambda: model.image_shape)


def split_last_linear(decoder: nn.Module) -> tuple[nn.Module, nn.Linear | None]:
    """The decoder without its last layer, and that layer, if it is a plain chain of layers that ends in a linear one."""
    # A subclass, a parametrisation or a hook may do more than its parts.
    if is_plain(decoder, nn.Sequential) and len(decoder) > 1:
        last = decoder[-1]
        if is_plain(last, nn.Linear):
            return decoder[:-1], last
    return decoder, None


def _sum_type(values: Tensor) -> torch.dtype:
    return values.dtype if values.device.type == "mps" else torch.float64
