"""Where visitors' questions are computed: on a few threads that stay, as many as there are cores.

Streamlit runs every visitor's script in a thread of its own, made for that run. Sixty such threads would all want the
interpreter at once, and each would make torch's and the C library's memory anew.
"""

import os
import sys
from collections.abc import Callable, Hashable
from functools import partial
from typing import ParamSpec, TypeVar

from pages.parts.compute.fair_pool import FairPool
from pages.parts.compute.models import staying_ready

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

WORKERS = FairPool(os.cpu_count() or 1, around=staying_ready)


def run_in_pool(
    client: Hashable, question: Callable[Arguments, Answer], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Answer:
    """The answer, or the error, of a client's question to `vaecore`, in its turn. It must not wait for another question."""
    return WORKERS.submit(client, partial(question, *args, **kwargs)).result()


def hand_over_quickly() -> None:
    """Let a thread that waits for the interpreter have it after half a millisecond instead of five.

    Streamlit's loop waits for each script's thread to begin; that wait is what a class would feel.
    """
    sys.setswitchinterval(5e-4)
