"""The ASGI entry, started by `streamlit run app.py`: warms up, mounts Plotly's script, and hands over to pages/frame.py."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.parts.challenges import elements as challenges
from pages.parts.derivation import assets as lesson
from pages.parts.derivation import warm_up as derivation_warm_up
from pages.parts.loss import assets as loss
from pages.parts.loss import warm_up as loss_warm_up
from pages.parts.presenting import element as presenting
from pages.parts.presenting.routes import ROUTES as PRESENTING
from pages.parts.quiz import element as questions
from pages.parts.sharing import element as sharing
from pages.parts.sharing import routes as pictures_of_links
from pages.parts.tour import element as tour
from pages.parts.tradeoff import assets as instrument
from pages.parts.tradeoff import warm_up as tradeoff_warm_up
from pages.parts.tradeoff.routes import ROUTES
from pages.parts.web import assets

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


@asynccontextmanager
async def warm_up(_app: st.App) -> AsyncIterator[None]:
    """Make the first visitor's slider ready before the server reports that it is healthy."""
    tradeoff_warm_up.warm_up()
    derivation_warm_up.warm_up()
    loss_warm_up.warm_up()
    # What is loaded by now stays; without this every collection would walk over all of torch.
    gc.collect()
    gc.freeze()
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
)
