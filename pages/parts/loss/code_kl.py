"""Recognises KL however it is spelt, in log σ², log σ, σ or σ², and the sample that goes with it."""

from pages.parts.loss.code_algebra import Atom, Coefficient, NotUnderstoodError, Poly
from pages.parts.loss.code_records import Spread, Term
from vaecore.losses.terms import WrittenKL

_CLOSE = 1e-6
_LOG_VARIANCE = ("var", "sigma2", "sigma_2", "sigma_sq", "sigmasq")
_DEVIATION = ("std", "stddev", "sd", "scale", "sigma", "stdev")


def sample_of(poly: Poly | None) -> tuple[Poly, str, bool, float] | None:
    """mean + exp(c·h)·noise: the mean, the symbol of h, whether h is its log, and c; None if it is no sample."""
    if poly is None or len(poly.items) != 2:
        return None
    random = [(m, v) for m, v in poly.items if any(atom == ("random",) for atom, _ in m)]
    other = [(m, v) for m, v in poly.items if not any(atom == ("random",) for atom, _ in m)]
    if len(random) != 1 or abs(random[0][1] - 1) > _CLOSE or abs(other[0][1] - 1) > _CLOSE:
        return None
    rest = tuple((atom, power) for atom, power in random[0][0] if atom != ("random",))
    if len(rest) != 1:
        return None
    (atom, power) = rest[0]
    base = base_of(atom)
    return None if base is None else (Poly((other[0],)), base[0], base[1], power)


def written_kl(spread: Spread, sampled: tuple[str, bool, float] | None) -> tuple[WrittenKL, str]:
    """How σ² and log σ² stand in KL, given the exponent with which the sample uses the same symbol; and what that rests on.

    Raises:
        NotUnderstoodError: neither the code nor the name says what the symbol is, or the combination has no name.
    """
    if sampled is not None and sampled[1] == spread.of_log:
        exponent, because = 2 * sampled[2], "as the sample uses it"
    else:
        exponent, because = _by_name(spread)
    a, b = spread.a / exponent, spread.b / exponent
    for written in WrittenKL:
        if abs(a - written.powers[0]) < _CLOSE and abs(b - written.powers[1]) < _CLOSE:
            return written, because
    raise NotUnderstoodError("KL has neither σ² and log σ² nor a known mix-up of them")


def _by_name(spread: Spread) -> tuple[float, str]:
    """The exponent e for which exp(e·h) is σ², by the symbol's name; by KL itself where the name leaves it open."""
    name = spread.symbol.lower().rsplit(".", 1)[-1]
    if any(word in name for word in _LOG_VARIANCE) or name in ("logv", "lv", "logs2", "log_s2"):
        return 1.0, f"by the name {spread.symbol}"
    if abs(spread.a - spread.b) < _CLOSE:
        return spread.a, "taken to be right: the code shows no sample"
    if any(word in name for word in _DEVIATION):
        return 2.0, f"by the name {spread.symbol}"
    raise NotUnderstoodError(f"whether {spread.symbol} is σ, σ² or a log of them: paste the sample as well")


def base_of(atom: Atom) -> tuple[str, bool] | None:
    """The symbol h of exp(h), or the symbol v of v = exp(log v)."""
    if atom[0] == "exp" and isinstance(atom[1], Poly):
        inner = atom[1].items
        if len(inner) == 1 and len(inner[0][0]) == 1 and inner[0][0][0][1] == 1 and abs(inner[0][1] - 1) < _CLOSE:
            return _symbol(inner[0][0][0][0]), False
        return None
    return (_symbol(atom), True) if atom[0] in ("name", "call", "softplus", "sigmoid") else None


def _symbol(atom: Atom) -> str:
    return str(atom[1]) if atom[0] in ("name", "call") else repr(atom)


def kl_term(body: Poly) -> tuple[float, Term] | None:
    """½g·(m² + e^(a·h) − 1 − b·h), with or without the 1; g and the parameters of the spread."""
    terms = body.terms
    constant = terms.pop((), None)
    if len(terms) != 3 or any(len(m) != 1 for m in terms):
        return None
    singles = {m[0]: value for m, value in terms.items()}
    for (log, one), log_value in singles.items():
        if one != 1:
            continue
        if log[0] == "log" and isinstance(log[1], Poly):
            inner = log[1].items
            symbol, of_log = (_symbol(inner[0][0][0][0]), True) if len(inner) == 1 and len(inner[0][0]) == 1 else ("", True)
        elif log[0] in ("name", "call"):
            symbol, of_log = _symbol(log), False
        else:
            continue
        rest = {pair: value for pair, value in singles.items() if pair != (log, one)}
        for (atom, power), value in rest.items():
            if base_of(atom) != (symbol, of_log):
                continue
            ((mean, square),) = [pair for pair in rest if pair != (atom, power)]
            if square != 2 or mean[0] == "stopped" or abs(rest[mean, square] - value) > _CLOSE * abs(value):
                continue
            if constant is not None and abs(constant + value) > _CLOSE * abs(value):
                continue
            spread = Spread(symbol, of_log, power, -log_value / value)
            return 2 * value, Term(
                "kl", Coefficient(), "", "", mean=Poly.atom(mean), spread=spread, lacks_constant=constant is None
            )
    return None
