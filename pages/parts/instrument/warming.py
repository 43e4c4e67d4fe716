"""What is ready before the first visitor comes: the default model, and all that its ten first digits show."""

import torch

from pages.parts import permalink
from pages.parts.instrument import playback, words
from pages.parts.instrument.ground import ground
from pages.parts.instrument.routes import read


def warm_up() -> None:
    """Fill the caches that every visitor's first screen needs."""
    # Many sessions share the cores: one thread each is faster for all than all threads for one.
    torch.set_num_threads(1)
    for digit in permalink.DIGIT.options:
        request = read({permalink.DIGIT.name: digit})
        for part in (ground, playback.sweep, playback.rest, playback.pictures, words.descriptions):
            part(request)
