"""The palette: visible on both backgrounds, and apart for every eye."""

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from vaecore.figures.theme import DARK_BACKGROUND, DISTRIBUTIONS, LIGHT_BACKGROUND, TERMS, VERDICTS, Colour

# Simulations of full colour blindness on linear RGB (Machado, Oliveira & Fernandes 2009, severity 1.0).
EYES = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip

# Ottosson's OKLab (2020), in which equal distances look about equally far apart.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colour: str) -> np.ndarray:
    """Linear RGB of a hexadecimal colour."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    bright, dim = sorted((float(linear(c) @ (0.2126, 0.7152, 0.0722)) for c in (one, other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("background", [LIGHT_BACKGROUND, DARK_BACKGROUND])
@pytest.mark.parametrize("colour", list(Colour))
def test_every_colour_has_the_contrast_that_graphics_need(colour: Colour, background: str) -> None:
    assert contrast(colour, background) >= 3


@pytest.mark.parametrize("eye", list(EYES))
@pytest.mark.parametrize("group", [TERMS, DISTRIBUTIONS, VERDICTS], ids=["terms", "distributions", "verdicts"])
def test_colours_that_meet_stay_apart(group: tuple[Colour, ...], eye: str) -> None:
    for one, other in itertools.combinations(group, 2):
        seen = [_TO_LAB @ np.cbrt(_TO_CONES @ np.clip(EYES[eye] @ linear(c), 0, 1)) for c in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 0.1, (one.name, other.name)


@pytest.mark.parametrize("page", ["light", "dark"])
def test_the_inks_of_words_in_the_colour_of_a_quantity_can_be_read(page: str) -> None:
    """The style sheet mixes them with the text's own colour; letters need 4.5 to 1."""
    root = Path(__file__).parent.parent
    theme = tomllib.loads((root / ".streamlit" / "config.toml").read_text())["theme"][page]
    sheet = (root / "pages/parts/tradeoff/front/instrument.css").read_text()
    mix = r"color-mix\(in srgb, var\(--(\w+)\) (\d+)%, var\(--st-text-color\)\)"
    inks = re.findall(rf"--ink-(\w+): (?:light-dark\()?{mix}(?:, {mix}\))?", sheet)
    assert len(inks) == 6
    for ink, *light, other_name, other_share in inks:
        name, share = (other_name, other_share) if page == "dark" and other_name else light
        assert ink == name
        part = int(share) / 100
        own, text = (
            np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
            for colour in (Colour[name.upper()], theme["textColor"])
        )
        mixed = np.rint(part * own + (1 - part) * text).astype(int)
        assert contrast("#" + "".join(f"{channel:02x}" for channel in mixed), theme["backgroundColor"]) >= 4.5, ink


def test_the_settings_use_the_palettes_backgrounds_and_the_colour_of_q() -> None:
    theme = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text())["theme"]
    assert theme["light"]["backgroundColor"] == LIGHT_BACKGROUND
    assert theme["dark"]["backgroundColor"] == DARK_BACKGROUND
    assert theme["light"]["primaryColor"] == Colour.Q
