"""Posteriors with several modes above two latents: log p(x) counts those that climbs from the prior find."""

import copy
import math

import pytest
import torch
from torch import Tensor, nn

import vaecore
from tests.oracle_brute_force import random_network
from vaecore import VAE, BernoulliPixels, DiagonalGaussian, GaussianPixels
from vaecore.core.decoding import PointDecoder
from vaecore.core.triangles import times_transposed, times_triangle
from vaecore.evaluate.summits import prior_draws, summits

NOISE = 0.05


class EachAlone(nn.Module):
    """Three pixels, each of a latent of its own: log p(x) is a sum of three integrals over a line."""

    def __init__(self, *functions) -> None:
        super().__init__()
        self.functions = functions
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, z: Tensor) -> Tensor:
        return torch.stack([f(z[:, i]) for i, f in enumerate(self.functions)], dim=-1) + 0 * self.nothing


def on_lines(model: VAE, x: Tensor) -> float:
    """log p(x) from a fine grid along each latent."""
    z = torch.linspace(-9, 9, 200_001, dtype=torch.float64)
    total = 0.0
    for f, pixel in zip(model.decoder.functions, x[0].double(), strict=True):
        joint = -((pixel - f(z)) ** 2) / (2 * NOISE) - 0.5 * math.log(2 * math.pi * NOISE)
        joint = joint + torch.distributions.Normal(0.0, 1.0).log_prob(z)
        total += float(joint.logsumexp(0)) + math.log(18 / 200_000)
    return total


@pytest.mark.parametrize(
    "functions",
    [
        (torch.square, lambda z: z, lambda z: z),  # two modes
        (torch.square, torch.square, lambda z: z),  # four
        (lambda z: torch.sin(3 * z), lambda z: z, torch.tanh),  # a row of them
    ],
)
def test_log_p_of_a_posterior_with_several_modes_lies_within_its_error(functions):
    model = VAE(EachAlone(*functions), GaussianPixels(NOISE), 3)
    generator = torch.Generator().manual_seed(1)
    for _ in range(2):
        z = torch.randn(1, 3, generator=generator)
        with torch.no_grad():
            x = model.decoder(z) + math.sqrt(NOISE) * torch.randn(1, 3, generator=generator)
        found = vaecore.evidence(model, x)
        assert found.error.item() < 0.05
        # A mode that holds less than a twentieth may be missed.
        assert abs(found.value.item() - on_lines(model, x)) < 4 * found.error.item() + 0.05


def test_climbs_find_every_mode_and_put_the_highest_first():
    model = VAE(EachAlone(torch.square, lambda z: z + 0.3 * z.sign(), lambda z: z), GaussianPixels(NOISE), 3)
    x = torch.tensor([[1.0, 0.9, -0.4]])
    found = summits(PointDecoder(model).residuals(x[0]), prior_draws(3))
    assert {round(float(z[0])) for z in found.z} == {-1, 1}
    assert len(found.z) == len({tuple(z.sign().tolist()) for z in found.z})  # each of them once
    heights = vaecore.log_joint(model, x, found.z)
    assert (heights.diff() <= 1e-6).all() and heights[0] - heights[-1] <= 12
    assert torch.allclose(found.height - found.height[0], heights.double() - heights[0], atol=1e-4)


def test_the_best_gaussian_is_looked_for_among_narrow_ones_first():
    """At the top of a sine its slope is 0, and q seems to be as wide as the prior; the best q is narrow there."""
    model = VAE(EachAlone(torch.abs, lambda z: torch.sin(3 * z), lambda z: z), GaussianPixels(0.7), 3)
    x = torch.tensor([[0.3, 1.5, 0.2]], dtype=torch.float64)
    narrow = DiagonalGaussian(*torch.tensor([[[0.0, 0.48, 0.12]], [[0.513, 0.086, 0.412]]], dtype=torch.float64))
    found = vaecore.elbo(model, x, vaecore.best_gaussian(model, x))
    assert found.elbo.item() > vaecore.elbo(model, x, narrow).elbo.item() - 0.01


@pytest.mark.parametrize(
    ("sizes", "likelihood"),
    [
        ([3, 8, 20], GaussianPixels(0.01)),  # fewer hidden units than pixels
        ([3, 150, 200], GaussianPixels(0.01)),  # so many that their products are taken in blocks
        ([3, 24, 20], GaussianPixels(0.01)),
        ([3, 8, 20], GaussianPixels(torch.linspace(0.01, 0.1, 20))),
        ([3, 8, 20], BernoulliPixels()),
    ],
)
def test_log_p_and_residuals_of_a_decoder_are_those_of_its_images(sizes, likelihood):
    model = VAE(random_network(sizes, nn.Tanh, 2.0, 3, torch.float32), likelihood, 3)
    z = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    decoder = PointDecoder(model)
    with torch.no_grad():
        decoded = copy.deepcopy(model.decoder).double()(z)
        x = (decoded[0] > 0).double() if isinstance(likelihood, BernoulliPixels) else decoded[0] + 0.1
        direct = likelihood.log_prob(x, decoded)
    near = 1e-6 * direct.abs() + 2e-4
    assert ((decoder.log_likelihood(decoder.project(x), z) - direct).abs() < near).all()
    assert ((decoder.log_likelihood_and_gradient(decoder.project(x), z)[0] - direct).abs() < near).all()
    squares = decoder.residuals(x)(z).double().square().sum(-1)
    assert ((direct - direct[0] + 0.5 * (squares - squares[0])).abs() < near + near[0]).all()


@pytest.mark.parametrize(("height", "width"), [(9, 8), (151, 150), (290, 289), (260, 260)])
def test_products_with_a_triangle_are_those_with_all_of_it(height, width):
    generator = torch.Generator().manual_seed(0)
    triangle = torch.randn(height, width, generator=generator, dtype=torch.float64).triu()
    shift, h = torch.randn(height, generator=generator).double(), torch.randn(5, width, generator=generator).double()
    rows = h @ triangle.T + shift
    assert torch.allclose(times_triangle(h, triangle, shift), rows, rtol=0, atol=1e-11)
    assert torch.allclose(times_transposed(rows, triangle), rows @ triangle, rtol=0, atol=1e-9)


def test_a_search_that_steps_where_the_decoder_overflows_comes_back():
    """A funnel: pixels grow as exp(z₁), and Newton's steps lead to where that is infinite."""
    model = VAE(EachAlone(lambda z: z, lambda z: torch.exp(6 * z), lambda z: torch.exp(-6 * z)), GaussianPixels(NOISE), 3)
    x = torch.tensor([[0.3, 1.2, 0.8]])
    found = vaecore.evidence(model, x)
    assert abs(found.value.item() - on_lines(model, x)) < 4 * found.error.item() + 0.01
    bound = vaecore.elbo(
        model, x, DiagonalGaussian(*(getattr(vaecore.best_gaussian(model, x), of) for of in ("mean", "variance")))
    )
    assert bound.elbo.item() < found.value.item()
