"""What the screen must say, from the text of its link, by direct calls into vaecore; of the app, only its slider steps."""

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from torch import Tensor

import vaecore
from pages.parts.state import parameters
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from vaecore.data import digits, mnist
from vaecore.data.model_card import model_card

QUANTITIES = ("reconstruction", "kl", "elbo", "objective", "gap", "evidence")

_IMAGE = ("model", "digit", "example", "sigma_x", "x", "w", "b")
_DEFAULTS = {"model": "digits-2", "digit": "7", "example": "1", "x": "1", "w": "1", "b": "0", "beta": "1", "units": "nats"}


def at_q(link: Mapping[str, str]) -> dict[str, float]:
    """Every quantity for the q that the link names, which must be there in full."""
    model, x, evidence = bench(link)
    q = vaecore.DiagonalGaussian(*q_of(link))
    terms, gap = vaecore.elbo(model, x, q), vaecore.gap(model, x, q, evidence)
    found = _quantities(link, terms.reconstruction, terms.kl, gap.value, evidence.value)
    return {name: float(column[0]) for name, column in found.items()}


def at_rest(link: Mapping[str, str]) -> dict[str, float]:
    """Every quantity as a resting screen tells it: of the step of the slider where q is on one, and else of q alone."""
    model, _, _ = bench(link)
    if model.latent_dim > 2 and not isinstance(model.decoder, vaecore.LinearDecoder):
        return at_q(link)  # estimates are made for q alone
    variance = tuple(q_of(link)[1][0].tolist())
    encoder = None if model.encoder is None else tuple(encoder_q(link).variance[0].float().tolist())
    move = link.get("move") or parameters.slider_mode(model_card(link.get("model", "digits-2"))).default
    path = SweepPath.along(SliderMode(move), variance, int(link.get("dimension") or 1) - 1, encoder)
    step = path.passes(variance)
    if step is None:
        return at_q(link)
    return {name: float(column[step]) for name, column in along(link, path.variances).items()}


def along(link: Mapping[str, str], variances: np.ndarray) -> dict[str, np.ndarray]:
    """Every quantity about the link's mean, at each of some variances (steps, latent) that are asked for together."""
    model, x, evidence = bench(link)
    steps, (mean, _) = torch.from_numpy(variances), q_of(link)
    swept, gaps = (
        vaecore.sweep_variance(model, x, mean, steps),
        vaecore.sweep_gap(model, x, mean, steps, evidence),
    )
    return _quantities(link, swept.reconstruction[0], swept.kl[0], gaps.value[0], evidence.value)


def bench(link: Mapping[str, str]) -> tuple[vaecore.VAE, Tensor, vaecore.Evidence]:
    """The link's model, its image in float64, and the evidence."""
    return _bench(tuple((_DEFAULTS | dict(link)).get(name, "") for name in _IMAGE))


def encoder_q(link: Mapping[str, str]) -> vaecore.DiagonalGaussian:
    """The encoder's answer for the link's image."""
    model, x, _ = bench(link)
    return model.encode(x.to(model.dtype))


def numbers(text: str) -> tuple[float, ...]:
    """The numbers in a text, as float32 holds them."""
    return tuple(float(np.float32(word)) for word in text.replace(",", " ").split())


def q_of(link: Mapping[str, str]) -> tuple[Tensor, Tensor]:
    """Mean and variance, each of shape (1, latent)."""
    mean, variance = (torch.tensor([numbers(link[name])], dtype=torch.float64) for name in ("mean", "variance"))
    return mean, variance.expand_as(mean)


@cache
def pretrained(name: str) -> vaecore.VAE:
    """The pretrained model of that name, read once: the lattice of a decoder takes seconds."""
    return vaecore.load(name)


@cache
def _bench(key: tuple[str, ...]) -> tuple[vaecore.VAE, Tensor, vaecore.Evidence]:
    name, digit, example, noise, number, weight, bias = key
    model = pretrained(name)
    if name == "number":
        line = vaecore.LinearDecoder(torch.tensor([[float(weight)]]), torch.tensor([float(bias)]))
        model = vaecore.VAE(line, model.likelihood, latent_dim=1)
    if noise:
        model = model.with_likelihood(vaecore.GaussianPixels(float(noise) ** 2))
    if name in ("number", "humps"):
        x = torch.tensor([[float(number)]], dtype=torch.float64)
    else:
        ours = digits.test_digits()
        row = [i for i, label in enumerate(ours.labels.tolist()) if label == int(digit)][int(example) - 1]
        binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
        x = (mnist.black_and_white if binary else mnist.grey)(ours.images[row : row + 1]).double()
    return model, x, vaecore.evidence(model, x)


def _quantities(
    link: Mapping[str, str], reconstruction: Tensor, kl: Tensor, gap: Tensor, evidence: Tensor
) -> dict[str, np.ndarray]:
    unit = {"nats": 1.0, "bits": 1 / math.log(2)}[link.get("units", "nats")]
    total, beta = kl.sum(-1), float(link.get("beta", "1"))
    found = {
        "reconstruction": reconstruction,
        "kl": total,
        "elbo": reconstruction - total,
        "objective": reconstruction - beta * total,
        "gap": gap,
        "evidence": evidence.expand_as(total),
    }
    return {name: unit * column.double().numpy() for name, column in found.items()}
