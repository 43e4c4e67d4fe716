"""The results of all computations: frozen records of tensors, in nats, one value per image unless a shape says otherwise."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from vaecore.core.accuracy import Accuracy


@dataclass(frozen=True, eq=False)
class ElboTerms:
    """The evidence lower bound and the two terms that it trades off."""

    reconstruction: Float[Tensor, " batch"]  # E_q[log p(x|z)]
    kl: Float[Tensor, "batch latent"]  # KL(q ‖ p(z)) of each latent dimension, always exact
    error: Float[Tensor, " batch"]  # of reconstruction, and so of elbo
    accuracy: Accuracy

    @property
    def elbo(self) -> Float[Tensor, " batch"]:
        """reconstruction − Σ kl (Kingma & Welling 2014, eq. 3)."""
        return self.reconstruction - self.kl.sum(-1)


@dataclass(frozen=True, eq=False)
class JointTable:
    """log p(x, z) of one image at points that resolve its posterior: closely spaced where the mass is, sparse elsewhere.

    The points are the centres of cells that do not overlap; Σ exp(log_joint + log_volume) is p(x). Points 200 nats below
    the highest are left out.
    """

    z: Float[Tensor, "points latent"]
    log_joint: Float[Tensor, " points"]  # log p(x, z)
    log_volume: Float[Tensor, " points"]  # log of the cell's size in z

    @property
    def posterior_mass(self) -> Float[Tensor, " points"]:
        """p(z|x) of each cell; sums to 1."""
        return (self.log_joint + self.log_volume).softmax(0)


@dataclass(frozen=True, eq=False)
class PosteriorWindow:
    """p(z|x) of two latents on a regular grid around its mass, relative to its largest value there."""

    first: Float[Tensor, " columns"]
    second: Float[Tensor, " rows"]
    density: Float[Tensor, "rows columns"]


@dataclass(frozen=True, eq=False)
class LatentCurves:
    """Densities of one latent on ascending points; the likelihood, as a function of z, is not one and has its own scale."""

    z: Float[Tensor, " points"]
    prior: Float[Tensor, " points"]
    likelihood: Float[Tensor, " points"]  # relative to its largest value
    posterior: Float[Tensor, " points"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """log p(x) = log ∫ p(x|z) p(z) dz of each image; above two latents a lower bound in expectation."""

    value: Float[Tensor, " batch"]
    error: Float[Tensor, " batch"]
    accuracy: Accuracy
    tables: tuple[JointTable, ...] | None  # one per image; None above two latents
    pareto_k: Float[Tensor, " batch"] | None = None  # of sampled values: above 0.7 neither value nor error is reliable


@dataclass(frozen=True, eq=False)
class Gap:
    """KL(q ‖ p(z|x)) of each image, not by subtraction; in a sweep at every variance. A lower bound where log p(x) is."""

    value: Float[Tensor, "batch ..."]
    error: Float[Tensor, "batch ..."]
    accuracy: Accuracy


@dataclass(frozen=True, eq=False)
class Forces:
    """The derivatives of reconstruction and KL at every variance of a sweep, in nats per unit of mean or of variance.

    In dimension j, ∂/∂mean_j and ∂/∂variance_j, all other parameters fixed.
    """

    reconstruction_by_mean: Float[Tensor, "batch steps latent"]  # E_q[∂ log p(x|z)/∂z_j]
    reconstruction_by_variance: Float[Tensor, "batch steps latent"]  # ½ E_q[∂² log p(x|z)/∂z_j²]
    kl_by_mean: Float[Tensor, "batch steps latent"]  # mean_j, always exact
    kl_by_variance: Float[Tensor, "batch steps latent"]  # ½ (1 − 1 / variance_j), always exact
    mean_error: Float[Tensor, "batch steps latent"]  # of reconstruction_by_mean
    variance_error: Float[Tensor, "batch steps latent"]  # of reconstruction_by_variance
    accuracy: Accuracy


@dataclass(frozen=True, eq=False)
class ImageSweep:
    """Decoded images at every variance of a sweep: E[x|z] averaged over q, and E[x|z] of single samples of z.

    The samples use the same noise at every variance (common random numbers), so that they change smoothly.
    """

    mean_image: Float[Tensor, "batch steps pixels"]
    samples: Float[Tensor, "batch steps samples pixels"]


@dataclass(frozen=True, eq=False)
class VarianceSweep:
    """Every term of the ELBO as a function of q's variance, with q's mean fixed."""

    mean: Float[Tensor, "batch latent"]
    variances: Float[Tensor, "steps latent"]
    reconstruction: Float[Tensor, "batch steps"]
    kl: Float[Tensor, "batch steps latent"]
    error: Float[Tensor, "batch steps"]
    accuracy: Accuracy

    @property
    def elbo(self) -> Float[Tensor, "batch steps"]:
        """reconstruction − Σ kl."""
        return self.objective(1.0)

    def objective(self, beta: float) -> Float[Tensor, "batch steps"]:
        """reconstruction − beta · Σ kl (Higgins et al. 2017, eq. 4): a lower bound on log p(x) only for beta ≥ 1."""
        return self.reconstruction - beta * self.kl.sum(-1)

    def best_step(self, beta: float = 1.0) -> Int[Tensor, " batch"]:
        """Index of the variance at which each image's objective is largest."""
        return self.objective(beta).argmax(-1)


@dataclass(frozen=True, eq=False)
class ImportanceBound:
    """L_K = E[log (1/K) Σ_k p(x, z_k) / q(z_k)], K independent samples from q (Burda et al. 2016, eq. 8)."""

    value: Float[Tensor, " batch"]
    error: Float[Tensor, " batch"]  # one standard error
