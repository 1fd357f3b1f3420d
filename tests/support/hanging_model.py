"""A server that speaks chat completions, and hangs over whatever names a word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web


class HangingModel:
    def __init__(self, hangs_over: str) -> None:
        self.url = ""
        self._hangs_over = hangs_over
        #: How many requests hang, or hung.
        self.hung = 0
        self.goes_on = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.text()
        if self._hangs_over in asked:
            self.hung += 1
            await self.goes_on.wait()
        return web.json_response(completion("Abrimos a las ocho."))


@asynccontextmanager
async def hanging_model(hangs_over: str) -> AsyncIterator[HangingModel]:
    model = HangingModel(hangs_over)
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
        model.goes_on.set()
        await runner.cleanup()


def completion(text: str) -> dict[str, object]:
    """https://platform.openai.com/docs/api-reference/chat/object"""
    arguments = msgspec.json.encode({"text": text}).decode()
    function = {"name": "final_result", "arguments": arguments}
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    }
