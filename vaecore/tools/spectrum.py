"""Writes the package's file of MNIST's pixel-covariance spectrum."""

from pathlib import Path

import numpy as np
import torch

from vaecore.data.mnist import grey, load_mnist
from vaecore.losses.water_filling import SPECTRUM

_ROUNDING = 1e-12  # of eigenvalues of order 1, each from 60,000 summands in float64 (eps 2e-16), with a margin
_NOTE = """\
Eigenvalues of the covariance of MNIST's 60,000 training images, grey values from 0 to 1, divided by the number of images, in
descending order; those below 1e-12, the size of rounding errors, are set to zero.
Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits (1998).
"""


def build(mnist: Path) -> None:
    """Write the package's file of MNIST's spectrum from its IDX files.

    Raises:
        FileNotFoundError: a file of MNIST is missing; the sentence names it.
        ValueError: a file of MNIST is broken.
    """
    images, _ = load_mnist(mnist, "train")
    x = grey(images).double()
    x = x - x.mean(0)
    eigenvalues = torch.linalg.eigvalsh(x.T @ x / len(x)).flip(0)
    eigenvalues[eigenvalues < _ROUNDING] = 0
    np.savez_compressed(SPECTRUM, allow_pickle=False, note=np.array(_NOTE), eigenvalues=eigenvalues.numpy())
