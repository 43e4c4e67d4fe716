"""The addresses from which the instrument fetches while the hand moves: the page's own link, with q as the hand holds it.

    play/stream    sweeps, one for each question, while the mean moves                  a websocket of JSON
    play/sweep     the terms at every stop, for a mean that was not swept before       JSON
    play/rest      gap, residual and forces at every stop                              JSON
    play/pictures  mean image and samples, for some stops                              bytes
    play/*.csv …   what a visitor takes away (`exports`)

The stream is a websocket because every answer is then one write: of an HTTP response the head is written first, and where
the server's socket waits for its receipt the body comes 40 ms later. The addresses keep nothing: any process can answer, and
an answer that comes late harms nobody.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts import controls, hand
from pages.parts.instrument import exports, playback
from pages.parts.instrument.playback import Request
from vaecore.figures.units import Unit


def read(link: Mapping[str, str]) -> Request:
    """What a link asks for.

    Raises:
        ValueError: a value is none of its control; the sentence says what was expected and what came.
    """
    bench, beta, unit = controls.bench_of(link)
    return Request(bench, beta, Unit(unit), hand.read(link, bench, beta))


def _answering(answer: Callable[[Request], Response]) -> Callable[[HttpRequest], Response]:
    # A plain function: Starlette runs it in a thread, and torch lets other threads go on while it computes.
    def endpoint(http: HttpRequest) -> Response:
        try:
            return answer(read(dict(http.query_params)))
        except ValueError as error:
            return JSONResponse({"refused": str(error)}, status_code=400)

    return endpoint


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            question = await socket.receive_json()
            await socket.send_text(await run_in_threadpool(_answer_in_text, question))


def _answer_in_text(question: Any) -> str:
    try:
        if not isinstance(question, dict) or not all(isinstance(text, str) for text in question.values()):
            raise ValueError(f"a question must be an object of texts; got {question!r:.80}.")
        return json.dumps(playback.sweep(read(question)))
    except ValueError as error:
        return json.dumps({"refused": str(error)})


def _json(part: Callable[[Request], dict]) -> Callable[[Request], Response]:
    return lambda request: Response(json.dumps(part(request)), media_type="application/json")


def _pictures(request: Request) -> Response:
    packed = gzip.compress(playback.pictures(request), 1)
    return Response(packed, media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


def _file(name: str, kind: str, text: Callable[[Request], str]) -> Callable[[Request], Response]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return lambda request: Response(text(request), media_type=kind, headers=headers)


_ANSWERS: dict[str, Callable[[Request], Response]] = {
    "sweep": _json(playback.sweep),
    "rest": _json(playback.rest),
    "pictures": _pictures,
    "sweep.csv": _file("elbo-room-sweep.csv", "text/csv", exports.table),
    "chart.html": _file("elbo-room-chart.html", "text/html", exports.page),
    "chart.json": _json(exports.chart),
    "snippet.py": lambda request: Response(exports.snippet(request), media_type="text/plain"),
}

ROUTES = [
    *(Route(f"/play/{name}", _answering(answer)) for name, answer in _ANSWERS.items()),
    WebSocketRoute("/play/stream", _stream),
]
