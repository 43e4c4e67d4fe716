"""What a GPU gives and takes: `python -m tests.bench_gpu` prints one table and ends within four minutes.

Needs PyTorch, NumPy, safetensors and jaxtyping, but none of the tools of the tests. Every rule is computed on the first CUDA
device and on the CPU, and the largest difference stands beside what the promise allows: max(0.001 nat, 1e-5 of the value) on
either device, or four standard errors of an estimate. Then sweeps and evidence are timed on both. Ends with 1 if a value on
the GPU is further off than that, and with 0 where there is no GPU, which it says.
"""

import math
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import vaecore
from tests.oracle_brute_force import images_of, random_network
from vaecore.data import digits
from vaecore.data.mnist import black_and_white, grey

STEPS, BATCH = 241, 60
_AT_MOST = 200.0  # seconds: no measurement begins later
_REPEATS, _SECONDS_EACH = 9, 4.0  # of one measurement: so often, or for so long
_VARIANCES = (1e-6, 4.0)  # of a sweep: first and last, as on the screen


@dataclass(frozen=True)
class Row:
    """A line of the table of differences."""

    rule: str
    quantity: str
    difference: float  # the largest, as a share of what is allowed
    nats: float  # the largest, in the unit of the quantity

    @property
    def fine(self) -> bool:
        """Whether the values agree as they should; NaN does not."""
        return self.difference <= 1


def models() -> dict[str, tuple[vaecore.VAE, Tensor]]:
    """One model for every rule, on the CPU, with two images in float64."""

    def random(sizes: list[int], activation: type[nn.Module], binary: bool, seed: int) -> tuple[vaecore.VAE, Tensor]:
        likelihood = vaecore.BernoulliPixels() if binary else vaecore.GaussianPixels(0.1)
        network = random_network(sizes, activation, 2.0, seed, torch.float32)
        model = vaecore.VAE(network, likelihood, sizes[0])
        z = torch.randn(2, sizes[0], generator=torch.Generator().manual_seed(seed))
        return model, images_of(model, z, seed).double()

    ours = digits.test_digits().images[[80, 200]]
    line = random_network([3, 20], nn.Identity, 2.0, 0, torch.float32)
    linear = vaecore.VAE(vaecore.LinearDecoder(line[0].weight, line[0].bias), vaecore.GaussianPixels(0.1), 3)
    return {
        "closed form, 3 latents": (linear, images_of(linear, torch.eye(3)[:2], 0).double()),
        "lattice, 1 latent, Bernoulli": random([1, 16, 20], nn.SiLU, True, 2),
        "lattice, 2 latents, ReLU": random([2, 16, 20], nn.ReLU, False, 5),
        "tiles and lattice, 2 latents": random([2, 16, 20], nn.Tanh, False, 1),
        "Sobol points, 5 latents": random([5, 16, 20], nn.Tanh, False, 3),
        "digits-2": (vaecore.load("digits-2"), grey(ours).double()),
        "digits-2-binary": (vaecore.load("digits-2-binary"), black_and_white(ours).double()),
        "digits-16": (vaecore.load("digits-16"), grey(ours).double()),
    }


def numbers(model: vaecore.VAE, x: Tensor) -> tuple[dict[str, tuple[Tensor, Tensor]], vaecore.DiagonalGaussian]:
    """Every quantity of two images with its error, and the optimal q."""
    generator = torch.Generator().manual_seed(4)
    mean = torch.randn(2, model.latent_dim, generator=generator, dtype=torch.float64).to(x)
    variances = torch.logspace(*(math.log10(v) for v in _VARIANCES), 25, dtype=torch.float64).to(x)
    q = vaecore.DiagonalGaussian(mean, torch.full_like(mean, 0.1))
    terms, known = vaecore.elbo(model, x, q), vaecore.evidence(model, x)
    gap = vaecore.gap(model, x, q, known)
    sweep, gaps = vaecore.sweep_variance(model, x, mean, variances), vaecore.sweep_gap(model, x, mean, variances, known)
    forces = vaecore.forces(model, x, mean, variances)
    images = vaecore.sweep_images(model, mean, variances[::8], samples=2)
    bound = vaecore.importance_bound(model, x, q, 8, seed=0)
    none = torch.zeros((), device=x.device)
    found = {
        "KL": (terms.kl, none),
        "reconstruction": (terms.reconstruction, terms.error),
        "log p(x)": (known.value, known.error),
        "gap": (gap.value, gap.error),
        "sweep": (sweep.reconstruction, sweep.error),
        "gap of a sweep": (gaps.value, gaps.error),
        "∂/∂mean": (forces.reconstruction_by_mean, forces.mean_error),
        "∂/∂variance": (forces.reconstruction_by_variance, forces.variance_error),
        "L₈": (bound.value, none),
        "log p(x, z)": (vaecore.log_joint(model, x[:1], mean), none),
        "images": (images.samples, none),
    }
    return found, vaecore.best_gaussian(model, x)


def compare(name: str, model: vaecore.VAE, x: Tensor) -> list[Row]:
    """What the GPU gives against what the CPU gives."""
    truth, best = numbers(model, x)
    there, best_there = numbers(model.to("cuda"), x.cuda())
    model.to("cpu")
    rows = []
    for quantity, (value, error) in there.items():
        true, unsure = truth[quantity]
        value, error = value.cpu().double(), error.cpu()
        if value.shape != true.shape:
            raise ValueError(f"{name}, {quantity}: the shapes differ, {tuple(value.shape)} and {tuple(true.shape)}.")
        # On either device, and of slopes 1e-3 of themselves.
        share = 1e-3 if quantity.startswith("∂") else 1e-5
        allowed = 2 * (share * true.abs()).clamp_min(1e-3) + 4 * (error.square() + unsure.square()).sqrt()
        off = (value - true).abs()
        rows.append(Row(name, quantity, float((off / allowed).max()), float(off.max())))
    # Two searches may end at different q: what counts is how high.
    terms = [vaecore.elbo(model, x, vaecore.DiagonalGaussian(q.mean.cpu(), q.variance.cpu())) for q in (best, best_there)]
    off = (terms[0].elbo - terms[1].elbo).abs()
    allowed = 2 * (1e-5 * terms[0].elbo.abs()).clamp_min(1e-3) + 4 * sum(t.error.square() for t in terms).sqrt()
    rows.append(Row(name, "ELBO of the optimal q", float((off / allowed).max()), float(off.max())))
    return rows


def median_ms(call: Callable[[], object], device: str) -> float:
    """Median time of a call in milliseconds, after two calls that are not counted."""

    def once() -> float:
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    once(), once()
    times = [once()]
    while len(times) < _REPEATS and sum(times) < _SECONDS_EACH:
        times.append(once())
    return 1e3 * statistics.median(times)


def questions(name: str, device: str) -> dict[str, Callable[[], object]]:
    """What is timed, each time about another mean or of another image."""
    model = vaecore.load(name, device)
    x = grey(digits.test_digits().images).double().to(device)
    means = model.encode(x.to(model.dtype)).mean.double()
    variances = torch.logspace(*(math.log10(v) for v in _VARIANCES), STEPS, dtype=torch.float64).to(device)
    turn, generator = iter(range(10**9)), torch.Generator().manual_seed(0)
    first = x[:1], vaecore.evidence(model, x[:1])

    def new_mean(count: int) -> Tensor:
        nudge = 0.05 * torch.randn(count, model.latent_dim, generator=generator, dtype=torch.float64)
        return means[:count] + nudge.to(device)

    def new_image() -> Tensor:
        row = 7 * next(turn) % len(x)
        return x[row : row + 1]

    def rest() -> object:
        mean = new_mean(1)
        slopes = vaecore.forces(model, first[0], mean, variances)  # first, as on the screen
        return slopes, vaecore.sweep_gap(model, first[0], mean, variances, first[1])

    return {
        f"a sweep of {STEPS} variances at a new mean": lambda: vaecore.sweep_variance(model, x[:1], new_mean(1), variances),
        "gap and forces at every step": rest,
        f"{BATCH} sweeps of as many images, in one call": lambda: vaecore.sweep_variance(
            model, x[:BATCH], new_mean(BATCH), variances
        ),
        "log p(x) of a new image": lambda: vaecore.evidence(model, new_image()),
        "the optimal q of a new image": lambda: vaecore.best_gaussian(model, new_image()),
    }


class _Operators(TorchDispatchMode):
    """Counts operators that compute: views of a tensor launch nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += not func.is_view
        return func(*args, **(kwargs or {}))


def operators_and_waits(call: Callable[[], object]) -> tuple[int, int]:
    """Operators of one call, about as many as kernels, and how often the CPU waited for the GPU's results."""
    call()
    with warnings.catch_warnings(record=True) as caught, _Operators() as operators:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            call()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return operators.count, sum("synchroniz" in str(warning.message) for warning in caught)


def timings(began: float) -> list[str]:
    """The lines of the table of times."""
    lines: list[str] = []
    for name in ("digits-2", "digits-16"):
        here, there = questions(name, "cpu"), questions(name, "cuda")
        for question, call in there.items():
            if time.perf_counter() - began > _AT_MOST:
                return [*lines, "| the rest was left out: the time is over | | | |"]
            cpu, cuda = median_ms(here[question], "cpu"), median_ms(call, "cuda")
            operators, waits = operators_and_waits(call)
            lines.append(f"| `{name}`: {question} | {cpu:.1f} | {cuda:.1f} | {operators} / {waits} |")
    return lines


def main() -> int:
    """Print both tables; 1 if a value on the GPU is further from the CPU's than is allowed."""
    began = time.perf_counter()
    warnings.simplefilter("ignore")
    torch.set_grad_enabled(False)
    if not torch.cuda.is_available():
        print("No GPU: PyTorch finds no CUDA device on this machine. Nothing was measured.")
        return 0
    torch.set_num_threads(1)
    print(
        f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, Python {platform.python_version()}; CPU: one thread\n"
    )
    rows, broken = [], []
    for name, (model, x) in models().items():
        try:
            rows += compare(name, model, x)
        except (RuntimeError, ValueError) as error:  # the other rules are compared all the same
            broken.append(f"{name}: {error}")
    print("| GPU against CPU | quantity where they differ most | largest difference | of what is allowed |")
    print("|---|---|--:|--:|")
    for name in dict.fromkeys(row.rule for row in rows):
        # A NaN is the worst there can be.
        worst = max((row for row in rows if row.rule == name), key=lambda row: (not row.fine, row.difference))
        print(f"| {name} | {worst.quantity} | {worst.nats:.1e} | {worst.difference:.0%} |")
    failed = [row for row in rows if not row.fine]
    print(f"\n{len(rows)} quantities compared, {len(failed)} further apart than allowed.")
    for row in failed:
        print(f"FAILED: {row.rule}, {row.quantity}: {row.nats:.2e}, {row.difference:.1f} times what is allowed")
    for sentence in broken:
        print(f"FAILED: {sentence}")
    print("\n| median | CPU, ms | GPU, ms | operators / waits of one call |")
    print("|---|--:|--:|--:|")
    for line in timings(began):
        print(line)
    print(f"\n{time.perf_counter() - began:.0f} s in all")
    return 1 if failed or broken else 0


if __name__ == "__main__":
    sys.exit(main())
