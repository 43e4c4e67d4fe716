"""Loading and saving the pretrained models: safetensors files of float16 weights, with the model's card as metadata."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.models import VAE, LinearDecoder, SquareDecoder, multilayer_perceptron
from vaecore.data.model_card import Architecture, ModelCard, model_card, path_of


def load(name: str, device: str | torch.device = "cpu") -> VAE:
    """A pretrained model, float32, ready to evaluate.

    Args:
        name: one of `names()`.
        device: where its tensors go.

    Raises:
        ValueError: there is no pretrained model of that name.

    Example:
        >>> model = load("digits-2")
        >>> model.latent_dim, model.pixels
        (2, 784)
    """
    with safe_open(path_of(name), framework="pt") as file:
        weights = {key: file.get_tensor(key).float() for key in file.keys() if key != "noise_variance"}  # noqa: SIM118
    card = model_card(name)
    model = build(card.architecture)
    model.load_state_dict(weights)
    if card.noise_variance is not None:
        model.likelihood = GaussianPixels(card.noise_variance)
    return model.to(device).eval().requires_grad_(False)


def build(architecture: Architecture) -> VAE:
    """An untrained model: its weights are torch's first ones, those of a linear decoder 0, and σₓ² = 1."""
    latents, *_, pixels = architecture.decoder
    decoder: nn.Module
    if architecture.kind == "linear":
        decoder = LinearDecoder(torch.zeros(pixels, latents), torch.zeros(pixels))
    else:
        decoder = SquareDecoder() if architecture.kind == "square" else multilayer_perceptron(architecture.decoder)
    likelihood = GaussianPixels(1.0) if architecture.pixels == "gaussian" else BernoulliPixels()
    encoder = None if architecture.encoder is None else multilayer_perceptron(architecture.encoder)
    return VAE(decoder, likelihood, latents, encoder)


def half_precision(model: VAE) -> dict[str, Float[Tensor, "..."]]:
    """A model's weights as they are saved, in float16."""
    return {key: value.detach().cpu().half().contiguous() for key, value in model.state_dict().items()}


def save(path: Path, weights: Mapping[str, Tensor], card: ModelCard) -> None:
    """Write one model file: the weights, σₓ² as one float32 number, and the rest of the card as metadata."""
    tensors = dict(weights)
    fields = asdict(card)
    noise_variance = fields.pop("noise_variance")
    if noise_variance is not None:
        tensors["noise_variance"] = torch.tensor(noise_variance)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={key: json.dumps(value) for key, value in fields.items()})
