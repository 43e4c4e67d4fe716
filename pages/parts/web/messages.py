"""Messages on the page: errors in place of what they prevent, and warnings about a link. Nothing in them acts as markup."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import streamlit as st

from pages.parts.compute.fair_pool import BusyError

_MARKUP = re.compile(r"([!#$&()*+:<=>@\[\\\]^_`{|}~])")  # which a backslash makes plain in Markdown
_LINKS = re.compile(r"(?<=[:@])|(?<=www)(?=\\?\.)", re.IGNORECASE)
_WORD_JOINER = "\u2060"
_MOST = 6  # sentences in one warning: what follows must stay in view


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show the sentence of a ValueError, or that too many questions wait, in place of what could not be shown."""
    try:
        yield
    except (ValueError, BusyError) as error:
        st.error(escaped(str(error)), icon=":material/error:")


def link_warning(sentences: Iterable[str]) -> None:
    """A warning about the link, sentence by sentence; of very many the first, and how many more there are."""
    shown = [escaped(sentence) for sentence in sentences]
    if len(shown) > _MOST:
        shown[_MOST:] = [f"{len(shown) - _MOST} more parameters of the link cannot be used."]
    st.warning("\n\n".join(shown), icon=":material/link_off:")


def escaped(text: str) -> str:
    """Markdown that shows a text as it is: no picture, link, icon or formula can be made of what came with it."""
    # Addresses and icons are found again after the backslashes are gone; the invisible joiner takes them apart.
    return _LINKS.sub(_WORD_JOINER, _MARKUP.sub(r"\\\1", text))
