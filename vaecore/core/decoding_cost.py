"""What it costs to decode a point, counted and not timed, so that an answer does not depend on how busy a machine is."""

import math

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from vaecore.core.models import VAE

# Multiply-adds of a matrix product that take as long as a convolution needs for one number that it gives, beside its own.
# Measured on decoders of 28 × 28 and 32 × 32 pixels with 8 to 128 channels, one thread, right within a factor of two.
_PER_NUMBER = 1000.0


def convolutions_cost(model: VAE) -> float:
    """About what the decoder's convolutions cost a point, in multiply-adds of a matrix product; 0 where it has none."""
    counted = _Convolutions()
    with torch.no_grad(), counted:
        model.decode(torch.zeros(1, model.latent_dim, device=model.device, dtype=model.dtype))
    return counted.products + _PER_NUMBER * counted.numbers


class _Convolutions(TorchDispatchMode):
    """Counts, while it is entered, what convolutions multiply and what they give."""

    def __init__(self) -> None:
        super().__init__()
        self.products = self.numbers = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out: Tensor = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.convolution.default:
            image, weight, transposed = args[0], args[1], args[6]
            # Every weight meets every place of the image, of the one that is taken or of the one that is given.
            self.products += weight.numel() * math.prod((image if transposed else out).shape[2:])
            self.numbers += out.numel()
        return out
