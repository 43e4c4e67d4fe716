"""What the server asks the processes that compute, for a challenge: modules that load torch, in functions alone."""

from dataclasses import dataclass

from pages.parts.compute.workers import in_process
from pages.parts.state.setup import Setup
from pages.parts.state.state import Source, State

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Attempt:
    """A state that is checked, and the numbers of its q, in nats whatever the unit on the screen."""

    state: State
    source: Source
    mean: Numbers
    variance: Numbers
    reconstruction: float  # E_q[log p(x|z)]
    kl: float  # KL(q ‖ p(z))
    gap: float  # KL(q ‖ p(z|x))
    evidence: float  # log p(x)
    highest: float  # the largest ELBO on the slider of the variance
    kl_to_a: float | None  # KL(q ‖ A); None where no A is pinned

    @property
    def setup(self) -> Setup:
        """The model with its settings, and the image."""
        return self.state.setup


@in_process
def attempt_at(state: State) -> Attempt:
    """The attempt that a state makes."""
    from pages.parts.compute import cached, resolve
    from vaecore import kl_between

    setup, q = state.setup, resolve.resolve(state).q
    numbers = cached.numbers_at_q(setup, q.mean, q.variance)
    own = cached.gaussian(setup, q.mean, q.variance)
    return Attempt(
        state=state,
        source=q.source,
        mean=q.mean,
        variance=q.variance,
        reconstruction=numbers.reconstruction.value,
        kl=numbers.kl.value,
        gap=numbers.gap.value,
        evidence=cached.log_evidence(setup),
        highest=float(cached.sweep(setup, q.mean, q.path).elbo.max()),
        kl_to_a=None if state.pin is None else float(kl_between(own, cached.gaussian(setup, *state.pin)).sum()),
    )
