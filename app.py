"""The ASGI entry, started by `streamlit run app.py`: warms up, mounts the scripts, and hands over to pages/frame.py."""

import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from pages.parts.classroom import routes as classroom
from pages.parts.compute import system_memory, workers
from pages.parts.compute.interpreter import keep_what_is_loaded, set_up
from pages.parts.derivation import warm_up as derivation_warm_up
from pages.parts.loss import warm_up as loss_warm_up
from pages.parts.presenting.routes import ROUTES as PRESENTING
from pages.parts.server import descriptors, shutdown
from pages.parts.server.compression import CompressedFiles
from pages.parts.server.headers import SecurityHeaders
from pages.parts.server.index_page import IndexPage
from pages.parts.server.origins import SameOrigin
from pages.parts.sharing import routes as pictures_of_links
from pages.parts.tradeoff.routes import ROUTES
from pages.parts.web import assets, bundle, preloads
from vaecore.data import integrity

FRAME_ANCESTORS = os.environ.get("ELBO_ROOM_FRAME_ANCESTORS", "*")
"""Who may show the app in a frame: "*" for everybody, "'self'" for nobody else, or origins with spaces between."""

WARM_UP = os.environ.get("ELBO_ROOM_WARM_UP", "1") != "0"
"""Whether what the first visitors see is computed before they come; without it the server starts at once, and they wait."""

try:
    integrity.check_assets()
    workers.count()
except (OSError, ValueError) as error:
    sys.exit(f"ELBO Room cannot start. {error}")
descriptors.raise_limit()


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Make the first visitor's slider ready before the server reports that it is healthy, and the other screens after it."""
    set_up()
    workers.start("pages.parts.tradeoff.warm_up:warm_up" if WARM_UP else "")
    classroom.classes()
    keep_what_is_loaded()
    system_memory.give_back_regularly()
    shutdown.end_quickly(workers.stop)
    if WARM_UP:
        threading.Thread(target=_warm_up_other_screens, name="warm-up", daemon=True).start()
    yield


def _warm_up_other_screens() -> None:
    derivation_warm_up.warm_up()
    loss_warm_up.warm_up()
    keep_what_is_loaded()


async def _all_scripts(_request: Request) -> Response:
    return Response(bundle.bundle(), media_type="text/javascript")


def _below_base(*paths: str) -> tuple[str, ...]:
    return tuple(assets.BASE + path for path in paths)


# Streamlit moves its own routes below server.baseUrlPath; ours are moved here, one by one: what a mount does not have is not
# found, so that a single mount for all of them would hide Streamlit's.
_FILES = {"/vendor": assets.VENDOR, **assets.FOLDERS}
_ANSWERS = [*ROUTES, *PRESENTING, *pictures_of_links.ROUTES, *classroom.ROUTES]
_ROUTES = [
    *(Mount(assets.BASE + address, StaticFiles(directory=folder)) for address, folder in _FILES.items()),
    Route(assets.BASE + assets.BUNDLE, _all_scripts),
    *(Route(assets.BASE + r.path, r.endpoint, methods=r.methods) for r in _ANSWERS if isinstance(r, Route)),
    *(WebSocketRoute(assets.BASE + r.path, r.endpoint) for r in _ANSWERS if isinstance(r, WebSocketRoute)),
]

app = st.App(
    # The script lies in pages/, not here: otherwise Streamlit finds the files in pages/ by itself and a link to a screen
    # bypasses the frame.
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=warm_up,
    routes=_ROUTES,
    middleware=[
        Middleware(SameOrigin, trusted=st.get_option("server.corsAllowedOrigins")),
        Middleware(SecurityHeaders, frame_ancestors=FRAME_ANCESTORS),
        Middleware(CompressedFiles, prefixes=_below_base("/static/", "/vendor/", "/scripts/")),
        Middleware(IndexPage, ours=_below_base("/play/", "/share/", "/present/", "/class/"), preloads=preloads.tags),
    ],
)
