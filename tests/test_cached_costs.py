"""What q costs, as the screens ask for it: R*, the height of a chart of costs, and the shares of the gap."""

import math

import pytest
import torch

import vaecore
from pages.parts.compute import cached_costs
from pages.parts.tradeoff import payload
from pages.parts.tradeoff.answers import read
from tests import oracle_screen
from vaecore.evaluate import costs

LINKS = {
    "number": {"model": "number", "q": "hand", "mean": "0.3", "variance": "0.2"},
    "humps": {"model": "humps", "q": "hand", "mean": "0.4", "variance": "0.05"},
    "digits-linear-8": {"model": "digits-linear-8", "q": "prior"},
    "digits-2": {"model": "digits-2", "digit": "3", "q": "encoder"},
}


@pytest.mark.parametrize("name", LINKS)
def test_no_code_of_a_dense_cloud_is_likelier_than_the_best_and_the_scale_holds_floor_and_encoder(name: str) -> None:
    setup = read(LINKS[name]).setup
    model, x, known = oracle_screen.bench(LINKS[name])
    top = cached_costs.best_reconstruction(setup)
    z = 1.5 * torch.randn(4000, model.latent_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        cloud = model.likelihood.log_prob(x.to(model.dtype).expand(len(z), -1), model.decoder(z)).double()
    assert float(cloud.max()) <= top + 1e-3
    floor = top - float(known.value)
    assert floor > 0
    heights = [2.5 * floor, 1.0]
    if model.encoder is not None:
        heights.append(1.15 * (top - float(vaecore.elbo(model, x, oracle_screen.encoder_q(LINKS[name])).elbo)))
    assert cached_costs.top_of_scale(setup) == pytest.approx(max(heights), abs=2e-3)


def test_the_scale_is_the_same_for_every_q() -> None:
    tops = {cached_costs.top_of_scale(read({"digit": "3", "q": q}).setup) for q in ("encoder", "best", "prior")}
    assert len(tops) == 1
    assert math.isfinite(tops.pop())


@pytest.mark.parametrize(
    ("name", "move"),
    [*((name, "all") for name in LINKS), ("digits-2", "each"), ("digits-2", "encoder"), ("digits-16", "all")],
)
def test_the_largest_elbo_about_a_mean_parts_the_gap_as_the_core_does(name: str, move: str) -> None:
    resolved = read({"model": name, **LINKS.get(name, {}), "move": move})
    q = resolved.q
    model, x, known = oracle_screen.bench(LINKS.get(name, {"model": name}))
    mine = vaecore.DiagonalGaussian(torch.tensor([q.mean]).double(), torch.tensor([q.variance]).double())
    shares = costs.gap_shares(model, x, mine, known)
    elbo = float(vaecore.elbo(model, x, mine).elbo)
    found = cached_costs.best_elbo_about(resolved.setup, q.mean, q.path)
    assert found >= elbo - 1e-3
    # Both searches end within 0.001 nat of the maximum; the lattice is accurate to as much.
    assert found - elbo == pytest.approx(float(shares.width), abs=3e-3)
    assert payload.shares(resolved) == {"bestAboutMean": found}
