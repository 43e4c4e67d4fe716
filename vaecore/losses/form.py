"""The form of a training script's loss, and the β and σₓ² that it implies.

A script minimises  weight_of_data · Σ data  +  weight_of_kl · Σ KL, the first summed over pixels, the second over latents,
both over the images of a batch; means and factors are part of the weights. The position of the optimum depends only on the
ratio of the weights. The negative β-objective for Gaussian pixels is ‖x − x̂‖² / (2σₓ²) + β·KL plus a constant, so a loss of
squared errors optimises

    β · σₓ²  =  weight_of_kl / (2 · weight_of_data)

and does not determine β and σₓ² separately (Higgins et al. 2017 on β; Lucas et al. 2019, "Don't Blame the ELBO!", on σₓ²).
"""

import math
from dataclasses import dataclass

from vaecore.losses.terms import DataTerm, Decoded, PixelModel, PixelRange, Reduction, WrittenKL

MNIST_PIXELS = 784
"""28 × 28: the only size for which MNIST's spectrum says anything."""

_MNIST_DEVIATION = 0.3081  # of MNIST's training pixels between 0 and 1: what `Normalize((0.1307,), (0.3081,))` divides by
_CLOSE_TO_ONE = 0.005  # a β that is 1 to three digits is called 1


@dataclass(frozen=True)
class LossForm:
    """The form of a loss; each term has its own reductions.

    Args:
        data: the data term.
        factor: before the data term, any positive number.
        over_pixels: of the data term.
        data_over_batch: of the data term.
        over_latents: of KL.
        kl_over_batch: of KL.
        kl_weight: multiplies KL after its reductions.
        decoded: the decoder input.
        grey: whether pixels may lie between 0 and 1; only cross-entropy depends on it.
        pixels: per image, channels included.
        latents: dimensions of z.
        batch: images in a batch.
        pixel_range: of the images that the loss compares.
        constants: whether the data term includes ½ log 2πσₓ² for every pixel, as a full Gaussian log-likelihood does. With
            squared errors, σₓ² is then 1 / (2 · factor). They do not move the optimum, but the value that is printed.
        written_kl: whether σ² and log σ² stand where they belong in KL.
        mnist: whether the images are MNIST's digits, if there are 784 pixels.

    Raises:
        ValueError: a size or a weight is not positive and finite.

    Example:
        >>> form = LossForm(over_pixels=Reduction.MEAN, kl_weight=0.005)  # mean of squares + 0.005 · KL, 784 pixels
        >>> round(form.level, 4)  # β·σₓ²
        1.96
    """

    data: DataTerm = DataTerm.SQUARES
    factor: float = 1.0
    over_pixels: Reduction = Reduction.SUM
    data_over_batch: Reduction = Reduction.MEAN
    over_latents: Reduction = Reduction.SUM
    kl_over_batch: Reduction = Reduction.MEAN
    kl_weight: float = 1.0
    decoded: Decoded = Decoded.SAMPLE
    grey: bool = True
    pixels: int = 784
    latents: int = 20
    batch: int = 128
    pixel_range: PixelRange = PixelRange.UNIT
    constants: bool = False
    written_kl: WrittenKL = WrittenKL.RIGHT
    mnist: bool = True

    def __post_init__(self) -> None:
        for name in ("factor", "kl_weight", "pixels", "latents", "batch"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be positive and finite; got {value:g}.")

    @property
    def weight_of_data(self) -> float:
        """The weight in the loss of one image's data term, summed over pixels."""
        return self.factor / _count(self.over_pixels, self.pixels) / _count(self.data_over_batch, self.batch)

    @property
    def weight_of_kl(self) -> float:
        """The weight in the loss of one image's KL, summed over latents."""
        return self.kl_weight / _count(self.over_latents, self.latents) / _count(self.kl_over_batch, self.batch)

    @property
    def ratio(self) -> float:
        """weight_of_kl / weight_of_data: what one nat of KL costs, in units of one image's summed data term."""
        return self.weight_of_kl / self.weight_of_data

    @property
    def of_mnist(self) -> bool:
        """Whether the images are MNIST's at 28 × 28."""
        return self.mnist and self.pixels == MNIST_PIXELS

    @property
    def range_width(self) -> float | None:
        """White minus black, in the units of the pixels; None where the data set's standard deviation is not known."""
        if self.pixel_range is PixelRange.STANDARDISED:
            return 1 / _MNIST_DEVIATION if self.of_mnist else None
        return {PixelRange.UNIT: 1.0, PixelRange.SYMMETRIC: 2.0, PixelRange.BYTES: 255.0}[self.pixel_range]

    @property
    def constant_per_pixel(self) -> float:
        """What the data term of a pixel includes beside its squared error or −log σₓ terms, before its factor; in nats."""
        if not self.constants or self.data is DataTerm.CROSS_ENTROPY:
            return 0.0
        if self.data is DataTerm.LEARNED_NOISE:
            return 0.5 * math.log(2 * math.pi)
        return 0.5 * math.log(2 * math.pi / (2 * self.factor)) / self.factor

    @property
    def has_valid_cross_entropy(self) -> bool:
        """Whether the pixels lie where a cross-entropy is defined; true for other data terms."""
        return self.data is not DataTerm.CROSS_ENTROPY or self.pixel_range is PixelRange.UNIT

    @property
    def pixel_model(self) -> PixelModel:
        """The model for which the loss is a negative ELBO, up to β, constants and a factor.

        No model's if it decodes at the mean, if its KL is written wrongly, or if a cross-entropy meets pixels outside
        0 … 1. Cross-entropy is linear in x: on grey pixels it is the expectation of
        what it is on pixels that are 1 with the probability x, drawn anew each time; of the grey image itself it is no
        normalised density (Loaiza-Ganem & Cunningham 2019).
        """
        if self._is_no_elbo:
            return PixelModel.NONE
        if self.data is DataTerm.CROSS_ENTROPY:
            return PixelModel.BINARISED if self.grey else PixelModel.BERNOULLI
        return PixelModel.GAUSSIAN

    @property
    def level(self) -> float | None:
        """β·σₓ², which determines the position of the optimum; None where the form does not fix it.

        That is so for cross-entropy, which has no σₓ, for a learned σₓ (see `water_filling.learned_noise_variance`), and for
        a loss that is no model's ELBO.
        """
        fixed = self.data is DataTerm.SQUARES and not self._is_no_elbo
        return 0.5 * self.ratio if fixed else None

    @property
    def beta(self) -> float | None:
        """β, where the form fixes it: for cross-entropy and for a learned σₓ. None elsewhere.

        1 where it is 1 to three digits: weights such as 1/784 are typed with few digits.
        """
        fixed = self.data is not DataTerm.SQUARES and not self._is_no_elbo
        return _one_if_close(self.ratio) if fixed else None

    def noise_variance(self, beta: float = 1.0) -> float:
        """σₓ² for which a loss of squared errors is a negative ELBO with this β.

        Raises:
            ValueError: the form does not fix β·σₓ², or beta is not positive.
        """
        return self._share_of_level(beta, "beta")

    def beta_for(self, noise_variance: float) -> float:
        """β of a loss of squared errors for pixels with this noise variance.

        Raises:
            ValueError: the form does not fix β·σₓ², or the variance is not positive.
        """
        return self._share_of_level(noise_variance, "noise_variance")

    def beta_on_variances(self, noise_variance: float | None) -> float:
        """The β for which a model with this σₓ² (None: Bernoulli pixels) has the same optimal variance as this loss.

        Infinite for a loss that decodes at the mean: its data term does not depend on the variance, and KL alone decides.
        """
        if self.decoded is Decoded.MEAN:
            return math.inf
        if self.data is DataTerm.SQUARES and noise_variance is not None:
            return 0.5 * self.ratio / noise_variance
        return self.ratio

    @property
    def _is_no_elbo(self) -> bool:
        wrong_kl = self.written_kl is not WrittenKL.RIGHT
        return self.decoded is Decoded.MEAN or wrong_kl or not self.has_valid_cross_entropy

    def _share_of_level(self, other: float, name: str) -> float:
        if self.level is None:
            raise ValueError("the loss must be of squared errors at a sample for β·σₓ² to be known; it is not.")
        if not 0 < other < math.inf:
            raise ValueError(f"{name} must be positive and finite; got {other:g}.")
        return self.level / other


def _one_if_close(beta: float) -> float:
    return 1.0 if abs(beta - 1) < _CLOSE_TO_ONE else beta


def _count(reduction: Reduction, size: int) -> int:
    return size if reduction is Reduction.MEAN else 1
