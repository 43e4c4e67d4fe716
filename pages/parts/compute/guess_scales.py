"""The scales on which a class guesses a value: the same for every image of a model, so that they say nothing about it."""

import math
from dataclasses import replace
from functools import lru_cache

import torch

import vaecore
from pages.parts.compute.models import model_of
from pages.parts.compute.workers import in_process
from pages.parts.state.parameters import ONE_NUMBER, X
from pages.parts.state.setup import Setup
from vaecore.core.gaussian import kl_parts
from vaecore.data import digits, mnist

Span = tuple[float, float]

_ROOM = 0.05  # of what the images span, beyond it on either side
_KL_ROOM = 1.2  # above the largest KL of the encoder
_KL = 10.0  # nats, of a model of one number, which has no encoder
_RARE = 10.0  # nats by which the log density of a number may lie below the largest


def guess_scales(setup: Setup, per_nat: float) -> dict[str, Span]:
    """The ends of the scale of KL, and of that of log p(x) and the ELBO, with round numbers in the visitor's unit."""
    low, high, kl = _ends(replace(setup, digit=0, example=1, x=0.0))
    room = _ROOM * (high - low)
    step, step_kl = _round_step(per_nat * (high - low) / 10), _round_step(per_nat * kl / 5)
    ends = math.floor(per_nat * (low - room) / step) * step, math.ceil(per_nat * (high + room) / step) * step
    return {"kl": (0.0, math.ceil(per_nat * kl / step_kl) * step_kl), "evidence": ends}


@lru_cache(maxsize=64)
@in_process
def _ends(setup: Setup) -> tuple[float, float, float]:
    """Of all images of the model, in nats: about the smallest and the largest log p(x), and above the largest KL."""
    model = model_of(setup)
    if setup.model in ONE_NUMBER:
        largest = float(vaecore.evidence(model, torch.linspace(X.low, X.high, 41, dtype=torch.float64)[:, None]).value.max())
        return largest - _RARE, largest, _KL
    images = digits.test_digits().images
    binary = isinstance(model.likelihood, vaecore.BernoulliPixels)
    x = (mnist.black_and_white(images) if binary else mnist.grey(images)).to(model.device, model.dtype)
    with torch.no_grad():
        q = model.encode(x)
        kl, decoded = torch.stack(kl_parts(q.mean, q.variance)).sum((0, -1)), model.decode(q.mean)
        # Every image at the code that suits it best: where the encoder fails, that of another image.
        near = torch.stack([(model.likelihood.log_prob(image[None], decoded) - kl).max() for image in x])
    return float(near.min()), float(near.max()), _KL_ROOM * float(kl.max())


def _round_step(size: float) -> float:
    """The number 1, 2 or 5, times a power of ten, that is nearest by its logarithm."""
    tens = math.floor(math.log10(size))
    return min((figure * 10.0**tens for figure in (1, 2, 5, 10)), key=lambda step: abs(math.log(step / size)))
