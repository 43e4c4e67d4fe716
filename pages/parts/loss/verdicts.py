"""What a loss means, in words and numbers short enough to be read from the last row of a room."""

import math
from collections.abc import Callable, Sequence
from typing import TypedDict

from pages.parts.loss.digits import three_digits
from pages.parts.loss.meaning import Meaning
from pages.parts.state import parameters
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, PixelModel, PixelRange, Reduction, WrittenKL
from vaecore.losses.water_filling import WaterFilling


class Tile(TypedDict):
    """One number that moves with the slider."""

    name: str  # of the quantity, which sets its colour
    label: str
    under: str  # what it rests on
    texts: list[str]  # the number at every stop of the slider


def headline(meaning: Meaning) -> str:
    """Whose ELBO the loss is."""
    form, noise = meaning.form, meaning.noise_variance
    model = form.pixel_model
    if model is PixelModel.NONE:
        return f"{_why_no_elbo(form)}: no model has this loss as its ELBO."
    if form.data is DataTerm.SQUARES and noise is not None:
        return f"Up to scale and constants your loss is −ELBO with Gaussian pixels of σₓ² = {three_digits(noise)}, if β = 1."
    pixels = "Gaussian pixels with a learned σₓ" if form.data is DataTerm.LEARNED_NOISE else "Bernoulli pixels"
    drawn = ", images binarised at random" if model is PixelModel.BINARISED else ""
    beta = meaning.beta or 1.0
    whose = "−ELBO itself" if beta == 1 else f"minus the β-objective with β = {three_digits(beta)}"
    return f"Up to scale and constants your loss is {whose}: {pixels}{drawn}."


def verdict(meaning: Meaning) -> str:
    """What follows from it."""
    form = meaning.form
    if form.pixel_model is PixelModel.NONE:
        return _without_elbo(form)
    beta = _beta_verdict(meaning)
    if form.pixel_model is PixelModel.BINARISED:
        beta += (
            " On grey values cross-entropy is no density; on average it equals that of pixels drawn black or white, and "
            "p(x) is that of the drawn image."
        )
    if form.data is DataTerm.CROSS_ENTROPY:
        return beta
    about_noise = beta if form.data is DataTerm.LEARNED_NOISE else _noise_verdict(meaning)
    if meaning.filling is None:
        return f"{about_noise} {_what_is_not_known(form, meaning.spectrum)}"
    if not meaning.filling.above:
        return _collapse(meaning)
    return f"{_kept(meaning, meaning.filling)} {about_noise}"


def tiles(at: Sequence[Meaning]) -> list[Tile]:
    """The numbers that move, each at every stop of the slider."""
    first = at[0]
    squares, is_elbo = first.form.data is DataTerm.SQUARES, first.form.pixel_model is not PixelModel.NONE
    found: list[Tile] = []

    def tile(name: str, label: str, under: str, text: Callable[[Meaning], str]) -> None:
        found.append(Tile(name=name, label=label, under=under, texts=[text(one) for one in at]))

    if is_elbo and squares:
        tile("noise", "σₓ² if β = 1", "implied by the weights", lambda m: _number(m.noise_variance))
        tile("beta", "β for your own σₓ", "same product β·σₓ²", lambda m: _number(m.beta_for_own))
    elif is_elbo:
        tile("beta", "β", "implied by the weights", lambda m: _number(m.beta))
    if first.form.data is DataTerm.LEARNED_NOISE and first.noise_variance is not None:
        under = f"linear VAE, {first.form.latents} latents"
        tile("noise", "σₓ²", under, lambda m: _number(m.noise_variance))
    if first.filling is not None:
        tile("directions", "directions kept", f"{first.spectrum}, linear VAE", lambda m: _directions(m.filling))
        tile("kl", "its KL", "nats per image", lambda m: "" if m.filling is None else three_digits(m.filling.kl))
    under = f"the ELBO’s own: {three_digits(first.elbo_variance)}"
    tile("variance", "best σ² of q", under, lambda m: f"{_end(m, '≤ ', '≥ ')}{three_digits(m.best.variance)}")
    tile("lost", "ELBO lost with it", f"nats, for a {parameters.DIGIT.default}", _lost)
    return found


def _number(number: float | None) -> str:
    return "" if number is None else three_digits(number)


def _lost(meaning: Meaning) -> str:
    lost = meaning.best.lost
    return f"{_end(meaning, '≥ ', '≥ ')}{three_digits(lost)}" if lost >= 5e-4 else "0"


def _end(meaning: Meaning, low: str, high: str) -> str:
    """A sign where the best variance lies beyond an end of the curve."""
    return low if meaning.best.at_low_end else high if meaning.best.at_high_end else ""


def _directions(filling: WaterFilling | None) -> str:
    if filling is None:
        return ""
    return f"{filling.active}" if filling.active == filling.above else f"{filling.active} of {filling.above}"


def _why_no_elbo(form: LossForm) -> str:
    if form.decoded is Decoded.MEAN:
        return "Decoded at the mean"
    if not form.has_valid_cross_entropy:
        return "Cross-entropy of pixels outside 0 … 1"
    return {
        WrittenKL.DEVIATION: "KL with σ in place of σ²",
        WrittenKL.SQUARED: "KL with σ⁴ in place of σ²",
        WrittenKL.LOG_DEVIATION: "KL with log σ in place of log σ²",
        WrittenKL.MIXED: "KL with σ in place of σ², next to log σ²",
    }[form.written_kl]


def _without_elbo(form: LossForm) -> str:
    if form.decoded is Decoded.MEAN:
        rest = three_digits(form.written_kl.rest_variance)
        return (
            f"The data term does not depend on the variance, so KL alone sets it: to {rest}, in every dimension. The "
            "decoder can undo the pull on the means with larger weights. This trains a plain autoencoder."
        )
    if not form.has_valid_cross_entropy:
        return (
            "Cross-entropy is defined for pixels between 0 and 1. Beyond them it has no lower limit, and the output "
            "saturates at black and white. Rescale the images to 0 … 1, or use squared errors."
        )
    power, settled = form.written_kl.powers[1], form.written_kl.rest_variance
    narrow = (
        f"KL pulls on narrow variances {three_digits(power)} times as hard as it should, so they settle at about "
        f"{three_digits(power)} times their best σ². "
        if power != 1
        else ""
    )
    wide = f"Dimensions that carry nothing settle at σ² = {three_digits(settled)} instead of 1, and this KL falls below 0. "
    ends = "" if settled == 1 else wide
    return f"{narrow}{ends}The means are not affected. Check which of σ, σ² and log σ² your encoder’s output is."


def _kept(meaning: Meaning, filling: WaterFilling) -> str:
    level, latents = three_digits(filling.level), meaning.form.latents
    count = meaning.form.pixels if meaning.spectrum == "MNIST" else None
    of = f"{filling.above} of {count}" if count else str(filling.above)
    carry = f"your {latents} latents can carry {filling.active}"
    return f"Whatever varies by less than β·σₓ² = {level} is treated as noise. {of} principal directions remain; {carry}."


def _collapse(meaning: Meaning) -> str:
    times = three_digits(meaning.form.ratio)
    fix = " and ".join(_mismatches(meaning.form)) or "a smaller KL weight"
    counts = f"KL counts {times} times as much as the summed data term"
    return f"Posterior collapse. {counts}: z will carry no information. Fix: {fix}."


def _mismatches(form: LossForm) -> list[str]:
    """What to do about each reduction that makes KL count more than in an ELBO."""
    if form.ratio <= 1:
        return []
    over_pixels = ["sum over pixels"] if form.over_pixels is Reduction.MEAN else []
    unlike = form.data_over_batch is Reduction.MEAN and form.kl_over_batch is Reduction.SUM
    return over_pixels + (["average KL over the batch"] if unlike else [])


def _noise_verdict(meaning: Meaning) -> str:
    """How the implied noise compares with what a pixel can vary."""
    form, noise, width = meaning.form, meaning.noise_variance or 0.0, meaning.form.range_width
    if width is None:
        return f"A pixel’s noise is then {three_digits(math.sqrt(noise))} of your data set’s standard deviations."
    if noise > 0.25 * width**2:  # Popoviciu (1935): reached by half black, half white
        most = {PixelRange.UNIT: "¼", PixelRange.SYMMETRIC: "1"}.get(form.pixel_range, three_digits(0.25 * width**2))
        pixel = f"With β = 1 this noise is above the variance that a single pixel can have ({most})"
        if meaning.filling is None or meaning.largest is None:
            return f"{pixel}."
        largest = three_digits(meaning.largest)
        return f"{pixel}, but below that along the first direction ({largest})."
    return f"A pixel’s noise is then {three_digits(100 * math.sqrt(noise) / width)} % of the range from black to white."


def _what_is_not_known(form: LossForm, spectrum: str | None) -> str:
    if spectrum is not None:
        return "How much a linear VAE keeps is not known from these eigenvalues: a learned σₓ needs one for every pixel."
    if form.of_mnist or form.range_width is None:
        return "How much z will carry depends on the spectrum of your images: paste its eigenvalues to know."
    return (
        f"How much z will carry depends on the spectrum of your images, and for these ({form.pixels} pixels) it is not "
        "known here: paste its eigenvalues to know."
    )


def _beta_verdict(meaning: Meaning) -> str:
    beta = meaning.beta or 1.0
    if beta == 1:
        return "Both terms are weighted correctly: minus the loss, up to its scale, is a lower bound on log p(x)."
    if beta > 1:
        return f"KL is over-weighted {three_digits(beta)} times: still a lower bound on log p(x), but a looser one."
    return f"KL is under-weighted: it counts {three_digits(beta)} times, and the objective is no bound on log p(x)."
