"""A tool that sends a template: approved, filled, once, and seen in the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, update

from recado.assistant.tools import NewTool, registry
from recado.errors import Unprocessable
from recado.lines.model import LineRow
from recado.store import new_id, now
from recado.templates.model import Template
from recado.turns.trial import try_question
from tests.flow.test_tools import add, asked, calls
from tests.flow.test_tools_of_models import final
from tests.support.flow import Flow, running_flow
from tests.support.model_server import model_server, saying
from tests.support.payloads import text_message

ASKS = "quiero el catálogo de bicicletas"
CATALOGUE: dict[str, Any] = {
    "name": "send_catalogue",
    "title": "Enviar el catálogo",
    "description": "Sends the catalogue of a kind of goods.",
    "kind": "template",
    "parameters": {
        "type": "object",
        "properties": {"goods": {"type": "string", "enum": ["bicicletas", "cascos"]}},
        "required": ["goods"],
    },
    "config": {"template": "catalogue", "values": {"1": "goods"}},
    "examples": ["quiero el catálogo de {goods}", "mándame el catálogo de {goods}"],
}


@asynccontextmanager
async def with_catalogue(
    tmp_path: Path, *, status: str = "approved", category: str = "utility", **settings: Any
) -> AsyncIterator[Flow]:
    async with running_flow(tmp_path, **settings) as flow:
        row = {
            "id": new_id(),
            "provider_id": "77",
            "name": "catalogue",
            "language": "es_MX",
            "category": category,
            "status": status,
            "components": [{"type": "BODY", "text": "Este es nuestro catálogo de {{1}}."}],
            "quality": "",
            "reason": "",
            "synced_at": now(),
        }

        def work(tx: Any) -> None:
            line = tx.first(select(LineRow.id).where(LineRow.channel == "whatsapp"))
            tx.execute(insert(Template).values({**row, "line_id": line.id}))

        await flow.write(work)
        await add(flow, CATALOGUE)
        yield flow


async def say(flow: Flow, words: str) -> list[dict[str, Any]]:
    before = len(flow.graph.received)
    await flow.receive(text_message(words))
    await flow.quiet()
    return [it.body for it in flow.graph.received[before:]]


async def test_who_asks_for_the_catalogue_gets_the_template_filled_in(tmp_path: Path) -> None:
    async with with_catalogue(tmp_path) as flow:
        (sent,) = await say(flow, ASKS)
        assert sent["type"] == "template"
        assert sent["template"]["name"] == "catalogue"
        assert sent["template"]["language"]["code"] == "es_MX"
        (body,) = sent["template"]["components"]
        assert body["parameters"] == [{"type": "text", "text": "bicicletas"}]
        (call,) = await calls(flow)
        assert (call.tool, call.state, call.effect) == ("send_catalogue", "done", "changes")
        assert call.result["text"] == "Este es nuestro catálogo de bicicletas."
        (message,) = await flow.messages(author="assistant")
        assert (message.type, message.text) == ("template", call.result["text"])


async def test_a_model_sends_it_beside_its_own_words(tmp_path: Path) -> None:
    chosen = saying(None, ("send_catalogue", '{"goods": "bicicletas"}'))
    async with (
        model_server(chosen, final("Aquí lo tienes.")) as model,
        with_catalogue(tmp_path, RECADO_MODEL="openai:any", OPENAI_BASE_URL=model.url) as flow,
    ):
        words, template = await say(flow, ASKS)
        assert words["text"]["body"] == "Aquí lo tienes."
        assert template["template"]["name"] == "catalogue"


@pytest.mark.parametrize("status", ["pending", "rejected", "unknown"])
async def test_a_template_that_is_not_approved_is_never_sent(tmp_path: Path, status: str) -> None:
    async with with_catalogue(tmp_path, status=status) as flow:
        sent = await say(flow, ASKS)
        assert [it["type"] for it in sent] == ["text"]
        (call,) = await calls(flow)
        assert (call.state, status in call.error) == ("failed", True)
        assert (await flow.conversation()).state == "waiting"  # for a person


async def test_it_is_sent_three_times_a_day_at_most(tmp_path: Path) -> None:
    async with with_catalogue(tmp_path) as flow:
        for _ in range(3):
            assert [it["type"] for it in await say(flow, ASKS)] == ["template"]
        assert "template" not in [it["type"] for it in await say(flow, ASKS)]
        assert [it.state for it in await calls(flow)] == ["done"] * 3 + ["failed"]


async def test_who_has_stopped_marketing_gets_no_marketing_template(tmp_path: Path) -> None:
    async with with_catalogue(tmp_path, category="marketing") as flow:
        await asked(flow, text_message("BAJA"))
        assert "template" not in [it["type"] for it in await say(flow, ASKS)]


async def test_a_turn_that_is_tried_again_sends_it_once(tmp_path: Path) -> None:
    async with with_catalogue(tmp_path) as flow:
        perform = flow.runtime.tool_calls.perform
        failures = 1

        async def dies(call: Any, tool: Any) -> Any:
            nonlocal failures
            done = await perform(call, tool)
            if failures:
                failures -= 1
                raise OSError("the process is gone")
            return done

        flow.runtime.tool_calls.perform = dies  # type: ignore[method-assign]
        await flow.receive(text_message(ASKS))
        await flow.quiet(hurried=True)
        sent = [it.body["type"] for it in flow.graph.received]
        assert sent.count("template") == 1
        assert [it.state for it in await calls(flow)] == ["done"]


async def test_a_trial_sends_nothing(tmp_path: Path) -> None:
    async with with_catalogue(tmp_path) as flow:
        persona = await flow.runtime.characters.default()
        tried = await try_question(flow.runtime, persona, ASKS, asks_tools=True)
        assert [(it.tool, it.state) for it in tried.calls] == [("send_catalogue", "not_called")]
        assert flow.graph.received == []
        await flow.write(lambda tx: tx.execute(update(Template).values(status="paused")))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "template is wrong"),
        ({"template": "a b"}, "Name the template"),
        ({"template": "catalogue", "values": {"1": "sort"}}, "sort, which is no parameter"),
    ],
)
async def test_what_is_wrong_with_such_a_tool_is_said(
    tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    async with running_flow(tmp_path) as flow:
        new = msgspec.convert({**CATALOGUE, "config": config}, NewTool)
        with pytest.raises(Unprocessable, match=said):
            await flow.write(lambda tx: registry.add_tool(tx, new, ""))
