"""The numbers as a compact table, each with its colour, its error and how it was had."""

from collections.abc import Mapping
from dataclasses import dataclass

from vaecore.figures.theme import Colour
from vaecore.figures.values import values
from vaecore.records import ElboTerms, Evidence, Gap, Provenance


@dataclass(frozen=True)
class Entry:
    """One line: a quantity in nats. The error is 0, a bound, or one standard error, as the provenance says."""

    name: str
    label: str
    colour: Colour | None
    value: float
    error: float
    provenance: Provenance | None  # None: not a quantity, but what is left over
    digits: int = 3


def entries(terms: ElboTerms, gap: Gap, evidence: Evidence, beta: float) -> tuple[Entry, ...]:
    """The lines for the first image of the batch."""
    reconstruction, elbo = float(values(terms.reconstruction)[0]), float(values(terms.elbo)[0])
    kl = float(values(terms.kl)[0].sum())
    error = float(values(terms.error)[0])
    room, room_error = float(values(gap.value)[0]), float(values(gap.error)[0])
    total, total_error = float(values(evidence.value)[0]), float(values(evidence.error)[0])
    uncertain = Provenance.ESTIMATE in (terms.provenance, gap.provenance, evidence.provenance)
    lines = [
        Entry("reconstruction", "reconstruction", Colour.RECONSTRUCTION, reconstruction, error, terms.provenance),
        Entry("kl", "KL", Colour.KL, kl, 0.0, Provenance.EXACT),
        Entry("elbo", "ELBO", Colour.ELBO, elbo, error, terms.provenance),
        Entry("gap", "gap", Colour.GAP, room, room_error, gap.provenance),
        Entry("evidence", "log p(x)", Colour.EVIDENCE, total, total_error, evidence.provenance),
        # Each of the three was computed on its own: what is left over says how well the books balance.
        Entry("residual", "residual", None, total - (elbo + room), 0.0, None, 3 if uncertain else 5),
    ]
    if beta != 1:
        label = f"{beta:g}-objective" + (", not a bound" if beta < 1 else "")
        lines.append(Entry("objective", label, None, reconstruction - beta * kl, error, terms.provenance))
    return tuple(lines)


def table(lines: tuple[Entry, ...], state: Mapping[str, str]) -> str:
    """HTML: the lines, with their full values, and the state they belong to, for whoever reads the page by program."""
    whose = " ".join(f'data-{name}="{value}"' for name, value in state.items())
    rows = "".join(
        f'<tr><th scope="row">{_swatch(line.colour)}{line.label}</th>'
        f'<td data-quantity="{line.name}" data-value="{line.value!r}" data-error="{line.error!r}">'
        f"{minus(line.value, line.digits)}</td>"
        f"<td>{how(line)}</td></tr>"
        for line in lines
    )
    return f'<table class="ledger" data-panel="numbers" {whose}><caption>In nats, for this image</caption>{rows}</table>'


def how(line: Entry) -> str:
    """How a number was had, in the words that every panel uses."""
    if line.provenance is None:
        return "log p(x) − ELBO − gap"
    if line.provenance is Provenance.ESTIMATE:
        return f"{line.provenance} ± {2 * line.error:.2g}"
    if line.provenance is Provenance.QUADRATURE and line.error > 1e-3:
        return f"computed to {line.error:.1g} nat"
    return str(line.provenance)


def minus(number: float, digits: int) -> str:
    """A number with a true minus sign and without a negative zero."""
    text = f"{number:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _swatch(colour: Colour | None) -> str:
    return f'<span class="swatch" style="background:{colour or "transparent"}"></span>'
