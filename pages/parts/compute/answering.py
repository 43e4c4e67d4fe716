"""A process that computes: it reads questions from a connection, and writes each answer to it once it is there."""

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from pages.parts.compute.fair_pool import BusyError, FairPool


@dataclass(frozen=True)
class Question:
    """A function without arguments, pickled, that is to be called in a client's turn."""

    number: int
    client: str
    patience: float  # seconds after which it is due
    call: bytes


@dataclass(frozen=True)
class Cancelled:
    """Nobody waits for the answer to this question any more."""

    number: int


@dataclass(frozen=True)
class Answer:
    """What came of a question, pickled: its result, or the error that it met."""

    number: int
    result: bytes
    failed: bool


class Answering:
    """Answers what comes over a connection, out of a pool."""

    def __init__(self, connection: Connection, pool: FairPool) -> None:
        self._connection, self._pool = connection, pool
        self._waiting: dict[int, Future] = {}
        self._writing = threading.Lock()

    def until_closed(self) -> None:
        """Answer until the other end is closed."""
        with suppress(EOFError, OSError):
            while True:
                message = self._connection.recv()
                if isinstance(message, Question):
                    self._begin(message)
                elif message.number in self._waiting:
                    self._waiting[message.number].cancel()

    def _begin(self, question: Question) -> None:
        try:
            answer = self._pool.submit(question.client, lambda: _called(question.call), question.patience)
        except BusyError as error:
            self._write(Answer(question.number, pickle.dumps(error), failed=True))
            return
        self._waiting[question.number] = answer
        answer.add_done_callback(lambda done: self._finish(question.number, done))

    def _finish(self, number: int, done: Future) -> None:
        self._waiting.pop(number, None)
        if done.cancelled():
            return
        error = done.exception()
        self._write(Answer(number, done.result() if error is None else _pickled(error), failed=error is not None))

    def _write(self, answer: Answer) -> None:
        with self._writing, suppress(OSError):  # nobody is there any more
            self._connection.send(answer)


def _called(call: bytes) -> bytes:
    question: Callable[[], Any] = pickle.loads(call)
    return pickle.dumps(question())


def _pickled(error: BaseException) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # some hold what cannot be pickled
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
