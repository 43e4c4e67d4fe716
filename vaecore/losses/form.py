"""What the loss of a training script optimises: the form of its terms, and the β and σx² that the form implies.

A script minimises  weight_of_data · Σ data  +  weight_of_kl · Σ KL, the first summed over pixels, the second over latents,
both over the images of a batch; means and factors are in the weights. Only the ratio of the weights matters for where the
optimum lies. Minus the ELBO with Gaussian pixels, with β on its KL, is ‖x − x̂‖² / (2σx²) + β·KL and a constant, so that a
loss of squared errors optimises

    β · σx²  =  weight_of_kl / (2 · weight_of_data)

and leaves open which of the two is meant (Higgins et al. 2017 on β; Lucas et al. 2019, "Don't Blame the ELBO!", on σx²).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from jaxtyping import Float
from torch import Tensor

from vaecore.core.records import VarianceSweep

LARGEST_PIXEL_VARIANCE = 0.25
"""No quantity between 0 and 1 has a larger variance (Popoviciu 1935); reached by half zeros, half ones."""


class DataTerm(StrEnum):
    """What is summed over pixels."""

    SQUARES = "squares"  # (x − x̂)²
    CROSS_ENTROPY = "cross-entropy"  # −x log p − (1 − x) log(1 − p)
    LEARNED_NOISE = "learned noise"  # (x − x̂)² / (2σx²) + ½ log σx² with σx² among the parameters


class Reduction(StrEnum):
    """How many become one."""

    SUM = "sum"
    MEAN = "mean"


class Decoded(StrEnum):
    """What the decoder is given while training."""

    SAMPLE = "sample"
    MEAN = "mean"


class PixelModel(StrEnum):
    """The p(x|z) whose ELBO a loss is."""

    GAUSSIAN = "Gaussian pixels"
    BERNOULLI = "Bernoulli pixels"
    BINARISED = "Bernoulli pixels of images that are binarised at random"
    NONE = "no model"


@dataclass(frozen=True)
class LossForm:
    """The form of a loss, each term with its own reductions.

    Args:
        data: the data term.
        factor: before the squared error, 1 or ½; 1 for the other data terms.
        over_pixels: of the data term.
        data_over_batch: of the data term.
        over_latents: of KL.
        kl_over_batch: of KL.
        kl_weight: what KL is multiplied by after its reductions.
        decoded: at a sample of q or at its mean.
        grey: whether the pixels lie between 0 and 1, rather than being 0 or 1; matters for cross-entropy alone.
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
        """What one image's data term, summed over its pixels, is multiplied by in the loss."""
        return self.factor / _count(self.over_pixels, self.pixels) / _count(self.data_over_batch, self.batch)

    @property
    def weight_of_kl(self) -> float:
        """What one image's KL, summed over latents, is multiplied by in the loss."""
        return self.kl_weight / _count(self.over_latents, self.latents) / _count(self.kl_over_batch, self.batch)

    @property
    def ratio(self) -> float:
        """What a nat of KL costs, in units of one image's summed data term."""
        return self.weight_of_kl / self.weight_of_data

    @property
    def pixel_model(self) -> PixelModel:
        """Whose ELBO the loss is, up to β, constants and a factor.

        Decoded at the mean it is that of no model. Cross-entropy is linear in x: on grey pixels it is the expectation of
        what it is on pixels that are 1 with the probability x, drawn anew each time; of the grey image itself it is no
        normalised density (Loaiza-Ganem & Cunningham 2019).
        """
        if self.decoded is Decoded.MEAN:
            return PixelModel.NONE
        if self.data is DataTerm.CROSS_ENTROPY:
            return PixelModel.BINARISED if self.grey else PixelModel.BERNOULLI
        return PixelModel.GAUSSIAN

    @property
    def level(self) -> float | None:
        """β·σx², which alone decides where the optimum lies; None where the form does not fix it.

        That is so for cross-entropy, which has no σx, for a learned σx (see `spectrum.learned_noise_variance`), and for a
        loss that decodes at the mean.
        """
        fixed = self.data is DataTerm.SQUARES and self.decoded is Decoded.SAMPLE
        return 0.5 * self.ratio if fixed else None

    @property
    def beta(self) -> float | None:
        """β, where the form fixes it: for cross-entropy and for a learned σx. None elsewhere."""
        fixed = self.data is not DataTerm.SQUARES and self.decoded is Decoded.SAMPLE
        return self.ratio if fixed else None

    def noise_variance(self, beta: float = 1.0) -> float:
        """σx² of a loss of squared errors that is meant as an ELBO with this weight of KL.

        Raises:
            ValueError: the form does not fix β·σx², or beta is not positive.
        """
        return self._share_of_level(beta, "beta")

    def beta_for(self, noise_variance: float) -> float:
        """β of a loss of squared errors that is meant for pixels with this noise.

        Raises:
            ValueError: the form does not fix β·σx², or the variance is not positive.
        """
        return self._share_of_level(noise_variance, "noise_variance")

    def beta_on_variances(self, noise_variance: float | None) -> float:
        """The β with which a model of this σx² (None: of Bernoulli pixels) has its best variance where this loss has it.

        Infinite for a loss that decodes at the mean: its data term does not see the variance, and KL alone decides.
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
    """How far −reconstruction / beta + KL lies above its lowest point of the sweep, in nats in which KL counts once.

    So scaled, objectives of different β share the slope that KL gives them at narrow q. With beta = inf, KL alone.
    """
    cost = sweep.kl.sum(-1) if math.isinf(beta) else -sweep.objective(beta) / beta
    return cost - cost.amin(-1, keepdim=True)


def _count(reduction: Reduction, size: int) -> int:
    return size if reduction is Reduction.MEAN else 1
