"""What is slow to read holds up nothing of another kind, and nobody's time runs while they wait."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select, text

from recado.jobs import (
    READING,
    READING_PICTURES,
    READING_SOUND,
    TURN,
    WAKE,
    ReadingJob,
    TurnJob,
    reading_queue,
)
from recado.media.model import Media
from recado.media.reading.limit import limited, place, waited_seconds
from recado.media.reading.port import Piece
from recado.queue.model import DeadLetterRow
from recado.queue.worker import Worker
from recado.turns.files import wake_consumer
from tests.support.flow import running_flow
from tests.support.readers import ScriptedReader, read_by, send_pdf, send_photo, send_voice
from tests.support.waiting import until


@pytest.mark.parametrize(
    ("kind", "mime_type", "queue"),
    [
        ("audio", "audio/ogg; codecs=opus", READING_SOUND),
        ("video", "video/mp4", READING_SOUND),
        ("document", "audio/mpeg", READING_SOUND),
        ("image", "image/jpeg", READING_PICTURES),
        ("sticker", "image/webp; animated=1", READING_PICTURES),
        ("document", "image/png", READING_PICTURES),
        ("document", "application/pdf", READING),
        ("document", "", READING),
    ],
)
def test_each_sort_of_file_has_places_of_its_own(kind: str, mime_type: str, queue: object) -> None:
    assert reading_queue(kind, mime_type) is queue


async def test_a_photo_and_a_document_are_read_while_all_places_for_voice_notes_are_taken(
    tmp_path: Path,
) -> None:
    slow = ScriptedReader("whisper", Piece("hola", "transcript"), kinds=("audio",))
    slow.gate = asyncio.Event()
    places = READING_SOUND.spec.concurrency
    async with running_flow(tmp_path) as flow:
        quick = ScriptedReader("ocr", "Total 5", kinds=("image", "document"))
        read_by(flow, ("transcript", (slow,)), ("text", (quick,)))
        for number in range(places + 2):
            await send_voice(flow, f"10138596000{number:05}", id=f"wamid.v{number}")

        async def taken() -> bool:
            return len(slow.read_ids) == places

        await until(taken)
        await send_photo(flow, "2013859600000001", id="wamid.p")
        await send_pdf(flow, "2013859600000002", id="wamid.d")

        async def read() -> bool:
            done = select(Media.id).where(Media.text == "Total 5")
            return len(await flow.runtime.store.read(lambda tx: tx.all(done))) == 2

        await until(read)
        assert len(slow.read_ids) == places, "the voice notes still wait for theirs"
        slow.gate.set()


async def test_what_an_older_version_published_for_all_kinds_is_read_and_holds_up_no_document(
    tmp_path: Path,
) -> None:
    reader = ScriptedReader("whisper", Piece("hola", "transcript"))
    async with running_flow(tmp_path, workers=False) as flow:
        read_by(flow, ("transcript", (reader,)))
        await send_voice(flow)
        flow_queue = flow.runtime.queue
        await flow.start_workers()

        async def is_read() -> bool:
            return bool(reader.read_ids)

        await until(is_read)
        await flow.quiet(hurried=True)
        await flow.stop_workers()
        (file,) = await flow.runtime.store.read(lambda tx: tx.all(select(Media.id)))
        await flow.write(lambda tx: tx.execute(text("UPDATE media SET reading = 'pending'")))
        await flow.write(lambda tx: tx.execute(text("DELETE FROM media_reading")))
        await flow_queue.publish([READING.job(file.id, ReadingJob(file.id), dedup=file.id)])
        await flow.start_workers()
        await flow.quiet(hurried=True)
        assert len(reader.read_ids) == 2
        (found,) = await flow.runtime.store.read(lambda tx: tx.all(select(Media.reading)))
        assert found.reading == "done"
        assert not await flow.runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.id)))


async def test_a_readers_time_does_not_run_while_it_waits_for_its_place() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    asyncio.get_running_loop().call_later(0.4, lock.release)
    async with limited(0.2) as clock:
        async with place(lock):
            await asyncio.sleep(0.05)
        assert waited_seconds() >= 0.35
    assert clock.waited < 5


async def test_a_readers_time_runs_while_it_has_its_place() -> None:
    lock = asyncio.Lock()
    with pytest.raises(TimeoutError):
        async with limited(0.05), place(lock):
            await asyncio.sleep(5)
    assert not lock.locked()


async def test_whoever_gives_up_waiting_takes_nobodys_place() -> None:
    lock = asyncio.Lock()
    await lock.acquire()

    async def wait() -> None:
        async with limited(0.05), place(lock):
            raise AssertionError("somebody else has it")

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    lock.release()
    assert not lock.locked()


async def test_a_turn_whose_wake_up_call_cannot_be_carried_out_is_begun_all_the_same(
    tmp_path: Path,
) -> None:
    """The process has died with the call each time: it is put aside, and the turn begins."""
    async with running_flow(tmp_path, workers=False) as flow:
        runtime = flow.runtime
        await runtime.queue.publish([WAKE.job("lane", TurnJob("a conversation"))])
        died = "UPDATE job SET receives = 9 WHERE queue = 'wake'"
        await flow.write(lambda tx: tx.execute(text(died)))
        worker = Worker(runtime.queue, runtime.store, [wake_consumer(runtime)])
        await worker.start()

        async def is_dead() -> bool:
            dead = await runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.queue)))
            return [it.queue for it in dead] == ["wake"]

        try:
            await until(is_dead)
        finally:
            await worker.stop()
        (delivery,) = await runtime.queue.receive(TURN.spec, 5, 1.0)
        assert TURN.body(delivery) == TurnJob("a conversation")
