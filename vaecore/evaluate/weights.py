"""The weight w(z) = p(x, z) / q(z), whose mean under q is p(x): what Jensen's inequality is applied to.

    log p(x)  =  log E_q[w]  ≥  E_q[log w]  =  ELBO        with equality only where w is the same for all z that q can draw

and between the two, with the mean of K weights in place of one, the importance bounds (Burda et al. 2016, eq. 8).
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.models import VAE
from vaecore.evaluate.api import log_joint


def common_random_numbers(draws: int, latents: int, seed: int) -> Float[Tensor, "draws latent"]:
    """Standard normal noise, float64, the same for the same seed.

    Example:
        >>> torch.equal(common_random_numbers(4, 2, seed=1), common_random_numbers(4, 2, seed=1))
        True
    """
    return torch.randn(draws, latents, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def log_weights(
    model: VAE, x: Float[Tensor, "1 pixels"], q: DiagonalGaussian, z: Float[Tensor, "points batch latent"]
) -> Float[Tensor, "points batch"]:
    """log p(x, z) − log q(z), in nats, of one image and several q, each at its own points.

    Raises:
        ValueError: x is not one image of the model, or z does not have its latents.

    Example:
        >>> import vaecore
        >>> posterior = DiagonalGaussian(torch.tensor([[1.0]]), torch.tensor([[0.5]]))  # every weight is p(x)
        >>> z = posterior.at(torch.tensor([[[0.0]], [[2.0]]]))
        >>> found = log_weights(vaecore.load("number"), torch.tensor([[2.0]]), posterior, z)
        >>> [round(value, 4) for value in found[:, 0].tolist()]
        [-2.2655, -2.2655]
    """
    joint = log_joint(model, x, z.expand(-1, len(q.mean), -1).flatten(0, 1)).reshape(len(z), -1)
    return joint - q.log_prob(z)


def log_mean(log_weights: Float[Tensor, "draws ..."]) -> Float[Tensor, "..."]:
    """log of the mean weight over the draws, in nats: by Jensen's inequality never less than `log_weights.mean(0)`.

    Example:
        >>> round(log_mean(torch.tensor([0.0, math.log(3)])).item(), 4)  # log 2
        0.6931
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def importance_bounds(
    log_weights: Float[Tensor, "nodes batch"], masses: Float[Tensor, " nodes"], samples: Sequence[int]
) -> Float[Tensor, "batch bounds"]:
    """L_K = E[log (w_1 + … + w_K) / K] for each K in `samples`, in nats, by one-dimensional integrals.

    `log_weights` are those of a random w that takes each node's value with the probability in `masses`: w on the nodes of a
    quadrature rule over z ~ q. They should be relative to p(x), so that E[w] is 1: the range of the integral is fixed.

        log y = ∫₀^∞ (e^(−s) − e^(−sy)) ds/s                            (Frullani's integral)
        L_K   = ∫₀^∞ (e^(−Ks) − φ(s)^K) ds/s,   φ(s) = E[e^(−sw)]       (the K weights are independent)

    In log s the integrand is analytic and vanishes at both ends, so evenly spaced points converge geometrically.

    Raises:
        ValueError: a K is less than 1.

    Example:
        >>> logs = torch.tensor([[-0.5], [0.0], [0.5]], dtype=torch.float64)
        >>> bounds = importance_bounds(logs, torch.full((3,), 1 / 3, dtype=torch.float64), [1, 10])[0]
        >>> bool(abs(bounds[0]) < 1e-9) and bool(bounds[0] < bounds[1] < log_mean(logs))
        True
    """
    if min(samples) < 1:
        raise ValueError(f"samples must be 1 or more; got {min(samples)}.")
    s = torch.arange(*_LOG_S, dtype=log_weights.dtype).exp()
    # In place, and one q after the other: it is a function of nodes × batch × steps numbers. exp(−60) counts as 0.
    phi = torch.stack([torch.outer(s, -w).clamp_(min=-60).exp_() @ masses for w in log_weights.exp().T])
    bounds = [
        # One weight alone needs no integral over s.
        masses @ log_weights if size == 1 else _LOG_S[2] * ((-size * s).exp() - phi**size).sum(1)
        for size in samples
    ]
    return torch.stack(bounds, -1)


_LOG_S = (-28.0, 75.0, 0.4)
"""First, last and step of log s. The step's error is of the order exp(−π²/0.4) = 2e-11. Cut off beyond the last is φ(s)^K,
about the probability that all K weights are below e^(−75): at most 1e-5 nats for the q of the derivation (tested)."""
