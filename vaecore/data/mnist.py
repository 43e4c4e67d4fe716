"""Reads the IDX files in which MNIST was published (LeCun, Cortes & Burges 1998)."""

import gzip
import zlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

_IMAGES, _LABELS = 0x803, 0x801  # the magic numbers: unsigned bytes in three dimensions, in one


def read_idx(path: Path) -> UInt8[np.ndarray, "..."]:
    """The array in one IDX file of unsigned bytes, gzipped or not.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not IDX of unsigned bytes, or is cut short.
    """
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as problem:
            raise ValueError(f"{path.name} must be a whole gzip file; it is broken ({problem}).") from problem
    magic = int.from_bytes(content[:4], "big")
    if magic not in (_IMAGES, _LABELS):
        raise ValueError(f"{path.name} must be an IDX file of images or labels; its first four bytes are {magic:#010x}.")
    header = 4 + 4 * (magic & 0xFF)
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, header, 4))
    if len(content) < header or len(content) - header != np.prod(shape):
        raise ValueError(
            f"{path.name} must hold {np.prod(shape)} values of shape {shape}; it has {len(content)} bytes in all."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def load_mnist(directory: Path, split: str) -> tuple[UInt8[Tensor, "images pixels"], Int[Tensor, " images"]]:
    """Images (0 to 255, 784 pixels each) and labels of the "train" or "test" split.

    Raises:
        FileNotFoundError: a file is missing; the sentence names it.
        ValueError: `split` is neither, or a file is broken.
    """
    prefixes = {"train": "train", "test": "t10k"}
    if split not in prefixes:
        raise ValueError(f"split must be train or test; got {split!r}.")
    arrays = []
    for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"):
        name = f"{prefixes[split]}-{kind}"
        path = next((p for p in (directory / name, directory / f"{name}.gz") if p.is_file()), None)
        if path is None:
            raise FileNotFoundError(f"{directory} must hold MNIST's {name} or {name}.gz; it has neither.")
        arrays.append(torch.from_numpy(read_idx(path).copy()))
    images, labels = arrays
    if len(images) != len(labels):
        raise ValueError(f"the {split} files must agree; they hold {len(images)} images and {len(labels)} labels.")
    return images.flatten(1), labels.long()


def grey(images: UInt8[Tensor, "images pixels"]) -> Float[Tensor, "images pixels"]:
    """Grey values from 0 to 1.

    Example:
        >>> grey(torch.tensor([[0, 51, 255]], dtype=torch.uint8))
        tensor([[0.0000, 0.2000, 1.0000]])
    """
    return images.float() / 255


def black_and_white(images: UInt8[Tensor, "images pixels"]) -> Float[Tensor, "images pixels"]:
    """Pixels of 0 or 1, white where the grey value is above one half.

    Example:
        >>> black_and_white(torch.tensor([[0, 51, 255]], dtype=torch.uint8))
        tensor([[0., 0., 1.]])
    """
    return (images > 127).float()
