"""Messages on the page: errors in place of what they prevent, and warnings about a link. Nothing in them acts as markup."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

_MARKUP = re.compile(r"([!#$&()*+:<=>@\[\\\]^_`{|}~])")  # which a backslash makes plain in Markdown
_LINKS = re.compile(r"(?<=[:@])|(?<=www)(?=\\?\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the sentence of a ValueError in place of what could not be shown."""
    try:
        yield
    except ValueError as error:
        st.error(escaped(str(error)), icon=":material/error:")


def link_warning(sentences: Iterable[str]) -> None:
    """A warning about the link, sentence by sentence."""
    st.warning("\n\n".join(map(escaped, sentences)), icon=":material/link_off:")


def escaped(text: str) -> str:
    """Markdown that shows a text as it is: no picture, link, icon or formula can be made of what came with it."""
    # Addresses and icons are found again after the backslashes are gone; the invisible joiner takes them apart.
    return _LINKS.sub(_WORD_JOINER, _MARKUP.sub(r"\\\1", text))
