"""What stands between the network and the app: origins, headers, compressed files, sentences, and a fair pool."""

import hashlib
import re
import shutil
import threading
import time
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.file_util import get_static_dir

from pages.parts.compute import fair_pool
from pages.parts.compute.fair_pool import BusyError, FairPool
from pages.parts.server import descriptors
from pages.parts.server.compression import CompressedFiles
from pages.parts.server.headers import SecurityHeaders
from pages.parts.server.index_page import IndexPage
from pages.parts.server.origins import SameOrigin
from pages.parts.web import assets, preloads
from tests import own_loop
from vaecore.data import integrity

SCRIPT = "export const number = 1;\n" * 400


async def _socket(socket):
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def _app():
    return Starlette(
        routes=[
            Route("/", lambda request: HTMLResponse("<html><head><title>x</title></head><body></body></html>")),
            Route("/play/sweep", lambda request: PlainTextResponse("numbers")),
            Route("/static/main.js", lambda request: Response(SCRIPT, media_type="text/javascript")),
            Route("/static/gone.js", lambda request: Response("no such file" * 200, 404, media_type="text/javascript")),
            Route("/_stcore/metrics", lambda request: PlainTextResponse("secrets")),
            WebSocketRoute("/play/stream", _socket),
        ]
    )


# ---- origins ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://testserver"},
        {"origin": "http://testserver:80"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},  # a link on another site, a frame
        {"origin": "https://campus.example.org", "x-forwarded-host": "campus.example.org"},
        {"origin": "https://slides.example.org"},
    ],
)
def test_its_own_pages_links_and_programs_are_answered(headers):
    client = TestClient(SameOrigin(_app(), trusted=["https://slides.example.org"]))
    assert client.get("/play/sweep", headers=headers).text == "numbers"
    with client.websocket_connect("/play/stream", headers=headers) as socket:
        assert socket.receive_text() == "hello"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://testserver:8080"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://[broken"},
        {"origin": "http://testserver:99999"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
    ],
)
def test_pages_of_other_sites_are_refused_before_anything_else(headers):
    reached = []

    async def app(scope, receive, send):
        reached.append(scope)

    client = TestClient(SameOrigin(app))
    assert client.get("/play/sweep", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass
    assert not reached


def test_the_servers_metrics_are_nobodys_business():
    assert TestClient(SameOrigin(_app())).get("/_stcore/metrics").status_code == 404
    assert TestClient(SameOrigin(_app())).get("/vae/_stcore/metrics").status_code == 404


# ---- headers ----------------------------------------------------------------------------------------------------------


def test_every_answer_carries_a_policy_and_one_setting_says_who_may_frame_it():
    for setting in ("*", "'self'", "https://moodle.example.org"):
        headers = TestClient(SecurityHeaders(_app(), setting)).get("/play/sweep").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["content-security-policy"].endswith(f"frame-ancestors {setting}")
        assert "default-src 'self'" in headers["content-security-policy"]


# ---- compressed files -------------------------------------------------------------------------------------------------


def test_a_script_travels_compressed_is_compressed_once_and_may_be_kept():
    """Also where what is inside would compress it too, at every request, as Streamlit does."""
    served, inner = [], GZipMiddleware(_app())

    async def counted(scope, receive, send):
        served.append(scope["path"])
        await inner(scope, receive, send)

    client = TestClient(CompressedFiles(counted, ("/static/",)))
    for _ in range(3):
        answer = client.get("/static/main.js")
        assert answer.text == SCRIPT
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 10
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert "immutable" in answer.headers["cache-control"]
    assert served == ["/static/main.js"]


def test_a_copy_is_kept_of_every_file_small_ones_too_and_of_none_by_its_detours():
    """A server of files answers at any number of addresses for the same file: each would be compressed and kept."""
    served = []

    async def files(scope, receive, send):
        served.append(scope["path"])
        body = SCRIPT if "main" in scope["path"] else "export {};"
        await Response(body, media_type="application/javascript")(scope, receive, send)

    middleware = CompressedFiles(files, ("/static/",))
    client = TestClient(middleware)
    for _ in range(2):
        small = client.get("/static/small.js")
        assert (
            small.text == "export {};"
            and "content-encoding" not in small.headers
            and "immutable" in small.headers["cache-control"]
        )
    assert served == ["/static/small.js"]
    for path in ("/static//main.js", "/static/./main.js", "/static/x/../main.js", "/static/main.js/"):
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "headers": [(b"accept-encoding", b"gzip")],
            "query_string": b"",
        }
        own_loop.run(middleware(scope, _nothing, _nowhere))
    assert list(middleware.kept) == ["/static/small.js"] and len(served) == 5


def test_a_page_in_the_place_of_a_missing_file_is_not_found_and_never_kept():
    """Streamlit answers with its page wherever there is no file; a browser would keep that for a script, for a year."""

    async def fallback(scope, receive, send):
        await HTMLResponse("<html>" + "page " * 500 + "</html>")(scope, receive, send)

    middleware = CompressedFiles(fallback, ("/static/", "/scripts/"))
    client = TestClient(middleware)
    for path in ("/static/gone.js", "/scripts/000000000000/all.js", "/static/./gone.js"):
        for headers in ({}, {"accept-encoding": "identity"}, {"if-none-match": "x"}):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, answer.text) == (404, "There is no such file.")
            assert answer.headers["cache-control"] == "no-store" and "<html>" not in answer.text
    assert not middleware.kept
    assert client.get("/quiz").status_code == 200


async def _nothing():
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nowhere(message):
    """Nobody reads the answer."""


def test_what_must_not_be_compressed_comes_as_it_is():
    client = TestClient(CompressedFiles(_app(), ("/static/",)))
    plain = client.get("/static/main.js", headers={"accept-encoding": "identity"})
    assert plain.text == SCRIPT and "content-encoding" not in plain.headers
    gone = client.get("/static/gone.js")
    assert gone.status_code == 404 and "cache-control" not in gone.headers
    assert "content-encoding" not in client.get("/play/sweep").headers


# ---- the page's own sentences -----------------------------------------------------------------------------------------


def test_the_page_can_say_why_it_does_not_run():
    client = TestClient(IndexPage(_app(), ("/play/",)))
    page = client.get("/").text
    assert page.startswith("<html>") and page.endswith("</html>") and page.count("</head>") == 1
    for sentence in ("sandbox gives the page no origin", "could not be loaded", "needs JavaScript"):
        assert sentence in page.split("</head>")[0]
    assert client.get("/play/sweep").text == "numbers"


def test_the_sentences_and_the_early_requests_stand_in_a_page_that_travels_compressed():
    """Streamlit compresses the page of every screen but the first."""
    inner = GZipMiddleware(_app(), minimum_size=1)
    client = TestClient(IndexPage(inner, ("/play/",), preloads=lambda path: f'<link href="{path}">'))
    answer = client.get("/", headers={"accept": "text/html,*/*"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "needs JavaScript" in answer.text and '<link href="/">' in answer.text.split("</head>")[0]


def test_the_page_asks_early_for_files_that_there_are_and_only_the_trade_off_for_a_chart():
    room, other = preloads.tags("/tradeoff"), preloads.tags("/quiz")
    assert room == preloads.tags("/")
    assert assets.PLOTLY in room and assets.PLOTLY not in other and assets.BUNDLE in room and assets.BUNDLE in other
    for path in re.findall(r'(?:href|src)="\./([^"]+)"', room):
        assert (Path(get_static_dir()) / path).is_file() or path in (assets.PLOTLY, assets.BUNDLE[1:]), path
    for element in ("BidiComponent", "Html"):
        assert f"/{element}." in room, f"Streamlit has another name for the script of {element}"


def test_what_stands_before_the_app_lets_the_start_of_the_server_through():
    """An error there would not be seen: the server would start without its warm-up."""
    begun = []

    @asynccontextmanager
    async def lifespan(app):
        begun.append(True)
        yield

    inner = Starlette(lifespan=lifespan)
    for layer in (
        SameOrigin(inner, trusted=[]),
        SecurityHeaders(inner, frame_ancestors="*"),
        CompressedFiles(inner, prefixes=("/static/",)),
        IndexPage(inner, ours=(), preloads=lambda path: ""),
    ):
        begun.clear()
        with TestClient(layer):
            assert begun, type(layer).__name__


# ---- the pool ---------------------------------------------------------------------------------------------------------


def test_answers_and_errors_come_back():
    pool = FairPool(2)
    assert pool.submit("a", lambda: 6 * 7).result(10) == 42
    with pytest.raises(ZeroDivisionError):
        pool.submit("a", lambda: 1 / 0).result(10)
    pool.stop()


def test_who_asks_much_waits_for_himself_alone():
    """Of forty questions of one client and two of another, the other's are answered among the first."""
    pool = FairPool(2, most_per_client=40)
    gate, order, lock = threading.Event(), [], threading.Lock()

    def question(name):
        def answered():
            gate.wait(10)
            with lock:
                order.append(name)

        return answered

    waiting = [pool.submit("greedy", question("greedy")) for _ in range(40)]
    waiting += [pool.submit("modest", question("modest")) for _ in range(2)]
    gate.set()
    for answer in waiting:
        answer.result(10)
    # Two are running when the other comes, then they take turns.
    assert max(i for i, name in enumerate(order) if name == "modest") <= 6
    pool.stop()


def test_what_is_due_first_is_answered_first_and_nothing_waits_for_ever():
    """A question that can wait lets others pass that come after it, until it is due itself."""
    pool = FairPool(2)
    gates, order = (threading.Event(), threading.Event()), []
    held = [pool.submit(number, lambda gate=gate: gate.wait(10)) for number, gate in enumerate(gates)]
    time.sleep(0.1)  # both run, and one of them until the end: the other thread alone answers in order
    waiting = [pool.submit("patient", lambda: order.append("patient"), patience=0.3)]
    waiting += [pool.submit("early", lambda: order.append("early"))]
    time.sleep(0.4)
    waiting += [pool.submit("late", lambda: order.append("late"))]
    gates[0].set()
    for answer in waiting:
        answer.result(10)
    assert order == ["early", "patient", "late"]
    gates[1].set()
    held[1].result(10)
    pool.stop()


def compute(seconds):
    """Keep a core busy for so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_one_thread_is_kept_free_for_clients_whose_questions_are_short():
    pool = FairPool(2)
    pool.submit("quick", lambda: None).result(10)
    pool.submit("slow", lambda: compute(0.2)).result(10)
    gate = threading.Event()
    long = [pool.submit("slow", lambda: gate.wait(10)) for _ in range(6)]
    # Somebody who opens a new connection for each long question: nothing is known of any of them.
    long += [pool.submit(("new", number), lambda: gate.wait(10)) for number in range(6)]
    # With all threads on the long questions this would wait for the gate for ever.
    assert pool.submit("quick", lambda: "soon").result(5) == "soon"
    assert not any(answer.done() for answer in long)
    gate.set()
    for answer in long:
        answer.result(10)
    pool.stop()


def test_short_questions_are_computed_one_at_a_time(monkeypatch):
    monkeypatch.setattr(fair_pool, "LONG", 60)
    pool, gate, begun = FairPool(2), threading.Event(), []
    for client in ("a", "b", "slow"):
        pool.submit(client, lambda: None).result(10)

    def question(client):
        begun.append(client)
        gate.wait(10)

    waiting = [pool.submit(client, partial(question, client)) for client in ("a", "b")]
    time.sleep(0.2)
    assert begun == ["a"]
    # Nothing is known of who comes now, and so nobody's short question is waited for.
    waiting.append(pool.submit("new", partial(question, "new")))
    time.sleep(0.2)
    assert begun == ["a", "new"]
    gate.set()
    for answer in waiting:
        answer.result(10)
    assert begun == ["a", "new", "b"]
    pool.stop()


def test_a_question_that_takes_long_unexpectedly_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(fair_pool, "LONG", 0.2)
    pool, gate = FairPool(2), threading.Event()
    for client in ("a", "b"):
        pool.submit(client, lambda: None).result(10)
    held = pool.submit("a", lambda: gate.wait(10))
    assert pool.submit("b", lambda: "soon").result(5) == "soon"
    gate.set()
    held.result(10)
    pool.stop()


def test_waiting_is_not_taken_for_a_long_question():
    """A machine that is busy, or a thread that has lost the interpreter, makes no client slow."""
    pool = FairPool(2)
    for _ in range(2):
        pool.submit("patient", lambda: time.sleep(0.3)).result(10)
    gate = threading.Event()
    held = pool.submit("other", lambda: gate.wait(10))
    time.sleep(0.1)
    assert pool.submit("patient", lambda: "soon").result(5) == "soon"
    gate.set()
    held.result(10)
    pool.stop()


def test_a_full_queue_refuses_with_a_sentence():
    pool = FairPool(2, most_waiting=5, most_per_client=3)
    gate = threading.Event()
    held = [pool.submit(name, lambda: gate.wait(10)) for name in ("x", "y")]
    time.sleep(0.1)  # both run
    held += [pool.submit("a", lambda: None) for _ in range(3)]
    with pytest.raises(BusyError, match="too many questions are waiting"):
        pool.submit("a", lambda: None)
    held += [pool.submit("b", lambda: None) for _ in range(2)]
    with pytest.raises(BusyError):
        pool.submit("c", lambda: None)
    gate.set()
    for answer in held:
        answer.result(10)
    pool.stop()


def test_what_nobody_waits_for_is_not_computed():
    pool = FairPool(2)
    gate, computed = threading.Event(), []
    running = [pool.submit(name, lambda: gate.wait(10)) for name in ("x", "y")]
    time.sleep(0.1)
    given_up = pool.submit("z", lambda: computed.append("z"))
    assert given_up.cancel()
    gate.set()
    for answer in running:
        answer.result(10)
    pool.submit("x", lambda: None).result(10)
    assert not computed
    pool.stop()


def test_stopping_ends_every_wait_at_once():
    pool = FairPool(2)
    gate = threading.Event()
    waiting = [pool.submit(number, lambda: gate.wait(30)) for number in range(5)]
    time.sleep(0.1)
    pool.stop()
    for answer in waiting:
        with pytest.raises(BusyError, match="stopping"):
            answer.result(1)
    gate.set()
    with pytest.raises(BusyError):
        pool.submit("late", lambda: None)


# ---- files and descriptors --------------------------------------------------------------------------------------------


def test_the_files_are_those_of_the_manifest():
    integrity.check_assets()
    named = {line.split(maxsplit=1)[1] for line in integrity.MANIFEST.read_text("utf-8").splitlines()}
    there = {
        p.relative_to(integrity.ASSETS).as_posix()
        for p in integrity.ASSETS.rglob("*")
        if p.suffix in (".safetensors", ".npz")
    }
    assert named == there
    first = integrity.MANIFEST.read_text("utf-8").split()[0]
    assert first == hashlib.sha256((integrity.ASSETS / "digits.npz").read_bytes()).hexdigest()


def test_a_flipped_bit_and_a_missing_file_are_named(tmp_path):
    assets = tmp_path / "assets"
    shutil.copytree(integrity.ASSETS, assets)
    model = assets / "models" / "digits-2.safetensors"
    content = bytearray(model.read_bytes())
    content[-100] ^= 0x40
    model.write_bytes(content)
    with pytest.raises(ValueError, match=r"digits-2\.safetensors is damaged: its SHA-256"):
        integrity.check_assets(assets)
    model.unlink()
    with pytest.raises(ValueError, match=r"digits-2\.safetensors is missing"):
        integrity.check_assets(assets)


def test_the_limit_of_open_files_is_raised_to_what_the_system_allows():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        limit = descriptors.raise_limit()
        assert limit == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(descriptors.MOST, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
