"""One class in two processes of the app that share a Redis: in one event loop, and as real servers behind nginx."""

import asyncio
import csv
import io
import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from pages.parts.classroom import place, routes
from pages.parts.classroom.live import Live
from pages.parts.classroom.records import Question, Vote
from pages.parts.classroom.redis_registry import RedisRegistry
from pages.parts.classroom.registry import LIFETIME
from pages.parts.classroom.relay import RedisRelay
from tests.own_loop import run
from tests.real_servers import EVERY_SERVER, ServerMissingError, running_nginx, running_redis
from tests.visiting import ROOT, free_port, running_app

pytestmark = pytest.mark.timeout(120)  # a message that never comes is waited for without an end

STUDENTS = [f"student-{number:012}" for number in range(20)]
BASE = "/elbo-room"
SOON = 5.0  # seconds in which a student is back
ASK = {
    "do": "ask",
    "kind": "variance",
    "link": "/",
    "answers": 20,
    "low": 5,
    "high": 9,
    "scale": [float(answer) for answer in range(20)],
}


# ---- two processes in one event loop ----------------------------------------------------------------------------------


class Both:
    """Two processes' `Live` with a class, and connections to each."""

    def __init__(self, client: TestClient, stack: ExitStack, registry: RedisRegistry) -> None:
        self.client, self.stack = client, stack
        self.code, self.secret = registry.open()

    def connect(self, process: int, browser: str | None) -> WebSocketTestSession:
        session = self.stack.enter_context(self.client.websocket_connect(f"/{process}"))
        who = {"do": "lead", "secret": self.secret} if browser is None else {"do": "join", "browser": browser}
        session.send_json({"code": self.code, **who})
        return session

    def join(self, process: int, browser: str | None) -> WebSocketTestSession:
        session = self.connect(process, browser)
        assert session.receive_json()["welcome"] == self.code
        return session


@pytest.fixture
def both(redis_address: str) -> Iterator[Both]:
    redis.Redis.from_url(redis_address).flushall()
    registries = [RedisRegistry(redis_address) for _ in range(2)]
    lives = [Live(registry, RedisRelay(redis_address)) for registry in registries]
    app = Starlette(routes=[WebSocketRoute(f"/{i}", live.serve) for i, live in enumerate(lives)])
    with TestClient(app) as client, ExitStack() as stack:
        yield Both(client, stack, registries[0])


def until(session: WebSocketTestSession, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next message for which this holds."""
    for _ in range(40):
        if holds(message := session.receive_json()):
            return message
    raise AssertionError("it never came")


def counted(session: WebSocketTestSession, **wanted: int) -> None:
    until(session, lambda message: wanted.items() <= message.get("counts", {}).items())


def closed_with(session: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as closed:
        until(session, lambda message: False)
    return closed.value.code


def first_message(session: WebSocketTestSession) -> dict[str, Any]:
    """Nothing if the connection is closed instead."""
    try:
        return session.receive_json()
    except WebSocketDisconnect:
        return {}


def test_what_the_presenter_does_reaches_the_followers_in_the_other_process_in_its_order(both: Both) -> None:
    presenter, here, there = both.join(0, None), both.join(0, STUDENTS[0]), both.join(1, STUDENTS[1])
    counted(presenter, joined=2, answered=0)
    presenter.send_json({"do": "show", "link": "/?digit=3"})
    presenter.send_json(ASK)
    shown = {"question": {"number": 1, "kind": "variance", "round": 1, "answers": 20}}
    for follower in (here, there):
        assert [follower.receive_json() for _ in range(2)] == [{"link": "/?digit=3"}, shown]
    there.send_json({"do": "vote", "question": 1, "round": 1, "answer": 7})
    assert there.receive_json() == {"voted": 7}
    counted(presenter, joined=2, answered=1, right=1)
    presenter.send_json({"do": "move", "s": "1a2b", "k": 57})
    moved = {"k": 57, "s": "1a2b"}
    assert there.receive_json() == here.receive_json() == moved
    presenter.send_json({"do": "reveal"})
    assert there.receive_json() == here.receive_json()
    late = both.join(1, STUDENTS[2])
    assert late.receive_json() == moved, "a movement that is in no link yet"
    counted(presenter, joined=3)
    there.close()
    counted(presenter, joined=2)
    presenter.send_json({"do": "end"})
    assert closed_with(here) == closed_with(late) == closed_with(presenter) == 4000
    assert both.connect(1, STUDENTS[1]).receive_json()["refused"].startswith("There is no class")


def test_those_who_have_done_the_task_are_counted_in_every_process(both: Both) -> None:
    presenter, here = both.join(0, None), both.join(0, STUDENTS[0])
    presenter.send_json({"do": "show", "link": "/?challenge=tight", "task": "challenge/tight"})
    assert here.receive_json() == {"link": "/?challenge=tight"}
    there = both.join(1, STUDENTS[1])  # comes to a process that has heard of no task yet
    here.send_json({"do": "done", "task": "challenge/tight"})
    there.send_json({"do": "done", "task": "challenge/tight"})
    counted(presenter, joined=2, done=2)
    there.close()
    counted(presenter, joined=1, done=1)


def test_the_last_movement_is_there_for_the_first_follower_of_the_other_process(both: Both) -> None:
    presenter = both.join(0, None)
    presenter.send_json({"do": "move", "s": "1a2b", "k": 57})
    presenter.send_json({"do": "nonsense"})
    until(presenter, lambda message: "error" in message)  # by then the movement has been sent
    assert both.join(1, STUDENTS[0]).receive_json() == {"k": 57, "s": "1a2b"}


def test_whoever_comes_to_the_other_process_takes_their_own_place(both: Both) -> None:
    presenter, follower = both.join(0, None), both.join(0, STUDENTS[0])
    both.join(1, STUDENTS[0])
    assert closed_with(follower) == 4001
    counted(presenter, joined=1)
    other = both.join(1, None)
    assert closed_with(presenter) == 4001
    counted(other, joined=1)


def test_without_redis_everybody_is_let_go_and_comes_back_when_it_does(tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as stack:
        try:
            server = stack.enter_context(ExitStack())
            address = server.enter_context(running_redis(tmp_path, port))
        except ServerMissingError as error:
            missing(error)
        live = Live(RedisRegistry(address), RedisRelay(address))
        client = stack.enter_context(TestClient(Starlette(routes=[WebSocketRoute("/0", live.serve)])))
        session = stack.enter_context(ExitStack())
        class_ = Both(client, session, live.registry)
        presenter, follower = class_.join(0, None), class_.join(0, STUDENTS[0])
        server.close()
        assert closed_with(presenter) == closed_with(follower) == 1013, "a browser comes back by itself after this"
        assert closed_with(class_.connect(0, STUDENTS[0])) == 1013
        stack.enter_context(running_redis(tmp_path, port))
        code, _ = live.registry.open()  # this Redis has kept nothing
        class_.code = code
        deadline = time.monotonic() + SOON
        while first_message(class_.connect(0, STUDENTS[0])).get("welcome") != code:
            assert time.monotonic() < deadline


def test_every_key_of_a_class_expires_with_it_and_is_deleted_at_its_end(redis_address: str) -> None:
    """Also if no process of the app is left; the set of codes remains, and forgets a class that is no more."""
    kept = redis.Redis.from_url(redis_address, decode_responses=True)
    kept.flushall()
    registry = RedisRegistry(redis_address)
    code, secret = registry.open()
    registry.ask(code, Question(0, "variance", "/", 5, (0, 0)))
    registry.vote(code, Vote(1, 1, STUDENTS[0], 3))
    registry.vote_again(code)
    registry.vote(code, Vote(1, 2, STUDENTS[0], 4))
    registry.reveal(code, [0.5] * 5, [1.0] * 5)
    keys = [key for key in kept.keys("*") if key != "elbo-room:classes"]
    assert len(keys) == 4 and all(0 < kept.ttl(key) <= LIFETIME for key in keys), {key: kept.ttl(key) for key in keys}
    assert not any(secret in str(kept.hgetall(key)) for key in keys), "only its hash is kept"
    registry.end(code)
    assert kept.keys("*") == []
    registry.seen(code), registry.show(code, "/quiz"), registry.reveal(code, (), ())
    with pytest.raises(ValueError, match="has ended"):
        registry.ask(code, Question(0, "variance", "/", 5, (0, 0)))
    with pytest.raises(ValueError, match="closed"):
        registry.vote(code, Vote(1, 1, STUDENTS[0], 3))
    assert kept.keys("*") == [], "whoever comes too late brings nothing back"
    code, _ = registry.open()
    kept.delete(f"elbo-room:class:{code}")
    assert registry.remove_expired() == (code,) and kept.keys("*") == []


def test_a_redis_that_is_not_there_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv(place.SETTING, f"redis://:secret@127.0.0.1:{port}/0")
    routes.classes.cache_clear()
    with pytest.raises(SystemExit, match=rf"ELBO Room cannot start. The Redis of the classes, 127.0.0.1:{port}/0") as left:
        routes.classes()
    assert "secret" not in str(left.value)
    with pytest.raises(OSError, match="an address that begins with redis://"):
        place.file_of("http://localhost:6379", 8501)
    with pytest.raises(OSError, match="is not the address of a Redis"):
        RedisRegistry("redis://localhost:nowhere/0")


def missing(error: ServerMissingError) -> None:
    """Skip a test whose server is not installed, or fail where every server has to be."""
    if os.environ.get(EVERY_SERVER):
        pytest.fail(str(error))
    pytest.skip(str(error))


# ---- two servers behind nginx -----------------------------------------------------------------------------------------


class Member:
    """A student's or the presenter's browser without its screen: it comes back by itself, as connection.js does."""

    def __init__(self, address: str, first: dict[str, Any]) -> None:
        self.address, self.first = address, first
        self.cookie = cookie_of(address)
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.lost = self.back = 0.0  # when the connection was lost, and welcomed again
        self.closed = 0
        self.task = asyncio.create_task(self._live())

    async def _live(self) -> None:
        while self.closed != 4000:
            try:
                await self._connected()
            except (OSError, websockets.WebSocketException):
                self.lost = self.lost or time.monotonic()
            await asyncio.sleep(0.4)

    async def _connected(self) -> None:
        address = self.address.replace("http", "ws") + f"{BASE}/class/live"
        async with websockets.connect(address, additional_headers={"Cookie": self.cookie}, compression=None) as socket:
            self.socket = socket
            await socket.send(json.dumps(self.first))
            try:
                async for text in socket:
                    message = json.loads(text)
                    if "welcome" in message and self.lost:
                        self.back = time.monotonic()
                    await self.inbox.put(message)
            except websockets.ConnectionClosedError:
                self.lost = time.monotonic()
        self.closed = socket.close_code or 0

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self.inbox.get(), 2 * SOON)
            if holds(message):
                return message

    async def next(self, name: str) -> dict[str, Any]:
        return await self.until(lambda message: name in message)

    async def counted(self, **wanted: int) -> None:
        await self.until(lambda message: wanted.items() <= message.get("counts", {}).items())


def cookie_of(address: str) -> str:
    """What nginx gives a new visitor, by which it finds the process again."""
    with urllib.request.urlopen(f"{address}{BASE}/_stcore/health") as answer:
        (cookie,) = [text for text in answer.headers.get_all("Set-Cookie") if text.startswith("elbo_room=")]
    return str(cookie).partition(";")[0]


def posted(address: str, path: str, body: dict[str, str] | None = None) -> str:
    request = urllib.request.Request(f"{address}{BASE}{path}", json.dumps(body or {}).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


async def voted(students: list[Member], round_: int) -> list[int]:
    """All vote in this round, each with an answer of their own; the answers."""
    answers = [(5 * number + round_) % 20 for number in range(len(students))]
    for student, answer in zip(students, answers, strict=True):
        await student.send({"do": "vote", "question": 1, "round": round_, "answer": answer})
    for student, answer in zip(students, answers, strict=True):
        assert (await student.next("voted"))["voted"] == answer
    return answers


async def class_in_both(address: str, victims: list[int]) -> None:
    """A class whose members are spread over both processes; then one of these is killed."""
    opened = json.loads(posted(address, "/class/open"))
    presenter = Member(address, {"do": "lead", **opened})
    await presenter.next("welcome")
    students = [Member(address, {"do": "join", "code": opened["code"], "browser": name}) for name in STUDENTS]
    for student in students:
        await student.next("welcome")
    await presenter.counted(joined=20)
    await presenter.send({"do": "show", "link": "/?digit=3"})
    await presenter.send(ASK)
    await presenter.send({"do": "move", "s": "1a2b", "k": 57})
    for student in students:
        assert (await student.next("link"))["link"] == "/?digit=3"
        await student.next("question")
        assert (await student.next("k"))["k"] == 57
    first = await voted(students, 1)
    await presenter.counted(joined=20, answered=20, right=sum(5 <= answer <= 9 for answer in first))

    os.kill(victims[0], signal.SIGKILL)
    killed = time.monotonic()
    while sum(student.lost > 0 for student in students) == 0 or any(s.lost > s.back for s in [*students, presenter]):
        assert time.monotonic() < killed + SOON, "not all are back"
        await asyncio.sleep(0.02)
    gone = [student for student in students if student.back]
    assert 0 < len(gone) < 20, "both processes carry some of the class"
    for student in gone:
        state = await student.next("welcome")
        assert state["mine"] == first[STUDENTS.index(student.first["browser"])], "the vote is not lost"
        assert state["link"] == "/?digit=3" and state["question"]["round"] == 1
    await presenter.send({"do": "again"})
    for student in students:
        await student.until(lambda message: (message.get("question") or {}).get("round") == 2)
    second = await voted(students, 2)
    await presenter.counted(joined=20, answered=20, right=sum(5 <= answer <= 9 for answer in second))
    await presenter.send({"do": "reveal"})
    for student in students:
        revealed = await student.until(lambda message: "rounds" in (message.get("question") or {}))
        assert revealed["question"]["rounds"] == [sorted(first), sorted(second)]
    rows = list(csv.DictReader(io.StringIO(posted(address, "/class/session.csv", opened))))
    assert sorted(float(row["answer"]) for row in rows) == sorted(first + second)
    await presenter.send({"do": "end"})
    await asyncio.wait_for(asyncio.gather(*(member.task for member in [*students, presenter])), SOON)


def test_a_class_in_two_processes_behind_nginx_loses_nothing_when_one_of_them_is_killed(
    redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = redis.Redis.from_url(redis_address)
    kept.flushall()
    monkeypatch.setenv(place.SETTING, redis_address)
    monkeypatch.setenv("STREAMLIT_SERVER_BASE_URL_PATH", BASE.strip("/"))
    script = ROOT / "tests" / "class_app.py"
    with ExitStack() as stack:
        try:
            servers = [stack.enter_context(running_app(script, base=BASE)) for _ in range(2)]
            address = stack.enter_context(running_nginx(tmp_path, [server.address for server in servers]))
        except ServerMissingError as error:
            missing(error)
        run(class_in_both(address, [server.pid for server in servers]))
    assert kept.keys("*") == [], "nothing of the class is left"
