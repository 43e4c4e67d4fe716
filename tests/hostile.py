"""Clients that mean no good: `python -m tests.hostile` floods a server of its own and prints what a bystander sees.

The bystander was there before: it drags the mean, asking for a sweep at a new mean as soon as the last one has come, and
opens the first page now and then. Beside it, one after the other, the attacks of `ATTACKS`. The table says how many answers
a second the bystander had, how long `/` took at most, and how much memory the server took; the last line, how long Ctrl-C
took.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psutil
import websockets

from tests.processes import memory_of
from tests.visiting import running_app

WORST = {
    "part": "rest", "model": "digits-2-binary", "digit": "2", "example": "20", "q": "hand", "mean": "0 -8",
    "variance": "0.001 4", "move": "each", "dimension": "1",
}  # fmt: skip
"""A legal question that would take longest without a budget: q is wide in one dimension and far out in the other."""

ORDINARY = {"part": "sweep", "q": "hand", "variance": "0.01"}


@dataclass(frozen=True)
class Seen:
    """What the bystander saw during an attack."""

    answers: float  # sweeps a second
    slowest_page: float  # seconds
    memory: float  # megabytes that the server took in the meantime


class Bystander:
    """A visitor who drags the mean, and means no harm. Each has means of its own: none has been answered to another."""

    _seeds = itertools.count()

    def __init__(self, address: str) -> None:
        self.address = address
        self.rng = random.Random(next(self._seeds))

    @asynccontextmanager
    async def dragging(self) -> AsyncIterator[None]:
        """With a connection of its own, on which it has asked before: it was here when the attack began."""
        async with websockets.connect(socket_address(self.address), max_size=None, proxy=None, open_timeout=60) as socket:
            self.socket = socket
            for _ in range(3):
                await self.ask()
            yield

    async def ask(self) -> bool:
        """Ask for the sweep at a new mean; whether it was answered, and not refused."""
        mean = f"{self.rng.gauss(0, 1):.4f} {self.rng.gauss(0, 1):.4f}"
        await self.socket.send(json.dumps({**ORDINARY, "mean": mean}))
        return "refused" not in json.loads(await self.socket.recv())

    async def drag(self, seconds: float) -> int:
        """Ask for sweeps, one after the other; returns how many came."""
        answers = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    answers += await self.ask()
        return answers

    async def watch(self, seconds: float) -> float:
        """Open the first page every half second; returns the longest time that one took, in seconds."""
        slowest, end = 0.0, time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            await asyncio.to_thread(fetch, f"{self.address}/", 60)
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.5)
        return slowest


def socket_address(address: str) -> str:
    """The address of the stream of numbers."""
    return f"{address.replace('http', 'ws', 1)}/play/stream"


def fetch(address: str, patience: float, headers: dict[str, str] | None = None) -> int:
    """The status with which an address answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers or {}), timeout=patience) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


# ---- the attacks: each runs until it is cancelled -----------------------------------------------------------------------


async def four_sockets(address: str) -> None:
    """Four sockets that ask the worst question again and again, each a little different."""

    async def one(number: int) -> None:
        for turn in range(10_000):
            with suppress(OSError, websockets.WebSocketException):
                async with websockets.connect(socket_address(address), max_size=None, proxy=None) as socket:
                    await socket.send(json.dumps({**WORST, "mean": f"0.{number}{turn:04} -8"}))
                    await socket.recv()

    await asyncio.gather(*(one(number) for number in range(4)))


async def unread_questions(address: str) -> None:
    """20,000 questions on one socket, none of whose answers is read."""
    async with websockets.connect(socket_address(address), max_size=None, max_queue=1, proxy=None) as socket:
        with suppress(websockets.WebSocketException):
            for number in range(20_000):
                await socket.send(json.dumps({**ORDINARY, "mean": f"0.{number:05} 0"}))
        await asyncio.sleep(3600)


async def large_messages(address: str) -> None:
    """Messages of 100 MB, one after the other."""
    message = "x" * 100_000_000
    while True:
        with suppress(OSError, websockets.WebSocketException):
            async with websockets.connect(socket_address(address), max_size=None, proxy=None) as socket:
                await socket.send(message)
                await socket.recv()
        await asyncio.sleep(0.2)


async def open_sockets(address: str) -> None:
    """500 sockets that say nothing."""
    async with asyncio.TaskGroup() as group:

        async def one() -> None:
            with suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with websockets.connect(socket_address(address), proxy=None, open_timeout=60):
                    await asyncio.sleep(3600)

        for _ in range(500):
            group.create_task(one())


async def plain_requests(address: str) -> None:
    """28 requests at a time for the worst question, as plain HTTP."""
    query = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in WORST.items() if name != "part")

    loop = asyncio.get_running_loop()
    # Threads of their own: those of `asyncio.to_thread` are few, and the bystander needs them.
    threads = ThreadPoolExecutor(28)

    async def one(number: int) -> None:
        for turn in range(10_000):
            asked = f"{address}/play/rest?{query}".replace("0+-8", f"0.{number}{turn:03}+-8")
            with suppress(OSError):
                await loop.run_in_executor(threads, fetch, asked, 5)

    try:
        await asyncio.gather(*(one(number) for number in range(28)))
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


async def foreign_pictures(address: str) -> None:
    """<img> elements of a page of another site, three at a time."""
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    query = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in WORST.items() if name != "part")

    async def one() -> None:
        while True:
            status = await asyncio.to_thread(fetch, f"{address}/play/rest?{query}", 60, foreign)
            if status != 403:
                raise RuntimeError(f"a picture of another site was answered with {status}")
            await asyncio.sleep(0.02)

    await asyncio.gather(*(one() for _ in range(3)))


Attack = Callable[[str], Awaitable[None]]
ATTACKS: dict[str, Attack] = {
    "four sockets of worst questions": four_sockets,
    "20,000 unread questions": unread_questions,
    "messages of 100 MB": large_messages,
    "500 open sockets": open_sockets,
    "28 plain requests of the worst question": plain_requests,
    "pictures on a page of another site": foreign_pictures,
}


@asynccontextmanager
async def under(attack: Attack | None, address: str) -> AsyncIterator[None]:
    """While an attack runs; it must not have ended by itself with an error."""
    if attack is None:
        yield
        return
    task = asyncio.ensure_future(attack(address))
    await asyncio.sleep(1)
    try:
        yield
    finally:
        failed = task.exception() if task.done() else None
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
        if failed is not None:
            raise failed


async def seen_during(attack: Attack | None, address: str, pid: int, seconds: float) -> Seen:
    """What a bystander sees, for so many seconds."""
    before = memory_of(pid)
    bystander = Bystander(address)
    async with bystander.dragging(), under(attack, address):
        answers, page = await asyncio.gather(bystander.drag(seconds), bystander.watch(seconds))
        most = memory_of(pid)
    return Seen(answers / seconds, page, (most - before) / 1e6)


async def fill_caches(address: str, pid: int) -> None:
    """Drag until memory hardly rises any more: the caches are bounded, and what an attack adds is not what fills them."""
    for _ in range(10):
        if (await seen_during(None, address, pid, 5)).memory < 5:
            return


@contextmanager
def stopped_by_hand(pid: int) -> Iterator[list[float]]:
    """Sends SIGINT at the end; the list then holds the seconds that the server took to end."""
    took: list[float] = []
    yield took
    began = time.monotonic()
    os.kill(pid, signal.SIGINT)
    process = psutil.Process(pid)
    with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        process.wait(30)
    took.append(time.monotonic() - began)


def main() -> int:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=8.0, help="that each attack lasts")
    chosen = options.parse_args()
    print("| while | bystander: sweeps a second | `/`, slowest, s | memory, MB |")
    print("|---|--:|--:|--:|")
    with running_app() as server, stopped_by_hand(server.pid) as took:
        asyncio.run(seen_during(four_sockets, server.address, server.pid, 5))  # a model's first question takes seconds
        asyncio.run(fill_caches(server.address, server.pid))
        for name, attack in {"nobody attacks": None, **ATTACKS}.items():
            seen = asyncio.run(seen_during(attack, server.address, server.pid, chosen.seconds))
            print(f"| {name} | {seen.answers:.1f} | {seen.slowest_page:.2f} | {seen.memory:+.0f} |", flush=True)
        asyncio.run(seen_during(four_sockets, server.address, server.pid, 1))
    print(f"\nCtrl-C, with the worst questions still being computed: ended after {took[0]:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
