"""The models, each loaded once per process and shared by all sessions. They are never changed."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache

import torch

import vaecore
from pages.parts.state.setup import Setup
from vaecore.core.devices import choose_device
from vaecore.core.evaluation_mode import kept_ready
from vaecore.data.model_card import model_card


@cache
def pretrained(name: str) -> vaecore.VAE:
    """A pretrained model, on the fastest device."""
    return vaecore.load(name, device=str(choose_device()))


@lru_cache(maxsize=64)
def model_of(setup: Setup) -> vaecore.VAE:
    """The model of a setup: a pretrained one, with the decoder noise that was chosen."""
    if setup.model == "number":
        weight, bias = (torch.tensor(number, device=choose_device()) for number in ([[setup.weight]], [setup.bias]))
        model = vaecore.VAE(vaecore.LinearDecoder(weight, bias), pretrained("number").likelihood, latent_dim=1)
    else:
        model = pretrained(setup.model)
    return model if setup.sigma_x is None else model.with_likelihood(vaecore.GaussianPixels(setup.sigma_x**2))


def sigma_x_of(setup: Setup) -> float | None:
    """σx, the standard deviation of the decoder's pixels; None where they are black or white."""
    return setup.sigma_x or model_card(setup.model).sigma_x


class _Thread(threading.local):
    ready: ExitStack | None = None
    names: frozenset[str] = frozenset()


_thread = _Thread()


@contextmanager
def staying_ready() -> Iterator[None]:
    """In here this thread keeps every pretrained model that it evaluates ready for more; it must do nothing else."""
    with ExitStack() as stack:
        _thread.ready = stack
        try:
            yield
        finally:
            _thread.ready, _thread.names = None, frozenset()


def make_ready(setup: Setup) -> None:
    """Make the model of a setup ready for evaluation, if this thread keeps models so."""
    if _thread.ready is not None and setup.model not in _thread.names:
        _thread.ready.enter_context(kept_ready(pretrained(setup.model)))
        _thread.names |= {setup.model}
