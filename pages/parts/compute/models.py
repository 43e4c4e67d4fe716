"""The models, each loaded once per process and shared by all sessions. They are never changed."""

import math
from functools import cache, lru_cache

import torch

import vaecore
from pages.parts.state.setup import Setup
from vaecore.core.devices import choose_device

ONE_NUMBER = ("number", "humps")
"""The models whose x is one real number instead of an image."""


@cache
def shipped(name: str) -> vaecore.VAE:
    """A shipped model, on the fastest device."""
    return vaecore.load(name, device=str(choose_device()))


@lru_cache(maxsize=64)
def model_of(setup: Setup) -> vaecore.VAE:
    """The model on the bench: the shipped networks under the noise that was chosen."""
    if setup.model == "number":
        weight, bias = (torch.tensor(number, device=choose_device()) for number in ([[setup.weight]], [setup.bias]))
        model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), shipped("number").likelihood, latent_dim=1)
    else:
        model = shipped(setup.model)
    return model if setup.sigma_x is None else model.with_likelihood(vaecore.GaussianPixels(setup.sigma_x**2))


def noise_of(setup: Setup) -> float | None:
    """σx of the model on the bench; None where the pixels are black or white."""
    return setup.sigma_x or trained_sigma_x(setup.model)


@cache
def trained_sigma_x(name: str) -> float | None:
    """σx of a shipped model; None where the pixels are black or white."""
    likelihood = shipped(name).likelihood
    return math.sqrt(float(likelihood.variance)) if isinstance(likelihood, vaecore.GaussianPixels) else None
