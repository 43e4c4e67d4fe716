"""The sheet for paper: what the instrument holds, in words, numbers and pictures, with the code that prints the numbers."""

import base64
from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote, urlencode, urlsplit

import plotly.graph_objects as go
import streamlit as st

from pages.parts.challenges.goals import BY_KEY
from pages.parts.compute import cached, models
from pages.parts.compute.resolve import Resolved, resolve
from pages.parts.sharing.routes import qr_svg
from pages.parts.state import classroom, parameters
from pages.parts.state.state import State
from pages.parts.tradeoff import exports, static_layer
from pages.parts.tradeoff.model_titles import DESCRIPTIONS
from pages.parts.web import number_text, thumbnails
from pages.parts.web.assets import BASE
from pages.parts.web.messages import errors_shown
from vaecore.core.numbers_at_q import Quantity
from vaecore.data.digits_file import digits_per_class
from vaecore.figures.units import Unit

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

_SOURCES = {
    "encoder": "q is what the encoder answers for this image.",
    "best": "q is the Gaussian with the largest objective for this image.",
    "prior": "q is the prior: it does not depend on the image.",
    "hand": "q was set by hand.",
}
_SKETCH = "Sketch reconstruction lost and KL against σ². Where do you expect the best σ², and why there?"
_EXPLAIN = "Why is the best σ² neither as small as possible nor 1? Explain it with the terms of the ELBO."
_LINES = 7


def shown(link: Mapping[str, str], address: str) -> None:
    """The sheet for a link."""
    with errors_shown():
        state = State.from_valid_link(link)
        resolved = resolve(state)
        predict = state.predict
        left = classroom.hidden()
        st.html(_top(resolved, _task(state), predict, left))
        if predict:
            st.html('<div class="sheet"><p>The curves are left out: predict first.</p></div>')
        elif "curves" not in left:
            st.plotly_chart(_chart(resolved), theme=None, width="content", config={"staticPlot": True})
        st.html(_foot(resolved, link, address, predict))


def _task(state: State) -> str:
    """The class's task, or else the goal of the challenge, or else a question on what the sheet shows."""
    challenge = BY_KEY.get(state.challenge)
    own = classroom.settings().task or (challenge.goal if challenge else "")
    return own or (_SKETCH if state.predict else _EXPLAIN)


def _top(resolved: Resolved, task: str, predict: bool, left: Collection[str]) -> str:
    parts = ["<h1>ELBO Room</h1>"]
    parts.append(f'<p class="task"><b>Task</b> {escape(task)}</p>')
    parts.append(f"<p>{escape(_sentence(resolved))}</p>")
    columns = [f"<div><table><caption>The state</caption>{_rows(_state(resolved, predict))}</table></div>"]
    if "numbers" not in left:
        caption = f"The numbers, in {resolved.unit.value}, for this image"
        columns.append(
            f'<div><table class="numbers"><caption>{caption}</caption>{_rows(_numbers(resolved, predict))}</table></div>'
        )
    parts.append(f'<div class="columns">{"".join(columns)}</div>')
    if "images" not in left:
        parts.append(_pictures(resolved))
    return f'<div class="sheet">{"".join(parts)}</div>'


def _sentence(resolved: Resolved) -> str:
    said = DESCRIPTIONS[resolved.setup.model].rstrip(".")
    weight = "" if resolved.beta == 1 else f" The objective is reconstruction − {resolved.beta:g}·KL."
    return f"{said}. {_SOURCES[resolved.q.source]}{weight}"


def _state(resolved: Resolved, predict: bool) -> list[tuple[str, ...]]:
    setup, q, noise = resolved.setup, resolved.q, models.sigma_x_of(resolved.setup)
    if setup.model in parameters.ONE_NUMBER:
        image = ("x", f"{setup.x:g}")
    else:
        image = ("image x", f"a {setup.digit}, number {setup.example} of {digits_per_class()[setup.digit]}")
    line = [("w, b", f"{setup.weight:g}, {setup.bias:g}")] if setup.model == "number" else []
    return [
        ("model", setup.model),
        image,
        *line,
        ("σₓ", "none: the pixels are black or white" if noise is None else f"{noise:.4g}"),
        ("β", f"{resolved.beta:g}"),
        ("mean", _listed(q.mean)),
        ("variance", "" if predict else _listed(q.variance)),  # it may be the best one
    ]


def _numbers(resolved: Resolved, predict: bool) -> list[tuple[str, ...]]:
    setup, q, per_nat = resolved.setup, resolved.q, resolved.unit.per_nat
    numbers = cached.numbers_at_q(setup, q.mean, q.variance)
    objective = [(f"objective, β = {resolved.beta:g}", numbers.objective(resolved.beta))] if resolved.beta != 1 else []
    rows = [
        ("reconstruction", numbers.reconstruction),
        ("KL", numbers.kl),
        ("ELBO", numbers.elbo),
        *objective,
        ("gap", numbers.gap),
        ("log p(x)", numbers.evidence),
    ]
    return [
        (name, "" if predict else number_text.minus(per_nat * one.value, 3), _how(one, resolved.unit)) for name, one in rows
    ]


def _how(quantity: Quantity, unit: Unit) -> str:
    return number_text.how(quantity.accuracy, quantity.error, unit)


def _pictures(resolved: Resolved) -> str:
    setup, q = resolved.setup, resolved.q
    if setup.model in parameters.ONE_NUMBER:
        return f"<pre>{escape(static_layer.formula(setup))}</pre>"
    images = cached.picture(setup, q.mean, q.variance, q.seed)
    both = (("x", cached.image(setup)[0]), ("mean image under q", images.mean_image[0, 0]))
    return "".join(
        f'<figure><img src="{thumbnails.png(pixels)}" alt="{name}"><figcaption>{name}</figcaption></figure>'
        for name, pixels in both
    )


def _chart(resolved: Resolved) -> go.Figure:
    ink = {"paper_bgcolor": "#fff", "plot_bgcolor": "#fff", "font": {"color": "#000"}, "width": 670, "height": 330}
    return exports.figure(resolved).update_layout(ink)


def _foot(resolved: Resolved, link: Mapping[str, str], address: str, predict: bool) -> str:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address)) if address else ""
    target = f"{origin}{BASE}/tradeoff?{urlencode(link, quote_via=quote)}"
    try:
        svg = base64.b64encode(qr_svg(target)).decode()
        code = f'<img src="data:image/svg+xml;base64,{svg}" alt="QR code of this link">'
    except ValueError:
        code = ""  # too long for a picture: the text stays
    heading = "<h2>Python that prints these numbers, in the folder of this project</h2>"
    python = "" if predict else f"{heading}<pre>{escape(exports.snippet(resolved))}</pre>"
    return (
        f'<div class="sheet"><h2>Notes</h2>{_LINES * _LINE}{python}'
        f'<h2>The same on the screen</h2><div class="qr">{code}<span>{escape(target)}</span></div></div>'
    )


_LINE = '<div class="line"></div>'


def _rows(rows: list[tuple[str, ...]]) -> str:
    cells = (
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<tbody>{''.join(cells)}</tbody>"


def _listed(numbers: tuple[float, ...]) -> str:
    alike = len(set(numbers)) == 1 and len(numbers) > 1
    text = ", ".join(f"{number:.4g}".replace("-", "−") for number in (numbers[:1] if alike else numbers))
    return f"{text} in every dimension" if alike else text
