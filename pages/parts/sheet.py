"""The sheet for paper: what the instrument holds, in words, numbers and pictures, with the code that prints the numbers."""

import base64
from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote, urlencode, urlsplit

import plotly.graph_objects as go
import streamlit as st

from pages.parts.compute import cached, models
from pages.parts.compute.workers import run_in_pool
from pages.parts.sharing.routes import qr_svg
from pages.parts.state import classroom, parameters
from pages.parts.tradeoff import controls, exports, static_layer
from pages.parts.tradeoff.payload import Request
from pages.parts.tradeoff.routes import read
from pages.parts.web import number_text, thumbnails
from pages.parts.web.assets import BASE
from pages.parts.web.messages import refusals_shown, tell_what_was_left_out
from vaecore.figures.values import values

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
  @page { margin: 14mm; }
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], .stMain, .stMainBlockContainer {
    position: static !important; height: auto !important; overflow: visible !important; display: block !important;
    background: #fff !important; }
  .stMainBlockContainer { padding: 4px 0 0 !important; max-width: none !important; }
  [data-testid="stHeader"], .stAppHeader, [data-testid="stSidebar"], [data-testid="stToolbar"],
  [data-testid="stStatusWidget"] { display: none !important; }
}
</style>"""

_WHOSE = {
    "encoder": "q is what the encoder answers for this image.",
    "best": "q is the Gaussian with the largest objective for this image.",
    "prior": "q is the prior: it does not depend on the image.",
    "hand": "q was set by hand.",
}
_LINES = 7


def shown(link: Mapping[str, str], address: str) -> None:
    """The sheet for a link; what cannot be used of it is named, and the rest is kept."""
    link, complaints = controls.usable(link)
    if complaints:
        tell_what_was_left_out(complaints)
    with refusals_shown():
        hand = {name: text for name, text in link.items() if name not in parameters.NOT_OURS}
        request = run_in_pool(read, hand)
        predict = link.get(parameters.PREDICT.name, "").lower() == "true"
        left = classroom.hidden()
        st.html(run_in_pool(_top, request, classroom.task(), predict, left))
        if predict:
            st.html('<div class="sheet"><p>The curves are left out: predict first.</p></div>')
        elif "curves" not in left:
            st.plotly_chart(run_in_pool(_chart, request), theme=None, width="content", config={"staticPlot": True})
        st.html(_foot(request, link, address))


def _top(request: Request, task: str, predict: bool, left: Collection[str]) -> str:
    parts = ["<h1>ELBO Room</h1>"]
    if task:
        parts.append(f'<p class="task"><b>Task</b> {escape(task)}</p>')
    parts.append(f"<p>{escape(_sentence(request))}</p>")
    columns = [f"<div><table><caption>The state</caption>{_rows(_state(request))}</table></div>"]
    if "numbers" not in left:
        caption = f"The numbers, in {request.unit.value}, for this image"
        columns.append(
            f'<div><table class="numbers"><caption>{caption}</caption>{_rows(_numbers(request, predict))}</table></div>'
        )
    parts.append(f'<div class="columns">{"".join(columns)}</div>')
    if "images" not in left:
        parts.append(_pictures(request))
    return f'<div class="sheet">{"".join(parts)}</div>'


def _sentence(request: Request) -> str:
    said = controls.DESCRIPTIONS[request.setup.model].rstrip(".")
    weight = "" if request.beta == 1 else f" The objective is reconstruction − {request.beta:g}·KL."
    return f"{said}. {_WHOSE[request.hand.whose]}{weight}"


def _state(request: Request) -> list[tuple[str, ...]]:
    setup, hand, noise = request.setup, request.hand, models.noise_of(request.setup)
    if setup.model in models.ONE_NUMBER:
        image = ("x", f"{setup.x:g}")
    else:
        image = ("image x", f"a {setup.digit}, number {setup.example} of {cached.examples_per_digit()[setup.digit]}")
    line = [("w, b", f"{setup.weight:g}, {setup.bias:g}")] if setup.model == "number" else []
    return [
        ("model", setup.model),
        image,
        *line,
        ("σx", "none: the pixels are black or white" if noise is None else f"{noise:.4g}"),
        ("β", f"{request.beta:g}"),
        ("mean", _written(hand.mean)),
        ("variance", _written(hand.variance)),
    ]


def _numbers(request: Request, predict: bool) -> list[tuple[str, ...]]:
    setup, hand, per_nat = request.setup, request.hand, request.unit.per_nat
    terms, evidence = cached.elbo(setup, hand.mean, hand.variance), cached.evidence(setup)
    gap = cached.gap(setup, hand.mean, hand.variance)
    error = per_nat * float(values(terms.error)[0])
    kl, reconstruction = float(values(terms.kl)[0].sum()), float(values(terms.reconstruction)[0])
    likelihood = number_text.how(terms.accuracy, error)
    objective = [(f"objective, β = {request.beta:g}", reconstruction - request.beta * kl, likelihood)]
    rows = [
        ("reconstruction", reconstruction, likelihood),
        ("KL", kl, "computed exactly"),
        ("ELBO", float(values(terms.elbo)[0]), likelihood),
        *(objective if request.beta != 1 else []),
        ("gap", float(values(gap.value)[0]), number_text.how(gap.accuracy, per_nat * float(values(gap.error)[0]))),
        (
            "log p(x)",
            float(values(evidence.value)[0]),
            number_text.how(evidence.accuracy, per_nat * float(values(evidence.error)[0])),
        ),
    ]
    return [(name, "" if predict else number_text.minus(per_nat * number, 3), how) for name, number, how in rows]


def _pictures(request: Request) -> str:
    setup, hand = request.setup, request.hand
    if setup.model in models.ONE_NUMBER:
        return f"<pre>{escape(static_layer.formula(setup))}</pre>"
    images = cached.picture(setup, hand.mean, hand.variance, hand.seed)
    both = (("x", cached.image(setup)[0]), ("mean image under q", images.mean_image[0, 0]))
    return "".join(
        f'<figure><img src="{thumbnails.png(pixels)}" alt="{name}"><figcaption>{name}</figcaption></figure>'
        for name, pixels in both
    )


def _chart(request: Request) -> go.Figure:
    ink = {"paper_bgcolor": "#fff", "plot_bgcolor": "#fff", "font": {"color": "#000"}, "width": 670, "height": 330}
    return exports.figure(request).update_layout(ink)


def _foot(request: Request, link: Mapping[str, str], address: str) -> str:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address)) if address else ""
    target = f"{origin}{BASE}/tradeoff?{urlencode(link, quote_via=quote)}"
    try:
        svg = base64.b64encode(qr_svg(target)).decode()
        code = f'<img src="data:image/svg+xml;base64,{svg}" alt="QR code of this link">'
    except ValueError:
        code = ""  # too long for a picture: the text stays
    return (
        f'<div class="sheet"><h2>Notes</h2>{_LINES * _LINE}'
        "<h2>Python that prints these numbers, in the folder of this project</h2>"
        f"<pre>{escape(exports.snippet(request))}</pre>"
        f'<h2>The same on the screen</h2><div class="qr">{code}<span>{escape(target)}</span></div></div>'
    )


_LINE = '<div class="line"></div>'


def _rows(rows: list[tuple[str, ...]]) -> str:
    cells = (
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<tbody>{''.join(cells)}</tbody>"


def _written(numbers: tuple[float, ...]) -> str:
    alike = len(set(numbers)) == 1 and len(numbers) > 1
    text = ", ".join(f"{number:.4g}".replace("-", "−") for number in (numbers[:1] if alike else numbers))
    return f"{text} in every dimension" if alike else text
