"""Curves from a few of their points: the rest is what direct evaluation gives, or the error says by how much not."""

import itertools
import math
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.oracle_brute_force import random_network
from tests.oracle_screen import pretrained
from tests.test_sobol import network, prior_images, random_q
from vaecore import VAE, DiagonalGaussian, GaussianPixels, elbo, evidence, forces, gap, sweep_gap, sweep_variance
from vaecore.core.interpolation import VariancePath, along, bounded_along
from vaecore.data import digits, mnist

STEPS = 241
GRID = torch.logspace(-6, math.log10(4), STEPS, dtype=torch.float64)
POWERS = torch.tensor([[1.0], [1.5]], dtype=torch.float64)
EVERY = 12  # of the steps, evaluated directly
TENTH = 0.1  # of a standard error: what interpolation may be off without saying so


def path(kind: str, latent: int) -> Tensor:
    """The ways in which a slider moves variances."""
    ratios = torch.linspace(0.3, 1.5, latent, dtype=torch.float64)
    if kind == "all":
        return GRID[:, None].expand(-1, latent)
    if kind == "multiple":
        return (ratios * GRID[:, None]).float().double()  # rounded, as a link keeps them
    alone = (0.1 * ratios).expand(STEPS, -1).clone()
    alone[:, 1] = GRID
    return alone


paths = pytest.mark.parametrize("kind", ["all", "multiple", "one"])


def subjects() -> list[tuple[str, VAE, Tensor, Tensor]]:
    """A smooth network, a rough one, one with kinks, and the shipped one: model, images, means."""
    rough = VAE(random_network([3, 24, 10], nn.Tanh, 5.0, 3), GaussianPixels(0.02), 3)
    kinked = VAE(random_network([4, 32, 12], nn.ReLU, 2.0, 4), GaussianPixels(0.1), 4)
    models = [("smooth", network(8, seed=31)), ("rough", rough), ("kinked", kinked)]
    found = [(name, model, prior_images(model, 2, 5), random_q(model.latent_dim, 2, 6).mean) for name, model in models]
    shipped, x = pretrained("digits-16"), mnist.grey(digits.test_digits().images[[3, 100]])
    with torch.no_grad():
        return [*found, ("digits-16", shipped, x.double(), shipped.encode(x).mean.double())]


SUBJECTS = subjects()
every_subject = pytest.mark.parametrize(("model", "x", "mean"), [s[1:] for s in SUBJECTS], ids=[s[0] for s in SUBJECTS])


def agrees(found: Tensor, error: Tensor, direct: Tensor, direct_error: Tensor, unit: Tensor | float = 1.0) -> None:
    """Within a tenth of a standard error and a few roundings, or by what the error has grown over the standard error.

    The unit is that in which a thousandth does not count.
    """
    rounding = 4 * torch.finfo(torch.float32).eps * direct.abs()
    allowed = TENTH * direct_error + (error - direct_error).clamp_min(0) + rounding
    excess = ((found - direct).abs() / allowed).max()
    assert excess <= 1, f"off by {excess:.2g} times what is allowed"
    # And what interpolation adds stays small where it matters: the error bars are still those of the noise.
    assert (error <= 2 * direct_error + 1e-3 / unit).all(), f"error {(error / direct_error).max():.2g} times the direct one"


@every_subject
@paths
def test_a_sweep_is_what_direct_evaluation_gives(model, x, mean, kind):
    variances = path(kind, model.latent_dim)
    sweep = sweep_variance(model, x, mean, variances)
    for step in range(0, STEPS, EVERY):
        terms = elbo(model, x, DiagonalGaussian(mean, variances[step].expand_as(mean)))
        agrees(sweep.reconstruction[:, step], sweep.error[:, step], terms.reconstruction, terms.error)


@every_subject
@paths
def test_a_sweep_of_gaps_is_what_direct_evaluation_gives(model, x, mean, kind):
    variances, known = path(kind, model.latent_dim), evidence(model, x)
    sweep = sweep_gap(model, x, mean, variances, known)
    assert sweep.value.shape == sweep.error.shape == (2, STEPS)
    for step in range(0, STEPS, EVERY):
        direct = gap(model, x, DiagonalGaussian(mean, variances[step].expand_as(mean)), known)
        agrees(sweep.value[:, step], sweep.error[:, step], direct.value, direct.error)


@every_subject
@paths
def test_a_sweep_of_forces_is_what_direct_evaluation_gives(model, x, mean, kind):
    variances = path(kind, model.latent_dim)
    sweep = forces(model, x, mean, variances)
    for step in range(0, STEPS, 2 * EVERY):
        direct = forces(model, x, mean, variances[step : step + 1])
        at = variances[step]
        for slope, error, unit in (("by_mean", "mean_error", at.sqrt()), ("by_variance", "variance_error", at)):
            found, truth = (getattr(one, f"reconstruction_{slope}") for one in (sweep, direct))
            agrees(found[:, step], getattr(sweep, error)[:, step], truth[:, 0], getattr(direct, error)[:, 0], unit)


def test_other_ways_and_short_sweeps_are_evaluated_step_by_step():
    model = network(3, seed=32)
    x, mean = prior_images(model, 1, 7), random_q(3, 1, 8).mean
    crossing = torch.stack([GRID, GRID.flip(0), GRID], dim=-1)[::4]
    for variances in (crossing, GRID[::13][:, None].expand(-1, 3), GRID[:1].expand(60, 3)):
        sweep = sweep_variance(model, x, mean, variances)
        for step in range(0, len(variances), 6):
            terms = elbo(model, x, DiagonalGaussian(mean, variances[step : step + 1]))
            assert torch.allclose(sweep.reconstruction[:, step], terms.reconstruction, rtol=1e-12)
            assert torch.allclose(sweep.error[:, step], terms.error, rtol=1e-6)


def test_a_path_is_seen_for_what_it_is():
    variances = path("one", 4).numpy()
    found = VariancePath.through(variances)
    assert found.moved.tolist() == [False, True, False, False]
    assert np.allclose(found.at(found.s), variances, rtol=1e-12)
    assert found.at(np.array([-math.inf]))[0, 1] == 0
    bent = variances.copy()
    bent[100, 0] *= 1 + 1e-5
    assert VariancePath.through(bent) is None


@pytest.mark.parametrize("frequency", [0.5, 2.0, 5.0, 30.0])
def test_the_error_is_said_for_curves_of_every_roughness(frequency):
    """Without any noise to hide behind: cos(frequency · sd), whose average over noise would be smoother."""

    def curve(variances: Tensor) -> Tensor:
        return (frequency * variances[:, :1].sqrt()).cos()[:, None].expand(-1, 2, -1)

    variances = GRID[:, None].expand(-1, 1)
    for powers in ([0.0], [1.0], [1.0, 1.5]):
        found, error = along(curve, variances, torch.tensor(powers).double()[:, None], smooth=True)
        wrong = (found.mean(1) - curve(variances)[:, 0]).abs()
        assert (wrong <= error + 1e-12).all(), f"wrong by {wrong.max():.2g}, says {error[wrong.argmax()].item():.2g}"
        if frequency <= 5:  # as many nodes as it takes
            assert wrong.max() < 1e-6


CURVES = {
    "saturates": lambda v, scale: v / (v + scale),
    "root": lambda v, scale: (v + scale).sqrt() - scale**0.5,
    "logarithm": lambda v, scale: (1 + v / scale).log(),
    "decays": lambda v, scale: (-v / scale).exp(),
}


@pytest.mark.parametrize("name", CURVES)
def test_the_error_is_said_wherever_a_curve_bends(name):
    """What averages over q look like whose decoder bends, or saturates, over a distance of √scale; and nothing is noise."""
    variances = GRID[:, None]
    for scale, height in itertools.product(torch.logspace(-5, 1, 19).tolist(), (1.0, 1e3, 1e5)):

        def curve(v: Tensor, scale: float = scale, height: float = height) -> Tensor:
            return height * CURVES[name](v, scale)[:, None].expand(-1, 2, -1)

        found, error = along(curve, variances, POWERS, True, lambda values: torch.full_like(values, 5e-4))
        wrong = (found.mean(1) - curve(variances)[:, 0]).abs()
        assert (wrong <= error + 1e-9 * height).all(), f"scale {scale:.2g}: {(wrong / error).max():.2g} times what is said"


@pytest.mark.parametrize("pole", [0.3, 0.6, 1.2, 3.0])
def test_a_bounded_interpolation_says_how_far_off_it_may_be(pole):
    """Functions of log σ² with poles at this distance from the path, which the coefficients' decay must show."""
    s = GRID.log()
    middle, half = (s[0] + s[-1]) / 2, (s[-1] - s[0]) / 2
    worst = 0.0
    for nodes in (9, 17, 33):
        for shift in torch.linspace(-1.1, 1.1, 23):

            def curve(variances: Tensor, shift: Tensor = shift) -> tuple[Tensor, Tensor]:
                u = (variances[:, :1].log() - middle) / half
                return 1 / ((u - shift).square() + pole**2), torch.zeros_like(u)

            found = bounded_along(curve, path("all", 2).numpy(), nodes, GRID.device)
            assert found is not None
            wrong, bound = (found[0] - curve(path("all", 2))[0]).abs(), found[1]
            assert (wrong <= bound + 1e-13).all(), f"{nodes} nodes, pole at {float(shift):.2g}"
            worst = max(worst, float((wrong / (bound + 1e-13)).max()))
    assert worst > (0.05 if pole < 1 else 1e-4), "a bound that nothing comes near would cost precision for nothing"


def test_a_bounded_interpolation_carries_the_errors_of_its_nodes():
    """Values that are off by as much as they may be, in either direction, at random."""
    generator = torch.Generator().manual_seed(0)
    largest = 0.0
    for _ in range(200):
        allowed = 10 ** (2 * torch.rand(17, 1, generator=generator, dtype=torch.float64) - 4)
        wrong_by = allowed * (2 * (torch.rand(17, 1, generator=generator) < 0.5) - 1)

        def line(v: Tensor, wrong_by: Tensor = wrong_by, allowed: Tensor = allowed) -> tuple[Tensor, Tensor]:
            return 0.3 * v[:, 1:2].log() + wrong_by, allowed

        found = bounded_along(line, path("one", 3).numpy(), 17, GRID.device)
        assert found is not None
        wrong = (found[0] - 0.3 * GRID.log()[:, None]).abs()
        assert (wrong <= found[1]).all()
        largest = max(largest, float((wrong / found[1]).max()))
    assert largest > 0.3


def test_a_short_sweep_is_evaluated_as_it_is():
    assert bounded_along(lambda v: pytest.fail("evaluated"), path("all", 2)[:20].numpy(), 17, GRID.device) is None


@cache
def of_two_latents() -> list[VAE]:
    """Made once: each keeps the lattice that it was decoded on."""
    return [
        VAE(random_network([2, 24, 30], nn.Tanh, 3.0, 5), GaussianPixels(0.02), 2),
        VAE(random_network([2, 16, 16, 12], nn.SiLU, 4.0, 6), GaussianPixels(0.1), 2),
        pretrained("digits-2"),
    ]


@pytest.mark.parametrize("kind", ["all", "multiple", "one"])
def test_a_long_sweep_on_lattices_is_that_of_its_parts(kind):
    """Two latents: reconstruction, gap and slopes of 241 variances against the same variances a few at a time."""
    grid = torch.logspace(-6, math.log10(4), STEPS, dtype=torch.float64)
    for model in of_two_latents():
        x, mean = prior_images(model, 1, 7).double(), random_q(2, 1, 8).mean
        variances = torch.stack([0.02 * torch.ones(STEPS).double(), grid], dim=1) if kind == "one" else grid[:, None]
        if kind != "one":
            variances = variances * torch.tensor([1.0, 1.0 if kind == "all" else 0.3]).double()
        known = evidence(model, x)
        swept, gaps, slopes = (
            sweep_variance(model, x, mean, variances),
            sweep_gap(model, x, mean, variances, known),
            forces(model, x, mean, variances),
        )
        for part in torch.arange(0, STEPS, 5).split(12):
            some = variances[part]
            direct, gap_there = sweep_variance(model, x, mean, some), sweep_gap(model, x, mean, some, known)
            there = forces(model, x, mean, some)
            pairs = [
                (swept.reconstruction, swept.error, direct.reconstruction, direct.error),
                (gaps.value, gaps.error, gap_there.value, gap_there.error),
                (slopes.reconstruction_by_mean, slopes.mean_error, there.reconstruction_by_mean, there.mean_error),
                (slopes.reconstruction_by_variance, slopes.variance_error, there.reconstruction_by_variance,
                 there.variance_error),
            ]  # fmt: skip
            for number, (found, error, expected, expected_error) in enumerate(pairs):
                assert ((found[:, part] - expected).abs() <= error[:, part] + expected_error).all(), (
                    f"column {number} of {part[0]}"
                )
        promised = (1e-5 * swept.reconstruction.abs()).clamp_min(1e-3)
        assert (swept.error <= promised).all()
