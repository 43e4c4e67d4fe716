"""Your loss: what the form of a loss implies, what follows from it, its code, and numbers from a training log."""

import streamlit as st

from pages.parts.loss import log, snippets
from pages.parts.loss.element import loss_board
from pages.parts.loss.form import ask_code_noise, ask_form, fill_in
from pages.parts.loss.paste import ask_code
from pages.parts.loss.questions import headline
from pages.parts.web.messages import errors_shown

st.title("Your loss")
asked, shown = st.columns([4, 8], gap="medium")
with asked:
    pasted = st.container()
    loss, own_noise, eigenvalues = ask_form()
    with pasted, errors_shown():
        ask_code(fill_in, headline(loss, own_noise))
with shown, errors_shown():
    loss_board(loss, own_noise, eigenvalues)

code, numbers = st.columns([7, 5], gap="medium")
with code:
    st.subheader("Your loss, as you described it")
    st.code(snippets.your_loss(loss), language="python", wrap_lines=True)
    st.subheader("Corrected: −ELBO in nats per image")
    noise = ask_code_noise(loss)
    st.code(snippets.corrected(loss, noise == "learned"), language="python", wrap_lines=True)
with numbers:
    st.subheader("Numbers from your training log")
    text = st.text_area(
        "Lines with a data term and a KL, as your script prints them",
        placeholder=log.EXAMPLE,
        max_chars=log.LONGEST,
        height=160,
        help="KL before its weight. Names and numbers, JSON lines, a table headed by names, or two numbers a line.",
    )
    runs, run = log.runs(text)
    if len(runs) > 1:
        run = st.selectbox(
            f"This log holds {len(runs)} runs. Read the run",
            runs,
            index=runs.index(run),
            help="One run is read at a time: its lines stand in the table below.",
        )
    rows, findings_text, unread = log.reading(text, loss, run)
    if findings_text:
        st.warning(log.shortened(findings_text), icon=":material/troubleshoot:")
    if unread:
        st.error(log.shortened(unread), icon=":material/error:")
    if rows:
        st.html(log.table(rows))
        st.caption(log.understood(text, run))
