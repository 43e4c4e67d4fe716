"""The pinned q: A, which stays as it is while B is moved."""

from typing import Any

from pages.parts.compute import cached
from pages.parts.compute.resolve import Resolved

Numbers = tuple[float, ...]


def pin(resolved: Resolved, pinned: tuple[Numbers, Numbers] | None) -> dict[str, Any] | None:
    """Mean, variance and numbers of A; None without a pin."""
    if pinned is None:
        return None
    mean, variance = pinned
    per_nat, numbers = resolved.unit.per_nat, cached.numbers_at_q(resolved.setup, mean, variance)
    return {
        "mean": mean,
        "variance": variance,
        "scale": resolved.q.path.scale_of(variance),
        "reconstruction": per_nat * numbers.reconstruction.value,
        "kl": per_nat * numbers.kl.value,
        "elbo": per_nat * numbers.elbo.value,
        "objective": per_nat * numbers.objective(resolved.beta).value,
        "gap": per_nat * numbers.gap.value,
    }
