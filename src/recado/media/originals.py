"""Files that are kept for what they are, and belong to no message: the originals of knowledge.

Who keeps one names it in a row of its own (assistant/model.py, KnowledgeSource.file_id): as long as
it does, no sweep and no erasure of a contact takes the file, whoever it was sent to.
"""

from __future__ import annotations

import asyncio
import hashlib

import msgspec
from sqlalchemy import delete, exists, insert, select
from sqlalchemy.sql.elements import ColumnElement

from recado.assistant.model import KnowledgeSource
from recado.conversations.model import Message
from recado.media.checks import check_file, named_by_type, safe_filename
from recado.media.model import Media
from recado.media.rows import media_row
from recado.media.storage.port import Blobs, key_of
from recado.store import Tx, new_id, now


class Original(msgspec.Struct, frozen=True):
    """A file whose bytes are kept; its row is not written yet."""

    id: str
    mime_type: str
    filename: str
    size_bytes: int
    sha256: str


async def keep_bytes(blobs: Blobs, data: bytes, filename: str) -> Original:
    """Check a file by its content, and keep its bytes. Where nobody writes its row (`write_row`),
    the sweep takes them. Raises FileRefused, StorageFailed."""
    mime_type = await asyncio.to_thread(check_file, data, "", "")
    media_id = new_id()
    await blobs.put(key_of(media_id), data)
    return Original(
        id=media_id,
        mime_type=mime_type,
        filename=named_by_type(safe_filename(filename), mime_type),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def write_row(tx: Tx, original: Original) -> None:
    """From now on it is a file like any other that goes out."""
    values = {**media_row("", direction="outbound"), **msgspec.structs.asdict(original)}
    values |= {"state": "stored", "blob_key": key_of(original.id), "processed_at": now()}
    tx.execute(insert(Media), values)


def forget_row(tx: Tx, media_id: str) -> bool:
    """Nobody keeps it any more. True: its row is gone, and its bytes are the caller's to forget
    (sweep.py, `forget_bytes`); False: it was sent, and stays a part of those conversations."""
    was_sent = exists(select(Message.id).where(Message.media_id == media_id))
    removed = tx.execute(delete(Media).where(Media.id == media_id, ~was_sent))
    return bool(removed.rowcount)


def is_original() -> ColumnElement[bool]:
    """Whether a row of `media` is one that knowledge keeps."""
    return exists(select(KnowledgeSource.id).where(KnowledgeSource.file_id == Media.id))


def is_kept(tx: Tx, media_id: str) -> bool:
    """Whether there is a file of this id."""
    return tx.first(select(Media.id).where(Media.id == media_id)) is not None
