"""Tensors of loss code: what they hold, and how they are reduced over pixels or latents and over the batch.

A tensor is a sum of parts. A part is a number times a polynomial in symbols, reduced over its features (pixels or latents)
and over the batch, or not yet.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pages.parts.loss.code_algebra import MOST_MONOMIALS, Coefficient, NotUnderstoodError, Poly

ONE_ROW, OTHER_ROWS = "one row", "other rows"
"""Layouts of a tensor whose rows are not images: everything in one row, and anything else, such as pixels in rows."""

_SCALARS = ("size", "scalar", "name", "call", "stopped")
_REDUCED = ("sum", "mean", "channels", "rows")


@dataclass(frozen=True)
class Part:
    """coefficient · reduced polynomial."""

    body: Poly
    coefficient: Coefficient = field(default_factory=Coefficient)
    features: str = ""  # "", "last" (a mean over the last axis), "sum", "mean", "channels" or "rows" ("last", then a sum)
    batch: str = ""  # "", "sum" or "mean"
    again: bool = False  # the last axis was reduced twice alike: it is the batch, unless that is reduced as well
    axes: int = 0  # over how many axes at once the features were reduced, where that may not be all: one, or two

    @property
    def is_elementwise(self) -> bool:
        """Whether nothing has been reduced yet."""
        return not self.features and not self.batch


@dataclass(frozen=True)
class Tensor:
    """A sum of parts."""

    parts: tuple[Part, ...]
    layout: str = ""  # "" where a row is an image, or the latents of one

    @staticmethod
    def of(poly: Poly) -> "Tensor":
        """An elementwise tensor."""
        return Tensor((Part(poly),))

    @staticmethod
    def name(text: str) -> "Tensor":
        """A symbol of the code."""
        return Tensor.of(Poly.atom(("name", text)))

    @property
    def poly(self) -> Poly | None:
        """The polynomial of an elementwise tensor; None if it is reduced or scaled by sizes."""
        if all(part.is_elementwise and not part.coefficient.powers for part in self.parts):
            total = Poly(())
            for part in self.parts:
                total = total.plus(part.body, part.coefficient.value)
            return total
        return None

    @property
    def number(self) -> Coefficient | None:
        """The scalar that this is; None for a tensor."""
        poly = self.poly
        if poly is not None:
            constant = poly.constant
            if constant is not None:
                return Coefficient(constant)
            if len(poly.items) == 1:
                monomial, value = poly.items[0]
                if all(atom[0] in ("size", "scalar") and power == int(power) for atom, power in monomial):
                    return Coefficient(value, tuple(sorted((str(atom[1]), int(power)) for atom, power in monomial)))
        return None

    @property
    def scalar(self) -> Coefficient | None:
        """The number, size or name by which a reduced term is multiplied; None for anything else."""
        poly = self.poly
        if poly is None or len(poly.items) != 1:
            return self.number
        monomial, value = poly.items[0]
        if any(atom[0] not in _SCALARS or power != int(power) for atom, power in monomial):
            return None
        return Coefficient(value, tuple(sorted((str(atom[-1]), int(power)) for atom, power in monomial)))

    def laid_out_as(self, *others: "Tensor") -> "Tensor":
        """This, in the layout that results from these tensors and its own."""
        layouts = {tensor.layout for tensor in (self, *others) if tensor.layout}
        return replace(self, layout=layouts.pop() if len(layouts) == 1 else OTHER_ROWS if layouts else "")

    def plus(self, other: "Tensor", times: float = 1.0) -> "Tensor":
        """self + times · other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None:
            return Tensor.of(mine.plus(its, times)).laid_out_as(self, other)
        moved = tuple(replace(part, coefficient=part.coefficient.times(Coefficient(times))) for part in other.parts)
        if len(self.parts) + len(moved) > MOST_MONOMIALS:
            raise NotUnderstoodError("a formula with too many terms")
        return Tensor(self.parts + moved).laid_out_as(self, other)

    def scaled(self, factor: Coefficient, sign: int = 1) -> "Tensor":
        """factor · self, or self / factor."""
        parts = tuple(replace(part, coefficient=part.coefficient.times(factor, sign)) for part in self.parts)
        return replace(self, parts=parts)

    def times(self, other: "Tensor") -> "Tensor":
        """self · other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None:
            return Tensor.of(mine.times(its)).laid_out_as(self, other)
        for tensor, factor in ((self, other.scalar), (other, self.scalar)):
            if factor is not None:
                return tensor.scaled(factor)
        raise NotUnderstoodError("a product of two reduced terms")

    def over(self, other: "Tensor") -> "Tensor":
        """self / other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None and len(its.items) == 1:
            return Tensor.of(mine.times(its.power(-1))).laid_out_as(self, other)
        factor = other.scalar
        if factor is None:
            raise NotUnderstoodError("a division by a tensor")
        return self.scaled(factor, -1)

    def reduced(self, how: str, axes: tuple[int, ...] | None) -> "Tensor":
        """Summed or averaged over axes; over all that are left where none are named."""
        if self.layout == ONE_ROW and axes in ((0,), (-1,)):
            axes = None
        if self.layout and axes is not None:
            raise NotUnderstoodError("a reduction over an axis after a reshape whose rows may not be images")
        return Tensor(tuple(_reduced(part, how, axes) for part in self.parts))

    def mapped(self, function: Callable[[Poly], Poly]) -> "Tensor":
        """A function of an elementwise tensor."""
        poly = self.poly
        if poly is None:
            raise NotUnderstoodError("a function of a reduced term")
        return Tensor.of(function(poly)).laid_out_as(self)


def _reduced(part: Part, how: str, axes: tuple[int, ...] | None) -> Part:
    done = part.features in _REDUCED
    if axes is None or axes == (0, 1, 2, 3):
        features = part.features if done else _features(part, how, None)
        batch = how if part.again else part.batch or how
        return part if part.batch and done and not part.again else replace(part, features=features, batch=batch, again=False)
    if axes == (0,):
        if part.batch and not part.again:
            raise NotUnderstoodError("a second reduction over the batch")
        return replace(part, batch=how, again=False)
    if 0 in axes:
        raise NotUnderstoodError("a reduction over the batch and some other axes")
    if not done:
        some = len(axes) if not part.features and (axes in ((1,), (-1,)) or len(axes) == 2) else 0
        return replace(part, features=_features(part, how, axes), axes=some)
    if axes == (-1,) and part.again and how == part.features:  # the third axis of an image
        return replace(part, batch="", again=False)
    if axes == (-1,) and part.again:
        raise NotUnderstoodError("a sum over some axes of an image and a mean over others")
    if axes == (-1,) and not part.batch:  # what is left is one number per image, or, done once more alike, another axis
        return replace(part, batch=how, again=part.features == how)
    if part.features == how and not part.batch and min(axes) > 0:  # .sum(3).sum(2).sum(1)
        return replace(part, axes=0)
    raise NotUnderstoodError("a second reduction over pixels or latents")


def _features(part: Part, how: str, axes: tuple[int, ...] | None) -> str:
    """How the features are reduced, where a mean over the last axis may have been taken before."""
    if part.features != "last" or how != "sum":
        return how
    if axes is None:
        return "rows"
    if len(axes) > 1:
        return "channels"
    raise NotUnderstoodError("a sum over one of the axes that Keras' mean over the last axis leaves")
