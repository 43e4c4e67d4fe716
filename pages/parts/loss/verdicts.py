"""What a loss means, in words and in numbers short enough to be read from the last row."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vaecore.losses.form import LARGEST_PIXEL_VARIANCE, DataTerm, LossForm, PixelModel
from vaecore.losses.water_filling import WaterFilling

_PLAIN_LOW, _PLAIN_HIGH = 1e-3, 1e5


@dataclass(frozen=True)
class Meaning:
    """All that one form means. None where the form does not say."""

    form: LossForm
    level: float | None  # β·σx²
    noise_variance: float | None  # σx², with β = 1 or as learned
    beta: float | None  # where the form fixes it
    beta_for_own: float | None  # β if the visitor's own σx is meant
    filling: WaterFilling | None  # of MNIST's spectrum
    best_variance: float  # of q, on the curve of the shipped model
    lost: float  # nats of its ELBO there, against its own best variance
    elbo_variance: float  # where the ELBO is largest on that curve
    height: tuple[float, ...]  # nats above the lowest point, along that curve


def said(number: float) -> str:
    """Three digits of a positive number, as people write them."""
    if number == 0 or _PLAIN_LOW <= number < _PLAIN_HIGH:
        rounded = float(f"{number:.3g}")
        return f"{rounded:,.0f}".replace(",", "\u202f") if rounded >= 1000 else f"{rounded:g}"
    digits, power = f"{number:.2e}".split("e")
    return f"{float(digits):g}·10{str(int(power)).translate(_SUPERSCRIPTS)}"


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def headline(meaning: Meaning) -> str:
    """Whose ELBO the loss is."""
    form, noise = meaning.form, meaning.noise_variance
    model = form.pixel_model
    if model is PixelModel.NONE:
        return "Decoded at the mean, your loss is the ELBO of no model."
    if form.data is DataTerm.SQUARES and noise is not None:
        return f"Up to scale and constants your loss is −ELBO with Gaussian pixels of σx² = {said(noise)}, if β = 1."
    pixels = "Gaussian pixels whose σx is learned" if form.data is DataTerm.LEARNED_NOISE else "Bernoulli pixels"
    drawn = ", images binarised at random" if model is PixelModel.BINARISED else ""
    beta = meaning.beta or 1.0
    whose = "−ELBO itself" if math.isclose(beta, 1) else f"minus the β-objective with β = {said(beta)}"
    return f"Up to scale and constants your loss is {whose}: {pixels}{drawn}."


def verdict(meaning: Meaning) -> str:
    """What follows from it."""
    form, filling = meaning.form, meaning.filling
    if form.pixel_model is PixelModel.NONE:
        return (
            "The data term does not see the variance, so KL alone sets it: to 1, in every dimension. And what KL takes from "
            "the means, larger weights in the decoder give back. It trains a plain autoencoder."
        )
    if filling is None:
        grey = (
            " On grey values cross-entropy is no density; in expectation it equals drawing each pixel black or white, and "
            "p(x) is that of the drawn image."
            if form.pixel_model is PixelModel.BINARISED
            else ""
        )
        return f"{_beta_verdict(meaning.beta or 1.0)}{grey}"
    if not filling.above:
        return "The water covers every direction of MNIST: a code says nothing about the image. This is collapse."
    kept = f"{filling.above} of MNIST’s 784 directions stand above the water"
    if filling.active < filling.above:
        kept += f"; {form.latents} latents keep {filling.active} of them"
    noise = meaning.noise_variance or 0.0
    if form.data is DataTerm.SQUARES and noise > LARGEST_PIXEL_VARIANCE:
        return f"{kept}. With β = 1 that is more noise than a pixel between 0 and 1 can have, whose variance is at most ¼."
    if form.data is DataTerm.LEARNED_NOISE:
        return f"{kept}. {_beta_verdict(meaning.beta or 1.0)}"
    return f"{kept}. A pixel’s noise is then {said(100 * math.sqrt(noise))} % of the range from black to white."


def tiles(at: Sequence[Meaning]) -> list[dict[str, object]]:
    """The numbers that move: a name, what it rests on, and its text at every stop."""
    first = at[0]
    squares, sampled = first.form.data is DataTerm.SQUARES, first.form.pixel_model is not PixelModel.NONE
    found: list[dict[str, object]] = []

    def tile(name: str, label: str, under: str, text: Callable[[Meaning], str]) -> None:
        found.append({"name": name, "label": label, "under": under, "texts": [text(one) for one in at]})

    if sampled and squares:
        tile("noise", "σx² if β = 1", "implied by the weights", lambda m: said(m.noise_variance or 0))
        tile("beta", "β for your own σx", "same product β·σx²", lambda m: said(m.beta_for_own or 0))
    elif sampled:
        tile("beta", "β", "implied by the weights", lambda m: said(m.beta or 0))
    if first.form.data is DataTerm.LEARNED_NOISE and sampled:
        under = f"linear model, {first.form.latents} latents"
        tile("noise", "σx²", under, lambda m: said(m.noise_variance or 0))
    if first.filling is not None:
        tile(
            "directions", "directions kept", "MNIST, linear model",
            lambda m: "" if m.filling is None else _directions(m.filling),
        )  # fmt: skip
        tile("kl", "KL of that code", "nats an image", lambda m: "" if m.filling is None else said(m.filling.kl))
    under = f"the ELBO’s own: {said(first.elbo_variance)}"
    tile("variance", "best σ² of q", under, lambda m: said(m.best_variance))
    tile("lost", "ELBO lost there", "nats, this image", lambda m: said(max(m.lost, 0.0)) if m.lost >= 5e-4 else "0")
    return found


def _directions(filling: WaterFilling) -> str:
    return f"{filling.active}" if filling.active == filling.above else f"{filling.active} of {filling.above}"


def _beta_verdict(beta: float) -> str:
    if math.isclose(beta, 1):
        return "Nothing is weighed double: minus the loss, up to its scale, is a lower bound on log p(x)."
    if beta > 1:
        bound = "still a lower bound on log p(x), but a code is dearer than it should be"
        return f"KL counts {said(beta)} times: the β-objective is {bound}."
    bound = "no bound on log p(x), and a code is cheaper than it should be"
    return f"KL counts only {said(beta)} times: the β-objective is {bound}."
