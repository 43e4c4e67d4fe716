"""The state of the Trade-off screen, as its link says it: read and written here, computed elsewhere.

The link is where the state is kept, and nothing else remembers it: a copied link, a reload and the browser's Back show the
same screen. Reading a link loads no network; what it may say about a model comes from the model's card.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pages.parts.state import parameters
from pages.parts.state.kinds import Control, InvalidParameter, invalid_parameters, numbers_to_text, variances_to_text
from pages.parts.state.setup import Setup
from vaecore.data.model_card import model_card

Numbers = tuple[float, ...]


class Source(StrEnum):
    """Where q comes from; the values are those of `q` in the link."""

    ENCODER = "encoder"
    BEST = "best"  # the Gaussian that maximises the objective for this image
    PRIOR = "prior"
    MANUAL = "hand"  # mean and variance are in the link, or moved by the visitor


class SliderMode(StrEnum):
    """What the variance slider varies; the values are those of `move` in the link."""

    ALL = "all"  # one variance for all dimensions
    EACH = "each"  # the variance of one dimension
    ENCODER = "encoder"  # a multiple of the encoder's variances


class View(StrEnum):
    """What the sweep is drawn against."""

    COSTS = "costs"
    VARIANCE = "variance"
    RATE = "rate"


@dataclass(frozen=True)
class State:
    """Everything that a link to the Trade-off screen says; what it leaves out has its default.

    `mean` and `variance` are q's own only where `source` is manual, and there they may be empty: then they are the
    encoder's, or those of the best q of a model without an encoder. `resolve` finds which numbers are meant.
    """

    setup: Setup
    beta: float
    unit: str  # "nats" or "bits"
    source: Source
    mean: Numbers
    variance: Numbers  # one number for each dimension
    slider_mode: SliderMode
    dimension: int  # that the slider varies alone, counted from 0
    view: View
    pin: tuple[Numbers, Numbers] | None  # mean and variance of the pinned q
    predict: bool  # the curves are hidden until the guess is revealed
    seed: int  # of the samples’ noise
    challenge: str  # "none" without one

    @staticmethod
    def from_link(link: Mapping[str, str]) -> "tuple[State, tuple[InvalidParameter, ...]]":
        """The state of a link, and what of the link could not be used for it."""
        invalid = State.invalid(link)
        return _read({name: text for name, text in link.items() if name not in invalid}), tuple(invalid.values())

    @staticmethod
    def from_valid_link(link: Mapping[str, str]) -> "State":
        """The state of a link of which everything can be used.

        Raises:
            ValueError: a parameter cannot be used; a sentence for each says what was expected and what came.
        """
        state, invalid = State.from_link(link)
        if invalid:
            raise ValueError(" ".join(parameter.error for parameter in invalid))
        return state

    @staticmethod
    def invalid(link: Mapping[str, str]) -> dict[str, InvalidParameter]:
        """What of a link cannot be used, by name."""
        model = link.get(parameters.MODEL.name, "")
        model = model if model in parameters.MODEL.options else parameters.DEFAULT_MODEL
        return invalid_parameters(link, _controls(model), f"the model {model}", parameters.ON_EVERY_SCREEN)

    @property
    def latents(self) -> int:
        """The number of latent dimensions of the model."""
        return model_card(self.setup.model).latents

    def settings_link(self) -> dict[str, str]:
        """The part of the link that says everything but q, complete: defaults are written as well."""
        setup = self.setup
        link = {"model": setup.model, "beta": f"{self.beta:g}", "units": self.unit}
        if setup.model in parameters.ONE_NUMBER:
            link["x"] = repr(setup.x)
            if setup.model == "number":
                link |= {"w": repr(setup.weight), "b": repr(setup.bias)}
        else:
            link |= {"digit": str(setup.digit), "example": str(setup.example)}
        return link if setup.sigma_x is None else link | {"sigma_x": repr(setup.sigma_x)}

    def to_link(self) -> dict[str, str]:
        """The link of this state, without what is at its default."""
        pin_mean, pin_variance = self.pin or ((), ())
        link = self.settings_link() | {
            "q": str(self.source),
            "mean": numbers_to_text(self.mean),
            "variance": variances_to_text(self.variance),
            "move": str(self.slider_mode),
            "dimension": str(self.dimension + 1),
            "view": str(self.view),
            "pin_mean": numbers_to_text(pin_mean),
            "pin_variance": variances_to_text(pin_variance),
            "predict": str(self.predict).lower(),
            "seed": str(self.seed),
            "challenge": self.challenge,
        }
        defaults = {control.name: str(control.default) for control in _controls(self.setup.model)}
        return {name: text for name, text in link.items() if text != defaults[name]}


def _controls(model: str) -> tuple[Control, ...]:
    """All parameters that a link to this model may set."""
    return (*parameters.of_settings(model), parameters.CHALLENGE, *parameters.of_q(model))


def _read(link: Mapping[str, str]) -> State:
    """The state of a link without an invalid parameter."""
    model = link.get(parameters.MODEL.name, parameters.DEFAULT_MODEL)
    latents = model_card(model).latents
    text = {control.name: link.get(control.name, str(control.default)) for control in _controls(model)}
    mean, pin_mean = (parameters.means(latents, name).read(text[name]) for name in ("mean", "pin_mean"))
    variance, pin_variance = (_for_each(text[name], latents) for name in ("variance", "pin_variance"))
    # A link with a mean or a variance means them, unless it says otherwise.
    manual = mean or variance if "q" not in link else text["q"] == Source.MANUAL
    return State(
        setup=_setup(model, text),
        beta=float(text["beta"]),
        unit=text["units"],
        source=Source.MANUAL if manual else Source(text["q"]),
        mean=mean if manual else (),
        variance=variance if manual else (),
        slider_mode=SliderMode(text["move"]),
        dimension=int(text["dimension"]) - 1,
        view=View(text["view"]),
        pin=(pin_mean, pin_variance) if pin_mean and pin_variance else None,
        predict=text["predict"].lower() == "true",
        seed=int(text["seed"]),
        challenge=text["challenge"],
    )


def _setup(model: str, text: Mapping[str, str]) -> Setup:
    trained = model_card(model).sigma_x
    chosen = None if trained is None else float(text["sigma_x"])
    noise = None if chosen == trained else chosen
    if model not in parameters.ONE_NUMBER:
        return Setup(model, int(text["digit"]), int(text["example"]), sigma_x=noise)
    if model != "number":
        return Setup(model, sigma_x=noise, x=float(text["x"]))
    return Setup(model, sigma_x=noise, weight=float(text["w"]), bias=float(text["b"]), x=float(text["x"]))


def _for_each(text: str, latents: int) -> Numbers:
    """The variances in a text: as many as there are dimensions, or none."""
    numbers = parameters.variances(latents).read(text)
    return numbers * latents if len(numbers) == 1 else numbers
