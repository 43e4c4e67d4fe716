"""The model on the bench: a decoder with its pixel likelihood, the prior N(0, I) and, where there is one, an encoder."""

import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels, Likelihood


class LinearDecoder(nn.Module):
    """f(z) = z Wᵀ + b, the decoder under which every quantity has a closed form.

    Args:
        weight: W, shape (pixels, latent).
        bias: b, shape (pixels,).

    Raises:
        ValueError: the shapes do not fit together.
    """

    def __init__(self, weight: Float[Tensor, "pixels latent"], bias: Float[Tensor, " pixels"]) -> None:
        super().__init__()
        if weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise ValueError(
                "weight must have shape (pixels, latent) and bias (pixels,); "
                f"got weight.shape={tuple(weight.shape)} and bias.shape={tuple(bias.shape)}."
            )
        self.weight = nn.Parameter(weight.detach().clone())
        self.bias = nn.Parameter(bias.detach().clone())

    def forward(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch pixels"]:
        return z @ self.weight.T + self.bias


class SquareDecoder(nn.Module):
    """f(z) = z², one latent and one pixel: the smallest decoder whose posterior has two humps."""

    def forward(self, z: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        return z.square()


class VAE(nn.Module):
    """A variational autoencoder with prior N(0, I) (Kingma & Welling 2014).

    Args:
        decoder: any module, (batch, latent) → (batch, pixels): pixel means for `GaussianPixels`, logits for
            `BernoulliPixels`.
        likelihood: p(x|z).
        latent_dim: number of latent dimensions.
        encoder: any module, (batch, pixels) → (batch, 2 · latent), the means followed by the log-variances of
            q(z|x); None where there is no encoder.

    Raises:
        TypeError: the likelihood is neither of the two that are known.
        ValueError: latent_dim is not a positive integer, or disagrees with a linear decoder.
    """

    def __init__(
        self, decoder: nn.Module, likelihood: Likelihood, latent_dim: int, encoder: nn.Module | None = None
    ) -> None:
        super().__init__()
        if not isinstance(likelihood, GaussianPixels | BernoulliPixels):
            raise TypeError(f"likelihood must be GaussianPixels or BernoulliPixels; got {type(likelihood).__name__}.")
        if not isinstance(latent_dim, int) or latent_dim < 1:
            raise ValueError(f"latent_dim must be a positive integer; got {latent_dim!r}.")
        if isinstance(decoder, LinearDecoder) and decoder.weight.shape[1] != latent_dim:
            raise ValueError(f"latent_dim must be {decoder.weight.shape[1]}, as in the decoder; got {latent_dim}.")
        self.decoder = decoder
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.encoder = encoder

    def encode(self, x: Float[Tensor, "batch pixels"]) -> DiagonalGaussian:
        """The encoder's answer q(z|x).

        Raises:
            ValueError: the model has no encoder, or x has another number of pixels.
        """
        if self.encoder is None:
            raise ValueError("this model has no encoder; give q yourself, or ask best_gaussian for one.")
        if x.shape[-1] != self.pixels:
            raise ValueError(f"x must have {self.pixels} pixels; got x.shape={tuple(x.shape)}.")
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        return DiagonalGaussian(mean, log_variance.exp())

    def decode(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch pixels"]:
        """f(z): pixel means for Gaussian pixels, logits for Bernoulli pixels.

        Raises:
            ValueError: z has another number of latents than the model.
        """
        if z.shape[-1] != self.latent_dim:
            raise ValueError(f"z must have {self.latent_dim} latent dimensions; got z.shape={tuple(z.shape)}.")
        return self.decoder(z)

    def with_likelihood(self, likelihood: Likelihood) -> "VAE":
        """The same networks (shared, not copied) under another likelihood: a new σx, say."""
        return VAE(self.decoder, likelihood, self.latent_dim, self.encoder)

    @property
    def pixels(self) -> int:
        """Number of pixels that the decoder makes."""
        with torch.no_grad():
            return self.decoder(torch.zeros(1, self.latent_dim, dtype=self.dtype, device=self.device)).shape[-1]

    @property
    def device(self) -> torch.device:
        """Where the decoder lives; the CPU for a decoder without parameters."""
        return _first_tensor(self.decoder).device

    @property
    def dtype(self) -> torch.dtype:
        """The floating type of the decoder; torch's default for a decoder without parameters."""
        return _first_tensor(self.decoder).dtype


def multilayer_perceptron(sizes: Sequence[int], activation: type[nn.Module] = nn.SiLU) -> nn.Sequential:
    """Linear layers of the given sizes with `activation` between them, and none after the last."""
    layers: list[nn.Module] = []
    for wide, narrow in itertools.pairwise(sizes):
        layers += [nn.Linear(wide, narrow), activation()]
    return nn.Sequential(*layers[:-1])


def _first_tensor(module: nn.Module) -> Tensor:
    for tensor in itertools.chain(module.parameters(), module.buffers()):
        return tensor
    return torch.empty(0)
