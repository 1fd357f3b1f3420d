"""Why Meta's webhooks do not arrive, asked of Meta itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from recado.channels.port import Line
from recado.channels.whatsapp import WhatsAppChannel

URL = "https://chat.example.com/webhooks/whatsapp"
LINE = Line("1", "whatsapp", "106", "Ventas", {"access_token": "t", "business_account_id": "102"})


@asynccontextmanager
async def meta(apps: Any, configuration: Any, status: int = 200) -> AsyncIterator[WhatsAppChannel]:
    """A Graph API that knows these subscribed apps and this configuration."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("/102/subscribed_apps"):
            return web.json_response({"data": apps}, status=status)
        assert request.query["fields"] == "webhook_configuration"
        return web.json_response({"webhook_configuration": configuration}, status=status)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    channel = WhatsAppChannel(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield channel
    finally:
        await channel.close()
        await runner.cleanup()


APP = {"whatsapp_business_api_data": {"id": "67084", "name": "Recado"}}


async def test_a_subscription_as_it_should_be_has_no_problem() -> None:
    async with meta([APP], {"application": URL}) as channel:
        assert await channel.webhook_problems(LINE, URL) == []


async def test_an_account_without_a_subscribed_app_is_explained() -> None:
    async with meta([], {"application": URL}) as channel:
        (problem,) = await channel.webhook_problems(LINE, URL)
        assert "No app is subscribed" in problem


@pytest.mark.parametrize(
    "configuration",
    [
        {"application": "https://old.example.com/hook"},
        {"application": URL, "phone_number": "https://old.example.com/hook"},
        {},
    ],
)
async def test_webhooks_that_go_elsewhere_are_explained(configuration: dict[str, str]) -> None:
    async with meta([APP], configuration) as channel:
        (problem,) = await channel.webhook_problems(LINE, URL)
        assert URL in problem


async def test_what_meta_does_not_tell_is_no_problem() -> None:
    async with meta([], {}, status=400) as channel:
        assert await channel.webhook_problems(LINE, URL) == []
    assert await WhatsAppChannel("http://127.0.0.1:9").webhook_problems(LINE, URL) == []
