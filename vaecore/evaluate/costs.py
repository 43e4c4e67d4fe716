"""What q costs, in nats from one zero: the decoder's best picture of x.

With z* = argmax_z log p(x|z) and R* = log p(x|z*), which depend on image and model alone,

    lost  =  R* − E_q[log p(x|z)]  ≥ 0          misplacement (R* − log p(x|mean)) and blur (log p(x|mean) − E_q[log p(x|z)])
    cost  =  lost + KL  =  R* − ELBO  =  floor + gap          floor = R* − log p(x) ≥ 0: no q costs less

so reconstruction and KL add up on one axis and the ELBO's maximum is the bottom of a valley. It is the plane of rate (KL)
and distortion (lost) of Alemi et al. (2018), "Fixing a Broken ELBO", for one image: the floor is its line of slope −1.
"""

import math
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.ascent import climb
from vaecore.core.decoding import PointDecoder, ProjectedImage
from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.gaussian import DiagonalGaussian, standard_normal_log_prob
from vaecore.core.models import VAE
from vaecore.core.records import Evidence
from vaecore.evaluate.api import best_gaussian, elbo, evidence
from vaecore.evaluate.best_variance import best_variance
from vaecore.evaluate.closed_form import linear_gaussian

_TABLE_STARTS = 4  # local searches from the table of log p(x, z), in one or two latents
_PRIOR_STARTS = 6  # local searches from draws of the prior, above two latents, where there is no table
_APART = 0.25  # distance in z within which two points of the table count as one start
_SEARCH_STEPS = 60  # of BFGS at most
# Nats by which a step must raise log p(x|z): from all starts, and from the highest that was found.
_ROUGH_RISE, _LEAST_RISE = 1e-3, 1e-7


@dataclass(frozen=True, eq=False)
class BestCode:
    """z* of each image: the code whose decoding makes x most likely."""

    z: Float[Tensor, "batch latent"]
    log_likelihood: Float[Tensor, " batch"]  # R* = log p(x|z*), in nats
    accuracy: Accuracy  # exact for linear decoders; else the best of several local searches, so a lower bound on the maximum


@dataclass(frozen=True, eq=False)
class GapShares:
    """The gap of each q in three parts, each ≥ 0, whose sum is log p(x) − ELBO(q); of β = 1."""

    mean: Float[Tensor, " batch"]  # min cost over variances at this mean, minus min cost over all diagonal Gaussians
    width: Float[Tensor, " batch"]  # cost(q) minus the min over all variances, every dimension free, at this mean
    shape: Float[Tensor, " batch"]  # the approximation gap: what the best diagonal Gaussian leaves
    best_variance: Float[Tensor, "batch latent"]  # the variances of that minimum at this mean


@in_evaluation_mode
def best_code(model: VAE, x: Float[Tensor, "batch pixels"], seed: int = 0, known: Evidence | None = None) -> BestCode:
    """z* = argmax_z log p(x|z) of each image and R* = log p(x|z*).

    By least squares for a linear decoder with Gaussian pixels. Otherwise by BFGS from several starts: the likeliest points
    of the table of log p(x, z) in one or two latents; above, the encoder's mean, the best q's mean and draws of the prior.
    With Gaussian pixels z* minimises the squared error, whatever σₓ is.

    Args:
        model: the model.
        x: images.
        seed: of the draws.
        known: `evidence(model, x)`, if it is at hand.

    Raises:
        ValueError: x does not fit the model.

    Example:
        >>> import vaecore
        >>> found = best_code(vaecore.load("number"), torch.tensor([[2.0]]))  # f(z) = z
        >>> round(found.z.item(), 4)
        2.0
    """
    known = evidence(model, x) if known is None else known
    decoder = PointDecoder(model)
    parts = linear_gaussian(model)
    if parts is not None:
        weight, bias = (t.detach().to(decoder.device, torch.float64) for t in (parts[0].weight, parts[0].bias))
        residual = x.detach().to(weight) - bias
        z = torch.linalg.lstsq(weight, residual.T, driver="gelsd" if weight.device.type == "cpu" else None).solution.T
        rows = [decoder.log_likelihood(decoder.project(one), at[None])[0] for one, at in zip(x, z, strict=True)]
        return BestCode(z.to(x), torch.stack(rows).to(x), Accuracy.EXACT)
    starts = _starts_from_tables(model, x, known) if known.tables is not None else _starts_from_draws(model, x, seed)
    found = [_climb(decoder, decoder.project(image), points) for image, points in zip(x, starts, strict=True)]
    z, value = (torch.stack(column).to(x) for column in zip(*found, strict=True))
    return BestCode(z, value, Accuracy.LOWER_BOUND)


@in_evaluation_mode
def log_likelihood(
    model: VAE, x: Float[Tensor, "batch pixels"], z: Float[Tensor, "batch latent"]
) -> Float[Tensor, " batch"]:
    """log p(x|z) of each image at its own code, in nats.

    Raises:
        ValueError: z does not have a row for each image, or not the model's latents.
    """
    _check_codes(model, x, z)
    decoder = PointDecoder(model)
    z = z.detach().to(decoder.device, torch.float64)
    rows = [decoder.log_likelihood(decoder.project(image), at[None])[0] for image, at in zip(x, z, strict=True)]
    return torch.stack(rows).to(x) if rows else x.new_zeros(0)


@in_evaluation_mode
def decoded_at(
    model: VAE, x: Float[Tensor, "batch pixels"], z: Float[Tensor, "batch latent"]
) -> tuple[Float[Tensor, "batch pixels"], Float[Tensor, " batch"]]:
    """E[x|z] at each image's own code, in the decoder's precision, and `log_likelihood` there, from decoding it once.

    Raises:
        ValueError: z does not have a row for each image, or not the model's latents.
    """
    _check_codes(model, x, z)
    decoder = PointDecoder(model)
    points = decoder.decode(z.detach().to(decoder.device, torch.float64))
    rows = [points.log_likelihood(decoder.project(image))[i] for i, image in enumerate(x)]
    return decoder.mean_images(points).detach(), torch.stack(rows).to(x)


def _check_codes(model: VAE, x: Tensor, z: Tensor) -> None:
    if z.shape != (len(x), model.latent_dim):
        raise ValueError(f"z must have shape ({len(x)}, {model.latent_dim}); got {tuple(z.shape)}.")


@in_evaluation_mode
def gap_shares(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    q: DiagonalGaussian,
    known: Evidence | None = None,
    best: DiagonalGaussian | None = None,
) -> GapShares:
    """How much of each q's gap is its mean's, its width's, and the shape's of the posterior, in nats.

    Which share a nat belongs to depends on the order: first the variances are refitted at this mean, then the mean moves.

    Args:
        model: the model.
        x: images.
        q: the approximate posteriors.
        known: `evidence(model, x)`, if it is at hand.
        best: `best_gaussian(model, x)`, if it is at hand.

    Raises:
        ValueError: x and q do not fit the model or each other.

    Example:
        >>> import vaecore
        >>> q = DiagonalGaussian(torch.tensor([[0.0]]), torch.tensor([[0.5]]))  # the best variance, but not the best mean
        >>> shares = gap_shares(vaecore.load("number"), torch.tensor([[2.0]]), q)
        >>> [abs(round(share.item(), 3)) for share in (shares.mean, shares.width, shares.shape)]
        [1.0, 0.0, 0.0]
    """
    known = evidence(model, x) if known is None else known
    best = best_gaussian(model, x) if best is None else best
    variance = best_variance(model, x, q.mean)
    here, refitted, top = (elbo(model, x, one).elbo for one in (q, DiagonalGaussian(q.mean.to(variance), variance), best))
    # Each search may stop a little below its maximum: what was found higher elsewhere counts.
    refitted = refitted.maximum(here)
    top = top.maximum(refitted)
    return GapShares(top - refitted, refitted - here, known.value.to(top) - top, variance)


def _starts_from_tables(model: VAE, x: Tensor, known: Evidence) -> list[Float[Tensor, "starts latent"]]:
    """Of each image the likeliest points of its table that lie apart, and the encoder's mean."""
    starts = []
    for table in known.tables or ():
        left = (table.log_joint - standard_normal_log_prob(table.z)).double()
        chosen: list[Tensor] = []
        while len(chosen) < _TABLE_STARTS and left.isfinite().any():
            chosen.append(table.z[left.argmax()].double())
            left = left.where((table.z - chosen[-1]).norm(dim=-1) > _APART, -math.inf)
        starts.append(torch.stack(chosen))
    return _with_the_encoders(model, x, starts)


def _starts_from_draws(model: VAE, x: Tensor, seed: int) -> list[Float[Tensor, "starts latent"]]:
    generator = torch.Generator().manual_seed(seed)
    draws = torch.randn(_PRIOR_STARTS, model.latent_dim, generator=generator, dtype=torch.float64)
    best = best_gaussian(model, x).mean.double().cpu()
    return _with_the_encoders(model, x, [torch.cat([mean[None], draws]) for mean in best])


def _with_the_encoders(model: VAE, x: Tensor, starts: list[Tensor]) -> list[Float[Tensor, "starts latent"]]:
    if model.encoder is None:
        return starts
    with torch.no_grad():
        means = model.encode(x.to(model.device, model.dtype)).mean
    return [torch.cat([mean[None].to(rows), rows]) for mean, rows in zip(means, starts, strict=True)]


def _climb(
    decoder: PointDecoder, image: ProjectedImage, starts: Tensor
) -> tuple[Float[Tensor, " latent"], Float[Tensor, ""]]:
    """The highest of the local maxima of log p(x|z) above the starts, the starts themselves included.

    All starts climb at once: one pass of the decoder then serves all of them. What comes out highest climbs on alone, as far
    as the decoder's rounding lets it.
    """
    heights = partial(decoder.log_likelihood_and_gradient, image)
    tops = climb(heights, starts.to(decoder.device), _SEARCH_STEPS, _ROUGH_RISE)
    highest, _ = _highest(decoder, image, tops)
    return _highest(decoder, image, climb(heights, highest[None], _SEARCH_STEPS, _LEAST_RISE))


def _highest(decoder: PointDecoder, image: ProjectedImage, z: Float[Tensor, "points latent"]) -> tuple[Tensor, Tensor]:
    values = decoder.log_likelihood(image, z)
    top = int(values.argmax())
    return z[top], values[top]
