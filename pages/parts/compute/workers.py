"""Where visitors' questions are computed: in processes of their own once the app has started them, and else in this one.

The server itself then does without torch, which takes it 140 MB: nothing that it loads imports torch at its top, and what it
is answered holds no tensors.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import cache, partial, wraps
from typing import ParamSpec, TypeVar

from pages.parts.compute.fair_pool import PATIENCE, FairPool
from pages.parts.compute.interpreter import called
from pages.parts.compute.process_group import ProcessGroup
from pages.parts.state.setup import Setup
from pages.parts.state.state import State

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_SETTING = "ELBO_ROOM_PROCESSES"
_MOST = 4
"""Processes, unless the setting says otherwise: each takes some 150 MB."""

_group: ProcessGroup | None = None


def count() -> int:
    """How many processes: what the setting says, or one for each core, where a process can become several.

    Raises:
        ValueError: the setting is no number.
    """
    setting = os.environ.get(_SETTING, "")
    if setting and not setting.isdecimal():
        raise ValueError(f"{_SETTING} must be a number of processes, or 0 to compute in the server's own; got {setting!r}.")
    if os.name != "posix":
        return 0
    if sys.platform != "linux":  # elsewhere copies of a process are not safe
        return min(int(setting or 1), 1)
    return int(setting) if setting else min(len(os.sched_getaffinity(0)), _MOST)


def start(warm_up: str = "") -> None:
    """Compute in processes of their own from now on, and wait until they are ready.

    Args:
        warm_up: the function that makes ready what all of them share, as "module:name"; or nothing.
    """
    global _group
    if count():
        _group = ProcessGroup(count(), warm_up)
        _group.wait_until_ready()
        return
    from pages.parts.compute import process

    process.make_ready(warm_up)


def stop() -> None:
    """End every wait."""
    (_group or _own_pool()).stop()


def submit(client: str, question: Callable[[], Result], patience: float = PATIENCE, about: str = "") -> Future[Result]:
    """The answer of a client's question, in its turn: a function of some module, with its arguments (`partial`).

    It must not wait for another question.

    Args:
        client: who asks.
        question: what is computed.
        patience: seconds after which it is due.
        about: the image, say, of which one of the processes has much at hand.

    Raises:
        BusyError: too many questions wait, or the server stops; or the answer raises it.
    """
    if _group is None:
        return _own_pool().submit(client, question, patience)
    return _group.submit(client, question, patience, about)


def in_process(question: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The question, which is computed where all are, whoever asks it: a function of a module that does without Streamlit.

    A module that the server loads as well imports in its functions what loads torch.
    """
    name = f"{question.__module__}:{question.__qualname__}"

    @wraps(question)
    def asked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if _group is None:
            return question(*args, **kwargs)
        client = f"thread {threading.get_ident()}"
        about = _about(args) or f"{question.__module__} {args[:1]}"  # the form of a loss, say, or a step of the derivation
        return submit(client, partial(called, name, *args, **kwargs), about=about).result()

    return asked


def _about(arguments: Iterable[object]) -> str:
    """The image, if one is asked about."""
    setups = (argument.setup if isinstance(argument, State) else argument for argument in arguments)
    return next((setup.image for setup in setups if isinstance(setup, Setup)), "")


@cache
def _own_pool() -> FairPool:
    from pages.parts.compute import process

    return process.new_pool()
