"""Ending at once: what is still being computed, and browsers that do not hang up, must not keep a stopped server alive."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

PATIENCE = 1.5
"""Seconds that an orderly end may take after a signal; then the process ends all the same: it has nothing to lose."""


def end_quickly(stop: Callable[[], Any]) -> None:
    """Have SIGINT and SIGTERM first call `stop`, then end the server in order, and after `PATIENCE` in any case.

    To be called once the server has set its own handlers, in the main thread; elsewhere it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _handler(stop, signal.getsignal(number)))


def _handler(stop: Callable[[], Any], before: Any) -> Callable[[int, FrameType | None], None]:
    def ended(number: int, frame: FrameType | None) -> None:
        last_resort = threading.Timer(PATIENCE, os._exit, (128 + number,))
        last_resort.daemon = True
        last_resort.start()
        stop()
        if callable(before):
            before(number, frame)

    return ended
