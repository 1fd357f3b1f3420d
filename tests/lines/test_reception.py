"""Whether a line receives is looked at from outside, too, and said in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from recado.lines.reception import reach
from tests.support.providers import refusing


@asynccontextmanager
async def public_address(headers: dict[str, str], status: int = 200) -> AsyncIterator[str]:
    async def serve(request: web.BaseRequest) -> web.Response:
        ours = headers if request.path == "/health" else {}
        return web.Response(status=status, headers=ours)

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_an_address_that_leads_to_recado_is_fine() -> None:
    async with public_address({"x-service-name": "recado"}, 503) as url:
        (finding,) = await reach(url, "/webhooks/whatsapp")
    assert finding.mark == "fine"


async def test_an_address_that_leads_elsewhere_is_wrong_and_says_how_to_mend_it() -> None:
    async with public_address({}, 404) as url:
        (finding,) = await reach(url, "/webhooks/whatsapp")
    text, fix = finding.in_english()
    assert finding.mark == "wrong"
    assert "not Recado: HTTP 404" in text
    assert "/webhooks/whatsapp" in fix


async def test_an_address_that_nobody_answers_is_told_with_a_doubt() -> None:
    (finding,) = await reach(refusing().url, "/webhooks/whatsapp")
    assert finding.mark == "hint"  # some networks cannot call their own public address
    assert "tunnel" in finding.fix


async def test_without_a_public_address_nobody_is_asked() -> None:
    assert await reach("", "/webhooks/whatsapp") == []
