"""The algebra of loss code: sums of products of symbols, and the numbers they are multiplied by.

The symbols are names of the code, and exp, log and losses of them. Nothing is executed: names stay names.
"""

from dataclasses import dataclass

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
