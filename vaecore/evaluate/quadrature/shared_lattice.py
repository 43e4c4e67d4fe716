"""The lattice that a model's images share: decoded once per decoder and process, whatever σx is."""

from vaecore.core.decoding import PointDecoder
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.module_cache import cached_on_module
from vaecore.core.smoothness import bend, is_smooth
from vaecore.evaluate.quadrature.lattice import SHIFTS, DecodedLattice, SinhAxis

_REACH = 17.5  # mean 4 and six and a half standard deviations of 2, and a little more
# Spacing in the middle of a strand and its stretch, by number of latents: the rougher the decoder the finer, and the rough
# part of a trained decoder is its middle.
_CHOICES = {1: ((0.04, 4.0), (0.01, 2.0)), 2: ((0.14, 4.0), (0.07, 2.0), (0.04, 1.0), (0.025, 1.0))}
# Second difference of the decoded image over its first, above which features hide between points. Logits bend further than
# grey values for the same picture, and log p(x|z) with them.
_SMOOTH: dict[type, float] = {GaussianPixels: 0.3, BernoulliPixels: 0.15}
_MOST_BYTES = 300e6


def shared_lattice(decoder: PointDecoder) -> DecodedLattice:
    """The lattice of the decoder's model, decoded now or before."""
    model = decoder.model
    return cached_on_module(model.decoder, ("lattice", type(model.likelihood)), lambda: _decode(decoder))


def _decode(decoder: PointDecoder) -> DecodedLattice:
    """The widest lattice on which the decoder bends little from one point to the next, if there is room for it."""
    latents, smooth = decoder.model.latent_dim, _SMOOTH[type(decoder.model.likelihood)]
    axes = [SinhAxis.to_reach(_REACH, spacing, stretch) for spacing, stretch in _CHOICES[latents]]
    chosen = axes[0]
    for axis in axes:
        points = len(SHIFTS[latents]) * (2 * axis.half + 1) ** latents
        if 8 * points * decoder.features > _MOST_BYTES:
            break
        chosen = axis
        if bend(decoder.model, axis.spacing).quantile(0.95) < smooth:
            break
    return DecodedLattice.decode(decoder, chosen, SHIFTS[latents], smooth=is_smooth(decoder.model, chosen.spacing))
