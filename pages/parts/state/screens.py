"""The screens of the app: their addresses, titles and icons, said once."""

from typing import NamedTuple

from pages.parts.state import parameters

ROOM = ("", "home", "tradeoff")
"""The addresses of the Trade-off screen: Streamlit serves the default screen at the root alone."""

SHEET = "sheet"
"""The address of the printed sheet, which the navigation does not show."""


class Screen(NamedTuple):
    """A screen beside the Trade-off: its address, its title, its icon and the name of its file."""

    address: str
    title: str
    icon: str
    file: str


OTHERS = (
    Screen("derivation", "Derivation", ":material/function:", "derivation"),
    Screen("loss", "Your loss", ":material/code:", "loss"),
    Screen("quiz", "Quiz", ":material/quiz:", "quiz"),
    Screen("challenges", "Challenges", ":material/flag:", "challenges"),
    Screen("numbers", "About the numbers", ":material/fact_check:", "about"),
)

TITLES = {**dict.fromkeys(ROOM, "Trade-off"), **{screen.address: screen.title for screen in OTHERS}, SHEET: "Printed sheet"}
"""The title of every address there is."""


def for_links() -> dict[str, object]:
    """What a script needs to open a link to a screen without loading the page anew."""
    return {
        "titles": TITLES,
        "room": list(ROOM),
        "model": parameters.DEFAULT_MODEL,
        "digit": parameters.DIGIT.default,
        "frame": list(parameters.ON_EVERY_SCREEN),
    }
