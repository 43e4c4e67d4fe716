"""The app under clients that mean no good, on a server of its own: odd messages, floods, signals, damaged files."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest
import websockets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pages.parts.tradeoff import questions, routes
from tests import hostile
from tests.own_loop import run
from tests.processes import memory_of
from tests.visiting import ROOT, running_app

PATIENCE = 60
FILES = 1024  # that a server may have open, as on a machine that nobody has set up


async def exchange(address, *messages):
    """What a socket answers to each message; an int where it closes instead, the code."""
    answers = []
    async with websockets.connect(hostile.socket_address(address), max_size=None, proxy=None) as socket:
        for message in messages:
            try:
                await socket.send(message)
                answers.append(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE)))
            except websockets.ConnectionClosed as closed:
                answers.append(closed.rcvd.code if closed.rcvd else 1006)
                break
    return answers


ODD = {
    "nothing": "",
    "no JSON": "{",
    "a number": "17",
    "a list": "[]",
    "an empty object": "{}",
    "a number for a text": '{"digit": 7}',
    "nested": '{"digit": {"a": []}}',
    "deep": "[" * 9_000 + "]" * 9_000,
    "binary": b"\x00\xff\xfe",
    "an unknown part": '{"part": "all"}',
    "an unknown parameter": '{"teacher": "me"}',
    "a huge integer": json.dumps({"example": "9" * 5_000}),
    "infinite": '{"q": "hand", "mean": "inf nan", "variance": "1e999"}',
    "half a character": '{"digit": "\\ud800"}',
    "controls": json.dumps({"model": "\x00\x1b[31m\n"}),
}


@pytest.mark.parametrize("message", ODD.values(), ids=ODD)
def test_an_odd_message_is_answered_with_a_sentence_and_the_socket_stays(server, message):
    first, second = run(exchange(server, message, json.dumps({"part": "sweep"})))
    assert isinstance(first, dict)
    assert "refused" in first or "reconstruction" in first
    assert "reconstruction" in second


def test_a_question_too_long_closes_its_socket(server):
    assert run(exchange(server, json.dumps({"mean": "1" * routes.LONGEST_QUESTION}))) == [1009]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=st.dictionaries(
        st.sampled_from(
            ["part", "model", "digit", "example", "q", "mean", "variance", "move", "dimension", "seed", "beta", "x"]
        )
        | st.text(max_size=20),
        st.sampled_from(
            ["sweep", "rest", "hand", "number", "humps", "7", "0", "-1", "1e-6 4", "9" * 400, "digits-16", "é\u202e"]
        )
        | st.text(max_size=60),
        max_size=8,
    )
)
def test_whatever_is_asked_is_answered_or_refused_with_a_sentence(question):
    try:
        answer = json.loads(questions.answer(json.dumps({"part": "sweep", **question} | {"part": "sweep"})))
    except ValueError as error:  # pragma: no cover - says what came
        raise AssertionError(question) from error
    assert "reconstruction" in answer or answer["refused"].strip()


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
@pytest.mark.parametrize("path", ["_stcore/stream", "play/stream"])
def test_a_page_of_another_site_opens_no_socket(server, path, origin):
    async def opened():
        address = f"{server.replace('http', 'ws', 1)}/{path}"
        async with websockets.connect(address, origin=origin, subprotocols=["streamlit"], proxy=None, open_timeout=PATIENCE):
            pass

    with pytest.raises(websockets.InvalidStatus) as refused:
        run(opened())
    assert refused.value.response.status_code == 403


def test_a_picture_on_a_page_of_another_site_is_refused(server):
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert hostile.fetch(f"{server}/play/sweep?digit=3", PATIENCE, foreign) == 403
    assert hostile.fetch(f"{server}/play/sweep?digit=3", PATIENCE) == 200


def test_uploads_are_off_and_metrics_closed(server):
    assert hostile.fetch(f"{server}/_stcore/metrics", PATIENCE) == 404
    text = (ROOT / ".streamlit" / "config.toml").read_text("utf-8")
    assert "maxUploadSize = 0" in text


HELD = [name for name in hostile.ATTACKS if name != "messages of 100 MB"]


@pytest.mark.parametrize("name", HELD)
def test_a_bystander_goes_on_dragging_during(attacked, name):
    """Alone a bystander gets some fifteen sweeps a second, and a class needs eight; on a busy machine no rate is claimed."""
    for _ in range(3):  # where two cores run other tests besides, one expensive question may take all of the four seconds
        seen = run(hostile.seen_during(hostile.ATTACKS[name], attacked.address, attacked.pid, 4))
        if seen.answers > 0.5:
            break
    assert seen.answers > 0.5
    assert seen.slowest_page < 20
    assert seen.memory < 500  # megabytes; the caches that fill take 400 at most


def test_a_message_of_a_hundred_megabytes_is_neither_kept_nor_answered(attacked):
    before = memory_of(attacked.pid)
    seen = run(hostile.seen_during(hostile.large_messages, attacked.address, attacked.pid, 4))
    assert seen.answers > 0.5
    assert memory_of(attacked.pid) - before < 200e6


@pytest.fixture(scope="module")
def attacked():
    """A server that nobody else uses, with few files to open, on which the worst question has been asked before: its model's
    first takes seconds."""
    with running_app(descriptors=FILES, warm_up=False) as app:
        run(exchange(app.address, json.dumps(hostile.WORST)))
        yield app


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_whatever_it_computes(number):
    async def ask(address):
        async with websockets.connect(hostile.socket_address(address), proxy=None) as socket:
            await socket.send(json.dumps(hostile.WORST))
            await asyncio.sleep(0.5)
            os.kill(app.pid, number)
            with contextlib.suppress(websockets.ConnectionClosed):
                await socket.recv()

    with running_app(warm_up=False) as app:
        process = psutil.Process(app.pid)
        run(ask(app.address))
        process.wait(PATIENCE)  # not the time is claimed here, but that it ends at all: it used to compute to the end
        assert not process.is_running()


def test_a_damaged_file_is_named_in_one_sentence_at_the_start(tmp_path):
    copy = tmp_path / "app"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "tests", "docs"))
    model = copy / "vaecore" / "assets" / "models" / "digits-16.safetensors"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 0x40
    model.write_bytes(content)
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(copy / "app.py"),
        "--server.headless",
        "true",
        "--server.port",
        "0",
    ]
    ended = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "digits-16.safetensors is damaged" in said
    assert "Traceback" not in said


def test_a_hundred_and_seventy_visitors_are_served_on_a_thousand_open_files(attacked):
    """Each holds Streamlit's websocket, for which Streamlit opens three more files, and ours on which a movement asks."""
    assert psutil.Process(attacked.pid).rlimit(psutil.RLIMIT_NOFILE)[0] == FILES

    async def visit_all(address):
        stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        async with contextlib.AsyncExitStack() as all_open:
            for _ in range(170):
                await all_open.enter_async_context(
                    websockets.connect(stream, subprotocols=["streamlit"], origin=address, proxy=None, open_timeout=PATIENCE)
                )
                await all_open.enter_async_context(
                    websockets.connect(hostile.socket_address(address), proxy=None, open_timeout=PATIENCE)
                )
            page = await asyncio.to_thread(hostile.fetch, f"{address}/", PATIENCE)
            return page, await exchange(address, json.dumps({"part": "sweep"}))

    page, (answer,) = run(visit_all(attacked.address))
    assert page == 200
    assert "reconstruction" in answer
