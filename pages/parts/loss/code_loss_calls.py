"""Calls of the libraries' losses in loss code: their tensors, and what their options say of the reduction."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pages.parts.loss import code_calls as calls
from pages.parts.loss.code_algebra import NotUnderstoodError

if TYPE_CHECKING:
    from pages.parts.loss.code_expressions import Expressions

_TENSORS = ("input", "logits", "output", "y_pred", "predictions", "target", "labels", "y_true", "var")
_OPTIONS = {"reduction", "size_average", "reduce", "full", "eps", "from_logits", "name", "dtype"}
"""Keywords of loss functions: their tensors, and what is understood; others make another loss of them."""
_OLD = ("size_average", "reduce", "reduction")
_POSITIONS = {
    **dict.fromkeys(("mse_loss", "MSELoss"), _OLD),
    **dict.fromkeys(("binary_cross_entropy", "BCELoss"), ("weight", *_OLD)),
    **dict.fromkeys(("binary_cross_entropy_with_logits", "BCEWithLogitsLoss"), ("weight", *_OLD, "pos_weight")),
    "gaussian_nll_loss": ("full", "eps", "reduction"),
    **dict.fromkeys(("binary_crossentropy", "BinaryCrossentropy"), ("from_logits", "label_smoothing", "axis")),
}
"""What arguments without a name are, behind the tensors."""
_TAKES_LOGITS = {
    *("binary_cross_entropy_with_logits", "BCEWithLogitsLoss", "sigmoid_cross_entropy_with_logits"),
    *("sigmoid_cross_entropy", "sigmoid_binary_cross_entropy"),
}


def loss(
    reader: Expressions,
    name: str,
    arguments: list[ast.expr],
    named: dict[str, ast.expr],
    made: calls.LossObject | None = None,
) -> object:
    """A call of a known loss, or of an object that was made of its class.

    Raises:
        NotUnderstoodError: its reduction is not known, or one of its options makes another loss of it.
    """
    if name == "l2_loss" and len(arguments) == 1:  # TensorFlow's: ½ the sum of squares of everything
        return reader.tensor(arguments[0]).mapped(lambda poly: poly.power(2).scaled(0.5)).reduced("sum", None)
    count = 3 if "gaussian" in name or "Gaussian" in name else 2
    named = _with_positions(name, arguments[count:], named)
    _refuse_changes(name, named)
    inputs = [reader.tensor(argument) for argument in arguments[:count]]
    by_name = [reader.tensor(named[keyword]) for keyword in _TENSORS if keyword in named]
    text = _reduction(name, named) or (made.reduction if made else None)
    if name in _TAKES_LOGITS or _is_true(named.get("from_logits")) or (made is not None and made.of_logits):
        calls.refuse_two_sigmoids(name, inputs + by_name)
    is_full = _is_true(named.get("full")) or (made is not None and made.full)
    return calls.loss_of(name, inputs + by_name, text, is_full, bool(by_name))


def loss_object(name: str, arguments: list[ast.expr], named: dict[str, ast.expr]) -> calls.LossObject:
    """A loss that is made to be called later.

    Raises:
        NotUnderstoodError: one of its options makes another loss of it.
    """
    named = _with_positions(name, arguments, named)
    _refuse_changes(name, named)
    return calls.LossObject(name, _reduction(name, named), _is_true(named.get("full")), _is_true(named.get("from_logits")))


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _reduction(name: str, named: dict[str, ast.expr]) -> str | None:
    """How a loss is said to be reduced; None where nothing is said.

    Raises:
        NotUnderstoodError: it is said by something other than a constant.
    """
    text = text_of(named.get("reduction"))
    if "reduction" in named and text is None:
        if "." not in (said := ast.unparse(named["reduction"])):
            raise NotUnderstoodError(f"the reduction of {name}")
        text = said.rsplit(".", 1)[-1].lower()  # Reduction.SUM of Keras
    for flag in ("size_average", "reduce"):  # of PyTorch before 0.4.1
        value = named.get(flag)
        if value is None:
            continue
        if not isinstance(value, ast.Constant) or not isinstance(value.value, bool):
            raise NotUnderstoodError(f"{flag} of {name}")
        if value.value is False:
            text = "sum" if flag == "size_average" else "none"
    return text


def _with_positions(name: str, arguments: list[ast.expr], named: dict[str, ast.expr]) -> dict[str, ast.expr]:
    """The options of a loss by their names, those that were given without one as well.

    Raises:
        NotUnderstoodError: there are more arguments than are known.
    """
    order = _POSITIONS.get(name, ())
    if len(arguments) > len(order):
        raise NotUnderstoodError(f"{name} with more arguments than its tensors: their names say what they are")
    given = dict(zip(order, arguments, strict=False)) | named
    return {key: value for key, value in given.items() if not (isinstance(value, ast.Constant) and value.value is None)}


def _refuse_changes(name: str, named: dict[str, ast.expr]) -> None:
    changing = sorted(named.keys() - _OPTIONS - set(_TENSORS))
    if changing:
        raise NotUnderstoodError(f"{name} with {changing[0]}=, which the form does not have")


def text_of(node: ast.expr | None) -> str | None:
    """The text of a constant; None if it is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
