"""vaecore: the evidence lower bound of variational autoencoders, in numbers that are right."""

from vaecore.bound import (
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
from vaecore.gaussian import DiagonalGaussian, kl_between, kl_to_standard_normal
from vaecore.images import sweep_images
from vaecore.likelihoods import BernoulliPixels, GaussianPixels
from vaecore.model import VAE, LinearDecoder
from vaecore.records import (
    ElboTerms,
    Evidence,
    Forces,
    Gap,
    ImageSweep,
    ImportanceBound,
    JointTable,
    Provenance,
    VarianceSweep,
)
from vaecore.shipped import load, names

__all__ = [
    "VAE",
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
    "Provenance",
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
