"""What the server asks the processes that compute, for the screen Your loss: modules that load torch, in functions alone."""

import json
from functools import lru_cache

from pages.parts.compute.workers import in_process
from vaecore.losses.form import LossForm

Eigenvalues = tuple[float, ...]
"""Of the visitor's own images, descending."""


@lru_cache(maxsize=64)
@in_process
def table(form: LossForm, own_noise: float, own_eigenvalues: Eigenvalues | None = None, weight_text: str = "") -> str:
    """What a loss means at every weight of KL (`payload.table`), as JSON."""
    from pages.parts.loss import payload

    return json.dumps(payload.table(form, own_noise, own_eigenvalues, weight_text))


@lru_cache(maxsize=64)
@in_process
def headline(form: LossForm, own_noise: float) -> str:
    """Whose ELBO a loss is."""
    from pages.parts.loss import meaning, verdicts

    return verdicts.headline(meaning.meaning(form, own_noise))
