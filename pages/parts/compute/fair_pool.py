"""A pool of threads that is fair between clients: whoever asks much, or asks what takes long, waits for that alone.

Clients are served in turn, one question each: first whose question is due first. It is due so long after it came, or after
the client's question before it was begun, as its patience says; what can wait yields to what a hand on the mouse waits for,
but not for ever. The first thread is kept for clients whose last question was short, so that
it is always free soon for them. Nothing is known of a client that has just come; as long as somebody's questions take long,
the first thread leaves it to the others until it has asked once, or whoever opens a new connection for each long question
would take that thread as well. Short questions are computed one at a time: threads of one process wait for each other at
every step of Python, and two sweeps at once take longer than one after the other. The threads are daemons, and `stop` ends
every wait, so that the process can end at any time.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, InvalidStateError
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

LONG = 0.15
"""Seconds of its thread's own time: a client whose last question took longer is kept from the first thread."""
PATIENCE = 0.1
"""Seconds after which a question is due, unless it says otherwise."""
CALM = 10.0
"""Seconds after the last long question, of anybody, in which the first thread serves known clients alone."""
_KNOWN = 2_048
"""Clients whose last question is remembered."""


@dataclass(frozen=True, eq=False)
class _Question:
    answer: Future
    compute: Callable[[], Any]
    patience: float  # seconds after which it is due


class BusyError(RuntimeError):
    """Too many questions wait already; try again in a moment."""


class FairPool:
    """So many daemon threads, and a queue for each client.

    Args:
        threads: how many; at least two, so that one is free of long questions.
        most_waiting: questions that may wait in all.
        most_per_client: questions of one client that may wait.
        around: a context in which every thread works.
    """

    def __init__(
        self,
        threads: int,
        most_waiting: int = 512,
        most_per_client: int = 16,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._waiting: dict[Hashable, deque[_Question]] = {}
        self._due: dict[Hashable, float] = {}  # when the first of the questions of each client that waits is due
        self._quick: OrderedDict[Hashable, bool] = OrderedDict()  # whether a client's last question was short
        self._last_long = -CALM
        self._short_since: dict[int, float] = {}  # when threads began what should be short
        self._running: set[Future] = set()
        self._changed = threading.Condition()
        self._stopped = False
        self.most_waiting, self.most_per_client = most_waiting, most_per_client
        self._around = around
        for number in range(max(2, threads)):
            threading.Thread(target=self._work, args=(number,), name=f"vaecore-{number}", daemon=True).start()

    def submit(self, client: Hashable, question: Callable[[], Any], patience: float = PATIENCE) -> Future:
        """The answer of a question, once it comes.

        Args:
            client: who asks.
            question: what is computed.
            patience: seconds after which it is due.

        Raises:
            BusyError: too many wait, of this client or in all, or the pool has stopped.
        """
        answer: Future = Future()
        with self._changed:
            mine = self._waiting.get(client, ())
            if self._stopped:
                raise BusyError("The server is stopping.")
            if len(mine) >= self.most_per_client or sum(map(len, self._waiting.values())) >= self.most_waiting:
                raise BusyError("The server is busy: too many questions are waiting. Try again in a moment.")
            if client not in self._waiting:
                self._waiting[client] = deque()
                self._due[client] = time.monotonic() + patience
            self._waiting[client].append(_Question(answer, question, patience))
            self._changed.notify_all()
        return answer

    def stop(self) -> None:
        """End every wait with `BusyError`: of questions that wait, and of those that are being computed."""
        with self._changed:
            self._stopped = True
            waiting = [question.answer for queue in self._waiting.values() for question in queue]
            self._waiting.clear()
            self._due.clear()
            running = list(self._running)
            self._changed.notify_all()
        for answer in [*waiting, *running]:
            with suppress(InvalidStateError):  # it may have been answered just now
                answer.set_exception(BusyError("The server is stopping."))

    def _next(self, number: int) -> tuple[Hashable, Future, Callable[[], Any]] | None:
        """The question for a thread that is due first, and its client; None where none is for this thread."""
        client = min(filter(partial(self._may_begin, number), self._due), key=self._due.__getitem__, default=None)
        if client is None:
            return None
        queue = self._waiting[client]
        found = queue.popleft()
        if queue:
            self._due[client] = time.monotonic() + queue[0].patience
        else:
            del self._waiting[client], self._due[client]
        return client, found.answer, found.compute

    def _may_begin(self, number: int, client: Hashable) -> bool:
        """Whether this thread may turn to this client now."""
        now = time.monotonic()
        if self._quick.get(client, False):
            # What has turned out to be long is not waited for.
            return all(now > began + LONG for began in self._short_since.values())
        return number > 0 or (client not in self._quick and now > self._last_long + CALM)

    def _work(self, number: int) -> None:
        with self._around():
            self._answer_questions(number)

    def _answer_questions(self, number: int) -> None:
        while True:
            with self._changed:
                while (found := self._next(number)) is None:
                    if self._stopped:
                        return
                    self._changed.wait(LONG if self._short_since else None)
                client, answer, question = found
                if not answer.set_running_or_notify_cancel():
                    continue  # nobody waits for it any more
                self._running.add(answer)
                if self._quick.get(client, False):
                    self._short_since[number] = time.monotonic()
            began = time.thread_time()  # not the clock's: on a busy machine a short question takes long by the clock
            try:
                result, error = question(), None
            except BaseException as problem:  # whatever it is belongs to who asked
                result, error = None, problem
            self._finished(number, client, answer, time.thread_time() - began)
            with suppress(InvalidStateError):  # `stop` may have answered already
                answer.set_exception(error) if error is not None else answer.set_result(result)
            del answer, question, result, error  # nothing is kept while the thread waits

    def _finished(self, number: int, client: Hashable, answer: Future, seconds: float) -> None:
        with self._changed:
            self._running.discard(answer)
            if self._short_since.pop(number, None) is not None:
                self._changed.notify_all()
            self._quick[client] = seconds <= LONG
            self._quick.move_to_end(client)
            if len(self._quick) > _KNOWN:
                self._quick.popitem(last=False)
            if seconds > LONG:
                self._last_long = time.monotonic()
            elif client in self._waiting:
                self._changed.notify_all()  # the first thread may serve it from now on
