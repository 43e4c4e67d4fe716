"""Settings of a process that many visitors share: how its threads take turns, and what its collections leave alone."""

import gc
import sys
from importlib import import_module
from typing import Any

from pages.parts.compute import system_memory


def set_up() -> None:
    """Settings of any process of the app."""
    # A thread that waits for the interpreter has it after half a millisecond instead of five.
    sys.setswitchinterval(5e-4)
    system_memory.set_up()


def keep_what_is_loaded() -> None:
    """What is loaded by now stays; without this every collection would walk over all of it."""
    gc.collect()
    gc.freeze()
    system_memory.give_back()  # what loading and warming up took for a while


def called(name: str, *args: Any, **kwargs: Any) -> Any:
    """What the function of this name, "module:name", gives. It is not pickled itself: around it its answers may be kept."""
    module, function = name.split(":")
    return getattr(import_module(module), function)(*args, **kwargs)
