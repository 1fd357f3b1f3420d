"""Tools without a provider's model: looked up in the shop, done after a yes, done once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from recado.assistant.model import ToolCall, Turn
from recado.assistant.tools import NewTool, registry
from recado.assistant.tools.model import Tool
from recado.conversations.model import Message
from recado.escalation.model import Escalation
from tests.support.flow import Flow, running_flow
from tests.support.payloads import button_reply, text_message, webhook
from tests.support.shop import TOKEN, Shop, cancel_order, host_of, order_status, running_shop


@asynccontextmanager
async def shopping(tmp_path: Path, **cancelling: Any) -> AsyncIterator[tuple[Flow, Shop]]:
    """A business whose assistant can look orders up and cancel them."""
    async with (
        running_shop() as shop,
        running_flow(tmp_path, RECADO_TOOLS_PRIVATE_HOSTS=host_of(shop.url)) as flow,
    ):
        await add(flow, order_status(shop.url), cancel_order(shop.url, **cancelling))
        yield flow, shop


async def add(flow: Flow, *tools: dict[str, Any]) -> None:
    for given in tools:
        new = msgspec.convert(given, NewTool)
        sealed = flow.runtime.tools.sealed(new.secret)
        await flow.write(lambda tx, n=new, s=sealed: registry.add_tool(tx, n, s))
    flow.runtime.tools.forget()


async def calls(flow: Flow) -> Sequence[Row[Any]]:
    query = select(ToolCall.__table__).order_by(ToolCall.id)
    return await flow.runtime.store.read(lambda tx: tx.all(query))


async def asked(flow: Flow, *messages: Any) -> list[str]:
    """What the contact is told for these messages."""
    before = len(flow.graph.received)
    await flow.receive(*messages)
    await flow.quiet()
    return [words_of(item.body) for item in flow.graph.received[before:]]


def words_of(body: dict[str, Any]) -> str:
    """The words of a message as the vendor gets it."""
    said = body.get("text") or body["interactive"]["body"]
    return str(said.get("body") or said.get("text"))


def buttons_of(flow: Flow) -> dict[str, str]:
    """The last message's buttons: id by title."""
    buttons = flow.graph.received[-1].body["interactive"]["action"]["buttons"]
    return {it["reply"]["title"]: it["reply"]["id"] for it in buttons}


async def test_where_an_order_is_comes_from_the_shop(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        told = await asked(flow, text_message("hola, ¿dónde está mi pedido 1182?"))
        assert told == ["Tu pedido 1182 está en camino, llega el martes."]
        (call,) = await calls(flow)
        assert (call.tool, call.state, call.arguments) == (
            "order_status",
            "done",
            {"number": "1182"},
        )
        assert call.result == {"number": "1182", **shop.orders["1182"]}
        (turn,) = await flow.runtime.store.read(lambda tx: tx.all(select(Turn.__table__)))
        assert turn.sources[0]["source_name"] == "Estado del pedido"
        assert call.turn_id == turn.id


async def test_a_value_that_is_missing_is_asked_for_once(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        assert await asked(flow, text_message("¿dónde está mi pedido?")) == [
            "¿Cuál es el número de tu pedido?"
        ]
        assert await asked(flow, text_message("es el 1182")) == [
            "Tu pedido 1182 está en camino, llega el martes."
        ]
        assert await asked(flow, text_message("¿dónde está mi pedido?")) != []
        shop.requests.clear()
        await asked(flow, text_message("¿a qué hora abren?"))
        await asked(flow, text_message("1183"))
        assert shop.requests == []  # nothing waits for a number any more


async def test_what_the_shop_does_not_know_is_said(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, _):
        (told,) = await asked(flow, text_message("¿dónde está mi pedido 9999?"))
        assert "No encuentro nada" in told
        assert "9999" in told


async def test_it_is_cancelled_after_a_tapped_yes_and_once(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("¿dónde está mi pedido 1182?"))
        (question,) = await asked(flow, text_message("cancélalo"))
        assert question == "Voy a hacer esto: cancelar el pedido 1182. ¿Lo confirmas?"
        assert shop.effects == []
        yes = button_reply(buttons_of(flow)["Sí"], "Sí")
        assert await asked(flow, yes) == ["Listo, tu pedido 1182 está cancelado."]
        assert shop.effects == ["1182"]
        await flow.post(webhook(messages=[yes]))  # the vendor tells it again
        await flow.quiet()
        again = await asked(flow, button_reply(yes["interactive"]["button_reply"]["id"], "Sí"))
        assert again == ["Eso ya está hecho: cancelar el pedido 1182."]
        assert shop.effects == ["1182"]
        assert [it.state for it in await calls(flow)] == ["done", "done"]


@pytest.mark.parametrize("words", ["sí", "dale, cancélalo", "Sí, por favor"])
async def test_a_typed_yes_does(tmp_path: Path, words: str) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        assert await asked(flow, text_message(words)) == ["Listo, tu pedido 1182 está cancelado."]
        assert shop.effects == ["1182"]


async def test_a_no_drops_it(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        (told,) = await asked(flow, text_message("no, mejor no"))
        assert "no lo hago" in told
        await asked(flow, text_message("sí"))
        assert shop.effects == []
        assert [it.state for it in await calls(flow)] == ["declined"]


async def test_both_buttons_at_once_do_it_once_at_most(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        buttons = buttons_of(flow)
        await asked(flow, button_reply(buttons["Sí"], "Sí"), button_reply(buttons["No"], "No"))
        assert len(shop.effects) <= 1


async def test_another_question_leaves_it_pending(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        (told,) = await asked(flow, text_message("¿dónde está mi pedido 1183?"))
        assert "1183" in told
        await asked(flow, text_message("sí"))
        assert shop.effects == ["1182"]


async def test_an_old_yes_does_nothing(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        yes = buttons_of(flow)["Sí"]
        await flow.write(lambda tx: tx.execute(update(ToolCall).values(expires_at=1.0)))
        (told,) = await asked(flow, button_reply(yes, "Sí"))
        assert "ya no está pendiente" in told
        await asked(flow, text_message("sí"))
        assert shop.effects == []


async def test_a_button_of_somebody_elses_call_does_nothing(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        yes = buttons_of(flow)["Sí"]
        await asked(flow, button_reply(yes, "Sí", sender="5215550000001"))
        assert shop.effects == []


async def test_when_the_shop_fails_a_person_is_called(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        shop.orders["1182"] = {"status": "x"}

        async def break_off(_request: Any) -> None:
            raise RuntimeError("the shop is broken")

        shop.before = break_off
        await asked(flow, text_message("¿dónde está mi pedido 1182?"))
        (call,) = await calls(flow)
        assert call.state == "failed"
        (escalation,) = await flow.runtime.store.read(
            lambda tx: tx.all(select(Escalation.__table__))
        )
        assert escalation.reasons[0]["code"] == "tool_failed"


async def test_a_change_of_which_nobody_knows_calls_a_person(tmp_path: Path) -> None:
    async with shopping(tmp_path, honours_keys=False) as (flow, shop):

        async def break_off(_request: Any) -> None:
            raise RuntimeError("the shop breaks off after the effect")

        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        shop.after = break_off
        await asked(flow, text_message("sí"))
        assert shop.effects == ["1182"]  # not tried again
        (call,) = await calls(flow)
        assert call.state == "unknown"
        (escalation,) = await flow.runtime.store.read(
            lambda tx: tx.all(select(Escalation.__table__))
        )
        assert escalation.reasons[0]["code"] == "tool_unknown"


async def test_one_that_honours_keys_is_asked_again_under_the_same(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        broken: list[int] = []

        async def break_off_once(_request: Any) -> None:
            if not broken:
                broken.append(1)
                raise RuntimeError("once")

        await asked(flow, text_message("quiero cancelar mi pedido 1182"))
        shop.after = break_off_once
        assert await asked(flow, text_message("sí")) == ["Listo, tu pedido 1182 está cancelado."]
        assert shop.effects == ["1182"]
        first, second = (key for _, path, key in shop.requests if path.endswith("/cancel"))
        assert first == second != ""


async def test_the_secret_is_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with shopping(tmp_path) as (flow, shop):
        echo = order_status(shop.url, name="echo", examples=["dime el eco"], answers={})
        echo |= {
            "config": {"url": f"{shop.url}/echo", "auth": {"type": "bearer"}},
            "parameters": {},
        }
        await add(flow, echo)
        told = await asked(flow, text_message("dime el eco"))
        tables = (Tool, ToolCall, Message, Turn)
        rows = await flow.runtime.store.read(
            lambda tx: [tx.all(select(table.__table__)) for table in tables]
        )
        for held in (told, rows, caplog.text, await calls(flow)):
            assert TOKEN not in str(held)
        assert "•••" in str(await calls(flow))


async def test_a_character_has_only_its_own_tools(tmp_path: Path) -> None:
    async with shopping(tmp_path) as (flow, shop):
        await flow.write(
            lambda tx: registry.change_tool(tx, "order_status", {"characters": []}, None)
        )
        flow.runtime.tools.forget()
        await asked(flow, text_message("¿dónde está mi pedido 1182?"))
        assert shop.requests == []
