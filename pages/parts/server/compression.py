"""Streamlit's own scripts, compressed once: its middleware leaves them out, and they are nine tenths of a first visit."""

import gzip
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")
_LEAST = 1000  # bytes, below which compressing gains nothing
_LEVEL = 9


@dataclass(frozen=True)
class _Kept:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class CompressedFiles:
    """Middleware that answers with the compressed copy of a file, made at its first request and kept.

    For files whose address names their content, as Streamlit's and ours do: they never change while the server runs. One
    copy is kept for each address that was answered with 200; there are as many as there are files.

    Args:
        app: what serves the files.
        prefixes: with which their addresses begin.
    """

    def __init__(self, app: ASGIApp, prefixes: tuple[str, ...]) -> None:
        self.app = app
        self.prefixes = prefixes
        self.kept: dict[str, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        wanted = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(self.prefixes)
        headers = Headers(scope=scope) if wanted else Headers()
        conditional = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
        if not wanted or conditional or "gzip" not in headers.get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self.kept:
            answer = await self._whole(scope, receive)
            kind = Headers(raw=list(answer.headers)).get("content-type", "")
            small = len(answer.body) < _LEAST or not kind.startswith(_KINDS)
            if answer.status != 200 or small or b"content-encoding" in dict(answer.headers):
                await _send(answer, send)
                return
            self.kept[path] = await run_in_threadpool(_compressed, answer)
        await _send(self.kept[path], send)

    async def _whole(self, scope: Scope, receive: Receive) -> _Kept:
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        # Without the extension by which a server may send a file behind our back.
        plain = {**scope, "extensions": {}}
        await self.app(plain, receive, collect)
        return _Kept(start["status"], tuple((bytes(n).lower(), bytes(v)) for n, v in start["headers"]), bytes(body))


def _compressed(answer: _Kept) -> _Kept:
    body = gzip.compress(answer.body, _LEVEL, mtime=0)
    headers = MutableHeaders(raw=list(answer.headers))
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    headers.add_vary_header("Accept-Encoding")
    return _Kept(answer.status, tuple(headers.raw), body)


async def _send(answer: _Kept, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    await send({"type": "http.response.body", "body": answer.body})
