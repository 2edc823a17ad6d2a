"""The addresses of the page: its own files, and three questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from .choices import MOST_BYTES
from .replies import Answer, refusal
from .workers import Workers

__all__ = ["application"]

_PAGES = {
    "/": ("microinfer.server", "static/index.html", "text/html"),
    "/serve.js": ("microinfer.server", "static/serve.js", "text/javascript"),
    "/serve.css": ("microinfer.server", "static/serve.css", "text/css"),
    "/page.js": ("microinfer.view.html", "templates/page.js", "text/javascript"),
    "/page.css": ("microinfer.view.html", "templates/page.css", "text/css"),
}
"""Address to the file behind it; the report's own script and style serve here, too."""


def application(workers: Workers) -> Starlette:
    """What stands behind the guard. The workers end with it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await workers.warm()
        try:
            yield
        finally:
            await workers.close()

    async def ask(request: Request) -> Response:
        try:
            data = await _body(request)
        except ClientDisconnect:
            return Response(status_code=499)
        if data is None:
            return _response(refusal(413, f"the file is too large: more than {MOST_BYTES >> 20} MB"))
        question = request.path_params["what"], request.query_params.multi_items(), data
        work = asyncio.ensure_future(workers.ask(*question))
        gone = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            return _response(work.result()) if work.done() else Response(status_code=499)
        finally:
            work.cancel()
            gone.cancel()

    routes = [Route(path, _file) for path in _PAGES]
    routes.append(Route("/ask/{what:str}", ask, methods=["POST"]))
    return Starlette(routes=routes, lifespan=lifespan)


async def _file(request: Request) -> Response:
    package, path, kind = _PAGES[request.url.path]
    content = files(package).joinpath(*path.split("/")).read_bytes()
    return Response(content, media_type=kind)


async def _body(request: Request) -> bytes | None:
    """What was sent, None where it is too much; no more than may be is ever held."""
    parts, total = [], 0
    async for part in request.stream():
        total += len(part)
        if total > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


async def _left(request: Request) -> None:
    """Ends when whoever asked has gone, or asks something else."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _response(made: Answer) -> Response:
    head = {"content-disposition": f"attachment; filename*=UTF-8''{quote(made.name)}"} if made.name else {}
    return Response(made.content, made.status, head, media_type=made.kind)
