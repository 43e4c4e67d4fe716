"""Chooses the evaluator for a model: the one module that knows them all."""

from torch import Tensor

from vaecore.core.models import VAE
from vaecore.evaluate.closed_form import ClosedForm, linear_gaussian
from vaecore.evaluate.evaluator import Evaluator
from vaecore.evaluate.no_images import NoImages
from vaecore.evaluate.quadrature.evaluator import LatticeQuadrature
from vaecore.evaluate.sobol import SobolSampling


def evaluator_for(model: VAE, x: Tensor) -> Evaluator:
    """The most accurate evaluator that the model admits."""
    if not len(x):
        return NoImages(model)
    parts = linear_gaussian(model)
    if parts is not None:
        return ClosedForm(*parts)
    if model.latent_dim <= 2:
        return LatticeQuadrature(model)
    return SobolSampling(model)
