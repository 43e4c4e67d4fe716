"""Tiles: polynomials in place of decoding, judged by brute force; and memory that stays within its bytes."""

import gc
import math
import threading
from dataclasses import replace

import pytest
import torch
from torch import nn

from pages.parts.compute.ahead import decode_ahead
from pages.parts.compute.kept import ANSWERS
from pages.parts.compute.models import model_of
from pages.parts.tradeoff.answers import read
from tests.oracle_brute_force import BruteForce, images_of, random_network
from vaecore import VAE, BernoulliPixels, GaussianPixels, evidence, forces, load, sweep_gap, sweep_variance
from vaecore.core.decoding import PointDecoder
from vaecore.core.likelihoods import Likelihood
from vaecore.data import mnist
from vaecore.data.digits import test_digits as gallery
from vaecore.evaluate.quadrature import memory as memory_module
from vaecore.evaluate.quadrature import tiles as tiles_module
from vaecore.evaluate.quadrature.lattice import DecodedLattice
from vaecore.evaluate.quadrature.memory import ByteLimit, ModelMemory, Store
from vaecore.evaluate.quadrature.patch import TILED, WIDTHS, TilePatch
from vaecore.evaluate.quadrature.shared_lattice import shared_lattice
from vaecore.evaluate.quadrature.tiles import NODES, ImageTiles, TileGrid


def network(widths: list[int], activation: type[nn.Module], scale: float, seed: int, likelihood: Likelihood) -> VAE:
    return VAE(random_network([2, *widths], activation, scale, seed), likelihood, 2)


def patch_of(
    model: VAE, x: torch.Tensor, grid: TileGrid, mean: torch.Tensor, deviations: torch.Tensor, widest: float
) -> TilePatch:
    decoder = PointDecoder(model)
    image = decoder.project(x)
    tiles = ImageTiles(grid, image, ModelMemory())
    return TilePatch.of(decoder, image, tiles, grid.within(mean.tolist(), (TILED * deviations).tolist()), widest)


SMOOTH = [
    ([16, 12], nn.Tanh, 2.0, GaussianPixels(0.01)),
    ([32, 100], nn.SiLU, 3.0, GaussianPixels(0.04)),
    ([16, 16, 4], nn.Tanh, 4.0, GaussianPixels(0.04)),
    ([32, 60], nn.Tanh, 3.0, BernoulliPixels()),
]


@pytest.mark.parametrize(("widths", "activation", "scale", "likelihood"), SMOOTH)
@pytest.mark.parametrize(
    ("dtype", "wider", "q_widths"),
    [
        (torch.float32, 1, (0, 0)),
        (torch.float64, 1, (0, 0)),
        (torch.float64, 4, (0, 0)),
        (torch.float64, 1, (1, 0)),
        (torch.float64, 1, (0, 2)),
    ],
    ids=["float32", "float64", "too-wide", "oblong", "long"],
)
def test_averages_on_tiles_are_brute_forces(widths, activation, scale, likelihood, dtype, wider, q_widths):
    """Values and slopes of narrow q, and bounds that hold also where the tiles are too wide for the decoder."""
    generator = torch.Generator().manual_seed(1)
    close = 0
    for seed in range(2):
        model = network(widths, activation, scale, seed, likelihood).to(dtype)
        decoder = PointDecoder(model)
        axis = shared_lattice(decoder, ModelMemory.of(model)).axis
        grid = TileGrid.on(replace(axis, spacing=wider * axis.spacing))
        x = images_of(model, torch.randn(1, 2, generator=generator).to(dtype), seed)
        mean = torch.randn(2, generator=generator, dtype=torch.float64)
        widest = 0.99 * grid.half * torch.tensor([WIDTHS[width] for width in q_widths]).double()
        patch, brute = patch_of(model, x[0], grid, mean, widest, WIDTHS[max(q_widths)]), BruteForce(model, x)
        variances = widest**2 * torch.tensor([[1e-4, 1e-4], [0.01, 0.3], [0.1, 0.1], [1.0, 0.03], [1.0, 1.0]]).double()
        value, error = patch.expectation(mean, variances)
        gap, gap_error = patch.divergence(mean, variances)
        slopes, slope_errors = patch.slopes(mean, variances)
        kl = 0.5 * (mean.square() + variances - 1 - variances.log()).sum(-1)
        for step, variance in enumerate(variances):
            truth, slope = brute.reconstruction(mean, variance), brute.slopes(mean, variance)
            # The decoder rounds log p(x|z): of each point by some 1e-7 of the squares or logits that it is summed from.
            size = float(brute.x.square().sum()) / (brute.noise_variance or 1) + abs(float(truth.value))
            rounding = 3 * torch.finfo(dtype).eps * size + 1e-9
            wrong = (value[step, 0] - truth.value[0]).abs()
            assert wrong <= error[step, 0] + 4 * truth.uncertainty[0] + rounding, f"{seed}, {step}"
            wrong = (gap[step, 0] + truth.value[0] - kl[step]).abs()
            assert wrong <= gap_error[step, 0] + 4 * truth.uncertainty[0] + rounding, f"{seed}, {step}"
            wrong = (slopes[step, 1:] - slope.value[:, 0]).abs()
            assert (wrong <= slope_errors[step, 1:] + 4 * slope.uncertainty[:, 0] + 3 * rounding).all(), f"{seed}, {step}"
        close += int((error[:, 0] <= 1e-5 * value[:, 0].abs() + 5e-4).sum())
    if wider == 1:
        assert close >= 6, "tiles of the usual width should serve most of these q"
    else:
        assert close < 10, "tiles that are too wide should not claim to serve every q"


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points each later call decodes."""
    points: list[int] = []
    one = PointDecoder._features

    def decode(self, z):
        points.append(len(z))
        return one(self, z)

    monkeypatch.setattr(PointDecoder, "_features", decode)
    return points


def test_a_known_place_is_not_decoded_again(monkeypatch):
    """Another image, another σₓ, another mean beside the first, gap and forces: the tiles serve them all."""
    model = network([16, 60], nn.Tanh, 2.0, 0, GaussianPixels(0.1))
    x = images_of(model, torch.tensor([[0.4, 0.2], [0.5, -0.2]]).double(), 0)
    mean, variances = torch.tensor([[0.4, 0.2]]).double(), torch.logspace(-6, math.log10(4), 41, dtype=torch.float64)
    known = evidence(model, x[:1])
    sweep_variance(model, x[:1], mean, variances)
    points = counted(monkeypatch)
    sweep_variance(model, x[1:], mean + 0.01, variances)
    sweep_variance(model.with_likelihood(GaussianPixels(0.2)), x[:1], mean, variances)
    sweep_gap(model, x[:1], mean, variances, known)
    forces(model, x[:1], mean, variances)
    assert points == []
    sweep_variance(model, x[:1], mean + 2, variances)
    assert points, "elsewhere there are other tiles"


def test_about_the_codes_of_the_gallery_everything_is_decoded_ahead(monkeypatch):
    """The app does so as it starts. The sweep of a digit then decodes nothing, unless tiles cannot serve q."""
    resolved = read({})
    evidence(model_of(resolved.setup), mnist.grey(gallery().images[:1]).double())  # decodes the shared lattice
    before = memory_module.FEATURES.held
    decode_ahead(resolved.setup, resolved.q.path)
    assert memory_module.FEATURES.held - before < 60e6
    model, x = load("digits-2"), mnist.grey(gallery().images[::25]).double()
    with torch.no_grad():
        mean = model.encode(x.float()).mean.double()
    points, decoded = counted(monkeypatch), []
    for image, at in zip(x, mean, strict=True):
        points.clear()
        sweep_variance(model_of(resolved.setup), image[None], at[None], torch.tensor(resolved.q.path.variances))
        decoded.append(sum(points))
    assert sum(count > 0 for count in decoded) <= 2 and not any(count % NODES**2 == 0 for count in decoded if count)


def test_what_was_used_longest_ago_goes_first():
    limit = ByteLimit(10)
    one, other = Store(limit), Store(limit)
    made: list[str] = []

    def make(keys: list[str]) -> list[str]:
        made.extend(keys)
        return keys

    one.get(["a", "b"], make, lambda _: 3)
    other.get(["c"], make, lambda _: 3)
    one.get(["a"], make, lambda _: 3)
    other.get(["d"], make, lambda _: 3)
    assert set(one.entries) == {"a"} and set(other.entries) == {"c", "d"} and limit.held == 9
    one.get(["b"], make, lambda _: 3)
    assert made == ["a", "b", "c", "d", "b"]
    del other
    gc.collect()
    assert limit.held == 6


def test_what_fits_nowhere_is_still_returned():
    store = Store(ByteLimit(10))
    assert store.get(["a", "b"], lambda keys: keys, lambda _: 20) == ["a", "b"]
    assert len(store.entries) == 1


def test_stores_serve_many_threads():
    limit = ByteLimit(400)
    stores = [Store(limit) for _ in range(2)]
    wrong: list[object] = []

    def ask(seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for _ in range(200):
            keys = list(set(torch.randint(40, (8,), generator=generator).tolist()))
            found = stores[seed % 2].get(keys, lambda missing: [str(key) for key in missing], lambda _: 10)
            wrong.extend(pair for pair in zip(keys, found, strict=True) if str(pair[0]) != pair[1])

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not wrong
    assert limit.held == 10 * sum(len(store.entries) for store in stores) <= 400


def test_a_decoder_of_many_pixels_keeps_no_more_than_the_limit(monkeypatch):
    """32 × 32 × 3 pixels that do not end in a linear layer: nothing but the pixels can be kept of a point."""
    before = memory_module.FEATURES.held
    decoder = nn.Sequential(*random_network([2, 8, 3072], nn.Tanh, 2.0, 0, torch.float32), nn.Sigmoid())
    model = VAE(decoder, GaussianPixels(0.04), 2)
    x = images_of(model, torch.tensor([[0.3, -0.2]]), 0)
    monkeypatch.setattr(memory_module.FEATURES, "most", before + 50e6)
    value, truth = evidence(model, x), BruteForce(model, x).evidence(spacing=1 / 8)
    assert (value.value - truth.value).abs() <= (1e-5 * truth.value.abs()).clamp_min(1e-3) + 4 * truth.uncertainty
    sweep = sweep_variance(model, x, torch.tensor([[0.3, -0.2]]), torch.logspace(-4, 0, 9))
    assert (sweep.error <= (1e-5 * sweep.reconstruction.abs()).clamp_min(1e-3)).all()
    assert memory_module.FEATURES.held <= before + 50e6


def test_thirty_images_of_a_class_fit_together_and_all_that_is_kept_stays_within_its_bytes(monkeypatch):
    """Whoever asks again about one of thirty images that are in use finds log p(x|z) as it was: nothing is decoded anew."""
    model, x = load("digits-2"), mnist.grey(gallery().images[:30]).double()
    mean, variances = torch.tensor([[0.3, -0.2]]), torch.tensor([1e-4, 1e-2, 1.0])
    for image in x.split(1):
        evidence(model, image)
        sweep_variance(model, image, mean, variances)
    assert memory_module.IMAGES.held <= memory_module.IMAGES.most
    assert memory_module.IMAGES.most + ANSWERS.most <= 70e6
    decoded = []
    monkeypatch.setattr(DecodedLattice, "values", lambda *_: decoded.append("the shared lattice"))
    monkeypatch.setattr(tiles_module, "decoded_tiles", lambda *_: decoded.append("tiles"))
    for image in x.split(1):
        sweep_variance(model, image, mean, variances)
    assert not decoded
