"""The pinned q: A, which stays as it is while B is moved."""

from typing import Any

from pages.parts.compute import cached
from pages.parts.compute.resolve import Resolved
from vaecore.figures.values import values

Numbers = tuple[float, ...]


def pin(resolved: Resolved, pinned: tuple[Numbers, Numbers] | None) -> dict[str, Any] | None:
    """Where A lies and what it is worth; None without a pin."""
    if pinned is None:
        return None
    mean, variance = pinned
    per_nat, setup = resolved.unit.per_nat, resolved.setup
    terms, gap = cached.elbo(setup, mean, variance), cached.gap(setup, mean, variance)
    reconstruction, kl = float(values(terms.reconstruction)[0]), float(values(terms.kl)[0].sum())
    return {
        "mean": mean,
        "variance": variance,
        "scale": resolved.q.path.scale_of(variance),
        "reconstruction": per_nat * reconstruction,
        "kl": per_nat * kl,
        "elbo": per_nat * float(values(terms.elbo)[0]),
        "objective": per_nat * (reconstruction - resolved.beta * kl),
        "gap": per_nat * float(values(gap.value)[0]),
    }
