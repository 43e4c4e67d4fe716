"""Reads the syntax tree of loss code statement by statement. Nothing is executed.

Names that are never assigned stay symbols. What is not understood is remembered with its line, and so is everything that
depends on it. The work is bounded in length, depth and steps.
"""

import ast
from dataclasses import dataclass, field

from pages.parts.loss import code_sizes as shapes
from pages.parts.loss.code_algebra import Poly
from pages.parts.loss.code_defaults import Function, defaults_of
from pages.parts.loss.code_expressions import SIZES, Expressions, mapped_over_images
from pages.parts.loss.code_gradients import is_without_gradients, stopped
from pages.parts.loss.code_records import Many, Unknown
from pages.parts.loss.code_tensor import Tensor

_LARGEST_SIDE = 512  # image_size = 64 is a side, image_size = 784 all pixels
_IGNORED = (ast.Import, ast.ImportFrom, ast.Pass, ast.Assert, ast.Global, ast.Delete, ast.Raise, ast.Nonlocal)


@dataclass
class Found:
    """A value that the code gives a name to or returns, and where."""

    name: str
    line: int
    value: object
    returned: bool = False


@dataclass
class Interpreter:
    """Walks the statements; `found` is what it met, in order."""

    pixels: int
    found: list[Found] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)  # B, P, D, where the code says them
    inside: str = "return"  # the function whose definition is read
    is_called: bool = False  # inside a function that the code calls
    added: object = None  # the sum of what add_loss was given
    overridden: dict[Function, set[str]] = field(default_factory=dict)  # parameters whose default a call overrides

    def __post_init__(self) -> None:
        self.expressions = Expressions(self.pixels, self._returned_by)

    @property
    def sees_images(self) -> bool:
        """Whether a tensor of the code has more axes than a flat image."""
        return self.expressions.sees_images

    @property
    def flattens(self) -> bool:
        """Whether the code makes images flat, or uses the size of a flat one."""
        return self.expressions.flattens

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements in order."""
        for statement in statements:
            self.expressions.count()
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as function):
                self.expressions.functions[name] = function
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if (
                mapped := mapped_over_images(value, self.expressions.functions)
            ) is not None:
                self.expressions.functions[name] = mapped
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value) if (
                unpacked := shapes.unpacked(self.expressions, value, len(names))
            ) is not None:
                for one, size in zip(names, unpacked, strict=True):
                    self._assign(one, size, node.lineno)
            case ast.Assign(targets=targets, value=value):
                result = self.expressions.value(value)
                for target in targets:
                    self._assign(target, result, node.lineno)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, self.expressions.value(value), node.lineno)
            case ast.AugAssign(target=target) if ast.unparse(target) not in self.expressions.names:
                self.expressions.names[ast.unparse(target)] = Unknown(
                    f"{ast.unparse(target)[:40]} is added to", is_running_total=True
                )
            case ast.AugAssign(target=target, op=op, value=value):
                load = ast.copy_location(ast.BinOp(left=target, op=op, right=value), node)
                self._assign(target, self.expressions.value(load), node.lineno)
            case ast.Return(value=value) if value is not None:
                self.found.append(Found(self.inside, node.lineno, self.expressions.value(value), returned=True))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(node)
            case ast.ClassDef(body=body):
                self._attributes(body)
                self.run(body)
            case ast.With(items=items, body=body) if any(is_without_gradients(item.context_expr) for item in items):
                self._without_gradients(body)
            case ast.With(body=body) | ast.Try(body=body):
                self.run(body)
            case ast.For(body=body) | ast.While(body=body):
                self._loop(body)
            case ast.If(body=body, orelse=orelse):
                self._branches(body, orelse, node.lineno)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_loss"), args=[value, *_])):
                added = self.expressions.value(value)
                if isinstance(added, Tensor) and isinstance(self.added, Tensor):
                    added = self.added.plus(added)
                self.added = added
                self.found.append(Found("minimised", node.lineno, added, returned=True))
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="backward", value=value))):
                self.found.append(Found("minimised", node.lineno, self.expressions.value(value), returned=True))
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Expr(value=value):
                self.expressions.value(value)
            case _ if isinstance(node, _IGNORED):
                pass

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if isinstance(node, ast.FunctionDef):
            self.expressions.functions[node.name] = node
        outer = dict(self.expressions.names)
        arguments = node.args
        everyone = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in everyone:
            self.expressions.names.pop(argument.arg, None)
        for name, default in defaults_of(node).items():
            number = default.value if isinstance(default, ast.Constant) else None
            if (
                isinstance(number, int | float)
                and not isinstance(number, bool)
                and name not in self.overridden.get(node, ())
            ):
                self.expressions.names[name] = self.expressions.value(default)
        inside, self.inside = self.inside, node.name
        self.run(node.body)
        self.inside = inside
        kept = {name: value for name, value in self.expressions.names.items() if name.startswith("self.")}
        self.expressions.names = outer | kept

    def _attributes(self, body: list[ast.stmt]) -> None:
        """Numbers that a class gives to its attributes: beta = 4.0."""
        for statement in body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as number)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant() as number)
                ):
                    self.expressions.names[f"self.{name}"] = self.expressions.value(number)

    def _without_gradients(self, body: list[ast.stmt]) -> None:
        """The body of torch.no_grad(): what is computed there trains nothing."""
        before, found = dict(self.expressions.names), len(self.found)
        self.run(body)
        for name, value in self.expressions.names.items():
            if before.get(name) != value:
                self.expressions.names[name] = stopped(value, name)
        for one in self.found[found:] if self.is_called else []:
            one.value = stopped(one.value, one.name)

    def _loop(self, body: list[ast.stmt]) -> None:
        """The body once; what it adds up is not understood, for nobody knows how often."""
        before = set(self.expressions.names)
        self.run(body)
        for node in (node for statement in body for node in ast.walk(statement)):
            match node:
                case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub()):
                    added = name
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=first), op=ast.Add())):
                    added = name if name == first else ""
                case _:
                    continue
            if added in before:
                self.expressions.names[added] = Unknown(f"{added} is added up in a loop", is_running_total=True)

    def _branches(self, body: list[ast.stmt], orelse: list[ast.stmt], line: int) -> None:
        """Both branches are read; what they assign differently is not understood."""
        before = dict(self.expressions.names)
        self.run(body)
        first, self.expressions.names = self.expressions.names, dict(before)
        self.run(orelse)
        for name in {*first, *self.expressions.names}:
            if first.get(name) != self.expressions.names.get(name):
                known = [value for value in (first.get(name), self.expressions.names.get(name)) if value is not None]
                if len(known) == 2:
                    self.expressions.names[name] = Unknown(f"{name} depends on a condition")
                    self.found.append(Found(name, line, self.expressions.names[name]))
                elif isinstance(known[0], Tensor) and known[0].number is not None:
                    self.expressions.names[name] = Tensor.of(Poly.atom(("scalar", name)))  # another number elsewhere
                else:
                    self.expressions.names[name] = known[0]

    def _assign(self, target: ast.expr, value: object, line: int) -> None:
        match target:
            case ast.Name() | ast.Attribute() | ast.Subscript():
                name = ast.unparse(target)
                size = SIZES.get(name.rsplit(".", 1)[-1])
                side = name.rsplit(".", 1)[-1] in shapes.SIDES_OR_PIXELS and _is_at_most(value, _LARGEST_SIDE)
                if size and not side and isinstance(value, Tensor) and value.number is not None:
                    if value.number.powers == () and value.number.value == int(value.number.value):
                        self.sizes[size] = int(value.number.value)
                    value = Tensor.of(Poly.atom(("size", size)))
                value = _by_its_name(name, value)
                self.expressions.names[name] = value
                self.found.append(Found(name, line, value))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = value.values if isinstance(value, Many) and len(value.values) == len(targets) else None
                for i, one in enumerate(targets):
                    name = ast.unparse(one)
                    self._assign(one, values[i] if values else Tensor.name(name), line)

    def _returned_by(self, function: ast.FunctionDef | ast.Lambda, given: dict[str, object]) -> object:
        """What a function of the pasted code returns, its parameters standing for these values."""
        outer, found, called = self.expressions.names, self.found, self.is_called
        self.expressions.names, self.found, self.is_called = {**outer, **given}, [], True
        try:
            if isinstance(function, ast.Lambda):
                return self.expressions.value(function.body)
            self.run([statement for statement in function.body if not isinstance(statement, ast.FunctionDef)])
            result = next((one.value for one in self.found if one.returned), None)
            frozen = any(is_without_gradients(one) for one in function.decorator_list)
            return stopped(result, function.name) if frozen else result
        finally:
            self.expressions.names, self.found, self.is_called = outer, found, called


def _is_at_most(value: object, largest: float) -> bool:
    number = value.number if isinstance(value, Tensor) else None
    return number is not None and not number.powers and number.value <= largest


def _by_its_name(name: str, value: object) -> object:
    """What an unknown function gave, known by the name it is given: two results of one function are two symbols."""
    poly = value.poly if isinstance(value, Tensor) else None
    if poly is None or len(poly.items) != 1 or len(poly.items[0][0]) != 1:
        return value
    (((atom, power),), factor) = poly.items[0]
    if atom[0] != "call" or len(atom) != 4 or power != 1 or factor != 1:
        return value
    return Tensor.of(Poly.atom(("call", name, *atom[2:], name)))
