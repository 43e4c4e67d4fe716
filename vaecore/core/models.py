"""A variational autoencoder: a decoder with its pixel likelihood, the prior N(0, I) and, optionally, an encoder."""

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels, Likelihood
from vaecore.core.model_files import build_network, describe, read, write
from vaecore.core.network_outputs import mean_and_variance, one_image_each

Kind = TypeVar("Kind", bound=nn.Module)


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

    def description(self) -> dict[str, int]:
        """Its sizes, for `blank`."""
        return {"pixels": self.weight.shape[0], "latents": self.weight.shape[1]}

    @staticmethod
    def blank(pixels: int, latents: int) -> "LinearDecoder":
        """A decoder of these sizes whose weights are 0."""
        return LinearDecoder(torch.zeros(pixels, latents), torch.zeros(pixels))


class SquareDecoder(nn.Module):
    """f(z) = z², one latent and one pixel: the smallest decoder with a bimodal posterior."""

    def forward(self, z: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        return z.square()

    def description(self) -> dict[str, int]:
        """Nothing: there is but one."""
        return {}


class VAE(nn.Module):
    """A variational autoencoder with prior N(0, I) (Kingma & Welling 2014).

    Args:
        decoder: any module, (batch, latent) → (batch, pixels), or images of any shape, (batch, 1, 28, 28) say, whose pixels
            are then taken in order: pixel means for `GaussianPixels`, logits (no sigmoid) for `BernoulliPixels`.
        likelihood: p(x|z).
        latent_dim: number of latent dimensions.
        encoder: any module that takes images in the shape in which the decoder gives them and returns means and
            log-variances of q(z|x): one tensor (batch, 2 · latent), the means first, or a pair of tensors (batch, latent).
            None if there is no encoder.

    Raises:
        TypeError: the likelihood is neither of the two that are known.
        ValueError: latent_dim is not a positive integer, or disagrees with a linear decoder.

    Example:
        >>> decoder = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 64), nn.Unflatten(1, (1, 8, 8)))
        >>> model = VAE(decoder, GaussianPixels(0.05), latent_dim=2)
        >>> model.image_shape, model.decode(torch.zeros(5, 2)).shape
        (torch.Size([1, 8, 8]), torch.Size([5, 64]))
    """

    def __init__(
        self, decoder: nn.Module, likelihood: Likelihood, latent_dim: int, encoder: nn.Module | None = None
    ) -> None:
        super().__init__()
        if not isinstance(likelihood, GaussianPixels | BernoulliPixels):
            raise TypeError(f"likelihood must be GaussianPixels or BernoulliPixels; got {type(likelihood).__name__}.")
        if not isinstance(decoder, nn.Module):
            raise TypeError(f"decoder must be a torch.nn.Module; got {type(decoder).__name__}.")
        if not isinstance(latent_dim, int) or latent_dim < 1:
            raise ValueError(f"latent_dim must be a positive integer; got {latent_dim!r}.")
        if isinstance(decoder, LinearDecoder) and decoder.weight.shape[1] != latent_dim:
            raise ValueError(f"latent_dim must be {decoder.weight.shape[1]}, as in the decoder; got {latent_dim}.")
        self.decoder = decoder
        self.likelihood = likelihood
        self.latent_dim = latent_dim
        self.encoder = encoder

    def encode(self, x: Float[Tensor, "batch ..."]) -> DiagonalGaussian:
        """The encoder's q(z|x), for images or their pixels in order.

        Raises:
            TypeError: the encoder returns neither a tensor nor a pair of tensors.
            ValueError: the model has no encoder, x has another number of pixels, or q(z|x) another number of latents.
        """
        if self.encoder is None:
            raise ValueError("this model has no encoder; pass a q of your own, or use best_gaussian.")
        shape = self.image_shape
        if x[0:1].numel() != len(x[0:1]) * shape.numel():
            raise ValueError(f"x must have {shape.numel()} pixels; got x.shape={tuple(x.shape)}.")
        return DiagonalGaussian(*mean_and_variance(self.encoder(x.reshape(len(x), *shape)), self.latent_dim))

    def decode(self, z: Float[Tensor, "*batch latent"]) -> Float[Tensor, "*batch pixels"]:
        """f(z): pixel means for Gaussian pixels, logits for Bernoulli pixels; images are flattened.

        Raises:
            TypeError: the decoder returns something other than a tensor.
            ValueError: z has another number of latents than the model, or the decoder returns another number of images.
        """
        if z.shape[-1] != self.latent_dim:
            raise ValueError(f"z must have {self.latent_dim} latent dimensions; got z.shape={tuple(z.shape)}.")
        rows = z if z.ndim == 2 else z.reshape(math.prod(z.shape[:-1]), z.shape[-1])
        decoded = one_image_each(self.decoder(rows), len(rows)).flatten(1)
        return decoded if z.ndim == 2 else decoded.reshape(*z.shape[:-1], decoded.shape[-1])

    def with_likelihood(self, likelihood: Likelihood) -> "VAE":
        """The same networks (shared, not copied) under another likelihood: a new σₓ, say."""
        return VAE(self.decoder, likelihood, self.latent_dim, self.encoder)

    def save(self, path: str | Path, *, factory: Callable[[], "VAE"] | None = None) -> None:
        """Write a safetensors file with weights, architecture, likelihood, and σₓ², learned or not.

        Args:
            path: of the file; one that is there is replaced.
            factory: for networks that a file cannot describe (convolutions, say, or classes of your own): a function that
                builds this model. Only the weights and the likelihood are then written, and `load` needs it again.

        Raises:
            ValueError: a layer cannot be described, or the factory builds another model.

        Example:
            >>> import tempfile, pathlib, torch
            >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
            >>> model = VAE(multilayer_perceptron([2, 8, 6]), GaussianPixels(0.1), 2)
            >>> model.save(path)
            >>> z = torch.zeros(1, 2)
            >>> torch.allclose(VAE.load(path).decode(z), model.decode(z))
            True
        """
        weights = self.state_dict()
        if factory is not None:
            built = {key: value.shape for key, value in factory().state_dict().items()}
            if built != {key: value.shape for key, value in weights.items()}:
                raise ValueError("the factory must build this model; the names or shapes of its tensors are others.")
            networks: dict[str, Any] = {"decoder": None, "encoder": None}
        else:
            networks = {
                name: network and describe(network, name, _OWN)
                for name, network in (("decoder", self.decoder), ("encoder", self.encoder))
            }
        write(Path(path), weights, self.likelihood, {**networks, "latents": self.latent_dim})

    @staticmethod
    def load(path: str | Path, *, factory: Callable[[], "VAE"] | None = None, device: str | torch.device = "cpu") -> "VAE":
        """The model of a file that `save` wrote, in evaluation mode; a learned σₓ² can be learned on.

        Args:
            path: of the file.
            factory: the function that was given to `save`, if one was.
            device: where its tensors go.

        Raises:
            OSError: there is no such file.
            ValueError: it is no such file, or it needs a factory.
        """
        weights, likelihood, card = read(Path(path))
        if factory is not None:
            model = factory().with_likelihood(likelihood)
        elif card["decoder"] is None:
            raise ValueError(f"{path} holds weights without an architecture; pass factory=, the function given to save.")
        else:
            blanks: dict[str, Callable[..., Any]] = {"LinearDecoder": LinearDecoder.blank, "SquareDecoder": SquareDecoder}
            decoder, encoder = (card[name] and build_network(card[name], blanks) for name in ("decoder", "encoder"))
            model = VAE(decoder, likelihood, card["latents"], encoder)
        model.load_state_dict(weights, assign=True)
        return model.to(device).eval()

    @property
    def image_shape(self) -> torch.Size:
        """Shape of the images that the decoder gives: (pixels,), or (1, 28, 28), say."""
        modes = [(module, module.training) for module in self.decoder.modules()]
        try:
            # Not by eval(), which modules may override: only what one decoded z would change is kept from changing.
            for module, _ in modes:
                module.training = False
            with torch.no_grad():
                z = torch.zeros(1, self.latent_dim, dtype=self.dtype, device=self.device)
                return one_image_each(self.decoder(z), 1).shape[1:]
        finally:
            for module, mode in modes:
                module.training = mode

    @property
    def pixels(self) -> int:
        """Number of pixels of the images that the decoder gives."""
        return self.image_shape.numel()

    @property
    def device(self) -> torch.device:
        """Where the decoder lives; the CPU for a decoder without parameters."""
        return _first_tensor(self.decoder).device

    @property
    def dtype(self) -> torch.dtype:
        """The floating type of the decoder; torch's default for a decoder without parameters."""
        return _first_tensor(self.decoder).dtype


_OWN: dict[str, type[nn.Module]] = {"LinearDecoder": LinearDecoder, "SquareDecoder": SquareDecoder}


def multilayer_perceptron(sizes: Sequence[int], activation: type[nn.Module] = nn.SiLU) -> nn.Sequential:
    """Linear layers of the given sizes with `activation` between them, and none after the last."""
    layers: list[nn.Module] = []
    for wide, narrow in itertools.pairwise(sizes):
        layers += [nn.Linear(wide, narrow), activation()]
    return nn.Sequential(*layers[:-1])


def is_plain(module: nn.Module, kind: type[Kind]) -> TypeGuard[Kind]:
    """Whether a module computes what its class says: no subclass, parametrisation, hook or replaced `forward`."""
    return type(module) is kind and not (module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module))


def _first_tensor(module: nn.Module) -> Tensor:
    # Of every question the device is asked many times: `parameters` would gather the names of all modules each time.
    for kind in ("_parameters", "_buffers"):
        for each in module.modules():
            for tensor in getattr(each, kind).values():
                if tensor is not None and tensor.is_floating_point():
                    return tensor
    return torch.empty(0)
