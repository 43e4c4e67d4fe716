"""Calls of the libraries' functions in loss code, by the last word of their names."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from pages.parts.loss import code_calls as calls
from pages.parts.loss import code_distributions as distributions
from pages.parts.loss.code_algebra import NotUnderstoodError, Poly
from pages.parts.loss.code_gradients import detaches, stopped
from pages.parts.loss.code_layout import RESHAPES, layout_of, makes_flat
from pages.parts.loss.code_records import Many
from pages.parts.loss.code_sizes import axes_of, index_of, with_number
from pages.parts.loss.code_tensor import OTHER_ROWS, Tensor

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
    *(
        "layers",
        "D",
        "distributions",
        "losses",
        "paddle",
        "mx",
        "mlx",
        "optax",
        "tensorflow",
        "functional",
        "flax",
        "distrax",
    ),
}
_DISTRIBUTIONS = {"Normal": ("normal", 0), "MultivariateNormalDiag": ("normal", 1), "Bernoulli": ("bernoulli", 0)}
_OF_DISTRIBUTIONS = {"Independent", "to_event", "kl_divergence", "kl", "log_prob", "rsample", "sample"}
_FLAT = {"view", "reshape", "flatten", "batch_flatten", "Flatten"}
_KEYWORDS = {"scale_diag": "scale"}
_AXES = ("dim", "axis", "reduction_indices")
_OF_REDUCTIONS = {*_AXES, "keepdim", "keepdims", "keep_dims", "dtype", "name"}
_BINARY = {
    **dict.fromkeys(("mul", "multiply", "mul_"), "times"), **dict.fromkeys(("div", "div_", "divide"), "over"),
    **dict.fromkeys(("add", "add_"), "plus"), **dict.fromkeys(("sub", "sub_", "subtract"), "minus"),
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
    if name in _DISTRIBUTIONS or name in _OF_DISTRIBUTIONS:
        result = _probability(reader, name, owner, arguments, named)
        if result is not None:
            return result
    if name in ("zeros_like", "zeros", "ones_like", "ones"):
        return Tensor.of(Poly.number(0.0 if name.startswith("zeros") else 1.0))
    if name in ("full_like", "full", "new_full") and len(arguments) > 1:
        return reader.value(arguments[1])
    if any(keyword == "loss" for keyword in named):  # a record of the loss and its terms
        return Many(tuple(reader.value(value) for value in named.values()), tuple(named))
    subject = arguments.pop(0) if is_module and arguments else owner
    if subject is None:
        return Tensor.name(ast.unparse(node))
    if name in calls.REDUCTIONS:
        if unknown := named.keys() - _OF_REDUCTIONS:
            raise NotUnderstoodError(f"{name} with {min(unknown)}=, which leaves numbers out or weighs them")
        axis = next((named[key] for key in _AXES if key in named), arguments[0] if arguments else None)
        axes = axes_of(with_number(reader, axis))
        reader.sees_images |= axes is not None and len(axes) > 1
        # Inside jax.vmap there is one image: what is summed over everything is summed over its features.
        return reader.tensor(subject).reduced(
            calls.REDUCTIONS[name], (-2, -1) if axes is None and reader.one_image else axes
        )
    if name in calls.PASSED_THROUGH:
        value = reader.value(subject)
        if detaches(name, node):
            return stopped(value, ast.unparse(node))
        layout = layout_of(reader, name, subject, arguments, named)
        reader.flattens |= name in _FLAT and layout != OTHER_ROWS and makes_flat(name, arguments, named)
        if isinstance(value, Tensor) and any(part.is_elementwise for part in value.parts) and not reader.one_image:
            return replace(value, layout=layout) if name in RESHAPES or layout else value
        return value
    if name in calls.CLIPPED:
        poly = reader.tensor(subject).poly
        if poly is None or not (_is_symbol(poly) or _is_symbol(poly.plus(Poly.number(-1.0)))):
            raise NotUnderstoodError(f"{name} of a term: free bits or a limit, which the form does not have")
        return reader.value(subject)
    if name in ("pow", "power") and arguments:
        exponent = reader.tensor(arguments[0]).number
        squared = squared_norm(reader, subject) if exponent is not None and exponent.value == 2 else None
        if squared is not None:
            return squared
        if exponent is None or exponent.powers:
            raise NotUnderstoodError(f"the power in “{ast.unparse(node)[:60]}”")
        return reader.tensor(subject).mapped(lambda poly: poly.power(exponent.value))
    if name in _BINARY and arguments:
        left, right = reader.tensor(subject), reader.tensor(arguments[0])
        if "alpha" in named:
            right = right.times(reader.tensor(named["alpha"]))
        return left.plus(right, -1.0) if _BINARY[name] == "minus" else getattr(left, _BINARY[name])(right)
    if (
        (is_module or isinstance(reader.value(subject), Tensor))
        and not arguments
        and isinstance(value := reader.value(subject), Tensor)
    ):
        result = calls.elementwise(name, value)
        if result is not None:
            return result
    return unknown_call(reader, node)


def squared_norm(reader: Expressions, node: ast.expr) -> Tensor | None:
    """‖t‖², where the node is the Euclidean norm of t: the sum of its squares over the same axes."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rsplit(".", 1)[-1] not in ("norm", "vector_norm"):
        return None
    named = {keyword.arg: keyword.value for keyword in node.keywords}
    axis = named.get("dim") or named.get("axis")
    given = list(node.args)
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).split(".")[0] not in _MODULES:
        given.insert(0, node.func.value)  # (x - y).norm()
    orders = [*given[1:2], *(named[name] for name in ("p", "ord") if name in named)]
    known = all(isinstance(order, ast.Constant) and order.value in (2, "fro", "euclidean") for order in orders)
    allowed = {"dim", "axis", "keepdim", "keepdims", "p", "ord"}
    if not 1 <= len(given) <= 2 or not known or not named.keys() <= allowed:
        return None
    return reader.tensor(given[0]).mapped(lambda poly: poly.power(2)).reduced("sum", axes_of(axis))


def unknown_call(reader: Expressions, node: ast.Call) -> Tensor:
    """A symbol for the result, which remembers what the call was given: decoder(z) and decoder(mean) differ."""
    values = [reader.value(argument) for argument in node.args[:3]]
    polys = tuple(value.poly for value in values if isinstance(value, Tensor))
    name = ast.unparse(node.func)[-40:]
    if "reparam" in name.lower() and len(polys) == 2 and polys[0] is not None and polys[1] is not None:
        scale = _scale_by_name(polys[1])
        if scale is not None:
            return Tensor.of(polys[0].plus(scale.times(Poly.atom(("random",)))))
    return Tensor.of(Poly.atom(("call", name, polys, ast.unparse(node)[:80])))


def _probability(
    reader: Expressions, name: str, owner: ast.expr | None, arguments: list[ast.expr], named: dict[str, ast.expr]
) -> object:
    """A distribution, or something that one is asked for; None if it is neither."""
    if name == "to_event" and owner is not None:
        name, arguments = "Independent", [owner, *arguments]
    if name == "Independent" and arguments:
        inner = reader.value(arguments[0])
        axes = named.get("reinterpreted_batch_ndims") or (arguments[1:2] or [ast.Constant(1)])[0]
        return replace(inner, joint=index_of(axes) or 1) if isinstance(inner, distributions.Distribution) else None
    if name in _DISTRIBUTIONS:
        family, joint = _DISTRIBUTIONS[name]
        order = ("loc", "scale") if family == "normal" else ("probs", "logits")
        given = dict(zip(order, arguments, strict=False)) | {_KEYWORDS.get(key, key): value for key, value in named.items()}
        values = tuple((key, reader.tensor(value)) for key, value in given.items() if key in order)
        return distributions.Distribution(family, values, joint)
    if name in ("kl_divergence", "kl"):
        two = [owner, *arguments] if owner is not None and len(arguments) == 1 else arguments  # q.kl_divergence(p)
        pair = [reader.value(argument) for argument in two[:2]]
        both = [value for value in pair if isinstance(value, distributions.Distribution)]
        return distributions.kl_divergence(*both) if len(both) == 2 else None
    made = None if owner is None else reader.value(owner)
    if not isinstance(made, distributions.Distribution):
        return None
    if name == "log_prob" and arguments:
        return distributions.log_prob(made, reader.tensor(arguments[0]))
    location, scale = made.parameter("loc"), made.parameter("scale")
    if location is None or scale is None:
        return None
    return location.plus(scale.times(Tensor.of(Poly.atom(("random",)))))


def _scale_by_name(poly: Poly) -> Poly | None:
    """The standard deviation that a symbol called logvar or log_sigma stands for; None where its name does not say."""
    name = str(poly.items[0][0][0][0][1]).lower() if _is_symbol(poly) and poly.items[0][1] == 1 else ""
    power = 0.5 if "logvar" in name or "log_var" in name else 1.0 if "log_s" in name or "logs" in name else None
    return None if power is None else Poly.atom(("exp", poly), power)


def _is_symbol(poly: Poly) -> bool:
    return len(poly.items) == 1 and len(poly.items[0][0]) == 1
