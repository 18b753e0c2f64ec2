"""The page: a small server for the owner's own browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
import json
from pathlib import Path

from aiohttp import web

from .capture import LARGEST, CaptureError, read_capture
from .notes import NoteError
from .proposal import Verdict
from .workbench import Workbench, WorkbenchError

PAGE = Path(__file__).parent / "page"
BENCH = web.AppKey("bench", Workbench)
BUSY = web.AppKey("busy", asyncio.Lock)
HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
FILES = {"/": "index.html", "/kit.js": "kit.js", "/kit.css": "kit.css"}
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app() -> web.Application:
    """Return the page and what it asks for."""
    app = web.Application(client_max_size=LARGEST, middlewares=[_guard])
    app[BENCH] = Workbench()
    app[BUSY] = asyncio.Lock()
    for path in FILES:
        app.router.add_get(path, _file)
    app.router.add_get("/api/state", _state)
    app.router.add_post("/api/capture", _capture)
    app.router.add_post("/api/device", _device)
    app.router.add_post("/api/notes", _notes)
    app.router.add_post("/api/verdict", _verdict)
    app.router.add_get("/api/bundle", _bundle)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve this machine's own browser only, and turn errors into sentences."""
    host = request.headers.get("Host", "").rsplit(":", 1)[0]
    origin = request.headers.get("Origin")
    if host not in HOSTS or (
        origin and origin.split("://")[-1].rsplit(":", 1)[0] not in HOSTS
    ):
        raise web.HTTPForbidden(text="This page serves the machine that it runs on.")
    try:
        return await handler(request)
    except (CaptureError, NoteError, WorkbenchError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except json.JSONDecodeError as error:
        return web.json_response(
            {"error": f"line {error.lineno}: {error.msg}"}, status=400
        )


async def _file(request: web.Request) -> web.FileResponse:
    return web.FileResponse(
        PAGE / FILES[request.path], headers={"Cache-Control": "no-cache"}
    )


async def _answer(request: web.Request, work: Callable[[], object]) -> web.Response:
    """Do the work in a thread, one thing at a time, and return everything as it is then."""
    bench = request.app[BENCH]
    async with request.app[BUSY]:
        await asyncio.to_thread(work)
        return web.json_response(await asyncio.to_thread(bench.as_dict))


async def _state(request: web.Request) -> web.Response:
    return await _answer(request, lambda: None)


async def _capture(request: web.Request) -> web.Response:
    data = await request.read()
    bench = request.app[BENCH]
    return await _answer(
        request,
        lambda: bench.open(read_capture(data, request.query.get("name", "capture"))),
    )


async def _device(request: web.Request) -> web.Response:
    data = await _json(request)
    bench = request.app[BENCH]
    return await _answer(request, lambda: bench.choose(str(data.get("key"))))


async def _notes(request: web.Request) -> web.Response:
    data = await request.read()
    bench = request.app[BENCH]
    return await _answer(
        request, lambda: bench.take_notes(data.decode("utf-8", "replace"))
    )


async def _verdict(request: web.Request) -> web.Response:
    data = await _json(request)
    bench = request.app[BENCH]
    try:
        verdict = Verdict(data.get("verdict"))
    except ValueError as error:
        raise WorkbenchError(
            "A verdict is proposed, accepted, corrected or open."
        ) from error
    return await _answer(
        request, lambda: bench.judge(str(data.get("path")), verdict, data.get("value"))
    )


async def _bundle(request: web.Request) -> web.Response:
    bench = request.app[BENCH]
    async with request.app[BUSY]:
        data = await asyncio.to_thread(bench.bundle)
    disposition = 'attachment; filename="backhug-capture.zip"'
    return web.Response(
        body=data,
        content_type="application/zip",
        headers={"Content-Disposition": disposition},
    )


async def _json(request: web.Request) -> dict[str, object]:
    data = json.loads(await request.text())
    if not isinstance(data, dict):
        raise WorkbenchError("An object is expected.")
    return data
