"""Calls of the libraries' functions in loss code, by the last word of their names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pages.parts.loss import code_calls as calls
from pages.parts.loss.code_algebra import NotUnderstoodError, Poly, Tensor

if TYPE_CHECKING:
    from pages.parts.loss.code_expressions import Expressions

_MODULES = {
    *(
        "torch",
        "tf",
        "K",
        "F",
        "nn",
        "np",
        "numpy",
        "math",
        "keras",
        "jnp",
        "jax",
        "backend",
        "ops",
        "dist",
        "td",
        "tfp",
        "tfd",
    ),
    *("layers", "D", "distributions", "losses"),
}
_BINARY = {
    "mul": "times", "multiply": "times", "mul_": "times", "div": "over", "divide": "over", "add": "plus", "add_": "plus",
    "sub": "minus", "subtract": "minus",
}  # fmt: skip


def method(reader: Expressions, name: str, node: ast.Call, named: dict[str, ast.expr]) -> object:
    """A call by its last word: a function of a library with its arguments, or a method of a tensor."""
    arguments = list(node.args)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    is_module = owner is None or (
        isinstance(owner, ast.Name | ast.Attribute)
        and ast.unparse(owner).split(".")[0] in _MODULES
        and ast.unparse(owner) not in reader.names
    )
    if name in calls.RANDOM:
        return Tensor.of(Poly.atom(("random",)))
    if name in ("Normal", "Bernoulli", "kl_divergence", "kl", "log_prob", "rsample", "sample"):
        result = _probability(reader, name, owner, arguments, named)
        if result is not None:
            return result
    if name in ("zeros_like", "zeros", "ones_like", "ones"):
        return Tensor.of(Poly.number(0.0 if name.startswith("zeros") else 1.0))
    subject = arguments.pop(0) if is_module and arguments else owner
    if subject is None:
        return Tensor.name(ast.unparse(node))
    if name in calls.REDUCTIONS:
        axis = named.get("dim") or named.get("axis") or (arguments[0] if arguments else None)
        return reader.tensor(subject).reduced(calls.REDUCTIONS[name], _axes(axis))
    if name in calls.PASSED_THROUGH:
        return reader.value(subject)
    if name in calls.CLIPPED:
        poly = reader.tensor(subject).poly
        if poly is None or len(poly.items) != 1 or len(poly.items[0][0]) != 1:
            raise NotUnderstoodError(f"{name} of a term: free bits or a limit, which the form does not have")
        return reader.value(subject)
    if name in ("pow", "power") and arguments:
        exponent = reader.tensor(arguments[0]).number
        if exponent is None or exponent.powers:
            raise NotUnderstoodError(f"the power in “{ast.unparse(node)[:60]}”")
        return reader.tensor(subject).mapped(lambda poly: poly.power(exponent.value))
    if name in _BINARY and arguments:
        left, right = reader.tensor(subject), reader.tensor(arguments[0])
        return left.plus(right, -1.0) if _BINARY[name] == "minus" else getattr(left, _BINARY[name])(right)
    if (
        (is_module or isinstance(reader.value(subject), Tensor))
        and not arguments
        and isinstance(value := reader.value(subject), Tensor)
    ):
        result = calls.elementwise(name, value)
        if result is not None:
            return result
    return _unknown_call(reader, node)


def _unknown_call(reader: Expressions, node: ast.Call) -> Tensor:
    """A symbol for the result, which remembers what the call was given: decoder(z) and decoder(mean) differ."""
    values = [reader.value(argument) for argument in node.args[:3]]
    polys = tuple(value.poly for value in values if isinstance(value, Tensor))
    name = ast.unparse(node.func)[-40:]
    return Tensor.of(Poly.atom(("call", name, polys, ast.unparse(node)[:80])))


def loss(
    reader: Expressions, name: str, arguments: list[ast.expr], named: dict[str, ast.expr], reduction: str | None
) -> object:
    """A call of a known loss.

    Raises:
        NotUnderstoodError: its reduction is not known.
    """
    inputs = [reader.tensor(argument) for argument in arguments[:3]]
    keywords = ("input", "logits", "output", "y_pred", "target", "labels", "y_true", "var")
    inputs += [reader.tensor(named[keyword]) for keyword in keywords if keyword in named]
    text = text_of(named.get("reduction")) or reduction
    if "reduction" in named and text is None:
        raise NotUnderstoodError(f"the reduction of {name}")
    for flag in ("size_average", "reduce"):  # of PyTorch before 0.4.1
        value = named.get(flag)
        if isinstance(value, ast.Constant) and value.value is False:
            text = "sum" if flag == "size_average" else "none"
    full = named.get("full")
    return calls.loss_of(name, inputs, text, isinstance(full, ast.Constant) and full.value is True)


def _probability(
    reader: Expressions, name: str, owner: ast.expr | None, arguments: list[ast.expr], named: dict[str, ast.expr]
) -> object:
    """A distribution, or something that one is asked for; None if it is neither."""
    if name in ("Normal", "Bernoulli"):
        order = ("loc", "scale") if name != "Bernoulli" else ("probs", "logits")
        given = dict(zip(order, arguments, strict=False)) | dict(named)
        values = tuple((key, reader.tensor(value)) for key, value in given.items() if key in order)
        return calls.Distribution("bernoulli" if name == "Bernoulli" else "normal", values)
    if name in ("kl_divergence", "kl"):
        pair = [reader.value(argument) for argument in arguments[:2]]
        distributions = [value for value in pair if isinstance(value, calls.Distribution)]
        return calls.kl_divergence(*distributions) if len(distributions) == 2 else None
    made = None if owner is None else reader.value(owner)
    if not isinstance(made, calls.Distribution):
        return None
    if name == "log_prob" and arguments:
        return calls.log_prob(made, reader.tensor(arguments[0]))
    location, scale = made.parameter("loc"), made.parameter("scale")
    if location is None or scale is None:
        return None
    return location.plus(scale.times(Tensor.of(Poly.atom(("random",)))))


def text_of(node: ast.expr | None) -> str | None:
    """The text of a constant; None if it is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def size_at(index: object) -> Tensor:
    """The size of an axis of (batch, pixels).

    Raises:
        NotUnderstoodError: it is another axis.
    """
    name = {0: "B", 1: "P", -1: "P"}.get(index if isinstance(index, int) else 9)
    if name is None:
        raise NotUnderstoodError("a size other than that of the batch or of a flat image")
    return Tensor.of(Poly.atom(("size", name)))


def _axes(node: ast.expr | None) -> tuple[int, ...] | None:
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
