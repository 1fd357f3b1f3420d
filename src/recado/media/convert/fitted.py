"""A stored file as a channel shows it: itself, or another form of it that is made once and kept.

The other form is a file of its own, whose id follows from the original's and the channel: whoever
asks again, in whichever process, gets the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, select

from recado.channels.port import Channel
from recado.errors import FileRefused, NotFound
from recado.media.checks import named_by_type
from recado.media.convert.fitting import converts, fit
from recado.media.model import Media
from recado.media.rows import media_row
from recado.media.storage.port import key_of
from recado.runtime import Runtime
from recado.store import Tx, now

log = structlog.get_logger(__name__)


class StoredFile(msgspec.Struct, frozen=True):
    """The facts of a stored file that a message names."""

    media_id: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str

    def content(self) -> dict[str, Any]:
        """As a message's content names it."""
        named = {key: value for key, value in msgspec.structs.asdict(self).items() if value}
        return {"media": named}


async def find_stored(runtime: Runtime, media_id: str) -> StoredFile | None:
    """None: it is not stored here."""
    return await runtime.store.read(lambda tx: _find(tx, media_id))


async def fitted(runtime: Runtime, channel: Channel, file: StoredFile) -> StoredFile:
    """The form that the channel shows: a photo for a picture that it takes only as a document, a
    voice note for such a sound; the file itself where it is shown, or cannot be converted here.

    Raises StorageFailed, ServiceUnavailable."""
    if channel.type_of_file(file.mime_type, file.size_bytes) != "document":
        return file
    if not converts(channel, file.mime_type):
        return file
    made_id = _id_of_form(file.media_id, channel.kind)
    there = await find_stored(runtime, made_id)
    if there is not None:
        return there
    try:
        data = await runtime.blobs.get(key_of(file.media_id))
        made = await fit(runtime.converter, channel, data, file.filename, "")
    except (FileRefused, NotFound) as error:
        log.info("media.not_converted", media=file.media_id, reason=error.detail)
        return file
    if made.data is data:
        return file
    form = StoredFile(
        media_id=made_id,
        mime_type=made.declared,
        filename=named_by_type(made.filename, made.declared),
        size_bytes=len(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
    )
    await runtime.blobs.put(key_of(made_id), made.data)
    await runtime.store.write(lambda tx: _keep(tx, form))
    return form


def _id_of_form(media_id: str, channel: str) -> str:
    """It sorts beside its original: the beginning of an id is its time (store/base.py)."""
    digest = hashlib.sha256(f"{media_id}/{channel}".encode()).hexdigest()
    return f"{media_id[:12]}{digest}"[:32]


def _find(tx: Tx, media_id: str) -> StoredFile | None:
    row: Row[Any] | None = tx.first(
        select(Media.id, Media.mime_type, Media.filename, Media.size_bytes, Media.sha256).where(
            Media.id == media_id, Media.state == "stored"
        )
    )
    if row is None:
        return None
    return StoredFile(row.id, row.mime_type, row.filename, row.size_bytes, row.sha256)


def _keep(tx: Tx, form: StoredFile) -> None:
    """Another process may have been faster, with the same."""
    facts = msgspec.structs.asdict(form)
    media_id = facts.pop("media_id")
    values = {**media_row("", direction="outbound"), **facts, "id": media_id}
    values |= {"state": "stored", "blob_key": key_of(media_id), "processed_at": now()}
    tx.execute(tx.insert(Media).values(values).on_conflict_do_nothing())
