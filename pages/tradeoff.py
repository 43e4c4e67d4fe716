"""The Trade-off screen: a real image, a trained decoder, and the hand on the variance and the mean of q."""

import streamlit as st

from pages.parts import cached, controls, hand, panels

controls.heed_the_link()

# Ask what is on the bench.
with st.sidebar:
    bench, beta = controls.ask_bench()


@st.fragment
def room() -> None:
    """What the hand moves: only this runs again when it lets go of a slider."""
    with panels.refusals_shown():
        # Ask for q.
        mean, variance = hand.ask_q(bench, beta)

        # Compute.
        sweep, at = cached.sweep(bench, mean, variance), cached.step_of(variance)
        terms, gap, evidence = cached.terms_at(sweep, at), cached.gap(bench, mean, variance), cached.evidence(bench)

        # Draw.
        curves, latents = st.columns([10, 11])
        with curves:
            panels.tradeoff(bench, beta, sweep, at, evidence)
        with latents:
            panels.latents(bench, beta, mean, variance, evidence)
        images, books, numbers = st.columns([6, 7, 7])
        with images:
            panels.images(bench, mean, variance)
        with books:
            panels.books(terms, gap, evidence)

        # Say.
        with numbers:
            panels.numbers(bench, beta, mean, variance, terms, gap, evidence)
        if len(mean) <= hand.SLIDERS_EACH:
            prices, reading = st.columns([10, 11])
            with prices:
                panels.kl(mean, variance)
            with reading:
                panels.how_to_read()


with st.container(key="room"):
    room()
