"""What a screen needs at first, asked for by the page itself, while Streamlit starts and the server computes.

Without this a browser learns what a screen needs from the first messages of the server: first Streamlit's own elements,
then, from these, our scripts and the library of the charts, wave after wave. And a first visit would ask for the screen as
it opens, and then for the state with which the introduction begins.
"""

import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

from pages.parts.state.screens import ROOM
from pages.parts.web import assets

_STREAMLIT = Path(get_static_dir()) / "static" / "js"
_ANY = ("BidiComponent", "Html")
"""Streamlit's elements on every screen, by the names of their scripts."""

_IMPORT = re.compile(r'(?:from|import)\s*"\./([^"]+\.js)"')


# The library of the charts is run once Streamlit has its connection: from then on the browser waits for the server.
_CHART = """<link rel="preload" as="script" href="./CHART" fetchpriority="low"><script>
new MutationObserver((changes, wait) => {
  if (!document.querySelector('[data-test-connection-state="CONNECTED"]')) return;
  wait.disconnect();
  if (!document.getElementById("NAME")) document.head.append(Object.assign(
    document.createElement("script"), { src: "./CHART", id: "NAME", onerror() { this.remove(); } }));
}).observe(document, { subtree: true, childList: true, attributeFilter: ["data-test-connection-state"] });
</script>"""

# For `tour.js`: whether this visit begins with the introduction. Later the address does not tell, since Streamlit takes from
# it what no screen can use. In a frame without storage it may be refused.
_INTRODUCTION = """<script>
(() => {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem("elbo-room")); } catch {}
  const { dataset } = document.documentElement;
  if (location.search) dataset.introduction = "for others";
  if (location.search || Object.hasOwn(Object(kept), "tour")) return;
  try { history.replaceState(null, "", "?q=prior" + location.hash); } catch { return; }
  dataset.introduction = "begins";
})();
</script>"""


def tags(path: str) -> str:
    """The tags in the head of the page at a path of the server.

    Their addresses are relative, as Streamlit's are: a proxy may put another path before the app's.
    """
    return _tags(path.removeprefix(assets.BASE).strip("/") in ROOM)


@cache  # of two kinds of screens, not of paths, of which a client may make up any number
def _tags(room: bool) -> str:
    addresses = [*(f"static/js/{name}" for name in streamlit_modules(_ANY)), assets.BUNDLE.lstrip("/")]
    links = "".join(f'<link rel="modulepreload" href="./{address}" fetchpriority="low">' for address in addresses)
    return links + (_INTRODUCTION + _CHART.replace("CHART", assets.PLOTLY).replace("NAME", assets.PLOTLY_ID)) * room


def streamlit_modules(elements: tuple[str, ...]) -> tuple[str, ...]:
    """The scripts of Streamlit's elements and all that they import, but for what its page loads in any case.

    Empty where this version of Streamlit has other names: then they come when they are needed.
    """
    loaded = set(re.findall(r'"\./static/js/([^"]+)"', (_STREAMLIT.parent.parent / "index.html").read_text("utf-8")))
    found: dict[str, None] = {}
    waiting = [path.name for element in elements for path in sorted(_STREAMLIT.glob(f"{element}.*.js"))]
    while waiting:
        name = waiting.pop()
        if name in found or name in loaded:
            continue
        found[name] = None
        waiting += _IMPORT.findall((_STREAMLIT / name).read_text("utf-8"))
    return tuple(found)
