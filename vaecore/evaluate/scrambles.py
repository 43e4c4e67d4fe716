"""Averages of one image's log p(x|z) over scrambled Sobol points about one mean, kept for the next question about it.

With Gaussian pixels of one variance log p(x|z) is a multiple, 1/σₓ², of what σₓ does not change, and so are its averages,
its slopes and their control variates. They are kept without it: another σₓ decodes nothing again.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.interpolation import Columns
from vaecore.evaluate.control_variates import FixedControls, cross_fitted
from vaecore.evaluate.quadrature.memory import Store, bytes_of
from vaecore.evaluate.sobol_points import normal_sobol, points_for

SCRAMBLES = 8  # of each set
OWN, OTHER = 0, 1
"""The two sets of scrambles: averages over the one know nothing of those over the other."""

_KEPT = 2**20  # numbers: 8 MB; larger controls are made again
_NUMBERS_AT_ONCE = 2**22  # of slopes and their controls in memory
_STEP = 0.02  # in z, for the second differences of log p(x|z) at q's mean


class ScrambledAverages:
    """Averages over each scramble of a set, of log p(x|z) and its slopes, for any variances about one mean.

    Args:
        decoder: of the model.
        image: the projected image.
        mean: of q.
        store: of what is known of the model's images.
    """

    def __init__(self, decoder: PointDecoder, image: ProjectedImage, mean: Float[Tensor, " latent"], store: Store) -> None:
        self.decoder, self.mean = decoder, mean
        self._image, self._constant = image.unscaled()
        self._dispersion = image.dispersion
        self._store, self._key = store, (image.key[0], mean.numpy(force=True).tobytes())

    def values(self, which: int, variances: Float[Tensor, "steps latent"]) -> Columns:
        """E_q[log p(x|z)] in one column: from the decoded points of the slopes, where these are known."""
        found = self._store.found(self._key_of("slopes", which, variances))
        if found is None:
            found = self._kept(self._key_of("values", which, variances), lambda: (self._values(which, variances),))
        return found[0] / self._dispersion + self._constant

    def slopes(self, which: int, variances: Float[Tensor, "steps latent"]) -> Columns:
        """∂/∂mean and ∂/∂log σ² of E_q[log p(x|z)], by the reparametrisation gradient."""
        key = self._key_of("slopes", which, variances)
        return self._kept(key, lambda: self._values_and_slopes(which, variances))[1] / self._dispersion

    def _key_of(self, what: str, which: int, variances: Tensor) -> Hashable:
        return what, *self._key, which, variances.numpy(force=True).tobytes()

    def _kept(self, key: Hashable, make: Callable[[], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        found: tuple[Tensor, ...] | None = self._store.found(key)
        if found is None:
            found = make()
            self._store.put(key, found, bytes_of(found) + bytes_of(key))
        return found

    def _values(self, which: int, variances: Tensor) -> Columns:
        if not variances.any():
            return self._at_mean[1].expand(len(variances), SCRAMBLES, 1)
        scaled = variances.sqrt()[:, None, None, :] * scrambles(len(self.mean), self.decoder.device)[which]
        z = self.mean + scaled
        values = self.decoder.log_likelihood(self._image, z.flatten(0, 2)).reshape(z.shape[:-1])
        return self._average(which, values, scaled)

    def _average(self, which: int, values: Float[Tensor, "steps scrambles points"], scaled: Tensor) -> Columns:
        """Of values: the controls are every dimension's noise, its square, and what curvature makes of their products."""
        products = (scaled * (scaled @ self._at_mean[0])).sum(-1)
        return cross_fitted(values[:, :, None], _controls(*self._of_noise, which)[0], products[:, :, None])

    def _values_and_slopes(self, which: int, variances: Tensor) -> tuple[Float[Tensor, "steps scrambles 1"], Columns]:
        if not variances.any():
            _, value, gradient = self._at_mean
            slopes = torch.cat([gradient, torch.zeros_like(gradient)])
            return value.expand(len(variances), SCRAMBLES, 1), slopes.expand(len(variances), SCRAMBLES, -1)
        numbers = 6 * SCRAMBLES * points_for(len(self.mean)) * len(self.mean)  # three controls of two columns per dimension
        parts = [self._some(which, few) for few in variances.split(max(1, _NUMBERS_AT_ONCE // numbers))]
        values, slopes = (torch.cat(columns) for columns in zip(*parts, strict=True))
        return values, slopes

    def _some(self, which: int, variances: Tensor) -> tuple[Float[Tensor, "steps scrambles 1"], Columns]:
        noise, deviations = scrambles(len(self.mean), self.decoder.device)[which], variances.sqrt()[:, None, None, :]
        scaled = deviations * noise
        z = self.mean + scaled
        values, gradient = self.decoder.log_likelihood_and_gradient(self._image, z.flatten(0, 2))
        average = self._average(which, values.reshape(z.shape[:-1]), scaled)
        # By the noise of its own dimension, its square, and the other dimensions' part of a quadratic's gradient;
        # (steps, scrambles, latent, points).
        own, others = _controls(*self._of_noise, which)[1], (scaled @ self._at_mean[0]).mT
        gradient, scaled = gradient.reshape(z.shape).mT, scaled.mT
        by_mean = cross_fitted(gradient, own, others)
        by_variance = cross_fitted(0.5 * gradient * scaled, own, others * noise.mT)
        return average, torch.cat([by_mean, by_variance], dim=-1)

    @property
    def _of_noise(self) -> tuple[int, torch.device]:
        return len(self.mean), self.decoder.device

    @property
    def _at_mean(self) -> tuple[Float[Tensor, "latent latent"], Float[Tensor, ""], Float[Tensor, " latent"]]:
        """At q's mean log p(x|z), its gradient, and its Hessian by differences, without its diagonal.

        The Hessian says how latents depend on each other; it only steers control variates.
        """

        def make() -> tuple[Tensor, Tensor, Tensor]:
            steps = _STEP * torch.eye(len(self.mean)).to(self.mean)
            places = torch.cat([self.mean + steps, self.mean[None]])
            values, gradients = self.decoder.log_likelihood_and_gradient(self._image, places)
            hessian = (gradients[:-1] - gradients[-1]) / _STEP
            hessian = 0.5 * (hessian + hessian.T)
            return hessian - hessian.diagonal().diag(), values[-1].clone(), gradients[-1].clone()

        hessian, value, gradient = self._kept(("at the mean", *self._key), make)
        return hessian, value, gradient


@lru_cache(maxsize=4)
def scrambles(latents: int, device: torch.device) -> tuple[Float[Tensor, "scrambles points latent"], ...]:
    """The noise of both sets, float64."""
    own, other = normal_sobol(latents, points_for(latents), 2 * SCRAMBLES).to(device).chunk(2)
    return own, other


def _controls(latents: int, device: torch.device, which: int) -> tuple[FixedControls, FixedControls]:
    """What no q changes of the controls of values, and of slopes by every dimension."""
    large = SCRAMBLES * (2 * latents + 1) * (points_for(latents) + 2 * latents + 1) > _KEPT
    return (_made.__wrapped__ if large else _made)(latents, device, which)


@lru_cache(maxsize=8)
def _made(latents: int, device: torch.device, which: int) -> tuple[FixedControls, FixedControls]:
    rows = scrambles(latents, device)[which].mT
    squares = rows.square() - 1
    own = torch.stack([rows, squares], dim=2)
    return FixedControls.of(torch.cat([rows, squares], dim=1)[:, None]), FixedControls.of(own)
