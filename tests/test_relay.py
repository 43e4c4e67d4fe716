"""The messages between the processes of a server, when their connection to Redis is lost in one way or another."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from pages.parts.classroom import relay
from pages.parts.classroom.redis_store import CHANNEL
from pages.parts.classroom.relay import RedisRelay
from tests.own_loop import run
from tests.real_servers import ServerMissingError, running_redis

pytestmark = pytest.mark.timeout(30)  # a message that never comes is waited for without an end


class Process:
    """A relay that runs, with what it has received and how often something may have been missed."""

    def __init__(self, address: str) -> None:
        self.relay = RedisRelay(address)
        self.inbox: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.task = asyncio.create_task(
            self.relay.run(lambda code, _, content: self.inbox.put_nowait((code, content)), self.lost.set)
        )

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def next(self) -> tuple[str, dict[str, Any]]:
        return await asyncio.wait_for(self.inbox.get(), 5)


def between(address: str, act: Callable[[Process, Process], Awaitable[None]]) -> None:
    """Do something with two processes that are connected."""

    async def whole() -> None:
        one, two = Process(address), Process(address)
        await asyncio.gather(one.relay.ready(), two.relay.ready())
        try:
            await act(one, two)
        finally:
            await asyncio.gather(one.close(), two.close())

    run(whole())


def test_messages_arrive_in_their_order_and_not_at_their_sender(redis_address: str) -> None:
    async def act(one: Process, two: Process) -> None:
        for number in range(3):
            one.relay.publish("ABCDEF", {"k": number})
        two.relay.publish("ABCDEF", {"from": "two"})
        assert [await two.next() for _ in range(3)] == [("ABCDEF", {"k": number}) for number in range(3)]
        assert await one.next() == ("ABCDEF", {"from": "two"})
        assert one.inbox.empty() and two.inbox.empty()

    between(redis_address, act)


def test_what_is_published_without_a_connection_reaches_nobody_later(redis_address: str) -> None:
    """Whoever is connected again is sent the present state, behind which old messages must not come."""

    async def act(one: Process, two: Process) -> None:
        early = Process(redis_address)
        early.relay.publish("ABCDEF", {"too": "early"})  # it has not subscribed yet
        await early.relay.ready()
        early.relay.publish("ABCDEF", {"in": "time"})
        assert await one.next() == await two.next() == ("ABCDEF", {"in": "time"})
        await early.close()

    between(redis_address, act)


def test_a_connection_that_redis_ends_is_noticed_and_made_again(redis_address: str) -> None:
    """Redis ends the subscriptions alone: nothing else says that messages were missed."""

    async def act(one: Process, two: Process) -> None:
        with redis.Redis.from_url(redis_address) as store:
            for process in (one, two):
                process.relay.publish("ABCDEF", {"a": "connection to publish"})
            await asyncio.gather(one.next(), two.next())
            tasks = len(asyncio.all_tasks())
            assert store.client_kill_filter(_type="pubsub", skipme=True) == 2
        for process in (one, two):
            process.relay.publish("ABCDEF", {"sent": "into the void"})
        await asyncio.wait_for(asyncio.gather(one.lost.wait(), two.lost.wait()), 5)
        await asyncio.wait_for(asyncio.gather(one.relay.ready(), two.relay.ready()), 5)
        while not two.inbox.empty():
            two.inbox.get_nowait()
        one.relay.publish("ABCDEF", {"k": 1})
        assert await two.next() == ("ABCDEF", {"k": 1})
        assert len(asyncio.all_tasks()) == tasks, "nobody goes on sending on the connection that was lost"

    between(redis_address, act)


def test_a_message_that_redis_does_not_take_counts_as_missed(redis_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The subscription stands, but the sender may publish no more: the others miss what it would have said."""
    monkeypatch.setattr(relay, "_CHECK_EVERY", 0.1)

    async def act(one: Process, two: Process) -> None:
        with redis.Redis.from_url(redis_address) as store:
            store.execute_command("ACL", "SETUSER", "default", "-publish")
            try:
                one.relay.publish("ABCDEF", {"is": "refused"})
                await asyncio.wait_for(one.lost.wait(), 5)
            finally:
                store.execute_command("ACL", "SETUSER", "default", "+publish")

    between(redis_address, act)


def test_without_redis_nobody_is_told_that_messages_arrive_and_what_waits_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Redis that is halted takes messages and answers nothing: only its silence says so. Then it goes on."""
    monkeypatch.setattr(relay, "_CHECK_EVERY", 0.1)
    monkeypatch.setattr(relay, "_SILENCE", 0.4)
    try:
        with running_redis(tmp_path) as address:
            with redis.Redis.from_url(address) as store:
                pid = int(store.info("server")["process_id"])

            async def act(one: Process, two: Process) -> None:
                await asyncio.sleep(1)
                assert not one.lost.is_set() and one.inbox.empty(), (
                    "an idle connection is kept, and its checks are nobody's message"
                )
                os.kill(pid, signal.SIGSTOP)
                try:
                    one.relay.publish("ABCDEF", {"is": "sent"})
                    await asyncio.sleep(0)
                    one.relay.publish("ABCDEF", {"still": "waits"})
                    await asyncio.wait_for(asyncio.gather(one.lost.wait(), two.lost.wait()), 5)
                    with pytest.raises(OSError, match="cannot be reached"):
                        await one.relay.ready()
                finally:
                    os.kill(pid, signal.SIGCONT)
                await asyncio.wait_for(asyncio.gather(one.relay.ready(), two.relay.ready()), 5)
                one.relay.publish("ABCDEF", {"k": 1})
                messages = [await two.next()]
                while messages[-1] != ("ABCDEF", {"k": 1}):
                    messages.append(await two.next())
                assert ("ABCDEF", {"still": "waits"}) not in messages

            between(address, act)
    except ServerMissingError as error:
        pytest.skip(str(error))


def test_more_messages_than_can_wait_are_dropped(redis_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_MOST_WAITING", 2)

    async def act(one: Process, two: Process) -> None:
        for number in range(5):
            one.relay.publish("ABCDEF", {"k": number})
        assert [(await two.next())[1] for _ in range(2)] == [{"k": 0}, {"k": 1}]
        one.relay.publish("ABCDEF", {"k": 9})
        assert await two.next() == ("ABCDEF", {"k": 9})

    between(redis_address, act)


def test_nobody_waits_for_ever_for_a_redis_that_is_not_there() -> None:
    async def whole() -> None:
        with pytest.raises(OSError, match="The other processes of this server cannot be reached"):
            await RedisRelay("redis://127.0.0.1:1/0").ready()

    assert CHANNEL.startswith("elbo-room:")
    run(whole())
