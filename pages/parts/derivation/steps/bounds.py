"""ELBO and gap of many q for one image, computed where the model has its lattice."""

import numpy as np
from jaxtyping import Float

import vaecore
from pages.parts.compute import cached, models
from pages.parts.compute.workers import in_process
from pages.parts.state.setup import Setup
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.figures.values import values


@in_process
def bounds_and_gaps(setup: Setup, q: DiagonalGaussian) -> tuple[Float[np.ndarray, " stops"], Float[np.ndarray, " stops"]]:
    """ELBO and gap of every q, each by a sum of its own over z, in nats."""
    model, known, count = models.model_of(setup), cached.evidence(setup), len(q.mean)
    x = cached.image(setup).expand(count, -1)
    every = vaecore.Evidence(known.value.expand(count), known.error.expand(count), known.accuracy, None)
    return values(vaecore.elbo(model, x, q).elbo), values(vaecore.gap(model, x, q, every).value)
