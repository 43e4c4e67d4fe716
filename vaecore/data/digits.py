"""The handwritten digits that come with the package: test digits to look at, and training digits."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int, UInt8
from torch import Tensor

from vaecore.data.digits_file import DIGITS
from vaecore.data.mnist import load_mnist

_PER_CLASS = 25
_TRAINING = 10_000
_NOTE = """\
Handwritten digits from MNIST, 28 × 28 pixels, grey values 0 to 255.
Gallery: the first 25 test digits of each class, in the order of the test file.
Training: the first 10,000 training digits, in the order of the training file.
Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits (1998).
Copyright of MNIST: Yann LeCun and Corinna Cortes, a derivative of data sets of NIST; made available under the terms of the
Creative Commons Attribution-Share Alike 3.0 licence.
"""


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits with their classes and their positions in MNIST's file."""

    images: UInt8[Tensor, "digits pixels"]
    labels: Int[Tensor, " digits"]
    source_index: Int[Tensor, " digits"]


@lru_cache(maxsize=1)
def test_digits() -> Digits:
    """The first 25 digits of each class in MNIST's test file, sorted by class. Shared: do not write to it."""
    return _read("gallery")


@lru_cache(maxsize=1)
def training_digits() -> Digits:
    """The first 10,000 digits of MNIST's training file. Shared: do not write to it."""
    return _read("training")


def build(mnist: Path) -> None:
    """Write the package's file of digits from MNIST's IDX files.

    Raises:
        FileNotFoundError: a file of MNIST is missing; the sentence names it.
        ValueError: a file of MNIST is broken.
    """
    images, labels = load_mnist(mnist, "test")
    gallery = torch.cat([(labels == digit).nonzero()[:_PER_CLASS, 0] for digit in range(10)])
    arrays = {"gallery": (images[gallery], labels[gallery], gallery)}
    images, labels = load_mnist(mnist, "train")
    arrays["training"] = (images[:_TRAINING], labels[:_TRAINING], torch.arange(_TRAINING))
    flat = {
        f"{group}_{field}": values.numpy().astype(kind)
        for group, columns in arrays.items()
        for field, values, kind in zip(("images", "labels", "source_index"), columns, ("u1", "u1", "u2"), strict=True)
    }
    np.savez_compressed(DIGITS, allow_pickle=False, note=np.array(_NOTE), **flat)


def _read(group: str) -> Digits:
    with np.load(DIGITS) as file:
        images, labels, index = (
            torch.from_numpy(file[f"{group}_{field}"]) for field in ("images", "labels", "source_index")
        )
    return Digits(images, labels.long(), index.long())
