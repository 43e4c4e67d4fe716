"""The classes as they go on: who comes in, what the presenter does, what a follower may say."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts.classroom import codes, messages, shown, subject
from pages.parts.classroom.member import Member, written
from pages.parts.classroom.records import Vote
from pages.parts.classroom.registry import MOST_ANSWERS, Registry
from pages.parts.classroom.relay import OneProcess, Relay
from pages.parts.classroom.room import Room

_FIRST_MESSAGE = 10.0  # seconds in which a connection must say what it wants
_TO_CLOSE = 5.0  # seconds in which a connection that is let go takes its last messages
_CHECK_EVERY = 60.0  # seconds between two looks for classes whose time is over
_COUNT_EVERY = 1.0  # seconds after which the other processes are told again how many are here
_PER_SECOND = {"follower": 20, "presenter": 120}
"""Messages that a connection may send."""

_OVER = "The class has ended."
_OUT_OF_REACH = 1013, "The classes cannot be reached at the moment."  # whoever is let go comes back by itself


class Live:
    """All classes of this server, as far as their members are connected to this process.

    Args:
        registry: what of them lasts.
        relay: the other processes of this server, if there are any.
    """

    def __init__(self, registry: Registry, relay: Relay | None = None) -> None:
        self.registry = registry
        self.wrong_codes = codes.WrongCodes()
        self._relay = relay or OneProcess()
        self._rooms: dict[str, Room] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its first message to its end."""
        if not self._tasks:
            work = self._relay.run(self._receive, self._let_go), self._end_expired(), self._publish_followers()
            self._tasks = [asyncio.create_task(each) for each in work]
        await socket.accept()
        with suppress(WebSocketDisconnect, TimeoutError):
            try:
                first = messages.read(await asyncio.wait_for(_received(socket), _FIRST_MESSAGE), "follower")
                await self._relay.ready()  # nothing is missed between the present state and what happens next
                code, browser = self._admitted(first)
                member, state = Member(socket), written(shown.present_state(self.registry, code, browser))
                room = self._rooms.setdefault(code, self._new_room(code))
                room.enter(member, browser)
                member.send(state)
            except ValueError as error:
                await socket.send_text(written({"refused": str(error)}))
                await socket.close(4004, "refused")
                return
            except OSError:
                await socket.close(*_OUT_OF_REACH)
                return
            await self._follow(code, room, member, browser)

    def _new_room(self, code: str) -> Room:
        return Room(lambda: shown.counts(self.registry, code), lambda message: self._relay.publish(code, message))

    async def _follow(self, code: str, room: Room, member: Member, browser: str | None) -> None:
        sending = asyncio.create_task(member.run())
        if browser is not None and room.last_move:
            member.move(room.last_move)
        if browser is not None and not room.led:
            member.send(written({"led": False}))
        try:
            await _until_either(sending, self._listen(code, room, member, browser))
        finally:
            sending.cancel()
            room.leave(member, browser)
            if room.empty and self._rooms.get(code) is room:
                del self._rooms[code]

    async def _listen(self, code: str, room: Room, member: Member, browser: str | None) -> None:
        role = "presenter" if browser is None else "follower"
        second, count = 0, 0
        with suppress(WebSocketDisconnect):
            while True:
                text = await _received(member.socket)
                now = int(time.monotonic())
                second, count = (second, count + 1) if now == second else (now, 1)
                if count > _PER_SECOND[role]:
                    member.close(1008, "Too many messages.")
                    await asyncio.sleep(_TO_CLOSE)
                    return
                try:
                    message = messages.read(text, role)
                    if browser is None:
                        self._lead(code, room, message)
                    else:
                        self._answer(code, room, member, browser, message)
                except ValueError as error:
                    member.send(written({"error": str(error)}))
                except OSError:
                    member.close(*_OUT_OF_REACH)

    def _admitted(self, message: dict[str, Any]) -> tuple[str, str | None]:
        """The code of a class and the name of a follower's browser; no name for its presenter.

        Raises:
            ValueError: there is no such class, or the browser has no right to be in it.
        """
        code, browser = codes.read_code(message.get("code")), message.get("browser")
        leads, room = message["do"] == "lead", self._rooms.get(code or "")
        back = room is not None and codes.is_browser(browser) and browser in room.followers
        if not back and not self.wrong_codes.allowed():
            raise ValueError("Too many wrong codes at the moment. Try again in a few seconds.")
        known = code is not None and self.registry.knows(code)
        if code is None or not known or (leads and not self.registry.is_presenter(code, message.get("secret"))):
            self.wrong_codes.count()
            raise ValueError(_OVER if leads else "There is no class with this code. It may have ended.")
        if leads:
            return code, None
        if message["do"] != "join" or not codes.is_browser(browser):
            raise ValueError("A browser joins with a random name of 16 to 64 letters and digits.")
        return code, browser

    # ---- what is done -----------------------------------------------------------------------------------------------

    def _answer(self, code: str, room: Room, member: Member, browser: str, message: dict[str, Any]) -> None:
        if message["do"] == "done":
            room.finish(browser, messages.task(message))
            return
        if message["do"] != "vote":
            raise ValueError("A follower can only answer, or say that its task is done.")
        number, round_ = (messages.whole(message, name, 1, 1000) for name in ("question", "round"))
        answer = messages.whole(message, "answer", 0, MOST_ANSWERS**2)
        self.registry.vote(code, Vote(number, round_, browser, answer))
        member.send(written({"voted": answer}))
        room.count()

    def _lead(self, code: str, room: Room, message: dict[str, Any]) -> None:
        registry, why = self.registry, {}
        match message["do"]:
            case "move":
                room.move(messages.move(message))
                return
            case "show":
                link, task = messages.link(message), messages.task(message)
                registry.show(code, link)
                room.send({"link": link})
                room.set_task(task)
                asked = registry.question(code)
                if asked is None or not subject.left(asked, link):
                    return
                registry.close_question(code)
                why = {"left": True}
            case "ask":
                registry.ask(code, messages.question(message))
            case "again":
                asked = registry.question(code)
                if asked and asked.revealed and not subject.stays(asked, registry.link(code)):
                    raise ValueError("q has moved since this was asked: close the question, and ask again.")
                registry.vote_again(code)
            case "reveal":
                self._reveal(code, message)
            case "close":
                registry.close_question(code)
            case "end":
                self.end(code)
                return
            case other:
                raise ValueError(f"do must be one of move, show, ask, again, reveal, close, end; got {other:.40}.")
        stands = {"question": shown.question(registry, code), **why}
        room.send(stands)
        if room.presenter:
            room.presenter.send(written(stands))
        room.count()

    def _reveal(self, code: str, message: dict[str, Any]) -> None:
        question = self.registry.question(code)
        if question is None:
            raise ValueError("No question is open.")
        scale = messages.table(message, "scale", question.answers) or question.scale
        lost = messages.table(message, "lost", len(shown.points(self.registry, code, question) or range(question.answers)))
        best = messages.table(message, "best", 2 if question.across else 1)
        self.registry.reveal(code, scale, lost, best)

    def end(self, code: str) -> None:
        """A class is over, in all processes: nothing of it is kept."""
        self.registry.end(code)
        self._relay.publish(code, {"end": True})
        self._close_room(code)

    def _close_room(self, code: str) -> None:
        room = self._rooms.pop(code, None)
        if room:
            room.close(4000, _OVER)

    async def _end_expired(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            with suppress(OSError):  # the next time, then
                for code, room in self._rooms.items():
                    if room.presenter:
                        self.registry.seen(code)
                for code in self.registry.remove_expired():
                    self.end(code)

    # ---- the other processes ----------------------------------------------------------------------------------------

    def _receive(self, code: str, sender: str, message: dict[str, Any]) -> None:
        if "end" in message:
            self._close_room(code)
        elif code in self._rooms:
            self._rooms[code].receive(sender, message)

    def _let_go(self) -> None:
        """Messages of other processes may have been missed: whoever comes back is sent the present state."""
        for room in self._rooms.values():
            room.close(*_OUT_OF_REACH)

    async def _publish_followers(self) -> None:
        while True:
            await asyncio.sleep(_COUNT_EVERY)
            for room in self._rooms.values():
                room.publish_followers()


async def _received(socket: WebSocket) -> str:
    """The next message.

    Raises:
        WebSocketDisconnect: there is none.
    """
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    return message.get("text") or ""


async def _until_either(sending: asyncio.Task[None], listening: Awaitable[None]) -> None:
    """Wait until the connection can no longer be sent to, or has ended."""
    other = asyncio.ensure_future(listening)
    try:
        await asyncio.wait({sending, other}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        other.cancel()
