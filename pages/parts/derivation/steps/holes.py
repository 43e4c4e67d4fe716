"""Step 0: why not just an autoencoder: the same z from the prior, decoded by an autoencoder and by a VAE."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from pages.parts.compute import models
from pages.parts.compute.kept import kept
from pages.parts.derivation.steps.formula import expectation, fraction, line, text
from pages.parts.derivation.steps.step import Columns, Image, Layer, Picture, Quantity, Slider, Step, Table
from pages.parts.quiz.question import Answer, Question
from pages.parts.web import thumbnails
from pages.parts.web.number_text import minus
from vaecore.data import digits, mnist
from vaecore.data.model_card import AUTOENCODER
from vaecore.figures.theme import Colour, dress, faded
from vaecore.figures.values import values

MODELS = {"autoencoder": AUTOENCODER, "vae": "digits-2"}
"""By the name in the table."""
REACHES = {"autoencoder": 16.0, "vae": 4.0}
"""The maps show |z₁| and |z₂| up to here: 98 % of the autoencoder's codes, 99 % of the VAE's."""
CIRCLE = 2.0
"""In prior standard deviations; 86 % of N(0, I) lie within."""
_WANTED = 0  # the digit that is to be found
_HOLE = (-0.6, 0.0)  # where the step opens: of the autoencoder's image no digit can be read, of the VAE's a 6
_TILES, _SIDE, _HALF = 14, 28, 14  # decoded images along each side of a map; pixels of one, and as drawn
_ANGLES = np.linspace(0, 2 * math.pi, 73)

_FORMULA = "".join(
    (
        line(
            "autoencoder:autoencoder", text("minimises"), "‖ x - f ( μ ( x ) ) ‖^2",
            why="reconstruction alone; μ(x) is the code of x",
        ),
        line(
            "vae:VAE", text("minimises"), fraction("1", "2 σ_x^2"), expectation("q"), "‖ x - f ( z ) ‖^2 + kl:KL ( q ‖ p )",
            why="z drawn from q = N(μ(x), σ²(x)); p = N(0, I) is the prior",
        ),
        line(
            "autoencoder:autoencoder", text("f(z) is most like digit"), "{autoencoder_kind}", text("at squared distance"),
            "{autoencoder_distance}", why="the nearest of 10,000 training digits, over all pixels",
        ),
        line(
            "vae:VAE", text("f(z) is most like digit"), "{vae_kind}", text("at squared distance"), "{vae_distance}",
            why="the same z in both decoders",
        ),
    )
)  # fmt: skip

_QUESTION = Question(
    "lesson/0/question",
    "An autoencoder and a VAE have the same networks and have seen the same images. Draw z from N(0, I) and decode it in "
    "both. What do you get?",
    (
        Answer(
            "in both, every kind of digit",
            False,
            "The autoencoder was trained without N(0, I), and most of its codes lie elsewhere. A 0, a 6 or a 7 comes about "
            "once in a hundred draws each.",
        ),
        Answer(
            "in the VAE every kind of digit, in the autoencoder only some kinds",
            True,
            "KL keeps the VAE’s codes near N(0, I), and every digit comes in 5 or more of 100 draws. Nothing keeps the "
            "autoencoder’s there: a 0, a 6 or a 7 comes about once in a hundred draws each.",
        ),
        Answer(
            "the better digits in the autoencoder: it was trained on reconstruction alone",
            False,
            "That helps with the codes of images, not with a z that is no image’s code. Drawn from N(0, I), its images are "
            "no closer to real digits than the VAE’s, and three kinds hardly ever come.",
        ),
    ),
)

_STORY = """
An **autoencoder** squeezes an image x into a few numbers, its **code** z, and draws it again from them: an *encoder* network
goes one way, a *decoder* network f the other. It can repeat images. Can it make new ones?

For that it must be known where z comes from. A **variational autoencoder** fixes it in advance: z ~ N(0, I), the **prior**.
Its encoder gives every image not a point but a distribution q, and training adds a cost for every q that differs from the
prior. The next steps derive this cost, KL, from one aim: to make p(x) large.

Each map shows what the decoder makes of every place; the dots are the codes of 250 test digits, the circle holds 86 % of
N(0, I). Move z through the circle with the sliders, and watch both images.
"""


@cache
def _squares() -> Float[Tensor, " digits"]:
    """The squares of the grey values of each training digit of the package, summed over pixels."""
    return mnist.grey(digits.training_digits().images).square().sum(1)


def nearest(
    images: Float[Tensor, "images pixels"],
) -> tuple[Int[np.ndarray, " images"], Float[np.ndarray, " images"]]:
    """Class and squared distance of the training digit that is nearest to each image."""
    known = digits.training_digits()
    # As grey values they take 31 MB, for which nobody else has a use.
    distance, index = (_squares() - 2 * images @ mnist.grey(known.images).T).min(1)
    return known.labels[index].numpy(), (distance + images.square().sum(1)).clamp_min(0).double().numpy()


@torch.no_grad()
def decode(name: str, z: Float[Tensor, "points 2"]) -> Float[Tensor, "points 784"]:
    """The decoded images of a model of `MODELS`, between black and white."""
    model = models.pretrained(MODELS[name])
    return model.likelihood.mean(model.decode(z.to(model.device, model.dtype))).clamp(0, 1).float().cpu()


@torch.no_grad()
def codes(name: str, images: UInt8[Tensor, "images 784"]) -> Float[np.ndarray, "images 2"]:
    """The encoder's means."""
    model = models.pretrained(MODELS[name])
    return values(model.encode(mnist.grey(images).to(model.device, model.dtype)).mean).astype(float)


@cache
def _map(name: str) -> str:
    """The decoded images of a grid over the map, as the address of a picture of grey ink on nothing."""
    tiles = decode(name, torch.from_numpy(thumbnails.middles(REACHES[name], _TILES))).reshape(-1, _SIDE, _SIDE)
    small = torch.nn.functional.avg_pool2d(tiles, _SIDE // _HALF)
    return thumbnails.address(thumbnails.ink_png(thumbnails.mosaic(small.numpy())))


def _traces(name: str, axes: dict[str, str]) -> list[dict[str, Any]]:
    """The codes of the test digits, and the circle of the prior."""
    means = codes(name, digits.test_digits().images)
    shared = {"type": "scatter", "hoverinfo": "skip", **axes}
    first = not axes
    return [
        {**shared, "mode": "markers", "x": means[:, 0], "y": means[:, 1], "showlegend": first,
         "name": "codes of test digits", "legendgroup": "codes",
         "marker": {"size": 5, "color": faded(Colour.POSTERIOR, 0.7)}},
        {**shared, "mode": "lines", "x": CIRCLE * np.cos(_ANGLES), "y": CIRCLE * np.sin(_ANGLES), "showlegend": first,
         "name": "N(0, I), 2 standard deviations", "legendgroup": "prior",
         "line": {"color": Colour.PRIOR, "width": 3.5, "dash": "solid"}},
    ]  # fmt: skip


def _picture(_choice: str) -> Picture:
    layers = (
        Layer("mark", x="z1", y="z2", symbol="z", label="z", size=6),
        Layer("mark", x="z1", y="z2", symbol="z", size=6, axes="2"),
    )
    axis = {"zeroline": False, "showgrid": False, "constrain": "domain"}
    left, right = REACHES["autoencoder"], REACHES["vae"]
    layout = {
        "xaxis": {**axis, "range": [-left, left], "dtick": 10, "domain": [0, 0.47],
                  "title": {"text": "autoencoder: z₁"}},
        "yaxis": {**axis, "range": [-left, left], "dtick": 10, "scaleanchor": "x", "title": {"text": "z₂"}},
        "xaxis2": {**axis, "range": [-right, right], "dtick": 2, "domain": [0.56, 1], "anchor": "y2",
                   "title": {"text": "VAE: z₁"}},
        "yaxis2": {**axis, "range": [-right, right], "dtick": 2, "anchor": "x2", "scaleanchor": "x2"},
        "images": [
            {"source": _map(name), "xref": f"x{axes}", "yref": f"y{axes}", "x": -REACHES[name], "y": REACHES[name],
             "sizex": 2 * REACHES[name], "sizey": 2 * REACHES[name], "sizing": "stretch", "layer": "below",
             "opacity": 0.6}
            for name, axes in (("autoencoder", ""), ("vae", "2"))
        ],
    }  # fmt: skip
    traces = [*_traces("autoencoder", {}), *_traces("vae", {"xaxis": "x2", "yaxis": "y2"})]
    return Picture(dress(traces, layout, height=300), layers)


@kept
def _decoded(name: str, first: tuple[float, ...], second: tuple[float, ...]) -> Float[Tensor, "points 784"]:
    return decode(name, torch.tensor([first, second], dtype=torch.float64).T)


def _table(at: Columns, _choice: str) -> Table:
    place = tuple(at["z1"].tolist()), tuple(at["z2"].tolist())
    length = np.hypot(at["z1"], at["z2"])
    numbers, kinds, images = {"z1": at["z1"], "z2": at["z2"], "length": length}, {}, {}
    for name in MODELS:
        decoded = _decoded(name, *place)
        kinds[name], numbers[f"{name}_distance"] = nearest(decoded)
        images[name] = np.rint(255 * decoded.numpy()).astype(np.uint8)
    return Table(
        numbers=numbers,
        done=(kinds["vae"] == _WANTED) & (length <= CIRCLE),
        texts={f"{name}_kind": [str(kind) for kind in of] for name, of in kinds.items()},
        images=images,
    )


def _words(numbers: Mapping[str, float], texts: Mapping[str, str], _choice: str) -> str:
    each = [
        f"of the {said} most like digit {texts[f'{name}_kind']}, at squared distance {minus(numbers[f'{name}_distance'], 2)}"
        for name, said in (("autoencoder", "autoencoder"), ("vae", "VAE"))
    ]
    return (
        "Two maps of the latent plane, with decoded images and the codes of test digits; the circle of the prior is small "
        f"on the autoencoder’s and large on the VAE’s. The decoded image is {each[0]}, and {each[1]}."
    )


STEP = Step(
    title="Why not just an autoencoder?",
    story=_STORY,
    question=_QUESTION,
    symbols={
        "autoencoder": Colour.WRONG, "vae": Colour.ELBO, "kl": Colour.KL, "z": Colour.Q, "prior": Colour.PRIOR,
        "codes": Colour.POSTERIOR,
    },
    formula=_FORMULA,
    sliders=(
        Slider("z1", "z₁", "z", -3, 3, _HOLE[0], count=31),
        Slider("z2", "z₂", "z", -3, 3, _HOLE[1], count=31),
    ),
    quantities=(
        Quantity("length", "z", 2, told="|z|"),
        Quantity("autoencoder_kind", "autoencoder"),
        Quantity("autoencoder_distance", "autoencoder", 1, told="squared distance of the autoencoder’s image"),
        Quantity("vae_kind", "vae"),
        Quantity("vae_distance", "vae", 1, told="of the VAE’s"),
    ),
    picture=_picture,
    table=_table,
    words=_words,
    task="Within the circle, |z| ≤ 2, find with the sliders a z from which the VAE makes a 0. What does the autoencoder "
    "make of it?",
    seen="Another digit, or none: the codes of its 0s lie outside the circle. Nothing in its training says where codes go, "
    "nor fills the holes between them.",
    how="autoencoder-2 and digits-2: the same networks, images and epochs; without and with noise and KL",
    images=(Image("autoencoder", "autoencoder"), Image("vae", "VAE")),
)  # fmt: skip
