"""Expressions of loss code as symbolic tensors: names stay names, and nothing is executed."""

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from pages.parts.loss import code_library as library
from pages.parts.loss import code_loss_calls as losses
from pages.parts.loss import code_sizes as sizes
from pages.parts.loss.code_algebra import NotUnderstoodError, Poly
from pages.parts.loss.code_calls import LossObject, is_loss, is_loss_class
from pages.parts.loss.code_records import Many, Unknown
from pages.parts.loss.code_tensor import Tensor

_MOST_STEPS, _DEEPEST = 20_000, 60
_BATCH = {"batch_size", "bs", "B", "batchsize", "n_batch", "BATCH_SIZE", "batch", "mb_size", "b_size"}
_PIXELS = {"original_dim", "input_dim", "image_size", "img_size", "n_pixels", "num_pixels", "input_size", "x_dim", "X_dim"}
_LATENTS = {"latent_dim", "z_dim", "latent_size", "n_latent", "zdim", "latent_dims", "Z_dim"}
SIZES = {**dict.fromkeys(_BATCH, "B"), **dict.fromkeys(_PIXELS, "P"), **dict.fromkeys(_LATENTS, "D")}
"""Names of sizes: the batch, the pixels, the latents."""

_WEIGHTS = {"beta", "kl_weight", "kld_weight", "kl_coef", "kl_coeff", "alpha", "lambd", "lamb", "gamma", "weight", "anneal"}


@dataclass
class Expressions:
    """The values of expressions, given what names stand for."""

    pixels: int  # a number of this size is a size
    returned_by: Callable[
        [ast.FunctionDef | ast.Lambda, dict[str, object]], object
    ]  # what one of the pasted functions returns
    names: dict[str, object] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.Lambda] = field(default_factory=dict)
    steps: int = 0
    depth: int = 0
    flattens: bool = False  # whether something has been made flat
    sees_images: bool = False  # whether something has more axes than a flat image
    one_image: bool = False  # inside a function that jax.vmap maps over the batch

    def count(self) -> None:
        """Count a step.

        Raises:
            NotUnderstoodError: there have been too many.
        """
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise NotUnderstoodError("code that is too long")

    def value(self, node: ast.expr) -> object:
        """The value of an expression; an `Unknown` where it is not understood."""
        self.count()
        if self.depth >= _DEEPEST:
            return Unknown("code that is nested too deeply")
        self.depth += 1
        try:
            return self._value(node)
        except NotUnderstoodError as problem:
            return Unknown(str(problem))
        except (OverflowError, ZeroDivisionError, ValueError, TypeError):
            return Unknown(f"{ast.unparse(node)[:60]}")
        finally:
            self.depth -= 1

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=bool() | None | str()):
                return node.value
            case ast.Constant(value=int() | float() as number):
                if number == self.pixels and number >= 64:
                    return Tensor.of(Poly.atom(("size", "P")))
                return Tensor.of(Poly.number(float(number)))
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Tensor(()).plus(self.tensor(operand), -1.0)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.BinOp():
                return self._operation(node)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return Many(tuple(self.value(element) for element in elements))
            case ast.Dict(keys=keys, values=values):
                texts = tuple(str(key.value) if isinstance(key, ast.Constant) else "" for key in keys)
                return Many(tuple(self.value(value) for value in values), texts)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Lambda():
                return Unknown("a function without a name")
            case ast.IfExp():
                return Unknown(f"“{ast.unparse(node)[:60]}” depends on a condition")
        return Unknown(f"“{ast.unparse(node)[:60]}”")

    def tensor(self, node: ast.expr) -> Tensor:
        """The value of an expression that must be a tensor or a number.

        Raises:
            NotUnderstoodError: it is something else.
        """
        value = self.value(node)
        if isinstance(value, Tensor):
            return value
        raise NotUnderstoodError(value.why if isinstance(value, Unknown) else f"“{ast.unparse(node)[:60]}”")

    def _named(self, node: ast.Name | ast.Attribute) -> object:
        text = ast.unparse(node)
        if text in self.names:
            return self.names[text]
        last = text.rsplit(".", 1)[-1]
        if last in SIZES:
            return Tensor.of(Poly.atom(("size", SIZES[last])))
        if last == "pi":
            return Tensor.of(Poly.number(3.141592653589793))
        if last in _WEIGHTS or last.lower().endswith(("weight", "_coef", "_coeff", "beta")):
            return Tensor.of(Poly.atom(("scalar", text)))
        return Tensor.name(text)

    def _subscript(self, node: ast.Subscript) -> object:
        text = ast.unparse(node)
        if text in self.names:
            return self.names[text]
        inner = ast.unparse(node.value)
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if (
            inner.endswith((".shape", ".size()"))
            or ".shape(" in inner
            or inner.startswith(("K.int_shape(", "K.shape(", "tf.shape("))
        ):
            return sizes.size_at(self, sizes.index_of(node.slice), _shaped(inner))
        value = self.value(node.value)
        if isinstance(value, Many):
            if isinstance(index, int) and -len(value.values) <= index < len(value.values):
                return value.values[index]
            if isinstance(index, str) and index in value.keys:
                return value.values[value.keys.index(index)]
        if sizes.is_part(node):
            raise NotUnderstoodError(f"“{text[:60]}”: a part of a tensor")
        return Tensor.name(text)

    def _operation(self, node: ast.BinOp) -> object:
        if sizes.is_area(node, _PIXELS):
            return Tensor.of(Poly.atom(("size", "P")))
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2:
            squared = library.squared_norm(self, node.left)
            if squared is not None:
                return squared
        left, right = self.tensor(node.left), self.tensor(node.right)
        match node.op:
            case ast.Add():
                result = left if _is_tiny(right) and left.number is None else left.plus(right)
            case ast.Sub():
                result = left.plus(right, -1.0)
            case ast.Mult():
                result = left.times(right)
            case ast.Div():
                result = left.over(right)
            case ast.Pow():
                exponent = right.number
                if exponent is None or exponent.powers:
                    raise NotUnderstoodError(f"the power in “{ast.unparse(node)[:60]}”")
                result = left.mapped(lambda poly: poly.power(exponent.value))
            case _:
                raise NotUnderstoodError(f"“{ast.unparse(node)[:60]}”")
        number = result.number
        if number is not None and not number.powers and number.value == self.pixels and self.pixels >= 64:
            return Tensor.of(Poly.atom(("size", "P")))
        return result

    def _call(self, node: ast.Call) -> object:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        mapped = mapped_over_images(node.func, self.functions)
        if mapped is not None:
            return self._own_function(mapped, node.args, named) or Unknown(f"“{ast.unparse(node)[:60]}”")
        if isinstance(node.func, ast.Call) or ast.unparse(node.func) in self.names:
            made = self.value(node.func)
            if isinstance(made, LossObject):
                return losses.loss(self, made.name, node.args, named, made)
        if name in self.functions and self.depth < _DEEPEST // 2 and not isinstance(node.func, ast.Call):
            result = self._own_function(self.functions[name], node.args, named)
            if result is not None:
                return result
        if isinstance(node.func, ast.Name) and name in self.names:  # what the code calls mse need not be a library's
            return library.unknown_call(self, node)
        if name == "partial" and node.args and is_loss(of := ast.unparse(node.args[0]).rsplit(".", 1)[-1]):
            return losses.loss_object(of, node.args[1:], named)
        if is_loss_class(name) and is_loss(name) and not self._tensors(node.args):
            return losses.loss_object(name, node.args, named)
        if is_loss(name):
            of_backend = ast.unparse(node.func).endswith(("K.binary_crossentropy", "backend.binary_crossentropy"))
            return losses.loss(self, "backend.binary_crossentropy" if of_backend else name, node.args, named, None)
        if name in ("numel", "nelement", "prod"):
            return sizes.numbers_in(node)
        if name in ("size", "shape", "len", "int_shape"):
            index = sizes.index_of(node.args[-1]) if node.args else None
            subject = ast.unparse(node.func.value if isinstance(node.func, ast.Attribute) else (node.args or [node])[0])
            return sizes.length_of(subject) if name == "len" else sizes.size_at(self, index, subject)
        return library.method(self, name, node, named)

    def _tensors(self, arguments: list[ast.expr]) -> list[Tensor]:
        return [value for argument in arguments if isinstance(value := self.value(argument), Tensor)]

    def _own_function(
        self, function: ast.FunctionDef | ast.Lambda, arguments: list[ast.expr], named: dict[str, ast.expr]
    ) -> object:
        """What a function of the pasted code returns for these arguments; None if it has not exactly one return."""
        names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
        given = dict(zip(names, arguments, strict=False)) | named
        defaults = function.args.defaults
        for argument, default in zip(function.args.args[len(function.args.args) - len(defaults) :], defaults, strict=True):
            given.setdefault(argument.arg, default)
        returns = sum(isinstance(statement, ast.Return) for statement in ast.walk(function))
        if isinstance(function, ast.FunctionDef) and returns != 1:
            return None
        values = {name: self.value(value) for name, value in given.items()}
        mapped = isinstance(function, ast.FunctionDef) and any("vmap" in ast.unparse(one) for one in function.decorator_list)
        outer, self.one_image = self.one_image, self.one_image or mapped
        try:
            return self.returned_by(function, values)
        finally:
            self.one_image = outer


def mapped_over_images(node: ast.expr, functions: dict[str, ast.FunctionDef | ast.Lambda]) -> ast.FunctionDef | None:
    """The function that jax.vmap(function) maps over the batch, marked as such; None for any other expression."""
    if not isinstance(node, ast.Call) or not node.args or ast.unparse(node.func).rsplit(".", 1)[-1] != "vmap":
        return None
    function = functions.get(ast.unparse(node.args[0]))
    if not isinstance(function, ast.FunctionDef):
        return None
    marked = copy.copy(function)
    marked.decorator_list = [*function.decorator_list, node.func]
    return marked


def _shaped(text: str) -> str:
    """The tensor whose shape a text is: x of x.shape and of tf.shape(x)."""
    inside = text.partition("(")[2].rstrip(")")
    return inside or text.removesuffix(".shape")


def _is_tiny(tensor: Tensor) -> bool:
    """Whether it is a number that is added so that a logarithm or a division does not fail."""
    number = tensor.number
    return number is not None and not number.powers and 0 < number.value <= 1e-4
