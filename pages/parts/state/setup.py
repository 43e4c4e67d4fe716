"""The model with its settings, and the image x."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Setup:
    """Plain values only, so that it is the key under which every result is cached."""

    model: str
    digit: int = 0  # class of the digit; unused by the models of one number
    example: int = 1  # which of the class, from 1
    sigma_x: float | None = None  # None: as trained
    weight: float = 1.0  # of the model `number`
    bias: float = 0.0
    x: float = 0.0  # of the models of one number

    @property
    def image(self) -> str:
        """A name for the model and its image, whatever the settings."""
        return image_name(self.model, self.digit, self.example)


def image_name(model: str, digit: int | str, example: int | str) -> str:
    """The same, also from what a link says."""
    return f"{model}/{digit}/{example}"
