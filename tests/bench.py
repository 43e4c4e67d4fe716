"""What the numbers cost: `make bench` prints every figure that this project claims, measured side by side in one run."""

import gc
import itertools
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial

import pyro
import torch
from pyro import distributions as dist
from pyro.infer import TraceMeanField_ELBO
from torch import Tensor, nn

import vaecore
from pages.parts.tradeoff import questions
from tests import bench_gpu
from tests.bench_calibration import calibration
from tests.bench_derivation import lesson
from tests.bench_screen import screen
from tests.hostile import WORST
from vaecore.data import digits
from vaecore.data.mnist import grey

STEPS = 241
VARIANCES = torch.logspace(math.log10(1e-6), math.log10(4), STEPS)  # the slider's
PARTICLES = 64


def decoder_of(sizes: tuple[int, ...], side: int, activation: type[nn.Module]) -> nn.Sequential:
    """Two latents, a linear layer, and transposed convolutions that double the side: channels from first to last."""
    layers: list[nn.Module] = [nn.Linear(2, sizes[0] * side**2), nn.Unflatten(1, (sizes[0], side, side))]
    for taken, given in itertools.pairwise(sizes):
        layers += [activation(), nn.ConvTranspose2d(taken, given, 4, 2, 1)]
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(layer.weight)
    return nn.Sequential(*layers)


DECODERS = {
    "1 × 28 × 28": partial(decoder_of, (64, 32, 1), 7),
    "1 × 32 × 32": partial(decoder_of, (128, 64, 32, 1), 4),
    "3 × 32 × 32": partial(decoder_of, (128, 64, 32, 3), 4),
}


def median_ms(call: Callable[[], object], repeats: int = 15) -> float:
    """Median CPU time of a call in milliseconds, after two calls that are not counted: others may use the machine."""
    call(), call()
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return 1e3 * statistics.median(times)


def matrix_products(decoder: nn.Sequential, points: int) -> Callable[[], object]:
    """The decoder's own matrix products for so many latents, and nothing else."""
    layers = [layer for layer in decoder if isinstance(layer, nn.Linear)]
    pairs = [(torch.randn(points, layer.in_features), layer.weight.T.contiguous()) for layer in layers]
    return lambda: [rows @ weight for rows, weight in pairs]


def fresh_samples(model: vaecore.VAE, x: Tensor, mean: Tensor, variances: Tensor) -> Tensor:
    """The usual way: 64 fresh draws per variance, decoded and averaged."""
    z = mean + variances.sqrt()[:, None, None] * torch.randn(len(variances), PARTICLES, mean.shape[-1])
    reconstruction = model.likelihood.log_prob(x, model.decode(z)).mean(-1)
    kl = vaecore.kl_to_standard_normal(mean, variances[:, None].expand(-1, mean.shape[-1])).sum(-1)
    return reconstruction - kl


def pyro_elbo(model: vaecore.VAE, x: Tensor, mean: Tensor, variance: Tensor) -> float:
    """Pyro's ELBO with the analytic KL, 64 particles."""
    deviation = torch.as_tensor(model.likelihood.variance).sqrt()

    def joint() -> None:
        z = pyro.sample("z", dist.Normal(torch.zeros_like(mean), 1.0).to_event(1))
        pyro.sample("x", dist.Normal(model.decode(z), deviation).to_event(1), obs=x)

    def guide() -> None:
        pyro.sample("z", dist.Normal(mean, variance.sqrt()).to_event(1))

    objective = TraceMeanField_ELBO(num_particles=PARTICLES, vectorize_particles=True, max_plate_nesting=1)
    return -objective.loss(joint, guide)


def core() -> None:
    """Sweep and evidence against the decoder's own matrix products, and against the usual ways."""
    model = vaecore.load("digits-2")
    ours = digits.test_digits()
    x = grey(ours.images[::25])
    mean, variances = model.encode(x).mean, VARIANCES
    start = time.perf_counter()
    vaecore.evidence(model, x[:1])
    print(f"first evidence of the process (decodes the shared lattice): {1e3 * (time.perf_counter() - start):.0f} ms\n")

    turn = iter(range(10**9))

    def any_image() -> slice:
        i = next(turn) % len(x)
        return slice(i, i + 1)

    def sweep_at_new_mean() -> None:
        rows = any_image()
        vaecore.sweep_variance(model, x[rows], mean[rows] + 0.01 * torch.randn(1, 2), variances)

    few, many = (median_ms(matrix_products(model.decoder, points)) for points in (4_000, 20_000))
    new_ground = median_ms(sweep_at_new_mean)  # also decodes the finer parts of the lattice, which all later images share
    for _ in range(len(x)):
        sweep_at_new_mean()
    sweep = median_ms(sweep_at_new_mean)
    evidence = median_ms(lambda: vaecore.evidence(model, x[any_image()]))
    best = median_ms(lambda: vaecore.best_gaussian(model, x[any_image()]))
    print("| digits-2, CPU time of one thread | median ms | against the decoder's matrix products |")
    print("|---|--:|--:|")
    print(f"| matrix products for 4,000 latents | {few:.1f} | |")
    print(f"| matrix products for 20,000 latents | {many:.1f} | |")
    for where, ms in (("on new ground", new_ground), ("where others have been", sweep)):
        print(f"| sweep of {STEPS} variances at a new mean, {where} | {ms:.1f} | {ms / few:.2f} of 4,000 latents |")
    print(f"| log p(x) of a new image | {evidence:.1f} | {evidence / many:.2f} of 20,000 latents |")
    print(f"| best Gaussian of a new image | {best:.1f} | |\n")

    truth = vaecore.sweep_variance(model, x[:1], mean[:1], variances)
    usual_ms = median_ms(lambda: fresh_samples(model, x[:1], mean[0], variances), repeats=5)
    usual = fresh_samples(model, x[:1], mean[0], variances)
    some = range(0, STEPS, 24)
    start = time.thread_time()
    pyros = torch.tensor([pyro_elbo(model, x[0], mean[0], variances[i].expand(2)) for i in some])
    pyro_ms = 1e3 * (time.thread_time() - start) / len(some) * STEPS
    print(f"| ELBO at {STEPS} variances from 1e-6 to 4 | CPU, ms | median error, nats | largest error, nats |")
    print("|---|--:|--:|--:|")
    print(f"| vaecore | {sweep:.0f} | ≤ {truth.error.median():.6f} | ≤ {truth.error.max():.6f} |")
    for name, ms, values, steps in (
        (f"{PARTICLES} fresh samples each", usual_ms, usual, range(STEPS)),
        (f"Pyro TraceMeanField_ELBO, {PARTICLES} particles (from {len(some)} of them)", pyro_ms, pyros, some),
    ):
        error = (values - truth.elbo[0, list(steps)]).abs()
        print(f"| {name} | {ms:.0f} | {error.median():.3f} | {error.max():.3f} |")
    print()


def many_latents() -> None:
    """Above two latents, where averages over q are estimates: what `bench_gpu` asks about one image, and a new σₓ."""
    model, x = vaecore.load("digits-16"), grey(digits.test_digits().images[:1]).double()
    mean, variances = model.encode(x.float()).mean, VARIANCES
    turn = itertools.count(1)

    def new_noise() -> None:
        noise = vaecore.GaussianPixels(float(model.likelihood.variance) * (1 + 1e-3 * next(turn)))
        other = model.with_likelihood(noise)
        vaecore.sweep_variance(other, x, mean, variances)
        vaecore.evidence(other, x)
        vaecore.best_gaussian(other, x)

    asked = {name: call for name, call in bench_gpu.questions("digits-16", "cpu").items() if "images" not in name}
    print("| digits-16, CPU time of one thread | median ms |")
    print("|---|--:|")
    for name, call in {**asked, "a new σₓ: sweep, log p(x) and optimal q": new_noise}.items():
        print(f"| {name} | {median_ms(call):.1f} |")
    print()


def convolutional() -> None:
    """The first sweep of decoders with convolutions, which decodes their shared lattice, and one at another mean."""
    print(f"| sweep of {STEPS} variances, convolutions | points decoded | first, CPU s | next mean | error |")
    print("|---|--:|--:|--:|--:|")
    for activation, (name, make) in itertools.product((nn.SiLU, nn.ReLU), DECODERS.items()):
        torch.manual_seed(0)
        decoder, rows = make(activation), []
        handle = decoder[0].register_forward_hook(lambda _, given, __, rows=rows: rows.append(len(given[0])))
        model = vaecore.VAE(decoder, vaecore.GaussianPixels(0.05), 2)
        x = model.decode(torch.tensor([[0.3, -0.4]])) + 0.2 * torch.randn(model.image_shape.numel())
        rows.clear()
        times, sweeps, counts = [], [], []
        for mean in ((0.4, -0.2), (-0.4, 0.9)):
            start = time.process_time()
            sweeps.append(vaecore.sweep_variance(model, x, torch.tensor([mean]), VARIANCES))
            times.append(time.process_time() - start)
            counts.append(sum(rows))
        handle.remove()
        shares = [(sweep.error / (1e-5 * sweep.reconstruction.abs()).clamp_min(1e-3)).max() for sweep in sweeps]
        name = f"{name}, {activation.__name__}"
        print(f"| {name} | {counts[0]:,} | {times[0]:.1f} | {times[1]:.1f} | {max(shares):.1f} of what is promised |")
    print()


def worst() -> None:
    """The question of `tests.hostile` that would take longest without a budget, each time at a new mean."""
    print("| worst legal question, digits-2-binary, one thread | CPU, s |")
    print("|---|--:|")
    for part in ("sweep", "rest"):
        times = []
        for turn in range(3):  # the first also decodes the shared lattice
            start = time.process_time()
            questions.answer(json.dumps({**WORST, "part": part, "mean": f"0.{turn}1 -8"}))
            times.append(time.process_time() - start)
        print(f"| `{part}` at a new mean | {min(times):.2f} |")
    print()


def main() -> None:
    """Every figure, one after the other."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    gc.collect()
    core()
    many_latents()
    convolutional()
    worst()
    calibration()
    screen()
    lesson()


if __name__ == "__main__":
    main()
