"""What view, reshape and flatten make of a batch: images in rows still, one row of everything, or something else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pages.parts.loss.code_sizes import AREAS, channels_in, index_of, latents_in
from pages.parts.loss.code_tensor import ONE_ROW, OTHER_ROWS, Tensor

if TYPE_CHECKING:
    from pages.parts.loss.code_expressions import Expressions

_SMALLEST_BATCH = 16  # view(64, -1) has the batch first, view(3, -1) does not
RESHAPES = {"view", "reshape", "flatten", "ravel"}


def layout_of(reader: Expressions, name: str, subject: ast.expr, given: list[ast.expr], named: dict[str, ast.expr]) -> str:
    """How the rows of a tensor lie after one of these functions: "" where a row is an image (or the latents of one)."""
    if name in ("unsqueeze", "expand_dims"):
        at = index_of((given[:1] or [named.get("dim") or named.get("axis") or ast.Constant(1)])[0])
        return OTHER_ROWS if at in (0, -1) else ""
    if name in ("flatten", "ravel"):
        first = given[0] if given else named.get("start_dim")
        last = given[1] if len(given) > 1 else named.get("end_dim")
        if first is not None and index_of(first) != 0:
            return ""
        return ONE_ROW if last is None or index_of(last) == -1 else OTHER_ROWS
    if name not in RESHAPES:
        return ""
    sizes = given or [named[key] for key in ("shape", "newshape") if key in named]
    if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple | ast.List):
        sizes = sizes[0].elts
    if not sizes or any(isinstance(size, ast.Starred) for size in sizes):
        return ""
    if len(sizes) == 1:
        return "" if _number(reader, sizes[0]) is None else ONE_ROW
    if index_of(sizes[0]) == -1:
        return "" if _is_an_image(reader, subject, sizes[1:]) else OTHER_ROWS
    number = _number(reader, sizes[0])
    if number is None:
        return ""
    value, powers = number
    is_batch = value == 1 and len(powers) == 1 and " of " not in powers[0][0] and powers[0][0] not in "PD"
    return "" if is_batch or (not powers and value >= _SMALLEST_BATCH) else OTHER_ROWS


def makes_flat(name: str, given: list[ast.expr], named: dict[str, ast.expr]) -> bool:
    """Whether an image's axes become one: not with flatten(2), and not with view(b, c, -1)."""
    if name == "flatten":
        first = given[0] if given else named.get("start_dim")
        return first is None or index_of(first) in (0, 1)
    sizes = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List) else given
    return len(sizes) < 3


def _is_an_image(reader: Expressions, subject: ast.expr, sizes: list[ast.expr]) -> bool:
    """Whether a row of these sizes has the numbers of one image, or the latents of one, rather than those of a pixel."""
    if len(sizes) > 2 or (latents_in(ast.unparse(subject)) and index_of(sizes[0]) != 1):
        return True
    numbers = [_number(reader, size) for size in sizes]
    product = 1.0
    for number in numbers:
        if number is None or number[1]:
            continue
        product *= number[0]
    if all(number is not None and not number[1] for number in numbers):
        return product == reader.pixels or product in AREAS
    if len(sizes) > 1:
        return True
    number = numbers[0]
    if number is None:
        return not channels_in(ast.unparse(sizes[0]))
    return (number[0] == 1 and len(number[1]) == 1 and number[1][0][0] in "PD") or len(number[1]) > 2


def _number(reader: Expressions, node: ast.expr) -> tuple[float, tuple[tuple[str, int], ...]] | None:
    """A size: its number, and the powers of known sizes; None where it is only a name."""
    value = reader.value(node)
    number = value.number if isinstance(value, Tensor) else None
    return None if number is None else (number.value, number.powers)
