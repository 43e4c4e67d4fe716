"""The scripts of this screen's element."""

from pathlib import Path

from pages.parts.web.assets import Front

FRONT = Front("loss-front", Path(__file__).parent / "front")
