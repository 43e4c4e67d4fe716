"""The sample of q in loss code: what it says of the spread in KL, and of the decoder's input."""

from pages.parts.loss.code_algebra import NotUnderstoodError, Poly
from pages.parts.loss.code_kl import sample_of, written_kl
from pages.parts.loss.code_records import Term
from pages.parts.loss.code_weights import Note
from vaecore.losses.terms import WrittenKL


def spread_settings(
    kl: Term,
    samples: list[tuple[Poly, str, bool, float]],
    settings: dict[str, str],
    recognised: dict[int, list[str]],
    unknown: list[Note],
    line: int,
) -> None:
    """How σ² and log σ² of q stand in KL, judged by the sample where the code has it."""
    if kl.spread is None:
        return
    uses = {sample[1:] for sample in samples}
    exact = {use for use in uses if use[0] == kl.spread.symbol}
    symbol, why = kl.spread.symbol[:30], ""
    if exact and all(use[1] != kl.spread.of_log for use in exact):
        why = f"Of {symbol}, one of the sample and KL takes the exponential and the other does not"
    elif any(kl.spread.symbol in _names_in(sample[0]) for sample in samples):
        why = f"{symbol} is the mean of the sample, and in KL the spread"
    if why:
        unknown.append(Note(line, f"{why}. Nothing is filled in."))
        settings.clear()
        return
    alone = exact or (uses if len({use[1:] for use in uses}) == 1 else set())
    try:
        written, because = written_kl(kl.spread, next(iter(alone)) if len(alone) == 1 else None)
    except NotUnderstoodError as problem:
        unknown.append(Note(line, f"Not recognised: {problem}."))
        return
    settings["written_kl"] = written.value
    words = "σ² and log σ² of q" if written is WrittenKL.RIGHT else "a mix-up of σ, σ² and their logs"
    recognised.setdefault(line, []).append(f"KL with {words} ({because})")


def _names_in(poly: Poly) -> set[str]:
    return {str(atom[1]) for monomial, _ in poly.items for atom, _ in monomial if atom[0] in ("name", "call")}


def decoded_settings(data: Term, kl: Term, samples: list[tuple[Poly, str, bool, float]], settings: dict[str, str]) -> None:
    """The decoder's input, where the code shows the decoder's call."""
    atoms = [atom for poly in data.decoded for monomial, _ in poly.items for atom, _ in monomial if atom[0] == "call"]
    for _, _, arguments, text, *_ in atoms:
        if "dec" in str(text).partition("(")[0].lower() and isinstance(arguments, tuple) and arguments:
            if sample_of(arguments[0]) is not None or any(arguments[0] == sample for sample in samples):
                settings["decoded_at"] = "sample"
            elif arguments[0] == kl.mean:
                settings["decoded_at"] = "mean"
