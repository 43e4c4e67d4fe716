"""The protocol that every evaluator implements."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.records import Evidence


@runtime_checkable
class Evaluator(Protocol):
    """One way to have the numbers of one model; everything about q for several variances about one mean per image."""

    accuracy: Accuracy

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """E_q[log p(x|z)] and its error."""

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """∂/∂mean and ∂/∂variance of E_q[log p(x|z)], in this order, and their errors."""

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """log p(x)."""

    def gap(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        known: Evidence,
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """KL(q ‖ p(z|x)), not by subtraction, and its error, given what is known of log p(x)."""

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """The diagonal q that maximises reconstruction − beta · kl."""
