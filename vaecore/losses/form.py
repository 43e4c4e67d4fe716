"""The form of a training script's loss, and the β and σx² that it implies.

A script minimises  weight_of_data · Σ data  +  weight_of_kl · Σ KL, the first summed over pixels, the second over latents,
both over the images of a batch; means and factors are part of the weights. The position of the optimum depends only on the
ratio of the weights. The negative β-objective for Gaussian pixels is ‖x − x̂‖² / (2σx²) + β·KL plus a constant, so a loss of
squared errors optimises

    β · σx²  =  weight_of_kl / (2 · weight_of_data)

and does not determine β and σx² separately (Higgins et al. 2017 on β; Lucas et al. 2019, "Don't Blame the ELBO!", on σx²).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from jaxtyping import Float
from torch import Tensor

from vaecore.core.records import VarianceSweep

LARGEST_PIXEL_VARIANCE = 0.25
"""The largest variance of any quantity between 0 and 1 (Popoviciu 1935): half zeros, half ones."""


class DataTerm(StrEnum):
    """The data term of each pixel."""

    SQUARES = "squares"  # (x − x̂)²
    CROSS_ENTROPY = "cross-entropy"  # −x log p − (1 − x) log(1 − p)
    LEARNED_NOISE = "learned noise"  # (x − x̂)² / (2σx²) + ½ log σx² with σx² among the parameters


class Reduction(StrEnum):
    """How a term is reduced over pixels, latents or the batch."""

    SUM = "sum"
    MEAN = "mean"


class Decoded(StrEnum):
    """The decoder input during training: a sample of q, or its mean."""

    SAMPLE = "sample"
    MEAN = "mean"


class PixelModel(StrEnum):
    """The p(x|z) for which a loss is a negative ELBO."""

    GAUSSIAN = "Gaussian pixels"
    BERNOULLI = "Bernoulli pixels"
    BINARISED = "Bernoulli pixels of images that are binarised at random"
    NONE = "no model"


@dataclass(frozen=True)
class LossForm:
    """The form of a loss; each term has its own reductions.

    Args:
        data: the data term.
        factor: before the squared error, 1 or ½; 1 for the other data terms.
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

    Raises:
        ValueError: a size or a weight is not positive, or the factor does not fit the data term.
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

    def __post_init__(self) -> None:
        for name in ("factor", "kl_weight", "pixels", "latents", "batch"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be positive and finite; got {value:g}.")
        if self.data is not DataTerm.SQUARES and self.factor != 1:
            raise ValueError(f"factor must be 1 where the data term is {self.data}; got {self.factor:g}.")

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
        """The weight of KL relative to that of the summed data term."""
        return self.weight_of_kl / self.weight_of_data

    @property
    def pixel_model(self) -> PixelModel:
        """The model for which the loss is a negative ELBO, up to β, constants and a factor.

        There is none when the mean is decoded. Cross-entropy is linear in x: on grey pixels it equals its expectation over
        pixels that are 1 with probability x, sampled anew at every step; for the grey image itself it is not a normalised
        density (Loaiza-Ganem & Cunningham 2019).
        """
        if self.decoded is Decoded.MEAN:
            return PixelModel.NONE
        if self.data is DataTerm.CROSS_ENTROPY:
            return PixelModel.BINARISED if self.grey else PixelModel.BERNOULLI
        return PixelModel.GAUSSIAN

    @property
    def level(self) -> float | None:
        """β·σx², which determines the position of the optimum; None where the form does not fix it.

        It does not for cross-entropy, which has no σx, for a learned σx (see `water_filling.learned_noise_variance`), and
        for a loss that decodes the mean.
        """
        fixed = self.data is DataTerm.SQUARES and self.decoded is Decoded.SAMPLE
        return 0.5 * self.ratio if fixed else None

    @property
    def beta(self) -> float | None:
        """β where the form fixes it, for cross-entropy and for a learned σx; None otherwise."""
        fixed = self.data is not DataTerm.SQUARES and self.decoded is Decoded.SAMPLE
        return self.ratio if fixed else None

    def noise_variance(self, beta: float = 1.0) -> float:
        """σx² for which a loss of squared errors is a negative ELBO with this β.

        Raises:
            ValueError: the form does not fix β·σx², or beta is not positive.
        """
        return self._share_of_level(beta, "beta")

    def beta_for(self, noise_variance: float) -> float:
        """β of a loss of squared errors for pixels with this noise variance.

        Raises:
            ValueError: the form does not fix β·σx², or the variance is not positive.
        """
        return self._share_of_level(noise_variance, "noise_variance")

    def beta_on_variances(self, noise_variance: float | None) -> float:
        """The β for which a model with this σx² (None: Bernoulli pixels) has the same optimal variance as this loss.

        Infinite for a loss that decodes the mean: its data term does not depend on the variance, only KL does.
        """
        if self.decoded is Decoded.MEAN:
            return math.inf
        if self.data is DataTerm.SQUARES and noise_variance is not None:
            return self.beta_for(noise_variance)
        return self.ratio

    def _share_of_level(self, other: float, name: str) -> float:
        if self.level is None:
            raise ValueError("the loss must be of squared errors at a sample for β·σx² to be known; it is not.")
        if not 0 < other < math.inf:
            raise ValueError(f"{name} must be positive and finite; got {other:g}.")
        return self.level / other


def excess_over_minimum(sweep: VarianceSweep, beta: float) -> Float[Tensor, "batch steps"]:
    """−reconstruction / beta + KL minus its minimum over the sweep, in nats.

    Divided by β, objectives of different β have the same slope at narrow q, where KL dominates. For beta = inf, KL alone.
    """
    cost = sweep.kl.sum(-1) if math.isinf(beta) else -sweep.objective(beta) / beta
    return cost - cost.amin(-1, keepdim=True)


def _count(reduction: Reduction, size: int) -> int:
    return size if reduction is Reduction.MEAN else 1
