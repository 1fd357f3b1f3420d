"""Every request to a provider's model is in the ledger, and budgets hold, over the real HTTP
client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from recado.assistant.characters import default_character, update_character
from recado.assistant.models.calls import ModelCall, noting
from recado.assistant.models.costs import calls_of_turn, list_model_calls, read_costs
from recado.assistant.models.ledger import Caller, read_spent
from recado.assistant.models.model import ModelCallRow, ModelSpend
from recado.assistant.port import ContextMessage
from recado.escalation.model import Escalation
from recado.maintenance.old_messages import tasks
from recado.maintenance.personal_data import erase, export_contact, find_contact
from tests.support.flow import Flow, running_flow
from tests.support.model_server import ModelServer, model_server, saying
from tests.support.payloads import text_message

ANSWER = "Sí, abrimos a las 7:30."
#: 10 tokens read and 10 generated, as the server says, at these prices.
PRICES = "openai:any=100/900, openai:dear=1000/9000"
EACH = 10 * 100 + 10 * 900


@asynccontextmanager
async def asking(data: Path) -> AsyncIterator[tuple[Flow, ModelServer]]:
    async with (
        model_server(saying(ANSWER)) as server,
        running_flow(
            data,
            RECADO_MODEL="openai:any",
            RECADO_MODEL_PRICES=PRICES,
            OPENAI_BASE_URL=server.url,
            OPENAI_API_KEY="k",
        ) as flow,
    ):
        await asyncio.to_thread(flow.runtime.models.get, "openai:any")  # as at a start
        yield flow, server


async def ask(flow: Flow, text: str, sender: str = "16505550001") -> Sequence[str]:
    """What the contact is sent for it."""
    before = len(flow.sent)
    await flow.receive(text_message(text, sender=sender))
    await flow.quiet(hurried=True)
    return flow.sent[before:]


async def rows(flow: Flow, table: Any) -> Sequence[Row[Any]]:
    return await flow.runtime.store.read(lambda tx: tx.all(select(table.__table__)))


async def change(flow: Flow, **fields: Any) -> None:
    await flow.write(lambda tx: update_character(tx, default_character(tx).id, fields))
    flow.runtime.characters.forget()


async def test_each_request_is_a_row_with_what_it_took_and_why(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, server):
        server.says = [saying("<think>miro"), saying(ANSWER)]
        assert await ask(flow, "¿Abren a las 7:30?") == [ANSWER]
        (reply,) = await flow.messages(direction="outbound")
        calls = await flow.runtime.store.read(lambda tx: calls_of_turn(tx, reply.turn_id))
        assert [(it.purpose, it.outcome) for it in calls] == [
            ("answer", "inside"),
            ("again", "answered"),
        ]
        for call in calls:
            assert call.model == "openai:any"
            assert call.conversation_id == reply.conversation_id
            assert (call.tokens_in, call.tokens_out, call.estimated) == (10, 10, False)
            assert (call.cost, call.currency) == (EACH / 1e6, "USD")
            assert "own model" in call.why
        # The reply cost both, and so did the day.
        assert reply.cost == pytest.approx(2 * EACH / 1e6)
        (day,) = await flow.runtime.store.read(lambda tx: read_costs(tx, 1))
        assert (day.calls, day.failed, day.model) == (2, 1, "openai:any")
        assert day.cost == pytest.approx(2 * EACH / 1e6)
        assert day.line_name
        assert 'recado_model_cost_dollars_total{model="openai:any"} 0.02' in (
            flow.runtime.metrics.text().decode()
        )


async def test_the_embedded_model_writes_no_row(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert await ask(flow, "¿a qué hora abren?")
        assert await rows(flow, ModelCallRow) == []
        assert await rows(flow, ModelSpend) == []


async def test_a_turn_that_comes_to_nothing_has_its_rows(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, server):
        server.says = [saying("")]
        assert await ask(flow, "¿Abren a las 7:30?")  # a person is announced
        kept = await rows(flow, ModelCallRow)
        assert len(kept) == len(server.asked) > 2
        assert {it.outcome for it in kept} == {"empty"}
        (spend,) = await rows(flow, ModelSpend)
        assert (spend.calls, spend.failed) == (len(kept), len(kept))
        assert spend.cost == EACH * len(kept)


async def test_a_day_budget_of_the_conversation_leaves_others_theirs(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, server):
        await change(flow, budgets={"conversation": {"dollars": 2 * EACH / 1e6}})
        server.says = [saying(ANSWER), saying("Los domingos también."), saying(ANSWER)]
        for text in ("¿Abren a las 7:30?", "¿y los domingos?"):
            await ask(flow, text)
        assert len(server.asked) == 2
        assert await ask(flow, "¿tienen wifi?") != [ANSWER]  # the embedded model answers
        assert len(server.asked) == 2
        assert await ask(flow, "¿Abren a las 7:30?", sender="16505550002") == [ANSWER]
        assert len(server.asked) == 3


@pytest.mark.parametrize("scope", ["line", "day"])
async def test_the_cheaper_model_answers_once_the_budget_is_spent(
    tmp_path: Path, scope: str
) -> None:
    async with asking(tmp_path) as (flow, server):
        await change(
            flow,
            model="openai:dear",
            model_policy={"cheaper": "openai:any"},
            model_rules=[{"model": "openai:dear"}],
            budgets={scope: {"tokens": 20}, "then": "cheaper"},
        )
        for sender in ("16505550001", "16505550002", "16505550003"):
            assert await ask(flow, "¿Abren a las 7:30?", sender=sender) == [ANSWER]
        assert [it["model"] for it in server.asked] == ["dear", "any", "any"]
        page = await flow.runtime.store.read(list_model_calls)
        assert [it.why_code for it in page.items] == [f"budget_{scope}"] * 2 + ["rule"]


async def test_a_person_takes_over_once_the_budget_is_spent(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, server):
        await change(flow, budgets={"day": {"tokens": 1}, "then": "person"})
        assert await ask(flow, "¿Abren a las 7:30?") == [ANSWER]
        told = await ask(flow, "¿y los domingos?")
        assert told
        assert ANSWER not in told
        (handed,) = await rows(flow, Escalation)
        assert handed.reasons[0]["code"] == "budget_spent"
        assert len(server.asked) == 1


async def test_no_model_is_asked_for_a_summary_once_the_budget_is_spent(tmp_path: Path) -> None:
    """What is asked beside the answer costs as much."""
    async with asking(tmp_path) as (flow, server):
        model = flow.runtime.models.get("openai:any")
        said = [ContextMessage("user", "quiero una tarta", 0.0)]
        with noting([], only=frozenset()):
            assert "tarta" in await model.summarise(said, "es")
        assert server.asked == []


async def test_forgetting_reaches_the_ledger_and_keeps_the_counts(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _):
        await ask(flow, "¿Abren a las 7:30?")
        await ask(flow, "¿Abren a las 7:30?", sender="16505550002")
        store = flow.runtime.store
        told = await store.read(lambda tx: export_contact(tx, find_contact(tx, "16505550001")))
        assert len(told["model_calls"]) == 1
        await erase(flow.runtime, "16505550001", actor="test")
        assert len(await rows(flow, ModelCallRow)) == 1
        old = tasks(before=4e9)["old calls of models removed"]
        assert await store.write(old) == 1
        (spend,) = await rows(flow, ModelSpend)
        assert spend.calls == 2


async def test_what_was_spent_is_read_from_counts(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _):
        await ask(flow, "¿Abren a las 7:30?")
        (call,) = await rows(flow, ModelCallRow)
        caller = Caller(
            conversation_id=call.conversation_id,
            turn_id="",
            line_id=call.line_id,
            character_id=call.character_id,
        )
        spent = await flow.runtime.store.read(lambda tx: read_spent(tx, caller))
        assert [(it.cost, it.tokens) for it in (spent.conversation, spent.line, spent.day)] == [
            (EACH, 20)
        ] * 3


async def test_a_summary_is_in_the_ledger_too(tmp_path: Path) -> None:
    async with asking(tmp_path) as (flow, _):
        model = flow.runtime.models.get("openai:any")
        calls: list[ModelCall] = []
        with noting(calls):
            await model.summarise([ContextMessage("user", "quiero una tarta", 0.0)], "es")
        assert [(it.purpose, it.cost) for it in calls] == [("summary", EACH)]
