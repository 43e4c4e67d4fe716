"""In the test run every call within vaecore is checked for types and shapes (tests/shapes.py)."""

import dataclasses

import jaxtyping
import pytest
import torch
from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeCallHintViolation
from jaxtyping import Float
from torch import Tensor

import vaecore
from tests import shapes

checked = shapes.checked(typechecker=beartype(conf=BeartypeConf(is_pep484_tower=True)))


@checked
def added(
    a: Float[Tensor, "batch latent"], b: Float[Tensor, "batch latent"], turn: bool = False
) -> Float[Tensor, "batch latent"]:
    inner = doubled(torch.ones(7))  # here batch is another number
    assert inner.shape == (7,)
    return (a + b).T if turn else a + b


@checked
def doubled(a: Float[Tensor, " batch"]) -> Float[Tensor, " batch"]:
    return 2 * a


@checked
@dataclasses.dataclass(frozen=True)
class Pair:
    one: Float[Tensor, " batch"]
    other: Float[Tensor, " batch"]


@dataclasses.dataclass(frozen=True)
class Named(Pair):
    name: str = ""


def test_what_fits_passes():
    assert added(torch.ones(2, 3), torch.ones(2, 3)).shape == (2, 3)
    assert Named(torch.ones(2), torch.ones(2), "two").name == "two"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: added(torch.ones(2, 3), torch.ones(3, 3)),
        lambda: added(torch.ones(2, 3), torch.ones(2, 3).int()),
        lambda: added(torch.ones(2, 3), [1.0]),
        lambda: added(torch.ones(2, 3), torch.ones(2, 3), turn=True),
        lambda: added(torch.ones(2, 3), torch.ones(2, 3), turn="yes"),
        lambda: Pair(torch.ones(2), torch.ones(3)),
    ],
    ids=["sizes", "dtype", "no tensor", "result", "type", "dataclass"],
)
def test_what_does_not_fit_is_found(wrong):
    with pytest.raises(BeartypeCallHintViolation):
        wrong()


def test_it_is_on_every_function_and_dataclass_of_vaecore():
    assert jaxtyping.jaxtyped is shapes.checked
    with pytest.raises(BeartypeCallHintViolation):
        vaecore.DiagonalGaussian(torch.zeros(2, 2), torch.ones(2, 2)).at(torch.ones(2, 2).int())
    with pytest.raises(BeartypeCallHintViolation):
        vaecore.DiagonalGaussian(torch.zeros(2, 2), torch.ones(2, 3))


@pytest.mark.usefixtures("unchecked_shapes")
def test_it_can_be_turned_off_for_the_codes_own_refusals():
    assert added(torch.ones(2, 3), torch.ones(2, 3), turn=True).shape == (3, 2)
