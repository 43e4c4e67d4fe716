"""What the reader of loss code keeps: recognised terms, values that are no tensor, and values that are not understood."""

from dataclasses import dataclass

from pages.parts.loss.code_algebra import Coefficient, Poly
from vaecore.losses.terms import DataTerm


@dataclass(frozen=True)
class Spread:
    """What a KL formula has in the places of σ² and log σ²: exp(a·h) and b·h of one symbol h."""

    symbol: str
    of_log: bool  # h is the log of the symbol, which is itself a variance or a standard deviation
    a: float
    b: float


@dataclass(frozen=True)
class Term:
    """A recognised term: what it is, how often it counts, and how it is reduced."""

    kind: str  # "data" or "kl"
    coefficient: Coefficient
    features: str
    batch: str
    data: DataTerm | None = None
    constants: bool = False
    decoded: tuple[Poly, ...] = ()  # what the data term compares
    mean: Poly | None = None  # of KL
    spread: Spread | None = None
    lacks_constant: bool = False  # KL without its −1: ½ too large for every latent
    axes: int = 0  # over how many axes at once it was reduced, where that may not be all


@dataclass(frozen=True)
class Unknown:
    """A value that is not understood, and why."""

    why: str
    is_running_total: bool = False  # a sum over batches, whose beginning the code does not show


@dataclass(frozen=True)
class Many:
    """A tuple of values, or a dictionary's by its keys."""

    values: tuple[object, ...]
    keys: tuple[str, ...] = ()
