"""Evaluating a model without changing it: in evaluation mode, at full precision, without gradients.

Afterwards everything is as before: training flags, buffers (running statistics, say), attributes, torch's random state and
its settings. What a decoder computes must be a function of z alone; one that is random or mixes the points of a batch even
in evaluation mode is refused.
"""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vaecore.core.function_check import HALF, check_function, probe_of
from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module, one_state, record_state
from vaecore.core.transforms import refuse_transforms, uncompiled

P = ParamSpec("P")
R = TypeVar("R")
Undo = Callable[[], None]

_lock = threading.RLock()
# By the ids of a model's networks, what is ready to be evaluated in this context; who put it there holds both.
_ready: ContextVar[dict[tuple[int, int], VAE]] = ContextVar("ready", default={})  # noqa: B039 - never written to
# The devices for which an evaluation that has begun in this context, and not ended, holds torch's settings.
_settled: ContextVar[frozenset[torch.device]] = ContextVar("settled", default=frozenset())
_held: dict[Any, tuple[int, Undo]] = {}  # how many evaluations need a change that is in force, and how it is undone


def in_evaluation_mode(function: Callable[Concatenate[VAE, P], R]) -> Callable[Concatenate[VAE, P], R]:
    """The function, with its model in `evaluation_mode` while it runs; torch.compile leaves it as it is."""

    def run(model: VAE, *args: P.args, **kwargs: P.kwargs) -> R:
        with evaluation_mode(model) as ready:
            return function(ready, *args, **kwargs)

    @wraps(function)
    def evaluated(model: VAE, *args: P.args, **kwargs: P.kwargs) -> R:
        return uncompiled(run)(model, *args, **kwargs)

    return evaluated


@contextmanager
def evaluation_mode(model: VAE) -> Iterator[VAE]:
    """The model, or a float32 copy of one in half precision, ready to be evaluated; the model itself is left as it was.

    Several threads may evaluate one model at once: it is put back when the last of them ends. Within, the model does not
    change, and evaluations of the same networks, with whatever likelihood, need no preparation of their own.

    Raises:
        TypeError: the model is none, or torch.func transforms the evaluation.
        ValueError: the decoder is not a function of z, or its parameters are not set yet.
    """
    if not isinstance(model, VAE):
        raise TypeError(f"model must be a vaecore.VAE of a decoder and a likelihood; got {type(model).__name__}.")
    refuse_transforms()
    device, ready = model.device, _ready.get().get(_networks(model))
    with ExitStack() as stack:
        if device not in _settled.get():
            _hold_settings(stack, device)
            token = _settled.set(_settled.get() | {device})
            stack.callback(_settled.reset, token)
        if ready is None:
            ready = stack.enter_context(kept_ready(model))
        if torch.is_grad_enabled():
            stack.enter_context(torch.no_grad())
        yield model if ready.decoder is model.decoder else ready.with_likelihood(model.likelihood)


@contextmanager
def kept_ready(model: VAE) -> Iterator[VAE]:
    """The model as in `evaluation_mode`, for many evaluations by this thread: torch's settings are made by each of them.

    Raises:
        ValueError: the decoder is not a function of z, or its parameters are not set yet.
    """
    networks = _networks(model)
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        for kind in {"cpu", model.device.type}:
            stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(one_state())
        for network in (model.decoder, model.encoder):
            if network is not None:
                _hold(stack, network, partial(_evaluating, network))
        if any(p.dtype in HALF or p.is_inference() for p in model.parameters()):
            model = _single_precision(model)
        with ExitStack() as settings:
            _hold_settings(settings, model.device)
            probe = probe_of(model.latent_dim).to(model.device, model.dtype)
            output = _decoded(model, probe)
            record_state(model.decoder, output, lambda: check_function(model, probe, output))
        token = _ready.set({**_ready.get(), networks: model, _networks(model): model})
        stack.callback(_ready.reset, token)
        yield model


def _decoded(model: VAE, probe: Tensor) -> Tensor:
    """What the decoder gives for the probe; torch's own error does not say that it was the decoder's."""
    try:
        return model.decode(probe)
    except RuntimeError as problem:
        why = str(problem).partition("\n")[0]
        raise ValueError(
            f"the decoder failed for z of shape {tuple(probe.shape)} and {probe.dtype} ({why}): has it {model.latent_dim} "
            "latents?"
        ) from problem


def _networks(model: VAE) -> tuple[int, int]:
    return id(model.decoder), id(model.encoder)


def _hold_settings(stack: ExitStack, device: torch.device) -> None:
    """Torch's settings and random state, which belong to the whole process."""
    _hold(stack, "precision", _full_precision)
    _hold(stack, ("random state", str(device)), lambda: _random_state(device))


def _hold(stack: ExitStack, key: Any, change: Callable[[], Undo]) -> None:
    """Make a change unless it is in force, and undo it when nobody needs it any more."""
    with _lock:
        count, undo = _held[key] if key in _held else (0, change())
        _held[key] = count + 1, undo
    stack.callback(_release, key)


def _release(key: Any) -> None:
    with _lock:
        count, undo = _held.pop(key)
        if count > 1:
            _held[key] = count - 1, undo
        else:
            undo()


def _evaluating(network: nn.Module) -> Undo:
    """Switch a network to evaluation mode; afterwards every attribute and every buffer is what it was."""
    if any(is_lazy(tensor) for tensor in (*network.parameters(), *network.buffers())):
        raise ValueError("a lazy layer has no weights before its first call; call the networks once, then evaluate them.")
    modules = list(network.modules())
    attributes = [_Contents.of(vars(module)) for module in modules]
    # Hooks, parameters, submodules and what else a module keeps in containers.
    inner = [_Contents.of(value) for one in attributes for value in one.saved.values() if isinstance(value, dict)]
    lists = [(value, value.copy()) for one in attributes for value in one.saved.values() if isinstance(value, list)]
    buffers = [(buffer, buffer.detach().clone()) for buffer in network.buffers()]
    modes = [(module, module.training) for module in modules]  # TorchScript keeps them elsewhere
    if any(module.training for module in modules):
        network.eval()

    def undo() -> None:
        for contents in (*attributes, *inner):
            contents.put_back()
        for value, items in lists:
            value[:] = items
        for module, mode in modes:
            if module.training != mode:
                module.training = mode
        for buffer, saved in buffers:
            if not torch.equal(buffer, saved):
                with torch.inference_mode(buffer.is_inference()):
                    buffer.copy_(saved)

    return undo


@dataclass(frozen=True, eq=False)
class _Contents:
    """What a dictionary holds, and held."""

    current: dict
    saved: dict

    @staticmethod
    def of(current: dict) -> "_Contents":
        return _Contents(current, dict(current))

    def put_back(self) -> None:
        # By identity: tensors do not compare to one truth value.
        if (self.current or self.saved) and (
            [*map(id, self.current.values())] != [*map(id, self.saved.values())] or [*self.current] != [*self.saved]
        ):
            self.current.clear()
            self.current.update(self.saved)


def _full_precision() -> Undo:
    """No TF32 and no bfloat16 inside float32 products: they cost up to 0.03 nat."""
    matmul, conv = torch.get_float32_matmul_precision(), _conv().fp32_precision
    if matmul == "highest" and conv == "ieee":
        return lambda: None
    torch.set_float32_matmul_precision("highest")
    _conv().fp32_precision = "ieee"

    def undo() -> None:
        torch.set_float32_matmul_precision(matmul)
        _conv().fp32_precision = conv

    return undo


def _conv() -> Any:
    return torch.backends.cudnn.conv  # type: ignore[attr-defined]


def _random_state(device: torch.device) -> Undo:
    state = torch.get_rng_state()
    on_device = torch.cuda.get_rng_state(device) if device.type == "cuda" else None

    def undo() -> None:
        if not torch.equal(state, torch.get_rng_state()):
            torch.set_rng_state(state)
        if on_device is not None:
            torch.cuda.set_rng_state(on_device, device)

    return undo


def _single_precision(model: VAE) -> VAE:
    """A float32 copy of a model whose tensors are in half precision, or belong to torch's inference mode."""

    def copy_of(network: nn.Module) -> nn.Module:
        wider = [p.dtype for p in network.parameters() if p.dtype not in HALF]
        try:
            return copy.deepcopy(network).to(wider[0] if wider else torch.float32).requires_grad_(False)
        except Exception as problem:
            raise ValueError(
                "a decoder in half precision is evaluated as a float32 copy, and this one cannot be copied "
                f"({problem}); convert it with .float() first."
            ) from problem

    decoder = cached_on_module(model.decoder, "single precision", partial(copy_of, model.decoder))
    encoder = model.encoder and cached_on_module(model.encoder, "single precision", partial(copy_of, model.encoder))
    return VAE(decoder, model.likelihood, model.latent_dim, encoder)
