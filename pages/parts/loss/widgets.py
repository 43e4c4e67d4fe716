"""The widgets of the form: a choice, and a row of them."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.state import link
from pages.parts.state.kinds import Choice


def row() -> DeltaGenerator:
    """Side by side, also on a phone, where columns would be stacked."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", wrap=False)


def ask(
    control: Choice,
    label: str,
    *,
    disabled: bool = False,
    help: str | None = None,  # noqa: A002 - Streamlit's name
) -> str:
    """Ask for one of the options, which the link keeps."""
    return st.segmented_control(
        label,
        control.options,
        required=True,
        disabled=disabled,
        help=help,
        width="stretch",
        **link.tie(control),
    )
