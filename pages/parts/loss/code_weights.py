"""The weights and reductions of recognised terms, as settings of the form.

Every mean is a division by a size, and sizes in the code may undo it: all of it is a power of B, P and D.
"""

from dataclasses import dataclass

from pages.parts.loss.code_records import Term
from pages.parts.loss.code_sizes import AREAS, folded
from pages.parts.loss.weights import fraction_text
from vaecore.losses.terms import DataTerm


@dataclass(frozen=True)
class Note:
    """What was recognised in a line, or why it was not."""

    line: int  # from 1; 0 for the code as a whole
    text: str


def data_settings(data: Term, settings: dict[str, str]) -> None:
    settings["data_term"] = (data.data or DataTerm.SQUARES).value
    settings["data_constants"] = "included" if data.constants else "left out"


def weigh(
    data: Term, kl: Term | None, settings: dict[str, str], sizes: dict[str, int], unknown: list[Note], line: int
) -> None:
    """Factors, weights and reductions: every mean is a division by a size, and sizes in the code may undo it."""
    powers = {"data": _powers(data, "P"), "kl": {} if kl is None else _powers(kl, "D")}
    sign = -1 if data.coefficient.value < 0 else 1  # an ELBO that is maximised
    if kl is not None and kl.coefficient.value * sign < 0:
        unknown.append(Note(line, "The data term and KL have opposite signs: one of them is wrong. Nothing is filled in."))
        settings.clear()
        return
    extra = {name for one in powers.values() for name in one if name not in "BPD"}
    shared = {
        name: powers["data"].get(name, 0) for name in extra if powers["data"].get(name, 0) == powers["kl"].get(name, 0)
    }
    for one in powers.values():
        for name in shared:
            one.pop(name, None)
    if shared:
        whose = ", ".join(sorted(shared))
        why = "it scales both terms, so the optimum is the form's, but what is printed may be averaged over the batch."
        unknown.append(Note(line, f"{whose} is not a number in this code: {why}"))
    if kl is not None:
        if not data.batch and not kl.batch and all(one.get("B", 0) == 0 for one in powers.values()):
            # One number per image, which the caller or Keras averages.
            powers["data"]["B"] = powers["kl"]["B"] = -1
        _align_batch(powers["data"], powers["kl"])
    else:
        _align_batch(powers["data"], {})
    kl_number = _own_sizes(powers["kl"], {"P": sizes["P"]})
    if "D" in sizes and powers["kl"].get("D", 0) not in (0, -1):
        kl_number *= _own_sizes(powers["kl"], {"D": sizes["D"]})
    data_number = sign * data.coefficient.value
    if powers["data"].get("P", 0) == -1 and data_number != sizes["P"] and data_number in AREAS:
        unknown.append(
            Note(line, f"The mean over pixels is multiplied by {data_number:.0f}: if those are the pixels, set P.")
        )
        settings.clear()
        return
    _reduction(powers["data"], "P", ("over_pixels", "data_over_batch"), settings, unknown, line, "data term")
    values = {"factor": data_number}
    if kl is not None:
        _reduction(powers["kl"], "D", ("over_latents", "kl_over_batch"), settings, unknown, line, "KL")
        values["kl_weight"] = sign * kl.coefficient.value * kl_number
    for name, value in values.items():
        one = powers["data" if name == "factor" else "kl"]
        names = [other for other in one if other not in "BPD" and one[other]]
        if names:
            unknown.append(Note(line, f"{', '.join(sorted(names))} is not a number in this code: {name} is left as it is."))
        elif value == 0:
            unknown.append(Note(line, f"KL counts 0 times: this is an autoencoder's loss, and {name} is left as it is."))
        else:
            settings[name] = fraction_text(value)


def _align_batch(data: dict[str, int], kl: dict[str, int]) -> None:
    """Divide both terms by the batch as often as needed to make each a sum or a mean: it changes nothing but the scale."""
    for move in sorted(range(-3, 4), key=abs):
        moved = [data.get("B", 0) + move, *([kl.get("B", 0) + move] if kl else [])]
        if all(power in (0, -1) for power in moved):
            data["B"] = moved[0]
            if kl:
                kl["B"] = moved[1]
            return


def _own_sizes(powers: dict[str, int], known: dict[str, int]) -> float:
    """The number that known sizes amount to, which are taken out: KL / (batch · pixels)."""
    number = 1.0
    for name, size in known.items():
        number *= float(size) ** powers.pop(name, 0)
    return number


def _powers(term: Term, own: str) -> dict[str, int]:
    """Powers of the sizes by which a sum over everything is multiplied."""
    powers = folded(dict(term.coefficient.powers))
    if term.features in ("mean", "last"):
        powers[own] = powers.get(own, 0) - 1
    if term.batch == "mean":
        powers["B"] = powers.get("B", 0) - 1
    return powers


def _reduction(
    powers: dict[str, int],
    own: str,
    names: tuple[str, str],
    settings: dict[str, str],
    unknown: list[Note],
    line: int,
    what: str,
) -> None:
    for size, name in zip((own, "B"), names, strict=True):
        power = powers.pop(size, 0)
        if power in (0, -1):
            settings[name] = "mean" if power else "sum"
        else:
            unknown.append(Note(line, f"The {what} is multiplied by {size}^{power}: {name} is left as it is."))
    foreign = [size for size in "BPD" if powers.pop(size, 0)]
    unknown += [Note(line, f"The {what} is scaled by {size}, which is not its own size.") for size in foreign]
