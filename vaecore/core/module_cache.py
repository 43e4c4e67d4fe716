"""What is computed once per network: kept while the network computes the same function, and made anew when it does not.

A network's function is more than its weights. Its state here is everything that can be read off: the types of its modules,
their hooks, their Python attributes (closures included), a digest of every tensor, and, for a decoder, its output at a few
fixed points, decoded anew at every call. Whatever none of these show cannot be seen from outside.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache, partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

Kept = TypeVar("Kept")

_DEEPEST = 6  # levels of attributes of attributes that are followed
_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_ROUNDINGS = 64  # of the largest output: what two evaluations of one decoder may differ by, on any device


@dataclass(frozen=True, eq=False)
class NetworkState:
    """What tells one function from another; `probe` is a decoder's output at fixed points, None for other networks."""

    structure: Hashable
    probe: Tensor | None

    def same_as(self, other: "NetworkState") -> bool:
        """Whether both are states of one function, as far as both say."""
        if self is other:
            return True
        if self.structure != other.structure:
            return False
        return self.probe is None or other.probe is None or agree(self.probe, other.probe)


_kept: WeakKeyDictionary[nn.Module, tuple[NetworkState, dict[Hashable, Any]]] = WeakKeyDictionary()
_lock = threading.RLock()
_states: ContextVar[dict[int, NetworkState] | None] = ContextVar("states", default=None)


def cached_on_module(network: nn.Module, what: Hashable, make: Callable[[], Kept]) -> Kept:
    """What `make` gives, now or at an earlier call for a network in the same state; it must not refer to the network."""
    state = _state(network)
    known = _kept.get(network)
    if known is not None and what in known[1] and known[0].same_as(state):
        _remember(network, known[0])
        return known[1][what]
    # Only callers that have to make something wait for others that do.
    with _lock:
        known = _kept.get(network)
        if known is None or not known[0].same_as(state):
            known = _kept[network] = (state, {})
        if what not in known[1]:
            known[1][what] = make()
        return known[1][what]


@contextmanager
def one_state() -> Iterator[None]:
    """Networks do not change in here: the state of each is read once."""
    token = _states.set({})
    try:
        yield
    finally:
        _states.reset(token)


def record_state(network: nn.Module, probe: Tensor | None, verify: Callable[[], None]) -> None:
    """Read a network's state for use in `one_state`, and call `verify` if the network was not in this state before."""
    state = NetworkState(_Reader().state_of(network), probe)
    known = _kept.get(network)
    if known is None or known[0].probe is None or not known[0].same_as(state):
        verify()
        with _lock:
            known = _kept.get(network)
            _kept[network] = (state, known[1] if known is not None and known[0].same_as(state) else {})
    _remember(network, state)


def agree(one: Tensor, other: Tensor) -> bool:
    """Whether two outputs differ by no more than rounding."""
    if one.shape != other.shape or one.dtype != other.dtype or one.device != other.device:
        return False
    if torch.equal(one, other):
        return True
    finite = one[one.isfinite()].abs()
    scale = float(finite.max()) if len(finite) else 0.0
    return torch.allclose(one, other, rtol=0, atol=_ROUNDINGS * torch.finfo(one.dtype).eps * scale, equal_nan=True)


def _remember(network: nn.Module, state: NetworkState) -> None:
    """In `one_state` this is the network's state from now on: an equal one, so that the next comparison is by identity."""
    states = _states.get()
    if states is not None:
        states[id(network)] = state


def _state(network: nn.Module) -> NetworkState:
    states = _states.get()
    if states is None:
        return NetworkState(_Reader().state_of(network), None)
    if id(network) not in states:
        states[id(network)] = NetworkState(_Reader().state_of(network), None)
    return states[id(network)]


class _Reader:
    """Reads the state of one network: a fingerprint of its Python values, and a digest of each of its tensors."""

    def __init__(self) -> None:
        self._digests: dict[torch.device, list[Tensor]] = {}

    def state_of(self, network: nn.Module) -> Hashable:
        """Equal for equal networks, and different after a change."""
        structure = self._structure(network, 0)
        # All at once: a GPU waits for each copy.
        return structure, tuple(tuple(torch.stack(digests).tolist()) for digests in self._digests.values())

    def _structure(self, network: nn.Module, depth: int) -> Hashable:
        return tuple(
            (name, type(module), getattr(type(module), "forward", None), *self._attributes(vars(module), depth + 1))
            for name, module in network.named_modules(remove_duplicate=False)
        )

    def _attributes(self, values: dict[str, Any], depth: int) -> Iterator[Hashable]:
        for key, value in values.items():
            # Submodules are listed by themselves; most other dictionaries of a module are empty.
            if key != "_modules" and not (isinstance(value, dict) and not value):
                yield key, self._print(value, depth)

    def _print(self, value: object, depth: int) -> Hashable:
        """A fingerprint of a Python value."""
        if value is None or isinstance(value, bool | int | str | bytes | type | torch.dtype | torch.device):
            return value
        if isinstance(value, float | complex):
            return repr(value)  # NaN is not equal to itself
        if isinstance(value, Tensor):
            return self._print_tensor(value)
        if depth > _DEEPEST:
            return type(value), id(value)
        if isinstance(value, nn.Module):
            # The registered ones are listed by `_structure`; this one may sit in a list or a closure.
            return self._structure(value, depth)
        if isinstance(value, list | tuple):
            return type(value), tuple(self._print(item, depth + 1) for item in value)
        if isinstance(value, dict):
            return tuple((self._print(key, depth + 1), self._print(item, depth + 1)) for key, item in value.items())
        if isinstance(value, MethodType):
            return value.__func__, id(value.__self__)
        if isinstance(value, FunctionType):
            cells = tuple(self._print(_contents(cell), depth + 1) for cell in value.__closure__ or ())
            return value.__code__, cells, self._print(value.__defaults__, depth + 1)
        if isinstance(value, partial):
            return tuple(self._print(part, depth + 1) for part in (value.func, value.args, value.keywords))
        if hasattr(value, "__array__"):
            array = value.__array__()
            return type(value), bytes(memoryview(array).cast("B")) if array.flags.c_contiguous else id(value)
        if isinstance(value, BuiltinFunctionType) or not hasattr(value, "__dict__"):
            return type(value), id(value)
        return type(value), id(value), self._print(vars(value), depth + 1)

    def _print_tensor(self, values: Tensor) -> Hashable:
        """Where a tensor lies and how often it was written. Its numbers are left for its digest.

        That is a sum in which every place has a weight of its own: it sees what was written past autograd's version counter.
        It is one of whole numbers, the tensor's bits: a sum of floating-point numbers differs between threads, since BLAS
        adds in another order in each that it may use.
        Buffers have no version here: they are put back after an evaluation that rewrites them, which counts as writing.
        """
        flat = values.detach().flatten()
        if flat.is_complex():
            flat = torch.view_as_real(flat).flatten()
        if flat.dtype.is_floating_point:
            flat = flat.view(_BITS[flat.dtype.itemsize])
        weighted = flat * _places(len(flat), flat.device)
        self._digests.setdefault(flat.device, []).append(weighted.sum(dtype=torch.int64))
        counted = isinstance(values, nn.Parameter) and not values.is_inference()
        where = (values.data_ptr(), values._version) if counted else ()
        return *where, tuple(values.shape), values.dtype, str(values.device)


def _contents(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


@lru_cache(maxsize=64)
def _places(count: int, device: torch.device) -> Tensor:
    # Odd, so that no change of a bit is lost when the product is cut off at 32 bits.
    return 2 * torch.randint(2**30, (count,), generator=torch.Generator().manual_seed(0), dtype=torch.int32).to(device) + 1
