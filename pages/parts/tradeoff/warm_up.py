"""What is ready before the first visitor comes: the default model, and all that its ten first digits show."""

import ctypes
import sys

import torch

from pages.parts.compute import workers
from pages.parts.state import parameters
from pages.parts.tradeoff import descriptions, payload
from pages.parts.tradeoff.routes import read
from pages.parts.tradeoff.static_layer import static_layer

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h


def set_up_process() -> None:
    """Settings of the whole process, for many sessions that share its cores and its memory."""
    # One thread each is faster for all than all threads for one.
    torch.set_num_threads(1)
    workers.hand_over_quickly()
    _give_memory_back()


def warm_up() -> None:
    """Fill the caches that every visitor's first screen needs."""
    for digit in parameters.DIGIT.options:
        resolved = read({parameters.DIGIT.name: digit})
        for part in (static_layer, payload.sweep, payload.diagnostics, payload.pictures, descriptions.descriptions):
            part(resolved)


def _give_memory_back() -> None:
    """Have the C library return large blocks to the system when they are freed.

    glibc else learns, from the first blocks of some megabytes that are freed, to keep all such; decoding a lattice in a
    script's thread then leaves hundreds of megabytes of holes behind.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, 500_000)
