"""What goes out goes out once, or says why not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, update

from recado.channels.messages import InboundStatus
from recado.channels.whatsapp import WhatsAppChannel
from recado.conversations.model import Message
from recado.conversations.ownership import hand_back, take_over
from recado.errors import LeaseLost
from recado.inbound.intake import Intake
from recado.jobs import INBOUND, SEND, STATUSES, TURN, SendJob
from recado.queue.dead_letters import DeadLetters
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery
from recado.queue.worker import Defer
from recado.sending.deliver import Deliver
from recado.sending.rates import Rates
from recado.sending.settle import settle_by_hand
from recado.store import Tx, now
from recado.turns.turn import Turns
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour
from tests.support.payloads import Json, status, text_message, webhook
from tests.support.waiting import until

PERSON = "16505550001"


async def answered(flow: Flow, words: str = "hola", sender: str = PERSON) -> None:
    flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
    await flow.receive(text_message(words, sender=sender))


async def status_of(flow: Flow, position: int = 2) -> str:
    rows = await flow.messages(direction="outbound", position=position)
    return rows[0].status if rows else ""


async def until_status(flow: Flow, wanted: str, position: int = 2) -> None:
    async def is_so() -> bool:
        return await status_of(flow, position) == wanted

    await until(is_so)


async def test_a_provider_that_is_down_for_a_moment_gets_the_message_once(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(error=131057), Behaviour(error=131057))
        await answered(flow)
        await until_status(flow, "sent")
        assert len(flow.graph.received) == 1


async def test_a_message_that_the_provider_refuses_says_why_and_can_be_sent_again(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(error=131026))
        await answered(flow)
        await until_status(flow, "failed")
        await flow.quiet()
        (message,) = await flow.messages(direction="outbound")
        assert message.error["code"] == 131026
        letters = DeadLetters(flow.runtime.store, flow.runtime.queue)
        row = await flow.runtime.store.read(lambda tx: tx.first(select(DeadLetterRow.id)))
        assert row is not None
        await letters.replay(row.id)
        await until_status(flow, "sent")
        assert len(flow.graph.received) == 1


async def test_a_throttled_message_waits_and_is_not_lost(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(error=130429, retry_after="1"))
        await answered(flow)
        await until_status(flow, "sent")
        assert len(flow.graph.received) == 1


async def test_an_accepted_message_without_an_answer_is_unknown_until_its_status_comes(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True))
        await answered(flow)
        await until_status(flow, "unknown")
        (record,) = flow.graph.received
        echoed = status(
            record.id, "delivered", recipient=PERSON, callback_data=record.callback_data
        )
        await flow.receive(statuses=[echoed])
        await until_status(flow, "delivered")
        await flow.quiet()
        assert len(flow.graph.received) == 1
        (message,) = await flow.messages(direction="outbound")
        assert message.provider_message_id == record.id


async def test_an_unknown_message_goes_out_when_later_ones_are_confirmed_and_it_is_not(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="600") as flow:
        flow.graph.script(Behaviour(lose=True))
        await answered(flow)
        await until_status(flow, "unknown")
        assert flow.graph.received == []
        await answered(flow, sender="16505550002")
        await flow.until_sent(1)
        (later,) = flow.graph.received
        await flow.receive(statuses=[status(later.id, "sent", callback_data=later.callback_data)])
        await until(lambda: flow.write(the_grace_is_over))
        await flow.until_sent(2, hurried=True)
        await until_status_of_all(flow, {"sent"})


def the_grace_is_over(tx: Tx) -> bool:
    """Once a later message is confirmed: the unknown one has been so for long."""
    if tx.first(select(Message.id).where(Message.confirmed_at.is_not(None))) is None:
        return False
    long_ago = {"unknown_since": Message.unknown_since - 600}
    tx.execute(update(Message).where(Message.status == "unknown").values(long_ago))
    return True


async def until_status_of_all(flow: Flow, wanted: set[str]) -> None:
    async def are_so() -> bool:
        return {m.status for m in await flow.messages(direction="outbound")} == wanted

    await until(are_so)


async def test_without_evidence_a_person_decides(tmp_path: Path) -> None:
    async with running_flow(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="0.5") as flow:
        flow.graph.script(Behaviour(lose=True))
        await answered(flow)
        await until_status(flow, "unknown")
        await flow.quiet()
        assert await status_of(flow) == "unknown"
        (message,) = await flow.messages(direction="outbound")
        await flow.write(lambda tx: settle_by_hand(tx, message.id, arrived=False, actor="user:1"))
        await until_status(flow, "sent")
        assert len(flow.graph.received) == 1


async def test_replies_keep_their_order_while_one_of_them_is_unknown(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True))
        await answered(flow, "one")
        await until_status(flow, "unknown")
        await answered(flow, "two")
        await asyncio.sleep(0.3)
        assert len(flow.graph.received) == 1
        (record,) = flow.graph.received
        await flow.receive(
            statuses=[
                status(record.id, "sent", recipient=PERSON, callback_data=record.callback_data)
            ]
        )
        assert await flow.until_sent(2) == ["Answer to: one", "Answer to: two"]


async def test_a_process_that_died_after_the_call_does_not_send_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        await answered(flow)
        await flow.start_workers()
        await flow.until_sent(1)
        await flow.quiet()
        await flow.stop_workers()
        # What a crash leaves behind: the attempt is durable, its outcome is not.
        (message,) = await flow.messages(direction="outbound")
        queue = flow.runtime.queue

        def forget(tx: Tx) -> None:
            tx.execute(
                update(Message)
                .where(Message.id == message.id)
                .values(status="queued", provider_message_id=None, attempted_at=now())
            )
            queue.publish_in(tx, [SEND.job(message.conversation_id, SendJob(message.id))])

        await flow.write(forget)
        await flow.start_workers()
        await until_status(flow, "unknown")
        assert len(flow.graph.received) == 1


async def test_a_message_that_the_provider_took_and_failed_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True))
        await answered(flow)
        await until_status(flow, "unknown")
        (record,) = flow.graph.received
        failed = status(record.id, "failed", recipient=PERSON, callback_data=record.callback_data)
        await flow.receive(statuses=[failed])
        await until_status(flow, "failed")
        await flow.quiet()
        assert await status_of(flow) == "failed"
        assert len(flow.graph.received) == 1


@pytest.mark.parametrize("away", [Behaviour(error=133004), Behaviour(error=131057)])
async def test_a_reply_outlasts_an_outage_of_the_provider(tmp_path: Path, away: Behaviour) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        deliver, delivery = await last_try(flow)
        flow.graph.script(away)
        with pytest.raises(Defer) as deferred:
            await deliver.handle(delivery)
        assert deferred.value.seconds <= 60
        assert await status_of(flow) == "queued"
        await flow.runtime.queue.defer(delivery, 0)
        await flow.start_workers()
        await until_status(flow, "sent")
        assert len(flow.graph.received) == 1


async def test_a_reply_that_waited_for_a_day_is_put_aside_with_its_cause(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        deliver, delivery = await last_try(flow)
        delivery.published_at -= 25 * 3600
        flow.graph.script(Behaviour(error=131057))
        await deliver.handle(delivery)
        assert await status_of(flow) == "failed"
        assert await DeadLetters(flow.runtime.store, flow.runtime.queue).count_open() == 1


async def last_try(flow: Flow) -> tuple[Deliver, Delivery]:
    """A reply that waits to be sent, received as often as its queue allows."""
    await answered(flow)
    runtime = flow.runtime
    for spec, handle in (
        (INBOUND.spec, Intake(runtime).handle),
        (TURN.spec, Turns(runtime).handle),
    ):
        (job,) = await runtime.queue.receive(spec, 1, 5)
        await handle(job)
    (delivery,) = await runtime.queue.receive(SEND.spec, 1, 5)
    delivery.receives = SEND.spec.max_receives
    return Deliver(runtime, Rates(runtime.settings, runtime.channels)), delivery


async def test_a_receipt_counts_although_the_job_has_passed_to_another_worker(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        deliver, delivery = await last_try(flow)
        delivery.lease = "of a machine that slept"
        with pytest.raises(LeaseLost):
            await deliver.handle(delivery)
        assert await status_of(flow) == "sent"
        assert len(flow.graph.received) == 1


async def test_a_message_that_may_have_gone_out_stays_unknown_when_its_job_is_put_aside(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        deliver, delivery = await last_try(flow)

        def die_in_the_attempt(tx: Tx) -> None:
            tx.execute(
                update(Message).where(Message.direction == "outbound").values(attempted_at=now())
            )
            flow.runtime.queue.dead_letter_in(tx, delivery, "as planned")
            deliver.on_dead(tx, delivery, "as planned")

        await flow.write(die_in_the_attempt)
        assert await status_of(flow) == "unknown"
        letters = DeadLetters(flow.runtime.store, flow.runtime.queue)
        assert [step.replayed async for step in letters.replay_all()][-1] == 1
        await flow.start_workers()
        await asyncio.sleep(0.5)
        assert await status_of(flow) == "unknown"
        assert flow.graph.received == []


async def throttled(flow: Flow) -> None:
    """A reply that the provider takes only later."""
    flow.graph.script(Behaviour(error=130429, retry_after="600"))
    await answered(flow)

    await until(lambda: flow.graph.counts["refused"])
    await until(lambda: flow.messages(direction="outbound", status="queued", attempted_at=None))


async def forget_the_rest(flow: Flow) -> None:
    """That the line was told to take: who begins anew knows of none."""
    await flow.stop_workers()
    await flow.start_workers()


async def test_what_a_taken_back_reply_answered_is_answered_after_the_hand_back(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        await throttled(flow)
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        assert await status_of(flow) == "failed"
        await flow.write(lambda tx: hand_back(tx, conversation.id, actor="user:1"))
        await forget_the_rest(flow)
        assert await flow.until_sent(1, hurried=True) == ["Answer to: hola"]
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1


async def test_statuses_lead_upwards_only(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await answered(flow)
        await flow.until_sent(1)
        await flow.quiet()
        (record,) = flow.graph.received
        for word, expected in (
            ("read", "read"),
            ("delivered", "read"),
            ("sent", "read"),
            ("failed", "read"),
        ):
            await flow.receive(statuses=[status(record.id, word, recipient=PERSON)])
            await flow.quiet()
            assert await status_of(flow) == expected
        (message,) = await flow.messages(direction="outbound")
        assert message.delivered_at is not None


async def test_a_status_that_comes_before_our_own_record_is_kept(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.script(Behaviour(hang_seconds=1.0))
        await answered(flow)
        await until(lambda: flow.graph.received)
        (record,) = flow.graph.received
        await flow.receive(statuses=[status(record.id, "delivered", recipient=PERSON)])
        await until_status(flow, "delivered")
        await flow.quiet()
        assert await status_of(flow) == "delivered"


async def test_a_queued_reply_is_taken_back_when_a_person_takes_over(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await throttled(flow)
        conversation = await flow.conversation()
        await flow.write(lambda tx: take_over(tx, conversation.id, actor="user:1"))
        await until_status(flow, "failed")
        await forget_the_rest(flow)
        await flow.quiet(hurried=True)
        assert flow.graph.received == []
        (message,) = await flow.messages(direction="outbound")
        assert message.error["code"] == "dropped"


async def test_a_status_that_waits_in_our_own_queue_is_no_silence_of_the_provider(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path, RECADO_UNKNOWN_GRACE_SECONDS="1") as flow:
        flow.graph.script(Behaviour(drop=True))
        await answered(flow)
        await until_status(flow, "unknown")
        (record,) = flow.graph.received
        await answered(flow, sender="16505550002")
        await flow.until_sent(2)
        # The evidence has reached us, and nobody has read it: its lane is behind a stuck job.
        echoed = status(record.id, "sent", recipient=PERSON, callback_data=record.callback_data)
        stuck = STATUSES.job("stuck", parsed_status(echoed), delay_seconds=60)
        await flow.runtime.queue.publish([stuck])
        later = flow.graph.received[1]
        await flow.receive(statuses=[status(later.id, "sent", callback_data=later.callback_data)])
        await asyncio.sleep(3)
        assert await status_of(flow) == "unknown"
        assert len(flow.graph.received) == 2


def parsed_status(item: Json) -> InboundStatus:
    (parsed,) = WhatsAppChannel().parse(webhook(statuses=[item]))
    assert isinstance(parsed, InboundStatus)
    return parsed


async def test_replies_of_a_disabled_line_wait_until_it_is_enabled(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        lines = flow.runtime.lines
        line = next(line for line in await lines.all() if line.channel == "whatsapp")
        await lines.update(line.id, name=line.name, enabled=False)
        await answered(flow)
        await until_status(flow, "queued")
        await asyncio.sleep(0.5)
        assert flow.graph.received == []
        depth = (await flow.runtime.queue.depth())["send"]
        assert depth.waiting + depth.leased == 1  # it may just be looked at
