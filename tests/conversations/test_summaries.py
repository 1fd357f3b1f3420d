"""A conversation's summary is one row, extended with what came since, whatever happens then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from recado.assistant.port import Answer, ContextMessage, Question
from recado.assistant.writing.summaries import PIECE_MESSAGES, extend_summary, summary_consumer
from recado.conversations.messages import append_message
from recado.conversations.model import Contact, Message
from recado.conversations.summaries.keeping import SummaryView, drop_summaries, read_summary
from recado.conversations.summaries.model import ConversationSummary
from recado.errors import ModelUnavailable, NotFound
from recado.jobs import summary_job
from recado.maintenance.personal_data import erase, export_contact, find_contact
from recado.queue.port import Delivery
from recado.runtime import Runtime
from recado.store import Tx, now
from tests.support.conversations import add_conversation, add_line
from tests.support.runtime import make_runtime_on

WRITER = "openai:writer"


def named(number: int) -> str:
    return f"resumen {'abcdefgh'[number]}"


class Summariser:
    """A model that says what it was given, and may be held up meanwhile."""

    name = WRITER

    def __init__(self) -> None:
        self.given: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self.says = ""
        self.fails = False

    async def answer(self, question: Question) -> Answer:
        raise AssertionError("it is asked for summaries only")

    async def summarise(self, messages: Sequence[ContextMessage], language: str) -> str:
        number = len(self.given)
        self.given.append([it.content for it in messages])
        self.asked.set()
        await self.gate.wait()
        if self.fails:
            raise ModelUnavailable("The writer is away.")
        return self.says or named(number)

    async def close(self) -> None: ...


class Talk:
    def __init__(self, runtime: Runtime, model: Summariser, id: str) -> None:
        self.runtime = runtime
        self.model = model
        self.id = id

    async def say(self, *texts: str) -> None:
        def work(tx: Tx) -> None:
            for text in texts:
                said = {"direction": "inbound", "author": "contact", "type": "text", "text": text}
                append_message(tx, self.id, **said)

        await self.runtime.store.write(work)

    async def row(self) -> SummaryView | None:
        return await self.runtime.store.read(lambda tx: read_summary(tx, self.id))

    async def told(self) -> tuple[str, int, str]:
        row = await self.row()
        assert row is not None
        return row.text, row.covers_to, row.model

    async def job(self, **about: int) -> None:
        job = summary_job(self.id, **about)
        delivery = Delivery("1", job.queue, job.lane, job.body, 1, now(), "")
        await summary_consumer(self.runtime).handle(delivery)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with make_runtime_on(request.param, tmp_path) as runtime:
        model = Summariser()
        runtime.settings.model = WRITER
        runtime.models.use(WRITER, model)
        id = await runtime.store.write(lambda tx: add_conversation(tx, add_line(tx)))
        yield Talk(runtime, model, id)


async def test_it_is_extended_with_what_came_since_and_not_made_anew(talk: Talk) -> None:
    await talk.say("quiero una tarta", "para el sábado")
    await talk.job()
    assert await talk.told() == ("resumen a", 2, WRITER)
    await talk.say("de chocolate")
    await talk.job()
    assert await talk.told() == ("resumen b", 3, WRITER)
    assert talk.model.given == [
        ["quiero una tarta", "para el sábado"],
        ["resumen a", "de chocolate"],
    ]
    row = await talk.row()
    assert row is not None
    assert (row.extended, row.language) == (1, "es")


async def test_a_job_that_comes_twice_asks_once(talk: Talk) -> None:
    await talk.say("hola", "quiero una tarta")
    for _ in range(2):
        await talk.job(to=1)
    assert await talk.told() == ("resumen a", 1, WRITER)
    for _ in range(2):
        await talk.job()
    assert len(talk.model.given) == 2


async def test_two_at_once_leave_one_summary_of_every_message(talk: Talk) -> None:
    """As two machines do it, or a job and a person who asks."""
    await talk.say("uno", "dos")
    await talk.job()
    await talk.say("tres")
    talk.model.gate.clear()
    both = [asyncio.create_task(extend_summary(talk.runtime, talk.id)) for _ in range(2)]
    while len(talk.model.given) < 3:
        await asyncio.sleep(0.01)
    await talk.say("cuatro")
    talk.model.gate.set()
    await asyncio.gather(*both)
    await talk.job()
    row = await talk.row()
    assert row is not None
    assert row.covers_to == 4
    told = row.text
    while "resumen" in told:  # back to its first piece
        for number, given in enumerate(talk.model.given):
            told = told.replace(named(number), " ".join(given))
    assert told == "uno dos tres cuatro"


async def test_a_long_talk_is_taken_in_pieces_and_no_message_is_left_out(talk: Talk) -> None:
    texts = [f"mensaje {number}" for number in range(2 * PIECE_MESSAGES + 7)]
    await talk.say(*texts)
    await talk.job()
    read = [it for given in talk.model.given for it in given if it.startswith("mensaje")]
    assert read == texts
    assert len(talk.model.given) == 3
    assert (await talk.told())[1] == len(texts)


async def test_who_is_erased_meanwhile_leaves_no_summary(talk: Talk) -> None:
    await talk.say("me llamo Marta")
    talk.model.gate.clear()
    job = asyncio.create_task(talk.job())
    await talk.model.asked.wait()
    contact = await talk.runtime.store.read(lambda tx: tx.scalar(select(Contact.id)))
    await erase(talk.runtime, contact, actor="test")
    talk.model.gate.set()
    await job
    count = select(func.count()).select_from(ConversationSummary)
    assert await talk.runtime.store.read(lambda tx: tx.scalar(count)) == 0
    with pytest.raises(NotFound):
        await extend_summary(talk.runtime, talk.id)


async def test_what_is_taken_back_meanwhile_stands_in_no_summary(talk: Talk) -> None:
    await talk.say("mi clave es rosa", "quiero una tarta")
    talk.model.gate.clear()
    job = asyncio.create_task(talk.job())
    await talk.model.asked.wait()

    def take_back(tx: Tx) -> None:
        tx.execute(update(Message).where(Message.position == 1).values(revoked_at=now()))
        drop_summaries(tx, [talk.id], told_of=1)

    await talk.runtime.store.write(take_back)
    talk.model.gate.set()
    await job
    assert talk.model.given == [["mi clave es rosa", "quiero una tarta"], ["quiero una tarta"]]
    assert await talk.told() == ("resumen b", 2, WRITER)


async def test_without_a_model_it_is_in_the_customers_words(talk: Talk) -> None:
    await talk.say("me llamo Marta y quiero una tarta", "para el 14 de mayo")
    talk.model.fails = True
    await talk.job()
    text, _, model = await talk.told()
    assert "Marta" in text
    assert "14 de mayo" in text
    assert model == "embedded"


async def test_a_summary_with_a_price_that_nobody_said_is_not_kept(talk: Talk) -> None:
    await talk.say("¿cuánto cuesta la tarta de 20 personas?")
    talk.model.says = "Pregunta por la tarta de 20 personas, que cuesta 45 €."
    await talk.job()
    text, _, model = await talk.told()
    assert "45" not in text
    assert "20" in text
    assert model == "embedded"
    await talk.say("somos 20")
    talk.model.says = "Pregunta el precio de la tarta de 20 personas."
    await talk.job()
    assert await talk.told() == (talk.model.says, 2, WRITER)


async def test_where_nothing_was_said_there_is_none(talk: Talk) -> None:
    assert await extend_summary(talk.runtime, talk.id) is None
    assert talk.model.given == []


async def test_it_is_part_of_what_a_person_is_given_and_goes_with_them(talk: Talk) -> None:
    await talk.say("me llamo Marta")
    await talk.job()
    contact = await talk.runtime.store.read(lambda tx: tx.scalar(select(Contact.id)))
    told = await talk.runtime.store.read(lambda tx: export_contact(tx, find_contact(tx, contact)))
    assert [it["text"] for it in told["summaries"]] == ["resumen a"]
    removed = await erase(talk.runtime, contact, actor="test")
    assert removed["summaries"] == 1
    assert await talk.row() is None
