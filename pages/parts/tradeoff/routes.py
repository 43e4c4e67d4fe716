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
import itertools
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.parts.compute import workers
from pages.parts.compute.fair_pool import PATIENCE, BusyError
from pages.parts.tradeoff import questions

_LESS_URGENT = {"rest": 0.2, "shares": 0.4, "pictures": 0.8}
"""Seconds after which what is asked for at rest is due: a movement's answers come first."""
LONGEST_QUESTION = 20_000
"""Characters; the longest link of the app has some 2,000, and 800 guesses of a mean have 14,000."""
_LOOK = 0.25
"""Seconds after which it is looked whether somebody still waits for a plain answer, and after which one is refused."""
_SOCKETS = itertools.count()


def _answering(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        client = request.client.host if request.client else ""
        try:
            link = dict(request.query_params)
            submitted = workers.submit(client, partial(questions.file, name, link), about=questions.image_of(link))
            computing = asyncio.wrap_future(submitted)
            while not (await asyncio.wait([computing], timeout=_LOOK))[0]:
                if await request.is_disconnected():
                    computing.cancel()
                    return Response(status_code=499)  # nobody reads it
            file = computing.result()
        except BusyError as error:
            await asyncio.sleep(_LOOK)  # or who asks again at once would keep the loop busy with refusals
            return JSONResponse({"refused": str(error)}, status_code=503, headers={"Retry-After": "1"})
        except ValueError as error:
            return JSONResponse({"refused": str(error)}, status_code=400)
        return Response(file.content, media_type=file.kind, headers=dict(file.headers))

    return endpoint


async def _stream(socket: WebSocket) -> None:
    # One message is read ahead, to learn that the client has gone; what comes after it waits in the client's own socket.
    await socket.accept()
    client = f"socket {next(_SOCKETS)}"
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


async def _answer_unless_gone(client: str, text: str, ahead: asyncio.Future[Message]) -> str | bytes:
    """The answer; while it waits for its turn, the next message may say that nobody waits for it any more.

    Raises:
        WebSocketDisconnect: the client has gone; the question is dropped, unless it is being computed already.
    """
    try:
        about = questions.image_asked_for(text)
        submitted = workers.submit(client, partial(questions.answer, text), _patience(text), about)
    except BusyError as error:
        return json.dumps({"refused": str(error)})
    computing = asyncio.wrap_future(submitted)
    waited_for: list[asyncio.Future[Any]] = [computing, ahead]
    await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
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


ROUTES = [
    WebSocketRoute("/play/stream", _stream),
    *(Route(f"/play/{name}", _answering(name)) for name in questions.FILES),
]
