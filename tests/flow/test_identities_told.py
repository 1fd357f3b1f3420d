"""What the answers to our messages tell of who somebody is, on the whole way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from recado.conversations.model import Contact, Conversation
from recado.queue.model import DeadLetterRow
from tests.support.engines import broker_url, postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.payloads import contact_of, message_of, text_message, webhook


@pytest.fixture(params=["sqlite", "postgresql beside a broker"])
async def flow(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Flow]:
    if request.param == "sqlite":
        async with running_flow(tmp_path) as flow:
            yield flow
        return
    async with (
        postgresql_url() as database,
        broker_url("nats") as broker,
        running_flow(tmp_path, DATABASE_URL=database, RECADO_QUEUE_URL=broker) as flow,
    ):
        yield flow


async def people(flow: Flow) -> tuple[int, int]:
    def work(tx: object) -> tuple[int, int]:
        return len(tx.all(select(Contact.id))), len(tx.all(select(Conversation.id)))  # type: ignore[attr-defined]

    return await flow.runtime.store.read(work)


async def test_the_answer_to_a_send_tells_the_user_id(flow: Flow) -> None:
    flow.graph.user_ids["573000003801"] = "US.NEW"
    await flow.receive(text_message("buenas", sender="573000003801"))
    await flow.until_sent(1)
    await flow.quiet()
    await flow.receive(text_message("hola", sender=None, user_id="US.NEW"))
    await flow.until_sent(2)
    await flow.quiet()
    assert await people(flow) == (1, 1)


@pytest.mark.parametrize("first", ["message", "notice"])
@pytest.mark.parametrize("form", ["user id", "number"])
async def test_a_batch_with_a_message_and_its_senders_change_is_one_person(
    tmp_path: Path, first: str, form: str
) -> None:
    async with running_flow(tmp_path) as flow:
        old, new = {"user_id": "US.OLD"}, {"user_id": "US.NEW"}
        told = {"type": "user_changed_user_id", "previous_user_id": "US.OLD", "user_id": "US.NEW"}
        if form == "number":
            old, new = {"sender": "16505551234"}, {"sender": "12195555358"}
            told = {"type": "user_changed_number", "wa_id": "12195555358"}
        await flow.receive(text_message("before", **{"sender": None, **old}))
        await flow.until_sent(1)
        await flow.quiet()
        said = text_message("after", **{"sender": None, **new}, id="wamid.after")
        notice = message_of("system", told, sender=old.get("sender"))
        batch = [said, notice] if first == "message" else [notice, said]
        body = webhook(batch, contacts=[contact_of(said, "Ana")])
        await asyncio.gather(flow.post(body), flow.post(body))
        await flow.until_sent(2)
        await flow.quiet()
        assert await people(flow) == (1, 1)
        texts = [row.text for row in await flow.messages(direction="inbound") if row.text]
        assert texts == ["before", "after"]
        assert len(flow.sent) == 2
        dead = select(DeadLetterRow.cause)
        assert not await flow.runtime.store.read(lambda tx: tx.all(dead))
