"""Digits as pictures: small PNG images inside the page, enlarged without smoothing."""

import base64
import io
import math
from functools import cache

import numpy as np
from jaxtyping import Float
from PIL import Image

from vaecore.data.digits_file import first_of_each_class
from vaecore.figures.values import TensorLike, values


def thumbnail_css(selector: str) -> str:
    """Style rules that put a picture of each class, its first digit, behind the elements that a selector names."""
    return "".join(
        f"{selector}:nth-of-type({number}) {{ background-image: url({digit}); }}"
        for number, digit in enumerate(_digits(), start=1)
    )


@cache
def _digits() -> tuple[str, ...]:
    return tuple(png(digit / 255) for digit in first_of_each_class())


def png(pixels: TensorLike | np.ndarray) -> str:
    """One image as an address that holds it."""
    grey = values(pixels)
    side = math.isqrt(len(grey))
    # A Gaussian decoder may leave the range of a picture; the picture may not.
    bytes_ = np.rint(255 * grey.clip(0, 1)).astype(np.uint8).reshape(side, side)
    file = io.BytesIO()
    Image.fromarray(bytes_).save(file, "PNG")
    return address(file.getvalue())


def address(png: bytes) -> str:
    """A PNG as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def middles(reach: float, tiles: int) -> Float[np.ndarray, "squares 2"]:
    """The middles of tiles × tiles squares that cover a plane from −reach to reach, from the top left, as one reads."""
    middle = (2 * np.arange(tiles, dtype=np.float64) + 1 - tiles) * (reach / tiles)
    across, up = np.meshgrid(middle, middle[::-1])
    return np.stack([across, up], -1).reshape(-1, 2)


def mosaic(images: Float[np.ndarray, "squares side side"]) -> Float[np.ndarray, "height width"]:
    """As many images as a square has tiles, put together in the order of `middles`."""
    count, side, _ = images.shape
    tiles = math.isqrt(count)
    return images.reshape(tiles, tiles, side, side).transpose(0, 2, 1, 3).reshape(tiles * side, -1)


def ink_png(ink: Float[np.ndarray, "height width"], colour: tuple[int, ...] = (128,)) -> bytes:
    """A PNG of ink on nothing: from 0 to 1, how opaque each pixel is. It can lie on a light page and on a dark one.

    The ink is grey, or red, green and blue; 0 to 255 each.
    """
    opacity = Image.fromarray(np.rint(255 * ink.clip(0, 1)).astype(np.uint8))
    file = io.BytesIO()
    inks = [Image.new("L", opacity.size, share) for share in colour]
    Image.merge("LA" if len(inks) == 1 else "RGBA", [*inks, opacity]).save(file, "PNG", optimize=True)
    return file.getvalue()
