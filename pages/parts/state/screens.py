"""The screens of the app: their addresses, titles and icons, said once."""

from typing import NamedTuple

ROOM = ("", "home", "tradeoff")
"""The addresses of the Trade-off screen: Streamlit serves the default screen at the root alone."""

SHEET = "sheet"
"""The address of the printed sheet, which the navigation does not show."""


class Screen(NamedTuple):
    """A screen beside the Trade-off: its address, which is also its file's name, its title and its icon."""

    address: str
    title: str
    icon: str


OTHERS = (
    Screen("derivation", "Derivation", ":material/function:"),
    Screen("loss", "Your loss", ":material/code:"),
    Screen("quiz", "Quiz", ":material/quiz:"),
    Screen("challenges", "Challenges", ":material/flag:"),
    Screen("numbers", "About the numbers", ":material/fact_check:"),
)

TITLES = {**dict.fromkeys(ROOM, "Trade-off"), **{screen.address: screen.title for screen in OTHERS}, SHEET: "Printed sheet"}
"""The title of every address there is."""
