"""The scripts of the app's own elements, and the address under which browsers find them.

Every folder of scripts is a `Front`, mounted by app.py under an address that names what is in it: a browser may keep the
scripts as long as they are the same.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit as st

BASE = f"/{st.get_option('server.baseUrlPath')}".rstrip("/")
"""What stands before every address of the app."""

_LOADER = """
const [element, progress] = ["ELEMENT", "PROGRESS"].map((address) => import(new URL(address, location.origin)));
export default function (page) {
  let cleanup = () => {}, gone = false;
  Promise.all([element, progress]).then(([script, kept]) => { if (!gone) cleanup = script.show(page, kept) ?? cleanup; });
  return () => { gone = true; cleanup(); };
}
"""


@dataclass(frozen=True)
class Front:
    """A folder of scripts, a name that no other has, and the address made of both."""

    name: str
    folder: Path

    @cached_property
    def version(self) -> str:
        """Twelve figures that change with the scripts."""
        scripts = sorted(self.folder.glob("*.js"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in scripts)).hexdigest()[:12]

    @property
    def address(self) -> str:
        """Where app.py mounts the folder."""
        return f"/{self.name}/{self.version}"

    def text(self, file: str) -> str:
        """What a file of the folder says."""
        return (self.folder / file).read_text("utf-8")

    def loader(self, script: str) -> str:
        """The few lines that an element sends in every message: they call `show(page, progress)` of a script in the folder.

        `page` is what Streamlit gives, `progress` the module of that name; what `show` returns is called when it ends.
        """
        addresses = {"ELEMENT": f"{BASE}{self.address}/{script}", "PROGRESS": f"{BASE}{SHARED.address}/progress.js"}
        loader = _LOADER
        for word, address in addresses.items():
            loader = loader.replace(word, address)
        return loader


SHARED = Front("front", Path(__file__).parent.parent / "front")
"""The scripts and styles that several elements share."""
