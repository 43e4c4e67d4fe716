"""The picture of a link, for whoever opens it with a telephone: a QR code, drawn here, of the app's own links alone."""

import io
from functools import lru_cache
from urllib.parse import urlsplit

import segno
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LONGEST = 2900
"""Bytes: a QR code holds 2953 at its lowest level of correction (ISO/IEC 18004, version 40-L)."""


@lru_cache(maxsize=256)
def qr_svg(text: str) -> bytes:
    """A QR code as an SVG, black on white with the quiet zone of four modules that readers need.

    Raises:
        ValueError: the text is empty or longer than a code can hold.
    """
    length = len(text.encode())
    if not 0 < length <= LONGEST:
        raise ValueError(f"A link must have 1 to {LONGEST} bytes to fit into a QR code; got {length}. Shorten the task.")
    svg = io.BytesIO()
    segno.make(text, error="l", micro=False).save(svg, kind="svg", border=4, dark="#000", light="#fff", omitsize=True)
    return svg.getvalue()


def own(text: str, host: str) -> bool:
    """Whether the text is a link to this host."""
    try:
        link = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and "\\" not in text
    return plain and link.scheme in ("http", "https") and bool(host) and link.netloc == host


def _qr(request: Request) -> Response:
    text = request.query_params.get("text", "")
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    if text and not own(text, host):
        return PlainTextResponse(f"The QR code must be of a link of this app, at {host}.", status_code=400)
    try:
        return Response(qr_svg(text), media_type="image/svg+xml", headers={"X-Content-Type-Options": "nosniff"})
    except ValueError as refusal:
        return PlainTextResponse(str(refusal), status_code=400)


ROUTES = [Route("/share/qr.svg", _qr)]
