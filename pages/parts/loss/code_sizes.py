"""Axes and sizes of tensors in loss code: which of them are the batch, the pixels and the latents."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from pages.parts.loss.code_algebra import NotUnderstoodError, Poly
from pages.parts.loss.code_tensor import Tensor

if TYPE_CHECKING:
    from pages.parts.loss.code_expressions import Expressions

_LATENT_WORDS = {
    *("mu", "mus", "mean", "means", "z", "logvar", "logvars", "var", "lv", "lvs", "m", "std", "sigma", "logsigma", "scale"),
    *("loc", "latent", "latents", "code", "codes", "posterior"),
}
_IMAGE_WORDS = {
    *("x", "xs", "y", "data", "input", "inputs", "target", "targets", "image", "images", "img", "imgs", "batch", "original"),
    *("real", "recon", "recons", "reconstruction", "rec", "out", "output", "outputs", "decoded", "pred", "true", "xf", "yf"),
}
"""Words in the names of tensors that hold latents, or images."""

SIDES_OR_PIXELS = {"image_size", "img_size"}
"""Names that stand for the side of an image or for its pixels: their value decides."""

_OF_Q = {"mu", "mean", "logvar", "logvars", "lv", "std", "sigma", "logsigma"}
_OF_AN_IMAGE = {"x", "hat", "tilde", "recon", "rec", "reconstruction", "img", "imgs", "image", "images"}
_NO_BATCH = {"dataset", "loader", "dataloader", "train", "test", "val", "set", "trainset", "trainloader", "shape", "size"}
"""Words in the names of what is as long as a data set, or of a shape."""

AREAS = {side**2 * channels for side in (28, 32, 48, 56, 64, 84, 96, 112, 128, 224, 256) for channels in (1, 3)}
"""Pixels of usual images."""

_CHANNELS = {"1", "3", "channels", "channel", "c", "nc", "chns", "chn"}
LAST_SIDE = "last side"
"""The size of an image's last axis: all of its pixels if it is flat."""

_SIDES = ({"height", "width"}, {"h", "w"}, {"rows", "cols"}, {"nrows", "ncols"})
"""Last words of the names of an image's two sides."""


def is_area(node: ast.BinOp, pixels: set[str]) -> bool:
    """Whether the product is that of an image's sides, and perhaps its channels: `height * width`, `image_size**2 * 3`.

    Args:
        node: the product.
        pixels: names for the size of an image.
    """
    sides = _factors(node)
    words = [re.split(r"[._]", text)[-1].lower() for text in sides]
    if len(sides) == 3:  # and the channels
        channels = next((i for i, word in enumerate(words) if word in _CHANNELS), None)
        sides, words = ([one for i, one in enumerate(list_) if i != channels] for list_ in (sides, words))
    if len(sides) != 2:
        return False
    both = [side.rsplit(".", 1)[-1] for side in sides]
    return set(words) in _SIDES or any(both in ([name, name], [f"{name}[0]", f"{name}[1]"]) for name in pixels)


def _factors(node: ast.expr) -> list[str]:
    """The factors of a product, a square as two of them."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "2":
        return [ast.unparse(node.left)] * 2
    return [ast.unparse(node)]


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
    own = Poly.atom(("size", "D" if _holds_latents(match[1]) else "P"))
    return Tensor.of(own if match[2] else own.times(Poly.atom(("size", "B"))))


def index_of(node: ast.expr) -> int | None:
    """An axis that is written as a number, perhaps with a minus."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError):
        return None
    return value if isinstance(value, int) else None


def size_at(reader: Expressions, index: int | None, of: str = "") -> Tensor:
    """The size of an axis of (batch, latents), of a flat image or of one with channels.

    Raises:
        NotUnderstoodError: it is another axis, or nobody knows of what.
    """
    if index == 0:
        return _size("B")
    if index is not None and _holds_latents(of):
        if index in (1, -1):
            return _size("D")
    elif index in (1, 2, 3):
        reader.sees_images |= index > 1
        return _size(f"{index} of 3")
    elif index == -1:
        return _size(LAST_SIDE)
    raise NotUnderstoodError("a size other than that of the batch, of latents or of an image")


def is_part(node: ast.Subscript) -> bool:
    """Whether it is a part of what holds images, or q's mean or spread: lv[:, :3], x[:, 0]; h[:, :3] may be a whole."""
    words = _words(ast.unparse(node.value))
    if not words or not (words <= _OF_AN_IMAGE or (words & _OF_Q and not words & _IMAGE_WORDS)):
        return False
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice] * isinstance(node.slice, ast.Slice)
    return any(
        one.lower is not None or one.upper is not None or one.step is not None
        if isinstance(one, ast.Slice)
        else index_of(one) is not None
        for one in entries
    )


def length_of(of: str) -> Tensor:
    """What len() gives: the batch, if the name is that of a batch of something."""
    words = _words(of)
    is_batch = words & (_IMAGE_WORDS | _LATENT_WORDS) and not words & _NO_BATCH
    return _size("B") if is_batch else Tensor.of(Poly.atom(("scalar", f"len({of[:40]})")))


def unpacked(reader: Expressions, node: ast.expr, count: int) -> list[Tensor] | None:
    """The sizes that `b, c, h, w = x.shape` gives to its names; None for any other assignment."""
    text = ast.unparse(node)
    match = re.fullmatch(r"([\w.]{1,40})\.(?:shape|size\(\))(\[1:\])?", text) or re.fullmatch(
        r"(?:tf|K|jnp|np)\.(?:int_)?shape\(([\w.]{1,40})\)(\[1:\])?", text
    )
    if match is None:
        return None
    axes = count - (not match[2])
    if not 1 <= axes <= 3:
        return None
    if _holds_latents(match[1]):
        sides = ["D"] if axes == 1 else []
    else:
        sides = ["P"] if axes == 1 else [f"{i + 1} of {axes}" for i in range(axes)]
        reader.sees_images |= axes > 1
    return [_size(name) for name in (*([] if match[2] else ["B"]), *sides)] if sides else None


def folded(powers: dict[str, int]) -> dict[str, int]:
    """Powers of sizes with the sides of an image put together: their product is its pixels, and so is a flat one's side."""
    powers = dict(powers)
    for axes in (3, 2):
        sides = [f"{i + 1} of {axes}" for i in range(axes)]
        power = powers.get(sides[0], 0)
        if power and all(powers.get(side) == power for side in sides):
            powers = {name: one for name, one in powers.items() if name not in sides}
            powers["P"] = powers.get("P", 0) + power
    side = flat_side(powers)
    if side:
        powers["P"] = powers.get("P", 0) + powers.pop(side)
    return powers


def flat_side(powers: dict[str, int]) -> str:
    """The only side of an image that there is, which must be that of a flat one; empty if there is none."""
    sides = [name for name in powers if name.endswith((" of 3", " of 2")) or name == LAST_SIDE]
    return sides[0] if sides in (["1 of 3"], [LAST_SIDE]) else ""


def _size(name: str) -> Tensor:
    return Tensor.of(Poly.atom(("size", name)))


def channels_in(name: str) -> bool:
    """Whether the last word of a name is that of an image's channels."""
    return re.split(r"[._]", name)[-1].lower() in _CHANNELS


def latents_in(name: str) -> bool:
    """Whether a tensor's name has a word for latents and none for images."""
    words = _words(name)
    return bool(words & _LATENT_WORDS) and not words & _IMAGE_WORDS


def _holds_latents(name: str) -> bool:
    """Whether a tensor of this name holds latents rather than images.

    Raises:
        NotUnderstoodError: the name does not say.
    """
    words = _words(name)
    latent, image = bool(words & _LATENT_WORDS), bool(words & _IMAGE_WORDS)
    if latent == image:
        raise NotUnderstoodError(f"whether “{name[:40]}”, of which a size is taken, holds images or latents")
    return latent


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()) if word}


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
