"""The addresses of set lists.

present/check   judges one for the browser: its text in, its states and sentences out
present/lesson  one that is ready for a class, as text
"""

import json
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pages.parts.presenting import set_list


async def _check(request: Request) -> Response:
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > set_list.LARGEST_FILE:
            sentence = f"A set list has at most {set_list.LARGEST_FILE // 1000} kB; this is more."
            return JSONResponse({"states": [], "sentences": [sentence]}, status_code=413)
    states, sentences = await run_in_threadpool(set_list.read, text.decode("utf-8", "replace"))
    found = {"states": [asdict(state) for state in states], "sentences": sentences}
    # In ASCII: a text may hold half a character, which no other encoding takes.
    return Response(json.dumps(found), media_type="application/json")


async def _lesson(_request: Request) -> Response:
    return Response(set_list.LESSON, media_type="application/json")


ROUTES = [Route("/present/check", _check, methods=["POST"]), Route("/present/lesson", _lesson)]
