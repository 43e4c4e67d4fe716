"""Networks and likelihoods in safetensors files: weights as tensors, architecture and likelihood as JSON metadata.

Only layers whose constructor's arguments can be read off are described; any other layer is refused, never replaced by one
that looks like it. Nothing in a file is executed when it is read.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels, Likelihood

_VARIANCE = "likelihood.variance"
# By class: the arguments of its constructor, which are also attributes of its instances.
_LAYERS: Mapping[type[nn.Module], tuple[str, ...]] = {
    nn.Linear: ("in_features", "out_features"),
    nn.Identity: (), nn.ReLU: (), nn.SiLU: (), nn.Tanh: (), nn.Sigmoid: (), nn.Softsign: (),
    nn.LeakyReLU: ("negative_slope",), nn.ELU: ("alpha",), nn.GELU: ("approximate",), nn.Softplus: ("beta", "threshold"),
    nn.Dropout: ("p",), nn.LayerNorm: ("normalized_shape", "eps", "elementwise_affine"),
    nn.BatchNorm1d: ("num_features", "eps", "momentum", "affine", "track_running_stats"),
    nn.Flatten: ("start_dim", "end_dim"), nn.Unflatten: ("dim", "unflattened_size"),
}  # fmt: skip
_BY_NAME = {kind.__name__: kind for kind in _LAYERS}


def describe(module: nn.Module, place: str, own: Mapping[str, type[nn.Module]]) -> dict[str, Any]:
    """A network as JSON.

    Args:
        module: the network.
        place: its name, for the sentence that refuses.
        own: classes of ours by name, each with a method `description()` of its constructor's arguments.

    Raises:
        ValueError: a layer cannot be described.
    """
    kind = type(module)
    changed = module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module)
    if kind is nn.Sequential and not changed:
        layers = [describe(layer, f"{place}[{i}]", own) for i, layer in enumerate(module.children())]
        return {"kind": "Sequential", "layers": layers}
    if kind in own.values() and not changed:
        return {"kind": kind.__name__, **module.description()}  # type: ignore[operator]
    if kind not in _LAYERS or changed:
        what = f"{kind.__name__} with hooks" if changed else kind.__name__
        raise ValueError(
            f"a file cannot describe {what} ({place}); pass factory=, a function without arguments that builds this model, "
            "to save and to load."
        )
    arguments = {name: getattr(module, name) for name in _LAYERS[kind]}
    if kind is nn.Linear:
        arguments["bias"] = module.bias is not None
    return {"kind": kind.__name__, **arguments}


def build_network(description: Mapping[str, Any], own: Mapping[str, Callable[..., nn.Module]]) -> nn.Module:
    """The network that a description stands for, its weights still to be set.

    Raises:
        ValueError: the description names an unknown layer.
    """
    arguments = dict(description)
    kind = arguments.pop("kind")
    if kind == "Sequential":
        return nn.Sequential(*(build_network(layer, own) for layer in arguments["layers"]))
    if kind not in own and kind not in _BY_NAME:
        raise ValueError(f"the file describes a layer of kind {kind!r}, which this version does not know.")
    return own[kind](**arguments) if kind in own else _BY_NAME[kind](**arguments)


def write(path: Path, weights: Mapping[str, Tensor], likelihood: Likelihood, networks: Mapping[str, Any]) -> None:
    """Write one file."""
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in weights.items()}
    learned = False
    if isinstance(likelihood, GaussianPixels):
        variance = likelihood.variance
        learned = isinstance(variance, Tensor) and variance.requires_grad
        as_tensor = (
            variance.detach().cpu().clone() if isinstance(variance, Tensor) else torch.tensor(variance, dtype=torch.float64)
        )
        tensors[_VARIANCE] = as_tensor
    card = {**networks, "likelihood": type(likelihood).__name__, "learned_variance": learned, "vaecore": 1}
    save_file(tensors, path, metadata={key: json.dumps(value) for key, value in card.items()})


def read(path: Path) -> tuple[dict[str, Tensor], Likelihood, dict[str, Any]]:
    """Weights, likelihood and metadata of a file.

    Raises:
        OSError: there is no such file.
        ValueError: it is no model file of ours.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no model file {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
            card = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except Exception as problem:
        raise ValueError(f"{path} is no model file: {problem}.") from problem
    if card.get("vaecore") != 1 or "likelihood" not in card:
        raise ValueError(f"{path} is no model that VAE.save wrote: its metadata say nothing of a likelihood.")
    if card["likelihood"] == "BernoulliPixels":
        return tensors, BernoulliPixels(), card
    variance = tensors.pop(_VARIANCE)
    learned = card["learned_variance"]
    if learned:
        return tensors, GaussianPixels(variance.requires_grad_()), card
    return tensors, GaussianPixels(variance if variance.ndim else variance.item()), card
