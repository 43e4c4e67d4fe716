"""Between the processes of one server: what happens in a class in one of them reaches its members in the others."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, Protocol

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from pages.parts.classroom.redis_store import CHANNEL, PATIENCE

Received = Callable[[str, str, dict[str, Any]], None]
"""Of which class, from which process, and what."""

_AGAIN = 0.5  # seconds until a lost connection is tried again
_MOST_WAITING = 10_000  # messages to the other processes
_CHECK_EVERY = 5.0  # seconds without a message after which one is sent that comes back to its sender
_SILENCE = 12.0  # seconds without a message after which the connection is given up


class Relay(Protocol):
    """The other processes. Messages of one process arrive in their order, and not at the process itself."""

    async def ready(self) -> None:
        """Wait until messages of the other processes arrive.

        Raises:
            OSError: they do not.
        """

    def publish(self, code: str, message: dict[str, Any]) -> None:
        """Send a message on a class to all other processes."""

    async def run(self, received: Received, lost: Callable[[], None]) -> None:
        """Take the messages of the others, for ever; `lost` is called when some may have been missed."""


class OneProcess(Relay):
    """There are no other processes."""

    async def ready(self) -> None:
        """At once."""

    def publish(self, code: str, message: dict[str, Any]) -> None:
        """Nobody is to be sent anything."""

    async def run(self, received: Received, lost: Callable[[], None]) -> None:
        """Nothing arrives."""


class RedisRelay(Relay):
    """Processes that subscribe to one channel of a Redis.

    Args:
        address: of the Redis.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._name = secrets.token_hex(4)  # of this process
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._subscribed = asyncio.Event()

    async def ready(self) -> None:
        """Wait until this process has subscribed."""
        try:
            await asyncio.wait_for(self._subscribed.wait(), 2 * PATIENCE)
        except TimeoutError as error:
            raise OSError("The other processes of this server cannot be reached.") from error

    def publish(self, code: str, message: dict[str, Any]) -> None:
        """Send a message on a class to all other processes; without a connection nobody gets it."""
        if self._subscribed.is_set() and not self._waiting.full():
            self._waiting.put_nowait(json.dumps([self._name, code, message], separators=(",", ":")))

    async def run(self, received: Received, lost: Callable[[], None]) -> None:
        """Subscribe, send and receive; again whenever the connection is lost."""
        while True:
            try:
                async with redis.asyncio.Redis.from_url(
                    self._address,
                    socket_connect_timeout=PATIENCE,
                    retry=Retry(NoBackoff(), 0),  # it would subscribe again without a word
                ) as client:
                    await self._connected(client, received)
            except (RedisError, OSError):
                self._subscribed.clear()
                self._waiting = asyncio.Queue(_MOST_WAITING)
                lost()
                await asyncio.sleep(_AGAIN)

    async def _connected(self, client: redis.asyncio.Redis, received: Received) -> None:
        """Send and receive until the connection is lost.

        Raises:
            OSError: nothing has come for too long, not even what this process sends itself.
        """
        loop = asyncio.get_running_loop()
        async with client.pubsub() as channel:
            await channel.subscribe(CHANNEL)
            sending, last = asyncio.create_task(self._send(client)), loop.time()
            try:
                while not sending.done():
                    message = await channel.get_message(timeout=_CHECK_EVERY)
                    if message:
                        last = loop.time()
                        self._take(message, received)
                    elif loop.time() - last > _SILENCE:
                        raise OSError("The Redis of the classes does not answer.")
                await sending  # raises what has ended it
            finally:
                sending.cancel()

    def _take(self, message: dict[str, Any], received: Received) -> None:
        if message["type"] == "subscribe":
            self._subscribed.set()
        elif message["type"] == "message":
            sender, code, content = json.loads(message["data"])
            if code and sender != self._name:
                received(code, sender, content)

    async def _send(self, client: redis.asyncio.Redis) -> None:
        while True:
            try:
                text = await asyncio.wait_for(self._waiting.get(), _CHECK_EVERY)
            except TimeoutError:
                text = json.dumps([self._name, "", {}])  # of no class: it only has to come back
            await client.publish(CHANNEL, text)
