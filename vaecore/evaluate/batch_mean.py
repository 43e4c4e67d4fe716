"""Means over a whole test set, in chunks, with the error that the computation leaves in them.

Above two latents all images meet the same random numbers, so their errors add up instead of averaging out; here the mean is
taken over images for each scramble first, and the scrambles' spread gives its error.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vaecore.core.evaluation_mode import evaluation_mode
from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal
from vaecore.core.models import VAE
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.inputs import Array, pixels_of, q_of, whole_number
from vaecore.evaluate.sobol import STUDENT, SobolSampling


@dataclass(frozen=True)
class MeanElbo:
    """Mean ELBO of the images seen so far, in nats per image."""

    images: int
    reconstruction: float
    kl: float
    computing_error: float  # of the mean: a bound, or above two latents a standard error
    sampling_error: float  # standard deviation of the images' ELBO over √images: what another test set would change

    @property
    def elbo(self) -> float:
        """reconstruction − kl."""
        return self.reconstruction - self.kl


def mean_elbo(model: VAE, x: Array, *, q: DiagonalGaussian | None = None, chunk: int = 100) -> Iterator[MeanElbo]:
    """The mean ELBO of images under the encoder's q, or another: one record after every chunk, the last one of all images.

    The caller shows progress: `for so_far in mean_elbo(model, x): ...`, or wraps the iterator in tqdm. Above two latents an
    image costs 256 decoded points, or 16 per latent where that is more.

    Args:
        model: the model.
        x: images.
        q: one approximate posterior for each image; the encoder's if not given.
        chunk: how many images at once.

    Raises:
        ValueError: x or q do not fit the model or each other, there are no images, or neither encoder nor q.

    Example:
        >>> import vaecore
        >>> from vaecore.data import digits, mnist
        >>> x = mnist.grey(digits.test_digits().images[:20])
        >>> [so_far.images for so_far in vaecore.mean_elbo(vaecore.load("digits-2"), x, chunk=8)]
        [8, 16, 20]
    """
    chunk = whole_number(chunk, "chunk", 1)
    if not len(x):  # type: ignore[arg-type]
        raise ValueError("x must hold at least one image; got none.")
    rows: list[Tensor] = []
    kls: list[Tensor] = []
    for start in range(0, len(x), chunk):  # type: ignore[arg-type]
        here = slice(start, start + chunk)
        with evaluation_mode(model) as ready:
            images = pixels_of(ready, x[here])  # type: ignore[index]
            if q is None:
                own = ready.encode(images.to(ready.device, ready.dtype))
            else:
                own = DiagonalGaussian(q.mean[here], q.variance[here])
            own = q_of(ready, images, own)
            evaluator = evaluator_for(ready, images)
            if isinstance(evaluator, SobolSampling):
                values = evaluator.by_scramble(images, own.mean, own.variance)
            else:
                value, error = evaluator.reconstruction(images, own.mean, own.variance[:, None])
                values = torch.cat([value, value + error], 1).double()
            rows.append(values.cpu().double())
            kls.append(kl_to_standard_normal(own.mean, own.variance).sum(-1).cpu())
        yield _summary(torch.cat(rows), torch.cat(kls), isinstance(evaluator, SobolSampling))


def _summary(values: Tensor, kl: Tensor, sampled: bool) -> MeanElbo:
    """From (images, scrambles), or from value and value + error."""
    means = values.mean(0)
    if sampled:
        each, error = values.mean(1), STUDENT * float(means.std()) / math.sqrt(len(means))
    else:
        each, error = values[:, 0], float((values[:, 1] - values[:, 0]).mean())
    spread = float((each - kl).std()) / math.sqrt(len(each)) if len(each) > 1 else math.nan
    return MeanElbo(len(each), float(each.mean()), float(kl.mean()), error, spread)
