"""What q costs above the decoder's best image of x, cached: R*, and the gap in three parts (`vaecore.evaluate.costs`)."""

from functools import lru_cache

from pages.parts.compute import cached
from pages.parts.compute.models import model_of
from pages.parts.state.setup import Setup
from vaecore.evaluate import costs

Numbers = tuple[float, ...]


@lru_cache(maxsize=512)
def best_reconstruction(setup: Setup) -> float:
    """R* in nats: log p(x|z) at the code whose decoding makes the image most likely. No q reconstructs better."""
    return float(costs.best_code(model_of(setup), cached.image(setup), known=cached.evidence(setup)).log_likelihood[0])


def top_of_scale(setup: Setup) -> float:
    """The height of a chart of costs in nats: enough for the floor R* − log p(x) and for the encoder's q, and at least 1.

    It depends on the model and the image alone, so that lengths can be compared while q moves.
    """
    top, own = best_reconstruction(setup), cached.encoder_q(setup)
    of_encoder = 0.0 if own is None else top - float(cached.elbo(setup, *own).elbo[0])
    return max(2.5 * (top - cached.log_evidence(setup)), 1.15 * of_encoder, 1.0)


@lru_cache(maxsize=512)
def gap_shares(setup: Setup, mean: Numbers, variance: Numbers) -> costs.GapShares:
    """How much of the gap of q is its mean's, its width's and the shape's of the posterior, in nats."""
    q = cached.gaussian(setup, mean, variance)
    known, best = cached.evidence(setup), cached.best_gaussian(setup, 1.0)
    return costs.gap_shares(model_of(setup), cached.image(setup), q, known, best)
