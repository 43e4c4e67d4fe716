"""Every quantity that depends on q at many variances about one mean: what moving the encoder's variance does.

Variances are given as (steps,), the same in all dimensions, or (steps, latent). What `vaecore.evaluate.api` says about the
model, accuracy and gradients holds here as well.
"""

import torch

from vaecore.core.evaluation_mode import in_evaluation_mode
from vaecore.core.gaussian import kl_slopes, kl_to_standard_normal
from vaecore.core.models import VAE
from vaecore.core.records import Evidence, Forces, Gap, VarianceSweep
from vaecore.evaluate.api import gap_accuracy
from vaecore.evaluate.choose import evaluator_for
from vaecore.evaluate.inputs import Array, evidence_of, mean_of, pixels_of, variances_of


@in_evaluation_mode
def sweep_variance(model: VAE, x: Array, mean: Array, variances: Array) -> VarianceSweep:
    """Every term of the ELBO at every variance, about one mean per image.

    Args:
        model: the model.
        x: images.
        mean: q's mean of each image, the same at every step.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).

    Raises:
        ValueError: shapes do not fit, a mean is not finite, or a variance is not positive and finite.

    Example:
        >>> import torch, vaecore
        >>> variances = torch.tensor([0.25, 0.5, 1.0])
        >>> sweep = vaecore.sweep_variance(vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]]), variances)
        >>> variances[sweep.best_step()].item()
        0.5
    """
    x = pixels_of(model, x)
    mean, variances = mean_of(model, x, mean), variances_of(model, variances)
    evaluator = evaluator_for(model, x)
    reconstruction, error = evaluator.reconstruction(x, mean, variances.expand(len(x), -1, -1))
    kl = kl_to_standard_normal(mean[:, None], variances).to(x)
    return VarianceSweep(mean.to(x), variances.to(x), reconstruction, kl, error, evaluator.accuracy)


@in_evaluation_mode
def sweep_gap(model: VAE, x: Array, mean: Array, variances: Array, known: Evidence) -> Gap:
    """`gap` at every variance, about one mean per image: value and error of shape (batch, steps).

    Args:
        model: the model.
        x: images.
        mean: q's mean of each image, the same at every step.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).
        known: `evidence(model, x)`.

    Raises:
        ValueError: shapes do not fit, a mean is not finite, or a variance is not positive and finite.

    Example:
        >>> import torch, vaecore
        >>> model, x, mean = vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]])
        >>> found = vaecore.sweep_gap(model, x, mean, torch.tensor([0.5, 1.0]), vaecore.evidence(model, x))
        >>> [abs(round(value, 4)) for value in found.value[0].tolist()]
        [0.0, 0.1534]
    """
    x = pixels_of(model, x)
    mean, variances, known = mean_of(model, x, mean), variances_of(model, variances), evidence_of(x, known)
    evaluator = evaluator_for(model, x)
    value, error = evaluator.gap(x, mean, variances.expand(len(x), -1, -1), known)
    return Gap(value.to(x), error.to(x), gap_accuracy(evaluator.accuracy, known.accuracy))


@in_evaluation_mode
def forces(model: VAE, x: Array, mean: Array, variances: Array) -> Forces:
    """The slopes of reconstruction and KL in q's mean and variances, at every variance.

    With f = log p(x|z), ∂E_q[f]/∂mean = E_q[∂f/∂z] (Bonnet) and ∂E_q[f]/∂variance_j = ½ E_q[∂²f/∂z_j²] (Price 1958; Opper &
    Archambeau 2009, appendix A). At `best_gaussian(model, x, beta)` the reconstruction's slopes are β times the KL's.

    For one or two latents the slopes err by less than 0.001 nat per standard deviation of q (of the mean) and per unit of
    log variance (of the variance), or by less than a thousandth of themselves where that is more.

    Args:
        model: the model.
        x: images.
        mean: q's mean of each image, the same at every step.
        variances: shape (steps,), for all dimensions alike, or (steps, latent).

    Raises:
        ValueError: shapes do not fit, a mean is not finite, or a variance is not positive and finite.

    Example:
        >>> import torch, vaecore
        >>> found = vaecore.forces(
        ...     vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]]), torch.tensor([0.5])
        ... )
        >>> found.reconstruction_by_variance.item(), found.kl_by_variance.item()  # they balance at the best variance
        (-0.5, -0.5)
    """
    x = pixels_of(model, x)
    mean, variances = mean_of(model, x, mean), variances_of(model, variances)
    evaluator = evaluator_for(model, x)
    (by_mean, by_variance), errors = evaluator.slopes(x, mean, variances.expand(len(x), -1, -1))
    kl = torch.stack([slope.expand_as(by_mean) for slope in kl_slopes(mean[:, None], variances)]).to(x)
    return Forces(by_mean, by_variance, kl[0], kl[1], errors[0], errors[1], evaluator.accuracy)
