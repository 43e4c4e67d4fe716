"""The scripts of this screen's elements."""

from pathlib import Path

from pages.parts.web.assets import Front

FRONT = Front("lesson", Path(__file__).parent / "front")
