"""Axes and sizes of tensors in loss code: which of them are the batch, the pixels and the latents."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from pages.parts.loss.code_algebra import NotUnderstoodError, Poly, Tensor

if TYPE_CHECKING:
    from pages.parts.loss.code_expressions import Expressions

_LATENT = {"mu", "mean", "z", "z_mean", "logvar", "log_var", "lv", "m", "std", "sigma", "z_log_var", "z_mu", "log_sigma"}
"""Names of tensors whose last axis is that of the latents."""

_SIDES = ({"height", "width"}, {"h", "w"}, {"rows", "cols"}, {"nrows", "ncols"})
"""Last words of the names of an image's two sides."""


def is_area(node: ast.BinOp, pixels: set[str]) -> bool:
    """Whether the product is that of an image's two sides: `height * width`, or a size of the image times itself.

    Args:
        node: the product.
        pixels: names for the size of an image.
    """
    by_itself = isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2
    if not by_itself and not isinstance(node.op, ast.Mult):
        return False
    left, right = ast.unparse(node.left), ast.unparse(node.left if by_itself else node.right)
    words = {re.split(r"[._]", text)[-1].lower() for text in (left, right)}
    return words in _SIDES or (left == right and left.rsplit(".", 1)[-1] in pixels)


def numbers_in(node: ast.Call) -> Tensor:
    """How many numbers a tensor has: x.numel(), x[0].numel(), np.prod(x.shape[1:]).

    Raises:
        NotUnderstoodError: it is not clear which tensor that is.
    """
    text = ast.unparse(node)
    found = re.fullmatch(r"(\w{1,40})(\[0\])?\.(?:numel|nelement)\(\)", text)
    shape = re.fullmatch(r"(?:np|numpy|math|torch|jnp)\.prod\((\w{1,40})\.(?:shape|size\(\))(\[1:\])?\)", text)
    match = found or shape
    if match is None:
        raise NotUnderstoodError(f"how many numbers “{text[:60]}” is")
    own = Poly.atom(("size", "D" if match[1] in _LATENT else "P"))
    return Tensor.of(own if match[2] else own.times(Poly.atom(("size", "B"))))


def index_of(node: ast.expr) -> int | None:
    """An axis that is written as a number, perhaps with a minus."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError):
        return None
    return value if isinstance(value, int) else None


def size_at(index: int | None, of: str = "") -> Tensor:
    """The size of an axis of (batch, pixels).

    Raises:
        NotUnderstoodError: it is another axis.
    """
    own = "D" if of in _LATENT else "P"
    name = {0: "B", 1: own, -1: own}.get(9 if index is None else index)
    if name is None:
        raise NotUnderstoodError("a size other than that of the batch or of a flat image")
    return Tensor.of(Poly.atom(("size", name)))


def with_number(reader: Expressions, axis: ast.expr | None) -> ast.expr | None:
    """An axis that is given by a name, as the number that the name stands for."""
    if not isinstance(axis, ast.Name):
        return axis
    value = reader.names.get(axis.id)
    number = value.number if isinstance(value, Tensor) else None
    if number is None or number.powers or number.value != int(number.value):
        return axis
    return ast.Constant(int(number.value))


def axes_of(node: ast.expr | None) -> tuple[int, ...] | None:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return None
    try:
        value = ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise NotUnderstoodError(f"the axes in “{ast.unparse(node)[:40]}”") from None
    axes = tuple(value) if isinstance(value, tuple | list | range) else (value,)
    if not axes or not all(isinstance(axis, int) and not isinstance(axis, bool) for axis in axes):
        raise NotUnderstoodError(f"the axes in “{ast.unparse(node)[:40]}”")
    return axes
