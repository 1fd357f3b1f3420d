"""How a tool's server is asked: where to, how long, how much of the answer, and not elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from recado.assistant.tools import http
from recado.assistant.tools.client import MOST_BYTES, Outgoing, ToolClient
from recado.assistant.tools.python import Functions, describe
from recado.errors import ToolRefused, ToolUnavailable, ToolUnknown
from tests.support.shop import TOKEN, Shop, host_of, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def ask(shop: Shop, path: str, *, allowed: bool = True, method: str = "GET") -> Any:
    client = ToolClient([host_of(shop.url)] if allowed else [])
    config = {"method": method, "url": f"{shop.url}{path}", "auth": {"type": "bearer"}}
    try:
        return await http.call(client, config, {}, secret=TOKEN, key="key-1")
    finally:
        await client.close()


async def test_an_order_is_looked_up_with_the_secret(shop: Shop) -> None:
    assert (await ask(shop, "/orders/1182"))["status"] == "en camino"


async def test_a_private_host_is_reached_only_where_the_operator_has_named_it(shop: Shop) -> None:
    with pytest.raises(ToolRefused):
        await ask(shop, "/orders/1182", allowed=False)
    assert shop.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_addresses_in_the_own_network_are_refused(url: str) -> None:
    with pytest.raises(ToolRefused):
        ToolClient().check(url)


async def test_a_public_name_that_leads_inside_is_refused() -> None:
    async def inside(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7"]

    client = ToolClient(lookup=inside)
    with pytest.raises(ToolRefused):
        await client.request(Outgoing("GET", "https://shop.example/"))
    await client.close()


async def test_a_redirect_is_never_followed(shop: Shop) -> None:
    with pytest.raises(ToolRefused):
        await ask(shop, "/elsewhere")
    assert [path for _, path, _ in shop.requests] == ["/elsewhere"]


async def test_an_endless_answer_is_cut(shop: Shop) -> None:
    answer = await ask(shop, "/huge")
    assert isinstance(answer, str)
    assert len(answer) <= MOST_BYTES


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (404, ToolRefused, "not_found"),
        (401, ToolRefused, "setup"),
        (409, ToolRefused, "refused"),
        (429, ToolUnavailable, ""),
        (500, ToolUnknown, ""),
    ],
)
async def test_what_an_answer_means_is_told_apart(
    shop: Shop, status: int, error: type[Exception], reason: str
) -> None:
    async def answer(_request: web.Request) -> None:
        raise {
            404: web.HTTPNotFound,
            401: web.HTTPUnauthorized,
            409: web.HTTPConflict,
            429: web.HTTPTooManyRequests,
            500: web.HTTPInternalServerError,
        }[status](text="no")

    shop.before = answer
    with pytest.raises(error) as raised:
        await ask(shop, "/orders/1182")
    assert getattr(raised.value, "reason", "") == reason


async def test_a_server_that_is_not_there_was_surely_not_asked() -> None:
    client = ToolClient(["127.0.0.1:9"])
    with pytest.raises(ToolUnavailable):
        await client.request(Outgoing("POST", "http://127.0.0.1:9/x"))
    await client.close()


async def test_a_server_that_breaks_off_may_have_done_it(shop: Shop) -> None:
    async def cut(request: web.Request) -> None:
        assert request.transport is not None
        request.transport.abort()
        await asyncio.sleep(0)

    shop.after = cut
    with pytest.raises(ToolUnknown):
        await ask(shop, "/orders/1182/cancel", method="POST")
    assert shop.effects == ["1182"]


async def test_a_python_function_is_a_tool_with_its_key() -> None:
    seen = []

    async def stock(product: str, branch: int = 1, *, idempotency_key: str) -> dict[str, Any]:
        """How many there are."""
        seen.append(idempotency_key)
        if product == "none":
            raise LookupError(product)
        return {"product": product, "left": 3 * branch}

    functions = Functions({"stock": stock})
    asked = {"product": "taza", "branch": 2}
    told = await functions.call({"entry_point": "stock"}, asked, secret="", key="k7")
    assert told == {"product": "taza", "left": 6}
    assert seen == ["k7"]
    with pytest.raises(ToolRefused) as raised:
        await functions.call({"entry_point": "stock"}, {"product": "none"}, secret="", key="k8")
    assert raised.value.reason == "not_found"
    with pytest.raises(ToolRefused):
        await functions.call({"entry_point": "other"}, {}, secret="", key="")
    description, schema = describe(stock)
    assert description == "How many there are."
    assert schema["required"] == ["product"]
    assert schema["properties"]["branch"]["type"] == "integer"
