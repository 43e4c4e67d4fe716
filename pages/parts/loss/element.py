"""The screen's element: what the page sends it, and the KL weight that it returns when the slider is released."""

import streamlit as st

from pages.parts.loss import form, questions
from pages.parts.web.assets import element, text
from vaecore.losses.form import LossForm

_KEY = "loss"

_mount = element(
    _KEY,
    html=text("loss/front/loss.html"),
    styles=("front/slider.css", "front/tip.css", "loss/front/loss.css"),
    script="loss/front/element.js",
    charts=True,
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def loss_board(loss: LossForm, own_noise: float, own_eigenvalues: questions.Eigenvalues | None) -> None:
    """Show what the loss means, with a slider for its KL weight, and write the released weight into the link.

    Args:
        loss: the form.
        own_noise: the visitor's own σₓ.
        own_eigenvalues: of the visitor's own images, where they are known.
    """
    _mount(
        key=_KEY,
        data={
            "turn": (st.session_state.get(_KEY, {}).get("commit") or {}).get("turn", 0),
            # As text: the browser parses it only when it has changed, and Streamlit does not walk through it.
            "table": questions.table(loss, own_noise, own_eigenvalues, form.weight_text(loss)),
        },
        default={"commit": {}},
        on_commit_change=_commit,
    )


def _commit() -> None:
    """Write the released KL weight into the link."""
    commit = st.session_state[_KEY]["commit"] or {}
    weight = commit.get(form.KL_WEIGHT.name)
    if isinstance(weight, str) and not form.KL_WEIGHT.error(weight):
        form.write({form.KL_WEIGHT.name: weight})
