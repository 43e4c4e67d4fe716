"""What the core refuses, it refuses with a sentence that a visitor can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Show the sentence of a refusal in place of what could not be shown."""
    try:
        yield
    except ValueError as error:
        st.error(str(error), icon=":material/error:")
