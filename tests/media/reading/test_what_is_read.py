"""A file that came is read, once by whom it needs, and its message says what stands in it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, delete, select, update

from recado.errors import FileRefused, NotFound, ReadingFailed
from recado.events import MediaProcessed
from recado.jobs import READING_PICTURES, ReadingJob
from recado.maintenance.personal_data import erase, export_contact, find_contact
from recado.media.model import Media
from recado.media.reading.jobs import BIG_BYTES, ReadingWork, try_again
from recado.media.reading.model import MediaReading
from recado.media.reading.port import Piece
from recado.queue.model import DeadLetterRow
from recado.queue.port import Delivery
from recado.queue.worker import Defer
from recado.store import Tx, now
from tests.support.flow import Flow, running_flow
from tests.support.readers import ScriptedReader, read_by, send_pdf, send_photo, send_voice
from tests.support.waiting import until


async def the_file(flow: Flow) -> Row[Any]:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(Media.__table__)))
    assert len(rows) == 1
    return rows[0]


async def steps_of(flow: Flow) -> dict[str, Row[Any]]:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(MediaReading.__table__)))
    return {row.step: row for row in rows}


async def test_a_photos_text_stands_with_its_file(tmp_path: Path) -> None:
    reader = ScriptedReader("ocr", Piece("Medialunas $ 900", confidence=0.82), language="es")
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (reader,)))
        await send_photo(flow)
        await flow.quiet()
        file = await the_file(flow)
        assert (file.reading, file.text) == ("done", "Medialunas $ 900")
        assert file.analysis["readers"] == {"text": "ocr"}
        assert (file.analysis["language"], file.analysis["confidence"]) == ("es", 0.82)
        assert reader.read_ids == [file.id]


async def test_what_it_shows_and_its_codes_are_kept_apart_from_its_words(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(
            flow,
            ("codes", (ScriptedReader("codes", Piece("https://afip.example/1", "code")),)),
            ("text", (ScriptedReader("ocr", "TOTAL 1.210"),)),
            ("description", (ScriptedReader("vision", Piece("A bill.", "description")),)),
        )
        await send_photo(flow)
        await flow.quiet()
        file = await the_file(flow)
        assert file.text == "https://afip.example/1\n\nTOTAL 1.210"
        assert file.description == "A bill."
        assert file.analysis["codes"] == ["https://afip.example/1"]


async def test_the_next_reader_stands_in_where_one_fails_and_where_one_finds_nothing(
    tmp_path: Path,
) -> None:
    failing, empty, last = ScriptedReader("a"), ScriptedReader("b"), ScriptedReader("c", "Total 5")
    failing.errors = [FileRefused("Too many pages.")]
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("document", (failing, empty, last)))
        await send_pdf(flow)
        await flow.quiet()
        step = (await steps_of(flow))["document"]
        assert (step.state, step.reader) == ("done", "c")
        assert step.passed == {"a": "Too many pages.", "b": ""}
        assert (await the_file(flow)).text == "Total 5"


async def test_a_reader_that_fails_is_tried_again_and_no_other_is_asked(tmp_path: Path) -> None:
    first, second = ScriptedReader("a", "Total 5"), ScriptedReader("b", "no")
    first.errors = [ReadingFailed("Busy.")] * 2
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (first, second)))
        await send_photo(flow)
        await flow.quiet(hurried=True)
        assert (len(first.read_ids), second.read_ids) == (3, [])
        assert (await the_file(flow)).text == "Total 5"


async def test_after_three_failures_it_is_told_why_and_a_person_may_try_again(
    tmp_path: Path,
) -> None:
    done = ScriptedReader("codes", Piece("7790001", "code"))
    reader = ScriptedReader("ocr", "Total 5")
    reader.errors = [ReadingFailed("The service is away.")] * 3
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("codes", (done,)), ("text", (reader,)))
        await send_photo(flow)
        await flow.quiet(hurried=True)
        file = await the_file(flow)
        assert (file.reading, file.text) == ("failed", "7790001")
        assert file.analysis["failed"] == {"text": "The service is away."}
        await flow.write(lambda tx: try_again(tx, file.message_id))
        await flow.quiet(hurried=True)
        file = await the_file(flow)
        assert (file.reading, file.text) == ("done", "7790001\n\nTotal 5")
        assert len(done.read_ids) == 1, "what was read is not read again"


async def test_a_file_that_ends_its_reader_each_time_is_left_alone(tmp_path: Path) -> None:
    reader, other = ScriptedReader("ocr"), ScriptedReader("other", "Total 5")
    reader.errors = [RuntimeError("out of memory")] * 9
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (reader, other)))
        await send_photo(flow)
        await flow.quiet(hurried=True)
        assert len(reader.read_ids) == 3
        assert (await the_file(flow)).text == "Total 5"


async def test_a_big_file_gives_its_place_back_while_another_is_read(tmp_path: Path) -> None:
    reader = ScriptedReader("ocr", "Total 5")
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (reader,)))
        for id in ("1", "2"):
            await send_photo(flow, id)
        await flow.quiet(hurried=True)
        await flow.stop_workers()

        def big_and_unread(tx: Tx) -> list[str]:
            tx.execute(delete(MediaReading))
            tx.execute(update(Media).values(reading="pending", size_bytes=BIG_BYTES + 1))
            return [row.id for row in tx.all(select(Media.id))]

        one, another = [_reading(id) for id in await flow.write(big_and_unread)]
        reader.read_ids.clear()
        reader.gate = asyncio.Event()
        work = ReadingWork(flow.runtime, READING_PICTURES)
        first = asyncio.create_task(work.handle(one))

        async def begun() -> bool:
            return bool(reader.read_ids)

        await until(begun)
        with pytest.raises(Defer):
            await asyncio.wait_for(work.handle(another), 5)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert len(reader.read_ids) == 1


def _reading(media_id: str) -> Delivery:
    job = READING_PICTURES.job(media_id, ReadingJob(media_id))
    return Delivery("1", job.queue, job.lane, job.body, 1, now(), "")


async def test_what_a_voice_note_says_is_the_text_of_its_message(tmp_path: Path) -> None:
    said = Piece("¡Qué desastre, llegó roto y nadie me responde!", "transcript")
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("transcript", (ScriptedReader("whisper", said),)))
        await send_voice(flow)
        await flow.quiet()
        message, *_ = await flow.messages()
        assert message.text == said.text
        analysis = (await the_file(flow)).analysis
        assert (analysis["sentiment"]["label"], analysis["language"]) == ("NEGATIVE", "es")


async def test_the_event_tells_what_was_found(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow, flow.runtime.bus.subscribe() as events:
        read_by(flow, ("text", (ScriptedReader("ocr", "Total 5", language="es"),)))
        await send_photo(flow)
        await flow.quiet()
        told = []
        while not events.empty():
            event = events.get_nowait()
            if isinstance(event, MediaProcessed):
                told.append(event)
        assert [it.state for it in told] == ["stored", "read"]
        assert told[1].analysis_result["text"] == "Total 5"
        assert told[1].analysis_result["language"] == "es"
        assert told[1].s3_location == (await the_file(flow)).blob_key


async def test_what_a_reader_says_that_no_store_takes_is_kept_as_it_may_be(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (ScriptedReader("ocr", "a\x00b \ud800 c"),)))
        await send_photo(flow)
        await flow.quiet()
        assert (await the_file(flow)).text == "a\ufffdb ? c"


async def test_a_file_erased_while_it_is_read_leaves_nothing(tmp_path: Path) -> None:
    reader = ScriptedReader("ocr", "Total 5")
    reader.gate = asyncio.Event()
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (reader,)))
        await send_photo(flow)
        async with asyncio.timeout(60):
            while not reader.read_ids:
                await asyncio.sleep(0.01)
        await flow.write(lambda tx: tx.execute(delete(Media)))
        assert await steps_of(flow) == {}
        reader.gate.set()
        await flow.quiet()
        assert await steps_of(flow) == {}
        dead = await flow.runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.id)))
        assert not dead


async def test_what_was_read_is_given_to_its_person_and_goes_with_them(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        read_by(flow, ("text", (ScriptedReader("ocr", "Pasaporte AB123"),)))
        await send_photo(flow)
        await flow.quiet()
        person = (await flow.conversation()).contact_id
        told = await flow.runtime.store.read(
            lambda tx: export_contact(tx, find_contact(tx, person))
        )
        assert [it["pieces"][0]["text"] for it in told["readings"]] == ["Pasaporte AB123"]
        file = await the_file(flow)
        await erase(flow.runtime, person, actor="test")
        assert await steps_of(flow) == {}
        with pytest.raises(NotFound):
            await flow.runtime.blobs.get(file.blob_key)
        left = await flow.runtime.store.read(
            lambda tx: tx.all(select(Media.id).where(Media.text != ""))
        )
        assert not left
