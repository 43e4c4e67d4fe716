"""What the decoder makes of q as bytes: the average image, the samples and their spread, of one q or of many.

At rest a pixel has 256 grey levels and the spread, which is shown magnified, 16 bits. While q moves 16 levels are enough: a
quarter of the bytes, which compress to a fifth.
"""

import numpy as np
from jaxtyping import Float, UInt16

import vaecore

_LEVELS = 15  # between black and white while q moves: four bits


def fine(images: vaecore.ImageSweep) -> bytes:
    """Per variance the average, the samples, and their standard deviation in 16 bits, high bytes first."""
    tiles, spread = _tiles(images)
    high_and_low = _sixteen_bits(spread).view(np.uint8).reshape(*spread.shape, 2).transpose(0, 2, 1)
    return b"".join(grey(step) + both.tobytes() for step, both in zip(tiles, high_and_low, strict=True))


def coarse(images: vaecore.ImageSweep) -> bytes:
    """Per variance the same in 16 levels, two pixels a byte, the spread as a part of its largest value.

    That value stands before each variance's tiles, in 16 bits. All but the first variance's tiles are given as differences
    from those before, modulo 16: from one variance to the next little changes.
    """
    tiles, spread = _tiles(images)
    top = spread.max(-1, keepdims=True)
    shares = np.divide(spread, top, out=np.zeros_like(spread), where=top > 0)
    levels = np.empty((len(tiles), tiles.shape[1] + 1, tiles.shape[2]), np.uint8)
    for part, grey_values in ((levels[:, :-1], tiles), (levels[:, -1], shares)):
        nearest = grey_values * np.float32(_LEVELS)
        nearest += np.float32(0.5)
        part[...] = np.clip(nearest, 0, _LEVELS + 0.5, out=nearest)  # which cuts off what is behind the point
    levels[1:] = (levels[1:] - levels[:-1]) & _LEVELS
    both = (levels[..., ::2] << 4) | levels[..., 1::2]
    return np.concatenate([_sixteen_bits(top).view(np.uint8), both.reshape(len(both), -1)], axis=1).tobytes()


def grey(pixels: Float[np.ndarray, "..."]) -> bytes:
    """A byte for each pixel; a Gaussian decoder may leave the range of a picture."""
    return np.rint(255 * pixels.clip(0, 1)).astype(np.uint8).tobytes()


def _tiles(
    images: vaecore.ImageSweep,
) -> tuple[Float[np.ndarray, "steps tiles pixels"], Float[np.ndarray, "steps pixels"]]:
    """Average and samples, and the samples' standard deviation, in the decoder's precision: there are 256 levels at most."""
    average, samples = (
        part.numpy(force=True)[0].astype(np.float32, copy=False) for part in (images.mean_image, images.samples)
    )
    tiles = np.concatenate([average[:, None], samples], axis=1)
    return tiles, samples.std(axis=1, ddof=1).clip(0, 1)


def _sixteen_bits(shares: Float[np.ndarray, "..."]) -> UInt16[np.ndarray, "..."]:
    return np.rint(65535 * shares).astype(">u2")
