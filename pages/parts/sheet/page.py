"""The sheet for paper: what the instrument holds, with the code that prints the numbers, and lines to write on."""

import base64
from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode, urlsplit

import plotly.io
import streamlit as st

from pages.parts.challenges.goals import BY_KEY
from pages.parts.sharing.routes import qr_svg
from pages.parts.sheet.questions import content
from pages.parts.state import classroom
from pages.parts.state.state import State
from pages.parts.web.assets import BASE
from pages.parts.web.messages import errors_shown

CSS = """<style>
.stApp:has(.sheet) { background: #fff; color-scheme: light; }
.stApp:has(.sheet) .stMainBlockContainer { max-width: 760px; margin: 0 auto; }
.stApp:has(.sheet) [data-testid="stElementContainer"]:has(.class-task) { display: none; }
.stApp:has(.sheet) .stPlotlyChart { break-inside: avoid; }
.sheet { color: #000; background: #fff; font-family: var(--st-font); font-size: 14px; line-height: 1.4; }
.sheet :is(h1, h2) { color: #000; font-weight: 600; margin: 0 0 4px; padding: 0; break-after: avoid; }
.sheet h1 { font-size: 24px; }
.sheet h2 { font-size: 16px; margin-top: 10px; }
.sheet p { margin: 0 0 6px; }
.sheet .task { border: 2px solid #000; border-radius: 6px; padding: 6px 10px; font-size: 16px; overflow-wrap: anywhere; }
.sheet table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.sheet caption { text-align: left; caption-side: top; color: #333; }
.sheet :is(th, td) { border: 0; border-bottom: 1px solid #bbb; padding: 2px 10px 2px 0; text-align: left;
  vertical-align: top; font-weight: 400; overflow-wrap: anywhere; color: #000; }
.sheet th { font-weight: 600; white-space: nowrap; width: 1%; }
.sheet .numbers td:nth-child(2) { text-align: right; white-space: nowrap; font-weight: 600; min-width: 90px; }
.sheet tr { break-inside: avoid; }
.sheet .columns { display: flex; flex-wrap: wrap; gap: 10px 24px; }
.sheet .columns > * { flex: 1 1 260px; min-width: 0; break-inside: avoid; }
.sheet figure { display: inline-block; margin: 8px 14px 0 0; }
.sheet figure img { width: 96px; height: 96px; display: block; image-rendering: pixelated; }
.sheet figcaption { font-size: 13px; color: #000; }
.sheet pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 11px; line-height: 1.35; padding: 8px; margin: 0;
  border: 1px solid #bbb; background: #fff; color: #000; border-radius: 4px; }
.sheet .qr { display: flex; gap: 14px; align-items: center; break-inside: avoid; overflow-wrap: anywhere; }
.sheet .qr img { width: 130px; height: 130px; flex: none; }
.sheet .line { height: 30px; border-bottom: 1px solid #777; break-inside: avoid; }
@media print {
  @page { size: portrait; margin: 14mm; }
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], .stMain, .stMainBlockContainer {
    position: static !important; height: auto !important; overflow: visible !important; display: block !important;
    background: #fff !important; }
  .stMainBlockContainer { padding: 4px 0 0 !important; max-width: none !important; }
  [data-testid="stHeader"], .stAppHeader, [data-testid="stToolbar"],
  [data-testid="stStatusWidget"] { display: none !important; }
}
</style>"""

_SKETCH = "Sketch reconstruction lost and KL against σ². Where do you expect the best σ², and why there?"
_EXPLAIN = "Why is the best σ² neither as small as possible nor 1? Explain it with the terms of the ELBO."
_LINES = 7


def shown(link: Mapping[str, str], address: str) -> None:
    """The sheet for a link."""
    with errors_shown():
        state = State.from_valid_link(link)
        sheet = content(state, _task(state), classroom.hidden())
        st.html(sheet.top)
        if state.predict:
            st.html('<div class="sheet"><p>The curves are left out: predict first.</p></div>')
        elif sheet.chart:
            chart = plotly.io.from_json(sheet.chart)
            st.plotly_chart(chart, theme=None, width="content", config={"staticPlot": True})
        st.html(_foot(sheet.code, link, address))


def _task(state: State) -> str:
    """The class's task, or else the goal of the challenge, or else a question on what the sheet shows."""
    challenge = BY_KEY.get(state.challenge)
    own = classroom.settings().task or (challenge.goal if challenge else "")
    return own or (_SKETCH if state.predict else _EXPLAIN)


def _foot(code: str, link: Mapping[str, str], address: str) -> str:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address)) if address else ""
    target = f"{origin}{BASE}/tradeoff?{urlencode(link, quote_via=quote)}"
    try:
        svg = base64.b64encode(qr_svg(target)).decode()
        picture = f'<img src="data:image/svg+xml;base64,{svg}" alt="QR code of this link">'
    except ValueError:
        picture = ""  # too long for a picture: the text stays
    heading = "<h2>Python that prints these numbers, in the folder of this project</h2>"
    python = f"{heading}<pre>{escape(code)}</pre>" if code else ""
    return (
        f'<div class="sheet"><h2>Notes</h2>{_LINES * _LINE}{python}'
        f'<h2>The same on the screen</h2><div class="qr">{picture}<span>{escape(target)}</span></div></div>'
    )


_LINE = '<div class="line"></div>'
