"""The media job: a received file is fetched, checked and stored, or its message says why not.

No transaction is open while the file comes. Running the job twice does the same thing once: the key
of the stored bytes follows from the file's id, and a stored file is left alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from typing import Any

import structlog
from sqlalchemy import Row, select, update

from recado.channels.port import Line, MediaSource
from recado.channels.sizes import check_size, inbound_limit
from recado.conversations.model import Message
from recado.errors import (
    FileRefused,
    FileUnavailable,
    RecadoError,
    RequestError,
    SendFailed,
    SendRejected,
    SendThrottled,
    SendUnknown,
    StorageFailed,
)
from recado.events import MediaProcessed
from recado.jobs import MEDIA, reading_job, wake_job
from recado.media.checks import check_file, safe_filename
from recado.media.model import Media
from recado.media.outages import rest_for
from recado.media.reading.port import FileToRead
from recado.media.storage.port import key_of
from recado.queue.port import Delivery
from recado.queue.worker import Consumer, Defer
from recado.runtime import Runtime
from recado.store import Tx, now

log = structlog.get_logger(__name__)

_EXPECTED = (
    select(
        Media.__table__,
        Message.conversation_id,
        Message.contact_id,
        Message.type,
        Message.content,
        Message.raw,
    )
    .join(Message, Message.id == Media.message_id)
    .where(Media.state != "stored")
)


class MediaWork:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def handle(self, delivery: Delivery) -> None:
        row = await self._read(MEDIA.body(delivery).media_id)
        if row is None:
            return  # stored by an earlier try, or erased
        line = await self._runtime.lines.get(row.line_id)
        delivery.note(message=row.message_id, conversation=row.conversation_id, line=line.id)
        delivery.note(channel=line.channel)
        started = time.perf_counter()
        outcome = "stored"
        try:
            data, values = await self._obtain(line, row)
        except SendThrottled as error:
            outcome = "throttled"
            raise Defer(error.retry_after_seconds) from error
        except (FileRefused, RequestError) as error:
            outcome = "refused"
            await self._refuse(delivery, row, error.detail)
            return
        except (FileUnavailable, SendFailed) as error:
            outcome = "unavailable"
            if rest := rest_for(delivery, error):
                raise Defer(rest) from error
            raise
        except RecadoError:
            outcome = "unavailable"
            raise
        finally:
            elapsed = time.perf_counter() - started
            self._runtime.metrics.media(line.channel, outcome, elapsed)
        try:
            await self._keep(delivery, row, data, values)
        except StorageFailed as error:
            if rest := rest_for(delivery, error):
                raise Defer(rest) from error
            raise

    async def _read(self, media_id: str) -> Row[Any] | None:
        return await self._runtime.store.read(
            lambda tx: tx.first(_EXPECTED.where(Media.id == media_id))
        )

    async def _obtain(self, line: Line, row: Row[Any]) -> tuple[bytes, dict[str, Any]]:
        """The bytes, which have passed every check, and what is known of them now.

        Raises FileRefused, RequestError (final); the rest may be tried again.
        """
        given = row.content.get("media") or {}
        channel = self._runtime.channels[line.channel]
        try:
            source = await channel.media_source(line, given, row.raw)
        except SendUnknown as error:  # a question has no effect: it may be asked again
            raise FileUnavailable(error.detail) from error
        except SendRejected as error:
            if error.needs_person:
                raise
            raise FileRefused(error.detail) from error
        limit = inbound_limit(row.type)
        data = source.data
        if data is None:
            data = await self._runtime.fetcher.fetch(source, limit)
        check_size(len(data), limit)
        return data, await asyncio.to_thread(_examine, data, source, row)

    async def _keep(
        self, delivery: Delivery, row: Row[Any], data: bytes, values: dict[str, Any]
    ) -> None:
        key = key_of(row.id)
        await self._runtime.blobs.put(key, data)
        reading = "pending" if self._is_read(row, data, values["mime_type"]) else ""
        stored = {**values, "state": "stored", "blob_key": key, "error": None, "reading": reading}

        def work(tx: Tx) -> bool:
            if not self._settle(tx, row, stored):
                return False
            if reading:
                about = row.type, values["mime_type"]
                tx.publish(reading_job(row.id, *about, trace_id=delivery.trace_id))
            self._runtime.queue.ack_in(tx, delivery)
            return True

        if not await self._runtime.store.write(work):
            # Erased while it came. The job ends last, so that no crash leaves the bytes behind.
            await self._runtime.blobs.delete(key)
            await self._runtime.queue.ack(delivery)

    def _is_read(self, row: Row[Any], data: bytes, mime_type: str) -> bool:
        file = FileToRead(row.id, row.type, mime_type, row.filename, data)
        return row.direction == "inbound" and bool(self._runtime.reading.steps_for(file))

    async def _refuse(self, delivery: Delivery, row: Row[Any], reason: str) -> None:
        """Final: the message says why, and there is nothing for anyone to repair."""
        log.info("media.refused", media=row.id, type=row.type, reason=reason)

        def work(tx: Tx) -> None:
            self._settle(tx, row, {"state": "failed", "error": reason})
            self._runtime.queue.ack_in(tx, delivery)

        await self._runtime.store.write(work)

    def _settle(self, tx: Tx, row: Row[Any], values: dict[str, Any]) -> bool:
        """Note the outcome. False: the file's row is gone."""
        changed = update(Media).where(Media.id == row.id).values(**values, processed_at=now())
        if not tx.execute(changed).rowcount:
            return False
        event = MediaProcessed(
            conversation_id=row.conversation_id,
            user_id=row.contact_id,
            message_id=row.message_id,
            media_id=row.id,
            media_type=row.type,
            state=values["state"],
            s3_location=values.get("blob_key", ""),
        )
        tx.announce(event)
        if not values.get("reading") and self._runtime.reading.may_read(row.type):
            tx.publish(
                wake_job(row.conversation_id, row.id)
            )  # it may wait for what there is not to read
        return True

    def on_dead(self, tx: Tx, delivery: Delivery, cause: str) -> None:
        """It could not be fetched in time. A replay of the dead letter tries again."""
        row = tx.first(_EXPECTED.where(Media.id == MEDIA.body(delivery).media_id))
        if row is not None:
            self._settle(tx, row, {"state": "failed", "error": cause})


def _examine(data: bytes, source: MediaSource, row: Row[Any]) -> dict[str, Any]:
    """The file's columns. Raises FileRefused; FileUnavailable when it arrived damaged."""
    digest = hashlib.sha256(data)
    if source.sha256 and not _is_digest(source.sha256, digest.digest()):
        raise FileUnavailable("The file is not the one that was announced: its checksum differs.")
    declared = row.mime_type or source.mime_type
    return {
        "mime_type": check_file(data, declared, row.type),
        "filename": row.filename or safe_filename(source.filename),
        "size_bytes": len(data),
        "sha256": digest.hexdigest(),
    }


def _is_digest(given: str, digest: bytes) -> bool:
    """Meta writes the same checksum in base64 (webhooks) and in hexadecimal (the media API)."""
    return given.strip() in (digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode())


def media_consumer(runtime: Runtime) -> Consumer:
    work = MediaWork(runtime)
    return Consumer(MEDIA.spec, work.handle, work.on_dead)
