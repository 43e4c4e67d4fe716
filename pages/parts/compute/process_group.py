"""The processes that compute, as the server sees them: how they start and end, and what is asked of each."""

import itertools
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pages.parts.compute.answering import Answer, Cancelled, Question
from pages.parts.compute.fair_pool import PATIENCE, BusyError

_ROOT = Path(__file__).parents[3]
_MAIN = "from pages.parts.compute.process import main; main({descriptors}, {warm_up!r})"
_PAUSE = 1.0
"""Seconds before processes are started again."""
_REMEMBERED = 256
"""Things that were asked about; what belongs to an older one has been forgotten by the processes too."""
_FAR_BEHIND = 8
"""So many questions more than elsewhere may wait where one usually goes: with few, many images are kept twice."""
_STOPPING = "The server is stopping."
_ANEW = "The server had to begin its computing anew. Try again in a moment."


class _Worker:
    """What waits for one of the processes, and the way to it."""

    def __init__(self, connection: Connection) -> None:
        self.waiting: dict[int, tuple[str, Future]] = {}  # by their numbers, who has asked and the answer
        self.received = connection.recv
        self._connection, self._sending = connection, threading.Lock()

    def send(self, message: Question | Cancelled) -> None:
        """Send a message. That the process has ended is learnt by who receives."""
        with self._sending, suppress(OSError):
            self._connection.send(message)


class _Places:
    """Which of the processes has at hand what belongs to each thing that was asked about lately: as many in each."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._of: OrderedDict[str, int] = OrderedDict()

    def of(self, about: str) -> int:
        """The place of this; of what is new, or has not been asked about for long, where there are fewest."""
        place = self._of.pop(about, None)
        if place is None:
            taken = Counter(self._of.values())
            place = min(range(self._count), key=lambda one: taken[one])
        self._of[about] = place
        if len(self._of) > _REMEMBERED:
            self._of.popitem(last=False)
        return place


def _worker_for(client: str, usual: _Worker, workers: Sequence[_Worker]) -> _Worker:
    """The usual one for what is asked, which has what belongs to it at hand, unless it is far behind.

    It is not for the client's own questions: whoever asks much keeps one process busy with it, and not all of them.
    """
    idlest = min(workers, key=lambda worker: len(worker.waiting))
    of_others = sum(who != client for who, _ in list(usual.waiting.values()))
    return idlest if of_others >= len(idlest.waiting) + _FAR_BEHIND else usual


class ProcessGroup:
    """The processes that compute. Should one of them end, whoever waits is told so, and all are started anew.

    Args:
        count: how many.
        warm_up: the function that makes ready what all of them share, as "module:name"; or nothing.
    """

    def __init__(self, count: int, warm_up: str = "") -> None:
        self._count, self._warm_up = count, warm_up
        self._places = _Places(count)
        self._numbers = itertools.count()
        self._changing = threading.RLock()  # a signal may stop everything at any point
        self._stopped = False
        self._start()

    def submit(self, client: str, question: Callable[[], Any], patience: float = PATIENCE, about: str = "") -> Future:
        """The answer of a function of some module, with its arguments (`partial`), once it comes.

        Args:
            client: who asks.
            question: what is computed.
            patience: seconds after which it is due.
            about: what a process has at hand that has answered questions about it; if nothing, what belongs to the client.

        Raises:
            BusyError: the server stops, or starts anew. That too many questions wait is said by the answer.
        """
        with self._changing:
            workers = self._workers
            if not workers:
                raise BusyError(_STOPPING if self._stopped else _ANEW)
            worker = _worker_for(client, workers[self._places.of(about or client)], workers)
        return self._ask(worker, client, question, patience)

    def stop(self) -> None:
        """End the processes, and every wait for them with `BusyError`."""
        self._stopped = True
        self._end(_STOPPING)

    def wait_until_ready(self) -> None:
        """Wait until all have warmed up, or one has ended."""
        with suppress(BusyError):
            for answer in [self._ask(worker, "", dict, 0.0) for worker in self._workers]:
                answer.result()

    def _ask(self, worker: _Worker, client: str, question: Callable[[], Any], patience: float) -> Future:
        answer: Future = Future()
        asked = Question(next(self._numbers), client, patience, pickle.dumps(question))
        with self._changing:
            if worker not in self._workers:
                raise BusyError(_STOPPING if self._stopped else _ANEW)
            worker.waiting[asked.number] = client, answer
        # Not while others wait for the lock: there may be no room for it until answers have been read.
        worker.send(asked)
        answer.add_done_callback(partial(self._forget, worker, asked.number))
        return answer

    def _forget(self, worker: _Worker, number: int, done: Future) -> None:
        with self._changing:
            known = worker.waiting.pop(number, None)
        if known is not None and done.cancelled():
            worker.send(Cancelled(number))

    def _start(self) -> None:
        pairs = [socket.socketpair() for _ in range(self._count)]
        theirs = [end.fileno() for _, end in pairs]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._first = subprocess.Popen(
            [sys.executable, "-c", _MAIN.format(descriptors=theirs, warm_up=self._warm_up)],
            env={**os.environ, "PYTHONPATH": path},
            pass_fds=theirs,
            start_new_session=True,  # an interrupt from the keyboard is for this process alone, which ends the others
        )
        for _, end in pairs:
            end.close()
        self._workers = [_Worker(Connection(own.detach())) for own, _ in pairs]
        for worker in self._workers:
            threading.Thread(target=self._read, args=(worker,), name="answers", daemon=True).start()

    def _read(self, worker: _Worker) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._finish(worker, worker.received())
        with self._changing:
            if worker not in self._workers:
                return
            self._end(_ANEW)
        time.sleep(_PAUSE)
        with self._changing:
            if not self._stopped:
                self._start()

    def _finish(self, worker: _Worker, answer: Answer) -> None:
        with self._changing:
            _, waiting = worker.waiting.pop(answer.number, ("", None))
        if waiting is None:
            return
        result = pickle.loads(answer.result)
        with suppress(InvalidStateError):  # it was cancelled just now
            waiting.set_exception(result) if answer.failed else waiting.set_result(result)

    def _end(self, why: str) -> None:
        with self._changing:
            ended, self._workers = self._workers, []
        with suppress(OSError):
            os.killpg(self._first.pid, signal.SIGKILL)
        self._first.wait()
        for worker in ended:
            for _, answer in list(worker.waiting.values()):
                with suppress(InvalidStateError):
                    answer.set_exception(BusyError(why))
