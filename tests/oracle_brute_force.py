"""A second opinion on models of one or two latents: dense float64 lattices that share no code with vaecore.

    log p(x)         = log ∫ p(x|z) p(z) dz      sums over a box, its cells split where the mass is until nothing moves
    E_q[log p(x|z)]  = ∫ q(z) log p(x|z) dz      trapezoids about q's mean, halved until nothing moves

Every value comes with the distance that the last halving of the spacing still moved it. Nothing here is clever:
the base lattice is so fine (1/32 in two latents) that a peak can hide between its nodes only if the decoder is
steeper than it is measured to be, and `BruteForce` refuses such decoders.
"""

import copy
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vaecore import VAE, BernoulliPixels, GaussianPixels

REACH = 8.5  # standard deviations: the Gaussian mass beyond is 2e-17
NEGLIGIBLE = 45.0  # nats below the best: a million such cells hold less than 1e-13 of the mass
MOST_POINTS = 2_000_000
LEAST, SHARE = 1e-5, 2e-7  # nats, and a share of the value: what a halving may move an expectation that stands still
CHUNK = 4096  # points a pass: what they activate stays in the processor's cache


@dataclass(frozen=True, eq=False)
class BruteEvidence:
    """log p(x) of each image, how far the last halving moved it, and E[z|x]."""

    value: Tensor  # (images,)
    uncertainty: Tensor  # (images,)
    posterior_mean: Tensor  # (images, latent)
    posterior_sd: Tensor  # (images, latent)


@dataclass(frozen=True, eq=False)
class BruteExpectation:
    """An average over q for each image, E_q[log p(x|z)] say, and how far the last halving moved it."""

    value: Tensor  # (images,), or (columns, images)
    uncertainty: Tensor  # of the same shape


class BruteForce:
    """Lattices over the latents of one model of one or two latents, for a fixed batch of images."""

    def __init__(self, model: VAE, x: Tensor) -> None:
        self.latent_dim = model.latent_dim
        self.pixels = x.shape[-1]
        gaussian = isinstance(model.likelihood, GaussianPixels)
        self.noise_variance = float(model.likelihood.variance) if gaussian else None
        self.decoder = copy.deepcopy(model.decoder).double().cpu()
        self.x = x.detach().double().cpu()
        if gaussian:
            self.decoder, self.x = without_idle_pixels(self.decoder, self.x)

    @torch.no_grad()
    def log_likelihood(self, z: Tensor) -> Tensor:
        """log p(x|z), (points, images)."""
        return torch.cat([self._log_likelihood(chunk) for chunk in z.split(CHUNK)])

    def log_joint(self, z: Tensor) -> Tensor:
        """log p(x, z), (points, images)."""
        prior = -0.5 * (z.square().sum(-1) + self.latent_dim * math.log(2 * math.pi))
        return self.log_likelihood(z) + prior[:, None]

    def _log_likelihood(self, z: Tensor) -> Tensor:
        decoded = self.decoder(z)
        if self.noise_variance is None:
            # Every coin falls 0, log(1 − p) = log sigmoid(−f); a coin that fell 1 has log p − log(1 − p) = f more.
            return nn.functional.logsigmoid(-decoded).sum(-1, keepdim=True) + decoded @ self.x.T
        squares = decoded.square().sum(-1, keepdim=True) - 2 * decoded @ self.x.T + self.x.square().sum(-1)
        return -squares / (2 * self.noise_variance) - 0.5 * self.pixels * math.log(2 * math.pi * self.noise_variance)

    @torch.no_grad()
    def steepness(self, reach: float = 8.0) -> float:
        """The largest ‖∂f/∂z‖ / σₓ met at 4,000 points: what a posterior's 1/sd cannot exceed by much."""
        generator = torch.Generator().manual_seed(0)
        z = (2 * torch.rand(4000, self.latent_dim, generator=generator, dtype=torch.float64) - 1) * reach
        step = 1e-4
        slopes = [(self.decoder(z + step * axis) - self.decoder(z)) / step for axis in torch.eye(self.latent_dim).double()]
        # A Bernoulli likelihood bends at most ¼‖Δf‖², as a Gaussian of variance 4 does.
        noise = 2.0 if self.noise_variance is None else math.sqrt(self.noise_variance)
        return float(torch.stack(slopes).square().sum((0, 2)).max().sqrt()) / noise

    def evidence(self, spacing: float | None = None, half_width: float = 12.0) -> BruteEvidence:
        """log p(x) on the box [−half_width, half_width]^latent.

        Raises:
            AssertionError: the decoder is too steep for the lattice, or there is mass at the edge of the box.
        """
        spacing = spacing or (1 / 512 if self.latent_dim == 1 else 1 / 32)
        axis = torch.arange(-round(half_width / spacing), round(half_width / spacing) + 1).double() * spacing
        nodes = torch.cartesian_prod(*[axis] * self.latent_dim).reshape(-1, self.latent_dim)
        log_joint = self.log_joint(nodes)
        best = log_joint.max(0).values
        edge = (nodes.abs() > half_width - 1e-9).any(-1)
        assert (log_joint[edge].max(0).values < best - NEGLIGIBLE).all(), "the box is too small for this posterior"

        # A peak between nodes is at most half a diagonal away from one; this is what it can lose on the way.
        sharpest = self.steepness()
        hidden = (sharpest * spacing) ** 2 * self.latent_dim / 8
        assert hidden < 60, f"the lattice is too coarse for a decoder of steepness {sharpest:.0f}"
        threshold = NEGLIGIBLE + 2 * hidden

        values, moved, means, sds = [], [], [], []
        even = (torch.arange(len(axis)) % 2 == 0).double()
        even = (even if self.latent_dim == 1 else torch.outer(even, even)).flatten() > 0
        for image in range(len(self.x)):
            mine = log_joint[:, image]
            value = mine.logsumexp(0) + self.latent_dim * math.log(spacing)
            coarse = mine[even].logsumexp(0) + self.latent_dim * math.log(2 * spacing)
            change, z, mass = (value - coarse).abs(), nodes, mine.softmax(0)
            if change > 1e-8 or sharpest * spacing > 1:
                kept = nodes[mine > best[image] - threshold]
                value, change, z, mass = self._refined(image, kept, spacing, hidden)
            mean = mass @ z
            values.append(value)
            moved.append(change)
            means.append(mean)
            sds.append((mass @ (z - mean).square()).sqrt())
        return BruteEvidence(*map(torch.stack, (values, moved, means, sds)))

    def _refined(self, image: int, centres: Tensor, side: float, hidden: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Split the cells about `centres` into halves a dimension until the sum stands still."""
        corners = torch.cartesian_prod(*[torch.tensor([-0.25, 0.25]).double()] * self.latent_dim)
        corners = corners.reshape(-1, self.latent_dim)
        previous = None
        for _ in range(9):
            z = (centres[:, None] + side * corners).reshape(-1, self.latent_dim)
            side, hidden = side / 2, hidden / 4
            one = copy.copy(self)
            one.x = self.x[image : image + 1]
            log_joint = one.log_joint(z)[:, 0]
            value = log_joint.logsumexp(0) + self.latent_dim * math.log(side)
            change = torch.tensor(math.inf) if previous is None else (value - previous).abs()
            if change < 1e-6 or len(z) > 2 * MOST_POINTS:
                break
            previous = value
            centres = z[log_joint > log_joint.max() - NEGLIGIBLE - 2 * hidden]
        return value, change, z, log_joint.softmax(0)

    def reconstruction(self, mean: Tensor, variance: Tensor) -> BruteExpectation:
        """E_q[log p(x|z)] of every image under one q = N(mean, diag(variance)), both of shape (latent,)."""
        return self._expectation(mean, variance, lambda weights, t, z: weights @ self.log_likelihood(z))

    def divergence_from_posterior(self, mean: Tensor, variance: Tensor, evidence: BruteEvidence) -> BruteExpectation:
        """KL(q ‖ p(z|x)) of every image under one q: E_q[log q(z) − log p(z|x)], both densities on the lattice."""
        mean, variance = mean.double().cpu(), variance.double().cpu()

        def log_ratio(weights: Tensor, t: Tensor, z: Tensor) -> Tensor:
            squares = ((z - mean).square() / variance + (2 * math.pi * variance).log()).sum(-1)
            return weights @ (-0.5 * squares[:, None] - (self.log_joint(z) - evidence.value))

        expectation = self._expectation(mean, variance, log_ratio)
        return BruteExpectation(expectation.value, expectation.uncertainty + evidence.uncertainty)

    def slopes(self, mean: Tensor, variance: Tensor) -> BruteExpectation:
        """Slopes of `reconstruction`, (2 · latent, images), nats: by each mean over its sd, then by each log variance."""
        return self.reconstruction_and_slopes(mean, variance)[1]

    def reconstruction_and_slopes(self, mean: Tensor, variance: Tensor) -> tuple[BruteExpectation, BruteExpectation]:
        """`reconstruction` and its slopes from one lattice, which is halved until neither moves.

        Slopes are wanted to a thousandth; the last halving moves them by a fortieth of that, where points suffice.
        The derivative is taken of q's density, under the integral: q · t / sd by the mean, q (t² − 1) / (2 variance).
        """
        here = self.log_likelihood(mean[None])

        def scored(weights: Tensor, t: Tensor, z: Tensor) -> Tensor:
            scores, found = torch.cat([t, 0.5 * (t.square() - 1)], dim=-1), self.log_likelihood(z)
            # Taking off a constant changes no integral of a score, and keeps its digits.
            return torch.cat([weights[None] @ found, (weights[:, None] * scores).T @ (found - here)])

        columns = torch.ones(1 + 2 * self.latent_dim, 1, dtype=torch.float64)
        least, share = 2.5e-5 * columns, 2.5e-5 * columns
        least[0], share[0] = LEAST, SHARE
        both = self._expectation(mean, variance, scored, least=least, share=share)
        return tuple(BruteExpectation(both.value[part], both.uncertainty[part]) for part in (0, slice(1, None)))

    def _expectation(
        self,
        mean: Tensor,
        variance: Tensor,
        integral: Callable[[Tensor, Tensor, Tensor], Tensor],
        *,
        least: float | Tensor = LEAST,
        share: float | Tensor = SHARE,
    ) -> BruteExpectation:
        """Of an integral over weighted points: it gets q's weights, the points in standard deviations, and the points."""
        sd = variance.double().cpu().sqrt()
        mean = mean.double().cpu()
        # The first rule already sees everything that is wider than 0.15; then every halving must confirm the last.
        spacing, previous = 0.15, None
        while True:
            intervals = [max(32, math.ceil(2 * REACH * float(s) / spacing)) for s in sd]
            axes = [torch.linspace(-REACH, REACH, n + 1, dtype=torch.float64) for n in intervals]
            densities = [
                (-0.5 * t.square()).exp() * (2 * REACH / n) / math.sqrt(2 * math.pi)
                for t, n in zip(axes, intervals, strict=True)
            ]
            others = math.prod(len(axis) for axis in axes[1:])
            blocks = zip(*(column.split(max(CHUNK // others, 1)) for column in (axes[0], densities[0])), strict=True)
            value = sum(
                self._part([block, *axes[1:]], [weights, *densities[1:]], mean, sd, integral) for block, weights in blocks
            )
            if previous is not None:
                change = (value - previous).abs()
                if (change < least + share * value.abs()).all() or others * len(axes[0]) > MOST_POINTS:
                    return BruteExpectation(value, change)
            spacing = min(spacing, 2 * REACH * float(sd.max()) / 32) / 2
            previous = value

    def _part(
        self,
        axes: list[Tensor],
        densities: list[Tensor],
        mean: Tensor,
        sd: Tensor,
        integral: Callable[[Tensor, Tensor, Tensor], Tensor],
    ) -> Tensor:
        """What some rows of the lattice add to the integral: what is made of a few thousand points stays in the cache."""
        grid = torch.cartesian_prod(*axes).reshape(-1, self.latent_dim)
        weights = torch.cartesian_prod(*densities).reshape(-1, self.latent_dim).prod(-1)
        present = weights > 1e-24  # the corners of the box, beyond the reach in both dimensions
        t = grid[present]
        return integral(weights[present], t, mean + sd * t)


def without_idle_pixels(decoder: nn.Module, x: Tensor) -> tuple[nn.Module, Tensor]:
    """The same ‖x − f(z)‖ with fewer pixels: images and decoder turned into the subspace that they span.

    A rotation changes no distance, and where hidden units and images together are fewer than the pixels, all
    directions but theirs stay zero.
    """
    if type(decoder) is not nn.Sequential or type(decoder[-1]) is not nn.Linear or decoder[-1].bias is None:
        return decoder, x
    last = decoder[-1]
    spanned = torch.cat([last.weight.detach().T, last.bias.detach()[None], x])
    if len(spanned) >= x.shape[-1]:
        return decoder, x
    assert not (decoder._forward_hooks or last._forward_hooks), "hooks would be lost"
    basis = torch.linalg.qr(spanned.T).Q
    turned = nn.utils.skip_init(nn.Linear, last.in_features, basis.shape[1], dtype=torch.float64)
    turned.weight = nn.Parameter(basis.T @ last.weight.detach())
    turned.bias = nn.Parameter(basis.T @ last.bias.detach())
    return nn.Sequential(*decoder[:-1], turned), x @ basis


def random_network(
    sizes: Sequence[int], activation: type[nn.Module], scale: float, seed: int, dtype: torch.dtype = torch.float64
) -> nn.Sequential:
    """A random multilayer perceptron: weights and biases uniform in ±scale/√fan_in; 1 is torch's default."""
    generator = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for wide, narrow in itertools.pairwise(sizes):
        # Without torch's own draws, which would come from, and move, the global generator.
        linear = nn.utils.skip_init(nn.Linear, wide, narrow, dtype=torch.float64)
        for parameter in linear.parameters():
            draws = torch.rand(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.data = (2 * draws - 1) * scale / math.sqrt(wide)
        layers += [linear, activation()]
    return nn.Sequential(*layers[:-1]).to(dtype)


@torch.no_grad()
def images_of(model: VAE, z: Tensor, seed: int) -> Tensor:
    """One image drawn from p(x|z) at each row of z."""
    generator = torch.Generator().manual_seed(seed)
    decoded = model.decoder(z.to(model.dtype)).double()
    if isinstance(model.likelihood, BernoulliPixels):
        return torch.bernoulli(decoded.sigmoid(), generator=generator).to(model.dtype)
    noise = torch.randn(decoded.shape, generator=generator, dtype=torch.float64)
    return (decoded + math.sqrt(float(model.likelihood.variance)) * noise).to(model.dtype)
