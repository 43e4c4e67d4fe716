"""The addresses of a class: one websocket for everybody in it, and what its presenter needs beside it.

class/live         the websocket; its first message joins a class or leads one
class/open         a new class: its code and the presenter's secret
class/addresses    the origins under which a phone reaches this server
class/qr.svg       the QR code of a class
class/session.csv  the answers, for whoever has the secret
class/questions    what the questions of the quiz and the derivation ask, by their keys
"""

import json
import logging
import os
import sys
from functools import cache
from urllib.parse import urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from pages.parts.classroom import choices, codes, place, session
from pages.parts.classroom.addresses import network_numbers, reachable
from pages.parts.classroom.live import Live
from pages.parts.classroom.redis_registry import RedisRegistry
from pages.parts.classroom.relay import RedisRelay
from pages.parts.classroom.sqlite_registry import SqliteRegistry
from pages.parts.sharing.routes import own, qr_svg

_LONGEST_BODY = 1000
_OUT_OF_REACH = "The classes cannot be reached at the moment. Try again in a few seconds."


@cache
def classes() -> Live:
    """The classes of this server, from the file or the Redis in which they are kept.

    Where the default file cannot be used they live in memory; a place that was asked for has to work.
    """
    setting = os.environ.get(place.SETTING)
    try:
        if setting and place.is_redis(setting):
            return Live(RedisRegistry(setting), RedisRelay(setting))
        return Live(SqliteRegistry(place.file_of(setting, st.get_option("server.port"))))
    except OSError as error:
        if setting:
            sys.exit(f"ELBO Room cannot start. {error}")
        logging.getLogger(__name__).warning("Classes will not survive a restart of the server. %s", error)
        return Live(SqliteRegistry())


async def _live(socket: WebSocket) -> None:
    await classes().serve(socket)


async def _open(_request: Request) -> Response:
    try:
        code, secret = classes().registry.open()
    except ValueError as error:
        return JSONResponse({"refused": str(error)}, status_code=503)
    except OSError:
        return JSONResponse({"refused": _OUT_OF_REACH}, status_code=503)
    return JSONResponse({"code": code, "secret": secret})


def _origin(request: Request) -> str:
    scheme = request.headers.get("x-forwarded-proto") or request.url.scheme
    return f"{scheme}://{request.headers.get('x-forwarded-host') or request.headers.get('host', '')}"


def _origins(request: Request) -> list[str]:
    return reachable(_origin(request), st.get_option("server.address"), network_numbers())


async def _addresses(request: Request) -> Response:
    return JSONResponse({"origins": _origins(request)})


async def _qr(request: Request) -> Response:
    text = request.query_params.get("text", "")
    hosts = [urlsplit(origin).netloc for origin in (_origin(request), *_origins(request))]
    if not any(own(text, host) for host in hosts):
        return PlainTextResponse("The QR code must be of a link of this app.", status_code=400)
    try:
        return Response(qr_svg(text), media_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})
    except ValueError as refusal:
        return PlainTextResponse(str(refusal), status_code=400)


async def _session(request: Request) -> Response:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            return PlainTextResponse(f"At most {_LONGEST_BODY} bytes.", status_code=413)
    try:
        asked = json.loads(body)
        code, secret = codes.read_code(asked.get("code")), asked.get("secret")
    except (ValueError, AttributeError, RecursionError):
        code = secret = None
    registry = classes().registry
    try:
        if code is None or not registry.is_presenter(code, secret):
            return PlainTextResponse("Only the presenter of a class gets its answers.", status_code=403)
        rows = session.table(*registry.session(code))
    except OSError:
        return PlainTextResponse(_OUT_OF_REACH, status_code=503)
    headers = {"Content-Disposition": 'attachment; filename="elbo-room-class.csv"'}
    return Response(rows, media_type="text/csv", headers=headers)


async def _questions(_request: Request) -> Response:
    return JSONResponse(await run_in_threadpool(choices.in_words))


ROUTES = [
    WebSocketRoute("/class/live", _live),
    Route("/class/open", _open, methods=["POST"]),
    Route("/class/addresses", _addresses),
    Route("/class/qr.svg", _qr),
    Route("/class/session.csv", _session, methods=["POST"]),
    Route("/class/questions", _questions),
]
