"""The classes as they go on: who comes in, what the presenter does, what a follower may say."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts.classroom import codes, messages
from pages.parts.classroom.records import Question, Vote
from pages.parts.classroom.registry import Registry
from pages.parts.classroom.room import Member, Room, written

_FIRST_MESSAGE = 10.0  # seconds in which a connection must say what it wants
_TO_CLOSE = 5.0  # seconds in which a connection that is let go takes its last messages
_CHECK_EVERY = 60.0  # seconds between two looks for classes whose time is over
_PER_SECOND = {"follower": 20, "presenter": 120}
"""Messages that a connection may send."""

_OVER = "The class has ended."


class Live:
    """All classes of this server.

    Args:
        registry: what of them lasts.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.wrong_codes = codes.WrongCodes()
        self._rooms: dict[str, Room] = {}
        self._check: asyncio.Task[None] | None = None

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from its first message to its end."""
        self._check = self._check or asyncio.create_task(self._end_expired())
        await socket.accept()
        with suppress(WebSocketDisconnect, TimeoutError):
            try:
                first = messages.read(await asyncio.wait_for(_received(socket), _FIRST_MESSAGE), "follower")
                code, browser = self._admitted(first)
                room = self._rooms.setdefault(code, Room(lambda: self._counts(code)))
                member = Member(socket)
                room.enter(member, browser)
            except ValueError as error:
                await socket.send_text(written({"refused": str(error)}))
                await socket.close(4004, "refused")
                return
            await self._follow(code, room, member, browser)

    async def _follow(self, code: str, room: Room, member: Member, browser: str | None) -> None:
        sending = asyncio.create_task(member.run())
        member.send(written(self._present_state(code, browser)))
        if browser is not None and room.last_move:
            member.move(room.last_move)
        if browser is None:
            self.registry.seen(code)
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

    # ---- what is sent -----------------------------------------------------------------------------------------------

    def _present_state(self, code: str, browser: str | None) -> dict[str, Any]:
        question = self.registry.question(code)
        mine = None
        if question and browser is not None:
            mine = self.registry.answer(code, question.number, question.round, browser)
        return {"welcome": code, "link": self.registry.link(code), "question": self._shown(code, question), "mine": mine}

    def _shown(self, code: str, question: Question | None) -> dict[str, Any] | None:
        """A question as everybody may see it: the answers only once they are revealed."""
        if question is None:
            return None
        names = ("number", "kind", "round", "answers")
        shown: dict[str, Any] = {name: getattr(question, name) for name in names}
        if question.kind == "choice":
            shown["about"] = question.link.partition("#")[2]  # the question's key on that screen
        if question.revealed:
            rounds = range(1, question.round + 1)
            shown["rounds"] = [self.registry.answers(code, question.number, r) for r in rounds]
            shown |= {"scale": question.scale, "lost": question.lost, "right": question.right}
        return shown

    def _counts(self, code: str) -> dict[str, int]:
        counts = self.registry.counts(code)
        return {"answered": counts.answered, "right": counts.right}

    # ---- what is done -----------------------------------------------------------------------------------------------

    def _answer(self, code: str, room: Room, member: Member, browser: str, message: dict[str, Any]) -> None:
        if message["do"] != "vote":
            raise ValueError("A follower can only answer.")
        number, round_ = (messages.whole(message, name, 1, 1000) for name in ("question", "round"))
        answer = messages.whole(message, "answer", 0, 1000)
        self.registry.vote(code, Vote(number, round_, browser, answer))
        member.send(written({"voted": answer}))
        room.count()

    def _lead(self, code: str, room: Room, message: dict[str, Any]) -> None:
        registry = self.registry
        match message["do"]:
            case "move":
                room.move(messages.move(message))
                return
            case "show":
                registry.show(code, messages.link(message))
                room.tell({"link": registry.link(code)})
                return
            case "ask":
                registry.ask(code, *messages.question(message))
            case "again":
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
        shown = {"question": self._shown(code, registry.question(code))}
        room.tell(shown)
        if room.presenter:
            room.presenter.send(written(shown))
        room.count()

    def _reveal(self, code: str, message: dict[str, Any]) -> None:
        question = self.registry.question(code)
        if question is None:
            raise ValueError("No question is open.")
        scale, lost = (messages.table(message, name, question.answers) for name in ("scale", "lost"))
        self.registry.reveal(code, scale, lost)

    def end(self, code: str) -> None:
        """A class is over: nothing of it is kept."""
        self.registry.end(code)
        room = self._rooms.pop(code, None)
        if room:
            room.end(_OVER)

    async def _end_expired(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY)
            for code, room in self._rooms.items():
                if room.presenter:
                    self.registry.seen(code)
            for code in self.registry.remove_expired():
                self.end(code)


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
