"""Who may ask: pages of this app, their readers' browsers and programs, but no page of another site.

A browser says which site a request comes from, in `Origin` or `Sec-Fetch-Site`, and no page can make it say otherwise. The
check comes before anything else, so that a refusal costs nothing: Streamlit's own check of its websocket looks up the
server's external address first, which can take 20 s where names do not resolve, and asks another host where they do.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_CLOSED = ("/_stcore/metrics",)
"""Addresses of Streamlit's that no visitor needs."""


class SameOrigin:
    """Middleware that refuses requests and websockets of other sites' pages with 403, and lets the rest pass.

    A link from another site and a frame around the app are navigations, which pass. A page without an origin of its own (in
    a sandboxed frame) counts as another site. The site's own host is what the request is addressed to, by `Host` or, behind
    a proxy, `X-Forwarded-Host`, which no page can set for another site.

    Args:
        app: what is protected.
        trusted: further origins, "https://slides.example.org", say.
    """

    def __init__(self, app: ASGIApp, trusted: Collection[str] = ()) -> None:
        self.app = app
        self.trusted = frozenset(filter(None, (_host(origin) for origin in trusted)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        else:
            await PlainTextResponse(refusal, 404 if scope["path"].endswith(_CLOSED) else 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if scope["path"].endswith(_CLOSED):
            return "There is nothing here."
        origin = headers.get("origin")
        if origin is not None and not self._ours(origin, headers):
            return "This address answers pages of its own site only."
        if origin is None and headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return "This address answers pages of its own site only."
        return None

    def _ours(self, origin: str, headers: Headers) -> bool:
        asked = _host(origin)
        if asked is None:
            return False
        scheme = urlsplit(origin).scheme
        addressed = [headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")]
        return asked in self.trusted or asked in {_host(f"{scheme}://{name.strip()}") for name in addressed if name.strip()}


def _host(origin: str) -> tuple[str, int] | None:
    """Host and port of an origin; None of what is no origin of a site ("null", say)."""
    try:
        parts = urlsplit(origin)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
