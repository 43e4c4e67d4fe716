"""The addresses from which the browser fetches while q is moved: the page's own link, with q as it is at that moment.

    play/stream   a websocket: for each question the part that it names, a sweep, the rest (diagnostics), the pictures,
                  the shares of the gap, or what guesses of the mean lose
    play/sweep …  the same parts, one at a time, for whoever wants to look at them
    play/…        what a visitor takes away (`exports`), as files

The stream is a websocket because every answer is then one write: of an HTTP response the head is written first, and where
the server's socket waits for its receipt the body comes 40 ms later. The addresses keep nothing: any process can answer, and
an answer that comes late harms nobody.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts.compute.fair_pool import PATIENCE, BusyError
from pages.parts.compute.kept import kept
from pages.parts.compute.resolve import Resolved, evaluated_once, resolve
from pages.parts.compute.workers import WORKERS
from pages.parts.state.state import State
from pages.parts.tradeoff import exports, guesses, manifold, payload

_LESS_URGENT = {"rest": 0.2, "shares": 0.4, "pictures": 0.8}
"""Seconds after which what is asked for at rest is due: a movement's answers come first."""
LONGEST_QUESTION = 20_000
"""Characters; the longest link of the app has some 2,000, and 800 guesses of a mean have 14,000."""
_LOOK = 0.25
"""Seconds after which it is looked whether somebody still waits for a plain answer, and after which one is refused."""


def read(link: Mapping[str, str]) -> Resolved:
    """What a link asks for.

    Raises:
        ValueError: a parameter cannot be used; the sentence says what was expected and what came.
    """
    return resolve(State.from_valid_link(link))


def _answering(answer: Callable[[Resolved], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        client = request.client.host if request.client else ""
        try:
            computing = asyncio.wrap_future(WORKERS.submit(client, lambda: answer(read(dict(request.query_params)))))
            while not (await asyncio.wait([computing], timeout=_LOOK))[0]:
                if await request.is_disconnected():
                    computing.cancel()
                    return Response(status_code=499)  # nobody reads it
            return computing.result()
        except BusyError as error:
            await asyncio.sleep(_LOOK)  # or who asks again at once would keep the loop busy with refusals
            return JSONResponse({"refused": str(error)}, status_code=503, headers={"Retry-After": "1"})
        except ValueError as error:
            return JSONResponse({"refused": str(error)}, status_code=400)

    return endpoint


async def _stream(socket: WebSocket) -> None:
    # One message is read ahead, to learn that the client has gone; what comes after it waits in the client's own socket.
    await socket.accept()
    client = object()
    ahead = asyncio.ensure_future(socket.receive())
    try:
        while (message := await ahead)["type"] != "websocket.disconnect":
            ahead = asyncio.ensure_future(socket.receive())
            text = message.get("text") or ""
            if len(text) > LONGEST_QUESTION:
                await socket.close(1009, f"A question has at most {LONGEST_QUESTION} characters.")
                return
            answer = await _answer_unless_gone(client, text, ahead)
            await (socket.send_bytes(answer) if isinstance(answer, bytes) else socket.send_text(answer))
    except WebSocketDisconnect:
        pass
    finally:
        ahead.cancel()


async def _answer_unless_gone(client: object, text: str, ahead: asyncio.Future[Message]) -> str | bytes:
    """The answer; while it waits for its turn, the next message may say that nobody waits for it any more.

    Raises:
        WebSocketDisconnect: the client has gone; the question is dropped, unless it is being computed already.
    """
    try:
        computing = asyncio.wrap_future(WORKERS.submit(client, partial(_answer, text), _patience(text)))
    except BusyError as error:
        return json.dumps({"refused": str(error)})
    await asyncio.wait([computing, ahead], return_when=asyncio.FIRST_COMPLETED)
    if not computing.done() and ahead.result()["type"] == "websocket.disconnect":
        computing.cancel()
        raise WebSocketDisconnect
    try:
        return await computing
    except BusyError as error:  # the server stops
        return json.dumps({"refused": str(error)})


def _patience(text: str) -> float:
    """In how many seconds the answer is due. It orders the questions that wait, and no more: the text is not read for it."""
    return next((seconds for part, seconds in _LESS_URGENT.items() if f'"{part}"' in text), PATIENCE)


def _answer(text: str) -> str | bytes:
    """One of the parts, for a question that names it beside the link."""
    try:
        return _written(text)
    except (ValueError, RecursionError) as error:
        return json.dumps({"refused": str(error)})


@kept  # a whole class asks the same while its presenter drags the mean
def _written(text: str) -> str | bytes:
    answer = _asked(text)
    return answer if isinstance(answer, bytes) else json.dumps(answer)


def _asked(text: str) -> dict[str, Any] | bytes:
    if not text:
        raise ValueError("a question must be an object of texts, as JSON; got none.")
    question: Any = json.loads(text)
    if not isinstance(question, dict) or not all(isinstance(value, str) for value in question.values()):
        raise ValueError(f"a question must be an object of texts; got {text:.80}.")
    part = question.pop("part", "sweep")
    if part == "guesses":
        means = question.pop("means", "")
        return _guessed(read(question), means)
    if part not in _PARTS:
        raise ValueError(f"part must be one of {', '.join(_PARTS)}, guesses; got {part:.40}.")
    return _PARTS[part](read(question))


def _response(part: Callable[[Resolved], dict | bytes]) -> Callable[[Resolved], Response]:
    def answer(resolved: Resolved) -> Response:
        content = part(resolved)
        return Response(content) if isinstance(content, bytes) else JSONResponse(content)

    return answer


def _file(name: str, kind: str, text: Callable[[Resolved], str]) -> Callable[[Resolved], Response]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return lambda resolved: Response(text(resolved), media_type=kind, headers=headers)


_PARTS: dict[str, Callable[[Resolved], dict | bytes]] = {
    "sweep": evaluated_once(payload.streamed),
    "rest": evaluated_once(payload.diagnostics),
    "pictures": payload.pictures,
    "shares": payload.shares,
}

_guessed = evaluated_once(guesses.lost)


def _kept(resolved: Resolved) -> Response:
    """Of the model alone: a browser may keep it for a day."""
    png = manifold.manifold(resolved.setup.model)
    return Response(png, media_type="image/png", headers={"Cache-Control": "public, max-age=86400"})


_FILES: dict[str, Callable[[Resolved], Response]] = {
    "sweep.csv": _file("elbo-room-sweep.csv", "text/csv", exports.table),
    "chart.html": _file("elbo-room-chart.html", "text/html", exports.page),
    "chart.json": _response(exports.chart),
    "manifold.png": _kept,
    "codes.json": lambda resolved: JSONResponse(manifold.codes(resolved.setup.model)),
    "snippet.py": lambda resolved: Response(exports.snippet(resolved), media_type="text/plain"),
}

ROUTES = [
    WebSocketRoute("/play/stream", _stream),
    *(Route(f"/play/{name}", _answering(_response(part))) for name, part in _PARTS.items()),
    *(Route(f"/play/{name}", _answering(answer)) for name, answer in _FILES.items()),
]
