"""The ASGI entry, started by `streamlit run app.py`: warms up, mounts Plotly's script, and hands over to pages/frame.py."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pages.parts import assets
from pages.parts.challenges import elements as challenges
from pages.parts.instrument import assets as instrument
from pages.parts.instrument import warming
from pages.parts.instrument.routes import ROUTES
from pages.parts.lesson import assets as lesson
from pages.parts.lesson import warming as lesson_warming
from pages.parts.loss import assets as loss
from pages.parts.loss import warming as loss_warming
from pages.parts.presenting import element as presenting
from pages.parts.presenting.routes import ROUTES as PRESENTING
from pages.parts.questions import element as questions
from pages.parts.sharing import element as sharing
from pages.parts.sharing import routes as pictures_of_links
from pages.parts.tour import element as tour

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
    warming.warm_up()
    lesson_warming.warm_up()
    loss_warming.warm_up()
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
