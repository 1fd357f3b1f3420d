"""What holds while several processes work on one PostgreSQL at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from recado.app.wiring import build_runtime, close_runtime
from recado.channels.messages import Identity, Sender
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.messages import queue_message
from recado.conversations.model import Conversation, Message
from recado.conversations.ownership import hand_back, take_over
from recado.errors import Conflict
from recado.inbound.intake import Intake
from recado.jobs import INBOUND, TURN
from recado.sending.settle import Settlement, judge_unknown, settle_by_hand
from recado.settings import load_settings
from recado.store import Tx
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.payloads import PHONE_NUMBER_ID, SECRET, text_message


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[Flow]:
    async with (
        postgresql_url() as url,
        running_flow(tmp_path, workers=False, DATABASE_URL=url) as flow,
    ):
        yield flow


class Slowly:
    """Runs transactions that stay open for a while after they have done their work."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._worked = asyncio.Event()

    def open(self, work: Callable[[Tx], Any]) -> asyncio.Task[Any]:
        def slow(tx: Tx) -> Any:
            result = work(tx)
            self._worked.set()
            tx.execute(text("SELECT pg_sleep(0.5)"))
            return result

        return asyncio.create_task(self._flow.write(slow))

    async def worked(self) -> None:
        await self._worked.wait()


async def test_replicas_start_at_the_same_moment_on_an_empty_database(tmp_path: Path) -> None:
    async with postgresql_url() as url:

        async def start(name: str) -> None:
            settings = load_settings(
                None,
                RECADO_DATA=str(tmp_path / name),
                DATABASE_URL=url,
                WHATSAPP_APP_SECRET=SECRET,
                WHATSAPP_PHONE_NUMBER_ID=PHONE_NUMBER_ID,
            )
            await close_runtime(await build_runtime(settings))

        await asyncio.gather(*(start(name) for name in ("a", "b", "c", "d")))


async def test_a_person_who_arrives_under_two_names_at_once_is_one_contact(flow: Flow) -> None:
    line = Line(id="line", channel="whatsapp", address="1", name="")
    phone, bsuid = Identity("phone", "16505550001"), Identity("bsuid", "US.1")
    slowly = Slowly(flow)
    first = slowly.open(
        lambda tx: find_or_add_contact(tx, line, Sender((bsuid, phone)), language="es")
    )
    await slowly.worked()
    second = await flow.write(
        lambda tx: find_or_add_contact(tx, line, Sender((phone,)), language="es")
    )
    assert second == await first


async def test_two_forms_of_a_number_that_arrive_at_once_are_one_contact(flow: Flow) -> None:
    line = Line(id="line", channel="whatsapp", address="1", name="")
    new, old = Identity("phone", "5592981723241"), Identity("phone", "559281723241")
    slowly = Slowly(flow)
    first = slowly.open(lambda tx: find_or_add_contact(tx, line, Sender((new,)), language="pt"))
    await slowly.worked()
    second = await flow.write(
        lambda tx: find_or_add_contact(tx, line, Sender((old,)), language="pt")
    )
    assert second == await first


async def take_in(flow: Flow, words: str) -> None:
    """Intake alone, as another replica would do it."""
    await flow.receive(text_message(words))
    (delivery,) = await flow.runtime.queue.receive(INBOUND.spec, 1, 5)
    await Intake(flow.runtime).handle(delivery)


async def test_a_message_that_comes_during_the_hand_back_is_answered(flow: Flow) -> None:
    runtime = flow.runtime
    await take_in(flow, "hola")
    conversation = await flow.conversation()

    def answered_by_a_person(tx: Tx) -> None:
        take_over(tx, conversation.id, actor="user:1")
        tx.execute(update(Conversation).values(answered_to=1))

    await flow.write(answered_by_a_person)
    (turn,) = await runtime.queue.receive(TURN.spec, 1, 5)
    await runtime.queue.ack(turn)
    slowly = Slowly(flow)
    handing_back = slowly.open(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
    await slowly.worked()
    await take_in(flow, "¿sigues ahí?")
    await handing_back
    assert "turn" in await runtime.queue.depth()


async def test_a_reply_that_is_just_being_queued_is_taken_back_too(flow: Flow) -> None:
    await take_in(flow, "hola")
    conversation = await flow.conversation()
    slowly = Slowly(flow)
    replying = slowly.open(
        lambda tx: queue_message(tx, conversation.id, author="assistant", text="Buenas")
    )
    await slowly.worked()
    await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
    await replying
    (reply,) = await flow.messages(direction="outbound")
    assert reply.status == "failed"


@pytest.mark.parametrize("by_hand", [True, False])
async def test_evidence_that_is_just_being_written_settles_an_unknown_message(
    flow: Flow, by_hand: bool
) -> None:
    await take_in(flow, "hola")
    conversation = await flow.conversation()

    def two_messages(tx: Tx) -> str:
        ids = [
            queue_message(tx, conversation.id, author="assistant", text=words)["id"]
            for words in ("unknown", "later")
        ]
        unknown = {"status": "unknown", "attempted_at": 1, "unknown_since": 2}
        tx.execute(update(Message).where(Message.id == ids[0]).values(unknown))
        later = {"status": "sent", "attempted_at": 2, "confirmed_at": 3}
        tx.execute(update(Message).where(Message.id == ids[1]).values(later))
        return str(ids[0])

    message_id = await flow.write(two_messages)
    slowly = Slowly(flow)
    delivered = update(Message).where(Message.id == message_id).values(status="delivered")
    evidence = slowly.open(lambda tx: tx.execute(delivered).rowcount)
    await slowly.worked()
    if by_hand:
        with pytest.raises(Conflict):
            await flow.write(
                lambda tx: settle_by_hand(tx, message_id, arrived=False, actor="user:1")
            )
    else:
        judged = await flow.write(lambda tx: judge_unknown(tx, message_id, grace_seconds=1))
        assert judged is Settlement.SETTLED
    await evidence
    (message,) = await flow.messages(id=message_id)
    assert message.status == "delivered"
