"""Five thousand messages on both websockets, each a real one that was damaged: an answer or a sentence, never an error."""

import json
import random
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pages.parts.classroom import live, routes
from pages.parts.classroom.sqlite_registry import SqliteRegistry
from pages.parts.tradeoff import questions

ODD = (
    "",
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    '"',
    "\\",
    "\x00",
    "\ud800",
    "\u202e",
    "9" * 400,
    "é",
    "<b>",
    "   ",
)
QUESTIONS = (
    '{"part": "sweep", "model": "number", "q": "hand", "mean": "0.5", "variance": "0.2"}',
    '{"part": "rest", "model": "number", "x": "1.5", "sigma_x": "0.7"}',
    '{"part": "pictures", "model": "digits-linear-2", "digit": "3", "seed": "4"}',
    '{"part": "guesses", "model": "number", "means": "0.5;1"}',
)
FOLLOWERS = ('{"do": "vote", "question": 1, "round": 1, "answer": 3}', '{"do": "done", "task": "challenge/tight"}')
PRESENTERS = (
    '{"do": "show", "link": "/?digit=3", "task": "challenge/tight"}',
    '{"do": "move", "s": "1a2b3c4d", "k": 57, "mean": "-0.25 1.5e-3", "variance": "0.04"}',
    '{"do": "ask", "kind": "point", "link": "/#point", "answers": 25, "across": 5, "span": [-2, 2], "low": 6, "high": 13}',
    '{"do": "ask", "kind": "choice", "link": "/quiz#quiz/jensen", "answers": 4, "low": 2, "high": 2}',
    '{"do": "reveal", "scale": [0.1, 0.2, 0.3, 0.4], "lost": [1, 2, 3, 4], "best": []}',
    '{"do": "again"}',
    '{"do": "close"}',
)


def damaged(chance: random.Random, text: str) -> str:
    """The text with some of it left out, doubled, exchanged or replaced."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randint(0, 12))
        put = chance.choice(("", 2 * text[start:end], text[start:end][::-1], chance.choice(ODD)))
        text = text[:start] + put + text[end:]
    return text


def test_a_damaged_question_is_answered_or_refused_with_a_sentence() -> None:
    chance, refused = random.Random(0), 0
    for _ in range(2_500):
        answer = questions.answer(damaged(chance, chance.choice(QUESTIONS)))
        if isinstance(answer, str) and "refused" in (said := json.loads(answer)):
            refused += 1
            assert said["refused"].strip() and len(said["refused"]) < 2_000
    assert refused > 1_000


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    classes = live.Live(SqliteRegistry())
    monkeypatch.setattr(routes, "classes", lambda: classes)
    monkeypatch.setattr(live, "_PER_SECOND", {"follower": 10**6, "presenter": 10**6})
    with TestClient(Starlette(routes=routes.ROUTES)) as made:
        yield made


@pytest.mark.parametrize(("role", "texts"), [("presenter", PRESENTERS), ("follower", FOLLOWERS)])
def test_a_damaged_message_to_a_class_gets_a_sentence_and_the_class_goes_on(
    client: TestClient, role: str, texts: tuple[str, ...]
) -> None:
    opened = client.post("/class/open").json()
    first = {"do": "lead", **opened} if role == "presenter" else {"do": "join", "code": opened["code"], "browser": "b" * 16}
    chance = random.Random(role)
    with client.websocket_connect("/class/live") as session:
        session.send_json(first)
        assert session.receive_json()["welcome"] == opened["code"]
        for _ in range(1_250):
            session.send_text(
                damaged(chance, chance.choice(texts)).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            )
            session.send_text('{"do": "what nobody can do"}')
            for _ in range(10):  # a question or counts may come before the sentence about what nobody can do
                message = session.receive_json()
                assert "refused" not in message
                if "error" in message:
                    assert message["error"].endswith(".")
                    if "must be one of" in message["error"] or "can only answer" in message["error"]:
                        break
    with client.websocket_connect("/class/live") as session:
        session.send_json(first)
        assert session.receive_json()["welcome"] == opened["code"]


@pytest.mark.parametrize(
    "first", [*PRESENTERS, *FOLLOWERS, '{"do": "join", "code": "ABCDEF", "browser": "bbbbbbbbbbbbbbbb"}']
)
def test_a_connection_that_begins_with_a_damaged_message_is_refused(client: TestClient, first: str) -> None:
    chance = random.Random(first)
    for _ in range(10):
        with client.websocket_connect("/class/live") as session:
            session.send_text(damaged(chance, first).encode("utf-8", "replace").decode())
            assert session.receive_json()["refused"].endswith(".")
            with pytest.raises(WebSocketDisconnect):
                session.receive_json()
