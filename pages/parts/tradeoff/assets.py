"""The instrument's own files, and the address under which browsers find them."""

from pathlib import Path

from pages.parts.web.assets import Front

FOLDER = Path(__file__).parent / "front"

FRONT = Front("instrument", FOLDER)

VERSION = FRONT.version
"""In the address of the scripts: a browser may keep them as long as they are the same."""
