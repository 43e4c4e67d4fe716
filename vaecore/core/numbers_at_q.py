"""The identity log p(x) = reconstruction − kl + gap at one q and for one image, as plain floats with their accuracy."""

from dataclasses import dataclass

from torch import Tensor

from vaecore.core.accuracy import Accuracy
from vaecore.core.records import ElboTerms, Evidence, Gap


@dataclass(frozen=True)
class Quantity:
    """One number in nats; `accuracy` says what `error` means."""

    value: float
    error: float
    accuracy: Accuracy


@dataclass(frozen=True)
class NumbersAtQ:
    """All terms of the identity, in nats."""

    reconstruction: Quantity
    kl: Quantity  # summed over latent dimensions; always exact
    elbo: Quantity
    gap: Quantity
    evidence: Quantity  # log p(x)

    @staticmethod
    def of(terms: ElboTerms, gap: Gap, evidence: Evidence) -> "NumbersAtQ":
        """The numbers of the first image of a batch."""
        error = _first(terms.error)
        return NumbersAtQ(
            reconstruction=Quantity(_first(terms.reconstruction), error, terms.accuracy),
            kl=Quantity(float(terms.kl[0].double().sum()), 0.0, Accuracy.EXACT),
            elbo=Quantity(_first(terms.elbo), error, terms.accuracy),
            gap=Quantity(_first(gap.value), _first(gap.error), gap.accuracy),
            evidence=Quantity(_first(evidence.value), _first(evidence.error), evidence.accuracy),
        )

    @property
    def residual(self) -> float:
        """log p(x) − ELBO − gap: 0 but for the errors of the terms."""
        return self.evidence.value - self.elbo.value - self.gap.value

    def objective(self, beta: float) -> Quantity:
        """reconstruction − beta · kl (Higgins et al. 2017, eq. 4); the ELBO for beta = 1."""
        value = self.reconstruction.value - beta * self.kl.value
        return Quantity(value, self.reconstruction.error, self.reconstruction.accuracy)


def gap_by_difference(terms: ElboTerms, evidence: Evidence) -> Gap:
    """log p(x) − ELBO, shape (batch,): as accurate as both, and no test of them."""
    accuracy = evidence.accuracy if evidence.accuracy is Accuracy.LOWER_BOUND else terms.accuracy
    return Gap(evidence.value - terms.elbo, evidence.error + terms.error, accuracy)


def _first(column: Tensor) -> float:
    return float(column[0])
