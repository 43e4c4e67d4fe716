"""The classes of a server of one process, in one SQLite file with one writer; they survive a restart.

A vote has one row for each browser, question and round. When a class ends its rows are overwritten and deleted.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pages.parts.classroom import codes
from pages.parts.classroom.records import Counts, Question, Vote
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

_TABLES = """
CREATE TABLE IF NOT EXISTS class (
    code TEXT PRIMARY KEY, secret TEXT NOT NULL, opened REAL NOT NULL, seen REAL NOT NULL, link TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS question (
    code TEXT, number INTEGER, kind TEXT NOT NULL, link TEXT NOT NULL, answers INTEGER NOT NULL, low INTEGER NOT NULL,
    high INTEGER NOT NULL, across INTEGER NOT NULL, span TEXT NOT NULL, round INTEGER NOT NULL, open INTEGER NOT NULL,
    scale TEXT NOT NULL, lost TEXT NOT NULL, best TEXT NOT NULL, revealed INTEGER NOT NULL,
    PRIMARY KEY (code, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vote (
    code TEXT, number INTEGER, round INTEGER, browser TEXT, answer INTEGER NOT NULL, hit INTEGER NOT NULL,
    PRIMARY KEY (code, number, round, browser)) WITHOUT ROWID;
"""
_COLUMNS = "number, kind, link, answers, low, high, across, span, round, open, scale, lost, best, revealed"
_VERSION = 3
"""Of these tables. The classes of another version are dropped: they would have lasted some hours at most."""

# In one step: nothing is asked or revealed between the check and the vote.
_VOTE = f"""
INSERT OR REPLACE INTO vote SELECT ?, ?, ?, ?, ?, ? WHERE
    EXISTS (SELECT 1 FROM question WHERE code = ? AND number = ? AND round = ? AND open AND NOT revealed
            AND ? BETWEEN 0 AND answers - 1)
    AND (EXISTS (SELECT 1 FROM vote WHERE code = ? AND number = ? AND round = ? AND browser = ?)
         OR (SELECT COUNT(*) FROM vote WHERE code = ? AND number = ? AND round = ?) < {MOST_VOTERS})
"""


class SqliteRegistry(Registry):
    """The classes of one process.

    Args:
        file: where they are kept; None to keep them in memory, where they end with the process.
        clock: seconds since some fixed day.

    Raises:
        OSError: the file cannot be used.
    """

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        try:
            # Each statement is a transaction of its own, and on its way to the disk before it is confirmed to anybody.
            self._database = sqlite3.connect(file or ":memory:", check_same_thread=False, isolation_level=None)
            self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;")
            if self._all("PRAGMA user_version") != [(_VERSION,)]:
                for table in ("vote", "question", "class"):
                    self._do(f"DROP TABLE IF EXISTS {table}")
            self._database.executescript(f"{_TABLES} PRAGMA user_version = {_VERSION};")
        except sqlite3.Error as error:
            raise OSError(f"The file of the classes, {file}, cannot be used: {error}.") from error
        self.remove_expired()

    def _do(self, sql: str, *values: Any) -> int:
        with self._lock:
            return self._database.execute(sql, values).rowcount

    def _all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    # ---- classes ----------------------------------------------------------------------------------------------------

    def open(self) -> tuple[str, str]:
        """A new class.

        Returns:
            Its code, and the presenter's secret, of which only a hash is kept.

        Raises:
            ValueError: there are as many classes as this server holds.
        """
        self.remove_expired()
        if self._all("SELECT COUNT(*) FROM class")[0][0] >= MOST_CLASSES:
            raise ValueError(TOO_MANY_CLASSES)
        secret, now = codes.new_secret(), self._clock()
        while True:
            code = codes.new_code()
            if self._do("INSERT OR IGNORE INTO class VALUES (?, ?, ?, ?, '')", code, codes.hash_of(secret), now, now):
                return code, secret

    def knows(self, code: str) -> bool:
        """Whether there is such a class."""
        return bool(self._all("SELECT 1 FROM class WHERE code = ?", code))

    def is_presenter(self, code: str, secret: object) -> bool:
        """Whether this is the secret of this class."""
        return any(codes.matches(secret, kept) for (kept,) in self._all("SELECT secret FROM class WHERE code = ?", code))

    def seen(self, code: str) -> None:
        """The presenter is here."""
        self._do("UPDATE class SET seen = ? WHERE code = ?", self._clock(), code)

    def show(self, code: str, link: str) -> None:
        """The presenter shows another state."""
        self._do("UPDATE class SET link = ?, seen = ? WHERE code = ?", link, self._clock(), code)

    def link(self, code: str) -> str:
        """The state that the presenter shows; empty before the first."""
        return next((str(link) for (link,) in self._all("SELECT link FROM class WHERE code = ?", code)), "")

    def end(self, code: str) -> None:
        """The class is over: nothing of it is kept."""
        for table in ("vote", "question", "class"):
            self._do(f"DELETE FROM {table} WHERE code = ?", code)
        self._do("PRAGMA wal_checkpoint(TRUNCATE)")

    def remove_expired(self) -> tuple[str, ...]:
        """End the classes whose time is over, or whose presenter has been away too long; their codes."""
        now = self._clock()
        over = self._all("SELECT code FROM class WHERE opened < ? OR seen < ?", now - LIFETIME, now - ABSENCE)
        for (code,) in over:
            self.end(code)
        return tuple(str(code) for (code,) in over)

    # ---- questions --------------------------------------------------------------------------------------------------

    def ask(self, code: str, question: Question) -> Question:
        """Ask the class another question; returned with its number.

        Raises:
            ValueError: the class has been asked as many as it may be.
        """
        number = self._all("SELECT COUNT(*) FROM question WHERE code = ?", code)[0][0] + 1
        if number > MOST_QUESTIONS:
            raise ValueError(TOO_MANY_QUESTIONS)
        self.close_question(code)
        asked = replace(question, number=number)
        about = code, number, asked.kind, asked.link, asked.answers, *asked.right, asked.across, json.dumps(asked.span)
        values = (*about, 1, True, json.dumps(asked.scale), "[]", "[]", False)
        self._do(f"INSERT INTO question VALUES ({', '.join('?' * len(values))})", *values)
        return asked

    def question(self, code: str) -> Question | None:
        """The question that is open."""
        found = self._all(f"SELECT {_COLUMNS} FROM question WHERE code = ? AND open", code)
        return _question(found[0]) if found else None

    def vote_again(self, code: str) -> None:
        """Another round of the open question; what was revealed is hidden again."""
        hidden = "revealed = 0, lost = '[]', best = '[]'"
        self._do(f"UPDATE question SET round = round + 1, {hidden} WHERE code = ? AND open", code)

    def reveal(self, code: str, scale: Sequence[float], lost: Sequence[float], best: Sequence[float] = ()) -> None:
        """Show the answers, with what each means and loses, and the best one."""
        texts = [json.dumps(list(numbers)) for numbers in (scale, lost, best)]
        self._do("UPDATE question SET revealed = 1, scale = ?, lost = ?, best = ? WHERE code = ? AND open", *texts, code)

    def close_question(self, code: str) -> None:
        """No question is open any more."""
        self._do("UPDATE question SET open = 0 WHERE code = ? AND open", code)

    # ---- votes ------------------------------------------------------------------------------------------------------

    def vote(self, code: str, vote: Vote) -> None:
        """Count a vote; of the same browser in the same round it replaces the one before.

        Raises:
            ValueError: it is no answer to the question that is open.
        """
        asked, place = self.question(code), (code, vote.question, vote.round, vote.browser)
        hit = asked is not None and asked.is_right(vote.answer)
        if not self._do(_VOTE, *place, vote.answer, hit, *place[:3], vote.answer, *place, *place[:3]):
            raise refusal(vote, self.question(code))

    def answer(self, code: str, question: int, round_: int, browser: str) -> int | None:
        """What a browser has answered in a round."""
        where = "code = ? AND number = ? AND round = ? AND browser = ?"
        return next(
            (int(a) for (a,) in self._all(f"SELECT answer FROM vote WHERE {where}", code, question, round_, browser)), None
        )

    def answers(self, code: str, question: int, round_: int) -> list[int]:
        """All answers of a round, in order of their size: nothing says who gave which."""
        where = "code = ? AND number = ? AND round = ?"
        return [
            int(a) for (a,) in self._all(f"SELECT answer FROM vote WHERE {where} ORDER BY answer", code, question, round_)
        ]

    def counts(self, code: str) -> Counts:
        """Of the open question's round; nothing without a question."""
        votes = "vote JOIN question USING (code, number, round) WHERE code = ? AND open"
        return Counts(*self._all(f"SELECT COUNT(*), COALESCE(SUM(hit), 0) FROM {votes}", code)[0])

    def session(self, code: str) -> tuple[list[Question], list[Vote]]:
        """All questions and votes of a class."""
        questions = self._all(f"SELECT {_COLUMNS} FROM question WHERE code = ? ORDER BY number", code)
        votes = self._all(
            "SELECT number, round, browser, answer FROM vote WHERE code = ? ORDER BY number, round, browser", code
        )
        return [_question(row) for row in questions], [Vote(*row) for row in votes]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _question(row: tuple[Any, ...]) -> Question:
    number, kind, link, answers, low, high, across, span, round_, is_open, scale, lost, best, revealed = row
    found = Question(number, kind, link, answers, (low, high), across, _numbers(span), round_, bool(is_open))
    return replace(found, scale=_numbers(scale), lost=_numbers(lost), best=_numbers(best), revealed=bool(revealed))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(json.loads(text))
