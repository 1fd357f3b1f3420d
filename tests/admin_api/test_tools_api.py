"""Tools over the API: written, read without their secret, tried, made of OpenAPI, removed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from recado.runtime import Runtime
from recado.security.model import AuditEntry
from tests.assistant.tools.test_openapi import DESCRIPTION
from tests.support.shop import TOKEN, Shop, host_of, order_status, running_shop

TOOLS = "/api/v1/tools"


@pytest.fixture
async def shop(runtime: Runtime) -> AsyncIterator[Shop]:
    async with running_shop() as running:
        allowed = host_of(running.url)
        client = runtime.tool_calls._closing[0].__self__  # type: ignore[attr-defined]
        client._outward._private = frozenset({allowed})
        yield running


async def added(api: httpx.AsyncClient, shop: Shop) -> str:
    response = await api.post(TOOLS, json=order_status(shop.url))
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def test_a_tool_is_written_read_changed_and_removed(
    api: httpx.AsyncClient, runtime: Runtime, shop: Shop
) -> None:
    tool = await added(api, shop)
    (listed,) = (await api.get(TOOLS)).json()["items"]
    assert (listed["name"], listed["has_secret"], listed["confirms"]) == (
        "order_status",
        True,
        False,
    )
    changed = await api.patch(f"{TOOLS}/{tool}", json={"title": "Pedidos", "characters": []})
    assert changed.json()["title"] == "Pedidos"
    assert changed.json()["characters"] == []
    everybodys = await api.patch(f"{TOOLS}/order_status", json={"characters": None})
    assert everybodys.json()["characters"] is None
    assert await runtime.tools.secret_of((await runtime.tools.all())[0]) == TOKEN
    assert (await api.delete(f"{TOOLS}/{tool}")).status_code == 200
    assert (await api.get(f"{TOOLS}/{tool}")).status_code == 404
    everything = await runtime.store.read(
        lambda tx: [dict(row._mapping) for row in tx.all(AuditEntry.__table__.select())]
    )
    assert [it["action"] for it in everything] == [
        *("tool.add", "tool.change", "tool.change", "tool.remove"),
    ]
    assert TOKEN not in str(everything)


async def test_no_answer_holds_the_secret(api: httpx.AsyncClient, shop: Shop) -> None:
    tool = await added(api, shop)
    for response in (
        await api.get(TOOLS),
        await api.get(f"{TOOLS}/{tool}"),
        await api.patch(f"{TOOLS}/{tool}", json={"secret": TOKEN}),
        await api.post(TOOLS, json=order_status(shop.url)),
        await api.post(TOOLS, json=order_status(shop.url, secret=[TOKEN])),
    ):
        assert TOKEN not in response.text


async def test_trying_calls_it_and_tells_what_a_contact_would_hear(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    tool = await added(api, shop)
    tried = (await api.post(f"{TOOLS}/{tool}/try", json={"arguments": {"number": "1182"}})).json()
    assert tried["ok"] is True
    assert tried["result"]["status"] == "en camino"
    assert tried["told"]["es"] == "Tu pedido 1182 está en camino, llega el martes."
    refused = await api.post(f"{TOOLS}/{tool}/try", json={"arguments": {"no": 1}})
    assert refused.status_code == 422
    assert "number is missing" in refused.json()["detail"]
    await api.patch(f"{TOOLS}/{tool}", json={"secret": "another"})
    failed = (await api.post(f"{TOOLS}/{tool}/try", json={"arguments": {"number": "1"}})).json()
    assert failed["ok"] is False
    assert "401" in failed["error"]


async def test_operations_of_a_description_become_tools(api: httpx.AsyncClient) -> None:
    given = {"description": DESCRIPTION}
    read = await api.post(f"{TOOLS}/openapi/operations", json=given)
    assert [it["id"] for it in read.json()["items"]] == ["getOrderStatus", "cancelOrder", "ship"]
    picked = given | {"operations": ["getOrderStatus", "cancelOrder"], "secret": "s3cret-key"}
    made = await api.post(f"{TOOLS}/openapi", json=picked)
    assert made.status_code == 201, made.text
    assert [(it["name"], it["confirms"]) for it in made.json()["items"]] == [
        ("get_order_status", False),
        ("cancel_order", True),
    ]
    again = await api.post(f"{TOOLS}/openapi", json=picked)
    assert again.status_code == 409
    none = await api.post(f"{TOOLS}/openapi", json=given | {"operations": ["ship"]})
    assert none.status_code == 422


async def test_the_ledger_is_listed(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/tool-calls")).json() == {"items": [], "next": None}
    assert (await api.get("/api/v1/tool-calls?cursor=x")).status_code == 400
