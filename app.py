"""The ASGI entry, started by `streamlit run app.py`: warms up, mounts Plotly's script, and hands over to pages/frame.py."""

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.parts.challenges import elements as challenges
from pages.parts.compute.workers import WORKERS
from pages.parts.derivation import assets as lesson
from pages.parts.derivation import warm_up as derivation_warm_up
from pages.parts.loss import assets as loss
from pages.parts.loss import warm_up as loss_warm_up
from pages.parts.presenting import element as presenting
from pages.parts.presenting.routes import ROUTES as PRESENTING
from pages.parts.quiz import element as questions
from pages.parts.server import descriptors, shutdown
from pages.parts.server.compression import CompressedFiles
from pages.parts.server.headers import SecurityHeaders
from pages.parts.server.index_page import IndexPage
from pages.parts.server.origins import SameOrigin
from pages.parts.sharing import element as sharing
from pages.parts.sharing import routes as pictures_of_links
from pages.parts.tour import element as tour
from pages.parts.tradeoff import assets as instrument
from pages.parts.tradeoff import warm_up as tradeoff_warm_up
from pages.parts.tradeoff.routes import ROUTES
from pages.parts.web import assets
from vaecore.data import integrity

FRONTS = (
    assets.SHARED,
    instrument.FRONT,
    questions.FRONT,
    challenges.FRONT,
    lesson.FRONT,
    loss.FRONT,
    sharing.FRONT,
    presenting.FRONT,
    tour.FRONT,
)

FRAME_ANCESTORS = os.environ.get("ELBO_ROOM_FRAME_ANCESTORS", "*")
"""Who may show the app in a frame: "*" for everybody, "'self'" for nobody else, or origins with spaces between."""

try:
    integrity.check_assets()
except (OSError, ValueError) as error:
    sys.exit(f"ELBO Room cannot start. {error}")
descriptors.raise_limit()


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Make the first visitor's slider ready before the server reports that it is healthy."""
    tradeoff_warm_up.warm_up()
    derivation_warm_up.warm_up()
    loss_warm_up.warm_up()
    # What is loaded by now stays; without this every collection would walk over all of torch.
    gc.collect()
    gc.freeze()
    shutdown.end_quickly(WORKERS.stop)
    yield


app = st.App(
    # The script lies in pages/, not here: otherwise Streamlit finds the files in pages/ by itself and a link to a screen
    # bypasses the frame.
    Path(__file__).parent / "pages" / "frame.py",
    lifespan=warm_up,
    routes=[
        Mount("/vendor", StaticFiles(directory=str(files("plotly") / "package_data"))),
        *(Mount(front.address, StaticFiles(directory=front.folder)) for front in FRONTS),
        *ROUTES,
        *PRESENTING,
        *pictures_of_links.ROUTES,
    ],
    middleware=[
        Middleware(SameOrigin, trusted=st.get_option("server.corsAllowedOrigins")),
        Middleware(SecurityHeaders, frame_ancestors=FRAME_ANCESTORS),
        Middleware(CompressedFiles, prefixes=(f"{assets.BASE}/static/", "/vendor/")),
        Middleware(IndexPage, ours=("/play/", "/share/", "/present/")),
    ],
)
