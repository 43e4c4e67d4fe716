"""The command line that trains the pretrained models and writes the package's data files.

python -m vaecore.tools.zoo train NAME --mnist DIR    one model
python -m vaecore.tools.zoo digits --mnist DIR        the digits that come with the package
python -m vaecore.tools.zoo spectrum --mnist DIR      the spectrum of MNIST that comes with the package
python -m vaecore.tools.zoo report                    a table of the pretrained models
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from tqdm import tqdm

from vaecore.core.accuracy import Accuracy
from vaecore.core.devices import choose_device
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.models import VAE, LinearDecoder
from vaecore.data import digits
from vaecore.data.mnist import black_and_white, grey, load_mnist
from vaecore.data.model_card import AUTOENCODER, MODELS, Architecture, ModelCard, model_card, names, path_of
from vaecore.data.pretrained import build, half_precision, save
from vaecore.evaluate.api import elbo, evidence, importance_bound
from vaecore.tools import spectrum
from vaecore.tools.training import Schedule, train

_EVALUATED_AT_ONCE = 50
_IMPORTANCE_SAMPLES = 500


@dataclass(frozen=True)
class Recipe:
    """How one model is made: its architecture and, where it is trained by gradients, the schedule."""

    architecture: Architecture
    schedule: Schedule | None = None
    autoencoder: bool = False  # trained on reconstruction alone, from the encoder's mean


def _linear(latent: int) -> Recipe:
    return Recipe(Architecture("linear", (latent, 784), (784, 2 * latent), "gaussian"))


_TWO_LATENTS = ((2, 256, 256, 128, 784), (784, 128, 128, 4))
_SIXTEEN_LATENTS = ((16, 256, 256, 288, 784), (784, 128, 96, 32))
# A deeper decoder, trained longer, raises the log p(x) of digits-2 from 216 to 262 nats, but its posteriors have a standard
# deviation of 0.006 and its latent plane is too convoluted to be read.
_SHORT = Schedule(epochs=50)
_LONG = Schedule(epochs=150, batch_size=128, learning_rate=1.5e-3)

RECIPES: Mapping[str, Recipe] = {
    "number": Recipe(Architecture("linear", (1, 1), None, "gaussian")),
    "humps": Recipe(Architecture("square", (1, 1), None, "gaussian")),
    "digits-linear-2": _linear(2),
    "digits-linear-8": _linear(8),
    "digits-linear-32": _linear(32),
    "digits-2": Recipe(Architecture("perceptron", *_TWO_LATENTS, "gaussian"), _SHORT),
    AUTOENCODER: Recipe(Architecture("perceptron", *_TWO_LATENTS, "gaussian"), _SHORT, autoencoder=True),
    "digits-2-binary": Recipe(Architecture("perceptron", *_TWO_LATENTS, "bernoulli"), _SHORT),
    "digits-16": Recipe(Architecture("perceptron", *_SIXTEEN_LATENTS, "gaussian"), _LONG),
}


def make(name: str, mnist: Path, *, seed: int, device: torch.device, epochs: int | None = None) -> VAE:
    """Train one model of `RECIPES` from MNIST's training digits, with a progress bar."""
    recipe = RECIPES[name]
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # torch's layers take their initial weights from the global generator only
        model = build(recipe.architecture).to(device)
    if name == "number":
        return VAE(LinearDecoder(torch.ones(1, 1), torch.zeros(1)), GaussianPixels(1.0), 1)
    if name == "humps":
        # For σₓ² above about 0.2 (at x = 1) the optimal Gaussian would cover both modes instead of one.
        return model.with_likelihood(GaussianPixels(0.3**2))
    images, _ = load_mnist(mnist, "train")
    x = _pixels(model)(images).to(device)
    if recipe.schedule is None:
        return fit_linear(x, model.latent_dim)
    schedule = (
        recipe.schedule if epochs is None else Schedule(epochs, recipe.schedule.batch_size, recipe.schedule.learning_rate)
    )
    if isinstance(model.likelihood, GaussianPixels):
        model.likelihood = GaussianPixels(0.05)  # near MNIST's 52.7 / 784 per pixel; learned from there
    generator = torch.Generator(device).manual_seed(seed)
    epochs_of = train(model, x, schedule, generator, autoencoder=recipe.autoencoder)
    with tqdm(epochs_of, total=schedule.epochs, desc=name, unit="epoch") as epochs_seen:
        for epoch in epochs_seen:
            epochs_seen.set_postfix_str(
                f"elbo {epoch.elbo:.2f} = {epoch.reconstruction:.2f} − {epoch.kl:.2f} nats", refresh=False
            )
    return model


@torch.no_grad()
def fit_linear(x: Float[Tensor, "images pixels"], latent: int) -> VAE:
    """The maximum-likelihood linear VAE for these images: probabilistic PCA (Tipping & Bishop 1999, eqs. 7, 8 and 6).

    σₓ² is the mean variance of the discarded directions, and column i of W is the i-th eigenvector times √(λᵢ − σₓ²). The
    columns are orthogonal, so that the diagonal encoder is the exact posterior.
    """
    device, pixels = x.device, x.shape[1]
    x = x.double().cpu()
    bias = x.mean(0)
    eigenvalues, eigenvectors = torch.linalg.eigh((x - bias).T @ (x - bias) / len(x))
    noise_variance = eigenvalues[: pixels - latent].mean()
    leading, directions = eigenvalues.flip(0)[:latent], eigenvectors.flip(1)[:, :latent]
    weight = directions * (leading - noise_variance).sqrt()
    precision = 1 + weight.square().sum(0) / noise_variance
    to_mean = weight.T / (noise_variance * precision[:, None])
    last = nn.Linear(pixels, 2 * latent)
    last.weight.copy_(torch.cat([to_mean, torch.zeros_like(to_mean)]))
    last.bias.copy_(torch.cat([-to_mean @ bias, -precision.log()]))
    decoder = LinearDecoder(weight.float(), bias.float())
    return VAE(decoder, GaussianPixels(float(noise_variance)), latent, nn.Sequential(last)).to(device)


def measure(model: VAE, x: Float[Tensor, "images pixels"]) -> dict[str, float]:
    """Means over images, in nats: both terms, the ELBO, and log p(x) or, above two latents, its importance bound."""
    totals: dict[str, float] = {}
    for batch in tqdm(x.split(_EVALUATED_AT_ONCE), desc="test digits", unit="batch"):
        q = model.encode(batch)
        terms = elbo(model, batch, q)
        figures = {"reconstruction": terms.reconstruction, "kl": terms.kl.sum(-1), "elbo": terms.elbo}
        if model.latent_dim <= 2 or terms.accuracy is Accuracy.EXACT:
            figures["log_evidence"] = evidence(model, batch).value
        else:
            bound = importance_bound(model, batch, q, _IMPORTANCE_SAMPLES, seed=0, replicates=2)
            figures[f"importance_bound_{_IMPORTANCE_SAMPLES}"] = bound.value
        for key, value in figures.items():
            totals[key] = totals.get(key, 0.0) + float(value.double().sum())
    return {key: round(total / len(x), 3) for key, total in totals.items()}


@torch.no_grad()
def squared_error(model: VAE, x: Float[Tensor, "images pixels"]) -> float:
    """‖x − f(the encoder's mean)‖², summed over pixels and averaged over images."""
    batches = x.split(_EVALUATED_AT_ONCE)
    totals = [float((batch - model.decode(model.encode(batch).mean)).double().square().sum()) for batch in batches]
    return round(sum(totals) / len(x), 3)


def report() -> str:
    """A Markdown table of the pretrained models, from their files."""
    rows = [
        "| model | latents | pixels | σₓ | reconstruction | KL | ELBO | log p(x) | file |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in names():
        card = model_card(name)
        figures = {key: f"{value:.2f}" for key, value in card.figures.items() if key != "noise_deviation"}
        bound = figures.get(f"importance_bound_{_IMPORTANCE_SAMPLES}")
        last = figures.get("log_evidence") or (f"≥ {bound} (L₅₀₀)" if bound else "—")
        noise = "—" if card.sigma_x is None else f"{card.sigma_x:.3f}"
        cells = [figures.get(key, "—") for key in ("reconstruction", "kl", "elbo")]
        rows.append(
            f"| `{name}` | {card.latents} | {card.pixels} | {noise} | "
            f"{' | '.join(cells)} | {last} | {path_of(name).stat().st_size / 1e3:.0f} kB |"
        )
    return "\n".join(rows)


def _pixels(model: VAE) -> Callable[[Tensor], Tensor]:
    return black_and_white if isinstance(model.likelihood, BernoulliPixels) else grey


def _train_command(arguments: argparse.Namespace) -> None:
    name, device = arguments.name, choose_device(arguments.device)
    path = arguments.out / f"{name}.safetensors"
    if path.exists() and not arguments.force:
        raise ValueError(f"{path} is there already; --out writes elsewhere, --force replaces it.")
    model = make(name, arguments.mnist, seed=arguments.seed, device=device, epochs=arguments.epochs)
    weights = half_precision(model)
    model.load_state_dict({key: value.float() for key, value in weights.items()})
    model.eval().requires_grad_(False)
    noise_variance = float(model.likelihood.variance) if isinstance(model.likelihood, GaussianPixels) else None
    figures = {} if noise_variance is None else {"noise_deviation": noise_variance**0.5}
    if RECIPES[name].architecture.decoder[-1] > 1:
        images, _ = load_mnist(arguments.mnist, "test")
        x = _pixels(model)(images).to(device)
        figures |= {"squared_error": squared_error(model, x)} if RECIPES[name].autoencoder else measure(model, x)
    command = f"python -m vaecore.tools.zoo train {name} --mnist DIR --seed {arguments.seed}"
    if arguments.epochs is not None:
        command += f" --epochs {arguments.epochs}"
    save(path, weights, ModelCard(RECIPES[name].architecture, command, arguments.seed, figures, noise_variance))
    print(f"{path}: {path.stat().st_size} bytes, {figures}")


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    grammar = argparse.ArgumentParser(
        prog="python -m vaecore.tools.zoo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = grammar.add_subparsers(required=True, dest="command")
    training = commands.add_parser("train", help="train one model and write its file")
    training.add_argument("name", choices=list(RECIPES))
    training.add_argument("--mnist", type=Path, required=True, metavar="DIR", help="folder of MNIST's four IDX files")
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: %(default)s)")
    training.add_argument("--epochs", type=int, help="number of epochs instead of the recipe's")
    training.add_argument("--out", type=Path, default=MODELS, metavar="DIR", help="default: the package's own models")
    training.add_argument("--force", action="store_true", help="replace a file that is there")
    gallery = commands.add_parser("digits", help="write the digits that come with the package")
    gallery.add_argument("--mnist", type=Path, required=True, metavar="DIR", help="folder of MNIST's four IDX files")
    eigenvalues = commands.add_parser("spectrum", help="write the spectrum of MNIST that comes with the package")
    eigenvalues.add_argument("--mnist", type=Path, required=True, metavar="DIR", help="folder of MNIST's four IDX files")
    commands.add_parser("report", help="print a table of what the pretrained models' files say; nothing is measured")
    return grammar


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 1 with a sentence on stderr when it could not."""
    chosen = parser().parse_args(arguments)
    try:
        if chosen.command == "train":
            _train_command(chosen)
        elif chosen.command == "digits":
            digits.build(chosen.mnist)
        elif chosen.command == "spectrum":
            spectrum.build(chosen.mnist)
        else:
            print(report())
    except (OSError, ValueError) as problem:
        print(f"vaecore.tools.zoo: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
