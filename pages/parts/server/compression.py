"""Scripts, compressed once: Streamlit's middleware leaves its own out, and compresses ours anew at every request.

They are nine tenths of a first visit, which asks for 130 of them.
"""

import gzip
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")
_LEAST = 1000  # bytes, below which compressing gains nothing
_LEVEL = 9
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _Kept:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_MISSING = _Kept(
    404, [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")], b"There is no such file."
)


class CompressedFiles:
    """Middleware that answers with a copy of a file, made at its first request, compressed where that gains and kept.

    For files whose address names their content, as Streamlit's and ours do: they never change, so that a browser may keep
    them too. One copy is kept for each file that was answered with 200, by its one address without detours: a file has
    any number of others ("//", "/./"). Where there is no file, Streamlit answers with the page that carries the app: that
    becomes a 404, since what a browser keeps for good must not be a page in the place of a script.

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
        # A socket is no file; the start and the end of the server have no path.
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self.prefixes):
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)
        conditional = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
        if conditional or not accepts_gzip(scope) or posixpath.normpath(path) != path:
            await self.app(scope, receive, _without_pages(send))
            return
        if path not in self.kept:
            answer = await self._whole(scope, receive)
            if is_page(answer.headers):
                answer = _MISSING
            if answer.status != 200:
                await _send(answer, send)
                return
            MutableHeaders(raw=answer.headers).setdefault("Cache-Control", _FOR_GOOD)
            text = Headers(raw=answer.headers).get("content-type", "").startswith(_KINDS)
            gains = text and len(answer.body) >= _LEAST
            self.kept[path] = await run_in_threadpool(_compressed, answer) if gains else answer
        await _send(self.kept[path], send)

    async def _whole(self, scope: Scope, receive: Receive) -> _Kept:
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self.app(uncompressed(scope), receive, collect)
        return _Kept(start["status"], [(bytes(n).lower(), bytes(v)) for n, v in start["headers"]], bytes(body))


def is_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether an answer with these headers is a page, and no file."""
    return Headers(raw=list(headers)).get("content-type", "").startswith("text/html")


def _without_pages(send: Send) -> Send:
    """Sends a 404 in the place of a page."""
    missing = False

    async def sent(message: Message) -> None:
        nonlocal missing
        if message["type"] == "http.response.start" and is_page(message["headers"]):
            missing = True
            await _send(_MISSING, send)
        elif not missing:
            await send(message)

    return sent


def accepts_gzip(scope: Scope) -> bool:
    """Whether who asks can read gzip."""
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def uncompressed(scope: Scope) -> Scope:
    """The same request for the file as it is: what is inside must not compress it, nor send it behind our back."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": headers, "extensions": {}}


compress = partial(gzip.compress, compresslevel=_LEVEL, mtime=0)


def gzipped(body: bytes, headers: MutableHeaders, using: Callable[[bytes], bytes] = compress) -> bytes:
    """The compressed body; the headers come to say so."""
    small = using(body)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(small))
    headers.add_vary_header("Accept-Encoding")
    return small


def _compressed(answer: _Kept) -> _Kept:
    headers = MutableHeaders(raw=list(answer.headers))
    body = gzipped(answer.body, headers)
    return _Kept(answer.status, headers.raw, body)


async def _send(answer: _Kept, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
