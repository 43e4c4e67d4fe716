"""The classes of a server of several processes, in one Redis or Valkey that all of them use.

Every key expires with its class, also if no process of the app is left to delete it.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from pages.parts.classroom import codes, redis_scripts
from pages.parts.classroom.records import Counts, Question, Vote
from pages.parts.classroom.redis_store import CLASSES, Store, key_of, questions_of, votes_of
from pages.parts.classroom.registry import (
    ABSENCE,
    LIFETIME,
    MOST_CLASSES,
    MOST_QUESTIONS,
    MOST_VOTERS,
    TOO_MANY_CLASSES,
    TOO_MANY_QUESTIONS,
    Registry,
    refusal,
)


class RedisRegistry(Registry):
    """The classes of several processes.

    Args:
        address: redis://host:port/number, or whatever `redis.Redis.from_url` takes.
        clock: seconds since some fixed day, the same for all processes.

    Raises:
        OSError: Redis cannot be reached; the same holds for every method.
    """

    def __init__(self, address: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._store = Store(address)
        self.remove_expired()

    # ---- classes ----------------------------------------------------------------------------------------------------

    def open(self) -> tuple[str, str]:
        """A new class: its code and the presenter's secret."""
        self.remove_expired()
        secret, now = codes.new_secret(), self._clock()
        while True:
            code = codes.new_code()
            fields = ("secret", codes.hash_of(secret), "opened", now, "seen", now, "link", "")
            made = self._store.script(
                redis_scripts.OPEN, (key_of(code), CLASSES), MOST_CLASSES, int(LIFETIME), code, *fields
            )
            if made < 0:
                raise ValueError(TOO_MANY_CLASSES)
            if made:
                return code, secret

    def knows(self, code: str) -> bool:
        """Whether there is such a class."""
        return bool(self._store.do("EXISTS", key_of(code)))

    def is_presenter(self, code: str, secret: object) -> bool:
        """Whether this is the secret of this class."""
        kept = self._store.do("HGET", key_of(code), "secret")
        return kept is not None and codes.matches(secret, kept)

    def seen(self, code: str) -> None:
        """The presenter is here."""
        self._store.script(redis_scripts.SET, [key_of(code)], "seen", self._clock())

    def show(self, code: str, link: str) -> None:
        """The presenter shows another state."""
        self._store.script(redis_scripts.SET, [key_of(code)], "link", link, "seen", self._clock())

    def link(self, code: str) -> str:
        """The state that the presenter shows; empty before the first."""
        return self._store.do("HGET", key_of(code), "link") or ""

    def end(self, code: str) -> None:
        """The class is over: nothing of it is kept."""

        def delete(pipe: Any) -> None:
            asked = [_question(text) for text in pipe.hvals(questions_of(code))]
            pipe.multi()
            pipe.delete(key_of(code), questions_of(code), *_rounds(code, asked))
            pipe.srem(CLASSES, code)

        self._store.atomically(delete, questions_of(code))

    def remove_expired(self) -> tuple[str, ...]:
        """End the classes whose time is over, or whose presenter has been away too long; their codes."""
        now, over = self._clock(), []
        for code in sorted(self._store.do("SMEMBERS", CLASSES)):
            opened, seen = (float(text or 0) for text in self._store.do("HMGET", key_of(code), "opened", "seen"))
            if opened < now - LIFETIME or seen < now - ABSENCE:
                self.end(code)
                over.append(code)
        return tuple(over)

    # ---- questions --------------------------------------------------------------------------------------------------

    def ask(self, code: str, question: Question) -> Question:
        """Ask the class another question; returned with its number."""
        asked: list[Question] = []

        def add(pipe: Any) -> None:
            left, number = pipe.pttl(key_of(code)), pipe.hlen(questions_of(code)) + 1
            if left < 0:
                raise ValueError("The class has ended.")
            if number > MOST_QUESTIONS:
                raise ValueError(TOO_MANY_QUESTIONS)
            before = pipe.hget(questions_of(code), str(number - 1))
            asked[:] = [replace(question, number=number)]
            pipe.multi()
            if before:
                pipe.hset(questions_of(code), str(number - 1), _written(replace(_question(before), open=False)))
            pipe.hset(questions_of(code), str(number), _written(asked[0]))
            pipe.pexpire(questions_of(code), left)

        self._store.atomically(add, key_of(code), questions_of(code))
        return asked[0]

    def question(self, code: str) -> Question | None:
        """The question that is open."""
        return _open(self._store.script(redis_scripts.LAST_QUESTION, [questions_of(code)]))

    def _change(self, code: str, changed: Callable[[Question], Question]) -> None:
        """Put in place of the open question what this makes of it."""

        def change(pipe: Any) -> None:
            question = _open(pipe.hget(questions_of(code), str(pipe.hlen(questions_of(code)))))
            pipe.multi()
            if question:
                pipe.hset(questions_of(code), str(question.number), _written(changed(question)))

        self._store.atomically(change, questions_of(code))

    def vote_again(self, code: str) -> None:
        """Another round of the open question; what was revealed is hidden again."""
        self._change(code, lambda question: replace(question, round=question.round + 1, revealed=False, lost=(), best=()))

    def reveal(self, code: str, scale: Sequence[float], lost: Sequence[float], best: Sequence[float] = ()) -> None:
        """Show the answers, with what each means and loses, and the best one."""
        known = tuple(scale), tuple(lost), tuple(best)
        self._change(code, lambda question: replace(question, revealed=True, scale=known[0], lost=known[1], best=known[2]))

    def close_question(self, code: str) -> None:
        """No question is open any more."""
        self._change(code, lambda question: replace(question, open=False))

    # ---- votes ------------------------------------------------------------------------------------------------------

    def vote(self, code: str, vote: Vote) -> None:
        """Count a vote; of the same browser in the same round it replaces the one before."""
        asked, keys = self.question(code), (questions_of(code), votes_of(code, vote.question, vote.round))
        hit = int(asked is not None and asked.is_right(vote.answer))
        if not self._store.script(
            redis_scripts.VOTE, keys, vote.question, vote.round, vote.browser, vote.answer, hit, MOST_VOTERS
        ):
            raise refusal(vote, self.question(code))

    def answer(self, code: str, question: int, round_: int, browser: str) -> int | None:
        """What a browser has answered in a round."""
        given = self._store.do("HGET", votes_of(code, question, round_), browser)
        return None if given is None else _answer(given)

    def answers(self, code: str, question: int, round_: int) -> list[int]:
        """All answers of a round, in order of their size: nothing says who gave which."""
        return sorted(_answer(given) for given in self._store.do("HVALS", votes_of(code, question, round_)))

    def counts(self, code: str) -> Counts:
        """Of the open question's round; nothing without a question."""
        question = self.question(code)
        if question is None:
            return Counts(0, 0)
        return Counts(*self._store.script(redis_scripts.COUNT, [votes_of(code, question.number, question.round)]))

    def session(self, code: str) -> tuple[list[Question], list[Vote]]:
        """All questions and votes of a class."""
        asked = sorted(
            (_question(text) for text in self._store.do("HVALS", questions_of(code))), key=lambda asked: asked.number
        )
        votes = [
            Vote(question.number, round_, browser, _answer(given))
            for question in asked
            for round_ in range(1, question.round + 1)
            for browser, given in sorted(self._store.fields(votes_of(code, question.number, round_)).items())
        ]
        return asked, votes

    def close(self) -> None:
        """Let go of the connection."""
        self._store.close()


def _rounds(code: str, asked: Sequence[Question]) -> list[str]:
    """The keys of all votes."""
    return [votes_of(code, question.number, round_) for question in asked for round_ in range(1, question.round + 1)]


def _answer(given: str) -> int:
    return int(given.partition(" ")[0])


def _written(question: Question) -> str:
    return json.dumps(asdict(question), separators=(",", ":"))


def _question(text: str) -> Question:
    fields: dict[str, Any] = json.loads(text)
    fields |= {name: tuple(fields[name]) for name in ("right", "span", "scale", "lost", "best")}
    return Question(**fields)


def _open(text: str | None) -> Question | None:
    question = _question(text) if text else None
    return question if question and question.open else None
