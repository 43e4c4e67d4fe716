"""The examples in docstrings run and give what they say, and everything public has one."""

import doctest
import inspect
from importlib import import_module

import pytest

import vaecore

EVALUATORS = ("api", "sweeps", "images", "evidence_bounds", "batch_mean", "costs", "weights", "posterior", "naive_grid")
MODULES = (
    *(f"evaluate.{name}" for name in EVALUATORS),
    *("core.gaussian", "core.likelihoods", "core.models", "data.mnist", "data.model_card", "data.pretrained"),
    *("losses.form", "losses.water_filling", "losses.batch_objective", "losses.best_variance"),
)
INSIDE = {
    *("gap_accuracy", "is_plain", "read_idx", "load_mnist", "path_of", "multilayer_perceptron"),
    *("log_likelihood", "decoded_at", "best_variance"),  # of costs
    *("build", "half_precision", "save"),  # how the pretrained files are made
}
"""What the package uses itself, and what needs files that are not here."""


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    found = doctest.testmod(import_module(f"vaecore.{name}"))
    assert found.attempted and not found.failed


@pytest.mark.parametrize("name", MODULES)
def test_every_function_has_an_example(name):
    module = import_module(f"vaecore.{name}")
    own = {
        function.__name__: function.__doc__ or ""
        for function in vars(module).values()
        if (inspect.isfunction(function) or hasattr(function, "cache_info")) and function.__module__ == module.__name__
    }
    assert [one for one, text in own.items() if ">>>" not in text and not one.startswith("_") and one not in INSIDE] == []


def test_every_public_function_and_model_has_an_example():
    things = {name: getattr(vaecore, name) for name in vaecore.__all__}
    made = ("VAE", "DiagonalGaussian", "GaussianPixels", "BernoulliPixels")
    asked = [one for name, one in things.items() if inspect.isfunction(one) or name in made]
    assert len(asked) > 18 and all(">>>" in (one.__doc__ or "") for one in asked)
