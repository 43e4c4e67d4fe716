"""One class with many followers: rates, delays and bytes while the presenter drags σ², then the mean, and while all vote.

    python -m tests.room_load --followers 60

The followers are websocket clients of one process: they receive and decode, and draw nothing. The delay of a movement is
from sending it as the presenter to having decoded it as a follower, both read from one clock. A server is started for the
run, unless --address names one.
"""

import argparse
import asyncio
import json
import math
import secrets
import statistics
import time
import urllib.request
from contextlib import ExitStack
from typing import Any

import psutil
import websockets

from tests.load import percentile
from tests.visiting import running_app

STEPS = 241
MEANS_PER_SECOND = 8  # that a presenter sends
STATE = {"model": "digits-2", "digit": "3", "q": "hand", "part": "sweep"}
SECONDS_TO_START = 0.5


class Follower:
    """One connection, with the times at which every step came."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.came: list[tuple[int, float]] = []
        self.bytes = 0
        self.others: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.moved = asyncio.Event()
        self.move: dict[str, Any] = {}  # to the latest mean
        self.swept: list[tuple[str, float, int]] = []  # of which mean, when, and its bytes
        self.task = asyncio.create_task(self._receive())

    async def _receive(self) -> None:
        async for text in self.socket:
            message = json.loads(text)
            if "k" in message:
                self.came.append((message["k"], time.perf_counter()))
                self.bytes += len(text) + 2  # a short frame has a head of two bytes
                if "mean" in message:
                    self.move = message
                    self.moved.set()
            else:
                await self.others.put(message)

    async def follow(self, address: str) -> None:
        """Ask for the sweep at every mean that comes, the latest first, one question at a time, as a browser does."""
        async with websockets.connect(address.replace("http", "ws") + "/play/stream", max_size=None) as stream:
            while True:
                await self.moved.wait()
                self.moved.clear()
                q = {name: self.move[name] for name in ("mean", "variance")}
                await stream.send(json.dumps({**STATE, **q}))
                answer = await stream.recv()
                if isinstance(answer, str):
                    json.loads(answer)
                self.swept.append((q["mean"], time.perf_counter(), len(answer)))

    async def next(self, name: str) -> dict[str, Any]:
        """The next message that has this field."""
        while name not in (message := await self.others.get()):
            pass
        return message


async def connect(address: str, first: dict[str, Any]) -> Follower:
    """Join or lead a class, and wait for the welcome."""
    socket = await websockets.connect(address.replace("http", "ws") + "/class/live", compression=None)
    await socket.send(json.dumps(first))
    member = Follower(socket)
    await member.next("welcome")
    return member


def cpu_of(pid: int) -> float:
    """Seconds that a process has computed; 0 for a server that is only known by its address."""
    return sum(psutil.Process(pid).cpu_times()[:2]) if pid else 0.0


async def load(address: str, pid: int, followers: int, seconds: float, per_second: float, rounds: int) -> dict[str, float]:
    """Drag, then vote; the figures by name."""
    opening = urllib.request.Request(f"{address}/class/open", method="POST")
    opened = json.load(urllib.request.urlopen(opening))
    presenter = await connect(address, {"do": "lead", **opened})
    began = time.perf_counter()
    names = [secrets.token_hex(16) for _ in range(followers)]
    room = await asyncio.gather(*(connect(address, {"do": "join", "code": opened["code"], "browser": n}) for n in names))
    joining = time.perf_counter() - began
    await asyncio.sleep(SECONDS_TO_START)
    sent: dict[int, float] = {}
    cpu, began, turn = cpu_of(pid), time.perf_counter(), 0
    while (now := time.perf_counter()) - began < seconds:
        # Every movement has a step of its own, so that it can be found again.
        sent[turn % 1000] = now
        await presenter.socket.send(json.dumps({"do": "move", "s": "1a2b3c4d", "k": turn % 1000}))
        turn += 1
        await asyncio.sleep(max(0.0, began + turn / per_second - time.perf_counter()))
    took, used = time.perf_counter() - began, cpu_of(pid) - cpu
    await asyncio.sleep(1)
    delays = sorted((at - sent[step]) * 1000 for member in room for step, at in member.came if step in sent)
    figures = {
        "followers": followers,
        "all joined after, s": joining,
        "movements sent per second": turn / took,
        "received per second and follower, fewest": min(len(member.came) for member in room) / took,
        "delay, median ms": statistics.median(delays),
        "delay, 95th percentile ms": percentile(delays, 0.95),
        "bytes per second and follower": max(member.bytes for member in room) / took,
        "cores that the server used": used / took,
    }
    figures |= await drag_mean(address, pid, presenter, list(room), seconds)
    return figures | await vote(presenter, list(room), opened, rounds)


async def drag_mean(address: str, pid: int, presenter: Follower, room: list[Follower], seconds: float) -> dict[str, float]:
    """A presenter who drags the mean: the sweeps that every follower asks for and decodes."""
    following = [asyncio.create_task(member.follow(address)) for member in room]
    await asyncio.sleep(SECONDS_TO_START)
    sent: dict[str, float] = {}
    cpu, began, turn = cpu_of(pid), time.perf_counter(), 0
    while (now := time.perf_counter()) - began < seconds:
        mean = f"{1.5 * math.sin(turn / 9):.6g} {1.5 * math.cos(turn / 7):.6g}"
        sent[mean] = now
        await presenter.socket.send(json.dumps({"do": "move", "s": "1a2b3c4d", "k": -1, "mean": mean, "variance": "0.05"}))
        turn += 1
        await asyncio.sleep(max(0.0, began + turn / MEANS_PER_SECOND - time.perf_counter()))
    took, used = time.perf_counter() - began, cpu_of(pid) - cpu
    await asyncio.sleep(1)
    for task in following:
        task.cancel()
    delays = sorted((at - sent[mean]) * 1000 for member in room for mean, at, _ in member.swept)
    kilobytes = max(sum(size for *_, size in member.swept) for member in room) / 1000
    return {
        "means sent per second": turn / took,
        "sweeps per second and follower, fewest": min(len(member.swept) for member in room) / took,
        "delay of a sweep, median ms": statistics.median(delays),
        "delay of a sweep, 95th percentile ms": percentile(delays, 0.95),
        "kB per second and follower, of sweeps, before compression": kilobytes / took,
        "cores that the server used for them": used / took,
    }


async def vote(presenter: Follower, room: list[Follower], opened: dict[str, str], rounds: int) -> dict[str, float]:
    """Rounds of votes that arrive together: how many were lost or doubled, by the presenter's own count."""
    ask = {"do": "ask", "kind": "variance", "link": "/", "answers": STEPS, "low": 0, "high": 9}
    await presenter.socket.send(json.dumps(ask))
    wrong, times = 0, []
    for round_ in range(1, rounds + 1):
        began = time.perf_counter()
        await asyncio.gather(*(member.next("question") for member in room))
        answers = [secrets.randbelow(STEPS) for _ in room]
        ballots = [{"do": "vote", "question": 1, "round": round_, "answer": answer} for answer in answers]
        await asyncio.gather(*(m.socket.send(json.dumps(ballot)) for m, ballot in zip(room, ballots, strict=True)))
        await asyncio.gather(*(member.next("voted") for member in room))
        times.append(time.perf_counter() - began)
        while (counts := (await presenter.next("counts"))["counts"])["answered"] < len(room):
            pass
        wrong += counts["answered"] != len(room) or counts["right"] != sum(answer <= 9 for answer in answers)
        await presenter.socket.send(json.dumps({"do": "again" if round_ < rounds else "end"}))
    return {
        "rounds of votes": rounds,
        "rounds with a wrong count": wrong,
        "all votes confirmed, median ms": 1000 * statistics.median(times),
    }


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--followers", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--per-second", type=float, default=30, help="movements that the presenter sends")
    parser.add_argument("--rounds", type=int, default=20, help="of votes")
    parser.add_argument("--address", help="of a running server")
    asked = parser.parse_args()
    with ExitStack() as stack:
        address, pid = asked.address, 0
        if not address:
            server = stack.enter_context(running_app())
            address, pid = server.address, server.pid
        figures = asyncio.run(load(address, pid, asked.followers, asked.seconds, asked.per_second, asked.rounds))
    for name, value in figures.items():
        print(f"{name:57} {value:10.2f}")


if __name__ == "__main__":
    main()
