"""What a sheet holds, in words, numbers and pictures, with the code that prints the numbers."""

from collections.abc import Collection
from html import escape

import plotly.graph_objects as go

from pages.parts.compute import cached, models
from pages.parts.compute.resolve import Resolved, resolve
from pages.parts.sheet.questions import Content
from pages.parts.state import parameters
from pages.parts.state.state import State
from pages.parts.tradeoff import exports, static_layer
from pages.parts.tradeoff.model_titles import DESCRIPTIONS
from pages.parts.web import number_text, thumbnails
from vaecore.core.numbers_at_q import Quantity
from vaecore.data.digits_file import digits_per_class
from vaecore.figures.units import Unit

_SOURCES = {
    "encoder": "q is what the encoder answers for this image.",
    "best": "q is the Gaussian with the largest objective for this image.",
    "prior": "q is the prior: it does not depend on the image.",
    "hand": "q was set by hand.",
}


def content(state: State, task: str, left_out: Collection[str]) -> Content:
    """What `questions.content` asks for."""
    resolved = resolve(state)
    top = _top(resolved, task, state.predict, left_out)
    chart = "" if state.predict or "curves" in left_out else str(_chart(resolved, str(state.view)).to_json())
    return Content(top, chart, "" if state.predict else exports.snippet(resolved))


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


def _chart(resolved: Resolved, view: str) -> go.Figure:
    ink = {"paper_bgcolor": "#fff", "plot_bgcolor": "#fff", "font": {"color": "#000"}, "width": 670, "height": 330}
    return exports.figure(resolved, view).update_layout(ink)


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
