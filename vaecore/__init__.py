"""vaecore: the evidence lower bound of variational autoencoders, in numbers that are right."""

from vaecore.core.gaussian import DiagonalGaussian, kl_between, kl_to_standard_normal
from vaecore.core.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.core.models import VAE, LinearDecoder
from vaecore.core.records import (
    Accuracy,
    ElboTerms,
    Evidence,
    Forces,
    Gap,
    ImageSweep,
    ImportanceBound,
    JointTable,
    VarianceSweep,
)
from vaecore.data.pretrained import load, names
from vaecore.evaluate.api import (
    best_gaussian,
    elbo,
    evidence,
    forces,
    gap,
    importance_bound,
    log_joint,
    sweep_gap,
    sweep_variance,
)
from vaecore.evaluate.images import sweep_images

__all__ = [
    "VAE",
    "Accuracy",
    "BernoulliPixels",
    "DiagonalGaussian",
    "ElboTerms",
    "Evidence",
    "Forces",
    "Gap",
    "GaussianPixels",
    "ImageSweep",
    "ImportanceBound",
    "JointTable",
    "LinearDecoder",
    "VarianceSweep",
    "best_gaussian",
    "elbo",
    "evidence",
    "forces",
    "gap",
    "importance_bound",
    "kl_between",
    "kl_to_standard_normal",
    "load",
    "log_joint",
    "names",
    "sweep_gap",
    "sweep_images",
    "sweep_variance",
]
