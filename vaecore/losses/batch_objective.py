"""The loss of a training loop: the mean over a batch of ‖x − x̂‖² + KL, for three choices of the decoder input.

    over q          x̂ = f(z), in expectation over z ~ q: what one sample per image estimates without bias
    of one sample   x̂ = f(mean + sd · noise), the reparametrised sample (Kingma & Welling 2014, section 2.4)
    at the mean     x̂ = f(mean): the data term no longer depends on q's variance, only KL does

‖x − f(z)‖² = −log p(x|z) − (P/2) log π for σₓ² = ½, so the first is −ELBO for that noise, minus the constant.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from vaecore.core.gaussian import DiagonalGaussian, kl_to_standard_normal
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE
from vaecore.evaluate.sweeps import sweep_variance

ASSUMED_NOISE_VARIANCE = 0.5
"""σₓ² for which ‖x − x̂‖² is −log p(x|z) up to a constant: 1 / (2σₓ²) = 1."""


def dropped_constant(pixels: int) -> float:
    """(P/2) log 2πσₓ² for σₓ² = ½, in nats per image: the constant of −ELBO that the loss drops.

    Example:
        >>> round(dropped_constant(784), 2)  # 392 log π
        448.73
    """
    return 0.5 * pixels * math.log(2 * math.pi * ASSUMED_NOISE_VARIANCE)


def squares_over_q(
    model: VAE, x: Float[Tensor, "batch pixels"], mean: Float[Tensor, "batch latent"], variances: Float[Tensor, " steps"]
) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
    """E_q‖x − f(z)‖² for each variance (the same in all dimensions), averaged over the batch, and the largest error.

    Raises:
        ValueError: shapes do not fit, or a variance is not positive and finite.

    Example:
        >>> import vaecore
        >>> model, x, mean = vaecore.load("number"), torch.tensor([[2.0]]), torch.tensor([[1.0]])
        >>> squares, _ = squares_over_q(model, x, mean, torch.tensor([0.5]))
        >>> round(squares.item(), 4)  # (2 − 1)² + 0.5
        1.5
    """
    assumed = model.with_likelihood(GaussianPixels(ASSUMED_NOISE_VARIANCE))
    swept = sweep_variance(assumed, x, mean, variances)
    return -swept.reconstruction.mean(0) - dropped_constant(x.shape[1]), swept.error.amax(0)


def squares_of_samples(
    model: VAE, x: Float[Tensor, "batch pixels"], q: DiagonalGaussian, noise: Float[Tensor, "draws batch latent"]
) -> Float[Tensor, " draws"]:
    """‖x − f(mean + sd · noise)‖², averaged over the batch, for each draw; noise 0 decodes at the mean.

    Raises:
        ValueError: shapes do not fit.

    Example:
        >>> import vaecore
        >>> q = DiagonalGaussian(torch.tensor([[1.0]]), torch.tensor([[0.25]]))
        >>> squares_of_samples(vaecore.load("number"), torch.tensor([[2.0]]), q, torch.tensor([[[0.0]], [[2.0]]])).tolist()
        [1.0, 0.0]
    """
    with torch.no_grad():
        decoded = model.decode(q.at(noise).to(model.dtype)).to(x)
    return (x - decoded).square().sum(-1).mean(-1)


def kl_over_batch(mean: Float[Tensor, "batch latent"], variances: Float[Tensor, " steps"]) -> Float[Tensor, " steps"]:
    """Σ_j KL(N(mean_j, variance) ‖ N(0, 1)) for each variance, averaged over the batch, in nats.

    Example:
        >>> kl_over_batch(torch.tensor([[1.0], [3.0]]), torch.tensor([1.0])).tolist()  # (0.5 + 4.5) / 2
        [2.5]
    """
    return kl_to_standard_normal(mean[:, None], variances[None, :, None]).sum(-1).mean(0)
