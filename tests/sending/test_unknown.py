"""A message of unknown fate: never sent twice, and nobody waits long behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from recado.app.probes import breakers
from recado.channels.messages import OutboundMessage, SendReceipt
from recado.channels.port import Line
from recado.channels.whatsapp import WhatsAppChannel
from recado.conversations.messages import queue_message
from recado.conversations.model import Message
from recado.jobs import SEND, SendJob
from recado.queue.dead_letters import DeadLetters
from recado.sending.left import settle_left
from recado.sending.rates import PROBE_SECONDS, Troubles
from recado.sending.resend import own_lane
from recado.store import Tx, now
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.graph import Behaviour, Received
from tests.support.payloads import Json, status, text_message
from tests.support.waiting import until

PERSON = "16505550001"
OTHER = "16505550002"
GRACE = 120.0
ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]
#: Answers after which nobody can tell, with and without the message being taken.
DOUBTS = {
    "bad JSON": Behaviour(status=200, body="bad json"),
    "a gateway's page": Behaviour(status=502, body="<html>"),
    "Meta's own fault": Behaviour(error=131000),
    "taken, no answer": Behaviour(drop=True),
    "lost, no answer": Behaviour(lose=True),
    "a proxy's 403": Behaviour(status=403, body="<html>denied</html>"),
}


@asynccontextmanager
async def running(data: Path, engine: str = "sqlite", **settings: Any) -> AsyncIterator[Flow]:
    if engine == "postgresql":
        async with postgresql_url() as url, running(data, DATABASE_URL=url, **settings) as flow:
            yield flow
        return
    async with running_flow(data, **settings) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, ScriptedModel())
        yield flow


async def say(flow: Flow, words: str, sender: str = PERSON) -> None:
    await flow.receive(text_message(words, sender=sender))


async def replies(flow: Flow) -> dict[str, Any]:
    return {row.text: row for row in await flow.messages(direction="outbound")}


async def until_it_is(flow: Flow, words: str, wanted: str) -> Any:
    async def found() -> Any:
        row = (await replies(flow)).get(f"Answer to: {words}")
        return row if row is not None and row.status == wanted else None

    return await until(found)


def told(record: Received, word: str = "sent") -> Json:
    return status(record.id, word, recipient=record.to, callback_data=record.callback_data)


def of(flow: Flow, words: str) -> Received:
    (record,) = [it for it in flow.graph.received if it.body["text"]["body"].endswith(words)]
    return record


async def confirm(flow: Flow, *records: Received) -> None:
    await flow.receive(statuses=[told(record) for record in records])

    async def confirmed() -> bool:
        rows = {row.id: row for row in await flow.messages(direction="outbound")}
        return all(rows[record.callback_data].confirmed_at for record in records)

    await until(confirmed)


async def long_ago(flow: Flow, *columns: str, seconds: float = 2 * GRACE) -> None:
    """What happened so far, happened that much earlier."""

    def work(tx: Tx) -> None:
        names = columns or ("attempted_at", "unknown_since", "confirmed_at")
        values = {name: getattr(Message, name) - seconds for name in names}
        tx.execute(update(Message).where(Message.direction == "outbound").values(values))

    await flow.write(work)


async def letters(flow: Flow) -> int:
    return await DeadLetters(flow.runtime.store, flow.runtime.queue).count_open()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
async def test_the_next_question_is_answered_although_nobody_knows_of_the_last_answer(
    tmp_path: Path, doubt: Behaviour, engine: str
) -> None:
    async with running(tmp_path, engine) as flow:
        flow.graph.script(doubt)
        await say(flow, "uno")
        await until_it_is(flow, "uno", "unknown")
        await say(flow, "dos")
        await until_it_is(flow, "dos", "sent")
        # It keeps its place and its state, and is not sent again blindly.
        first, second = (await replies(flow)).values()
        assert (first.status, second.status) == ("unknown", "sent")
        assert first.position < second.position
        assert len([it for it in flow.sent if it.endswith("uno")]) == (1 if doubt.drop else 0)


async def test_several_answers_of_unknown_fate_keep_nobody_waiting(tmp_path: Path) -> None:
    async with running(tmp_path) as flow:
        flow.graph.script(Behaviour(status=500, body="", times=4))
        for number in range(4):
            await say(flow, f"n{number}")
            # Asked before this one is answered, the next would be answered with it, in one turn.
            await until_it_is(flow, f"n{number}", "unknown")
        await say(flow, "n4")
        await until_it_is(flow, "n4", "sent")
        assert [row.status for row in (await replies(flow)).values()] == ["unknown"] * 4 + ["sent"]
        assert flow.sent == ["Answer to: n4"]


async def test_a_status_that_comes_late_settles_it_and_it_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True))
        await say(flow, "uno")
        await until_it_is(flow, "uno", "unknown")
        await say(flow, "dos")
        await until_it_is(flow, "dos", "sent")
        await confirm(flow, of(flow, "uno"), of(flow, "dos"))
        await flow.quiet(hurried=True)
        await long_ago(flow)
        assert await settle_left(flow.runtime) == 0
        assert flow.sent == ["Answer to: uno", "Answer to: dos"]
        assert {row.status for row in (await replies(flow)).values()} == {"sent"}


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_was_not_sent_goes_late_and_says_what_it_answers(
    tmp_path: Path, engine: str
) -> None:
    async with running(tmp_path, engine) as flow:
        flow.graph.script(Behaviour(lose=True))
        question = text_message("uno", sender=PERSON)
        await flow.receive(question)
        await until_it_is(flow, "uno", "unknown")
        await say(flow, "dos")
        await until_it_is(flow, "dos", "sent")
        await confirm(flow, of(flow, "dos"))
        await long_ago(flow, "unknown_since")
        assert await flow.until_sent(2, hurried=True) == ["Answer to: dos", "Answer to: uno"]
        await until_it_is(flow, "uno", "sent")
        assert of(flow, "uno").body["context"] == {"message_id": question["id"]}
        assert "context" not in of(flow, "dos").body


async def test_the_rest_of_an_answer_keeps_its_order_until_the_person_writes_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as flow:
        await say(flow, "hola")
        await until_it_is(flow, "hola", "sent")
        conversation = await flow.conversation()

        def two_parts(tx: Tx) -> None:
            for words in ("one", "two"):
                values = {"author": "assistant", "text": words, "turn_id": "a turn"}
                queue_message(tx, conversation.id, **values)

        flow.graph.script(Behaviour(lose=True))
        await flow.write(two_parts)
        await until(lambda: flow.messages(text="one", status="unknown"))
        await long_ago(flow, "attempted_at", "unknown_since", seconds=30)
        await asyncio.sleep(2.5)
        assert flow.sent == ["Answer to: hola"]
        await say(flow, "¿y?")
        assert await flow.until_sent(3) == ["Answer to: hola", "two", "Answer to: ¿y?"]


@pytest.mark.parametrize("engine", ENGINES)
async def test_two_jobs_of_a_message_that_was_not_sent_send_it_once(
    tmp_path: Path, engine: str
) -> None:
    """A process that dies as it steps aside may leave a job in both lanes where the engine is not
    in the database."""
    async with running(tmp_path, engine) as flow:
        flow.graph.script(Behaviour(lose=True))
        await say(flow, "uno")
        first = await until_it_is(flow, "uno", "unknown")
        lanes = [first.conversation_id, own_lane(first.id), own_lane(first.id)]
        await flow.runtime.queue.publish([SEND.job(lane, SendJob(first.id)) for lane in lanes])
        await say(flow, "otra", OTHER)
        await until_it_is(flow, "otra", "sent")
        await confirm(flow, of(flow, "otra"))
        await long_ago(flow, "unknown_since")
        await until_it_is(flow, "uno", "sent")
        await flow.quiet(hurried=True)
        assert sorted(flow.sent) == ["Answer to: otra", "Answer to: uno"]


class SameId(WhatsAppChannel):
    """A provider that answers every message with one and the same id."""

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        await super().send(line, message)
        return SendReceipt("wamid.same")


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_answer_with_an_id_that_we_have_is_no_receipt_and_breaks_nothing(
    tmp_path: Path, engine: str
) -> None:
    async with running(tmp_path, engine, RECADO_UNKNOWN_GRACE_SECONDS="0.4") as flow:
        flow.runtime.channels["whatsapp"] = channel = SameId(api_url=flow.graph.url)
        await say(flow, "uno")
        await until_it_is(flow, "uno", "sent")
        await say(flow, "dos")
        second = await until_it_is(flow, "dos", "unknown")
        assert "id of another message" in second.error["detail"]
        # Its evidence names the other's id, too.
        about = {"recipient": PERSON, "callback_data": second.id}
        await flow.receive(statuses=[status("wamid.same", "delivered", **about)])
        await until_it_is(flow, "dos", "delivered")
        await flow.quiet(hurried=True)
        assert (await replies(flow))["Answer to: uno"].status == "sent"
        assert await letters(flow) == 0
        assert len(flow.graph.received) == 2
        await channel.close()


async def test_after_an_outage_what_was_asked_in_vain_goes_out_once_and_nothing_twice(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, RECADO_BREAKER_SECONDS="1") as flow:
        await say(flow, "antes", "16505559999")
        await until_it_is(flow, "antes", "sent")
        flow.graph.script(Behaviour(error=131016, times=3), Behaviour(status=503, body="", times=4))
        for number in range(9):
            await say(flow, f"n{number}", f"1650555{number:04}")

        async def answered() -> bool:
            rows = (await replies(flow)).values()
            return [row.status for row in rows].count("queued") == 0 and len(rows) == 10

        await until(answered)
        assert flow.graph.stats()["refused"] == 7
        await say(flow, "después", "16505559998")
        await until_it_is(flow, "después", "sent")
        # Nothing was confirmed within the grace, and the jobs are over.
        await long_ago(flow)
        await flow.quiet(hurried=True)
        unknown = [row for row in (await replies(flow)).values() if row.status == "unknown"]
        assert len(unknown) == 7
        assert await settle_left(flow.runtime) == 0  # no evidence, no sending
        await confirm(flow, *flow.graph.received)
        await long_ago(flow, "confirmed_at", seconds=1.5 * GRACE)
        while await settle_left(flow.runtime):
            await flow.quiet(hurried=True)
            await confirm(flow, *flow.graph.received)
            await long_ago(flow, "confirmed_at", seconds=1.5 * GRACE)
        assert {row.status for row in (await replies(flow)).values()} == {"sent"}
        assert sorted(flow.sent) == sorted(await replies(flow))
        assert "open" not in breakers(flow.runtime).values()


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [
        (True, True, True),
        (None, True, True),
        (False, True, False),  # nothing was named before it: the webhooks may have been off
        (True, False, False),  # the one right after it is not confirmed either
        (True, None, False),
        (None, None, False),
    ],
)
async def test_what_was_left_goes_only_between_two_that_the_provider_named(
    tmp_path: Path, before: bool | None, after: bool | None, goes: bool
) -> None:
    async with running_flow(tmp_path, workers=False) as flow:
        await say(flow, "hola")
        await flow.start_workers()
        await flow.until_sent(1)
        await flow.quiet()
        await flow.stop_workers()
        conversation, long = await flow.conversation(), now() - 1000

        def history(tx: Tx) -> str:
            tx.execute(update(Message).values(provider_message_id=None))
            unknown = ""
            told: Sequence[tuple[str, bool | None]] = (
                ("before", before),
                ("unknown", None),
                ("after", after),
                ("much later", True if goes else None),
            )
            for number, (words, confirmed) in enumerate(told):
                if confirmed is None and words != "unknown":
                    continue
                id = queue_message(tx, conversation.id, author="agent", text=words)["id"]
                values: dict[str, Any] = {"attempted_at": long + number}
                if words == "unknown":
                    unknown = id
                    values |= {"status": "unknown", "unknown_since": long + number}
                else:
                    values |= {"status": "sent", "provider_message_id": words}
                    values |= {"confirmed_at": long + 10 + number if confirmed else None}
                tx.execute(update(Message).where(Message.id == id).values(values))
            return unknown

        id = await flow.write(history)
        assert await settle_left(flow.runtime) == (1 if goes else 0)
        row = await flow.runtime.store.read(
            lambda tx: tx.first(select(Message.status).where(Message.id == id))
        )
        assert row is not None
        assert row.status == ("queued" if goes else "unknown")


def test_the_try_of_a_line_in_trouble_is_used_up_only_by_a_message_that_tries() -> None:
    clock = [100.0]
    line = Line("1", "whatsapp", "2", "", {"access_token": "old"})
    troubles = Troubles(lambda: clock[0])
    troubles._stuck[line.id] = (clock[0] + PROBE_SECONDS, dict(line.credentials))
    assert troubles.wait_seconds(line) > 0
    line.credentials["access_token"] = "new"
    assert troubles.wait_seconds(line) == 0
    assert troubles.wait_seconds(line) > 0  # one tries, the others wait for its outcome
    troubles.not_tried(line.id)
    assert troubles.wait_seconds(line) == 0  # it did not: the next one may


async def test_a_renewed_token_helps_at_once_although_an_unknown_message_stands_on_the_line(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as flow:
        flow.graph.script(Behaviour(drop=True, to=PERSON), Behaviour(error=190, to=OTHER))
        await say(flow, "uno")
        await until_it_is(flow, "uno", "unknown")
        await say(flow, "otra", OTHER)

        await until(lambda: flow.graph.counts["refused"])
        await say(flow, "dos")  # behind the unknown one
        (line,) = [it for it in await flow.runtime.lines.all() if it.channel == "whatsapp"]
        line.credentials.update(access_token="a new token")
        sent = await flow.until_sent(3, hurried=True)
        assert sorted(sent) == ["Answer to: dos", "Answer to: otra", "Answer to: uno"]
        assert (await replies(flow))["Answer to: uno"].status == "unknown"
