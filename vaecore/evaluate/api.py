"""The quantities of the identity log p(x) = reconstruction − kl + gap, for any model.

How a number is had is chosen by the model, never by the caller:

    closed_form  a linear decoder with Gaussian pixels, any number of latents: exact
    quadrature   one or two latents, any decoder: quadrature, to 1e-3 nats
    sampling     more latents: whitened Sobol points, estimates with their standard errors

The three are implementations of one protocol, `Evaluator`, side by side in modules of those names. All values are in nats
per image, summed over pixels and latents, in the dtype and on the device of x, whatever those of the model and q are. No
gradients flow through them.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.decoding import PointDecoder
from vaecore.core.gaussian import DiagonalGaussian, kl_slopes, kl_to_standard_normal, standard_normal_log_prob
from vaecore.core.models import VAE
from vaecore.core.records import Accuracy, ElboTerms, Evidence, Forces, Gap, ImportanceBound, VarianceSweep
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.importance import importance_bounds


def elbo(model: VAE, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian) -> ElboTerms:
    """The evidence lower bound of each image under q, and its two terms.

    Raises:
        ValueError: x or q do not fit the model, or each other.
    """
    _check(model, x, q.mean)
    rule = evaluator_for(model)
    reconstruction, error = rule.reconstruction(x, q.mean, q.variance[:, None])
    kl = kl_to_standard_normal(q.mean.detach(), q.variance.detach()).to(x)
    return ElboTerms(reconstruction[:, 0], kl, error[:, 0], rule.accuracy)


def evidence(model: VAE, x: Float[Tensor, "batch pixels"]) -> Evidence:
    """log p(x) of each image, and for one or two latents the table of log p(x, z) it was summed over.

    Above two latents (and a decoder that is not linear) it is an importance bound, an estimate from below.

    Raises:
        ValueError: x does not fit the model.
    """
    _check(model, x)
    return evaluator_for(model).evidence(x)


def gap(model: VAE, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian, known: Evidence) -> Gap:
    """KL(q ‖ p(z|x)) of each image, the room between the ELBO and log p(x), by a computation of its own.

    That log p(x) = reconstruction − kl + gap is thus a test and not a definition: of all four terms for a linear decoder,
    whose gap is a divergence of two Gaussians; elsewhere of the three that contain q, since p(z|x) takes log p(x) as known.

    Args:
        model: the model.
        x: images.
        q: the approximate posteriors.
        known: `evidence(model, x)`, which turns p(x, z) into p(z|x).

    Raises:
        ValueError: x, q and the evidence do not fit the model, or each other.
    """
    _check(model, x, q.mean)
    value, error, accuracy = _gaps(model, x, q.mean, q.variance[:, None], known)
    return Gap(value[:, 0], error[:, 0], accuracy)


def best_gaussian(model: VAE, x: Float[Tensor, "batch pixels"], beta: float = 1.0) -> DiagonalGaussian:
    """The diagonal q of each image that maximises reconstruction − beta · kl.

    Raises:
        ValueError: x does not fit the model, or beta is not positive.
    """
    _check(model, x)
    if not 0 < beta < float("inf"):
        raise ValueError(f"beta must be positive and finite; got {beta:g}.")
    return evaluator_for(model).best_gaussian(x, beta)


def sweep_variance(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    mean: Float[Tensor, "batch latent"],
    variances: Float[Tensor, "steps ..."],
) -> VarianceSweep:
    """Every term of the ELBO at every variance, about one mean per image.

    Args:
        model: the model.
        x: images.
        mean: q's mean, held still.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).

    Raises:
        ValueError: shapes do not fit, or a variance is not positive and finite.
    """
    variances = _check_sweep(model, x, mean, variances)
    rule = evaluator_for(model)
    reconstruction, error = rule.reconstruction(x, mean, variances.expand(len(x), -1, -1))
    kl = kl_to_standard_normal(mean.detach()[:, None], variances.detach()).to(x)
    return VarianceSweep(mean, variances, reconstruction, kl, error, rule.accuracy)


def sweep_gap(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    mean: Float[Tensor, "batch latent"],
    variances: Float[Tensor, "steps ..."],
    known: Evidence,
) -> Gap:
    """`gap` at every variance, about one mean per image: value and error of shape (batch, steps).

    Args:
        model: the model.
        x: images.
        mean: q's mean, held still.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).
        known: `evidence(model, x)`.

    Raises:
        ValueError: shapes do not fit, or a variance is not positive and finite.
    """
    variances = _check_sweep(model, x, mean, variances)
    return Gap(*_gaps(model, x, mean, variances.expand(len(x), -1, -1), known))


def forces(
    model: VAE,
    x: Float[Tensor, "batch pixels"],
    mean: Float[Tensor, "batch latent"],
    variances: Float[Tensor, "steps ..."],
) -> Forces:
    """How hard reconstruction and KL pull at q's mean and variances: the slopes of both at every variance.

    With f = log p(x|z), ∂E_q[f]/∂mean = E_q[∂f/∂z] (Bonnet) and ∂E_q[f]/∂variance_j = ½ E_q[∂²f/∂z_j²] (Price 1958; Opper &
    Archambeau 2009, appendix A). At `best_gaussian(model, x, beta)` the reconstruction's slopes are β times the KL's.

    For one or two latents the slopes err by less than 0.001 nat per standard deviation of q (of the mean) and per unit of
    log variance (of the variance), or by less than a thousandth of themselves where that is more.

    Args:
        model: the model.
        x: images.
        mean: q's mean, held still.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).

    Raises:
        ValueError: shapes do not fit, or a variance is not positive and finite.
    """
    variances = _check_sweep(model, x, mean, variances)
    rule = evaluator_for(model)
    (by_mean, by_variance), errors = rule.slopes(x, mean, variances.expand(len(x), -1, -1))
    kl = [slope.expand_as(by_mean).to(x) for slope in kl_slopes(mean.detach()[:, None], variances.detach())]
    return Forces(by_mean, by_variance, kl[0], kl[1], errors[0], errors[1], rule.accuracy)


def importance_bound(
    model: VAE, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian, samples: int, seed: int, *, replicates: int = 16
) -> ImportanceBound:
    """L_K with K = `samples` draws from q: a bound between the ELBO (K = 1) and log p(x) (Burda et al. 2016, eq. 8).

    Its standard error comes from `replicates` independent repetitions.

    Raises:
        ValueError: x or q do not fit the model or each other, or there is nothing to draw.
    """
    _check(model, x, q.mean)
    if samples < 1 or replicates < 2:
        raise ValueError(f"samples must be at least 1 and replicates at least 2; got {samples} and {replicates}.")
    return importance_bounds(PointDecoder(model), x, q, samples, seed, replicates)


def log_joint(model: VAE, x: Float[Tensor, "1 pixels"], z: Float[Tensor, "points latent"]) -> Float[Tensor, " points"]:
    """log p(x, z) of one image at any points.

    Raises:
        ValueError: x is not one image of the model, or z does not have its latents.
    """
    _check(model, x)
    if len(x) != 1:
        raise ValueError(f"x must be one image of shape (1, pixels); got x.shape={tuple(x.shape)}.")
    _check_latents(model, z, "z")
    decoder = PointDecoder(model)
    z = z.to(decoder.device, torch.float64)
    return (decoder.log_likelihood(decoder.project(x[0]), z) + standard_normal_log_prob(z)).to(x)


def _gaps(model: VAE, x: Tensor, mean: Tensor, variances: Tensor, known: Evidence) -> tuple[Tensor, Tensor, Accuracy]:
    if len(known.value) != len(x):
        raise ValueError(f"x and the evidence must have the same batch size; got {len(x)} and {len(known.value)}.")
    rule = evaluator_for(model)
    # Added to a lower bound on log p(x), the gap is a lower bound as well, however it was computed.
    accuracy = known.accuracy if known.accuracy is Accuracy.LOWER_BOUND else rule.accuracy
    return *rule.gap(x, mean, variances, known), accuracy


def _check_sweep(model: VAE, x: Tensor, mean: Tensor, variances: Tensor) -> Float[Tensor, "steps latent"]:
    """The variances of a sweep, one for each dimension."""
    if variances.ndim == 1:
        variances = variances[:, None].expand(-1, model.latent_dim)
    if variances.ndim != 2:
        raise ValueError(f"variances must have shape (steps,) or (steps, latent); got {tuple(variances.shape)}.")
    _check(model, x, mean)
    q = DiagonalGaussian(torch.zeros_like(variances), variances)
    _check_latents(model, q.variance, "variances")
    return variances


def _check(model: VAE, x: Tensor, mean: Tensor | None = None) -> None:
    if x.ndim != 2:
        raise ValueError(f"x must have shape (batch, pixels); got x.shape={tuple(x.shape)}.")
    if x.shape[1] != model.pixels:
        raise ValueError(f"x must have {model.pixels} pixels, as the decoder makes them; got x.shape={tuple(x.shape)}.")
    if not x.is_floating_point():
        raise ValueError(f"x must be of a floating type; got {x.dtype}.")
    model.likelihood.check(x)
    if mean is not None:
        _check_latents(model, mean, "q's mean")
        if len(mean) != len(x):
            raise ValueError(f"x and q must have the same batch size; got {len(x)} and {len(mean)}.")


def _check_latents(model: VAE, values: Tensor, what: str) -> None:
    if values.ndim != 2 or values.shape[-1] != model.latent_dim:
        raise ValueError(f"{what} must have {model.latent_dim} columns, one per latent; got shape {tuple(values.shape)}.")
