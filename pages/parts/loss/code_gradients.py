"""Values of loss code that have no gradient: what .detach(), stop_gradient and torch.no_grad() leave of a term."""

import ast
from collections.abc import Iterator

from pages.parts.loss.code_algebra import Atom, Poly
from pages.parts.loss.code_records import Many
from pages.parts.loss.code_tensor import Tensor

DETACHED = {"detach", "stop_gradient", "item"}
_MADE_ANEW = {"float", "int", "tensor"}  # float(kl), torch.tensor(kl): kl.float() keeps the gradient
_WITHOUT = {"no_grad", "inference_mode", "stop_recording"}
_NOT_TRAINED = {"size", "scalar", "random", "zeros", "ones"}


def detaches(name: str, node: ast.Call) -> bool:
    """Whether a call that gives back what it gets leaves out the gradient."""
    return name in DETACHED or (name in _MADE_ANEW and bool(node.args) and ast.unparse(node.func) in (name, f"torch.{name}"))


def is_without_gradients(node: ast.expr) -> bool:
    """Whether a context or a decorator stops gradients: torch.no_grad(), torch.set_grad_enabled(False)."""
    name = ast.unparse(node.func if isinstance(node, ast.Call) else node).rsplit(".", 1)[-1]
    switched_off = name == "set_grad_enabled" and isinstance(node, ast.Call) and ast.unparse(node).endswith("(False)")
    return name in _WITHOUT or switched_off


def stopped(value: object, text: str) -> object:
    """The value without its gradient: harmless for an image, but a term of the loss trains nothing any more.

    Args:
        value: any value of the code.
        text: how the code writes it.
    """
    if isinstance(value, Many):
        return Many(tuple(stopped(one, text) for one in value.values), value.keys)
    if not isinstance(value, Tensor) or value.number is not None:
        return value
    if value.poly is None:
        return Tensor.of(Poly.atom(("detached",)))
    if all(atom[0] in _NOT_TRAINED for atom in leaves(value.poly)):
        return value
    return Tensor.of(Poly.atom(("stopped", value.poly, text[:60]))).laid_out_as(value)


def leaves(poly: Poly) -> Iterator[Atom]:
    """The symbols of a polynomial, those inside of functions as well; what has no gradient is one symbol."""
    for monomial, _ in poly.items:
        for atom, _ in monomial:
            inside = [one for one in atom[1:] if isinstance(one, Poly | frozenset)]
            if not inside or atom[0] == "stopped":
                yield atom
            for one in inside if atom[0] != "stopped" else []:
                for inner in [one] if isinstance(one, Poly) else one:
                    yield from leaves(inner)
