"""What is kept between questions, bounded in bytes: one limit for all models' features, one for all images.

What was used longest ago goes first. A `Store` belongs to one model or image and lives no longer; what it drops is computed
again when it is asked for.
"""

import itertools
import math
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from vaecore.core.models import VAE
from vaecore.core.module_cache import cached_on_module

_numbers = itertools.count()


class ByteLimit:
    """How many bytes some stores may hold together.

    Args:
        most: bytes, above which the entries that were used longest ago are dropped; a single larger one is kept.
        large: bytes, above which an entry is slow to make again, and goes when no smaller ones are left.
    """

    def __init__(self, most: float, large: float = math.inf) -> None:
        self.most, self.large = most, large
        self.held = 0
        self.lock = threading.RLock()
        # Of both, the least recently used first.
        self._small: OrderedDict[tuple[int, Hashable], tuple[weakref.ref[Store], int]] = OrderedDict()
        self._large: OrderedDict[tuple[int, Hashable], tuple[weakref.ref[Store], int]] = OrderedDict()

    def note(self, store: "Store", key: Hashable, size: int) -> None:
        """An entry of so many bytes was made, or has grown to them."""
        with self.lock:
            self.forget(store.number, key)
            entries = self._large if size > self.large else self._small
            entries[store.number, key] = (weakref.ref(store), size)
            self.held += size
            while self.held > self.most and len(self._small) + len(self._large) > 1:
                (number, oldest), (owner, _) = next(iter((self._small or self._large).items()))
                if (number, oldest) == (store.number, key):
                    break
                self.forget(number, oldest)
                kept = owner()
                if kept is not None:
                    kept.entries.pop(oldest, None)

    def touch(self, store: "Store", key: Hashable) -> None:
        """An entry was used."""
        for entries in (self._small, self._large):
            if (store.number, key) in entries:
                entries.move_to_end((store.number, key))

    def forget(self, number: int, key: Hashable) -> None:
        """An entry is gone."""
        for entries in (self._small, self._large):
            _, size = entries.pop((number, key), (None, 0))
            self.held -= size

    def forget_store(self, number: int) -> None:
        """A store is gone, with all that it held."""
        with self.lock:
            for key in [key for entries in (self._small, self._large) for key in entries if key[0] == number]:
                self.forget(*key)


class Store:
    """Entries by their keys, made when first asked for, under a limit that is shared with other stores; thread-safe."""

    def __init__(self, limit: ByteLimit) -> None:
        self.limit = limit
        self.number = next(_numbers)
        self.entries: dict[Hashable, Any] = {}
        self._making = threading.RLock()
        weakref.finalize(self, limit.forget_store, self.number)

    def get(self, keys: Sequence[Hashable], make: Callable[[list], Sequence[Any]], size: Callable[[Any], int]) -> list[Any]:
        """The entries of these keys; `make` gets those that are missing, all at once."""
        with self._making:  # whoever asks for the same waits, and then finds it
            with self.limit.lock:
                found = {key: self.entries[key] for key in keys if key in self.entries}
                for key in found:
                    self.limit.touch(self, key)
            missing = [key for key in keys if key not in found]
            if missing:
                made = dict(zip(missing, make(missing), strict=True))
                found |= made
                with self.limit.lock:
                    self.entries |= made
                    for key, value in made.items():
                        self.limit.note(self, key, size(value))
        return [found[key] for key in keys]

    def found(self, key: Hashable) -> Any:
        """The entry of a key; None where there is none: whoever asks makes it, perhaps at the same time as another."""
        with self.limit.lock:
            if key in self.entries:
                self.limit.touch(self, key)
            return self.entries.get(key)

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep an entry of so many bytes."""
        with self.limit.lock:
            self.entries[key] = value
            self.limit.note(self, key, size)


def bytes_of(value: Any) -> int:
    """About how many bytes a value takes: arrays and tensors by their numbers, records and containers by what they hold."""
    parts: Iterable[Any] = ()
    if hasattr(value, "nbytes"):
        return _OBJECT + int(value.nbytes)
    if isinstance(value, str | bytes):
        return _OBJECT + len(value)
    if isinstance(value, tuple | list):
        parts = value
    elif isinstance(value, dict):
        parts = (*value.keys(), *value.values())
    else:
        parts = [getattr(value, name) for name in _names_of_parts(type(value))]
    return _OBJECT + sum(map(bytes_of, parts))


_names: dict[type, tuple[str, ...]] = {}  # of the parts of each kind of record; none of other kinds


def _names_of_parts(kind: type) -> tuple[str, ...]:
    if kind not in _names:
        _names[kind] = tuple(part.name for part in fields(kind)) if is_dataclass(kind) else ()
    return _names[kind]


_OBJECT = 100  # bytes of an object of Python, with what points at it

FEATURES = ByteLimit(300e6, large=3e6)
"""Decoded points of all models: shared lattices and tiles."""
IMAGES = ByteLimit(50e6)
"""What belongs to images: log p(x|z) on shared lattices and tiles, and the sum for log p(x)."""


class ModelMemory:
    """What is kept of one model and of its images."""

    def __init__(self) -> None:
        self.features = Store(FEATURES)
        self.images = Store(IMAGES)

    @staticmethod
    def of(model: VAE) -> "ModelMemory":
        """That of the model's decoder in its present state, whatever σₓ is, unless each pixel has its own."""
        likelihood = model.likelihood
        key = ("quadrature", type(likelihood), likelihood.partition_key)
        return cached_on_module(model.decoder, key, ModelMemory)
