"""Who is in a class at this moment, and what is sent to them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pages.parts.classroom.member import Member, written

MOST_FOLLOWERS = 300
MOVES_PER_SECOND = 30
_COUNTS_EVERY = 0.25  # seconds, at least, between two counts for the presenter
_PRESENT_FOR = 3.0  # seconds for which the number of followers in another process counts; it comes every second
_AWAY_AFTER = 5.0  # seconds without the presenter after which the followers are told: a reload takes less


class Room:
    """The members of one class in this process, and how many it has in others.

    Args:
        counts: what is counted for the presenter beside those who have joined.
        publish: sends a message to the rooms of this class in the other processes, which `receive` it.
    """

    def __init__(self, counts: Callable[[], dict[str, int]], publish: Callable[[dict[str, Any]], None]) -> None:
        self.presenter: Member | None = None
        self.followers: dict[str, Member] = {}
        self.last_move: dict[str, Any] = {}
        self.task = ""  # of the presenter's screen, by the name under which browsers keep that it is done
        self._finished: dict[str, str] = {}  # browser → the task that it has reported last
        self._counts = counts
        self._publish = publish
        self._elsewhere: dict[str, tuple[int, int, float]] = {}  # process → followers, done of them, and when it said so
        self._led_at = asyncio.get_running_loop().time()  # when the presenter was here last, in any process
        self.led = True  # as the followers are told
        self._told = 0, 0  # joined and done, as the presenter was told
        self._move_at = 0.0  # when the next movement may be sent
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def enter(self, member: Member, browser: str | None) -> None:
        """A follower by the name of its browser, or the presenter; whoever was here under this name has to leave.

        Raises:
            ValueError: there are as many followers as a class may have.
        """
        if browser is not None and browser not in self.followers and self.joined >= MOST_FOLLOWERS:
            raise ValueError(f"This class is full: it has {MOST_FOLLOWERS} screens.")
        self._replace(browser, member)
        self._publish({"enter": browser})
        self.count()

    def _replace(self, browser: str | None, member: Member | None) -> None:
        """Put a member, or nobody, in the place of whoever has this name."""
        before = self.presenter if browser is None else self.followers.pop(browser, None)
        if browser is None:
            self.presenter = member
        elif member:
            self.followers[browser] = member
        if before:
            before.close(4001, "This class is open in another tab.")

    def leave(self, member: Member, browser: str | None) -> None:
        """A connection has ended."""
        if browser is None:
            if self.presenter is member:
                self.presenter = None
        elif self.followers.get(browser) is member:
            del self.followers[browser]
            self.count()

    def receive(self, sender: str, message: dict[str, Any]) -> None:
        """What the room of this class in another process has published."""
        match message:
            case {"send": dict(content)}:
                self._send(written(content))
            case {"move": dict(move)}:
                self.last_move = move
                self._send_move()
            case {"last move": dict(move)} if not self.last_move:  # came with a member of this process
                self.last_move = move
                self._send_move()
            case {"task": str(task)}:
                self.task = task
                self.count()
            case {"followers": int(number), "done": int(done), "leads": bool(leads)}:
                self._elsewhere[sender] = number, done, asyncio.get_running_loop().time()
                if leads:
                    self._led_at = asyncio.get_running_loop().time()
                self._count_later()
            case {"enter": browser}:
                self._replace(browser, None)
                if self.last_move:
                    self._publish({"last move": self.last_move})
                if self.presenter:
                    self._publish({"task": self.task})
                self.count()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to every follower."""
        self._send(written(message))
        self._publish({"send": message})

    def set_task(self, task: str) -> None:
        """The presenter's screen has another task, or none."""
        self.task = task
        self._publish({"task": task})
        self.count()

    def finish(self, browser: str, task: str) -> None:
        """A follower has done this task; an empty one takes back what it has reported."""
        self._finished[browser] = task
        self.count()

    def _send(self, text: str) -> None:
        for follower in self.followers.values():
            follower.send(text)

    def move(self, message: dict[str, Any]) -> None:
        """Send a movement to every follower: the latest, no more often than `MOVES_PER_SECOND`.

        The presenter says once which q leads to a path. The steps on it keep that q: the movement that told it may never be
        sent, and who comes later needs it too.
        """
        before = self.last_move
        if message["k"] >= 0 and before.get("s") == message["s"] and "mean" in before:
            message = {"mean": before["mean"], "variance": before["variance"], **message}
        self.last_move = message
        self._later("move", max(0.0, self._move_at - asyncio.get_running_loop().time()), self._move)

    def _move(self) -> None:
        self._move_at = asyncio.get_running_loop().time() + 1 / MOVES_PER_SECOND
        self._send_move()
        self._publish({"move": self.last_move})

    def _send_move(self) -> None:
        for follower in self.followers.values():
            follower.move(self.last_move)

    @property
    def joined(self) -> int:
        """The followers in all processes."""
        return len(self.followers) + sum(number for number, _ in self._others())

    @property
    def done(self) -> int:
        """Those of them who have done the task of the presenter's screen."""
        return self._done_here() + sum(done for _, done in self._others())

    def _done_here(self) -> int:
        return sum(bool(self.task) and self._finished.get(browser) == self.task for browser in self.followers)

    def _others(self) -> list[tuple[int, int]]:
        since = asyncio.get_running_loop().time() - _PRESENT_FOR
        return [(number, done) for number, done, at in self._elsewhere.values() if at > since]

    def count(self) -> None:
        """Tell the presenter how many are here and have answered, a little later: many come at once."""
        self._later("publish", _COUNTS_EVERY, self.publish_followers)
        self._count_later()

    def publish_followers(self) -> None:
        """Say in the other processes how many are here; the followers of one that says nothing for long have left."""
        self._publish({"followers": len(self.followers), "done": self._done_here(), "leads": self.presenter is not None})
        if (self.joined, self.done) != self._told:
            self._count_later()
        self._say_whether_led()

    def _say_whether_led(self) -> None:
        """Tell the followers when the presenter has gone, or is back."""
        now = asyncio.get_running_loop().time()
        if self.presenter:
            self._led_at = now
        led = now - self._led_at < _AWAY_AFTER
        if led != self.led:
            self.led = led
            self._send(written({"led": led}))

    def _count_later(self) -> None:
        if self.presenter:
            self._later("count", _COUNTS_EVERY, self._send_counts)

    def _send_counts(self) -> None:
        if self.presenter:
            self._told = joined, done = self.joined, self.done
            with suppress(OSError):  # what is counted cannot be reached: the next count says it
                self.presenter.send(written({"counts": {"joined": joined, "done": done, **self._counts()}}))

    def _later(self, name: str, delay: float, act: Callable[[], None]) -> None:
        if name in self._timers:
            return

        def run() -> None:
            del self._timers[name]
            act()

        self._timers[name] = asyncio.get_running_loop().call_later(delay, run)

    def close(self, code: int, reason: str) -> None:
        """Close every connection after what is waiting."""
        for member in [*self.followers.values(), *filter(None, [self.presenter])]:
            member.close(code, reason)

    @property
    def empty(self) -> bool:
        """Whether nobody is here."""
        return self.presenter is None and not self.followers
