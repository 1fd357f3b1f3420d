"""A photo, a document or a voice note is read, and the answer uses it: on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from recado.conversations.ownership import turn_job
from recado.errors import FileRefused
from recado.media.reading.port import FileReader, Piece
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message
from tests.support.readers import ScriptedReader, read_by, send_pdf, send_photo, send_voice
from tests.support.waiting import until

BILL = Piece(
    "Café del Puerto\n2 Medialunas 1.800,00\nSubtotal 4.300,00\nTOTAL $ 5.203,00",
    page=2,
    confidence=0.93,
)
PRICES = Piece("| Servicio | Precio |\n|---|---|\n| Tintura | 35.000 |", "table", page=1)


@asynccontextmanager
async def waiting_flow(
    tmp_path: Path, store_url: str, *readers: FileReader, seconds: str = "30"
) -> AsyncIterator[Flow]:
    """Turns wait so long for files, which are read by these."""
    url = "" if store_url == "sqlite" else store_url
    wait = {"RECADO_FILE_WAIT_SECONDS": seconds, "DATABASE_URL": url}
    async with running_flow(tmp_path, plan=None, workers=True, **wait) as flow:
        read_by(flow, *((reader.name, (reader,)) for reader in readers))
        yield flow


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if request.param == "postgresql":
        async with postgresql_url() as url:
            yield url
    else:
        yield "sqlite"


def held(*found: Piece) -> ScriptedReader:
    """A reader that waits until it is let go."""
    reader = ScriptedReader("ocr", *found)
    reader.gate = asyncio.Event()
    return reader


async def being_read(reader: ScriptedReader, count: int = 1) -> None:
    async with asyncio.timeout(60):
        while len(reader.read_ids) < count:
            await asyncio.sleep(0.01)


def let_go(reader: ScriptedReader) -> None:
    assert reader.gate is not None
    reader.gate.set()


async def test_what_a_voice_note_asks_is_answered(tmp_path: Path, store_url: str) -> None:
    heard = ScriptedReader("whisper", Piece("¿A qué hora abren el sábado?", "transcript"))
    async with waiting_flow(tmp_path, store_url, heard) as flow:
        await send_voice(flow)
        (answer,) = await flow.until_sent(1)
        assert "9:00" in answer
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1


async def test_the_total_of_a_bill_is_told_with_where_it_stands(
    tmp_path: Path, store_url: str
) -> None:
    async with waiting_flow(tmp_path, store_url, ScriptedReader("documents", BILL)) as flow:
        await send_pdf(flow, caption="¿Cuánto es el total?")
        (answer,) = await flow.until_sent(1)
        assert "5.203,00" in answer
        assert "página 2" in answer
        assert "Subtotal" not in answer


async def test_it_may_be_asked_right_after_the_file(tmp_path: Path, store_url: str) -> None:
    async with waiting_flow(tmp_path, store_url, ScriptedReader("ocr", PRICES)) as flow:
        await send_photo(flow)
        await flow.until_sent(1)
        await flow.receive(text_message("¿Cuánto sale la tintura?", id="wamid.after"))
        answer = (await flow.until_sent(2))[1]
        assert "35.000" in answer


async def test_a_turn_waits_for_the_file_before_it_and_answers_once(
    tmp_path: Path, store_url: str
) -> None:
    reader = held(BILL)
    async with waiting_flow(tmp_path, store_url, reader) as flow:
        await send_photo(flow)
        await flow.receive(text_message("¿Cuánto es el total?", id="wamid.asked"))
        await being_read(reader)
        assert flow.sent == []
        let_go(reader)
        (answer,) = await flow.until_sent(1)
        assert "5.203,00" in answer
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1


async def test_the_photos_of_an_album_have_one_answer(tmp_path: Path, store_url: str) -> None:
    reader = held(BILL)
    async with waiting_flow(tmp_path, store_url, reader) as flow:
        for number in range(4):
            await send_photo(flow, f"10{number}", id=f"wamid.{number}")
        await being_read(reader, 4)
        let_go(reader)
        await flow.until_sent(1)
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1
        assert "foto" in flow.sent[0]


async def test_after_the_wait_what_was_written_is_answered_with_what_there_is(
    tmp_path: Path, store_url: str
) -> None:
    reader = held(BILL)
    async with waiting_flow(tmp_path, store_url, reader, seconds="0.3") as flow:
        await send_photo(flow, caption="¿A qué hora abren el sábado?")
        (answer,) = await flow.until_sent(1)
        assert "5.203" not in answer
        let_go(reader)
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 1, "what comes later is shown on the desk, and is no second answer"


async def test_who_sent_only_a_file_that_takes_long_hears_so_and_has_one_answer_when_it_is_read(
    tmp_path: Path, store_url: str
) -> None:
    reader = held(Piece("¿A qué hora abren el sábado?", "transcript"))
    async with waiting_flow(tmp_path, store_url, reader, seconds="0.3") as flow:
        await send_voice(flow)
        (told,) = await flow.until_sent(1)
        assert "un momento" in told
        let_go(reader)
        answer = (await flow.until_sent(2))[1]
        assert "9:00" in answer
        await flow.quiet(hurried=True)
        assert len(flow.sent) == 2


async def test_who_was_told_of_one_file_does_not_wait_for_ever_for_the_next(
    tmp_path: Path, store_url: str
) -> None:
    reader = held(BILL)
    async with waiting_flow(tmp_path, store_url, reader, seconds="0.3") as flow:
        await send_photo(flow, "101", id="wamid.1")
        await flow.until_sent(1)
        await send_photo(flow, "102", id="wamid.2")
        await being_read(reader, 2)
        first, second = (it.media_id for it in await flow.messages(direction="inbound"))
        done = text("UPDATE media SET reading = 'done' WHERE id = :id")
        await flow.write(lambda tx: tx.execute(done, {"id": first}))
        waits = text("SELECT count(*) FROM job WHERE queue = 'wake' AND lane LIKE :lane")

        async def is_woken() -> bool:
            await flow.runtime.queue.publish([turn_job((await flow.conversation()).id)])
            like = {"lane": f"%:{second}:late"}
            return bool(await flow.runtime.store.read(lambda tx: tx.scalar(waits, like)))

        await until(is_woken)
        assert len(flow.sent) == 1
        let_go(reader)


async def test_where_nobody_reads_photos_the_contact_is_told_once_what_can_be_done(
    tmp_path: Path, store_url: str
) -> None:
    async with waiting_flow(tmp_path, store_url) as flow:
        await send_photo(flow, "101", id="wamid.1")
        (told,) = await flow.until_sent(1)
        assert "por escrito" in told
        assert "persona" in told
        await send_photo(flow, "102", id="wamid.2")
        await send_photo(flow, "103", id="wamid.3")
        await flow.quiet(hurried=True)
        assert sum("por escrito" in text for text in flow.sent) == 1
        assert (await flow.conversation()).state == "waiting"


async def test_a_photo_that_cannot_be_read_does_not_keep_its_turn_waiting(
    tmp_path: Path, store_url: str
) -> None:
    reader = ScriptedReader("ocr")
    reader.errors = [FileRefused("It is damaged.")]
    async with waiting_flow(tmp_path, store_url, reader, seconds="300") as flow:
        await send_photo(flow)
        (told,) = await flow.until_sent(1)
        assert "por escrito" in told


async def test_a_file_that_cannot_be_fetched_does_not_keep_its_turn_waiting(
    tmp_path: Path, store_url: str
) -> None:
    async with waiting_flow(
        tmp_path, store_url, ScriptedReader("ocr", BILL), seconds="300"
    ) as flow:
        flow.graph.media_links["1013859600285441"] = "https://169.254.169.254/latest/meta-data"
        await send_photo(flow)
        (told,) = await flow.until_sent(1)
        assert "por escrito" in told


async def test_a_person_who_takes_over_meanwhile_is_not_talked_over(
    tmp_path: Path, store_url: str
) -> None:
    reader = held(BILL)
    async with waiting_flow(tmp_path, store_url, reader) as flow:
        await send_photo(flow)
        await being_read(reader)
        await flow.write(lambda tx: tx.execute(text("UPDATE conversation SET state = 'human'")))
        let_go(reader)
        await flow.quiet(hurried=True)
        assert flow.sent == []
