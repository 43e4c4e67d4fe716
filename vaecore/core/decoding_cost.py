"""What it costs to decode a point, counted and not timed, so that an answer does not depend on how busy a machine is."""

import math

import torch
from torch.overrides import TorchFunctionMode

from vaecore.core.models import VAE

# Multiply-adds of a matrix product that take as long as a convolution needs for one number that it gives, beside its own.
# Measured on decoders of 28 × 28 and 32 × 32 pixels with 8 to 128 channels, one thread, right within a factor of two.
_PER_NUMBER = 1000.0
_PLAIN = {torch.conv1d, torch.conv2d, torch.conv3d}
_TRANSPOSED = {torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d}


def convolutions_cost(model: VAE) -> float:
    """About what the decoder's convolutions cost a point, in multiply-adds of a matrix product; 0 where it has none."""
    counted = _Convolutions()
    with torch.no_grad(), counted:
        model.decode(torch.zeros(1, model.latent_dim, device=model.device, dtype=model.dtype))
    return counted.products + _PER_NUMBER * counted.numbers


class _Convolutions(TorchFunctionMode):
    """Counts, while it is entered, what convolutions multiply and what they give.

    TorchDispatchMode would see more, but loads torch's compiler: a second and more of every process.
    """

    def __init__(self) -> None:
        super().__init__()
        self.products = self.numbers = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        if func in _PLAIN or func in _TRANSPOSED:
            image, weight = (*args, *(kwargs or {}).values())[:2]
            # Every weight meets every place of the image, of the one that is taken or of the one that is given.
            self.products += weight.numel() * math.prod((image if func in _TRANSPOSED else out).shape[2:])
            self.numbers += out.numel()
        return out
