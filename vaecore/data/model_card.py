"""The cards of the pretrained models: what their files say about them, read without torch and without their weights."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from safetensors import safe_open

MODELS = Path(__file__).parent.parent / "assets" / "models"
_NAMES = (
    "number", "humps", "digits-linear-2", "digits-linear-8", "digits-linear-32", "digits-2", "digits-2-binary", "digits-16",
)  # fmt: skip
AUTOENCODER = "autoencoder-2"
"""A plain autoencoder with the networks and the training of digits-2, for comparison. It is none of `names()`: without noise
and KL it defines no q and no p(x)."""


@dataclass(frozen=True)
class Architecture:
    """What is needed to build a model before its weights are read.

    `decoder` and `encoder` list the layer sizes of a multilayer perceptron with SiLU units; `kind` names the decoder.
    """

    kind: str  # "perceptron", "linear" or "square"
    decoder: tuple[int, ...]  # latents, …, pixels
    encoder: tuple[int, ...] | None  # pixels, …, 2 · latents
    pixels: str  # "gaussian" or "bernoulli"


@dataclass(frozen=True)
class ModelCard:
    """A pretrained model's architecture, how it was trained, and the results measured afterwards."""

    architecture: Architecture
    command: str  # that trains it
    seed: int
    figures: Mapping[str, float]  # means over MNIST's 10,000 test digits, nats per image
    noise_variance: float | None  # σₓ² as trained; None for Bernoulli pixels

    @property
    def latents(self) -> int:
        """The number of latent dimensions."""
        return self.architecture.decoder[0]

    @property
    def has_encoder(self) -> bool:
        """Whether the model comes with an encoder."""
        return self.architecture.encoder is not None

    @property
    def pixels(self) -> str:
        """The kind of pixel likelihood, "gaussian" or "bernoulli"."""
        return self.architecture.pixels

    @property
    def sigma_x(self) -> float | None:
        """σₓ as trained, a standard deviation; None for Bernoulli pixels."""
        return None if self.noise_variance is None else math.sqrt(self.noise_variance)


def names() -> list[str]:
    """The pretrained models, the smallest first.

    Example:
        >>> "digits-2" in names()
        True
    """
    return list(_NAMES)


def path_of(name: str) -> Path:
    """The safetensors file of a pretrained model.

    Raises:
        ValueError: there is no pretrained model of that name.
    """
    if name not in (*_NAMES, AUTOENCODER):
        raise ValueError(f"name must be one of {', '.join(_NAMES)}; got {name!r}.")
    return MODELS / f"{name}.safetensors"


@cache
def model_card(name: str) -> ModelCard:
    """The card of a pretrained model, from its file's metadata. Shared: its figures are not to be changed.

    Raises:
        ValueError: there is no pretrained model of that name.

    Example:
        >>> card = model_card("digits-2")
        >>> card.latents, card.pixels, card.has_encoder
        (2, 'gaussian', True)
    """
    with safe_open(path_of(name), framework="np") as file:
        text = {key: json.loads(value) for key, value in file.metadata().items()}
        noise_variance = float(file.get_tensor("noise_variance")) if "noise_variance" in file.keys() else None  # noqa: SIM118
    shape = text["architecture"]
    encoder = None if shape["encoder"] is None else tuple(shape["encoder"])
    architecture = Architecture(shape["kind"], tuple(shape["decoder"]), encoder, shape["pixels"])
    return ModelCard(architecture, text["command"], text["seed"], text["figures"], noise_variance)
