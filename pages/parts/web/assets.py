"""The app's own elements: their scripts, the address under which browsers find these, and how an element is mounted.

The scripts lie in the folders named `front`: one of the screens' shared library, and one of every screen. A page loads them
as one file (`bundle`); they are also served as they lie on disk. Their address names what is in all of them, so that a
browser may keep them until one of them changes.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit as st

PARTS = Path(__file__).parent.parent

VENDOR = PARTS / "web" / "vendor"
"""The folder of what others wrote and we serve, with its licences and the SHA-256 of every file."""

PLOTLY = "vendor/plotly-basic-4.1.1.min.js"
"""Where the app serves the script that draws charts, below the app's own address.

It is Plotly's bundle of lines, marks and bars (the npm package plotly.js-basic-dist-min), a quarter of the whole plotly.js
that comes with the Python package. With heat maps it would be the next larger one, which takes a browser twice as long to
evaluate: they go as pictures (`chart_payload`).
"""

PLOTLY_ID = "elbo-room-plotly"
"""The id of its tag, if the page itself loads it (`preloads`)."""

BASE = f"/{st.get_option('server.baseUrlPath')}".rstrip("/")
"""The path below which the server serves the app. Scripts find theirs by themselves: a proxy may put another before it."""

# Sent in every message: it finds the app's own address, asks for all that is needed at once, and hands over to the script.
# Streamlit's scripts were loaded relative to that address, whatever the page's address has become since.
_LOADER = """
const { name } = performance.getEntriesByType("resource").find(({ name }) => name.includes("/static/js/"))
  ?? { name: document.querySelector('script[src*="static/js/"]').src };
const address = (path) => new URL(path, name.split("static/js/")[0]).href;
for (const path of CLASSIC) document.head.append(
  Object.assign(document.createElement("link"), { rel: "preload", href: address(path), as: "script" }));
const scripts = import(address("BUNDLE"));
export default function (page) {
  let cleanup = () => {}, gone = false;
  scripts.then(({ load }) => { if (!gone) cleanup = load("ENTRY").show({ ...page, data: page.data?.[0] }); });
  return () => { gone = true; cleanup(); };
}
"""


def scripts() -> tuple[Path, ...]:
    """Every script that browsers are served."""
    return tuple(sorted(path for path in PARTS.rglob("*.js") if path.parent.name == "front"))


def _version() -> str:
    """Twelve hexadecimal digits that change with the content or the name of any script."""
    digest = hashlib.sha256()
    for path in scripts():
        digest.update(path.relative_to(PARTS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


ADDRESS = f"/scripts/{_version()}"
"""Below this address lie all scripts."""

BUNDLE = f"{ADDRESS}/all.js"
"""Where all of them are served as one."""

FOLDERS = {f"{ADDRESS}/{path.parent.relative_to(PARTS).as_posix()}": path.parent for path in scripts()}
"""What app.py mounts: a folder of scripts at every address."""


def text(file: str) -> str:
    """What a file says; its path is below pages/parts."""
    return (PARTS / file).read_text("utf-8")


def element(
    name: str, *, html: str, styles: Sequence[str], script: str, charts: bool = False, isolate_styles: bool = True
) -> Callable[..., Any]:
    """Declare an element of the page; what it returns puts the element there, as Streamlit's own components do.

    Args:
        name: a name that no other element has.
        html: what the element holds before its script runs.
        styles: style sheets, as paths below pages/parts.
        script: the module whose `show(page)` is called at every change of the data, as a path below pages/parts.
        charts: whether the script draws charts, whose library is then loaded beside the scripts.
        isolate_styles: whether the element has a shadow tree of its own, which the page's style sheets do not reach.
    """
    words = {
        "CLASSIC": json.dumps([PLOTLY] if charts else []),
        "BUNDLE": BUNDLE.lstrip("/"),
        "ENTRY": script,
    }
    loader = _LOADER
    for word, replacement in words.items():
        loader = loader.replace(word, replacement)
    css = "".join(text(style) for style in styles)
    component = st.components.v2.component(name, html=html, css=css, js=loader, isolate_styles=isolate_styles)

    @wraps(component)
    def mounted(*, data: object = None, **options: Any) -> Any:
        # In a mapping Streamlit looks for tables: the first list or mapping in it loads pandas and pyarrow, 60 MB and 0.4 s.
        return component(data=[data], **options)

    return mounted
