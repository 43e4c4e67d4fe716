"""The books: ELBO + gap = log p(x) while q moves, and ELBO + KL = reconstruction."""

import plotly.graph_objects as go

from vaecore.figures.theme import TEXT_SIZE, Colour, dress
from vaecore.figures.values import stage, values
from vaecore.records import ElboTerms, Evidence, Gap


def books_figure(terms: ElboTerms, gap: Gap, evidence: Evidence, *, height: int = 176) -> go.Figure:
    """Draw evidence = reconstruction − KL + gap as two bars that begin alike, for the first image.

    Both begin with the ELBO. The gap fills the lower one up to log p(x), a line that holds still in the middle of the chart;
    KL fills the upper one up to the reconstruction. Values may have either sign and any size: the axis shows the stretch
    where they end.
    """
    elbo = float(values(terms.elbo)[0])
    kl = float(values(terms.kl)[0].sum())
    total = float(values(evidence.value)[0])
    reconstruction = float(values(terms.reconstruction)[0])
    room = float(values(gap.value)[0])

    size = stage(1.15 * max(abs(room), abs(reconstruction - total)), 5.0)
    left = total - size
    rows = ["ELBO + gap", "ELBO + KL"]
    figure = go.Figure()
    # The bars come from far left; the axis begins where the difference between them can be seen.
    figure.add_bar(
        y=rows,
        x=[max(0.0, elbo - left)] * 2,
        base=left,
        orientation="h",
        name="ELBO",
        marker={"color": Colour.ELBO},
        customdata=[elbo] * 2,
        hovertemplate="%{customdata:.3f} nats",
    )
    figure.add_bar(
        y=rows[:1],
        x=[room],
        base=[elbo],
        orientation="h",
        name="gap",
        marker={"color": Colour.GAP, "pattern": {"shape": "/", "fillmode": "overlay", "solidity": 0.15}},
        customdata=[room],
        hovertemplate="%{customdata:.3f} nats",
    )
    figure.add_bar(
        y=rows[1:],
        x=[kl],
        base=[elbo],
        orientation="h",
        name="KL",
        marker={"color": Colour.KL, "pattern": {"shape": ".", "fillmode": "overlay", "solidity": 0.2}},
        customdata=[kl],
        hovertemplate="%{customdata:.3f} nats",
    )
    figure.add_vline(x=total, line={"color": Colour.EVIDENCE, "width": 3, "dash": "dot"})
    figure.add_annotation(
        x=total,
        y=1.0,
        yref="paper",
        yanchor="bottom",
        text=f"log p(x) = {total:.2f}".replace("-", "−"),
        showarrow=False,
        font={"size": TEXT_SIZE},
    )
    figure.update_layout(
        barmode="overlay",
        bargap=0.35,
        showlegend=False,
        xaxis={"title": {"text": "nats"}, "range": [left, total + size], "nticks": 5, "zeroline": False},
        yaxis={"title": {"text": ""}, "ticksuffix": " "},
    )
    return dress(figure, height=height)
