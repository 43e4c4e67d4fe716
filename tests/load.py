"""A class at work: `python -m tests.load --sessions 60 --seconds 20` lets so many visitors move σ² once a second.

Every session speaks Streamlit's own protocol, as the browser does: it opens the app over its websocket and commits, once a
second, a random step of the variance slider through the instrument's state. A latency counts from the moment at which the
commit was due, not from when it was sent: a server that stalls cannot hide behind clients that wait for it.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass, field

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.parts.state.parameters import GRID
from tests.processes import cpu_of, memory_of
from tests.visiting import running_app

_FINISHED = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


@dataclass
class Session:
    """One visitor: what it was sent, how long it waited, and what went wrong."""

    index: int
    patience: float
    latencies: list[float] = field(default_factory=list)
    first: float | None = None
    errors: list[str] = field(default_factory=list)
    received: int = 0
    widget: str = ""
    fragment: str = ""
    page_hash: str = ""
    query: str = ""
    commit: dict[str, str] = field(default_factory=dict)
    question: dict[str, str] = field(default_factory=dict)

    async def live(self, address: str, seconds: float) -> None:
        """Open the app, then commit once a second."""
        rng = random.Random(self.index)
        # A mean of one's own: nobody's sweep has been computed for somebody else.
        self.query = f"q=hand&mean={rng.gauss(0, 1):.4f} {rng.gauss(0, 1):.4f}&variance=0.1"
        try:
            opened = time.perf_counter()
            stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
            async with websockets.connect(
                stream, subprotocols=["streamlit"], max_size=None, ping_interval=None, open_timeout=self.patience, proxy=None
            ) as socket:
                await socket.send(self.rerun())
                await asyncio.wait_for(self.finished(socket), self.patience)
                self.first = time.perf_counter() - opened
                if not self.widget:
                    raise RuntimeError("the page came without the instrument")
                await self.rest(address)
                due = time.perf_counter() + rng.random()
                end = due + seconds
                while due < end:
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    variance = str(np.float32(rng.choice(GRID)))
                    await socket.send(self.rerun(variance))
                    await asyncio.wait_for(self.finished(socket), self.patience)
                    if f"variance={variance}" not in self.query:
                        self.errors.append(f"the link says {self.query} and not variance={variance}")
                    self.latencies.append(time.perf_counter() - due)
                    due += 1
        except (OSError, RuntimeError, TimeoutError, websockets.WebSocketException) as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    async def rest(self, address: str) -> None:
        """Ask, as the browser does once a mean rests, for gap, forces and images at every step."""
        stream = f"{address.replace('http', 'ws', 1)}/play/stream"
        async with websockets.connect(stream, max_size=None, open_timeout=self.patience, proxy=None) as socket:
            for part in ("rest", "pictures"):
                await socket.send(json.dumps({**self.question, "part": part}))
                answer = await asyncio.wait_for(socket.recv(), self.patience)
                if isinstance(answer, str) and "refused" in json.loads(answer):
                    raise RuntimeError(f"{part}: {answer}")

    def rerun(self, variance: str | None = None) -> bytes:
        """What the browser sends: the first time for the page, then with the instrument's state."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.page_script_hash = self.page_hash
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        if variance is None:
            state.widget_states.SetInParent()
        else:
            commit = {"commit": {**self.commit, "variance": variance}}
            state.fragment_id = self.fragment
            state.widget_states.widgets.add(id=self.widget, json_value=json.dumps(commit))
        return message.SerializeToString()

    async def finished(self, socket: websockets.ClientConnection) -> None:
        """Read until a run of the script has come to its end; one that gives way to another does not count."""
        while True:
            raw = await socket.recv()
            self.received += len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.page_hash = message.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string.replace("+", " ")
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._see(message)
            elif kind == "script_finished" and message.script_finished in _FINISHED:
                return

    def _see(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        if element.WhichOneof("type") == "exception":
            self.errors.append(element.exception.message[:200])
        elif element.WhichOneof("type") == "bidi_component":
            (data,) = json.loads(element.bidi_component.json)
            if "sweep" not in data:
                return
            self.widget, self.fragment = element.bidi_component.id, message.delta.fragment_id
            if not self.commit:
                sweep = json.loads(data["sweep"])
                mean = " ".join(str(np.float32(value)) for value in sweep["mean"])
                hand = {**data["controls"]["defaults"], **data["link"], "q": "hand", "mean": mean}
                self.commit = {
                    **hand,
                    "of": data["bench"]["model"],
                    "knownPath": sweep["path"],
                    "knownStatic": data["staticKey"],
                }
                asked = ("q", "mean", "variance", "move", "dimension", "seed")
                self.question = data["bench"] | {name: hand[name] for name in asked}


def percentile(sorted_ms: list[float], part: float) -> float:
    """The value that this part of them stays below."""
    return sorted_ms[min(len(sorted_ms) - 1, int(part * len(sorted_ms)))]


async def load(address: str, sessions: int, seconds: float, patience: float) -> list[Session]:
    """All sessions, opened over the first two seconds."""
    visitors = [Session(index, patience) for index in range(sessions)]

    async def enter(visitor: Session) -> None:
        await asyncio.sleep(2 * visitor.index / sessions)
        await visitor.live(address, seconds)

    await asyncio.gather(*(enter(visitor) for visitor in visitors))
    return visitors


def main() -> int:
    """Print what the sessions have seen; 1 if any met an error."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=60)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--patience", type=float, default=60.0, help="seconds after which an answer counts as lost")
    chosen = options.parse_args()
    with running_app() as server:
        before, began = memory_of(server.pid) / 1e6, cpu_of(server.pid)
        visitors = asyncio.run(load(server.address, chosen.sessions, chosen.seconds, chosen.patience))
        after, ended = memory_of(server.pid) / 1e6, cpu_of(server.pid)
    errors = [error for visitor in visitors for error in visitor.errors]
    print(f"{chosen.sessions} sessions for {chosen.seconds:g} s, one movement a second each")
    for name, times in (
        ("first page", [visitor.first for visitor in visitors if visitor.first]),
        ("due → committed", [latency for visitor in visitors for latency in visitor.latencies]),
    ):
        ms = sorted(1e3 * seconds for seconds in times)
        if ms:
            print(f"{name}: {len(ms)} times, median {statistics.median(ms):.0f} ms, p95 {percentile(ms, 0.95):.0f} ms")
    kilobytes = sum(visitor.received for visitor in visitors) / len(visitors) / 1e3
    commits = sum(len(visitor.latencies) for visitor in visitors)
    print(f"the server worked {ended - began:.1f} s for {len(visitors)} first pages and {commits} commits")
    print(f"sent to each session: {kilobytes:.0f} kB; server memory {before:.0f} → {after:.0f} MB")
    print(f"errors: {len(errors)}")
    for error in sorted(set(errors))[:10]:
        print(f"  {error}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
