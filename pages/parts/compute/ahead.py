"""What is decoded before anybody asks, so that nobody waits for it."""

import torch

from pages.parts.compute import cached
from pages.parts.compute.models import model_of
from pages.parts.state.setup import Setup
from pages.parts.state.sweep_path import SweepPath
from vaecore.core.evaluation_mode import evaluation_mode
from vaecore.data import digits, mnist
from vaecore.evaluate.quadrature.evaluator import LatticeQuadrature


def decode_ahead(setup: Setup, path: SweepPath) -> None:
    """Decode what sweeps about the encoder's means of all digits need: 50 MB for `digits-2`, once for all processes.

    Args:
        setup: any of a model of two latents with an encoder and grey pixels.
        path: of the variances.
    """
    x = cached.image(setup)
    with evaluation_mode(model_of(setup)) as model:
        assert model.encoder is not None, "the model has an encoder"
        pictures = mnist.grey(digits.test_digits().images)
        means = model.encode(pictures.to(model.device, model.dtype)).mean
        variances = torch.tensor(path.variances, device=x.device)
        LatticeQuadrature(model).decode_ahead(x[0], means, variances)
