"""The terms of a training log in nats per image, and what their size shows about the form of the loss.

With a loss of squared errors, S the sum of squared errors of an image on average and P its pixels,

    −reconstruction  =  S / (2σₓ²) + (P/2) log 2πσₓ²

for any σₓ²: the ELBO is a bound for each of them, and is largest at σₓ² = S / P.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pages.parts.loss.log_records import LoggedTerms
from vaecore.losses.form import LossForm
from vaecore.losses.terms import DataTerm, Decoded, PixelModel, Reduction, WrittenKL
from vaecore.losses.water_filling import mnist_spectrum

_COLLAPSED = 0.1  # nats per image: less than a seventh of a bit
_TOO_GOOD = 2e-4  # squared error per pixel: a root mean square of 3.6 grey levels of 255, better than most autoencoders
_TOO_SURE = 0.01  # nats of cross-entropy per pixel; good models of MNIST reach ten times that
_TOO_INFORMED = 15.0  # nats per latent: a variance of 1e-13
_WORST_SQUARE = 0.25  # of a pixel between 0 and 1, against mid-grey
_ROUNDED = 0.02  # relative; logs print few digits


@dataclass(frozen=True)
class NatsPerImage:
    """One line of a log. All bounds are averages over the images that the line averages over."""

    line: int
    squares: float | None  # sum of squared errors of an image; None for other data terms
    minus_reconstruction: float | None  # with the σₓ² that the form implies, constants included; None where it implies none
    kl: float  # as the loss writes it
    best_noise_variance: float | None  # squares / pixels
    minus_best_reconstruction: float | None  # with that σₓ²

    @property
    def elbo(self) -> float | None:
        """reconstruction − KL; None where the form implies no p(x|z)."""
        return None if self.minus_reconstruction is None else -self.minus_reconstruction - self.kl

    @property
    def best_elbo(self) -> float | None:
        """The same with the σₓ² for which these errors are most likely; None unless they are squared errors of a model."""
        return None if self.minus_best_reconstruction is None else -self.minus_best_reconstruction - self.kl


@dataclass(frozen=True)
class Finding:
    """Something that the numbers show, and the lines of the log that show it."""

    sentence: str
    lines: tuple[int, ...]


def in_nats(logged: LoggedTerms, form: LossForm) -> NatsPerImage:
    """The terms of a line, undoing the reductions of the form; KL is taken to be printed before its weight."""
    data, kl = _summed(logged, form)
    squares = best_noise = best = cost = None
    if form.data is DataTerm.SQUARES:
        squares = max(data, 0.0)
        if squares and form.pixel_model is not PixelModel.NONE:
            best_noise = squares / form.pixels
            best = gaussian_cost(squares, best_noise, form.pixels)
        if form.level is not None:
            cost = gaussian_cost(squares, form.noise_variance(), form.pixels)
    elif form.pixel_model is not PixelModel.NONE:
        # `data` is now without the constant, as torch's gaussian_nll_loss is by default.
        cost = data + (0.5 * form.pixels * math.log(2 * math.pi) if form.data is DataTerm.LEARNED_NOISE else 0.0)
    return NatsPerImage(logged.line, squares, cost, kl, best_noise, best)


def gaussian_cost(squares: float, noise_variance: float, pixels: int) -> float:
    """−log N(x; x̂, noise_variance · I) in nats, given ‖x − x̂‖²; the mean of one gives the mean of the other."""
    return 0.5 * squares / noise_variance + 0.5 * pixels * math.log(2 * math.pi * noise_variance)


def findings(log: tuple[LoggedTerms, ...], form: LossForm) -> tuple[Finding, ...]:
    """What is impossible or implausible if the log came from a loss of this form; the most serious first."""
    found = []
    for test in _TESTS:
        lines_of: dict[str, list[int]] = {}
        for logged in log:
            data, kl = _summed(logged, form)
            sentence = test(logged, form, data, kl)
            if sentence:
                lines_of.setdefault(sentence, []).append(logged.line)
        found += [Finding(sentence, tuple(lines)) for sentence, lines in lines_of.items()]
    return tuple(found)


def _summed(logged: LoggedTerms, form: LossForm) -> tuple[float, float]:
    """The data term of one image summed over its pixels, without factor and constants, and KL summed over latents."""
    data = logged.data / form.factor * (form.pixels if form.over_pixels is Reduction.MEAN else 1)
    kl = logged.kl * (form.latents if form.over_latents is Reduction.MEAN else 1)
    if form.data_over_batch is Reduction.SUM:
        data /= form.batch
    if form.kl_over_batch is Reduction.SUM:
        kl /= form.batch
    return data - form.pixels * form.constant_per_pixel, kl


def _negative_kl(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if kl >= 0:
        return ""
    if form.written_kl in (WrittenKL.LOG_DEVIATION, WrittenKL.MIXED):
        return "KL is below zero, as this way of writing it allows: one of σ² and log σ² is not what it should be."
    return (
        "KL is below zero, which no divergence is: its sign is wrong, σ and σ² (or their logs) are mixed up in it, or it is "
        "an estimate from single samples (log q − log p), whose mean is negative only by its noise."
    )


def _negative_data(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if data >= 0 or form.data is DataTerm.LEARNED_NOISE:
        return ""
    if form.data is DataTerm.CROSS_ENTROPY:
        return (
            "The cross-entropy is below zero, which it cannot be for pixels between 0 and 1. The usual cause: pixels "
            "outside that range (standardised, −1 … 1 or 0 … 255). Otherwise its sign is wrong."
        )
    return (
        "The squared error is below zero: it may be a log-likelihood with the other sign, or a Gaussian −log p(x|z) that "
        "includes ½ log 2πσₓ² for every pixel (then say so: learned noise, or constants included)."
    )


def _too_large(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    width = form.range_width
    squares = math.inf if width is None else _WORST_SQUARE * width**2
    limit = {DataTerm.SQUARES: squares, DataTerm.CROSS_ENTROPY: math.log(2)}.get(form.data, math.inf)
    if data / form.pixels <= limit:
        return ""
    return (
        "The data term is larger than it would be if every pixel were painted mid-grey"
        f" ({limit:.2g} per pixel at most, for pixels in this range). {_guess_large(form)}"
    )


def _guess_large(form: LossForm) -> str:
    if form.over_pixels is Reduction.MEAN:
        return "Was it summed over pixels rather than averaged?"
    if form.data_over_batch is Reduction.MEAN:
        return "Was it summed over the batch as well, are there more pixels than that, or do they have another range?"
    return "Is the batch larger, are there more pixels, or do they have another range?"


def _too_small(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    squares = _TOO_GOOD * (form.range_width or 1.0) ** 2
    limit = {DataTerm.SQUARES: squares, DataTerm.CROSS_ENTROPY: _TOO_SURE}.get(form.data, 0.0)
    if not 0 <= data / form.pixels < limit:
        return ""
    summed = form.over_pixels is Reduction.SUM or form.data_over_batch is Reduction.SUM
    guess = (
        "Was it averaged rather than summed? Then the implied σₓ² is different."
        if summed
        else "Is it the error of the right images?"
    )
    return f"The data term is less than {limit:.3g} per pixel, which is implausibly small. {guess}"


def _no_better_than_mean(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    width = form.range_width
    if form.data is not DataTerm.SQUARES or not form.of_mnist or width is None:
        return ""
    of_mean = float(mnist_spectrum().sum()) * width**2
    if not of_mean <= data <= form.pixels * _WORST_SQUARE * width**2:
        return ""
    return f"On MNIST the mean image alone has a squared error of {of_mean:.1f}: these reconstructions are no better."


def _collapse(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if not 0 <= kl < _COLLAPSED:
        return ""
    if form.decoded is Decoded.MEAN:
        return (
            f"KL is below {_COLLAPSED:g} nat per image. With the mean decoded this is no collapse: the decoder can enlarge "
            "means that KL has made small."
        )
    return f"KL is below {_COLLAPSED:g} nat per image: z carries almost no information. This is posterior collapse."


def _too_informed(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if kl / form.latents <= _TOO_INFORMED:
        return ""
    guess = "Was it summed over the batch?" if form.kl_over_batch is Reduction.MEAN else "Is the batch larger than that?"
    return f"KL is more than {_TOO_INFORMED:g} nats per latent, which is implausibly large. {guess}"


def _other_weight(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if logged.total is None or logged.kl <= 0:
        return ""
    expected = logged.data + form.kl_weight * logged.kl
    # The digits that were printed allow for so much.
    if abs(logged.total - expected) <= _ROUNDED * (abs(logged.total) + form.kl_weight * logged.kl):
        return ""
    weight = (logged.total - logged.data) / logged.kl
    if weight <= 0:
        return "The loss in the log is smaller than its data term: it is another loss, or KL is not added to it."
    return (
        "The loss in the log is not the data term + "
        f"{form.kl_weight:g}·KL. It would be with a KL weight of {weight:.2g}, or KL was printed after its weight."
    )


def _kl_is_none(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if form.written_kl is WrittenKL.RIGHT:
        return ""
    return "As this loss writes it, the number called KL is not KL(q‖p), so no ELBO is shown."


_TESTS: tuple[Callable[[LoggedTerms, LossForm, float, float], str], ...] = (
    _negative_kl,
    _negative_data,
    _kl_is_none,
    _too_large,
    _too_small,
    _other_weight,
    _too_informed,
    _collapse,
    _no_better_than_mean,
)
