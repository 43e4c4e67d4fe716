"""What torch may make of an evaluation: torch.compile leaves it as it is, torch.func's transforms are refused."""

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch._C._functorch import peek_interpreter_stack

P = ParamSpec("P")
R = TypeVar("R")


def uncompiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function as it is, also where it is called by one that torch.compile has compiled."""
    # To load the compiler takes seconds: where nobody has, nothing is compiled.
    return torch.compiler.disable(function) if "torch._dynamo" in sys.modules else function


def refuse_transforms() -> None:
    """Refuse to run inside torch.func's grad, vmap, jvp and the like, whose tensors show no numbers.

    Raises:
        TypeError: that is where it is called.
    """
    if peek_interpreter_stack() is not None:
        raise TypeError(
            "evaluations take tensors with numbers; inside torch.func (grad, vmap, jvp, jacrev, functionalize) there "
            "are none. Call them outside: they take batches of images, q and variances, no gradient flows through them, and "
            "vaecore.forces gives the slopes in q's mean and variances."
        )
