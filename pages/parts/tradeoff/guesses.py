"""What guesses of q's mean lose: the objective at each of them, against the best mean, all with the variance of one q."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import vaecore
from pages.parts.compute import cached
from pages.parts.compute.models import model_of
from pages.parts.compute.resolve import Resolved

MOST_GUESSES = 800
"""Means in one question: those of 100 students in eight rounds, all different."""

_LATENTS = 2  # at most; more cannot be drawn as a place on a chart
_BATCH = 64  # means that are evaluated together
_REACH = 8.0  # of a mean in each latent, as on the screen
_FIRST_STEP, _LAST_STEP = 0.25, 1e-4


def lost(resolved: Resolved, means: str) -> dict[str, list[float]]:
    """The best mean of a q with this variance, and by how much each of some means is below it.

    The best mean is found by a compass search (Kolda, Lewis and Torczon 2003, algorithm 1) from each of several starts: the
    means of the best q and of the prior, and the best guess. It is never worse than any guess.

    Args:
        resolved: the state with q's variance.
        means: coordinates, parted by blanks, of one mean after the other.

    Returns:
        "best", the coordinates of the best mean, and "lost", for each of the means, in the unit of the screen.

    Raises:
        ValueError: these are no means, or the model has more than two latents.
    """
    latents = len(resolved.q.mean)
    if latents > _LATENTS:
        raise ValueError(f"A mean can be guessed on a chart of one or two latents; this model has {latents}.")
    guesses = _read(means, latents)
    starts = [torch.tensor(cached.best_q(resolved.setup, resolved.beta)[0]), torch.zeros(latents)]
    reached = _objective(resolved, guesses)
    if len(guesses):
        starts.append(guesses[reached.argmax()])
    found = [_climbed(resolved, start.double()) for start in starts]
    best, highest = max(found, key=lambda candidate: candidate[1])
    unit = resolved.unit.per_nat
    return {"best": best.tolist(), "lost": [unit * (highest - value) for value in reached.tolist()]}


def _read(text: str, latents: int) -> Float[Tensor, "guesses latent"]:
    try:
        numbers = np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"means must be numbers, parted by blanks; got {text:.80}.") from error
    if len(numbers) % latents or len(numbers) > MOST_GUESSES * latents or not (np.abs(numbers) <= _REACH).all():
        expected = f"at most {MOST_GUESSES} times {latents} numbers from {-_REACH:g} to {_REACH:g}"
        raise ValueError(f"means must be {expected}; got {len(numbers)} numbers.")
    return torch.from_numpy(numbers).reshape(-1, latents)


def _objective(resolved: Resolved, means: Float[Tensor, "guesses latent"]) -> Float[Tensor, " guesses"]:
    """Reconstruction − β · KL at each mean, in nats."""
    model, x = model_of(resolved.setup), cached.image(resolved.setup)
    variance = torch.tensor([resolved.q.variance], dtype=torch.float64, device=x.device)
    values = [torch.zeros(0, dtype=torch.float64)]
    for batch in means.to(x.device).split(_BATCH):
        q = vaecore.DiagonalGaussian(batch, variance.expand_as(batch))
        terms = vaecore.elbo(model, x.expand(len(batch), -1), q)
        values.append((terms.reconstruction - resolved.beta * terms.kl.sum(dim=1)).cpu())
    return torch.cat(values)


def _climbed(resolved: Resolved, mean: Float[Tensor, " latent"]) -> tuple[Float[Tensor, " latent"], float]:
    """The highest place that steps along the axes reach, shorter ones where none leads up; and its height."""
    ways = torch.cat([torch.eye(len(mean)), -torch.eye(len(mean))]).double()
    height, step = float(_objective(resolved, mean[None])[0]), _FIRST_STEP
    while step >= _LAST_STEP:
        around = (mean + step * ways).clamp(-_REACH, _REACH)
        values = _objective(resolved, around)
        highest = int(values.argmax())
        if values[highest] > height:
            mean, height = around[highest], float(values[highest])
        else:
            step /= 2
    return mean, height
