"""The examples in docstrings run and give what they say, and every public function of the evaluators has one."""

import doctest
import inspect
from importlib import import_module

import pytest

import vaecore

MODULES = ("api", "sweeps", "images", "evidence_bounds", "batch_mean")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name):
    found = doctest.testmod(import_module(f"vaecore.evaluate.{name}"))
    assert found.attempted > 2 and not found.failed


def test_every_public_function_that_evaluates_has_an_example():
    functions = [getattr(vaecore, name) for name in vaecore.__all__ if inspect.isfunction(getattr(vaecore, name))]
    evaluating = [one for one in functions if one.__module__.removeprefix("vaecore.evaluate.") in MODULES]
    assert len(evaluating) > 9 and all(">>>" in (one.__doc__ or "") for one in evaluating)
