"""How often the truth lies within one and two of the errors that are reported: network × image × q, above two latents.

`python -m tests.bench_calibration` prints the table. The truth is a grid over three latents for log p(x), and Gauss–Hermite
products for what depends on q; a Gaussian error would be within 1 in 68 % and within 2 in 95 % of the cases.
"""

import torch
from torch import Tensor

import vaecore
from tests.test_sampling_calibration import cube_evidence
from tests.test_sobol import network, prior_images, product_rule, random_q

NETWORKS, IMAGES = 20, 10
STEP = 1e-3  # of q's mean, for the slope of the product rule


def scores() -> dict[str, Tensor]:
    """(value − truth) / error of every case, by quantity."""
    found: dict[str, list[Tensor]] = {name: [] for name in ("reconstruction", "forces", "gap", "evidence")}
    for seed in range(NETWORKS):
        model = network(3, seed=seed, noise_variance=0.5, scale=1.5)
        x, q = prior_images(model, IMAGES, seed=seed), random_q(3, IMAGES, seed=seed, low=0.01, high=0.3)
        terms, known = vaecore.elbo(model, x, q), vaecore.evidence(model, x)
        gap = vaecore.gap(model, x, q, known)
        truth, evidence = product_rule(model, x, q, 20), cube_evidence(model, x)
        found["reconstruction"].append((terms.reconstruction - truth) / terms.error)
        found["evidence"].append((known.value - evidence) / known.error)
        found["gap"].append((gap.value - (evidence - truth + terms.kl.sum(-1))) / gap.error)
        step = torch.zeros_like(q.mean)
        step[:, 0] = STEP
        ends = [product_rule(model, x, vaecore.DiagonalGaussian(q.mean + s, q.variance), 20) for s in (step, -step)]
        for i in range(IMAGES):
            force = vaecore.forces(model, x[i : i + 1], q.mean[i : i + 1], q.variance[i : i + 1])
            slope = (ends[0][i] - ends[1][i]) / (2 * STEP)
            found["forces"].append((force.reconstruction_by_mean[0, 0, :1] - slope) / force.mean_error[0, 0, :1])
    return {name: torch.cat(rows).abs() for name, rows in found.items()}


def calibration() -> None:
    """Print the table."""
    print(f"| {NETWORKS} networks of three latents × {IMAGES} images | cases | within 1 error | within 2 |")
    print("|---|--:|--:|--:|")
    for name, z in scores().items():
        print(f"| {name} | {len(z)} | {(z <= 1).double().mean():.0%} | {(z <= 2).double().mean():.0%} |")
    print()


if __name__ == "__main__":
    torch.set_num_threads(1)
    calibration()
