"""What the decoder makes of q as bytes: the average image, the samples and their spread, of one q or of many.

A pixel has 64 grey levels at rest and 16 while q moves. The spread is shown on a square-root scale, and so its square root
is what has these levels, as a part of the largest one, which stands in 16 bits.
"""

import numpy as np
from jaxtyping import Float, UInt8, UInt16

import vaecore

PICTURE_STEPS = 48
"""So many steps of the slider have pictures of their own; between them the nearest is shown."""
_RESTING, _MOVING = 63, 15
"""Levels between black and white: six bits and four."""


def fine(images: vaecore.ImageSweep) -> bytes:
    """Of the first variance the average, the samples and their standard deviation, four pixels in three bytes; then its top.

    In base64 every pixel then is a letter of its own: so they compress to half of what they take with a byte each.
    """
    levels, top = _levels(images, _RESTING)
    return _four_in_three(levels[0]) + top[0].tobytes()


def coarse(images: vaecore.ImageSweep) -> bytes:
    """Per variance the top, in 16 bits, and the same, two pixels a byte.

    All but the first variance's tiles are given as differences from those before, modulo 16: from one variance to the next
    little changes.
    """
    levels, top = _levels(images, _MOVING)
    levels[1:] = (levels[1:] - levels[:-1]) & _MOVING
    both = (levels[..., ::2] << 4) | levels[..., 1::2]
    return np.concatenate([top.view(np.uint8), both.reshape(len(both), -1)], axis=1).tobytes()


def grey(pixels: Float[np.ndarray, "..."]) -> bytes:
    """One image, four pixels in three bytes; a Gaussian decoder may leave the range of a picture."""
    return _four_in_three(np.rint(_RESTING * pixels.clip(0, 1)).astype(np.uint8))


def _four_in_three(levels: UInt8[np.ndarray, "..."]) -> bytes:
    four = levels.reshape(-1, 4) @ np.array([1 << 18, 1 << 12, 1 << 6, 1], np.uint32)
    return four.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()


def _levels(
    images: vaecore.ImageSweep, most: int
) -> tuple[UInt8[np.ndarray, "steps tiles pixels"], UInt16[np.ndarray, "steps 1"]]:
    """Average, samples and spread in so many levels above black; and per variance the largest spread, 65535 being 1."""
    # In the decoder's precision: there are 64 levels at most.
    average, samples = (
        part.numpy(force=True)[0].astype(np.float32, copy=False) for part in (images.mean_image, images.samples)
    )
    spread = samples.std(axis=1, ddof=1).clip(0, 1)
    top = spread.max(-1, keepdims=True)
    shares = np.sqrt(np.divide(spread, top, out=np.zeros_like(spread), where=top > 0))
    levels = np.empty((len(samples), samples.shape[1] + 2, samples.shape[2]), np.uint8)
    for part, grey_values in ((levels[:, 0], average), (levels[:, 1:-1], samples), (levels[:, -1], shares)):
        nearest = grey_values * np.float32(most)
        nearest += np.float32(0.5)
        part[...] = np.clip(nearest, 0, most + 0.5, out=nearest)  # which cuts off what is behind the point
    return levels, np.rint(65535 * top).astype(">u2")
