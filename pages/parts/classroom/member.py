"""One connection to a class, and what still has to be sent to it: no slow one holds anybody up."""

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

_MOST_WAITING = 50  # messages; whoever has not taken as many is let go, and comes back by itself


class Member:
    """One connection, with what still has to be sent to it. Of movements only the latest is worth sending."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self._waiting: deque[str] = deque()
        self._move: dict[str, Any] | None = None
        self._led: object = None  # the q and the path that this connection has been sent last
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    def send(self, text: str) -> None:
        """Send a message, in its turn."""
        if len(self._waiting) >= _MOST_WAITING:
            self.close(1013, "This connection is too slow.")
            return
        self._waiting.append(text)
        self._wake.set()

    def move(self, message: dict[str, Any]) -> None:
        """Send a movement, in place of one that has not been sent yet."""
        self._move = message
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Close the connection after what is waiting."""
        self._closing = self._closing or (code, reason)
        self._wake.set()

    async def run(self) -> None:
        """Send until the connection is closed."""
        with suppress(WebSocketDisconnect, RuntimeError):  # it has hung up in the meantime
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self.socket.send_text(self._waiting.popleft())
                move, self._move = self._move, None
                if move is not None:
                    await self.socket.send_text(written(self._without_what_is_known(move)))
                if self._closing and not self._waiting:
                    await self.socket.close(*self._closing)
                    return

    def _without_what_is_known(self, move: dict[str, Any]) -> dict[str, Any]:
        """A movement without the q that leads to its path, if the same was sent with an earlier one."""
        led = move["s"], move.get("mean"), move.get("variance")
        known, self._led = led == self._led, led
        return {name: move[name] for name in ("k", "s")} if known else move


def written(message: dict[str, Any]) -> str:
    """A message as it is sent."""
    return json.dumps(message, separators=(",", ":"))
