"""The true posterior p(z|x) of one or two latents, evaluated at points for a chart."""

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.gaussian import standard_normal_log_prob
from vaecore.core.models import VAE
from vaecore.core.records import Evidence, JointTable, LatentCurves, PosteriorWindow
from vaecore.evaluate.api import log_joint

_PLANE_STEPS, _CURVE_STEPS = 61, 801
_DEPTH = 7.0  # the window holds all points of the table above e⁻⁷ of the peak: a Gaussian out to 3.7 standard deviations
_MARGIN = 0.2  # on every side, as a share of its width
_NARROWEST = 1e-3  # width of the window around a table that has a single point above that level


def posterior_window(model: VAE, x: Float[Tensor, "1 pixels"], table: JointTable) -> PosteriorWindow:
    """The posterior of one image in two latents: a square grid around its mass, all modes that `table` resolves included.

    Raises:
        ValueError: the model does not have two latents, or x is not one image of it.

    Example:
        >>> import vaecore
        >>> from vaecore.data import digits, mnist
        >>> model, x = vaecore.load("digits-2"), mnist.grey(digits.test_digits().images[:1])
        >>> (table,) = vaecore.evidence(model, x).tables
        >>> posterior_window(model, x, table).density.shape
        torch.Size([61, 61])
    """
    if model.latent_dim != 2:
        raise ValueError(f"the model must have two latents for a window on their plane; it has {model.latent_dim}.")
    mass = table.z[table.log_joint >= table.log_joint.max() - _DEPTH]
    low, high = mass.amin(0), mass.amax(0)
    centre, half = (low + high) / 2, (0.5 + _MARGIN) * (high - low).max().clamp_min(_NARROWEST)
    steps = torch.linspace(-1, 1, _PLANE_STEPS, dtype=mass.dtype, device=mass.device) * half
    first, second = centre[0] + steps, centre[1] + steps
    log_density = log_joint(model, x, torch.cartesian_prod(second, first).flip(-1)).reshape(_PLANE_STEPS, _PLANE_STEPS)
    return PosteriorWindow(first, second, (log_density - log_density.max()).exp())


def latent_curves(
    model: VAE, x: Float[Tensor, "1 pixels"], known: Evidence, table: JointTable, reach: float
) -> LatentCurves:
    """Prior, likelihood and posterior of one image in one latent, for |z| ≤ reach.

    Args:
        model: the model.
        x: one image.
        known: `evidence(model, x)`, which normalises the posterior.
        table: that of this image; its points are added to a regular grid, so that no peak is missed however narrow it is.
        reach: the largest |z|.

    Raises:
        ValueError: the model does not have one latent, or x is not one image of it.

    Example:
        >>> import vaecore
        >>> model, x = vaecore.load("number"), torch.tensor([[2.0]])
        >>> z, log_volume = torch.linspace(-2, 4, 61)[:, None], torch.full((61,), 0.1).log()
        >>> table = JointTable(z, log_joint(model, x, z), log_volume)
        >>> curves = latent_curves(model, x, vaecore.evidence(model, x), table, reach=4.0)
        >>> round(curves.z[curves.posterior.argmax()].item(), 4)
        1.0
    """
    if model.latent_dim != 1:
        raise ValueError(f"the model must have one latent for curves over it; it has {model.latent_dim}.")
    peak = table.z.squeeze(-1)
    z = torch.cat([torch.linspace(-reach, reach, _CURVE_STEPS).to(peak), peak]).unique()
    z = z[z.abs() <= reach].unsqueeze(-1)
    log_prior = standard_normal_log_prob(z)
    joint = log_joint(model, x, z)
    log_likelihood = joint - log_prior
    return LatentCurves(
        z=z.squeeze(-1),
        prior=log_prior.exp(),
        likelihood=(log_likelihood - log_likelihood.max()).exp(),
        posterior=(joint - known.value).exp(),
    )
