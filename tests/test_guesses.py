"""Guesses of q's mean: what they lose, against a closed form and against every mean round about, and what is refused."""

import json

import numpy as np
import pytest
import torch

import vaecore
from pages.parts.tradeoff import guesses, questions
from tests import oracle_screen


def asked(link: dict[str, str], means: str) -> dict[str, list[float]]:
    """The answer to a question on the stream."""
    return json.loads(str(questions.answer(json.dumps({**link, "q": "hand", "part": "guesses", "means": means}))))


@pytest.mark.parametrize("beta", [1, 2])
def test_a_linear_decoder_loses_half_its_precision_times_the_squared_distance(beta: int) -> None:
    """For x = wz + b + noise of variance s² the objective is a parabola in the mean, with the curvature β + w²/s²."""
    w, b, s, x = 1.5, -0.5, 0.7, 2.0
    link = {"model": "number", "x": f"{x}", "w": f"{w}", "b": f"{b}", "sigma_x": f"{s}", "beta": f"{beta}"}
    precision = beta + w**2 / s**2
    best = w * (x - b) / s**2 / precision
    means = np.array([-3.0, 0.0, 0.25, best, 4.0])
    found = asked({**link, "mean": "7", "variance": "0.05"}, " ".join(f"{mean:.12g}" for mean in means))
    # The search ends within its last step of the best mean, where it is half the precision times that squared too low.
    assert found["best"] == pytest.approx([best], abs=guesses._LAST_STEP)
    assert found["lost"] == pytest.approx(precision / 2 * (means - best) ** 2, abs=precision * guesses._LAST_STEP**2)
    assert min(found["lost"]) >= 0
    bits = asked({**link, "mean": "7", "variance": "0.05", "units": "bits"}, " ".join(f"{mean:.12g}" for mean in means))
    assert np.array(bits["lost"]) * np.log(2) == pytest.approx(found["lost"], abs=1e-9)


@pytest.mark.parametrize("variance", ["0.002", "0.5"])
def test_no_mean_on_the_line_is_better_than_the_best(variance: str) -> None:
    """Judged by direct calls into vaecore, for a posterior of two humps: at the guesses, and at means all along the line."""
    link = {"model": "humps", "mean": "0", "variance": variance}
    model, x, _ = oracle_screen.bench(link)

    def elbos(means: list[float]) -> np.ndarray:
        at = torch.tensor(means, dtype=torch.float64)[:, None]
        return vaecore.elbo(
            model, x.expand(len(at), -1), vaecore.DiagonalGaussian(at, torch.full_like(at, float(variance)))
        ).elbo.numpy()

    means = [-2.0, -0.3, 0.4, 3.0]
    found = asked(link, " ".join(str(mean) for mean in means))
    (highest,) = elbos(found["best"])
    assert found["lost"] == pytest.approx(highest - elbos(means), abs=2e-3)  # the accuracy of two ELBOs
    assert elbos(np.linspace(-4, 4, 41).tolist()).max() <= highest + 2e-3


def test_without_guesses_the_best_mean_alone_is_found() -> None:
    assert asked({"model": "number", "x": "2", "mean": "0", "variance": "0.5"}, "") == {"best": [1.0], "lost": []}


@pytest.mark.parametrize(
    ("link", "means", "reason"),
    [
        ({"model": "digits-2"}, "1", "at most 800 times 2 numbers from -8 to 8; got 1 numbers"),
        ({"model": "number"}, "nan", "from -8 to 8"),
        ({"model": "number"}, "9", "from -8 to 8"),
        ({"model": "number"}, "0 " * 801, "got 801 numbers"),
        ({"model": "number"}, "one", "means must be numbers, parted by blanks; got one"),
        ({"model": "digits-16"}, "", "one or two latents; this model has 16"),
    ],
)
def test_what_are_no_means_is_refused_with_a_sentence(link: dict[str, str], means: str, reason: str) -> None:
    refused = asked(link, means)["refused"]
    assert reason in refused
