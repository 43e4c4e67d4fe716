"""Above two latents: the diagonal Gaussians that are best around each mode, by expectations over points that are shared."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.core.optimum import ExpectedDerivatives, LocalOptimum, maximise
from vaecore.evaluate.summits import prior_draws, summits

_NEAR, _RISE = 1e-1, 1e-4  # nats: changes of the objective that end the search with a quarter of the points, and with all
_MOST = 8  # of one image
_WIDE = 0.1  # variance of the start at the prior's centre, and of those at summits at most
_HOPELESS = 30.0  # nats below an optimum at which a wide q is not worth a search


def local_optima(
    decoder: PointDecoder,
    x: Float[Tensor, " pixels"],
    noise: Float[Tensor, "scrambles points latent"],
    encoded: tuple[Tensor, Tensor] | None,
    beta: float,
    *,
    of_every_mode: bool,
) -> list[LocalOptimum]:
    """The local maxima of reconstruction / beta − kl that the starts lead to; from as many modes as can be found, or two.

    Args:
        decoder: of the model.
        x: one image.
        noise: whitened.
        encoded: mean and variance of the encoder's q, if there is an encoder.
        beta: the weight of KL.
        of_every_mode: whether draws from the prior climb as well, and not only the encoder's mean and the prior's.
    """
    image, residuals = decoder.project(x), decoder.residuals(x)
    centre = noise.new_zeros(noise.shape[-1])
    wide = [*([] if encoded is None else [encoded]), (centre, torch.full_like(centre, _WIDE))]
    starts = torch.stack([mean for mean, _ in wide])
    if of_every_mode:
        starts = torch.cat([starts, prior_draws(len(centre)).to(centre)])
    tops = summits(lambda z: residuals(z) / beta**0.5, starts)
    # A quarter of the points brings the search near a maximum; all of them finish it.
    few, all_of_them = (partial(_derivatives, some.flatten(0, 1), decoder, image) for some in (noise[:2], noise))
    optima: list[LocalOptimum] = []

    def search(mean: Tensor, variance: Tensor) -> None:
        if len(optima) >= _MOST or any(optimum.close_to(mean) for optimum in optima):
            return
        near = maximise(few, mean, variance, beta, _NEAR, optima)
        if near not in optima:
            optima.append(maximise(all_of_them, near.mean, near.variance, beta, _RISE))

    # Summits first, and narrow ones: a q that is wide enough for several modes would hide them.
    for mean, variance in zip(tops.z, tops.variance.clamp_max(_WIDE), strict=True):
        search(mean, variance)
    for mean, variance in wide:
        objective = few(mean, variance).value / beta - kl_to_standard_normal(mean, variance).sum()
        if not any(objective < optimum.objective - _HOPELESS for optimum in optima):
            search(mean, variance)
    return optima


def _derivatives(
    noise: Float[Tensor, "points latent"], decoder: PointDecoder, image: ProjectedImage, mean: Tensor, variance: Tensor
) -> ExpectedDerivatives:
    deviation = variance.sqrt()
    values, gradient = decoder.log_likelihood_and_gradient(image, mean + deviation * noise)
    # Stein's identity turns E[∇∇ᵀ] into E[noise · ∇ᵀ] / sd, so that no second derivative is needed.
    hessian = (noise / deviation).T @ gradient / len(noise)
    return ExpectedDerivatives(values.mean(), gradient.mean(0), 0.5 * (hessian + hessian.T))
