"""The element itself: what the page gives it, and the KL weight that it gives back when the hand lets go."""

import streamlit as st

from pages.parts.loss import form, payload
from pages.parts.loss.assets import FRONT
from pages.parts.web.assets import SHARED
from vaecore.losses.form import LossForm

# The scripts come by their address; what is written here travels in every message.
_LOADER = """
let loading;
export default function (page) {
  const { base, scripts, drawing } = page.data;
  const ours = ["element", "water", "curve"].map((name) => `${scripts}/${name}.js`);
  const paths = [...ours, ...["chart", "unpack"].map((name) => `${drawing}/${name}.js`)];
  loading ??= Promise.all(paths.map((path) => import(new URL(base + path, location.origin))));
  let cleanup = () => {}, gone = false;
  loading.then(([element, ...parts]) => { if (!gone) cleanup = element.show(page, Object.assign({}, ...parts)); });
  return () => { gone = true; cleanup(); };
}
"""

_KEY = "loss"
_BASE = f"/{st.get_option('server.baseUrlPath')}".rstrip("/")

_mount = st.components.v2.component(
    "loss",
    html=FRONT.text("loss.html"),
    css=SHARED.text("slider.css") + FRONT.text("loss.css"),
    js=_LOADER,
    isolate_styles=False,  # Plotly's own style sheet lives in the document
)


def loss_board(loss: LossForm, own_noise: float, drawing: str) -> None:
    """Show what the loss means, with its KL weight to be moved, and keep in the link what the hand commits.

    Args:
        loss: the form.
        own_noise: the visitor's own σx.
        drawing: the address under which browsers find the scripts that draw charts and unpack arrays.
    """
    _mount(
        key=_KEY,
        data={
            "base": _BASE,
            "scripts": FRONT.address,
            "drawing": drawing,
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
    text = commit.get(form.KL_WEIGHT.name)
    if isinstance(text, str) and not form.KL_WEIGHT.error(text):
        form.keep_weight(text)
