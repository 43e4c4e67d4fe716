"""What q costs above the decoder's best image of x, cached: R*, and what parts the gap (`vaecore.evaluate.costs`)."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from pages.parts.compute import cached
from pages.parts.compute.models import model_of
from pages.parts.compute.resolve import Resolved
from pages.parts.state.setup import Setup
from pages.parts.state.sweep_path import SweepPath
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.evaluate import costs
from vaecore.evaluate.api import elbo
from vaecore.figures.values import values

Numbers = tuple[float, ...]

_SMALL_RISE = 1e-4  # nats: shares of the gap are shown to a hundredth


@lru_cache(maxsize=512)
def best_reconstruction(setup: Setup) -> float:
    """R* in nats: log p(x|z) at the code whose decoding makes the image most likely. No q reconstructs better."""
    if setup.sigma_x is not None:
        # With Gaussian pixels that code is the same whatever σx is: it is searched for once.
        z = _best_code(replace(setup, sigma_x=None)).z
        return float(costs.log_likelihood(model_of(setup), cached.image(setup), z)[0])
    return float(_best_code(setup).log_likelihood[0])


@lru_cache(maxsize=512)
def best_drawing(setup: Setup) -> Float[np.ndarray, " pixels"]:
    """E[x|z] at the code of `best_reconstruction`: of what the decoder draws, the likeliest to be x."""
    z = _best_code(replace(setup, sigma_x=None)).z
    return values(costs.decoded_at(model_of(setup), cached.image(setup), z)[0])[0]


@lru_cache(maxsize=512)
def _best_code(setup: Setup) -> costs.BestCode:
    return costs.best_code(model_of(setup), cached.image(setup), known=cached.evidence_with_table(setup))


def at_best_mean(resolved: Resolved) -> float | None:
    """The objective of q moved to the best q's mean with its variances kept, in the visitor's unit.

    None where its variances lie on the slider's path, since the largest along the slider is then at least as much.
    """
    setup, beta, q = resolved.setup, resolved.beta, resolved.q
    if q.path.passes(q.variance) is not None:
        return None
    terms = cached.elbo(setup, cached.best_q(setup, beta)[0], q.variance)
    return resolved.unit.per_nat * float(terms.reconstruction[0] - beta * terms.kl[0].sum())


def fixed_numbers(setup: Setup) -> dict[str, float]:
    """What no q changes, in nats: log p(x) and R*."""
    return {"evidence": cached.log_evidence(setup), "bestReconstruction": best_reconstruction(setup)}


def top_of_scale(setup: Setup) -> float:
    """The height of a chart of costs in nats: enough for the floor R* − log p(x) and for the encoder's q, and at least 1.

    It depends on the model and the image alone, so that lengths can be compared while q moves.
    """
    top, own = best_reconstruction(setup), cached.encoder_q(setup)
    of_encoder = 0.0 if own is None else top - float(cached.elbo(setup, *own).elbo[0])
    return max(2.5 * (top - cached.log_evidence(setup)), 1.15 * of_encoder, 1.0)


@lru_cache(maxsize=512)
def best_elbo_about(setup: Setup, mean: Numbers, path: SweepPath) -> float:
    """The largest ELBO about a mean, every variance free, in nats: it parts the mean's share of the gap from the width's.

    The search starts from the best variances of the path, which are at hand for the mean that is shown.
    """
    swept = cached.sweep(setup, mean, path)
    step = int(swept.best_step(1.0)[0])
    model, x = model_of(setup), cached.image(setup)
    centre = cached.gaussian(setup, mean, tuple(path.variances[step].tolist()))
    variance = costs.best_variance(model, x, centre.mean, start=centre.variance, small_rise=_SMALL_RISE)
    refitted = elbo(model, x, DiagonalGaussian(centre.mean, variance.to(centre.mean))).elbo
    # The search may stop a little below its maximum.
    return max(float(refitted[0]), float(swept.elbo.max()))
