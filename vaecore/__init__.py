"""vaecore: the evidence lower bound (ELBO) of variational autoencoders, computed to a stated accuracy.

    log p(x)  =  E_q[log p(x|z)]  −  KL(q(z|x) ‖ p(z))  +  KL(q(z|x) ‖ p(z|x))        for every q
    evidence  =  reconstruction   −  kl                 +  gap                        elbo = reconstruction − kl

Every value is in nats per image, summed over pixels and latent dimensions.

Notation, in formulas and in code:

    x                x                  an image of P pixels, shape (batch, pixels)
    z                z                  the latent vector, shape (…, latent); its prior p(z) is N(0, I)
    q(z|x)           DiagonalGaussian   the approximate posterior N(mean, diag(variance)), from an encoder or from anywhere
    μ, σ²            mean, variance     the parameters of q, shape (batch, latent); never log-variances
    f(z)             decoder            pixel means (`GaussianPixels`) or logits (`BernoulliPixels`)
    σₓ²              noise_variance     the variance of one pixel about f(z); `sigma_x` is its square root
    log p(x)         evidence           the log marginal likelihood
    β                beta               the weight of KL in the objective reconstruction − β · KL

Where to find what:

    vaecore.core       records of results, Gaussians, likelihoods, models: what everything else builds on
    vaecore.evaluate   `elbo`, `evidence`, `gap`, `best_gaussian`, sweeps and forces, for any model: start with `api`
    vaecore.losses     what a training script's loss optimises: its β and σₓ², and the spectrum that a linear VAE keeps
    vaecore.data       the pretrained models and their cards, the digits, and MNIST's files
    vaecore.figures    records as Plotly charts
    vaecore.tools      the command line that trains the pretrained models

The names below are loaded when they are first used, so that `import vaecore` alone loads neither torch nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaecore.core.accuracy import Accuracy
    from vaecore.core.decoding_budget import decoding_budget
    from vaecore.core.gaussian import DiagonalGaussian, kl_between, kl_to_standard_normal
    from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
    from vaecore.core.models import VAE, LinearDecoder
    from vaecore.core.records import (
        ElboTerms,
        Evidence,
        Forces,
        Gap,
        ImageSweep,
        ImportanceBound,
        JointTable,
        VarianceSweep,
    )
    from vaecore.data.model_card import ModelCard, model_card, names
    from vaecore.data.pretrained import load
    from vaecore.evaluate.api import (
        best_gaussian,
        elbo,
        evidence,
        gap,
        importance_bound,
        log_joint,
    )
    from vaecore.evaluate.batch_mean import MeanElbo, mean_elbo
    from vaecore.evaluate.evidence_bounds import EvidenceBounds, evidence_bounds
    from vaecore.evaluate.images import sweep_images
    from vaecore.evaluate.sweeps import forces, sweep_gap, sweep_variance

_HOMES = {
    "core.accuracy": ("Accuracy",),
    "core.decoding_budget": ("decoding_budget",),
    "core.gaussian": ("DiagonalGaussian", "kl_between", "kl_to_standard_normal"),
    "core.likelihoods": ("BernoulliPixels", "GaussianPixels"),
    "core.models": ("VAE", "LinearDecoder"),
    "core.records": (
        *("ElboTerms", "Evidence", "Forces", "Gap", "ImageSweep", "ImportanceBound", "JointTable"),
        "VarianceSweep",
    ),
    "data.model_card": ("ModelCard", "model_card", "names"),
    "data.pretrained": ("load",),
    "evaluate.api": ("best_gaussian", "elbo", "evidence", "gap", "importance_bound", "log_joint"),
    "evaluate.batch_mean": ("MeanElbo", "mean_elbo"),
    "evaluate.evidence_bounds": ("EvidenceBounds", "evidence_bounds"),
    "evaluate.images": ("sweep_images",),
    "evaluate.sweeps": ("forces", "sweep_gap", "sweep_variance"),
}
_HOME_OF = {name: f"vaecore.{module}" for module, found in _HOMES.items() for name in found}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    """A public name, from its module (PEP 562); kept afterwards."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
