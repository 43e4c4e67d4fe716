"""What is computed once per network: kept while the network lives and is not changed, and made anew when it is."""

import threading
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

Kept = TypeVar("Kept")

_kept: WeakKeyDictionary[nn.Module, tuple[list, dict[Hashable, Any]]] = WeakKeyDictionary()
_lock = threading.RLock()


def cached_on_module(network: nn.Module, what: Hashable, make: Callable[[], Kept]) -> Kept:
    """What `make` gives, now or at an earlier call for a network in the same state; it must not refer to the network."""
    state = _state(network)
    known = _kept.get(network)
    if known is not None and known[0] == state and what in known[1]:
        return known[1][what]
    # Only who has to make it waits for others who do.
    with _lock:
        known = _kept.get(network)
        if known is None or known[0] != state:
            known = _kept[network] = (state, {})
        if what not in known[1]:
            known[1][what] = make()
        return known[1][what]


def _state(network: nn.Module) -> list[tuple]:
    """What changes when a network is trained on, cast or moved: it is another one then."""
    tensors = network.state_dict(keep_vars=True).values()
    return [(t.data_ptr(), t._version, t.dtype, t.device, _digest(t.detach())) for t in tensors]


def _digest(values: Tensor) -> float:
    """A sum in which every place has its own weight: it sees what was written past autograd's version counter."""
    flat = values.flatten().to(torch.promote_types(values.dtype, torch.float32))
    return float(flat @ _places(len(flat), flat.dtype, flat.device))


@lru_cache(maxsize=64)
def _places(count: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.linspace(1, 2, count, dtype=dtype, device=device)
