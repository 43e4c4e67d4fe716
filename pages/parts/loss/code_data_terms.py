"""Recognises data terms: squared errors, cross-entropy and Gaussian likelihoods, as library calls or written out."""

import math

from pages.parts.loss.code_algebra import Atom, Coefficient, Monomial, Poly
from pages.parts.loss.code_kl import base_of
from pages.parts.loss.code_records import Term
from vaecore.losses.terms import DataTerm

_CLOSE = 1e-6
_GREY_LEVELS = 255.0
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def data_term(body: Poly) -> tuple[float, Term] | None:
    """The factor and the data term that a polynomial is; None if it is none."""
    if len(body.items) == 1 and len(body.items[0][0]) == 1:
        ((atom, power),), value = body.items[0]
        if atom[0] == "bce" and power == 1:
            return value, Term("data", Coefficient(), "", "", DataTerm.CROSS_ENTROPY, decoded=tuple(atom[1]))  # type: ignore[arg-type]
    return _squares(body) or _bernoulli(body) or _with_logits(body) or _gaussian(body)


def _squares(body: Poly) -> tuple[float, Term] | None:
    """s·(u − v)², spelt out as s·u² − 2s·uv + s·v²."""
    found = _difference(body.terms)
    if found is None:
        return None
    scale, u, v = found
    return scale, Term("data", Coefficient(), "", "", DataTerm.SQUARES, decoded=(Poly.atom(u), Poly.atom(v)))


def _difference(terms: dict[Monomial, float]) -> tuple[float, Atom, Atom] | None:
    squared = [(m[0][0], value) for m, value in terms.items() if len(m) == 1 and m[0][1] == 2]
    if len(terms) != 3 or len(squared) != 2:
        return None
    (u, s), (v, t) = squared
    if abs(s - _GREY_LEVELS**2 * t) < _CLOSE * abs(s) or abs(t - _GREY_LEVELS**2 * s) < _CLOSE * abs(t):  # (y - x / 255)²
        s, t = max(s, t, key=abs), min(s, t, key=abs) * _GREY_LEVELS**2
        terms = {monomial: value * (_GREY_LEVELS if len(monomial) == 2 else 1.0) for monomial, value in terms.items()}
    cross = terms.get(tuple(sorted(((u, 1.0), (v, 1.0)), key=repr)))
    if cross is None or abs(s - t) > _CLOSE * abs(s) or abs(cross + 2 * s) > _CLOSE * abs(s):
        return None
    return s, u, v


def _bernoulli(body: Poly) -> tuple[float, Term] | None:
    """−s·(x log y + (1 − x) log(1 − y)), multiplied out."""
    logs = [(m, value) for m, value in body.items if any(atom[0] == "log" for atom, _ in m)]
    if len(body.items) != 3 or len(logs) != 3:
        return None
    plain = {m: v for m, v in logs if len(m) == 1}
    mixed = {m: v for m, v in logs if len(m) == 2}
    if len(plain) != 1 or len(mixed) != 2:
        return None
    (other, scale), values = next(iter(plain.items())), list(mixed.values())
    same_sign = [value for value in values if abs(value - scale) < _CLOSE * abs(scale)]
    other_sign = [value for value in values if abs(value + scale) < _CLOSE * abs(scale)]
    if len(same_sign) != 1 or len(other_sign) != 1:
        return None
    targets = {atom for m in mixed for atom, _ in m if atom[0] != "log"}
    outputs = [atom[1] for m in mixed for atom, _ in m if atom[0] == "log"]
    if len(targets) != 1 or other[0][0] not in [atom for m in mixed for atom, _ in m]:
        return None
    decoded = (Poly.atom(next(iter(targets))), *(poly for poly in outputs if isinstance(poly, Poly)))
    return -scale, Term("data", Coefficient(), "", "", DataTerm.CROSS_ENTROPY, decoded=decoded)


def _with_logits(body: Poly) -> tuple[float, Term] | None:
    """s·(softplus(h) − x·h): cross-entropy of logits h, written out."""
    soft = [(m[0][0], value) for m, value in body.items if len(m) == 1 and m[0][0][0] == "softplus" and m[0][1] == 1]
    rest = [(m, value) for m, value in body.items if not any(atom[0] == "softplus" for atom, _ in m)]
    if len(soft) != 1 or len(rest) != 1 or len(body.items) != 2:
        return None
    (atom, scale), (monomial, value) = soft[0], rest[0]
    logits = atom[1]
    if not isinstance(logits, Poly) or len(logits.items) != 1 or abs(value + scale) > _CLOSE * abs(scale):
        return None
    left = [pair for pair in monomial if pair not in logits.items[0][0]]
    if len(left) != 1 or left[0][1] != 1 or abs(logits.items[0][1] - 1) > _CLOSE or len(monomial) != 2:
        return None
    return scale, Term("data", Coefficient(), "", "", DataTerm.CROSS_ENTROPY, decoded=(Poly.atom(left[0][0]), logits))


def _gaussian(body: Poly) -> tuple[float, Term] | None:
    """s·[(u − v)² / (2σₓ²) + ½ log σₓ² (+ ½ log 2π)] with σₓ² a number or a symbol."""
    terms = body.terms
    constant = terms.pop((), 0.0)
    fixed = _difference(terms)
    if fixed is not None and constant:
        scale, u, v = fixed
        # 1/(2σₓ²) = scale / s and ½ log 2πσₓ² = constant / s: σₓ² solves both only for one s.
        for s in (1.0, -1.0):
            if scale / s > 0 and abs(constant / s - 0.5 * math.log(math.pi * s / scale)) < 1e-6:
                decoded = (Poly.atom(u), Poly.atom(v))
                return scale, Term("data", Coefficient(), "", "", DataTerm.SQUARES, constants=True, decoded=decoded)
        return None
    linear = {
        m: value for m, value in terms.items() if len(m) == 1 and m[0][1] == 1 and m[0][0][0] in ("name", "log", "call")
    }
    if len(linear) != 1 or len(terms) != 4:
        return None
    (log, weight) = next(iter(linear.items()))
    del terms[log]
    common = [set(m) for m in terms]
    shared = set.intersection(*common)
    if len(shared) != 1:
        return None
    (scale_atom, power) = next(iter(shared))
    base = base_of(scale_atom)
    found = _difference({tuple(pair for pair in m if pair != (scale_atom, power)): value for m, value in terms.items()})
    if base is None or found is None or power >= 0:
        return None
    symbol = log[0][0][1] if log[0][0][0] == "log" else log[0][0]
    name = base_of(scale_atom)
    same = (Poly.atom(log[0][0]) == _log_symbol(scale_atom)) if name else symbol is not None
    scale, u, v = found
    # squares · scale · e^(power·h) + weight·h: with σₓ² = e^(−power·h), ½ log σₓ² = −½ power·h.
    if not same or abs(weight + power * scale) > _CLOSE * abs(weight):
        return None
    constants = abs(constant - 2 * scale * _HALF_LOG_2PI) < 1e-4
    if constant and not constants:
        return None
    decoded = (Poly.atom(u), Poly.atom(v))
    return 2 * scale, Term("data", Coefficient(), "", "", DataTerm.LEARNED_NOISE, constants=constants, decoded=decoded)


def _log_symbol(atom: Atom) -> Poly:
    """The polynomial whose exponential a symbol is."""
    if atom[0] == "exp" and isinstance(atom[1], Poly):
        return atom[1]
    return Poly.atom(("log", Poly.atom(atom)))
