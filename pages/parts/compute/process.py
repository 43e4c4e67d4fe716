"""The processes that compute: the first is started by `workers`, and becomes several once it holds what all of them need.

Scripts, websockets and files are served by another process. The threads of one process would wait for each other at every
step of Python; even two that compute at once give fewer answers than one alone.
"""

import os
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection

import torch

from pages.parts.compute import system_memory
from pages.parts.compute.answering import Answering
from pages.parts.compute.fair_pool import FairPool
from pages.parts.compute.interpreter import called, keep_what_is_loaded, set_up
from pages.parts.compute.kept import ANSWERS
from pages.parts.compute.models import staying_ready
from vaecore.core.devices import choose_device
from vaecore.evaluate.quadrature.memory import FEATURES, IMAGES

_THREADS = 2
"""Of each process: one computes what is short, the other also what is long."""


def new_pool() -> FairPool:
    """Threads each of which keeps its models ready."""
    return FairPool(_THREADS, around=staying_ready)


def make_ready(warm_up: str) -> None:
    """Prepare this process for computing.

    Args:
        warm_up: the function that makes ready what all processes share, as "module:name"; or nothing.
    """
    # One thread each is faster for all than all threads for one.
    torch.set_num_threads(1)
    if warm_up:
        called(warm_up)


def main(connections: Sequence[int], warm_up: str) -> None:
    """Answer over so many connections until they are closed: each in a process of its own, or on a GPU all in this one.

    Args:
        connections: their file descriptors.
        warm_up: as of `make_ready`.
    """
    set_up()
    make_ready(warm_up)
    keep_what_is_loaded()
    # A GPU that is in use cannot be shared by copies of a process.
    own = _one_for_each_process(connections) if choose_device().type == "cpu" else connections
    for descriptor in set(connections) - set(own):
        os.close(descriptor)
    shares = len(connections) / len(own)
    for limit in (FEATURES, IMAGES, ANSWERS):
        limit.most = limit.held + max(0.0, limit.most - limit.held) / shares  # what is held by now is shared
    system_memory.give_back_regularly()
    pool = new_pool()
    answering = [threading.Thread(target=Answering(Connection(one), pool).until_closed) for one in own]
    for thread in answering:
        thread.start()
    for thread in answering:
        thread.join()
    os._exit(0)  # nobody waits for what is still being computed


def _one_for_each_process(connections: Sequence[int]) -> Sequence[int]:
    for descriptor in connections[1:]:
        # No thread has been started: the copy finds everything as it is here.
        if os.fork() == 0:
            return [descriptor]
    return connections[:1]
