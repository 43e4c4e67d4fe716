"""Climbing from many starts: against scipy's BFGS, and laws that hold from any start."""

import math

import pytest
import scipy.optimize
import torch

from vaecore.core.ascent import climb
from vaecore.core.finite import all_finite


def mixture(dimensions, seed):
    """The log density of four Gaussians of different widths, and its gradient by autograd."""
    generator = torch.Generator().manual_seed(seed)
    centres = 2 * torch.randn(4, dimensions, generator=generator, dtype=torch.float64)
    widths = (0.5 * torch.randn(4, dimensions, generator=generator, dtype=torch.float64)).exp()

    def heights(z):
        z = z.detach().requires_grad_()
        values = (-0.5 * ((z[:, None] - centres) / widths).square() - widths.log()).sum(-1).logsumexp(-1)
        return values.detach(), torch.autograd.grad(values.sum(), z)[0]

    return heights


def starts_of(dimensions, seed, count=40):
    return 3 * torch.randn(count, dimensions, generator=torch.Generator().manual_seed(100 + seed), dtype=torch.float64)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("dimensions", [1, 2, 5, 16])
def test_every_climb_ends_at_a_summit_no_lower_than_its_start(dimensions, seed):
    heights, starts = mixture(dimensions, seed), starts_of(dimensions, seed)
    value, slope = heights(climb(heights, starts, most_steps=300, least_rise=1e-12))
    assert (value >= heights(starts)[0]).all()
    # Near a summit of curvature c a slope s leaves s² / 2c to climb; the widest Gaussian here has a curvature of 0.02.
    assert (slope.norm(dim=-1) < 1e-3).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_highest_of_the_climbs_is_as_high_as_scipys(seed):
    heights, starts = mixture(3, seed), starts_of(3, seed)

    def minus(z):
        value, slope = heights(torch.as_tensor(z)[None])
        return -float(value), -slope[0].numpy()

    highest = max(-scipy.optimize.minimize(minus, start.numpy(), method="BFGS", jac=True).fun for start in starts)
    found = heights(climb(heights, starts, most_steps=300, least_rise=1e-12))[0].max()
    assert float(found) == pytest.approx(highest, abs=1e-8)


def test_many_climbs_take_no_more_passes_than_the_slowest_of_them():
    heights, starts = mixture(2, 0), starts_of(2, 0)
    passes = []

    def counted(z):
        passes.append(len(z))
        one_by_one = [heights(row[None]) for row in z]  # so that company changes no digit
        return tuple(torch.cat(column) for column in zip(*one_by_one, strict=True))

    points, most = 0, 0
    for start in starts:
        passes.clear()
        climb(counted, start[None], most_steps=60, least_rise=1e-6)
        points, most = points + sum(passes), max(most, len(passes))
    passes.clear()
    climb(counted, starts, most_steps=60, least_rise=1e-6)
    # A step of all takes two passes where one of them has to shorten its own.
    assert len(passes) <= 2 * most
    assert sum(passes) == points  # and nobody is asked for again once it has arrived


def test_a_climb_does_not_leave_what_is_finite():
    def heights(z):
        value = torch.where(z[:, 0] < 2, z[:, 0] ** 3, math.nan)
        return value, 3 * z.square()

    end = climb(heights, torch.tensor([[0.5], [1.9]], dtype=torch.float64), most_steps=50, least_rise=0.0)
    assert (end < 2).all() and (end >= torch.tensor([[0.5], [1.9]])).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_not_finite_is_noticed_among_many(bad):
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    for place in (0, 500, 999):
        wrong = values.clone()
        wrong[place] = bad
        assert not all_finite(wrong)
    both = values.clone()
    both[:2] = torch.tensor([bad, -bad])
    assert all_finite(values) and not all_finite(both)


def test_huge_numbers_whose_sum_is_infinite_are_finite():
    assert all_finite(torch.full((10,), 3e38))
    assert all_finite(torch.empty(0))
