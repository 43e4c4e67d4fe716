"""A decoder in two parts, all layers but the last and the last, and what is computed of the last layer once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.decoding_cost import convolutions_cost
from vaecore.core.models import VAE, is_plain
from vaecore.core.module_cache import cached_on_module

_KEPT = 4e6  # bytes of a last layer in float64
_PROJECTIONS = 64  # images whose projections are kept of a decoder: a few kilobytes each


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
        self._projections: OrderedDict[Hashable, Any] = OrderedDict()  # what was asked for last at the end
        self._lock = threading.Lock()
        self._affine: dict[torch.device, tuple[Tensor, Tensor]] = {}
        self._decompositions: dict[torch.device, tuple[Tensor | None, Tensor]] = {}
        self._triangles: dict[tuple[torch.device, torch.dtype], tuple[Tensor, Tensor]] = {}

    def projection(self, key: Hashable, make: Callable[[], Any]) -> Any:
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

    def triangle(
        self, device: torch.device, dtype: torch.dtype = torch.float64
    ) -> tuple[Float[Tensor, "rows features"], Float[Tensor, " rows"]]:
        """R and r with ‖W h + b‖ = ‖R h + r‖: as many rows as hidden units and one, not as pixels."""
        found = self._triangles.get((device, dtype))
        if found is None:
            triangle = self._decomposed(device)[1].to(dtype)
            found = self._triangles[device, dtype] = triangle[:, :-1].contiguous(), triangle[:, -1].contiguous()
        return found

    def rows_of(self, x: Float[Tensor, " pixels"]) -> Float[Tensor, " rows"] | None:
        """y with ‖W h + b − x‖² = ‖R h + r − y‖² + what no h changes; None where the layer is large."""
        basis = self._decomposed(x.device)[0]
        return None if basis is None else x @ basis

    def _decomposed(self, device: torch.device) -> tuple[Float[Tensor, "pixels rows"] | None, Float[Tensor, "rows rows"]]:
        """Q and R of the QR decomposition of (W b), float64; of a large layer R alone."""
        found = self._decompositions.get(device)
        if found is None:
            weight, bias = self.last_affine(device)
            basis, triangle = torch.linalg.qr(torch.cat([weight, bias[:, None]], dim=1))
            found = self._decompositions[device] = basis if weight.nbytes <= _KEPT else None, triangle
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
