"""Above two latents: the diagonal Gaussians that are best around each mode, by expectations over points that are shared."""

from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.core.optimum import ExpectedDerivatives, LocalOptimum, maximise
from vaecore.evaluate.summits import Places, prior_draws, summits

_NEAR, _RISE = 1e-1, 1e-4  # nats: changes of the objective that end the search with a quarter of the points, and with all
_MOST = 8  # of one image
_WIDE = 0.1  # variance of the start at the prior's centre, and of those at summits at most
_HOPELESS = 30.0  # nats below an optimum at which a wide q is not worth a search


@dataclass(frozen=True, eq=False)
class Optima:
    """The local maxima of reconstruction / beta − kl of one image that some starts lead to."""

    summits: Places  # of log p(x, z), with log p(x|z) divided by beta
    narrow: list[LocalOptimum]  # which searches from these lead to
    wide: list[LocalOptimum]  # and from wider starts

    @property
    def all(self) -> list[LocalOptimum]:
        """Of both kinds."""
        return [*self.narrow, *self.wide]


class Search:
    """The search for the best diagonal Gaussians of one image.

    Args:
        decoder: of the model.
        x: the image.
        noise: whitened.
        beta: the weight of KL.
    """

    def __init__(
        self,
        decoder: PointDecoder,
        x: Float[Tensor, " pixels"],
        noise: Float[Tensor, "scrambles points latent"],
        beta: float,
    ) -> None:
        image, residuals = decoder.project(x), decoder.residuals(x)
        self._centre, self._beta = noise.new_zeros(noise.shape[-1]), beta
        self._residuals = lambda z: residuals(z) / beta**0.5
        # A quarter of the points brings the search near a maximum; all of them finish it.
        self._few, self._all = (partial(_derivatives, some.flatten(0, 1), decoder, image) for some in (noise[:2], noise))

    def few_starts(self, encoded: tuple[Tensor, Tensor] | None) -> Optima:
        """From the encoder's q, if there is an encoder, and the prior's centre."""
        wide = [*([] if encoded is None else [encoded]), (self._centre, torch.full_like(self._centre, _WIDE))]
        tops = summits(self._residuals, torch.stack([mean for mean, _ in wide]))
        # Summits first, and narrow ones: a q that is wide enough for several modes would hide them.
        narrow = self._from_summits(tops, [])
        found = list(narrow)
        for mean, variance in wide:
            if self._leads_on(mean, found):
                start = self._few(mean, variance)
                objective = start.value / self._beta - kl_to_standard_normal(mean, variance).sum()
                if not any(objective < optimum.objective - _HOPELESS for optimum in found):
                    found += self._from(mean, variance, found, start)
        return Optima(tops, narrow, found[len(narrow) :])

    def every_mode(self, few: Optima) -> list[LocalOptimum]:
        """From draws of the prior as well: from as many modes as can be found."""
        tops = summits(self._residuals, prior_draws(len(self._centre)).to(self._centre), few.summits)
        narrow = self._from_summits(tops, few.narrow)
        return [*narrow, *(optimum for optimum in few.wide if self._leads_on(optimum.mean, narrow))]

    def _from_summits(self, tops: Places, known: list[LocalOptimum]) -> list[LocalOptimum]:
        """Those that are known, and those that the summits lead to."""
        found = list(known)
        for mean, variance in zip(tops.z, tops.variance.clamp_max(_WIDE), strict=True):
            if self._leads_on(mean, found):
                found += self._from(mean, variance, found)
        return found

    def _leads_on(self, mean: Tensor, known: list[LocalOptimum]) -> bool:
        return len(known) < _MOST and not any(optimum.close_to(mean) for optimum in known)

    def _from(
        self, mean: Tensor, variance: Tensor, known: list[LocalOptimum], start: ExpectedDerivatives | None = None
    ) -> list[LocalOptimum]:
        """The maximum that a start leads to, if it is not known."""
        near = maximise(self._few, mean, variance, self._beta, _NEAR, known, start)
        return [] if near in known else [maximise(self._all, near.mean, near.variance, self._beta, _RISE)]


def _derivatives(
    noise: Float[Tensor, "points latent"], decoder: PointDecoder, image: ProjectedImage, mean: Tensor, variance: Tensor
) -> ExpectedDerivatives:
    deviation = variance.sqrt()
    values, gradient = decoder.log_likelihood_and_gradient(image, mean + deviation * noise)
    # Stein's identity turns E[∇∇ᵀ] into E[noise · ∇ᵀ] / sd, so that no second derivative is needed.
    hessian = (noise / deviation).T @ gradient / len(noise)
    return ExpectedDerivatives(values.mean(), gradient.mean(0), 0.5 * (hessian + hessian.T))
