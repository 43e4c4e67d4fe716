"""Formulas as MathML, which browsers draw and screen readers read without a library, from a short notation.

A formula is written as text, in pieces separated by spaces:

    log p ( x )          letters, operators and numbers are recognised
    kl:KL                letters that stand for a quantity: they have its colour, and light up with it
    {kl}                 the current value of the number with that name
    z_k  σ^2             a subscript, a superscript; both with a quantity as well: v:σ^2

Pieces with a structure are made by functions and mixed with the texts: math("=", fraction("1", "2"), "m:μ^2").
"""

import re
from html import escape


class Piece(str):
    """A finished piece of MathML."""

    __slots__ = ()


def math(*parts: str) -> Piece:
    """A formula within a line of text."""
    return Piece(f"<math>{row(*parts)}</math>")


def line(*parts: str, why: str = "", tied: str = "") -> Piece:
    """A line of a derivation: the formula, why it follows, and `tied`, a word in a frame before the reason."""
    note = f'<span class="tied">{tied}</span>' if tied else ""
    return Piece(f'<div class="line"><math display="block">{row(*parts)}</math><p class="why">{note}{why}</p></div>')


def row(*parts: str) -> Piece:
    """The pieces in a row."""
    return Piece("<mrow>" + "".join(part if isinstance(part, Piece) else _read(part) for part in parts) + "</mrow>")


def fraction(above: str, below: str) -> Piece:
    """above / below."""
    return Piece(f"<mfrac>{row(above)}{row(below)}</mfrac>")


def under(sign: str, below: str) -> Piece:
    """A large operator with its index below."""
    return Piece(f'<munder><mo movablelimits="false">{sign}</mo>{row(below)}</munder>')


def expectation(over: str) -> Piece:
    """E with the distribution as its subscript."""
    return Piece(f'<msub><mi class="word" mathvariant="normal">E</mi>{row(over)}</msub>')


def text(words: str) -> Piece:
    """Words within a formula."""
    return Piece(f"<mtext>\u00a0{escape(words)}\u00a0</mtext>")


def named(quantity: str, words: str) -> Piece:
    """Words that stand for a quantity: they have its colour, and light up with it."""
    return Piece(f'<mrow data-symbol="{quantity}"><mtext>{escape(words)}</mtext></mrow>')


def power(base: str, exponent: str) -> Piece:
    """The current value of one number to the power of another."""
    return Piece(f"<msup>{number(base)}{number(exponent)}</msup>")


def half() -> Piece:
    """½."""
    return fraction("1", "2")


def number(name: str, *, operand: bool = False) -> Piece:
    """The current value of the number with that name; as the operand of a sign it stands in brackets if it is negative."""
    mark = ' data-operand=""' if operand else ""
    return Piece(f'<mn data-number="{name}"{mark}>…</mn>')


_OPERATORS = {"-": "−", "*": "·"}
_SIGNS = {*_OPERATORS, "+"}
_FUNCTIONS = {"log"}  # followed by a little space


def _read(source: str) -> str:
    pieces = source.split()
    return "".join(_piece(piece, before) for before, piece in zip(("", *pieces), pieces, strict=False))


def _piece(piece: str, before: str) -> str:
    if piece.startswith("{"):
        return number(piece[1:-1], operand=before in _SIGNS)
    quantity, said = piece.split(":", 1) if re.match(r"\w+:.", piece) else ("", piece)
    parts = re.fullmatch(r"(.+?)(?:_([^_^]+))?(?:\^([^_^]+))?", said)
    stem, below, above = parts.groups() if parts else (said, None, None)
    marks = {(True, False): "msub", (False, True): "msup", (True, True): "msubsup"}
    leaf = _leaf(stem) + "".join(_leaf(index) for index in (below, above) if index)
    if below or above:
        mark = marks[bool(below), bool(above)]
        leaf = f"<{mark}>{leaf}</{mark}>"
    return f'<mrow data-symbol="{quantity}">{leaf}</mrow>' if quantity else leaf


def _leaf(said: str) -> str:
    if re.fullmatch(r"[\d.,]+%?", said):
        return f"<mn>{said}</mn>"
    if re.fullmatch(r"[^\W\d_].*", said):
        if said in _FUNCTIONS:
            return f'<mi class="word">{said}</mi><mspace width="0.17em"></mspace>'
        word = ' class="word"' if len(said) > 1 and said.isascii() else ""
        return f"<mi{word}>{escape(said)}</mi>"
    spread = ' stretchy="false"' if said in "()[]|‖" else ""
    return f"<mo{spread}>{escape(_OPERATORS.get(said, said))}</mo>"


def with_subscripts(text: str) -> str:
    """The text as HTML, in which L_K is an L with the subscript K."""
    return re.sub(r"\b([A-Za-z])_(\w)\b", r"\1<sub>\2</sub>", escape(text))
