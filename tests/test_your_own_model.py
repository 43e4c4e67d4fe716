"""The script that researchers start from: what it prints is what torch.distributions and plain sums give for its model.

The oracle takes nothing but the networks and σₓ² from the script. It works in float64: log p(x) is a sum over a lattice
with a spacing of 0.04, while the posterior's standard deviation is 0.07; averages over q use Gauss–Hermite quadrature with
48 points per dimension. A coarser one of each says how far they have converged.
"""

import copy
import math
import re
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

import vaecore

SCRIPT = Path(__file__).resolve().parent.parent / "docs" / "your_own_model.py"
PRINTED = 5e-4  # half a unit of the third decimal
PROMISED = 1e-3  # nats, of each value; all of them are small enough for that


class Oracle:
    """The script's networks in float64, under torch.distributions."""

    def __init__(self, made: dict) -> None:
        self.decoder, self.encoder = (copy.deepcopy(made[name]).double() for name in ("decoder", "encoder"))
        self.x = made["x"].double()
        self.sigma_x = math.sqrt(made["model"].likelihood.variance)
        self.prior = Independent(Normal(torch.zeros(2).double(), 1.0), 1)

    def likelihood(self, z: Tensor) -> Independent:
        return Independent(Normal(self.decoder(z), self.sigma_x), 1)

    def log_likelihood(self, z: Tensor) -> Tensor:
        return torch.cat(
            [Independent(Normal(self.decoder(part), self.sigma_x), 1).log_prob(self.x) for part in z.split(5000)]
        )

    def log_joint(self, z: Tensor) -> Tensor:
        return self.log_likelihood(z) + self.prior.log_prob(z)

    def q(self, mean: Tensor, variance: Tensor) -> Independent:
        return Independent(Normal(mean[0].double(), variance[0].double().sqrt()), 1)

    def encoded(self) -> Independent:
        mean, log_variance = self.encoder(self.x).chunk(2, -1)
        return self.q(mean, log_variance.exp())

    def kl(self, q: Independent) -> float:
        return kl_divergence(q, self.prior).item()

    def reconstruction(self, q: Independent, points: int = 48) -> Tensor:
        nodes, weights = (torch.from_numpy(column) for column in np.polynomial.hermite_e.hermegauss(points))
        z = q.mean + q.stddev * torch.cartesian_prod(nodes, nodes)
        return torch.outer(weights, weights).flatten() @ self.log_likelihood(z) / (2 * math.pi)

    def elbo(self, q: Independent) -> float:
        return self.reconstruction(q).item() - self.kl(q)

    def evidence(self, spacing: float) -> float:
        axis = torch.arange(-round(6 / spacing), round(6 / spacing) + 1).double() * spacing
        return (self.log_joint(torch.cartesian_prod(axis, axis)).logsumexp(0) + 2 * math.log(spacing)).item()

    def optimal_elbo(self) -> float:
        """By gradient ascent in mean and log-variance from the encoder's q, to where nothing is left to gain."""
        q = self.encoded()
        mean, log_variance = (value.clone().requires_grad_() for value in (q.mean, q.variance.log()))
        optimiser = torch.optim.LBFGS([mean, log_variance], max_iter=60, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimiser.zero_grad()
            now = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
            value = kl_divergence(now, self.prior) - self.reconstruction(now, points=16)
            value.backward()
            return value

        optimiser.step(loss)
        return self.elbo(Independent(Normal(mean.detach(), (0.5 * log_variance).exp().detach()), 1))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict:
    """Everything that the script made; what it printed is under "printed", the folder in which it ran under "folder"."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        patch.chdir(folder)
        patch.setattr("sys.argv", [str(SCRIPT)])
        lines: list[str] = []
        with torch.random.fork_rng():  # it seeds the process, as scripts may
            names = runpy.run_path(str(SCRIPT), init_globals={"print": lines.append})
    return names | {"printed": "\n".join(lines), "folder": folder}


@pytest.fixture(scope="module")
def oracle(made) -> Oracle:
    return Oracle(made)


def number(made: dict, name: str) -> float:
    (text,) = re.findall(rf"^{re.escape(name)} (-?\d[\d.e+-]*)", made["printed"], re.M)
    return float(text)


@torch.no_grad()
def test_both_terms_are_those_of_torch_distributions(made, oracle):
    q = oracle.encoded()
    assert oracle.reconstruction(q).item() == pytest.approx(oracle.reconstruction(q, points=32).item(), abs=1e-6)
    assert number(made, "reconstruction") == pytest.approx(oracle.reconstruction(q).item(), abs=PROMISED + PRINTED)
    assert number(made, "KL") == pytest.approx(oracle.kl(q), abs=1e-5 + PRINTED)  # exact, but q is in float32
    assert number(made, "ELBO") == pytest.approx(oracle.elbo(q), abs=PROMISED + PRINTED)


@torch.no_grad()
def test_log_p_is_the_sum_over_a_fine_lattice(made, oracle):
    truth = oracle.evidence(0.04)
    assert truth == pytest.approx(oracle.evidence(0.05), abs=1e-6)
    assert number(made, "log p(x)") == pytest.approx(truth, abs=PROMISED + PRINTED)
    (error,) = re.findall(r"error at most (\S+)", made["printed"])
    assert abs(made["evidence"].value.item() - truth) <= float(error) + 1e-5 * abs(truth) and float(error) <= PROMISED
    assert number(made, "gap") == pytest.approx(truth - oracle.elbo(oracle.encoded()), abs=2 * PROMISED + PRINTED)
    assert abs(number(made, "residual")) <= 3 * PROMISED


def test_no_diagonal_gaussian_has_a_larger_elbo_than_the_optimal_one(made, oracle):
    best = oracle.optimal_elbo()
    with torch.no_grad():
        elbo, truth = oracle.elbo(oracle.encoded()), oracle.evidence(0.04)
    assert best > elbo + 1  # otherwise there is nothing to see
    assert number(made, "optimal ELBO") == pytest.approx(best, abs=PROMISED + PRINTED)
    assert number(made, "amortisation gap") == pytest.approx(best - elbo, abs=2 * PROMISED + PRINTED)
    assert number(made, "approximation gap") == pytest.approx(truth - best, abs=2 * PROMISED + PRINTED)


@torch.no_grad()
def test_the_sweep_is_the_elbo_at_every_variance_and_its_best_step_the_largest(made, oracle):
    mean, variances, sweep = made["best"].mean, made["variances"], made["sweep"]
    steps = [60, 70, made["step"] - 1, made["step"], made["step"] + 1, 100]  # narrow enough for Gauss–Hermite quadrature
    truth = [oracle.elbo(oracle.q(mean, variances[step].expand(1, 2))) for step in steps]
    assert sweep.elbo[0, steps].tolist() == pytest.approx(truth, abs=PROMISED, rel=1e-5)
    assert max(truth) - truth[3] <= 2 * PROMISED
    assert number(made, "best of 121 variances") == pytest.approx(variances[made["step"]].item(), rel=5e-4)
    assert made["printed"].endswith(f"figure {made['folder'] / 'your_own_model.html'}")
    assert f"ELBO {sweep.elbo[0, made['step']].item():.3f}" in made["printed"]


def test_the_figure_shows_the_sweep(made):
    page = (made["folder"] / "your_own_model.html").read_text(encoding="utf-8")
    assert "−log p(x)" in page or "\\u2212log p(x)" in page
    (curve,) = [trace for trace in made["figure"].data if trace.meta == "elbo"]
    assert np.allclose(curve.x, made["variances"]) and np.allclose(curve.y, -made["sweep"].elbo[0])


def test_the_decoder_is_not_one_that_has_a_closed_form(made):
    assert made["evidence"].accuracy is vaecore.Accuracy.BOUNDED
