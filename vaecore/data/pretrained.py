"""The models that come with the package: float16 safetensors whose metadata say how they were made and what they reach."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.models import VAE, LinearDecoder, SquareDecoder, multilayer_perceptron

MODELS = Path(__file__).parent.parent / "assets" / "models"
_NAMES = (
    "number", "humps", "digits-linear-2", "digits-linear-8", "digits-linear-32", "digits-2", "digits-2-binary", "digits-16",
)  # fmt: skip


@dataclass(frozen=True)
class Architecture:
    """What is needed to build a model before its weights are read.

    `decoder` and `encoder` list the sizes of a multilayer perceptron with SiLU units; `kind` says which decoder it is.
    """

    kind: str  # "perceptron", "linear" or "square"
    decoder: tuple[int, ...]  # latent, …, pixels
    encoder: tuple[int, ...] | None  # pixels, …, 2 · latent
    pixels: str  # "gaussian" or "bernoulli"

    def build(self) -> VAE:
        """The model with weights yet to be set; σx² = 1 for Gaussian pixels."""
        latent, *_, pixels = self.decoder
        decoder: nn.Module
        if self.kind == "linear":
            decoder = LinearDecoder(torch.zeros(pixels, latent), torch.zeros(pixels))
        else:
            decoder = SquareDecoder() if self.kind == "square" else multilayer_perceptron(self.decoder)
        likelihood = GaussianPixels(1.0) if self.pixels == "gaussian" else BernoulliPixels()
        encoder = None if self.encoder is None else multilayer_perceptron(self.encoder)
        return VAE(decoder, likelihood, latent, encoder)


@dataclass(frozen=True)
class ModelCard:
    """Where a shipped model comes from and what it was measured to reach."""

    architecture: Architecture
    command: str
    seed: int
    figures: Mapping[str, float]  # on MNIST's 10,000 test digits, nats per image


def names() -> list[str]:
    """The shipped models, the smallest first."""
    return list(_NAMES)


def load(name: str, device: str | torch.device = "cpu") -> VAE:
    """A shipped model, float32, ready to evaluate.

    Args:
        name: one of `names()`.
        device: where its tensors go.

    Raises:
        ValueError: no model of that name is shipped.
    """
    card = model_card(name)
    model = card.architecture.build()
    with safe_open(MODELS / f"{name}.safetensors", framework="pt") as file:
        weights = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118 - not a mapping
    noise_variance = weights.pop("noise_variance", None)
    model.load_state_dict(weights)
    if noise_variance is not None:
        model.likelihood = GaussianPixels(float(noise_variance))
    return model.to(device).eval().requires_grad_(False)


def model_card(name: str) -> ModelCard:
    """How a shipped model was made, from its file's metadata.

    Raises:
        ValueError: no model of that name is shipped.
    """
    if name not in _NAMES:
        raise ValueError(f"name must be one of {', '.join(_NAMES)}; got {name!r}.")
    with safe_open(MODELS / f"{name}.safetensors", framework="pt") as file:
        text = {key: json.loads(value) for key, value in file.metadata().items()}
    shape = text["architecture"]
    encoder = None if shape["encoder"] is None else tuple(shape["encoder"])
    architecture = Architecture(shape["kind"], tuple(shape["decoder"]), encoder, shape["pixels"])
    return ModelCard(architecture, text["command"], text["seed"], text["figures"])


def half_precision(model: VAE) -> dict[str, Float[Tensor, "..."]]:
    """The tensors that are shipped for a model: its weights in float16 and σx², one number, in float32."""
    weights = {key: value.detach().cpu().half().contiguous() for key, value in model.state_dict().items()}
    if isinstance(model.likelihood, GaussianPixels):
        weights["noise_variance"] = torch.tensor(float(model.likelihood.variance))
    return weights


def save(path: Path, weights: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write one model file."""
    metadata = {key: json.dumps(value) for key, value in asdict(card).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(dict(weights), path, metadata=metadata)
