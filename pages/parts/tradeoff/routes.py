"""The addresses from which the instrument fetches while the hand moves: the page's own link, with q as the hand holds it.

    play/stream   a websocket: for each question the part that it names, a sweep, the rest or the pictures
    play/sweep …  the same parts, one at a time, for whoever wants to look at them
    play/…        what a visitor takes away (`exports`), as files

The stream is a websocket because every answer is then one write: of an HTTP response the head is written first, and where
the server's socket waits for its receipt the body comes 40 ms later. The addresses keep nothing: any process can answer, and
an answer that comes late harms nobody.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts.compute import resolve
from pages.parts.compute.workers import WORKERS, run_in_pool
from pages.parts.tradeoff import controls, exports, payload
from pages.parts.tradeoff.payload import Request
from vaecore.figures.units import Unit


def read(link: Mapping[str, str]) -> Request:
    """What a link asks for.

    Raises:
        ValueError: a value is none of its control; the sentence says what was expected and what came.
    """
    setup, beta, unit = controls.bench_of(link)
    return Request(setup, beta, Unit(unit), resolve.read(link, setup, beta))


def _answering(answer: Callable[[Request], Response]) -> Callable[[HttpRequest], Response]:
    # A plain function: Starlette runs it in a thread, where it may wait for its turn.
    def endpoint(http: HttpRequest) -> Response:
        try:
            return run_in_pool(lambda: answer(read(dict(http.query_params))))
        except ValueError as error:
            return JSONResponse({"refused": str(error)}, status_code=400)

    return endpoint


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            answer = await asyncio.wrap_future(WORKERS.submit(id(socket), partial(_answer, await socket.receive_text())))
            await (socket.send_bytes(answer) if isinstance(answer, bytes) else socket.send_text(answer))


def _answer(text: str) -> str | bytes:
    """One of the parts, for a question that names it beside the link."""
    try:
        question: Any = json.loads(text)
        if not isinstance(question, dict) or not all(isinstance(text, str) for text in question.values()):
            raise ValueError(f"a question must be an object of texts; got {question!r:.80}.")
        part = question.pop("part", "sweep")
        if part not in _PARTS:
            raise ValueError(f"part must be one of {', '.join(_PARTS)}; got {part:.40}.")
        answer = _PARTS[part](read(question))
    except ValueError as error:
        answer = {"refused": str(error)}
    return answer if isinstance(answer, bytes) else json.dumps(answer)


def _response(part: Callable[[Request], dict | bytes]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        run_in_pool = part(request)
        return Response(run_in_pool) if isinstance(run_in_pool, bytes) else JSONResponse(run_in_pool)

    return answer


def _file(name: str, kind: str, text: Callable[[Request], str]) -> Callable[[Request], Response]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return lambda request: Response(text(request), media_type=kind, headers=headers)


_PARTS: dict[str, Callable[[Request], dict | bytes]] = {
    "sweep": payload.sweep,
    "rest": payload.rest,
    "pictures": payload.pictures,
}

_FILES: dict[str, Callable[[Request], Response]] = {
    "sweep.csv": _file("elbo-room-sweep.csv", "text/csv", exports.table),
    "chart.html": _file("elbo-room-chart.html", "text/html", exports.page),
    "chart.json": _response(exports.chart),
    "snippet.py": lambda request: Response(exports.snippet(request), media_type="text/plain"),
}

ROUTES = [
    WebSocketRoute("/play/stream", _stream),
    *(Route(f"/play/{name}", _answering(_response(part))) for name, part in _PARTS.items()),
    *(Route(f"/play/{name}", _answering(answer)) for name, answer in _FILES.items()),
]
