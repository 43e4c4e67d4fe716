"""The choices that make up the form of a loss, each a short list of names."""

from enum import StrEnum


class DataTerm(StrEnum):
    """What is summed over pixels (before the factor)."""

    SQUARES = "squares"  # (x − x̂)²
    CROSS_ENTROPY = "cross-entropy"  # −x log p − (1 − x) log(1 − p)
    LEARNED_NOISE = "learned noise"  # (x − x̂)² / (2σₓ²) + ½ log σₓ² with σₓ² among the parameters


class Reduction(StrEnum):
    """How an axis is reduced."""

    SUM = "sum"
    MEAN = "mean"


class Decoded(StrEnum):
    """The decoder's input while training."""

    SAMPLE = "sample"
    MEAN = "mean"


class PixelRange(StrEnum):
    """The range of the pixels that the loss compares."""

    UNIT = "0 to 1"
    SYMMETRIC = "-1 to 1"
    BYTES = "0 to 255"
    STANDARDISED = "standardised"  # minus the mean of the data set, divided by its standard deviation


class WrittenKL(StrEnum):
    """What stands in the KL formula in the places of σ² and log σ², if σ² is the variance of the samples.

    The formula is ½ Σ (μ² + σ²ᵃ − 1 − b log σ²), and right with a = b = 1. The other forms are common slips: an output of
    the encoder is taken for log σ² in one place and for log σ in another.
    """

    RIGHT = "right"
    DEVIATION = "sigma for variance"  # σ for σ² in both places: std = exp(logvar) in the sample
    SQUARED = "variance squared"  # σ⁴ for σ² in both places: std = exp(logvar / 2), KL with exp(2·logvar) and 2·logvar
    LOG_DEVIATION = "log sigma for log variance"  # log σ for log σ², σ² right
    MIXED = "sigma beside log variance"  # σ for σ², log σ² right

    @property
    def powers(self) -> tuple[float, float]:
        """a and b of the formula above."""
        return {
            WrittenKL.RIGHT: (1.0, 1.0),
            WrittenKL.DEVIATION: (0.5, 0.5),
            WrittenKL.SQUARED: (2.0, 2.0),
            WrittenKL.LOG_DEVIATION: (1.0, 0.5),
            WrittenKL.MIXED: (0.5, 1.0),
        }[self]

    @property
    def rest_variance(self) -> float:
        """The σ² at which the written KL is smallest, where the data term has no say: (b/a)^(1/a); 1 if it is right."""
        a, b = self.powers
        return float((b / a) ** (1 / a))


class PixelModel(StrEnum):
    """The p(x|z) whose ELBO a loss is."""

    GAUSSIAN = "Gaussian pixels"
    BERNOULLI = "Bernoulli pixels"
    BINARISED = "Bernoulli pixels of images that are binarised at random"
    NONE = "no model"
