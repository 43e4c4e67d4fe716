"""The charts in words, for those who do not see them: what each shows for q at rest."""

import numpy as np

from pages.parts.compute import cached, cached_costs
from pages.parts.compute.resolve import Resolved
from pages.parts.state.parameters import ONE_NUMBER
from pages.parts.state.state import SliderMode
from pages.parts.state.sweep_path import SweepPath
from pages.parts.tradeoff.payload import CurrentPoint, SliderStops
from pages.parts.tradeoff.static_layer import subscript
from pages.parts.web.number_text import minus
from vaecore.core.accuracy import Accuracy
from vaecore.figures.values import values


def _read(path: SweepPath, scale: float, digits: int = 3) -> str:
    """What the slider says there: a variance of all dimensions or of one, or a multiple of the encoder's."""
    number = np.format_float_positional(scale, precision=digits, fractional=False, trim="-")
    if path.mode is SliderMode.ENCODER:
        return f"σ² = {number} times the encoder’s"
    return f"σ²{'' if all(path.moved) else subscript(path.moved.index(True))} = {number}"


def _largest(path: SweepPath, best: int) -> str:
    """Where the objective is largest, or that it still grows where the slider ends."""
    scale, last = path.scales[best], len(path.scales) - 1
    if last == 0 or 0 < best < last:
        return f"is largest near {_read(path, scale, 2)}"  # it lies between two steps
    return f"still grows where the slider ends, at {_read(path, scale)}: the best is {'smaller' if best == 0 else 'larger'}"


def _printed_terms(total: float, reconstruction: float, kl: float) -> tuple[float, float]:
    """Reconstruction and KL as the instrument prints them (`printed.js`): no gap is negative because of rounding alone."""
    whole, data, code = (round(100 * number) for number in (total, reconstruction, kl))
    if data - code == whole + 1:
        step = 100 * reconstruction - data < code - 100 * kl
        data, code = data - step, code + (not step)
    return data / 100, code / 100


def descriptions(resolved: Resolved, known_path: str = "") -> dict[str, str]:
    """A sentence or two for each chart, by its name."""
    setup, q, unit, per_nat = resolved.setup, resolved.q, resolved.unit.value, resolved.unit.per_nat
    swept, own = (
        cached.sweep(setup, q.mean, q.path),
        CurrentPoint(resolved, SliderStops(q.path, q.variance), known_path).numbers,
    )
    reconstruction, kl, total = own.reconstruction.value, own.kl.value, own.evidence.value
    best = int(values(swept.best_step(resolved.beta))[0])
    shown = _printed_terms(*(per_nat * number for number in (total, reconstruction, kl)))
    reconstruction, kl = (number / per_nat for number in shown)

    def said(*numbers: float) -> str:
        """A number, less others: the difference of what is printed, as on the instrument, so that all of it adds up."""
        return f"{minus(printed(*numbers), 2)} {unit}"

    def printed(first: float, *others: float) -> float:
        return round(per_nat * first, 2) - sum(round(per_nat * other, 2) for other in others)

    where = ", ".join(minus(number, 3) for number in q.mean[:4]) + (", …" if len(q.mean) > 4 else "")
    known = cached.encoder_q(setup)
    best_q = cached.elbo(setup, *cached.best_q(setup, 1.0))
    left = max(printed(total, float(best_q.reconstruction[0]), -float(best_q.kl[0].sum())), 0.0)
    top = cached_costs.best_reconstruction(setup)
    what = "number" if setup.model in ONE_NUMBER else "image"
    at_least = "at least " if own.evidence.accuracy is Accuracy.LOWER_BOUND else ""
    at_most = "of at most " if at_least else ""
    ladder = f"The best q leaves a gap of {at_least}{minus(left, 2)} {unit}."
    if known is not None:
        encoders = cached.elbo(setup, *known)
        lost = printed(total, float(encoders.reconstruction[0]), -float(encoders.kl[0].sum())) - left
        ladder += f" The encoder’s q loses {minus(max(lost, 0.0), 2)} {unit} more."
    return {
        "tradeoff": (
            f"At {_read(q.path, q.path.scale_of(q.variance))} reconstruction is {said(reconstruction)}, KL {said(kl)} and "
            f"the ELBO {said(reconstruction, kl)}. With this mean the objective {_largest(q.path, best)}. "
            f"Log p(x) is {at_least}{said(total)}."
        ),
        "latents": f"The mean of q lies at ({where}); without a gap q would be the posterior.",
        "images": "What is decoded from q’s mean, and its error; eight decoded samples, their average and their spread.",
        "books": (
            f"q costs {said(top, reconstruction, -kl)} more than the decoder’s best {what}: reconstruction lost "
            f"{said(top, reconstruction)} plus KL {said(kl)}, or the floor {at_most}{said(top, total)} plus "
            f"gap {at_least}{minus(max(printed(total, reconstruction, -kl), 0.0), 2)} {unit}. {ladder}"
        ),
        "forces": "The slopes of reconstruction and KL at this q: where they are equal and opposite, no small step gains.",
    }
