"""One class with many followers: rates, delays and bytes while the presenter drags σ², then the mean, and while all vote.

    python -m tests.room_load --followers 60

Most followers are websocket clients of one process: they receive and decode, and draw nothing. Three are pages of a real
browser, which paint. The delay of a movement is from sending it as the presenter to having decoded it as a client, or to the
frame in which a page shows it, both read from one clock. A server is started for the run, unless --address names one.
"""

import argparse
import asyncio
import json
import math
import os
import secrets
import statistics
import time
import urllib.parse
import urllib.request
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import websockets

from tests.load import percentile
from tests.processes import cpu_of
from tests.visiting import TABLE, Visit, running_app, running_chromium

STEPS = 241
MEANS_PER_SECOND = 8  # that a presenter sends
STATE = {"model": "digits-2", "digit": "3", "q": "hand"}
SHOWN = {**STATE, "mean": "-1.789 -3.476", "variance": "0.1"}
"""What the presenter shows while σ² is dragged."""
PATH = 8  # characters of the name of a path that members of a class tell each other
SECONDS_TO_START = 0.5
WATCH = """selector => {
    window.painted = { stop: [], mean: [] };
    const table = document.querySelector(selector), told = { ...table.dataset };
    new MutationObserver(() => requestAnimationFrame(() => {
        for (const name of ["stop", "mean"]) {
            if (table.dataset[name] === told[name]) continue;
            told[name] = table.dataset[name];
            window.painted[name].push([told[name], performance.timeOrigin + performance.now()]);
        }
    })).observe(table, { attributes: true });
}"""
"""Notes what the page shows, and at which time, in milliseconds."""


class Pages:
    """Real browsers that are in the class and paint; driven by a thread of their own, as Playwright wants it."""

    def __init__(self, address: str, code: str, number: int) -> None:
        self.address, self.code, self.number = address, code, number
        self._thread = ThreadPoolExecutor(1)
        self._stack = ExitStack()
        self._visits: list[Visit] = []

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Pages"]:
        """While they are in the class."""
        try:
            await self._do(self._open)
            yield self
        finally:
            await self._do(self._stack.close)

    async def _do(self, act: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    def _open(self) -> None:
        browser = self._stack.enter_context(running_chromium()) if self.number else None
        for turn in range(self.number if browser else 0):
            size = (390, 844) if turn == 0 else (1280, 720)
            visit = Visit.to(browser, self.address, f"?class={self.code}", size=size, touch=turn == 0)
            visit.wait_for(mean=SHOWN["mean"])
            visit.page.evaluate(WATCH, TABLE)
            self._visits.append(visit)

    async def painted(self, name: str) -> list[list[tuple[str, float]]]:
        """What each has shown since it was asked last: stops of the slider, or means; and when, in milliseconds."""
        take = f"() => window.painted.{name}.splice(0)"
        return await self._do(lambda: [visit.page.evaluate(take) for visit in self._visits])


class Follower:
    """One connection, with the times at which every step came."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.came: list[tuple[int, float]] = []  # milliseconds
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
                self.came.append((message["k"], now()))
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
                await stream.send(json.dumps({**STATE, "part": "sweep", **q}))
                answer = await stream.recv()
                if isinstance(answer, str):
                    json.loads(answer)
                self.swept.append((q["mean"], now(), len(answer)))

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


def now() -> float:
    """The time in milliseconds, on the clock that browsers have too."""
    return 1000 * time.time()


def cpu_of_server(pid: int) -> float:
    """Seconds that it has computed; 0 for a server that is only known by its address."""
    return cpu_of(pid) if pid else 0.0


def cpu_of_clients(pid: int) -> float:
    """Seconds that this process and its browsers have computed."""
    return cpu_of(os.getpid()) - cpu_of_server(pid)


def delays_of(came: Sequence[tuple[Any, float]], sent: dict[Any, list[float]]) -> list[float]:
    """Milliseconds from the last time that each of these was sent to when it came."""
    found = []
    for what, at in came:
        times = sent.get(what, [])
        before = bisect_right(times, at)
        if before:
            found.append(at - times[before - 1])
    return found


async def load(
    address: str, pid: int, followers: int, browsers: int, seconds: float, per_second: float, rounds: int
) -> dict[str, float]:
    """Drag, then vote; the figures by name."""
    opening = urllib.request.Request(f"{address}/class/open", method="POST")
    opened = json.load(urllib.request.urlopen(opening))
    presenter = await connect(address, {"do": "lead", **opened})
    await presenter.socket.send(json.dumps({"do": "show", "link": f"/?{urllib.parse.urlencode(SHOWN)}"}))
    began = time.perf_counter()
    names = [secrets.token_hex(16) for _ in range(followers - browsers)]
    room = await asyncio.gather(*(connect(address, {"do": "join", "code": opened["code"], "browser": n}) for n in names))
    figures = {
        "followers": followers,
        "of them real browsers": browsers,
        "clients joined after, s": time.perf_counter() - began,
    }
    async with Pages(address, opened["code"], browsers).following() as pages:
        figures |= await drag_variance(address, pid, presenter, list(room), pages, seconds, per_second)
        figures |= await drag_mean(address, pid, presenter, list(room), pages, seconds)
    return figures | await vote(presenter, list(room), opened, rounds)


async def drag_variance(
    address: str, pid: int, presenter: Follower, room: list[Follower], pages: Pages, seconds: float, per_second: float
) -> dict[str, float]:
    """A presenter who drags σ² along the slider, up and down."""
    swept = urllib.request.urlopen(f"{address}/play/sweep?{urllib.parse.urlencode(SHOWN)}")
    path, turn = json.load(swept)["path"][:PATH], 0
    await asyncio.sleep(SECONDS_TO_START)
    sent: dict[int, list[float]] = {}
    server, clients, began = cpu_of_server(pid), cpu_of_clients(pid), time.perf_counter()
    while time.perf_counter() - began < seconds:
        step = abs(turn % (2 * STEPS - 2) - STEPS + 1)
        sent.setdefault(step, []).append(now())
        await presenter.socket.send(json.dumps({"do": "move", "s": path, "k": step}))
        turn += 1
        await asyncio.sleep(max(0.0, began + turn / per_second - time.perf_counter()))
    took = time.perf_counter() - began
    server, clients = cpu_of_server(pid) - server, cpu_of_clients(pid) - clients
    await asyncio.sleep(1)
    painted = [[(int(stop), at) for stop, at in each] for each in await pages.painted("stop")]
    return {
        "movements sent per second": turn / took,
        "received per second and client, fewest": min(len(member.came) for member in room) / took,
        **_delays("received", [delay for member in room for delay in delays_of(member.came, sent)]),
        "bytes per second and client": max(member.bytes for member in room) / took,
        "cores of the server": server / took,
        "cores of the clients": clients / took,
        **_of_browsers("painted per second and browser, fewest", "painted", painted, sent, took),
    }


def _of_browsers(
    rate: str, name: str, painted: list[list[tuple[Any, float]]], sent: dict[Any, list[float]], took: float
) -> dict[str, float]:
    """What the browsers have painted of what was sent; nothing where there are none."""
    if not painted:
        return {}
    delays = [delay for each in painted for delay in delays_of(each, sent)]
    return {rate: min(map(len, painted)) / took, **_delays(name, delays)}


def _delays(name: str, delays: list[float]) -> dict[str, float]:
    return {
        f"{name} after, median ms": statistics.median(delays),
        f"{name} after, 95th percentile ms": percentile(sorted(delays), 0.95),
    }


async def drag_mean(
    address: str, pid: int, presenter: Follower, room: list[Follower], pages: Pages, seconds: float
) -> dict[str, float]:
    """A presenter who drags the mean: the sweeps that every follower asks for and decodes."""
    following = [asyncio.create_task(member.follow(address)) for member in room]
    await asyncio.sleep(SECONDS_TO_START)
    sent: dict[str, list[float]] = {}
    server, clients, began, turn = cpu_of_server(pid), cpu_of_clients(pid), time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        mean = f"{1.5 * math.sin(turn / 9):.4f} {1.5 * math.cos(turn / 7):.4f}"
        sent[mean] = [now()]
        await presenter.socket.send(json.dumps({"do": "move", "s": "dragged", "k": -1, "mean": mean, "variance": "0.05"}))
        turn += 1
        await asyncio.sleep(max(0.0, began + turn / MEANS_PER_SECOND - time.perf_counter()))
    took = time.perf_counter() - began
    server, clients = cpu_of_server(pid) - server, cpu_of_clients(pid) - clients
    await asyncio.sleep(1)
    for task in following:
        task.cancel()
    painted = [[(_rounded(mean), at) for mean, at in each] for each in await pages.painted("mean")]
    swept = [[(mean, at) for mean, at, _ in member.swept] for member in room]
    kilobytes = max(sum(size for *_, size in member.swept) for member in room) / 1000
    return {
        "means sent per second": turn / took,
        "sweeps per second and client, fewest": min(map(len, swept)) / took,
        **_delays("sweep received", [delay for each in swept for delay in delays_of(each, sent)]),
        "kB per second and client, of sweeps, before compression": kilobytes / took,
        "cores of the server while the mean is dragged": server / took,
        "cores of the clients while the mean is dragged": clients / took,
        **_of_browsers("sweeps painted per second and browser, fewest", "sweep painted", painted, sent, took),
    }


def _rounded(mean: str) -> str:
    """As it was sent: a page has it in single precision."""
    return " ".join(f"{float(number):.4f}" for number in mean.split())


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
    parser.add_argument("--browsers", type=int, default=3, help="of the followers that are real browsers")
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
        figures = asyncio.run(
            load(address, pid, asked.followers, asked.browsers, asked.seconds, asked.per_second, asked.rounds)
        )
    for name, value in figures.items():
        print(f"{name:57} {value:10.2f}")


if __name__ == "__main__":
    main()
