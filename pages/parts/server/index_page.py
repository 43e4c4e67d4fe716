"""The page that carries the app, with a sentence for when it cannot run: without scripts, in a sandbox, or offline.

Streamlit's page is empty until its scripts have come. A few lines of ours, which need nothing else, stand in it, and those
that ask early for what the screen will need.
"""

from collections.abc import Callable
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.parts.server.compression import accepts_gzip, compress, gzipped, is_page, uncompressed

_SANDBOX = (
    "ELBO Room cannot run in this frame: its sandbox gives the page no origin of its own (it lacks allow-same-origin), "
    "and so no connection to the server."
)
_SCRIPT = "A part of ELBO Room could not be loaded: "
_SLOW = "ELBO Room is still loading. If this message stays, the connection is slow, or a proxy holds something back."
_NO_SCRIPTS = "ELBO Room needs JavaScript."

_LINES = f"""<script>
(() => {{
  let shown = null;
  const say = (text) => {{
    if (!document.body) return addEventListener("DOMContentLoaded", () => say(text), {{ once: true }});
    shown ??= document.body.appendChild(document.createElement("p"));
    shown.setAttribute("role", "alert");
    shown.style.cssText = "position:fixed;inset:0 0 auto 0;z-index:9999999;margin:0;padding:12px 16px;"
      + "background:#fff;color:#1b1e24;font:16px/1.4 system-ui,sans-serif;border-bottom:2px solid #b53d21";
    shown.textContent = text + " ";
    const link = Object.assign(document.createElement("a"), {{ href: location.href, target: "_blank", rel: "noopener" }});
    link.textContent = "Open ELBO Room in a tab of its own.";
    link.style.color = "#316595";
    shown.append(link);
  }};
  if (self.origin === "null") return say({_SANDBOX!r});
  const missing = (address) => say({_SCRIPT!r} + new URL(address).pathname + ".");
  addEventListener("error", ({{ target }}) => {{
    if (target instanceof HTMLScriptElement && target.src) missing(target.src);
    // What was asked for early is asked for again when it is needed: by then it may come.
    if (target instanceof HTMLLinkElement && target.rel === "modulepreload") setTimeout(() => fetch(target.href).then(
      ({{ ok }}) => {{ if (!ok) missing(target.href); }}, () => missing(target.href)), 2000);
  }}, true);
  setTimeout(() => {{ if (!document.querySelector('[data-testid="stApp"]')) say({_SLOW!r}); }}, 5000);
  const wait = setInterval(() => {{
    if (!document.querySelector('[data-testid="stApp"]')) return;
    clearInterval(wait);
    if (shown && shown.textContent.startsWith({_SLOW!r})) {{ shown.remove(); shown = null; }}
  }}, 500);
}})();
</script><noscript>{_NO_SCRIPTS}</noscript>""".encode()


_compress_once = lru_cache(maxsize=8)(compress)
"""The page is the same for all screens but for a few lines."""


class IndexPage:
    """Middleware that puts those lines into Streamlit's page, whatever the screen.

    Args:
        app: what answers with the page.
        ours: prefixes of the addresses whose pages are no screens.
        preloads: the tags, for a path, by which its page asks early for what its screen will need.
    """

    def __init__(self, app: ASGIApp, ours: tuple[str, ...] = (), preloads: Callable[[str], str] = lambda path: "") -> None:
        self.app = app
        self.ours = ours
        self.preloads = preloads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(self.ours):
            await self.app(scope, receive, send)
            return
        # Only of a page: what else comes this way may be compressed by what is inside.
        asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")
        start: Message | None = None
        body = bytearray()

        async def watched(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    lines = _LINES + self.preloads(scope["path"]).encode()
                    await _send_page(start, bytes(body), lines, accepts_gzip(scope), send)

        await self.app(uncompressed(scope) if asks_for_page else scope, receive, watched)


def _is_page(start: Message) -> bool:
    return (
        start["status"] == 200
        and is_page(start["headers"])
        and "content-encoding" not in Headers(raw=list(start["headers"]))
    )


async def _send_page(start: Message, body: bytes, lines: bytes, compress: bool, send: Send) -> None:
    whole = body.replace(b"</head>", lines + b"</head>", 1)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Length"] = str(len(whole))
    if compress:
        whole = gzipped(whole, headers, _compress_once)
    for name in ("etag", "last-modified"):
        if name in headers:
            del headers[name]  # they are those of the page without our lines
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": whole})
