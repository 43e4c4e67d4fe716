"""The scripts of this screen's element, and the address under which browsers find them."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "front"

VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.js")))).hexdigest()[:12]
"""In the address of the scripts: a browser may keep them as long as they are the same."""

ADDRESS = f"/loss-front/{VERSION}"
