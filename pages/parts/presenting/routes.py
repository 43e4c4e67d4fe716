"""The address at which the browser has a set list judged: present/check, the text of one in, what it holds out."""

from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.parts.presenting import setlist


async def _check(request: Request) -> JSONResponse:
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > setlist.LARGEST_FILE:
            sentence = f"A set list has at most {setlist.LARGEST_FILE // 1000} kB; this is more."
            return JSONResponse({"states": [], "sentences": [sentence]}, status_code=413)
    states, sentences = await run_in_threadpool(setlist.read, text.decode("utf-8", "replace"))
    return JSONResponse({"states": [asdict(state) for state in states], "sentences": sentences})


ROUTES = [Route("/present/check", _check, methods=["POST"])]
