"""The classes alone, as a Streamlit server: as `app.py` serves them, without the models that take seconds to load."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from pages.parts.classroom import routes
from pages.parts.server.origins import SameOrigin
from pages.parts.web import assets

app = st.App(
    Path(__file__).with_name("__init__.py"),
    routes=[
        Route(assets.BASE + route.path, route.endpoint, methods=route.methods)
        if isinstance(route, Route)
        else WebSocketRoute(assets.BASE + route.path, route.endpoint)
        for route in routes.ROUTES
    ],
    middleware=[Middleware(SameOrigin)],
)
