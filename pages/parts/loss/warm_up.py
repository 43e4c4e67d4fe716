"""What is ready before the first visitor comes to this screen: both models on whose curve a loss is shown."""

from dataclasses import replace

from pages.parts.loss import form, questions
from vaecore.losses.form import DataTerm, LossForm


def warm_up() -> None:
    """Decode the lattices of both models, which takes seconds, and fill the cache for the first form of each."""
    for data in (DataTerm.SQUARES, DataTerm.CROSS_ENTROPY):
        questions.table(replace(LossForm(), data=data), form.OWN_NOISE.default)
