"""The algebra of loss code: sums of products of symbols, and how they are reduced over pixels or latents and over the batch.

A tensor is a sum of parts. A part is a number times a polynomial in symbols (names of the code, and exp, log and losses of
them), reduced over its features (pixels or latents) and over the batch, or not yet. Nothing is executed: names stay names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

MOST_MONOMIALS = 60

Atom = tuple[object, ...]  # ("name", text), ("exp", poly), ("log", poly), ("bce", target, output) …
Monomial = tuple[tuple[Atom, float], ...]  # atoms with their powers, sorted
Items = tuple[tuple[Monomial, float], ...]


class NotUnderstoodError(Exception):
    """A piece of code whose meaning is not known; the message says which."""


@dataclass(frozen=True)
class Poly:
    """A sum of monomials with coefficients; hashable."""

    items: Items

    @staticmethod
    def of(terms: dict[Monomial, float]) -> "Poly":
        """A polynomial without its zero terms."""
        if len(terms) > MOST_MONOMIALS:
            raise NotUnderstoodError("a formula with too many terms")
        kept = [(monomial, value) for monomial, value in terms.items() if abs(value) > 1e-15]
        return Poly(tuple(sorted(kept, key=repr)))

    @staticmethod
    def atom(atom: Atom, power: float = 1.0) -> "Poly":
        """One symbol."""
        return Poly((((((atom, power),)), 1.0),))

    @staticmethod
    def number(value: float) -> "Poly":
        """A constant."""
        return Poly.of({(): value})

    @property
    def terms(self) -> dict[Monomial, float]:
        """Coefficients by monomial."""
        return dict(self.items)

    @property
    def constant(self) -> float | None:
        """The value, if it is a number."""
        if not self.items:
            return 0.0
        return self.items[0][1] if len(self.items) == 1 and not self.items[0][0] else None

    def plus(self, other: "Poly", times: float = 1.0) -> "Poly":
        """self + times · other."""
        terms = self.terms
        for monomial, value in other.items:
            terms[monomial] = terms.get(monomial, 0.0) + times * value
        return Poly.of(terms)

    def scaled(self, factor: float) -> "Poly":
        """factor · self."""
        return Poly.of({monomial: factor * value for monomial, value in self.items})

    def times(self, other: "Poly") -> "Poly":
        """self · other."""
        terms: dict[Monomial, float] = {}
        for left, a in self.items:
            for right, b in other.items:
                powers = dict(left)
                for atom, power in right:
                    powers[atom] = powers.get(atom, 0.0) + power
                key = tuple(sorted(((atom, power) for atom, power in powers.items() if power), key=repr))
                terms[key] = terms.get(key, 0.0) + a * b
            if len(terms) > 4 * MOST_MONOMIALS:
                raise NotUnderstoodError("a formula with too many terms")
        return Poly.of(terms)

    def power(self, exponent: float) -> "Poly":
        """self to a power: any for a single term, a small whole number for a sum."""
        if len(self.items) == 1 and (self.items[0][1] > 0 or exponent == int(exponent)) and abs(exponent) <= 8:
            monomial, value = self.items[0]
            return Poly.of({tuple((atom, power * exponent) for atom, power in monomial): value**exponent})
        if exponent not in (1, 2):
            raise NotUnderstoodError("a power of a sum")
        return self if exponent == 1 else self.times(self)


@dataclass(frozen=True)
class Coefficient:
    """A number times powers of sizes (B, P, D) and of scalars that are known by name alone."""

    value: float = 1.0
    powers: tuple[tuple[str, int], ...] = ()

    def times(self, other: "Coefficient", sign: int = 1) -> "Coefficient":
        """self · other, or self / other where the sign is −1."""
        if sign < 0 and other.value == 0:
            raise NotUnderstoodError("a division by zero")
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + sign * power
        value = self.value * other.value if sign > 0 else self.value / other.value
        if abs(value) > 1e200:
            raise NotUnderstoodError("a number beyond 1e200")
        return Coefficient(value, tuple(sorted((name, power) for name, power in powers.items() if power)))


@dataclass(frozen=True)
class Part:
    """coefficient · reduced polynomial."""

    body: Poly
    coefficient: Coefficient = field(default_factory=Coefficient)
    features: str = ""  # "", "last" (a mean over the last axis), "sum" or "mean"
    batch: str = ""  # "", "sum" or "mean"
    one_axis: bool = False  # the features were reduced over a single axis: all of them only if images are flat

    @property
    def is_elementwise(self) -> bool:
        """Whether nothing has been reduced yet."""
        return not self.features and not self.batch


@dataclass(frozen=True)
class Tensor:
    """A sum of parts."""

    parts: tuple[Part, ...]

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
        if any(atom[0] not in ("size", "scalar", "name", "call") or power != int(power) for atom, power in monomial):
            return None
        return Coefficient(value, tuple(sorted((str(atom[-1]), int(power)) for atom, power in monomial)))

    def plus(self, other: "Tensor", times: float = 1.0) -> "Tensor":
        """self + times · other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None:
            return Tensor.of(mine.plus(its, times))
        moved = tuple(replace(part, coefficient=part.coefficient.times(Coefficient(times))) for part in other.parts)
        if len(self.parts) + len(moved) > MOST_MONOMIALS:
            raise NotUnderstoodError("a formula with too many terms")
        return Tensor(self.parts + moved)

    def scaled(self, factor: Coefficient, sign: int = 1) -> "Tensor":
        """factor · self, or self / factor."""
        return Tensor(tuple(replace(part, coefficient=part.coefficient.times(factor, sign)) for part in self.parts))

    def times(self, other: "Tensor") -> "Tensor":
        """self · other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None:
            return Tensor.of(mine.times(its))
        for tensor, factor in ((self, other.scalar), (other, self.scalar)):
            if factor is not None:
                return tensor.scaled(factor)
        raise NotUnderstoodError("a product of two reduced terms")

    def over(self, other: "Tensor") -> "Tensor":
        """self / other."""
        mine, its = self.poly, other.poly
        if mine is not None and its is not None and len(its.items) == 1:
            return Tensor.of(mine.times(its.power(-1)))
        factor = other.scalar
        if factor is None:
            raise NotUnderstoodError("a division by a tensor")
        return self.scaled(factor, -1)

    def reduced(self, how: str, axes: tuple[int, ...] | None) -> "Tensor":
        """Summed or averaged over axes; over all that are left where none are named."""
        return Tensor(tuple(_reduced(part, how, axes) for part in self.parts))

    def mapped(self, function: Callable[[Poly], Poly]) -> "Tensor":
        """A function of an elementwise tensor."""
        poly = self.poly
        if poly is None:
            raise NotUnderstoodError("a function of a reduced term")
        return Tensor.of(function(poly))


def _reduced(part: Part, how: str, axes: tuple[int, ...] | None) -> Part:
    if axes is None:
        done = part.features in ("sum", "mean", "channels")
        features = part.features if done else _features(part, how)
        if part.batch and done:
            return part
        return replace(part, features=features, batch=part.batch or how)
    if axes == (0,):
        if part.batch:
            raise NotUnderstoodError("a second reduction over the batch")
        return replace(part, batch=how)
    if 0 in axes:
        raise NotUnderstoodError("a reduction over the batch and some other axes")
    if part.features in ("sum", "mean", "channels"):
        if axes == (-1,) and not part.batch:  # what is left is one number per image
            return replace(part, batch=how)
        raise NotUnderstoodError("a second reduction over pixels or latents")
    return replace(part, features=_features(part, how), one_axis=not part.features and axes in ((1,), (-1,)))


def _features(part: Part, how: str) -> str:
    return "channels" if part.features == "last" and how == "sum" else how
