"""The terms of a training log in nats per image, and what their size betrays about the form that was said to be theirs.

With a loss of squared errors, S the sum of squared errors of an image on average and P its pixels,

    −reconstruction  =  S / (2σx²) + (P/2) log 2πσx²

for any σx²: the bound holds for each, and is best at σx² = S / P.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pages.parts.loss.training_log import LoggedTerms
from vaecore.losses.form import LARGEST_PIXEL_VARIANCE, DataTerm, Decoded, LossForm, Reduction
from vaecore.losses.water_filling import mnist_spectrum

_COLLAPSED = 0.1  # nats an image: less than a seventh of a bit
_TOO_GOOD = 2e-4  # squared error a pixel: a root mean square of 3.6 grey levels of 255, better than most autoencoders
_TOO_SURE = 0.01  # nats of cross-entropy a pixel; good models of MNIST reach ten times that
_TOO_INFORMED = 15.0  # nats a latent: a variance of 1e-13
_ROUNDED = 0.02  # relative; logs print few digits


@dataclass(frozen=True)
class NatsPerImage:
    """One line of a log. All bounds are averages over the images that the line averages over."""

    line: int
    squares: float | None  # sum of squared errors of an image; None for other data terms
    minus_reconstruction: float | None  # with the σx² that the form implies, constants included; None where it implies none
    kl: float
    best_noise_variance: float | None  # squares / pixels
    minus_best_reconstruction: float | None  # with that σx²

    @property
    def elbo(self) -> float | None:
        """reconstruction − KL; None where the form implies no p(x|z)."""
        return None if self.minus_reconstruction is None else -self.minus_reconstruction - self.kl

    @property
    def best_elbo(self) -> float | None:
        """The same with the σx² under which these very errors are most likely; None but for squared errors."""
        return None if self.minus_best_reconstruction is None else -self.minus_best_reconstruction - self.kl


@dataclass(frozen=True)
class Finding:
    """What the numbers betray."""

    sentence: str
    lines: tuple[int, ...]


def in_nats(logged: LoggedTerms, form: LossForm) -> NatsPerImage:
    """The terms of a line, undoing the reductions of the form; KL is taken to be printed before its weight."""
    data, kl = _summed(logged, form)
    squares = best_noise = best = cost = None
    if form.data is DataTerm.SQUARES:
        squares = max(data, 0.0)
        if squares:
            best_noise = squares / form.pixels
            best = gaussian_cost(squares, best_noise, form.pixels)
        if form.level is not None:
            cost = gaussian_cost(squares, form.noise_variance(), form.pixels)
    elif form.decoded is Decoded.SAMPLE:
        # torch's gaussian_nll_loss leaves the constant out, unless it is asked for it.
        cost = data + (0.5 * form.pixels * math.log(2 * math.pi) if form.data is DataTerm.LEARNED_NOISE else 0.0)
    return NatsPerImage(logged.line, squares, cost, kl, best_noise, best)


def gaussian_cost(squares: float, noise_variance: float, pixels: int) -> float:
    """−log N(x; x̂, noise_variance · I) in nats, given ‖x − x̂‖²; averages of one give averages of the other."""
    return 0.5 * squares / noise_variance + 0.5 * pixels * math.log(2 * math.pi * noise_variance)


def findings(log: tuple[LoggedTerms, ...], form: LossForm) -> tuple[Finding, ...]:
    """What cannot be, or hardly can be, if the log came from a loss of this form; the gravest first."""
    found = []
    for test in _TESTS:
        said: dict[str, list[int]] = {}
        for logged in log:
            data, kl = _summed(logged, form)
            sentence = test(logged, form, data, kl)
            if sentence:
                said.setdefault(sentence, []).append(logged.line)
        found += [Finding(sentence, tuple(lines)) for sentence, lines in said.items()]
    return tuple(found)


def _summed(logged: LoggedTerms, form: LossForm) -> tuple[float, float]:
    """The data term of one image summed over its pixels, without its factor, and KL summed over latents."""
    data = logged.data / form.factor * (form.pixels if form.over_pixels is Reduction.MEAN else 1)
    kl = logged.kl * (form.latents if form.over_latents is Reduction.MEAN else 1)
    if form.data_over_batch is Reduction.SUM:
        data /= form.batch
    if form.kl_over_batch is Reduction.SUM:
        kl /= form.batch
    return data, kl


def _negative_kl(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if kl >= 0:
        return ""
    return (
        "KL is below zero, which no divergence is: its sign is wrong, or it is an estimate from single samples "
        "(log q − log p), whose average is never below zero by more than its noise."
    )


def _negative_data(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if data >= 0 or form.data is DataTerm.LEARNED_NOISE:
        return ""
    return (
        "The data term is below zero, which neither a squared error nor a cross-entropy is: it may be a log-likelihood, "
        "with the other sign or with its constants."
    )


def _too_large(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    limit = {DataTerm.SQUARES: LARGEST_PIXEL_VARIANCE, DataTerm.CROSS_ENTROPY: math.log(2)}.get(form.data, math.inf)
    if data / form.pixels <= limit:
        return ""
    guess = _guess_large(form)
    return (
        "The data term is larger than what painting every pixel ½ would cost"
        f" ({limit:.2g} a pixel at most, for pixels between 0 and 1). {guess}"
    )


def _guess_large(form: LossForm) -> str:
    if form.over_pixels is Reduction.MEAN:
        return "Was it summed over pixels rather than averaged?"
    if form.data_over_batch is Reduction.MEAN:
        return "Was it summed over the batch as well, or are there more pixels than that?"
    return "Is the batch larger, are there more pixels, or do the pixels leave the range from 0 to 1?"


def _too_small(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    limit = {DataTerm.SQUARES: _TOO_GOOD, DataTerm.CROSS_ENTROPY: _TOO_SURE}.get(form.data, 0.0)
    if not 0 <= data / form.pixels < limit:
        return ""
    summed = form.over_pixels is Reduction.SUM or form.data_over_batch is Reduction.SUM
    guess = (
        "Was it averaged rather than summed? Then the implied σx² is another." if summed else "Is it of the right images?"
    )
    return f"The data term comes to less than {limit:g} a pixel, which is hardly ever reached. {guess}"


def _no_better_than_mean(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    of_mean_image = float(mnist_spectrum().sum())
    largest = form.pixels * LARGEST_PIXEL_VARIANCE
    if form.data is not DataTerm.SQUARES or form.pixels != len(mnist_spectrum()) or not of_mean_image <= data <= largest:
        return ""
    return (
        f"On MNIST, the mean image alone leaves a squared error of {of_mean_image:.1f} per image: "
        "these reconstructions are no better."
    )


def _collapse(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if not 0 <= kl < _COLLAPSED:
        return ""
    if form.decoded is Decoded.MEAN:
        return (
            f"KL is below {_COLLAPSED:g} nat an image. With the mean decoded this is no collapse: the decoder magnifies "
            "means that KL has made small."
        )
    return f"KL is below {_COLLAPSED:g} nat an image: q says next to nothing about the image. The code has collapsed."


def _too_informed(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if kl / form.latents <= _TOO_INFORMED:
        return ""
    guess = "Was it summed over the batch?" if form.kl_over_batch is Reduction.MEAN else "Is the batch larger than that?"
    return f"KL comes to more than {_TOO_INFORMED:g} nats for every latent, which is hardly ever seen. {guess}"


def _other_weight(logged: LoggedTerms, form: LossForm, data: float, kl: float) -> str:
    if logged.total is None or logged.kl <= 0:
        return ""
    expected = logged.data + form.kl_weight * logged.kl
    # The digits that were printed allow for so much.
    if abs(logged.total - expected) <= _ROUNDED * (abs(logged.total) + form.kl_weight * logged.kl):
        return ""
    weight = (logged.total - logged.data) / logged.kl
    return (
        "The loss in the log is not the data term + "
        f"{form.kl_weight:g}·KL. It would be with a KL weight of {weight:.2g}, or KL was printed with its weight on it."
    )


_TESTS: tuple[Callable[[LoggedTerms, LossForm, float, float], str], ...] = (
    _negative_kl,
    _negative_data,
    _too_large,
    _too_small,
    _other_weight,
    _too_informed,
    _collapse,
    _no_better_than_mean,
)
