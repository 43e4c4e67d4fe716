"""Where log p(x, z) is highest, above two latents: further starts for the search of the best Gaussians.

From the encoder's q and from the prior's centre the search reaches one mode each. The other modes of a posterior
would be missed, and log p(x) would be too low by more than its error says. Draws that are a little wider than the
prior climb to some of them; a mode that none of them reaches is not counted, and no error says so.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.ascent import climb
from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.finite import NotFiniteError
from vaecore.core.gaussian import standard_normal_log_prob

_CLIMBS, _SPREAD = 16, 1.3  # how many, and the standard deviation of their starts
_STEPS, _LEAST_RISE = 25, 0.2  # of each climb at most; nats below which a step ends it
_DEEP = 12.0  # nats below the highest at which a summit holds too little of the posterior


def summits(decoder: PointDecoder, image: ProjectedImage, seed: int = 0) -> Float[Tensor, "summits latent"]:
    """Local maxima of log p(x, z) of one image, the highest first; some of them may be the same."""

    def heights(z: Tensor) -> tuple[Tensor, Tensor]:
        try:
            values, gradient = decoder.log_likelihood_and_gradient(image, z)
        except NotFiniteError:
            if len(z) == 1:
                return z.new_full((1,), -math.inf), torch.zeros_like(z)
            halves = [heights(half) for half in z.tensor_split(2)]
            return torch.cat([value for value, _ in halves]), torch.cat([slope for _, slope in halves])
        return values + standard_normal_log_prob(z), gradient - z

    generator = torch.Generator().manual_seed(seed)
    draws = torch.randn(_CLIMBS, decoder.model.latent_dim, generator=generator, dtype=torch.float64)
    ends = climb(heights, _SPREAD * draws.to(decoder.device), _STEPS, _LEAST_RISE)
    values, _ = heights(ends)
    high = values > values.max() - _DEEP
    return ends[high][values[high].argsort(descending=True)]
