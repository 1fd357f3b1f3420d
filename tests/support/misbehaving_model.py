"""A server that speaks chat completions and misbehaves in every way that servers do: the model
`bad` as it is told, every other one well."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from tests.support.model_server import Json, saying

Behaviour = Callable[["MisbehavingModel", web.Request], Awaitable[web.StreamResponse]]


class MisbehavingModel:
    """`asked` are the names of the models that were asked, in order."""

    def __init__(self, behaviour: Behaviour, well: Json) -> None:
        self.behaviour = behaviour
        self.url = ""
        self.asked: list[str] = []
        self.asked_at: list[float] = []
        #: How much of an endless answer was taken, in bytes.
        self.written = 0
        self.over = asyncio.Event()
        self.well = well

    async def answer(self, request: web.Request) -> web.StreamResponse:
        model = msgspec.json.decode(await request.read())["model"]
        self.asked.append(model)
        self.asked_at.append(time.monotonic())
        if model == "bad":
            return await self.behaviour(self, request)
        return web.json_response(self.well)


@asynccontextmanager
async def misbehaving_model(behaviour: Behaviour, well: Json) -> AsyncIterator[MisbehavingModel]:
    model = MisbehavingModel(behaviour, well)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    model.url = f"http://{host}:{port}/v1"
    try:
        yield model
    finally:
        model.over.set()
        await runner.cleanup()


def says(value: Json) -> Behaviour:
    """200, with this body."""

    async def behave(_model: MisbehavingModel, _request: web.Request) -> web.StreamResponse:
        return web.json_response(value)

    return behave


def answers_with(status: int, **headers: str) -> Behaviour:
    async def behave(_model: MisbehavingModel, _request: web.Request) -> web.StreamResponse:
        error = {"error": {"message": "not now", "type": "x", "code": None}}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(error, status=status, headers=named)

    return behave


def says_raw(body: bytes, content_type: str = "application/json", **headers: str) -> Behaviour:
    """200, with these bytes."""

    async def behave(_model: MisbehavingModel, _request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, content_type=content_type, headers=named)

    return behave


def first(behaviour: Behaviour, then: Behaviour) -> Behaviour:
    """Once so, and from then on otherwise."""
    left = [behaviour]

    async def behave(model: MisbehavingModel, request: web.Request) -> web.StreamResponse:
        return await (left.pop() if left else then)(model, request)

    return behave


async def answers_well(model: MisbehavingModel, _request: web.Request) -> web.StreamResponse:
    return web.json_response(model.well)


async def never_answers(model: MisbehavingModel, _request: web.Request) -> web.StreamResponse:
    await model.over.wait()
    return web.Response(status=503)


async def breaks_off(_model: MisbehavingModel, request: web.Request) -> web.StreamResponse:
    """Half of the body that was promised, then the connection is gone."""
    body = msgspec.json.encode(saying("Sí, abrimos a las ocho."))
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


async def drips(model: MisbehavingModel, request: web.Request) -> web.StreamResponse:
    """A blank now and then, as servers send them to keep a connection open, and nothing else."""
    response = web.StreamResponse(headers={"content-type": "application/json"})
    await response.prepare(request)
    while not model.over.is_set():
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def never_ends(model: MisbehavingModel, request: web.Request) -> web.StreamResponse:
    """An answer without an end, as fast as it is read."""
    response = web.StreamResponse(headers={"content-type": "application/json"})
    await response.prepare(request)
    chunk = b"bla " * (1 << 16)
    while model.written < 1 << 30 and not model.over.is_set():
        await response.write(chunk)
        model.written += len(chunk)
    return response


async def sends_elsewhere(_model: MisbehavingModel, request: web.Request) -> web.StreamResponse:
    """To itself, for ever."""
    raise web.HTTPTemporaryRedirect(request.path)


def compressed(size: int) -> Behaviour:
    """Blanks that are a thousandth of their size on the way."""
    return says_raw(gzip.compress(b" " * size), content_encoding="gzip")


def without(value: Json, *names: str) -> Json:
    return {name: it for name, it in value.items() if name not in names}


def with_arguments(text: str) -> Json:
    return saying(None, ("final_result", text), finish="tool_calls")


def called(name: str, arguments: dict[str, Any]) -> Json:
    return saying(None, (name, msgspec.json.encode(arguments).decode()), finish="tool_calls")
