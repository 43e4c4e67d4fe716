"""A class that drags: `python -m tests.class_load --students 30 --seconds 60` lets so many students work at once.

Every student has a page of the app open and moves as a browser does: of every six seconds, the mean is dragged for two, with
one question at a time on its way; once it rests, gap, forces and images are asked for; every three seconds q is committed at
its new mean. Every fourth turn begins with another digit. Nobody asks what somebody else has asked. A streamed answer is
timed from its question, every other one from the moment it was due: a server that stalls cannot hide behind clients that
wait for it. Bytes are those on the wire, compressed. The clients run in this process and the server in another, on the same
cores.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np
import psutil
import websockets
from websockets.asyncio.client import ClientConnection

from pages.parts.state.parameters import GRID
from tests.load import Session, percentile
from tests.processes import cpu_of, memory_of
from tests.visiting import running_app

TURN, DRAG, COMMIT = 6.0, 2.0, 3.0  # seconds: a turn, how much of it is a drag, and from one commit to the next
DIGIT_TURNS = 4  # turns from one digit to the next
LEAST_INTERVAL = 0.025  # seconds between two questions of a drag, as in the browser's `stream.js`
COMMITTED_VARIANCES = tuple(
    str(np.float32(min(GRID, key=lambda stop: abs(np.log(stop / near))))) for near in (0.01, 0.1, 1.0)
)
"""Stops of the slider of σ²."""


class Measured(ClientConnection):
    """A connection that counts the bytes that arrive."""

    arrived = 0

    def data_received(self, data: bytes) -> None:
        """Called with what has come from the network."""
        self.arrived += len(data)
        super().data_received(data)


@dataclass
class Student(Session):
    """A visitor that drags, rests and commits; by kind of answer, how long each took and how many bytes it had."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    rates: list[float] = field(default_factory=list)  # answers per second, of every drag
    mean: tuple[float, float] = (0.0, 0.0)

    async def live(self, address: str, seconds: float) -> None:
        """Open the app, then work for so many seconds."""
        rng = random.Random(self.index)
        self.mean = (rng.gauss(0, 1), rng.gauss(0, 1))
        self.query = f"q=hand&mean={self.mean[0]:.4f} {self.mean[1]:.4f}&variance={COMMITTED_VARIANCES[1]}"
        base = address.replace("http", "ws", 1)
        options = {"max_size": None, "ping_interval": None, "open_timeout": self.patience, "proxy": None}
        options["create_connection"] = Measured
        try:
            async with (
                websockets.connect(f"{base}/_stcore/stream", subprotocols=["streamlit"], **options) as page,
                websockets.connect(f"{base}/play/stream", **options) as moving,
                websockets.connect(f"{base}/play/stream", **options) as resting,
            ):
                opened = time.perf_counter()
                await page.send(self.rerun())
                await asyncio.wait_for(self.finished(page), self.patience)
                self.seconds["first page"].append(time.perf_counter() - opened)
                if not self.widget:
                    raise RuntimeError("the page came without the instrument")
                start = time.perf_counter() + TURN * rng.random()
                await asyncio.gather(
                    self._drags(moving, resting, start, start + seconds, rng), self._commits(page, start, start + seconds)
                )
        except (OSError, RuntimeError, TimeoutError, websockets.WebSocketException) as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    async def _drags(
        self,
        moving: Measured,
        resting: Measured,
        due: float,
        end: float,
        rng: random.Random,
    ) -> None:
        turn = 0
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if turn % DIGIT_TURNS == DIGIT_TURNS - 1:
                self.question |= {"digit": str(rng.randrange(10)), "example": str(rng.randint(1, 25))}
                await self._ask(moving, "sweep", "another digit", due)
            direction = (rng.gauss(0, 1), rng.gauss(0, 1))
            began, answers = time.perf_counter(), 0
            while (asked := time.perf_counter()) < began + DRAG:
                self.mean = (self.mean[0] + 0.02 * direction[0], self.mean[1] + 0.02 * direction[1])
                if max(map(abs, self.mean)) > 3:
                    direction = (-self.mean[0], -self.mean[1])
                await self._ask(moving, "sweep", "streamed", asked)
                answers += 1
                await asyncio.sleep(max(0.0, asked + LEAST_INTERVAL - time.perf_counter()))
            self.rates.append(answers / (time.perf_counter() - began))
            released = time.perf_counter()
            await self._ask(resting, "rest", "rest", released)
            await self._ask(resting, "pictures", "pictures", released)
            # A late turn is not made up for: nobody drags twice as much because the first drag was slow.
            due = max(due + TURN, time.perf_counter())
            turn += 1

    def written(self) -> str:
        """The mean as the link has it."""
        return " ".join(f"{value:.5f}" for value in self.mean)

    async def _ask(self, socket: Measured, part: str, kind: str, due: float) -> None:
        question = {**self.question, "mean": self.written(), "part": part}
        before = socket.arrived
        await socket.send(json.dumps(question))
        answer = await asyncio.wait_for(socket.recv(), self.patience)
        if isinstance(answer, str) and "refused" in json.loads(answer):
            raise RuntimeError(f"{kind}: {answer:.200}")
        self.seconds[kind].append(time.perf_counter() - due)
        self.sizes[kind].append(socket.arrived - before)

    async def _commits(self, page: Measured, due: float, end: float) -> None:
        number = 0
        while due < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            mean = self.written()  # what was asked for while it moved, as in the browser
            self.commit["mean"] = mean
            before = page.arrived
            await page.send(self.rerun(COMMITTED_VARIANCES[number % len(COMMITTED_VARIANCES)]))
            await asyncio.wait_for(self.finished(page), self.patience)
            self.seconds["commit"].append(time.perf_counter() - due)
            self.sizes["commit"].append(page.arrived - before)
            if f"mean={mean}" not in self.query.replace("%20", " "):
                self.errors.append(f"the link says {self.query} and not mean={mean}")
            due += COMMIT
            number += 1


async def work(address: str, chosen: argparse.Namespace, pid: int) -> tuple[list[Student], list[float]]:
    """The whole class, which enters over the first two seconds; and the server's memory in MB, once a second."""
    students = [Student(index, chosen.patience) for index in range(chosen.students)]
    memory: list[float] = []

    async def watch() -> None:
        while True:
            memory.append(memory_of(pid) / 1e6)
            await asyncio.sleep(1)

    async def enter(student: Student) -> None:
        await asyncio.sleep(2 * student.index / len(students))
        await student.live(address, chosen.seconds)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*map(enter, students))
    watching.cancel()
    return students, memory


def main() -> int:
    """Print what the class has seen; 1 if anybody met an error."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=30)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--patience", type=float, default=60.0, help="seconds after which an answer counts as lost")
    options.add_argument("--address", help="of a server that runs already, whose --pid is given as well")
    options.add_argument("--pid", type=int)
    chosen = options.parse_args()
    if chosen.address:
        return _report(chosen, chosen.address, chosen.pid)
    with running_app() as server:
        _wait_until_warm(server.pid)
        return _report(chosen, server.address, server.pid)


def _wait_until_warm(pid: int) -> None:
    """A class comes when all screens have warmed up: until the server does next to nothing for a second."""
    while True:
        before = cpu_of(pid)
        time.sleep(1)
        if cpu_of(pid) - before < 0.1:
            return


def _report(chosen: argparse.Namespace, address: str, pid: int) -> int:
    def cpu() -> tuple[float, float]:
        return cpu_of(pid), time.process_time()

    (server, clients), began = cpu(), time.perf_counter()
    students, memory = asyncio.run(work(address, chosen, pid))
    taken = time.perf_counter() - began
    server, clients = cpu()[0] - server, cpu()[1] - clients
    print(f"{chosen.students} students for {chosen.seconds:g} s; {DRAG:g} s of every {TURN:g} are a drag\n")
    rates = sorted(rate for student in students for rate in student.rates)
    if rates:
        slow = percentile(rates, 0.05)
        print(f"answers per second of a drag: median {statistics.median(rates):.1f}, 5th percentile {slow:.1f}\n")
    print("| answer | count | median, ms | p95, ms | bytes |")
    print("|---|--:|--:|--:|--:|")
    for kind in ("first page", "streamed", "rest", "pictures", "another digit", "commit"):
        ms = sorted(1e3 * each for student in students for each in student.seconds[kind])
        sizes = [size for student in students for size in student.sizes[kind]]
        size = f"{statistics.median(sizes):.0f}" if sizes else ""
        if ms:
            print(f"| {kind} | {len(ms)} | {statistics.median(ms):.0f} | {percentile(ms, 0.95):.0f} | {size} |")
    first, half, last = (memory[i] for i in (0, len(memory) // 2, -1))
    print(f"\nserver memory: {first:.0f} MB at first, {half:.0f} halfway, {last:.0f} at the end, {max(memory):.0f} at most")
    print(f"CPU: server {server:.1f} s, clients {clients:.1f} s, of {taken:.0f} s on {psutil.cpu_count()} cores")
    errors = Counter(error for student in students for error in student.errors)
    print(f"errors: {errors.total()}")
    for error, count in errors.most_common(10):
        print(f"  {count} × {error}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
