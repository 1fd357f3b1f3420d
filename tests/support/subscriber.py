"""Somebody who has subscribed to events: verifies each with the library of Standard Webhooks, keeps
what it took, and answers as it is told to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError


class Subscriber:
    """`answers` are the next statuses, 200 when there are none left; `heard` is every event that
    was taken, with its id, in order; `refused` counts what was not signed for it."""

    def __init__(self) -> None:
        self.url = ""
        self.secrets: list[str] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.refused = 0
        #: Whether it goes away in the middle of what it says.
        self.breaks_off = False

    @property
    def kinds(self) -> list[str]:
        return [event["event_type"] for _, event in self.heard]

    async def take(self, request: web.Request) -> web.StreamResponse:
        body, headers = await request.read(), dict(request.headers)
        id = headers.get("webhook-id", "")
        self.asked.append(id)
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            for secret in self.secrets:
                Webhook(secret).verify(body, lower)
        except WebhookVerificationError:
            self.refused += 1
            return web.Response(status=401)
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.append((id, json.loads(body)))
        if self.breaks_off:
            cut = web.StreamResponse(status=status, headers={"content-length": "100"})
            await cut.prepare(request)
            await cut.write(b"so")
            assert request.transport is not None
            request.transport.close()
            return cut
        return web.Response(status=status, text=f"said {status}", headers=self.headers)


@asynccontextmanager
async def running_subscriber() -> AsyncIterator[Subscriber]:
    subscriber = Subscriber()
    app = web.Application()
    app.router.add_post("/hook", subscriber.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    subscriber.url = str(server.make_url("/hook"))
    try:
        yield subscriber
    finally:
        await server.close()
