"""The panels of the Trade-off screen: each has a title that says how it was had, and one figure."""

from collections.abc import Iterator
from contextlib import contextmanager

import plotly.graph_objects as go
import streamlit as st
from torch import Tensor

from pages.parts import cached, ledger, legend, models, permalink, pictures
from pages.parts.bench import Bench
from vaecore.figures.books import books_figure
from vaecore.figures.kl_bars import kl_figure
from vaecore.figures.latent_curves import latent_curves_figure
from vaecore.figures.latent_plane import latent_plane_figure
from vaecore.figures.tradeoff import Landmark, tradeoff_figure
from vaecore.records import ElboTerms, Evidence, Gap, Provenance, VarianceSweep

Numbers = tuple[float, ...]

_READING = """
**How to read it.** A narrow q is expensive in KL, a wide one in reconstruction: the decoder has to make x from every z that
q offers. −ELBO is the sum of the two curves and is lowest where widening q saves as much KL as it loses reconstruction.

log p(x) has no q in it. It is the line that −ELBO never crosses, and the distance between them is the gap, KL(q ‖ p(z|x)):
the *best* q of this family comes closest, the *encoder's* answer is usually not quite there, and the *prior* is what is left
of q when the latent collapses.
"""

_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


@contextmanager
def refusals_shown() -> Iterator[None]:
    """What the core refuses, it refuses with a sentence that a visitor can act on: show that sentence."""
    try:
        yield
    except ValueError as error:
        st.error(str(error), icon=":material/error:")


def tradeoff(bench: Bench, beta: float, sweep: VarianceSweep, at: int, evidence: Evidence) -> None:
    """Both terms and their sum against the variance."""
    _title("The trade-off", str(sweep.provenance))
    figure = tradeoff_figure(sweep, at=at, evidence=evidence, beta=beta, landmarks=_landmarks(bench, beta))
    _draw(
        figure, "tradeoff", "Minus reconstruction, KL and minus ELBO against the variance of q. The table has the numbers."
    )


def latents(bench: Bench, beta: float, mean: Numbers, variance: Numbers, evidence: Evidence) -> None:
    """Where q, the prior and the posterior lie."""
    q = cached.gaussian(bench, mean, variance)
    if len(mean) == 1:
        _title("The latent line", str(evidence.provenance))
        _draw(
            latent_curves_figure(cached.latent_curves(bench, mean, variance)),
            "latents",
            "Prior, likelihood, posterior and q as curves over the latent z.",
        )
    elif len(mean) == 2:
        _title("The latent plane, and the posterior close up", str(evidence.provenance))
        figure = latent_plane_figure(
            cached.table(bench),
            cached.posterior_window(bench),
            q,
            encoder=cached.encoder_answer(bench),
            best=cached.best(bench, beta),
        )
        _draw(figure, "latents", "Posterior, prior and q in the plane of the two latents, and the posterior close up.")
    else:
        kl(mean, variance, key="latents")


def images(bench: Bench, mean: Numbers, variance: Numbers) -> None:
    """x, the mean over q and eight samples with frozen noise; for a model of one number, the model itself."""
    if bench.model in models.ONE_NUMBER:
        _title("The model", "as on the sliders")
        noise = models.noise_of(bench)
        decoded = "z^2" if bench.model == "humps" else f"{bench.weight:.2f}\\,z {bench.bias:+.2f}"
        st.markdown(f"$z \\sim N(0, 1)$\n\n$x \\mid z \\sim N({decoded},\\; {noise:.2f}^2)$\n\n$x = {bench.x:.2f}$")
        return
    seed = st.session_state.get(permalink.SEED.name, permalink.SEED.default)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="images_title"):
        _title("Images", "illustration")
        st.button("New noise", on_click=_new_noise, type="tertiary", width="content")
    st.html(pictures.strip(cached.image(bench), cached.pictures(bench, mean, variance, seed)))


def books(terms: ElboTerms, gap: Gap, evidence: Evidence) -> None:
    """ELBO + gap = log p(x), whatever q is."""
    _title("The books", "log p(x) does not depend on q")
    _draw(
        books_figure(terms, gap, evidence),
        "books",
        "ELBO and gap add up to log p of x, which holds still; ELBO and KL add up to the reconstruction.",
    )


def numbers(
    bench: Bench, beta: float, mean: Numbers, variance: Numbers, terms: ElboTerms, gap: Gap, evidence: Evidence
) -> None:
    """The table of all terms."""
    state = {
        "model": bench.model,
        "digit": str(bench.digit),
        "example": str(bench.example),
        "sigma": f"{bench.sigma_x}",
        "beta": f"{beta:g}",
        "mean": permalink.written(mean),
        "variance": permalink.written_once(variance),
    }
    st.html(ledger.table(ledger.entries(terms, gap, evidence, beta), state))


def kl(mean: Numbers, variance: Numbers, *, key: str = "kl") -> None:
    """KL per dimension, as the price of the mean and that of the variance."""
    shares: tuple[Tensor, Tensor] = cached.kl_shares(mean, variance)
    _title("KL of each latent dimension", str(Provenance.EXACT))
    _draw(kl_figure(*shares), key, "KL of each latent dimension: the share of its mean and of its variance.")


def how_to_read() -> None:
    """A few sentences beside the charts."""
    st.markdown(_READING)


def _landmarks(bench: Bench, beta: float) -> tuple[Landmark, ...]:
    known = (
        ("encoder's answer", cached.encoder_answer(bench), "cross-thin-open"),
        ("best q", cached.best(bench, beta), "x-thin-open"),
    )
    return tuple(
        Landmark(name, cached.split(q_variance)[0], float(cached.elbo(bench, q_mean, q_variance).elbo[0]), symbol)
        for name, q, symbol in known
        if q is not None
        for q_mean, q_variance in (cached.q_of(q),)
    )


def _title(text: str, how: str) -> None:
    st.html(f'<p class="panel-title"><b>{text}</b> <span>{how}</span></p>', width="content")


def _draw(figure: go.Figure, key: str, alt: str) -> None:
    if figure.layout.showlegend is not False:
        # The figure's own legend stands in equal columns and takes a third of the chart; ours runs on like text.
        st.html(legend.legend_of(figure))
        figure.update_layout(showlegend=False)
    # How high it is, the style sheet says, which knows the window; the figure's own height is for elsewhere.
    figure.update_layout(height=None)
    with st.container(key=f"frame_{key}", height="stretch", border=False):
        st.plotly_chart(figure, key=f"figure_{key}", config=_CONFIG, alt=alt, height="stretch")


def _new_noise() -> None:
    st.session_state[permalink.SEED.name] = (st.session_state[permalink.SEED.name] + 1) % (permalink.SEED.high + 1)
