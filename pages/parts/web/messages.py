"""What the core refuses, it refuses with a sentence that a visitor can act on."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Show the sentence of a refusal in place of what could not be shown."""
    try:
        yield
    except ValueError as error:
        st.error(str(error), icon=":material/error:")


def tell_what_was_left_out(sentences: Iterable[str]) -> None:
    """A warning with what in the link could not be used, sentence by sentence."""
    # What came with the link is shown as it came: no picture, no link and no markup can be made of it.
    plain = (re.sub(r"([\[\]<])", r"\\\1", sentence) for sentence in sentences)
    st.warning("\n\n".join(plain), icon=":material/link_off:")
