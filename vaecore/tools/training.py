"""Training a VAE by stochastic gradient ascent on the ELBO, in nats per image throughout."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from vaecore.core.gaussian import kl_to_standard_normal
from vaecore.core.likelihoods import GaussianPixels
from vaecore.core.models import VAE


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    The learning rate rises linearly over the first epoch and then falls to zero along half a cosine.
    """

    epochs: int
    batch_size: int = 256
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class TrainingEpoch:
    """Both terms averaged over the images of one epoch, in nats, each image with the weights of its own step."""

    epoch: int
    reconstruction: float
    kl: float
    noise_variance: float | None  # σₓ² at the end of the epoch; None for Bernoulli pixels

    @property
    def elbo(self) -> float:
        """reconstruction − kl."""
        return self.reconstruction - self.kl


def train(
    model: VAE,
    x: Float[Tensor, "images pixels"],
    schedule: Schedule,
    generator: torch.Generator,
    *,
    autoencoder: bool = False,
) -> Iterator[TrainingEpoch]:
    """Train `model` in place and yield a record after every epoch; the σₓ² of Gaussian pixels is learned too.

    One reparametrised sample per image and step (Kingma & Welling 2014, section 2.4).

    Args:
        model: the model to train, with an encoder; its σₓ² is the initial value.
        x: images on the model's device.
        schedule: epochs, batch size and learning rate.
        generator: for shuffling and noise, on the model's device.
        autoencoder: train a plain autoencoder instead: decode the encoder's mean and leave KL out. The encoder's
            log-variances then have no effect on the loss and keep what they were; the kl of the records is 0.
    """
    learned = list(model.parameters())
    log_noise_variance = None
    if isinstance(model.likelihood, GaussianPixels):
        log_noise_variance = nn.Parameter(torch.tensor(math.log(float(model.likelihood.variance)), device=x.device))
        learned.append(log_noise_variance)
    optimizer = torch.optim.Adam(learned, lr=schedule.learning_rate)
    batches = math.ceil(len(x) / schedule.batch_size)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_cosine(batches, schedule.epochs * batches))

    for epoch in range(1, schedule.epochs + 1):
        totals = torch.zeros(2, device=x.device)
        for rows in torch.randperm(len(x), generator=generator, device=x.device).split(schedule.batch_size):
            batch = x[rows]
            q = model.encode(batch)
            z = q.mean if autoencoder else q.at(torch.randn(q.mean.shape, generator=generator, device=x.device))
            likelihood = model.likelihood if log_noise_variance is None else GaussianPixels(log_noise_variance.exp())
            reconstruction = likelihood.log_prob(batch, model.decode(z))
            kl = torch.zeros_like(reconstruction) if autoencoder else kl_to_standard_normal(q.mean, q.variance).sum(-1)
            loss = -(reconstruction - kl).mean()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
            totals += torch.stack([reconstruction.detach().sum(), kl.detach().sum()])
        reconstruction_mean, kl_mean = (totals / len(x)).tolist()
        noise_variance = None
        if log_noise_variance is not None:
            noise_variance = float(log_noise_variance.detach().exp())
            model.likelihood = GaussianPixels(noise_variance)
        yield TrainingEpoch(epoch, reconstruction_mean, kl_mean, noise_variance)


def _warm_cosine(warm_up: int, total: int):
    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, total - warm_up)))

    return factor
