"""The functions of PyTorch, TensorFlow and Keras that losses are written with, as operations on symbolic tensors.

A function is known by the last word of its name: torch.exp, tf.exp, K.exp and x.exp() are one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pages.parts.loss.code_algebra import NotUnderstoodError, Poly
from pages.parts.loss.code_tensor import Tensor

Values = list[object]
Named = dict[str, object]

PASSED_THROUGH = {
    *("view", "reshape", "flatten", "ravel", "contiguous", "float", "double", "to", "cuda", "cpu", "detach", "squeeze"),
    *("expand_as", "expand", "cast", "convert_to_tensor", "stop_gradient", "batch_flatten", "Flatten", "clone", "type_as"),
    *("item", "tensor", "type", "requires_grad_", "view_as", "int", "unsqueeze"),
}
CLIPPED = {"clamp", "clip", "clip_by_value", "clamp_", "maximum", "relu"}
"""Harmless for an output of a network; for KL it would be free bits."""

RANDOM = {"randn_like", "randn", "random_normal", "normal", "normal_", "sample_noise"}
REDUCTIONS = {"sum": "sum", "reduce_sum": "sum", "mean": "mean", "reduce_mean": "mean", "nansum": "sum"}
_LOSSES = {
    **dict.fromkeys(
        ("mse_loss", "MSELoss", "mse", "MSE", "mean_squared_error", "MeanSquaredError", "squared_difference"), "squares"
    ),
    "squared_error": "squares",  # optax
    "l2_loss": "half squares",  # optax
    **dict.fromkeys(("binary_cross_entropy", "BCELoss", "binary_crossentropy", "BinaryCrossentropy"), "bce"),
    "backend.binary_crossentropy": "bce",
    **dict.fromkeys(
        (
            "binary_cross_entropy_with_logits",
            "BCEWithLogitsLoss",
            "sigmoid_cross_entropy_with_logits",
            "sigmoid_cross_entropy",
            "sigmoid_binary_cross_entropy",
        ),
        "bce",
    ),
    **dict.fromkeys(("gaussian_nll_loss", "GaussianNLLLoss"), "gaussian"),
    **dict.fromkeys(("l1_loss", "L1Loss", "mae", "mean_absolute_error", "smooth_l1_loss", "SmoothL1Loss"), "l1"),
}
_KERAS = {"mse", "MSE", "mean_squared_error", "binary_crossentropy", "mae", "mean_absolute_error"}  # mean over the last axis
_UNREDUCED = {
    "backend.binary_crossentropy",  # unlike Keras' loss of this name
    "squared_difference",
    "sigmoid_cross_entropy_with_logits",
    "sigmoid_binary_cross_entropy",
    "squared_error",
    "l2_loss",
}
_TARGET_FIRST = {"binary_crossentropy", "BinaryCrossentropy", "backend.binary_crossentropy"}
_IMAGES = {
    "x",
    "data",
    "target",
    "targets",
    "inputs",
    "image",
    "images",
    "img",
    "imgs",
    "x_true",
    "y_true",
    "original",
    "real",
}
_KERAS_CLASSES = {"MeanSquaredError", "BinaryCrossentropy"}  # mean over the last axis and over everything that is left


@dataclass(frozen=True)
class LossObject:
    """A loss that has been made and not been called yet, such as nn.MSELoss(reduction="sum")."""

    name: str
    reduction: str | None = None
    full: bool = False
    of_logits: bool = False


def elementwise(name: str, tensor: Tensor) -> Tensor | None:
    """exp, log, square and their like; None if the name is none of them."""
    function: Callable[[Poly], Poly] | None = {
        "exp": _exp, "log": log, "square": lambda p: p.power(2), "sqrt": lambda p: p.power(0.5),
        "neg": lambda p: p.scaled(-1.0), "negative": lambda p: p.scaled(-1.0),
        "log1p": lambda p: log(p.plus(Poly.number(1.0))),
        "softplus": lambda p: Poly.atom(("softplus", p)), "sigmoid": lambda p: Poly.atom(("sigmoid", p)),
        "rsqrt": lambda p: p.power(-0.5), "exp_": _exp, "reciprocal": lambda p: p.power(-1),
        "expm1": lambda p: _exp(p).plus(Poly.number(-1.0)), "logsigmoid": _log_sigmoid, "log_sigmoid": _log_sigmoid,
    }.get(name)  # fmt: skip
    return None if function is None else tensor.mapped(function)


def is_loss(name: str) -> bool:
    """Whether a function or class of this name is a known loss."""
    return name in _LOSSES


def is_loss_class(name: str) -> bool:
    """Whether it has to be made before it is called."""
    return name.endswith("Loss") or name in _KERAS_CLASSES


def loss_of(name: str, inputs: list[Tensor], reduction: str | None, full: bool, named: bool = False) -> Tensor:
    """A loss of two tensors (three for the Gaussian one), reduced as the library does it.

    Args:
        name: of the loss.
        inputs: its tensors: the output first, or as the library has them if they are not named.
        reduction: as it is said; None where nothing is.
        full: whether the Gaussian one has its constants.
        named: whether the tensors were given by their names.

    Raises:
        NotUnderstoodError: tensors are missing, or are themselves reduced.
    """
    kind = _LOSSES[name]
    polys = [tensor.poly for tensor in inputs]
    if len(polys) < 2 or any(poly is None for poly in polys):
        raise NotUnderstoodError(f"{name} without its two tensors")
    output, target = (poly for poly in polys[:2] if poly is not None)
    first, second = (target, output) if name in _TARGET_FIRST and not named else (output, target)
    if kind == "bce" and is_image(first) and not is_image(second):
        raise NotUnderstoodError(f"{name} with the image in the place of the decoder's output: the two are swapped")
    if kind in ("squares", "half squares"):
        tensor = Tensor.of(output.plus(target, -1.0).power(2).scaled(1.0 if kind == "squares" else 0.5))
    elif kind == "gaussian":
        if len(polys) < 3 or polys[2] is None:
            raise NotUnderstoodError(f"{name} without its variance")
        tensor = Tensor.of(gaussian(output, target, polys[2], full))
    else:
        tensor = Tensor.of(Poly.atom((kind, frozenset((output, target)))))
    tensor = tensor.laid_out_as(*inputs)
    if name in _UNREDUCED or reduction == "none":
        return tensor
    if name in _KERAS or name in _KERAS_CLASSES:
        of_last = Tensor(tuple(type(part)(part.body, part.coefficient, "last") for part in tensor.parts))
        if name in _KERAS or reduction in ("none", "NONE"):
            return of_last
        return of_last.reduced("sum" if reduction in ("sum", "SUM") else "mean", None)
    if reduction not in (None, "mean", "sum"):
        raise NotUnderstoodError(f"reduction={reduction!r}")
    return tensor.reduced(reduction or "mean", None)


def refuse_two_sigmoids(name: str, inputs: list[Tensor]) -> None:
    """Refuse probabilities where logits are expected.

    Raises:
        NotUnderstoodError: one of the tensors is a sigmoid.
    """
    for poly in (tensor.poly for tensor in inputs):
        if poly is not None and len(poly.items) == 1 and poly.items[0][0] and poly.items[0][0][0][0][0] == "sigmoid":
            raise NotUnderstoodError(f"{name} takes logits and gets a sigmoid: the sigmoid is taken twice")


def is_image(poly: Poly) -> bool:
    """Whether it is a symbol with the name of a data set's image."""
    names = [atom[1] for monomial, _ in poly.items for atom, _ in monomial if atom[0] == "name"]
    return len(poly.items) == 1 and len(names) == 1 and str(names[0]).rsplit(".", 1)[-1].lower() in _IMAGES


def gaussian(output: Poly, target: Poly, variance: Poly, full: bool) -> Poly:
    """½ log variance + (output − target)² / (2 variance), and ½ log 2π if full."""
    if len(variance.items) != 1:
        variance = Poly.atom(("name", "variance"))
    squares = output.plus(target, -1.0).power(2).times(variance.power(-1)).scaled(0.5)
    constant = Poly.number(0.5 * math.log(2 * math.pi) if full else 0.0)
    return squares.plus(log(variance), 0.5).plus(constant)


def _log_sigmoid(poly: Poly) -> Poly:
    """log sigmoid(h), and log sigmoid(−h) as log(1 − sigmoid(h))."""
    if all(value < 0 for _, value in poly.items):
        return log(Poly.number(1.0).plus(Poly.atom(("sigmoid", poly.scaled(-1.0))), -1.0))
    return log(Poly.atom(("sigmoid", poly)))


def _exp(poly: Poly) -> Poly:
    constant = poly.constant
    if constant is not None and abs(constant) < 300:
        return Poly.number(math.exp(constant))
    if len(poly.items) == 1 and len(poly.items[0][0]) == 1 and poly.items[0][0][0][1] == 1:  # exp(c·h) = exp(h)^c
        (((atom, _),), factor) = poly.items[0]
        if atom[0] == "log" and isinstance(atom[1], Poly):
            return atom[1].power(factor)
        return Poly.atom(("exp", Poly.atom(atom)), factor)
    return Poly.atom(("exp", poly))


def log(poly: Poly) -> Poly:
    """The logarithm, taken apart where it can be."""
    constant = poly.constant
    if constant is not None:
        if constant <= 0:
            raise NotUnderstoodError("the logarithm of a number that is not positive")
        return Poly.number(math.log(constant))
    if len(poly.items) == 2 and abs(poly.terms.get((), 1.0)) < 1e-2:  # log(σ² + 1e-8)
        poly = poly.plus(Poly.number(poly.terms[()]), -1.0)
    if len(poly.items) != 1 or poly.items[0][1] <= 0:
        return Poly.atom(("log", poly))
    monomial, factor = poly.items[0]
    total = Poly.number(math.log(factor))
    for atom, power in monomial:
        inner = atom[1] if atom[0] == "exp" and isinstance(atom[1], Poly) else Poly.atom(("log", Poly.atom(atom)))
        total = total.plus(inner, power)
    return total
