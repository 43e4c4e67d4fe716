"""The element itself: what the page gives it, and the KL weight that it gives back when the hand lets go."""

import streamlit as st

from pages.parts.loss import form, payload
from pages.parts.web.assets import element, text
from vaecore.losses.form import LossForm

_KEY = "loss"

_mount = element(
    _KEY,
    html=text("loss/front/loss.html"),
    styles=("front/slider.css", "loss/front/loss.css"),
    script="loss/front/element.js",
    charts=True,
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def loss_board(loss: LossForm, own_noise: float) -> None:
    """Show what the loss means, with its KL weight to be moved, and keep in the link what the hand commits.

    Args:
        loss: the form.
        own_noise: the visitor's own σx.
    """
    _mount(
        key=_KEY,
        data={
            "turn": (st.session_state.get(_KEY, {}).get("commit") or {}).get("turn", 0),
            # As text: what is the same as before is not read again, and Streamlit does not walk through it.
            "table": payload.text_of(loss, own_noise),
        },
        default={"commit": {}},
        on_commit_change=_commit,
    )


def _commit() -> None:
    """Write the KL weight that the hand let go of into the link."""
    commit = st.session_state[_KEY]["commit"] or {}
    weight = commit.get(form.KL_WEIGHT.name)
    if isinstance(weight, str) and not form.KL_WEIGHT.error(weight):
        form.keep_weight(weight)
