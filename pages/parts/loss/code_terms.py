"""The terms of a loss: each part of the sum recognised, and its factors and reductions kept."""

from collections.abc import Iterable
from dataclasses import replace

from pages.parts.loss.code_algebra import Atom, Coefficient, Monomial, NotUnderstoodError, Poly
from pages.parts.loss.code_calls import is_image
from pages.parts.loss.code_data_terms import data_term
from pages.parts.loss.code_gradients import leaves
from pages.parts.loss.code_kl import kl_term
from pages.parts.loss.code_records import Term
from pages.parts.loss.code_tensor import Part

_NOISE: Atom = ("random",)
_DETACHED = "a term that is detached, and so has no gradient: it is printed, but it trains nothing"


def term_of(part: Part) -> Term:
    """The term that a part of a loss is.

    Raises:
        NotUnderstoodError: it is none that the form has; the message says why.
    """
    body, common = _without_scalars(_averaged(part.body))
    coefficient = part.coefficient.times(common)
    found = data_term(body) or kl_term(body)
    if found is None:
        raise NotUnderstoodError(_unknown_body(body))
    factor, term = found
    if _is_detached(term):
        raise NotUnderstoodError(_DETACHED)
    whole = coefficient.times(Coefficient(factor))
    return replace(term, coefficient=whole, features=part.features, batch=part.batch, axes=part.axes)


def terms_of(parts: Iterable[Part]) -> list[Term | NotUnderstoodError]:
    """The terms of a sum; fragments that are no term on their own are added up first, and constants are left out."""
    found: list[Term | NotUnderstoodError] = []
    fragments = []
    constants = False
    for part in parts:
        if _is_constant(part):
            constants = constants or part.body != Poly(())
            continue
        try:
            found.append(term_of(part))
        except NotUnderstoodError:
            fragments.append(part)
    for part in _merged(fragments):
        try:
            found.append(term_of(part))
        except NotUnderstoodError as problem:
            found.append(problem)
    if constants:  # such as − latent_dim, taken off after the sum
        found = [replace(term, lacks_constant=False) if isinstance(term, Term) else term for term in found]
    return found


def adds_a_constant(parts: Iterable[Part]) -> bool:
    """Whether a number is added that is not the −1 of KL, such as ½ log 2π for every pixel."""
    parts = tuple(parts)
    if all(not _is_constant(part) or part.body == Poly(()) for part in parts):
        return False
    terms = terms_of(part for part in parts if not _is_constant(part))
    return not any(isinstance(term, Term) and term.lacks_constant for term in terms)


def _is_constant(part: Part) -> bool:
    return _without_scalars(part.body)[0].constant is not None


def _merged(parts: Iterable[Part]) -> list[Part]:
    """Parts that are reduced alike and scaled by the same sizes, added up."""
    sums: dict[tuple[object, ...], Poly] = {}
    for part in parts:
        body, common = _without_scalars(part.body)
        whole = part.coefficient.times(common)
        key = (whole.powers, part.features, part.batch)
        sums[key] = sums.get(key, Poly(())).plus(body, whole.value)
    return [Part(body, Coefficient(1.0, key[0]), key[1], key[2]) for key, body in sums.items()]  # type: ignore[arg-type]


def _without_scalars(body: Poly) -> tuple[Poly, Coefficient]:
    """The polynomial without the sizes and weights that all of its terms share."""
    shared: dict[Atom, float] | None = None
    for monomial, _ in body.items:
        scalars = {atom: power for atom, power in monomial if atom[0] in ("size", "scalar")}
        shared = scalars if shared is None else {atom: p for atom, p in shared.items() if scalars.get(atom) == p}
    if not shared:
        return body, Coefficient()
    terms = {tuple((a, p) for a, p in monomial if a not in shared): value for monomial, value in body.items}
    powers = tuple(sorted((str(atom[1]), int(power)) for atom, power in shared.items()))
    return Poly.of(terms), Coefficient(1.0, powers)


def _averaged(body: Poly) -> Poly:
    """The polynomial averaged over the noise of the sample, where it is quadratic in it: log q(z) − log p(z) becomes KL."""
    terms: dict[Monomial, float] = {}
    for monomial, value in body.items:
        power = dict(monomial).get(_NOISE, 0.0)
        if power == 1:
            continue
        left = tuple(pair for pair in monomial if pair[0] != _NOISE) if power == 2 else monomial
        terms[left] = terms.get(left, 0.0) + value
    return Poly.of(terms)


def _is_detached(term: Term) -> bool:
    """Whether nothing of what a data term compares has a gradient: an image has none, and the output's was taken."""
    live = [not any(leaf[0] == "stopped" for leaf in leaves(poly)) and not is_image(poly) for poly in term.decoded]
    taken = any(leaf[0] == "stopped" for poly in term.decoded for leaf in leaves(poly))
    return taken and not any(live)


def _unknown_body(body: Poly) -> str:
    kinds = {atom[0] for monomial, _ in body.items for atom, _ in monomial}
    if kinds & {"detached", "stopped"} or "stopped" in {leaf[0] for leaf in leaves(body)}:
        return _DETACHED
    if "l1" in kinds:
        return "an absolute error (L1): a Laplace likelihood, which the form does not have"
    names = sorted(
        {
            str(atom[3] if atom[0] == "call" else atom[1])[:60]
            for monomial, _ in body.items
            for atom, _ in monomial
            if atom[0] in ("name", "call", "scalar")
        }
    )
    return f"a term of {', '.join(names[:4]) or 'numbers'}"
