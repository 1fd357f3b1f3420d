"""The pages on which a business connects its systems, and the calls in a conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from recado.assistant.tools import NewTool, ToolView, ledger, registry
from recado.assistant.tools.ledger import Asked
from recado.lines.model import LineRow
from recado.runtime import Runtime
from recado.store import Tx, new_id, now
from recado.templates.model import Template
from tests.assistant.tools.test_mcp import mcp_server
from tests.assistant.tools.test_openapi import DESCRIPTION
from tests.desk.conftest import DeskUser
from tests.support.shop import TOKEN, Shop, cancel_order, host_of, running_shop

FORM: dict[str, Any] = {
    "title": "Estado del pedido",
    "name": "order_status",
    "description": "Says where an order is",
    "effect": "reads",
    "enabled": "1",
    "honours_keys": "1",
    "used_by": "*",
    "method": "GET",
    "url": "https://shop.example/orders/{{ number }}",
    "auth": "bearer",
    "secret": TOKEN,
    "examples": "¿dónde está mi pedido {number}?\ncómo va mi pedido",
    "answer_es": "Tu pedido {{ number }} está {{ status }}.",
    "timeout_seconds": "8",
}


async def tools(runtime: Runtime) -> list[ToolView]:
    return await runtime.store.read(registry.list_tools)


async def test_a_form_becomes_a_tool_and_its_secret_is_never_shown(admin: DeskUser) -> None:
    response = await admin.post("/tools", htmx=False, **FORM)
    assert response.status_code == 303, response.text
    (tool,) = await tools(admin.runtime)
    assert tool.parameters["required"] == ["number"]
    assert tool.examples == ("¿dónde está mi pedido {number}?", "cómo va mi pedido")
    assert tool.characters is None
    assert tool.timeout_seconds == 8
    page = await admin.page(f"/tools/{tool.id}")
    assert "https://shop.example/orders/{{ number }}" in page
    for path in ("/tools", f"/tools/{tool.id}"):
        assert TOKEN not in await admin.page(path)
    again = {**FORM, "secret": "", "title": "Pedidos", "used_by": ""}
    assert (await admin.post(f"/tools/{tool.id}", htmx=False, **again)).status_code == 303
    (tool,) = await tools(admin.runtime)
    assert tool.title == "Pedidos"
    assert await admin.runtime.tools.secret_of(tool) == TOKEN


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "Order Status", "small letters"),
        ("url", "shop", "https://"),
        ("url", "https://{{ host }}/x", "host"),
        ("headers", "no colon", "Name: value"),
        ("body", "{", "no JSON"),
        ("examples", "where is {order}?", "no parameter"),
        ("timeout_seconds", "soon", "number of seconds"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed(
    admin: DeskUser, field: str, value: str, said: str
) -> None:
    response = await admin.post("/tools", htmx=False, **{**FORM, field: value})
    assert response.status_code == 422
    assert said in response.text
    assert "Says where an order is" in response.text
    assert TOKEN not in response.text
    assert await tools(admin.runtime) == []


async def test_a_description_is_read_and_what_is_picked_of_it_becomes_tools(
    admin: DeskUser,
) -> None:
    given = {"description": json.dumps(DESCRIPTION), "base_url": ""}
    page = await admin.post("/tools/openapi", htmx=False, **given)
    assert page.status_code == 200
    assert "Where an order is" in page.text
    assert 'value="ship" disabled' in page.text
    picked = {**given, "operation": "getOrderStatus", "secret": TOKEN}
    assert (await admin.post("/tools/openapi", htmx=False, **picked)).status_code == 303
    assert [it.name for it in await tools(admin.runtime)] == ["get_order_status"]
    wrong = await admin.post("/tools/openapi", htmx=False, description="<html>")
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text


async def test_a_tool_is_tried_with_its_request_and_answer(admin: DeskUser) -> None:
    async with running_shop() as shop:
        _allow(admin.runtime, shop)
        url = f"{shop.url}/orders/{{{{ number }}}}"
        await admin.post("/tools", htmx=False, **{**FORM, "url": url})
        (tool,) = await tools(admin.runtime)
        tried = await admin.post(f"/tools/{tool.id}/try", htmx=True, **{"arg.number": "1182"})
        for said in ("GET http://", "/orders/1182", "Authorization: •••", "en camino"):
            assert said in tried.text
        assert "Tu pedido 1182 está en camino." in tried.text
        assert TOKEN not in tried.text
        wrong = await admin.post(f"/tools/{tool.id}/try")
        assert "number is missing" in wrong.text
        none = await admin.post(f"/tools/{tool.id}/try", htmx=True, **{"arg.number": "9"})
        assert "404" in none.text


async def test_tools_of_an_mcp_server_are_looked_at_and_picked(
    admin: DeskUser, tmp_path: Path
) -> None:
    async with mcp_server(tmp_path / "done") as url:
        client = admin.runtime.tool_calls._closing[0].__self__  # type: ignore[attr-defined]
        client._outward._private = frozenset({host_of(url).removesuffix("/mcp")})
        page = await admin.post("/tools/mcp", htmx=False, url=url)
        assert "Cancels an order." in page.text
        picked = {"url": url, "operation": "order_status", "secret": TOKEN}
        assert (await admin.post("/tools/mcp", htmx=False, **picked)).status_code == 303
        (tool,) = await tools(admin.runtime)
        assert (tool.kind, tool.effect) == ("mcp", "reads")
        await admin.page("/tools")
        await admin.page(f"/tools/{tool.id}")
        tried = await admin.post(f"/tools/{tool.id}/try", htmx=True, **{"arg.number": "1182"})
        assert "en camino" in tried.text
    refused = await admin.post("/tools/mcp", htmx=False, url="https://127.0.0.1/mcp")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


async def test_agents_neither_see_nor_change_tools(visitor: DeskUser) -> None:
    await visitor.sign_in("supervisor")
    agent = visitor
    for path in ("/tools", "/tools/new"):
        assert (await agent.get(path)).status_code == 403
    assert (await agent.post("/tools", htmx=False, **FORM)).status_code == 403
    assert "/tools" not in await agent.page("/")


async def test_a_conversation_shows_what_was_done(visitor: DeskUser) -> None:
    await visitor.sign_in("agent")
    agent, store = visitor, visitor.runtime.store
    conversation_id = await agent.add_conversation()

    def work(tx: Tx) -> None:
        tool = registry.add_tool(
            tx, msgspec.convert(cancel_order("https://shop.example"), NewTool), ""
        )
        asked = Asked(conversation_id=conversation_id, turn_id="", position=1)
        arguments = {"number": "<b>1182</b>"}
        call = ledger.plan(tx, asked, tool, arguments, summary="cancelar el pedido 1182")
        call = ledger.confirm(tx, call, 1)
        ledger.begin(tx, call)
        ledger.finish(tx, call, "done", result={"status": "cancelado"})

    await store.write(work)
    page = await agent.page(f"/conversations/{conversation_id}")
    assert "cancelar el pedido 1182 · " in page
    assert "cancelado" in page
    assert "&lt;b&gt;1182&lt;/b&gt;" in page


def _allow(runtime: Runtime, shop: Shop) -> None:
    client = runtime.tool_calls._closing[0].__self__  # type: ignore[attr-defined]
    client._outward._private = frozenset({host_of(shop.url)})


CATALOGUE: dict[str, Any] = {
    **{name: FORM[name] for name in ("effect", "enabled", "used_by")},
    "kind": "template",
    "template": "catalogue",
    "template_language": "",
    "open:body.1": "goods",
    "name": "send_catalogue",
    "title": "Catálogo",
    "examples": "mándame el catálogo de {goods}",
}


async def with_template(runtime: Runtime, **changed: Any) -> None:
    body = {"type": "BODY", "text": "Este es nuestro catálogo de {{1}}."}
    row = {
        "id": new_id(),
        "provider_id": "77",
        "name": "catalogue",
        "language": "es_MX",
        "category": "utility",
        "status": "approved",
        "components": [body],
        "quality": "",
        "reason": "",
        "synced_at": now(),
    }

    def work(tx: Tx) -> None:
        line = tx.first(select(LineRow.id).limit(1))
        assert line is not None
        tx.execute(insert(Template).values(row | {"line_id": line.id} | changed))

    await runtime.store.write(work)


async def test_an_approved_template_becomes_a_tool_by_naming_what_it_leaves_open(
    admin: DeskUser,
) -> None:
    await with_template(admin.runtime)
    assert 'href="/tools/new' in await admin.page("/tools")
    form = await admin.page("/tools/new?template=catalogue")
    assert "Este es nuestro catálogo de" in form
    assert 'name="open:body.1"' in form
    assert 'name="url"' not in form
    response = await admin.post("/tools", htmx=False, **CATALOGUE)
    assert response.status_code == 303, response.text
    (tool,) = await tools(admin.runtime)
    assert tool.kind == "template"
    assert tool.config == {"template": "catalogue", "language": "", "values": {"body.1": "goods"}}
    assert tool.parameters["required"] == ["goods"]
    changed = {**CATALOGUE, "open:body.1": "kind_of_goods", "template_language": "es_MX"}
    changed["examples"] = "mándame el catálogo de {kind_of_goods}"
    response = await admin.post(f"/tools/{tool.id}", htmx=False, **changed)
    assert response.status_code == 303, response.text
    page = await admin.page(f"/tools/{tool.id}")
    assert 'value="kind_of_goods"' in page
    (tool,) = await tools(admin.runtime)
    assert tool.config["values"] == {"body.1": "kind_of_goods"}
    assert tool.config["language"] == "es_MX"


async def test_a_template_that_is_not_approved_is_not_offered_as_a_tool(admin: DeskUser) -> None:
    await with_template(admin.runtime, status="paused")
    assert 'value="catalogue"' not in await admin.page("/tools")
    form = await admin.page("/tools/new?template=catalogue")
    assert "No line has this template approved now" in form


async def test_a_template_with_a_picture_that_nobody_can_say_is_not_offered(
    admin: DeskUser,
) -> None:
    await with_template(admin.runtime, components=[{"type": "HEADER", "format": "IMAGE"}])
    assert 'value="catalogue"' not in await admin.page("/tools")
