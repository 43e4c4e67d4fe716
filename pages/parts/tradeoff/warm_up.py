"""What is ready before the first visitor comes: lattices, the default model, and all that its ten first digits show."""

from pages.parts.compute import cached
from pages.parts.compute.ahead import decode_ahead
from pages.parts.state import parameters
from pages.parts.state.setup import Setup
from pages.parts.tradeoff import descriptions, payload
from pages.parts.tradeoff.answers import read
from pages.parts.tradeoff.static_layer import static_layer
from vaecore.data.model_card import model_card


def warm_up() -> None:
    """Decode lattices, and tiles about every digit, and fill the caches that every visitor's first screen needs."""
    for name in parameters.MODEL.options:
        if model_card(name).latents <= 2:
            cached.evidence(Setup(name))
    for digit in parameters.DIGIT.options:
        resolved = read({parameters.DIGIT.name: digit})
        for part in (static_layer, payload.sweep, payload.diagnostics, payload.pictures, descriptions.descriptions):
            part(resolved)
    decode_ahead(resolved.setup, resolved.q.path)
