"""The page that carries the app, with a sentence for when it cannot run: without scripts, in a sandbox, or offline.

Streamlit's page is empty until its scripts have come. A few lines of ours, which need nothing else, stand in it.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
  addEventListener("error", ({{ target }}) => {{
    if (target instanceof HTMLScriptElement && target.src) say({_SCRIPT!r} + new URL(target.src).pathname + ".");
  }}, true);
  setTimeout(() => {{ if (!document.querySelector('[data-testid="stApp"]')) say({_SLOW!r}); }}, 5000);
  const wait = setInterval(() => {{
    if (!document.querySelector('[data-testid="stApp"]')) return;
    clearInterval(wait);
    if (shown && shown.textContent.startsWith({_SLOW!r})) {{ shown.remove(); shown = null; }}
  }}, 500);
}})();
</script><noscript>{_NO_SCRIPTS}</noscript>""".encode()


class IndexPage:
    """Middleware that puts those lines into Streamlit's page, whatever the screen.

    Args:
        app: what answers with the page.
        ours: prefixes of the addresses whose pages are no screens.
    """

    def __init__(self, app: ASGIApp, ours: tuple[str, ...] = ()) -> None:
        self.app = app
        self.ours = ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"].startswith(self.ours):
            await self.app(scope, receive, send)
            return
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
                    await _send_page(start, bytes(body), send)

        # Without the extension by which a server may send a file behind our back.
        await self.app({**scope, "extensions": {}}, receive, watched)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=list(start["headers"]))
    return (
        start["status"] == 200
        and headers.get("content-type", "").startswith("text/html")
        and "content-encoding" not in headers
    )


async def _send_page(start: Message, body: bytes, send: Send) -> None:
    whole = body.replace(b"</head>", _LINES + b"</head>", 1)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Length"] = str(len(whole))
    for name in ("etag", "last-modified"):
        if name in headers:
            del headers[name]  # they are those of the page without our lines
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": whole})
