"""Decoding many points once, for every image: what the decoder says about z that no image can change.

Both likelihoods have the form

    log p(x|z)  =  (x · f(z) − log_partition(f(z))) / temperature  +  log_base(x)

so a decoded point needs no more than f(z) and one number. And where the decoder ends in a linear layer,
f(z) = W h(z) + b, the product with an image is x · f(z) = (Wᵀx) · h(z) + x · b: the last hidden layer h(z), a third of
the pixels, stands for the image, and the widest matrix product of the network is never made.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.devices import summation_device
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module

_CHUNK = 2048  # points per pass: the activations of a few hundred units stay in the processor's cache


@dataclass(frozen=True, eq=False)
class DecodedPoints:
    """Decoded points, ready to meet any image.

    Raises:
        ValueError: the decoder gave something that is not finite.
    """

    features: Float[Tensor, "points features"]
    log_partition: Float[Tensor, " points"]  # float64

    def __post_init__(self) -> None:
        bad = ~self.log_partition.isfinite()
        if bad.any():
            raise ValueError(f"the decoder must give finite pixels; it failed at {int(bad.sum())} of {len(bad)} latents.")

    def log_likelihood(self, image: "ProjectedImage") -> Float[Tensor, " points"]:
        """log p(x|z) of one image at every point, in nats, summed in float64: float32 sums cost up to 1e-3 nats."""
        inner = self.features.to(torch.float64) @ image.projection + image.offset
        return (inner - self.log_partition) / image.dispersion + image.log_base_measure

    def as_float64_columns(self) -> "DecodedPoints":
        """The same points, laid out for being multiplied again and again: float64, one feature after the other."""
        return DecodedPoints(self.features.double().T.contiguous().T, self.log_partition)


@dataclass(frozen=True, eq=False)
class ProjectedImage:
    """One image, turned into what it means for a decoder's features (float64)."""

    projection: Float[Tensor, " features"]
    offset: Float[Tensor, ""]
    log_base_measure: Float[Tensor, ""]
    log_maximum: Float[Tensor, ""]  # above which no log p(x|z) can be
    dispersion: float

    def same_as(self, other: "ProjectedImage") -> bool:
        """Whether log p(x|z) is the same function of z."""
        pairs = [
            (self.projection, other.projection),
            (self.offset, other.offset),
            (self.log_base_measure, other.log_base_measure),
        ]
        return self.dispersion == other.dispersion and all(torch.equal(one, two) for one, two in pairs)


class PointDecoder:
    """Decodes points of one model into `DecodedPoints`, and projects images to meet them."""

    def __init__(self, model: VAE) -> None:
        self.model = model
        self.device = summation_device(model.device)
        self._body, self._last = split_last_linear(model.decoder)
        self._log_partition = self._partition()

    @property
    def features(self) -> int:
        """Numbers that are kept of each point."""
        return self.model.pixels if self._last is None else self._last.in_features

    def decode(self, z: Float[Tensor, "points latent"]) -> DecodedPoints:
        """Features and log-partition of every point."""
        with torch.no_grad():
            chunks = [self._decode_chunk(chunk) for chunk in z.split(_CHUNK)]
        return DecodedPoints(*(torch.cat(column) for column in zip(*chunks, strict=True)))

    def log_likelihood(self, image: "ProjectedImage", z: Float[Tensor, "points latent"]) -> Float[Tensor, " points"]:
        """log p(x|z) of one image at points that no other image will ask for: nothing is kept of them."""
        with torch.no_grad():
            chunks = [DecodedPoints(*self._decode_chunk(chunk)).log_likelihood(image) for chunk in z.split(_CHUNK)]
        return torch.cat(chunks)

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
        """What image x is to the features."""
        likelihood = self.model.likelihood
        dispersion = likelihood.dispersion
        dispersion = float(dispersion.detach() if isinstance(dispersion, Tensor) else dispersion)
        x = x.to(self.device, torch.float64)
        if self._last is None:
            projection, offset = x, x.new_zeros(())
        else:
            projection = self._last.weight.detach().to(x).T @ x
            bias = self._last.bias
            offset = x.new_zeros(()) if bias is None else bias.detach().to(x) @ x
        return ProjectedImage(projection, offset, likelihood.log_base_measure(x), likelihood.log_maximum(x), dispersion)

    def _decode_chunk(self, z: Tensor) -> tuple[Tensor, Tensor]:
        features = self._body(z.to(self.model.device, self.model.dtype))
        return features.to(self.device), self._log_partition(features).to(self.device, torch.float64)

    def _partition(self) -> Callable[[Tensor], Tensor]:
        likelihood, last = self.model.likelihood, self._last
        if last is None:
            return lambda decoded: likelihood.log_partition(decoded.to(_sum_type(decoded)))
        if not isinstance(likelihood, GaussianPixels) or last.in_features >= last.out_features:
            return lambda hidden: likelihood.log_partition(last(hidden).to(_sum_type(hidden)))
        matrix, shift = cached_on_module(last, ("triangle", self.device), lambda: self._triangle(last))
        return lambda hidden: likelihood.log_partition(nn.functional.linear(hidden.to(matrix), matrix, shift))

    def _triangle(self, last: nn.Linear) -> tuple[Float[Tensor, "rows features"], Float[Tensor, " rows"]]:
        """‖W h + b‖ = ‖R (h, 1)‖ with R from the QR decomposition of (W b): as many rows as hidden units, not as pixels.

        In float64, for here it is squared and meets x · f(z) again: the two must not be rounded apart.
        """
        weight = last.weight.detach().to(self.device, torch.float64)
        bias = weight.new_zeros(len(weight)) if last.bias is None else last.bias.detach().to(weight)
        triangle = torch.linalg.qr(torch.cat([weight, bias[:, None]], dim=1), mode="r").R
        return triangle[:, :-1].contiguous(), triangle[:, -1].contiguous()


def split_last_linear(decoder: nn.Module) -> tuple[nn.Module, nn.Linear | None]:
    """The decoder without its last layer, and that layer, if it is a plain chain that ends in a linear one."""
    # Exact types and no hooks: a subclass, a parametrisation or a hook may do more than its parts.
    if type(decoder) is not nn.Sequential or len(decoder) < 2 or type(decoder[-1]) is not nn.Linear:
        return decoder, None
    if any(module._forward_hooks or module._forward_pre_hooks for module in (decoder, decoder[-1])):
        return decoder, None
    return decoder[:-1], decoder[-1]


def _sum_type(values: Tensor) -> torch.dtype:
    return values.dtype if values.device.type == "mps" else torch.float64
