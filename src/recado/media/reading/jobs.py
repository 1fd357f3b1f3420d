"""The reading job: a stored file is read step by step, and its message has the words of it.

    stored (media/jobs.py) → each step of the plan, kept as it is done (steps.py)
    → the file's text, what it shows, what is known of it → the turn that waits is told

It may be killed anywhere and begin anew: a step that is done is not taken again, and the end is one
transaction. A step that fails is tried again by itself, and nobody else waits for it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select, update

from recado.conversations.model import Conversation, Message
from recado.errors import Conflict, NotFound, StorageFailed
from recado.events import MediaProcessed
from recado.jobs import (
    MEDIA,
    READING,
    READING_PICTURES,
    READING_SOUND,
    MediaJob,
    ReadingJob,
    reading_job,
    reading_queue,
    wake_job,
)
from recado.language.analysis import analyze_sentiment
from recado.language.detection import known_language
from recado.media.model import Media
from recado.media.outages import rest_for
from recado.media.reading.findings import Findings, findings_of
from recado.media.reading.kept import step_reading, steps_of
from recado.media.reading.model import MediaReading
from recado.media.reading.port import FileToRead
from recado.media.reading.steps import OVER, StepTaker
from recado.queue.port import Delivery, TypedQueue
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx

_FILE = (
    select(
        Media.__table__,
        Message.conversation_id,
        Message.contact_id,
        Message.type,
        Conversation.language.label("spoken"),
    )
    .join(Message, Message.id == Media.message_id)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(Media.state == "stored", Media.reading == "pending")
)
#: As much of a transcript is looked at for how it feels, and stands as the message's text.
_FELT, _MESSAGE = 5_000, 60_000
_PREVIEW = 120
_GONE = NotFound("Nobody has the file any more.")
#: Of files that are bigger, so many of a queue are in memory at a time.
BIG_BYTES, BIG_AT_ONCE = 16 * 1024 * 1024, 1
#: The next one comes back after this: while it waited here, no small file could have its place.
BIG_REST_SECONDS = 3.0


def try_again(tx: Tx, message_id: str) -> None:
    """A person asks that a message's file be fetched, or read, once more. Raises NotFound;
    Conflict: it is under way, or was done."""
    found = (
        select(Media.id, Media.state, Media.reading, Media.mime_type, Message.type)
        .join(Message, Message.id == Media.message_id)
        .where(Media.message_id == message_id, Media.direction == "inbound")
    )
    row = tx.first(found)
    if row is None:
        raise NotFound("There is no such file.")
    media_id = row.id
    this = update(Media).where(Media.id == media_id)
    if row.state == "failed":
        tx.execute(this.values(state="pending", error=None))
        tx.publish(MEDIA.job(media_id, MediaJob(media_id), dedup=media_id))
    elif row.reading == "failed":
        tx.execute(
            delete(MediaReading).where(
                MediaReading.media_id == media_id, MediaReading.state != "done"
            )
        )
        tx.execute(this.values(reading="pending"))
        tx.publish(reading_job(media_id, row.type, row.mime_type))
    else:
        raise Conflict("There is nothing to try again.")


class ReadingWork:
    """The work of one `queue`."""

    def __init__(self, runtime: Runtime, queue: TypedQueue[ReadingJob] = READING) -> None:
        self._runtime = runtime
        self._queue = queue
        self._big = asyncio.Semaphore(BIG_AT_ONCE)

    async def handle(self, delivery: Delivery) -> None:
        media_id = self._queue.body(delivery).media_id
        row, rows = await self._runtime.store.read(lambda tx: _read(tx, media_id))
        if row is None:
            return  # read by an earlier try, or erased
        delivery.note(message=row.message_id, conversation=row.conversation_id, line=row.line_id)
        if reading_queue(row.type, row.mime_type) is not self._queue:
            await self._pass_on(delivery, row)
            return
        is_big = row.size_bytes > BIG_BYTES
        if is_big and self._big.locked():
            raise Defer(BIG_REST_SECONDS)
        try:
            async with self._big if is_big else nullcontext():
                await self._handle(delivery, row, rows)
        except NotFound:
            await self._end(delivery, row, lost=_GONE.detail)
        except StorageFailed as error:
            if rest := rest_for(delivery, error):
                raise Defer(rest) from error
            raise

    async def _handle(self, delivery: Delivery, row: Row[Any], rows: Sequence[Row[Any]]) -> None:
        """Raises Defer: a step is tried again. NotFound: the bytes are gone."""
        file = await self._opened(row)
        steps = {step.name: step for step in self._runtime.reading.steps_for(file)}
        begun = {it.step: it for it in rows}
        waits = []
        for name, step in steps.items():
            before = begun.get(name)
            if before is None or before.state not in OVER:
                waits.append(await StepTaker(self._runtime, file, step, before).take())
        if left := [seconds for seconds in waits if seconds is not None]:
            raise Defer(min(left))
        await self._end(delivery, row)

    async def _pass_on(self, delivery: Delivery, row: Row[Any]) -> None:
        """Published by a version with one queue for all: it goes to where it holds up its own."""
        job = reading_job(row.id, row.type, row.mime_type, trace_id=delivery.trace_id)

        def work(tx: Tx) -> None:
            tx.publish(job)
            self._runtime.queue.ack_in(tx, delivery)

        await self._runtime.store.write(work)

    async def _opened(self, row: Row[Any]) -> FileToRead:
        return FileToRead(
            media_id=row.id,
            kind=row.type,
            mime_type=row.mime_type,
            filename=row.filename,
            data=await self._runtime.blobs.get(row.blob_key),
            language=row.spoken or self._runtime.settings.default_language,
        )

    async def _end(self, delivery: Delivery, row: Row[Any], *, lost: str = "") -> None:
        """All steps are over, or the file is `lost`."""
        _, rows = await self._runtime.store.read(lambda tx: _read(tx, row.id))
        found = await asyncio.to_thread(_sum, rows)
        analysis = {**found.analysis, **await self._felt(row.type, found)}
        found = msgspec.structs.replace(found, analysis=analysis)
        failed = bool(lost) or any(it.state == "failed" for it in rows)
        state = "failed" if failed else "done" if rows else ""
        if lost:
            found = msgspec.structs.replace(found, analysis={**found.analysis, "error": lost})

        def work(tx: Tx) -> None:
            _settle(tx, row, found, state)
            tx.publish(wake_job(row.conversation_id, row.id, trace_id=delivery.trace_id))
            self._runtime.queue.ack_in(tx, delivery)

        await self._runtime.store.write(work)

    async def _felt(self, type: str, found: Findings) -> dict[str, Any]:
        """How a voice note, or what is said in a video, feels."""
        if type not in ("audio", "video") or not found.said:
            return {}
        text, language = found.said[:_FELT], known_language(found.language)
        if self._runtime.comprehend is not None:
            felt = await self._runtime.comprehend.sentiment(text, language)
        else:
            felt = await asyncio.to_thread(analyze_sentiment, text, language)
        return {"sentiment": {"label": felt.label.value, "scores": felt.scores}}

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """It could not be read. The desk shows it, and offers to try again."""
        row, rows = _read(tx, self._queue.body(delivery).media_id)
        if row is not None:
            found = _sum(rows)
            found = msgspec.structs.replace(found, analysis={**found.analysis, "error": cause})
            _settle(tx, row, found, "failed")
            tx.publish(wake_job(row.conversation_id, row.id))


def _read(tx: Tx, media_id: str) -> tuple[Row[Any] | None, Sequence[Row[Any]]]:
    row = tx.first(_FILE.where(Media.id == media_id))
    rows = steps_of(tx, media_id) if row is not None else []
    return row, rows


def _sum(rows: Sequence[Row[Any]]) -> Findings:
    return findings_of([step_reading(row) for row in rows])


def _settle(tx: Tx, row: Row[Any], found: Findings, reading: str) -> None:
    """Write what was found, once. What is said in a voice note is the text of its message, and so
    it is of a video that came without a word: `said` in what is known of the file tells that."""
    this = update(Media).where(Media.id == row.id, Media.reading == "pending")
    values = {"text": found.text, "description": found.description, "analysis": found.analysis}
    if not tx.execute(this.values(**values, reading=reading)).rowcount:
        return
    if row.type in ("audio", "video") and found.said:
        words = found.said[:_MESSAGE]
        mine = update(Message).where(Message.id == row.message_id, Message.text == "")
        if tx.execute(mine.values(text=words)).rowcount:
            values["analysis"] = {**found.analysis, "said": True}
            tx.execute(update(Media).where(Media.id == row.id).values(**values))
        last = update(Conversation).where(Conversation.id == row.conversation_id)
        last = last.where(Conversation.last_preview == f"[{row.type}]")
        tx.execute(last.values(last_preview=words[:_PREVIEW]))
    tx.announce(
        MediaProcessed(
            conversation_id=row.conversation_id,
            user_id=row.contact_id,
            message_id=row.message_id,
            media_id=row.id,
            media_type=row.type,
            state="read" if found.text or found.description or reading == "done" else "unread",
            analysis_result=found.told,
            s3_location=row.blob_key,
        )
    )


def reading_consumer(runtime: Runtime) -> Consumer:
    """Of documents, and of all jobs of versions that knew one queue."""
    return _consumer(runtime, READING)


def picture_reading_consumer(runtime: Runtime) -> Consumer:
    return _consumer(runtime, READING_PICTURES)


def sound_reading_consumer(runtime: Runtime) -> Consumer:
    return _consumer(runtime, READING_SOUND)


def _consumer(runtime: Runtime, queue: TypedQueue[ReadingJob]) -> Consumer:
    work = ReadingWork(runtime, queue)
    return Consumer(queue.spec, work.handle, work.on_dead)
