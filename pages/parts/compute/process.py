"""The processes that compute: the first is started by `workers`, and becomes several once it holds what all of them need.

Scripts, websockets and files are served by another process. The threads of one process would wait for each other at every
step of Python; even two that compute at once give fewer answers than one alone.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import torch

from pages.parts.compute import system_memory
from pages.parts.compute.answering import Answering
from pages.parts.compute.fair_pool import FairPool
from pages.parts.compute.kept import ANSWERS
from pages.parts.compute.models import staying_ready
from vaecore.evaluate.quadrature.memory import FEATURES, IMAGES

_THREADS = 2
"""Of each process: one computes what is short, the other also what is long."""


def new_pool() -> FairPool:
    """Threads each of which keeps its models ready."""
    return FairPool(_THREADS, around=staying_ready)


def set_up() -> None:
    """Settings of a whole process that many visitors share."""
    # One thread each is faster for all than all threads for one.
    torch.set_num_threads(1)
    # A thread that waits for the interpreter has it after half a millisecond instead of five.
    sys.setswitchinterval(5e-4)
    system_memory.set_up()


def keep_what_is_loaded() -> None:
    """What is loaded by now stays; without this every collection would walk over all of torch."""
    gc.collect()
    gc.freeze()
    system_memory.give_back()  # what loading and warming up took for a while


def called(name: str, *args: Any, **kwargs: Any) -> Any:
    """What the function of this name, "module:name", gives. It is not pickled itself: around it its answers may be kept."""
    module, function = name.split(":")
    return getattr(import_module(module), function)(*args, **kwargs)


def main(connections: Sequence[int], warm_up: str) -> None:
    """Answer over so many connections, each in a process of its own, until they are closed.

    Args:
        connections: their file descriptors.
        warm_up: the function that makes ready what all processes share, as "module:name"; or nothing.
    """
    set_up()
    if warm_up:
        called(warm_up)
    keep_what_is_loaded()
    own = _one_for_each_process(connections)
    for descriptor in connections:
        if descriptor != own:
            os.close(descriptor)
    for limit in (FEATURES, IMAGES, ANSWERS):
        limit.most = limit.held + max(0.0, limit.most - limit.held) / len(connections)  # what is held by now is shared
    system_memory.give_back_regularly()
    Answering(Connection(own), new_pool()).until_closed()
    os._exit(0)  # nobody waits for what is still being computed


def _one_for_each_process(connections: Sequence[int]) -> int:
    for descriptor in connections[1:]:
        # No thread has been started and no GPU is in use: the copy finds everything as it is here.
        if os.fork() == 0:
            return descriptor
    return connections[0]
