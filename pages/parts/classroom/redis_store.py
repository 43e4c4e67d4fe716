"""The Redis or Valkey of the classes: its address, how it is asked, and the names of what it holds.

All names begin with "elbo-room:".

classes                 the codes, as a set
class:CODE              the hash of the secret, when the class was opened, when its presenter was last seen, the link
class:CODE:questions    number → the question as JSON; the last one alone can be open
class:CODE:votes:N:R    browser → answer and whether it is right, 1 or 0, of question N in round R
messages                the channel on which the processes tell each other what happens
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_PREFIX = "elbo-room:"
CLASSES, CHANNEL = f"{_PREFIX}classes", f"{_PREFIX}messages"
PATIENCE = 0.5
"""Seconds for one answer. The event loop waits for it: on one machine that is a fraction of a millisecond."""


def key_of(code: str) -> str:
    """The key of a class."""
    return f"{_PREFIX}class:{code}"


def questions_of(code: str) -> str:
    """The key of its questions."""
    return f"{key_of(code)}:questions"


def votes_of(code: str, question: int, round_: int) -> str:
    """The key of the votes of one round."""
    return f"{key_of(code)}:votes:{question}:{round_}"


class Store:
    """A connection to Redis.

    Args:
        address: redis://host:port/number, or whatever `redis.Redis.from_url` takes.

    Raises:
        OSError: it is no such address. Of every method: Redis cannot be used.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rpartition("@")[2]  # without a password
        try:
            self._redis = redis.Redis.from_url(
                address,
                decode_responses=True,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                retry=Retry(NoBackoff(), 1),  # a connection that was idle may have been closed
            )
        except ValueError as error:
            raise OSError(f"{self._address} is not the address of a Redis, such as redis://localhost:6379/0.") from error

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except redis.RedisError as error:
            raise OSError(f"The Redis of the classes, {self._address}, cannot be used: {error}") from error

    def do(self, *command: str | float) -> Any:
        """The answer to one command."""
        return self._asked(lambda: self._redis.execute_command(*command))

    def fields(self, key: str) -> dict[str, str]:
        """All of a hash."""
        return cast("dict[str, str]", self._asked(lambda: self._redis.hgetall(key)))

    def script(self, text: str, keys: Sequence[str], *values: str | float) -> Any:
        """The answer of a Lua script, which Redis runs as one step."""
        return self._asked(lambda: self._redis.eval(text, len(keys), *keys, *map(str, values)))

    def atomically(self, step: Callable[[Any], None], *keys: str) -> None:
        """Run a step that reads, then calls `multi()` and writes; again if one of the keys has been changed meanwhile."""
        self._asked(lambda: self._redis.transaction(step, *keys))

    def close(self) -> None:
        """Let go of the connection."""
        self._redis.close()
