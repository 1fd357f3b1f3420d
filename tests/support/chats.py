"""An incoming webhook of a chat, as Slack's and Teams' documentation have it: takes JSON of the one
shape, and refuses all else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

Kind = Literal["slack", "teams"]


class Chat:
    """`answers` are the next (status, body), and what it says of itself when there are none left;
    `hangs`: nothing is answered before `over`; `slowly`: a body comes letter by letter."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.url = ""
        self.posted: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str]] = []
        self.headers: dict[str, str] = {}
        self.hangs = False
        self.slowly = False
        self.over = asyncio.Event()

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read())
        if self.hangs:
            await self.over.wait()
        if self.answers:
            status, said = self.answers.pop(0)
            if self.slowly:
                return await self._letters(request, status, said)
            return web.Response(status=status, text=said, headers=self.headers)
        if not self._is_theirs(body):
            return web.Response(status=400, text="invalid_payload")
        self.posted.append(body)
        return web.Response(text="ok") if self.kind == "slack" else web.Response(status=202)

    async def _letters(self, request: web.Request, status: int, said: str) -> web.StreamResponse:
        answer = web.StreamResponse(status=status)
        await answer.prepare(request)
        for letter in said:
            await answer.write(letter.encode())
            await asyncio.sleep(0.002)
        return answer

    def _is_theirs(self, body: dict[str, Any]) -> bool:
        if self.kind == "slack":
            return bool(body.get("text")) and set(body) <= {"text", "blocks"}
        (card,) = body.get("attachments", [{}])
        kind = "application/vnd.microsoft.card.adaptive"
        content = card.get("content", {})
        return (
            body.get("type") == "message"
            and card.get("contentType") == kind
            and content.get("type") == "AdaptiveCard"
        )


@asynccontextmanager
async def running_chat(kind: Kind) -> AsyncIterator[Chat]:
    chat = Chat(kind)
    app = web.Application()
    app.router.add_post("/services/T0/B0/{secret}", chat.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    chat.url = str(server.make_url("/services/T0/B0/sEcReT"))
    try:
        yield chat
    finally:
        chat.over.set()
        await server.close()
