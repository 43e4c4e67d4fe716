"""Memory that is free goes back to the system: glibc would keep most of it. Elsewhere than on Linux this does nothing."""

import ctypes
import sys
import threading
import time

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # M_MMAP_THRESHOLD and M_ARENA_MAX of malloc.h
_EVERY = 5.0
"""Seconds from one return to the next; each takes one or two milliseconds."""


def set_up() -> None:
    """Have large blocks returned as soon as they are freed.

    glibc else learns, from the first blocks of some megabytes that are freed, to keep all such; decoding a lattice in a
    script's thread then leaves hundreds of megabytes of holes behind. And it gives threads, of which every visitor's script
    is one, areas of their own, whose holes no other thread fills.
    """
    _call("mallopt", _MMAP_THRESHOLD, 500_000)
    _call("mallopt", _ARENA_MAX, 2)


def give_back() -> None:
    """Return the holes that smaller blocks have left."""
    _call("malloc_trim", 0)


def give_back_regularly() -> None:
    """Do so from now on, in a thread: holes are left wherever answers and sessions come and go."""
    threading.Thread(target=_give_back_for_ever, name="memory", daemon=True).start()


def _give_back_for_ever() -> None:
    while True:
        time.sleep(_EVERY)
        give_back()


def _call(name: str, *numbers: int) -> None:
    """Call a function of the C library, where it is Linux's and has it."""
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*numbers)
