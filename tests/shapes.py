"""How types and shapes of all calls within vaecore are checked in the test run: by beartype and jaxtyping, and once.

pytest's option --jaxtyping-packages puts a decorator on every function and dataclass of vaecore. jaxtyping's own checks the
arguments of every call twice and binds them to their names besides, which took more than half of the time of the tests of
numbers. This one checks the same annotations once, with one set of sizes (batch, latent) for arguments and result.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any

import jaxtyping

SIZES = jaxtyping.jaxtyped("context")
"""In it a name of a size means one number; within a call of another function it may mean another."""


def checked(*, typechecker: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """In place of `jaxtyping.jaxtyped`: a decorator of functions, and of dataclasses for what they are made of."""

    def decorated(it: Any) -> Any:
        if not inspect.isclass(it):
            return _function(it, typechecker)
        if dataclasses.is_dataclass(it) and "__init__" in vars(it):
            it.__init__ = _function(it.__init__, typechecker)
        return it

    return decorated


def _function(function: Callable[..., Any], typechecker: Callable[[Any], Any]) -> Callable[..., Any]:
    typed = typechecker(function)

    @functools.wraps(function)
    def checking(*arguments: Any, **named: Any) -> Any:
        if jaxtyping.config.jaxtyping_disable:
            return function(*arguments, **named)
        with SIZES:
            return typed(*arguments, **named)

    return checking
