"""Slopes of reconstruction and KL: brute force, finite differences and autograd judge them; at the best q they balance."""

import pytest
import torch
from torch import Tensor, nn

from tests.oracle_brute_force import BruteForce, images_of, random_network
from tests.test_quadrature import PROBLEMS, ROUNDING, UNSURE, batch_of, brute_evidence, every_problem, some_problems
from vaecore import (
    VAE,
    BernoulliPixels,
    DiagonalGaussian,
    Forces,
    GaussianPixels,
    LinearDecoder,
    Provenance,
    best_gaussian,
    elbo,
    evidence,
    forces,
    gap,
    kl_to_standard_normal,
    load,
    sweep_gap,
    sweep_variance,
)

NATS, SHARE = 1e-3, 1e-3  # per standard deviation or unit of log variance, or this share of the slope


def in_units_of_q(found: Forces, variances: Tensor) -> tuple[Tensor, Tensor]:
    """(images, steps, 2 · latent): slopes by mean / sd, then by log variance, and their errors."""
    units = torch.cat([variances.sqrt(), variances], dim=-1)
    slopes = torch.cat([found.reconstruction_by_mean, found.reconstruction_by_variance], dim=-1)
    return slopes * units, torch.cat([found.mean_error, found.variance_error], dim=-1) * units


@every_problem
def test_slopes_of_the_reconstruction_are_brute_forces(problem):
    model, x = problem.model(), problem.x()
    for mean, variance in problem.states():
        found = forces(model, x, mean.expand(len(x), -1), variance[None])
        assert found.provenance == Provenance.QUADRATURE
        slopes, errors = (columns[:, 0].T for columns in in_units_of_q(found, variance[None]))
        truth = BruteForce(model, x).slopes(mean, variance)
        wrong, allowance = (slopes - truth.value).abs(), UNSURE * truth.uncertainty + ROUNDING * 1e3 * truth.value.abs()
        promised = (SHARE * truth.value.abs()).clamp_min(NATS)
        assert (wrong <= promised + allowance).all(), f"{mean}, {variance}: {wrong} of {truth}"
        assert (wrong <= errors + allowance).all(), f"{mean}, {variance}: says {errors}, is {wrong}"
