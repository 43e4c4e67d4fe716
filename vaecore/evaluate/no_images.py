"""An empty batch: results of the right shapes with nothing in them."""

from jaxtyping import Float
from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.gaussian import DiagonalGaussian
from vaecore.core.models import VAE
from vaecore.core.records import Evidence


class NoImages:
    """The `Evaluator` for no images, whatever the model."""

    accuracy = Accuracy.EXACT

    def __init__(self, model: VAE) -> None:
        self.latent_dim = model.latent_dim

    def reconstruction(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """No values and no errors."""
        none = x.new_empty(0, variances.shape[1])
        return none, none

    def slopes(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
    ) -> tuple[Float[Tensor, "2 batch steps latent"], Float[Tensor, "2 batch steps latent"]]:
        """No slopes and no errors."""
        none = x.new_empty(2, *variances.shape)
        return none, none

    def evidence(self, x: Float[Tensor, "batch pixels"]) -> Evidence:
        """No values and no tables."""
        return Evidence(x.new_empty(0), x.new_empty(0), self.accuracy, ())

    def gap(
        self,
        x: Float[Tensor, "batch pixels"],
        mean: Float[Tensor, "batch latent"],
        variances: Float[Tensor, "batch steps latent"],
        known: Evidence,
    ) -> tuple[Float[Tensor, "batch steps"], Float[Tensor, "batch steps"]]:
        """No gaps and no errors."""
        return self.reconstruction(x, mean, variances)

    def best_gaussian(self, x: Float[Tensor, "batch pixels"], beta: float) -> DiagonalGaussian:
        """A q of no rows."""
        none = x.new_empty(0, self.latent_dim)
        return DiagonalGaussian(none, none)
