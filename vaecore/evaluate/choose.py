"""Chooses the evaluator for a model: the one module that knows them all."""

from torch import Tensor

from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE, LinearDecoder, is_plain
from vaecore.evaluate.closed_form import ClosedForm
from vaecore.evaluate.evaluator import Evaluator
from vaecore.evaluate.no_images import NoImages
from vaecore.evaluate.quadrature.evaluator import LatticeQuadrature
from vaecore.evaluate.sobol import SobolSampling


def evaluator_for(model: VAE, x: Tensor) -> Evaluator:
    """The most accurate evaluator that the model admits."""
    if not len(x):
        return NoImages(model)
    likelihood = model.likelihood
    if is_plain(model.decoder, LinearDecoder) and isinstance(likelihood, GaussianPixels) and not likelihood.per_pixel:
        return ClosedForm(model.decoder, likelihood)
    if model.latent_dim <= 2:
        return LatticeQuadrature(model)
    return SobolSampling(model)
