"""What lies behind q on the plane of two latents: the decoded images of a grid, and the codes of test digits."""

from functools import lru_cache

import torch

import vaecore
from pages.parts.compute import models
from pages.parts.tradeoff.payload_types import CodesData
from pages.parts.web import thumbnails
from vaecore.data import digits, mnist
from vaecore.figures.latent_plane import REACH
from vaecore.figures.values import values

TILES = 18
"""Decoded images along each side of the plane: one every half prior standard deviation."""

_SIDE = 28  # pixels of an image


@lru_cache(maxsize=16)
def manifold(name: str) -> bytes:
    """The decoded images at the middle of each of `TILES` × `TILES` squares of the plane, as a PNG of white ink on nothing.

    The ink of a pixel is its opacity, so the picture can lie on a light page and on a dark one. The decoder's noise σₓ does
    not matter: it is E[x|z] that is shown.

    Raises:
        ValueError: the model has no plane of images.
    """
    model = _with_a_plane(name)
    z = torch.from_numpy(thumbnails.middles(REACH, TILES)).to(model.device, model.dtype)
    with torch.no_grad():
        decoded = values(model.likelihood.mean(model.decode(z))).clip(0, 1)
    return thumbnails.ink_png(thumbnails.mosaic(decoded.reshape(-1, _SIDE, _SIDE)))


@lru_cache(maxsize=16)
def codes(name: str) -> CodesData:
    """The codes of the test digits on offer.

    Raises:
        ValueError: the model has no plane of images, or no encoder.
    """
    model = _with_a_plane(name)
    if model.encoder is None:
        raise ValueError(f"model must have an encoder; got {name}.")
    offered = digits.test_digits()
    binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
    x = (mnist.black_and_white if binary else mnist.grey)(offered.images)
    with torch.no_grad():
        means = values(model.encode(x.to(model.device, model.dtype)).mean)
    rows = zip(means.astype(float).round(4).tolist(), offered.labels.tolist(), strict=True)
    return {"codes": [(across, up, label) for (across, up), label in rows]}


def _with_a_plane(name: str) -> vaecore.VAE:
    model = models.pretrained(name)
    if model.latent_dim != 2 or model.pixels != _SIDE * _SIDE:
        raise ValueError(f"model must be one of images with two latents; got {name}.")
    return model
